#!/usr/bin/env bash
# azurite.sh: print the path of Microsoft's emulator of Azure's blob storage, installed into .tools of the clone unless it is there.
set -euo pipefail
folder="$(cd "$(dirname "$0")/.." && pwd)/.tools/azurite"
program="$folder/node_modules/.bin/azurite-blob"
if [ ! -x "$program" ]; then
  mkdir -p "$folder"
  npm install --silent --no-audit --no-fund --prefix "$folder" azurite@3.37.0 >&2
fi
[ -x "$program" ]
echo "$program"
