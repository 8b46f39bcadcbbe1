#!/usr/bin/env bash
# run.sh [pytest arguments]: the unmodified clients against bin/tacit. run.sh environments makes their environments alone,
# run.sh peers asks the other scanners alone, run.sh dvc [pytest arguments] dvc alone.
#
# Environments are made in .venv of the clone, once. TACIT_CONFORMANCE_VENVS may name a folder with
# ready ones (mlflow-3.18, mlflow-2.22, tools, peers and dvc).
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
venvs=${TACIT_CONFORMANCE_VENVS:-$root/.venv}
export TACIT_CONFORMANCE_BIN="$root/bin/tacit"
# The client would report its own use to its makers, from a thread that once in many starts fails its first call.
export MLFLOW_DISABLE_TELEMETRY=true

# uv keeps one copy of a package that several environments hold, and links to it: four of them fill the disk of a small machine otherwise.
export UV_CACHE_DIR="$venvs/packages" UV_LINK_MODE=hardlink UV_HTTP_RETRIES=10 UV_HTTP_TIMEOUT=60 UV_PYTHON_DOWNLOADS=never
[ -z "${PIP_INDEX_URL:-}" ] || export UV_DEFAULT_INDEX="$PIP_INDEX_URL"

make_venv() { # name, then what uv pip install takes; a line "--" begins another such run
  local folder="$venvs/$1"; shift
  [ -e "$folder/complete" ] && return
  echo "making $folder" >&2
  [ -x "$venvs/uv/bin/uv" ] || { python3 -m venv --clear "$venvs/uv" && "$venvs/uv/bin/pip" install --quiet --retries 10 --timeout 60 uv==0.13.9; }
  "$venvs/uv/bin/uv" venv --quiet --clear --seed --python "$(command -v python3)" "$folder"
  local args=()
  for a in "$@" --; do
    if [ "$a" != -- ]; then args+=("$a"); continue; fi
    "$venvs/uv/bin/uv" pip install --quiet --compile-bytecode --overrides "$root/test/conformance/overrides.txt" --python "$folder/bin/python" "${args[@]}"
    args=()
  done
  touch "$folder/complete"
}

# The wheel of mlflow 3.18.0 holds all of it, and does without the packages of its own that it asks for.
make_venv mlflow-3.18 mlflow==3.17.2 skops xgboost pytest matplotlib openlineage-python==1.54.0 flask-wtf dill lightgbm py7zr lz4 zstandard -- --no-deps mlflow==3.18.0
make_venv mlflow-2.22 'mlflow==2.22.*' 'sqlalchemy<2.1' xgboost pytest matplotlib flask-wtf
# Tools beside which tacit signs and scans. model-signing needs pyopenssl, and does not ask for it.
make_venv tools model-signing==1.1.1 pyopenssl pre-commit==4.3.0 pyyaml pytest
# The other scanners, of which fickling forgets to ask for typing_extensions. What modelscan answers depends on numpy.
make_venv peers modelscan==0.8.8 picklescan==1.0.5 fickling==0.1.12 modelaudit==0.2.54 typing_extensions numpy==2.4.6
# The tool whose repositories tacit shares.
make_venv dvc 'dvc[http,s3,azure,gs]==3.67.1' gcp-storage-emulator==2026.7.19 'moto[s3]==5.2.5' flask flask-cors pytest

[ "${1:-}" != environments ] || exit 0
[ -n "${TACIT_TEST_AZURITE:-}" ] || TACIT_TEST_AZURITE=$("$root/test/azurite.sh") || echo "there is no emulator of Azure's storage" >&2
export TACIT_TEST_AZURITE
[ -x "$TACIT_CONFORMANCE_BIN" ] || { echo "bin/tacit is missing: make build" >&2; exit 2; }

run() { # environment, prefix, pytest arguments
  printf '\n-- %s, prefix "%s"\n' "$1" "$2"
  (cd "$root/test/conformance" && TACIT_CONFORMANCE_PREFIX=$2 PYTHONDONTWRITEBYTECODE=1 PYTHONWARNINGS=ignore \
    "$venvs/$1/bin/python" -m pytest -q -p no:cacheprovider "${@:3}")
}

# The other scanners beside tacit: they need no server.
peers() { TACIT_CONFORMANCE_PEERS="$venvs/peers/bin/python" run mlflow-3.18 "" test_scan_peers.py; }
[ "${1:-}" != peers ] || { peers; exit; }

# dvc beside tacit: what needs a server starts one.
dvc() {
  [ $# != 0 ] || set -- $(cd "$root/test/conformance" && echo test_dvc_*.py)
  run dvc "" "$@"
}
[ "${1:-}" != dvc ] || { dvc "${@:2}"; exit; }

# Two lines, one beside the other: each client waits for servers of its own much of the time.
# The newer client has the whole set open at the root, then once more below a prefix, as behind a proxy, with
# sign-in on. What signs models elsewhere, scans them where code is kept, or keeps data has no part in such a choice.
beside=$(mktemp)
others() {
  local ended=0
  run mlflow-2.22 "" "$@" || ended=$?
  [ $# = 0 ] || return "$ended"
  run tools "" test_signing.py test_scan_ci.py || ended=$?
  dvc || ended=$?
  return "$ended"
}
others "$@" >"$beside" 2>&1 &
others=$!
ended=0
run mlflow-3.18 "" "$@" || ended=$?
TACIT_AUTH=required run mlflow-3.18 /ml -m "not large" "$@" || ended=$?
if [ $# = 0 ]; then peers || ended=$?; fi
wait "$others" || ended=$?
cat "$beside"
rm -f "$beside"
exit "$ended"
