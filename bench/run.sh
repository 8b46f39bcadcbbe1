#!/usr/bin/env bash
# Measure bin/tacit beside the MLflow server and beside four scanners, where virtual environments with them
# are: MLFLOW names the program and SCANNERS the folder with the four, else what make conformance made is
# taken. Arguments go to both benches; BENCH_ONLY=mlflow or scan runs one.
set -euo pipefail
cd "$(dirname "$0")/.."
only=${BENCH_ONLY:-}
peer=${MLFLOW:-}
for candidate in .venv/mlflow-3.18/bin/mlflow .venv/bin/mlflow; do
  if [ -z "$peer" ] && [ -x "$candidate" ]; then peer=$candidate; fi
done
scanners=${SCANNERS:-}
if [ -z "$scanners" ] && [ -x .venv/peers/bin/modelscan ]; then scanners=.venv/peers/bin; fi
if [ "$only" != scan ]; then
  [ -n "$peer" ] || echo "bench: no MLflow server to compare with (make conformance makes one); tacit alone is measured" >&2
  go run ./bench -tacit bin/tacit ${peer:+-mlflow "$peer"} "$@"
fi
if [ "$only" != mlflow ]; then
  [ -n "$scanners" ] || echo "bench: no scanners to compare with (make conformance makes them); tacit alone is measured" >&2
  go run ./bench/scan -tacit bin/tacit ${scanners:+-peers "$scanners"} "$@"
fi
