#!/usr/bin/env bash
# stores.sh COMMAND…: run COMMAND with the stores and the browser that tests use.
#
# PostgreSQL, an S3 server and Chromium are used where they are, installed where
# that is possible (Debian packages as root, Go tools into .tools of the clone),
# and otherwise left out: tests that need them then skip, which fails with CI=true.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/.tools/bin"

install_debian() { # package…
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  echo "installing $*" >&2
  { apt-get install -y --no-install-recommends "$@" || { apt-get update && apt-get install -y --no-install-recommends "$@"; }; } >"$root/.tools/apt.log" 2>&1
}

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

free_port() { node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }

start_postgres() {
  local bin port run=()
  bin=$(postgres_bin)
  if [ -z "$bin" ]; then
    install_debian postgresql || return 0
    bin=$(postgres_bin)
  fi
  cluster=$(mktemp -d "${TMPDIR:-/tmp}/tacit-postgres.XXXXXX")
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$cluster"
    run=(runuser -u postgres --)
  fi
  port=$(free_port)
  "${run[@]}" "$bin/initdb" -D "$cluster/data" -U tacit -A trust -E UTF8 --locale=C.UTF-8 -N >"$root/.tools/initdb.log" 2>&1
  "${run[@]}" "$bin/pg_ctl" -D "$cluster/data" -w -t 60 -l "$cluster/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$cluster -c max_connections=300" start >/dev/null
  stop_postgres=("${run[@]}" "$bin/pg_ctl" -D "$cluster/data" -m immediate stop)
  export TACIT_TEST_POSTGRES="postgres://tacit@127.0.0.1:$port/postgres?sslmode=disable"
}

cleanup() {
  if [ -n "${cluster:-}" ]; then
    "${stop_postgres[@]}" >/dev/null 2>&1 || true
    rm -rf "$cluster"
  fi
}
trap cleanup EXIT

if [ -z "${TACIT_TEST_POSTGRES:-}" ]; then start_postgres; fi
if [ -z "${TACIT_TEST_VERSITYGW:-}" ]; then
  gateway="$root/.tools/bin/versitygw"
  if [ ! -x "$gateway" ]; then
    echo "building the S3 server for tests" >&2
    GOFLAGS= GOBIN="$root/.tools/bin" go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 >"$root/.tools/versitygw.log" 2>&1 || true
  fi
  if [ -x "$gateway" ]; then export TACIT_TEST_VERSITYGW="$gateway"; fi
fi
if [ -z "${TACIT_TEST_OIDC:-}" ]; then
  provider="$root/.tools/bin/oidc-provider"
  if [ ! -x "$provider" ]; then
    echo "building the OpenID Connect provider for tests" >&2
    folder=$(mktemp -d "$root/.tools/oidc.XXXXXX")
    GOFLAGS= GOBIN="$folder" go install github.com/zitadel/oidc/v3/example/server@v3.52.0 >"$root/.tools/oidc.log" 2>&1 && mv "$folder/server" "$provider" || true
    rm -rf "$folder"
  fi
  if [ -x "$provider" ]; then export TACIT_TEST_OIDC="$provider"; fi
fi
if [ -z "${TACIT_TEST_PEBBLE:-}" ]; then
  issuer="$root/.tools/bin/pebble"
  if [ ! -x "$issuer" ]; then
    echo "building the ACME server for tests" >&2
    GOFLAGS= GOBIN="$root/.tools/bin" go install github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1 >"$root/.tools/pebble.log" 2>&1 || true
  fi
  if [ -x "$issuer" ]; then export TACIT_TEST_PEBBLE="$issuer"; fi
fi
if [ -z "${TACIT_TEST_CHROMIUM:-}" ]; then
  browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
  if [ -z "$browser" ] && install_debian chromium; then browser=$(command -v chromium || true); fi
  if [ -n "$browser" ]; then export TACIT_TEST_CHROMIUM="$browser"; fi
fi
"$@"
