#!/usr/bin/env bash
# Python with what examples/python and examples/streamlit need, in a folder of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
venv="${XDG_CACHE_HOME:-$HOME/.cache}/groovelake-test/streamlit"
if "$venv/bin/python" -c 'import streamlit, polars, pandas, pyarrow, requests' 2> /dev/null; then exit 0; fi
if ! command -v python3 > /dev/null || ! python3 -m venv "$venv"; then
  echo "streamlit: no python3 with venv here; its suite is skipped"
  exit 0
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -r examples/streamlit/requirements.txt 'polars>=1.20'
