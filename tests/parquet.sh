#!/usr/bin/env bash
# The Parquet file of `sessions`, read back by DuckDB: for every sample case, and for all of them
# together, the rows are the records of NDJSON, in their order. The types are those of docs/json.md, and
# the queries of docs/recipes.md run and find something.
#
# Needs Python 3 with pip, and DuckDB from PyPI, which it installs below target/parquet. Where these
# cannot be had, it says so and ends with 0. Everything that it writes is below target/parquet.
#
# SENDLENS=PATH tests a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/.."

# DuckDB needs pytz for times with a time zone.
readonly PACKAGES=(duckdb==2.0.1 pytz)

work=$PWD/target/parquet
mkdir -p "$work"

skip() {
  printf 'The Parquet file is not read by DuckDB here: %s.\n' "$1"
  exit 0
}

log() {
  printf '%4d s  %s\n' "$SECONDS" "$1"
}

can_import() {
  PYTHONPATH=$work/python python3 -c 'import duckdb, pytz' 2>/dev/null
}

command -v python3 >/dev/null || skip "there is no python3"
if ! can_import; then
  python3 -m pip --version >/dev/null 2>&1 || skip "python3 has no pip"
  log "installing ${PACKAGES[*]}"
  python3 -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --target "$work/python" --upgrade "${PACKAGES[@]}" >"$work/pip.log" 2>&1 ||
    skip "pip cannot install ${PACKAGES[*]}: $(grep -m1 ERROR "$work/pip.log")"
  can_import || skip "DuckDB does not run on this machine"
fi

if [ -z "${SENDLENS:-}" ]; then
  log "building"
  cargo build --locked --quiet
  SENDLENS=${CARGO_TARGET_DIR:-target}/debug/sendlens
fi

log "comparing"
PYTHONPATH=$work/python python3 tests/parquet/compare.py "$SENDLENS" "$work"
log "good"
