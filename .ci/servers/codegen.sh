#!/usr/bin/env bash
# What generates the typed operations of examples/typescript.
set -euo pipefail
cd "$(dirname "$0")/../../examples/typescript"
if cmp -s package-lock.json node_modules/.lock-at-install; then exit 0; fi
npm ci --silent
cp package-lock.json node_modules/.lock-at-install
