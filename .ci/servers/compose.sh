#!/usr/bin/env bash
# Brings docker-compose, whose "config" reads docker-compose.yml as an engine would, without one. Quick when it is there.
set -euo pipefail
if docker compose version > /dev/null 2>&1 || command -v docker-compose > /dev/null; then
  exit 0
fi
if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker-compose > /dev/null
else
  echo "compose: docker-compose is not here and cannot be installed; the test in test/servers/compose will be skipped"
fi
