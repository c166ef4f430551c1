#!/usr/bin/env bash
# The job of docs/fleet/spark_fleet.py in Apache Spark: fifty generated servers, one that fails and one
# without logs among them, against one process that reads the same logs. The report must be the same byte
# for byte, and the sessions row for row, read back with DuckDB and with Spark.
#
# Needs Java 17 or newer, Python 3.10 or newer with pip, and PyPI, from which it installs PySpark and
# DuckDB into a folder outside the tree (SENDLENS_FLEET_DIR, or sendlens-fleet in the cache of the user),
# where the next run finds them. Where something cannot be had, it says so and ends with 0. Everything else
# that it writes is below target/fleet.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly OLDEST_JAVA=17
readonly SERVERS=50

work=$PWD/target/fleet
packages=${SENDLENS_FLEET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/sendlens-fleet}
mkdir -p "$work"

skip() {
  printf 'The Spark job is not tested here: %s.\n' "$1"
  exit 0
}

fail() {
  printf 'fleet.sh: %s\n' "$1" >&2
  exit 1
}

log() {
  printf '%4d s  %s\n' "$SECONDS" "$1"
}

check_tools() {
  local version
  command -v java >/dev/null || skip "there is no java"
  version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  [ "${version:-0}" -ge "$OLDEST_JAVA" ] ||
    skip "java is ${version:-unknown}, and $OLDEST_JAVA is needed"
  command -v python3 >/dev/null || skip "there is no python3"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' || skip "python3 is older than 3.10"
  python3 -m pip --version >/dev/null 2>&1 || skip "python3 has no pip"
}

# The packages in the versions of the list. A folder that was left half is made anew.
install_packages() {
  local wanted
  wanted="$(python3 --version) $(cat tests/fleet/requirements.txt)"
  if [ "$(cat "$packages/installed" 2>/dev/null)" = "$wanted" ]; then
    return
  fi
  log "installing PySpark and DuckDB into $packages"
  rm -rf "$packages"
  mkdir -p "$packages"
  python3 -m pip install --quiet --disable-pip-version-check --target "$packages" \
    --requirement tests/fleet/requirements.txt >"$work/pip.log" 2>&1 </dev/null || {
    tail -n 5 "$work/pip.log" >&2
    skip "PySpark and DuckDB cannot be installed"
  }
  printf '%s\n' "$wanted" >"$packages/installed"
}

build() {
  log "building the program and the generator"
  cargo build --locked --bin sendlens --example generate >"$work/build.log" 2>&1 || {
    tail -n 40 "$work/build.log" >&2
    fail "the program cannot be built"
  }
  built=${CARGO_TARGET_DIR:-$PWD/target}/debug
}

check_tools
install_packages
build
log "writing the logs of $SERVERS servers"
rm -rf "$work/corpus" "$work/run"
"$built/examples/generate" --bytes 30M --streams "$SERVERS" --files $((2 * SERVERS)) \
  --out "$work/corpus" >"$work/corpus.json"
export PYTHONPATH=$packages PATH=$packages/bin:$PATH
# The workers of Spark must not fill the two processors of a small machine, nor reach for the network.
export SPARK_LOCAL_IP=127.0.0.1
log "running Spark"
python3 tests/fleet/check.py "$built/sendlens" "$work/corpus" "$work/run"
log "the Spark job gives what one process gives"
