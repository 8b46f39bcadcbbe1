#!/usr/bin/env bash
# Measure bin/tacit beside the MLflow server, beside four scanners and beside dvc, and what hashing costs uploads, where virtual environments
# with them are: MLFLOW and DVC name the programs and SCANNERS the folder with the four, else what make
# conformance made is taken. Arguments go to all benches; BENCH_ONLY=mlflow, scan, data or upload runs one.
set -euo pipefail
cd "$(dirname "$0")/.."
only=${BENCH_ONLY:-}
peer=${MLFLOW:-}
for candidate in .venv/mlflow-3.18/bin/mlflow .venv/bin/mlflow; do
  if [ -z "$peer" ] && [ -x "$candidate" ]; then peer=$candidate; fi
done
scanners=${SCANNERS:-}
if [ -z "$scanners" ] && [ -x .venv/peers/bin/modelscan ]; then scanners=.venv/peers/bin; fi
dvc=${DVC:-}
if [ -z "$dvc" ] && [ -x .venv/dvc/bin/dvc ]; then dvc=.venv/dvc/bin/dvc; fi
gateway=${VERSITYGW:-}
if [ -z "$gateway" ] && [ -x .tools/bin/versitygw ]; then gateway=.tools/bin/versitygw; fi
if [ -z "$only" ] || [ "$only" = mlflow ]; then
  [ -n "$peer" ] || echo "bench: no MLflow server to compare with (make conformance makes one); tacit alone is measured" >&2
  go run ./bench -tacit bin/tacit ${peer:+-mlflow "$peer"} "$@"
fi
if [ -z "$only" ] || [ "$only" = scan ]; then
  [ -n "$scanners" ] || echo "bench: no scanners to compare with (make conformance makes them); tacit alone is measured" >&2
  go run ./bench/scan -tacit bin/tacit ${scanners:+-peers "$scanners"} "$@"
fi
if [ -z "$only" ] || [ "$only" = data ]; then
  [ -n "$dvc" ] || echo "bench: no dvc to compare with (make conformance makes one); tacit alone is measured" >&2
  go run ./bench/data -tacit bin/tacit ${dvc:+-dvc "$dvc"} ${gateway:+-s3 "$gateway"} "$@"
fi
if [ -z "$only" ] || [ "$only" = upload ]; then
  if [ -n "$peer" ]; then
    go run ./bench/upload -tacit bin/tacit -python "$(dirname "$peer")/python" "$@"
  else
    echo "bench: no MLflow client to upload with (make conformance makes one); what hashing costs is not measured" >&2
  fi
fi
