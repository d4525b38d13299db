#!/usr/bin/env bash
# What test/servers/delta-readers needs: Python's readers of Delta tables, in a virtual environment beside the checkout.
set -euo pipefail
venv="${XDG_CACHE_HOME:-$HOME/.cache}/groovelake-test/delta-readers"
wanted="deltalake==1.6.6 polars==2.1.0 pyarrow==26.0.1 pandas==3.1.1 duckdb==1.5.5 duckdb-extension-delta==1.5.5"

if [ "$(cat "$venv/installed" 2>/dev/null)" = "$wanted" ]; then
  echo "delta-readers: installed already"
  exit 0
fi
rm -rf "$venv"
mkdir -p "$(dirname "$venv")"
if ! python3 -m venv "$venv" 2>/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq python3 python3-venv
  python3 -m venv "$venv"
fi
if [ ! -x "$venv/bin/pip" ]; then
  echo "delta-readers: this machine has no python3 with venv; the suite will be skipped"
  exit 0
fi
# shellcheck disable=SC2086
"$venv/bin/pip" install --quiet --disable-pip-version-check $wanted
echo "$wanted" >"$venv/installed"
