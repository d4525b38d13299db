#!/usr/bin/env bash
# What test/servers/delta-readers/trino.test.ts needs: Trino from Maven Central (0.8 GB), beside the checkout, and a Java 25 to run it.
set -euo pipefail
home="${XDG_CACHE_HOME:-$HOME/.cache}/groovelake-test/trino-server-476"

if [ -e "$home/java-home" ]; then
  echo "trino: installed already"
  exit 0
fi
java_home=""
for folder in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
  if grep -qs '^JAVA_VERSION="25' "$folder/release"; then java_home="$folder"; fi
done
if [ -z "$java_home" ] || ! command -v mvn >/dev/null; then
  echo "trino: no Java 25 or no mvn is here; its suite will be skipped"
  exit 0
fi
repository="$home.download"
rm -rf "$home"
mkdir -p "$repository"
if ! mvn -q -B dependency:get -Dmaven.repo.local="$repository" -Dartifact=io.trino:trino-server:476:tar.gz -Dtransitive=false; then
  echo "trino: Maven Central does not give it; its suite will be skipped"
  exit 0
fi
tar xzf "$repository"/io/trino/trino-server/476/*.tar.gz -C "$(dirname "$home")"
rm -rf "$repository"
echo "$java_home" >"$home/java-home"
echo "trino: ready in $home"
