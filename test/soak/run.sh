#!/usr/bin/env bash
# run.sh: what takes too long for every change: large transfers, long kill runs, long walks beside dvc, walks of a large graph,
# many fresh draws, long fuzzing.
# RESULT.md keeps the last result. DRAWS sets the draws of each property, FUZZ the seconds of each fuzz target.
# TACIT_TEST_SEED repeats the draws of an earlier run.
set -euo pipefail
cd "$(dirname "$0")/../.."
export TACIT_TEST_SEED="${TACIT_TEST_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')1}"
echo "drawn with TACIT_TEST_SEED=$TACIT_TEST_SEED"
TACIT_TEST_TRANSFER_MIB=5120 go test -count=1 -timeout 60m -v -run TestMemoryStaysSteady ./test/transfer
TACIT_TEST_KILLS=${KILLS:-200} go test -count=1 -timeout 60m -v ./test/kill
# Two walks of 5,000 steps by dvc or tacit at random, each beside dvc alone.
TACIT_DVC_STEPS=${STEPS:-5000} test/conformance/run.sh dvc test_dvc_together.py
# A walk of six edges over a graph of a million, on both engines.
go test -count=1 -timeout 60m -run '^$' -bench Walk -benchtime 50x ./internal/govern/lineage
# What draws through foundation/draw; one package at a time, so that none waits for another's PostgreSQL.
grep -rl --include='*_test.go' 'foundation/draw"' ml internal | xargs -n1 dirname | sort -u | while read -r folder; do
  RAPID_CHECKS=${DRAWS:-2000} go test -count=1 -timeout 60m "./$folder" </dev/null
done
grep -rl --include='*_test.go' '^func Fuzz' ml internal | xargs -n1 dirname | sort -u | while read -r folder; do
  grep -ho '^func Fuzz[A-Za-z0-9_]*' "$folder"/*_test.go | cut -d' ' -f2 | while read -r target; do
    echo "== $folder $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZ:-60}s" "./$folder" </dev/null
  done
done
