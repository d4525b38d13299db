#!/usr/bin/env bash
# Brings the MongoDB-compatible server that test/servers/mongo starts: mongo-java-server from Maven, and a launcher of ours compiled beside it.
# Quick when all is there. Nothing is written into the checkout.
set -euo pipefail
here="$(cd "$(dirname "$0")/../.." && pwd)"
home="${XDG_CACHE_HOME:-$HOME/.cache}/groovelake-test/mongo-java-server-1.47.0"
source="$here/test/servers/mongo/MongoTestServer.java"

if ! command -v javac > /dev/null || ! command -v mvn > /dev/null; then
  if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends default-jdk-headless maven > /dev/null
  else
    echo "mongo: javac and mvn are not here and cannot be installed; the tests in test/servers/mongo will be skipped"
    exit 0
  fi
fi

mkdir -p "$home"
if ! [ -e "$home/lib/complete" ]; then
  cat > "$home/pom.xml" << 'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>groovelake.test</groupId>
  <artifactId>mongo</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>de.bwaldvogel</groupId>
      <artifactId>mongo-java-server</artifactId>
      <version>1.47.0</version>
    </dependency>
  </dependencies>
</project>
POM
  mvn -q -B -f "$home/pom.xml" dependency:copy-dependencies -DoutputDirectory="$home/lib"
  touch "$home/lib/complete"
fi
if ! [ "$home/MongoTestServer.class" -nt "$source" ]; then
  javac -cp "$home/lib/*" -d "$home" "$source"
fi
echo "mongo: ready in $home"
