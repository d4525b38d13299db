#!/bin/sh
# Installs the load generator (Debian's wrk; needs root for apt) and the yardstick's packages, beside it and nowhere else;
# "install.sh postgraphile" PostGraphile's and Debian's PostgreSQL too.
set -eu
cd "$(dirname "$0")/peers"
command -v wrk >/dev/null || { apt-get update && apt-get install -y --no-install-recommends wrk; }
npm install --no-audit --no-fund --no-package-lock
if [ "${1:-}" = postgraphile ]; then
  [ -d /usr/lib/postgresql ] || apt-get install -y --no-install-recommends postgresql
  # pg-aggregates' release candidate asks for a pre-release of graphql.
  cd postgraphile && npm install --no-audit --no-fund --no-package-lock --legacy-peer-deps
fi
