#!/bin/sh
# Installs the load generator (Debian's wrk; needs root for apt) and the yardstick's packages, beside it and nowhere else.
set -eu
cd "$(dirname "$0")/peers"
command -v wrk >/dev/null || { apt-get update && apt-get install -y --no-install-recommends wrk; }
npm install --no-audit --no-fund --no-package-lock
