#!/usr/bin/env bash
# stores.sh COMMAND…: run COMMAND with the stores and the browser that tests use.
#
# PostgreSQL, an S3 server and Chromium are used where they are, installed where
# that is possible (Debian packages as root, Go tools into .tools of the clone),
# and otherwise left out: tests that need them then skip. With CI=true nothing
# may be left out: what cannot be had ends the run here, with its log.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/.tools/bin"

# got NAME COMMAND…: run COMMAND up to three times, since a network may fail for
# a moment; its log is printed when it fails.
got() {
  local log="$root/.tools/$1.log" pause
  shift
  for pause in 5 15 0; do
    if "$@" >"$log" 2>&1; then return 0; fi
    sleep "$pause"
  done
  echo "$* failed; the end of $log:" >&2
  tail -30 "$log" >&2
  return 1
}

lacks() { # what
  echo "there is no $1: tests that need it are skipped" >&2
  [ "${CI:-}" != true ] || { echo "with CI=true no test may be skipped" >&2; exit 1; }
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" || { apt-get update && false; }; }

install_debian() { # package…
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  echo "installing $*" >&2
  got "$1" apt_install "$@"
}

# go_tool NAME PACKAGE@VERSION: .tools/bin/NAME, built unless it is there.
go_tool() {
  local to="$root/.tools/bin/$1" folder
  if [ ! -x "$to" ]; then
    echo "building $1 for tests" >&2
    folder=$(mktemp -d "$root/.tools/build.XXXXXX")
    got "$1" env GOFLAGS= GOBIN="$folder" go install "$2" && mv "$folder"/* "$to" || true
    rm -rf "$folder"
  fi
  [ -x "$to" ]
}

# python_tool NAME==VERSION: a program of Python with an environment of its own, made unless it is there.
python_tool() {
  local folder="$root/.tools/${1%%==*}"
  [ -e "$folder/complete" ] && return
  python3 -m venv --clear "$folder" && "$folder/bin/pip" install --quiet --retries 3 "$1" && touch "$folder/complete"
}

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

free_port() { node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }

# own_folder makes the cluster's folder, where its user can reach it: not below
# a TMPDIR that is root's alone.
own_folder() {
  cluster=$(mktemp -d "${TMPDIR:-/tmp}/tacit-postgres.XXXXXX")
  [ "$(id -u)" = 0 ] || return 0
  run=(runuser -u postgres --)
  chown postgres "$cluster"
  if ! "${run[@]}" test -w "$cluster"; then
    rmdir "$cluster"
    cluster=$(mktemp -d /tmp/tacit-postgres.XXXXXX)
    chown postgres "$cluster"
  fi
}

# serve_postgres takes a free port, which another process may have taken when it
# is tried again. Nothing of it outlives the tests: it need not be synced.
serve_postgres() {
  port=$(free_port)
  (cd "$cluster" && "${run[@]}" "$bin/pg_ctl" -D "$cluster/data" -w -t 180 -l "$cluster/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 -c fsync=off" start) || { cat "$cluster/log"; false; }
}

start_postgres() {
  local bin port run=()
  bin=$(postgres_bin)
  if [ -z "$bin" ]; then
    install_debian postgresql || return 1
    bin=$(postgres_bin)
  fi
  own_folder
  got initdb "${run[@]}" "$bin/initdb" -D "$cluster/data" -U tacit -A trust -E UTF8 --locale=C.UTF-8 -N || return 1
  stop_postgres=("${run[@]}" "$bin/pg_ctl" -D "$cluster/data" -m immediate stop)
  got postgres serve_postgres || return 1
  export TACIT_TEST_POSTGRES="postgres://tacit@127.0.0.1:$port/postgres?sslmode=disable"
}

find_chromium() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

cleanup() {
  if [ -n "${stop_postgres:-}" ]; then (cd / && "${stop_postgres[@]}") >/dev/null 2>&1 || true; fi
  if [ -n "${cluster:-}" ]; then rm -rf "$cluster"; fi
}
trap cleanup EXIT

if [ -z "${TACIT_TEST_POSTGRES:-}" ]; then
  start_postgres || lacks PostgreSQL
fi
if [ -z "${TACIT_TEST_VERSITYGW:-}" ]; then
  if go_tool versitygw github.com/versity/versitygw/cmd/versitygw@v1.8.0; then export TACIT_TEST_VERSITYGW="$root/.tools/bin/versitygw"; else lacks "S3 server"; fi
fi
if [ -z "${TACIT_TEST_OIDC:-}" ]; then
  if go_tool oidc-provider github.com/zitadel/oidc/v3/example/server@v3.52.0; then export TACIT_TEST_OIDC="$root/.tools/bin/oidc-provider"; else lacks "OpenID Connect provider"; fi
fi
if [ -z "${TACIT_TEST_PEBBLE:-}" ]; then
  if go_tool pebble github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1; then export TACIT_TEST_PEBBLE="$root/.tools/bin/pebble"; else lacks "ACME server"; fi
fi
if [ -z "${TACIT_TEST_AZURITE:-}" ]; then
  if got azurite "$root/test/azurite.sh"; then export TACIT_TEST_AZURITE="$root/.tools/azurite/node_modules/.bin/azurite-blob"; else lacks "emulator of Azure's storage"; fi
fi
if [ -z "${TACIT_TEST_GCS:-}" ]; then
  if got gcs python_tool gcp-storage-emulator==2026.7.19; then export TACIT_TEST_GCS="$root/.tools/gcp-storage-emulator/bin/gcp-storage-emulator"; else lacks "emulator of Google's storage"; fi
fi
if [ -z "${TACIT_TEST_CHROMIUM:-}" ]; then
  find_chromium >/dev/null || install_debian chromium || true
  if browser=$(find_chromium); then export TACIT_TEST_CHROMIUM="$browser"; else lacks Chromium; fi
fi
"$@"
