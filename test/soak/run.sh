#!/usr/bin/env bash
# run.sh: what takes too long for every change: large transfers, long kill runs, long fuzzing.
# RESULT.md keeps the last result. FUZZ sets the seconds of each fuzz target, 60 unless set.
set -euo pipefail
cd "$(dirname "$0")/../.."
TACIT_TRANSFER_MIB=5120 go test -count=1 -timeout 60m -v -run TestMemoryStaysSteady ./test/transfer
TACIT_KILLS=${KILLS:-200} go test -count=1 -timeout 60m -v ./test/kill
grep -rl --include='*_test.go' '^func Fuzz' ml internal | xargs -n1 dirname | sort -u | while read -r folder; do
  grep -ho '^func Fuzz[A-Za-z0-9_]*' "$folder"/*_test.go | cut -d' ' -f2 | while read -r target; do
    echo "== $folder $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZ:-60}s" "./$folder"
  done
done
