#!/usr/bin/env bash
# Measure bin/tacit beside the MLflow server, where a virtual environment with it is: MLFLOW names the
# program, else the one that make conformance made is taken. Arguments go to the bench.
set -euo pipefail
cd "$(dirname "$0")/.."
peer=${MLFLOW:-}
for candidate in .venv/mlflow-3.18/bin/mlflow .venv/bin/mlflow; do
  if [ -z "$peer" ] && [ -x "$candidate" ]; then peer=$candidate; fi
done
[ -n "$peer" ] || echo "bench: no MLflow server to compare with (make conformance makes one); tacit alone is measured" >&2
exec go run ./bench -tacit bin/tacit ${peer:+-mlflow "$peer"} "$@"
