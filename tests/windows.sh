#!/usr/bin/env bash
# The program for Windows, made and run on Linux: built from the source as it is, all tests under
# Wine, and the JSON of every sample case byte for byte as the Linux program writes it.
#
# Needs a 64-bit Debian with apt-get, root and its package archive. It installs what it needs: a
# compiler that has the standard library's source, because no ready library for Windows is to be
# had, a linker for Windows, and Wine. Where that cannot be had, it says so and ends with 0.
# Everything that it writes is below target/windows.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly PACKAGES=(rustc-web cargo-web rust-web-src gcc-mingw-w64-x86-64-win32 wine64)
readonly TARGET=x86_64-pc-windows-gnu
# Hundreds of reports of made-up weeks: they do not depend on the system, and take minutes under Wine.
readonly NOT_UNDER_WINE='digests::law::the_report_of_the_digests_of_a_week_is_that_of_the_week'
# How often a run is repeated that Wine itself has ended.
readonly TRIES=6

root=$PWD
work=$root/target/windows
mkdir -p "$work"

skip() {
  printf 'The Windows program is not tested here: %s.\n' "$1"
  exit 0
}

fail() {
  printf 'windows.sh: %s\n' "$1" >&2
  exit 1
}

log() {
  printf '%4d s  %s\n' "$SECONDS" "$1"
}

# The tail of a log, for the reader who has nothing else.
show() {
  tail -n 60 "$1" >&2
}

### Packages

wanted_rust() {
  sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml
}

is_rust_new() {
  local version
  version=$(/usr/bin/rustc --version 2>/dev/null | cut -d ' ' -f 2) || return 1
  [ -n "$version" ] &&
    [ "$(printf '%s\n%s\n' "$(wanted_rust)" "$version" | sort -V | head -n 1)" = "$(wanted_rust)" ]
}

are_installed() {
  dpkg-query --show --showformat '${db:Status-Status}\n' "${PACKAGES[@]}" >"$work/installed" 2>/dev/null &&
    ! grep -qvx installed "$work/installed"
}

install_packages() {
  if are_installed && is_rust_new; then
    return
  fi
  [ "$(id -u)" = 0 ] || skip "its packages can be installed by root only (${PACKAGES[*]})"
  log "installing ${PACKAGES[*]}"
  # An old list of packages names a Rust that is too old.
  apt-get update >"$work/apt.log" 2>&1 || skip "the list of packages cannot be fetched"
  # Nothing is removed: someone may need it.
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-remove \
    "${PACKAGES[@]}" >>"$work/apt.log" 2>&1 </dev/null ||
    skip "apt-get cannot install ${PACKAGES[*]}: $(grep '^E:' "$work/apt.log" | head -n 1)"
  is_rust_new ||
    skip "the archive has $(/usr/bin/rustc --version), and the project needs Rust $(wanted_rust)"
}

### Build

# The packages' cargo, which builds the standard library along. Nothing that is set for the
# ordinary build may reach it.
#
# The profile is `dev`, because one build then serves the tests and the program that they call;
# .github/workflows builds the release profile on Windows itself. Every run under Wine loads the
# program anew, thousands of times: without symbols, and with sections on whole pages, Wine maps it
# instead of reading it. The standard library is optimised a little, because all code uses it.
windows_cargo() {
  local command=$1
  shift
  env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u RUSTUP_TOOLCHAIN -u CARGO_BUILD_TARGET \
    RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
    CARGO_TARGET_DIR="$work/build" \
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc \
    CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS="-C link-arg=-Wl,--file-alignment=4096" \
    CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols \
    /usr/bin/cargo "$command" \
    --config profile.dev.package.core.opt-level=1 \
    --config profile.dev.package.alloc.opt-level=1 \
    --config profile.dev.package.std.opt-level=1 \
    -Zbuild-std=std,panic_unwind,test --target "$TARGET" "$@"
}

build() {
  log "fetching crates"
  windows_cargo fetch --locked >"$work/fetch.log" 2>&1 || {
    show "$work/fetch.log"
    skip "the crates for Windows cannot be fetched"
  }
  log "building the program and its tests for Windows"
  windows_cargo test --no-run --locked --lib --test it --message-format=json-render-diagnostics \
    >"$work/build.json" 2>"$work/build.log" || {
    show "$work/build.log"
    fail "the Windows build fails"
  }
  program=$(executable 'debug/sendlens\.exe')
  unit_tests=$(executable 'deps/sendlens-[0-9a-f]*\.exe')
  integration_tests=$(executable 'deps/it-[0-9a-f]*\.exe')
  log "building the program for Linux"
  cargo build --locked >"$work/linux.log" 2>&1 || {
    show "$work/linux.log"
    fail "the Linux build fails"
  }
  linux_program=${CARGO_TARGET_DIR:-target}/debug/sendlens
}

executable() {
  grep -o "\"executable\":\"[^\"]*$1\"" "$work/build.json" | cut -d '"' -f 4 | head -n 1 |
    grep . || fail "the build made no $1"
}

### Wine

prepare_wine() {
  log "preparing Wine"
  export WINEPREFIX=$work/prefix WINEARCH=win64 WINEDEBUG=-all
  # No window asks for Mono or Gecko.
  export WINEDLLOVERRIDES="mscoree,mshtml="
  unset DISPLAY WAYLAND_DISPLAY
  rm -rf "$WINEPREFIX" "$work/deaths"
  : >"$work/deaths"
  trap '"$wine_server" -k >/dev/null 2>&1 || true' EXIT
  wine "$work/wineboot.log" wineboot --init || fail "Wine does not start"
  # A new prefix says Windows 7, which Rust does not support.
  wine "$work/wine-version.log" reg add 'HKCU\Software\Wine' /v Version /d win10 /f ||
    fail "Wine cannot be set to Windows 10"
  # Rust takes random numbers from a library that Wine 8 does not have.
  cat >"$work/prng.c" <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
  return SystemFunction036(bytes, (ULONG)length);
}
C
  x86_64-w64-mingw32-gcc -shared -o "$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll" \
    "$work/prng.c" -ladvapi32
  # The share \\localhost\c$, as administrators have it on Windows.
  mkdir -p "$WINEPREFIX/dosdevices/unc/localhost"
  ln -s "$WINEPREFIX/drive_c" "$WINEPREFIX/dosdevices/unc/localhost/c\$"
  export SENDLENS_SHARE=1
  # As cargo sets it for tests, and insta asks for; the programs are on drive Z:.
  export CARGO_MANIFEST_DIR="Z:${root//\//\\}"
  export INSTA_WORKSPACE_ROOT=$CARGO_MANIFEST_DIR
  # Random input does not depend on the system: a few of it will do here.
  export PROPTEST_CASES=32
}

# Whether Wine itself ended a run: it died, its server hung up, or a process that a test starts died in
# Wine before its first instruction. Wine reports the last as error 1359, which Windows does not know
# for it.
is_death_of_wine() {
  local code=$1 out=$2
  case $code in
  137 | 139) return 0 ;;
  1) grep -q '^wine client error:' "$out.err" ;;
  101) grep -qF 'Os { code: 1359,' "$out" "$out.err" ;;
  *) return 1 ;;
  esac
}

# Runs a Windows program with its output in a file. Only what Wine itself has ended is repeated.
wine() {
  local out=$1 try code
  shift
  for ((try = 1; try <= TRIES; try++)); do
    code=0
    "$wine_program" "$@" >"$out" 2>"$out.err" </dev/null || code=$?
    is_death_of_wine "$code" "$out" || return "$code"
    echo "$code $*" >>"$work/deaths"
  done
  return "$code"
}

### Tests

# Each module of tests by itself, so that little is repeated if Wine ends a run.
run_tests() {
  local name=$1 tests=$2 module out code passed total=0
  local -a modules one
  wine "$work/$name.list" "$tests" --list --format terse || fail "$name does not start"
  tr -d '\r' <"$work/$name.list" | sed -n 's/: test$//p' |
    grep -vxF "$NOT_UNDER_WINE" >"$work/$name.names"
  mapfile -t modules < <(cut -d : -f 1 "$work/$name.names" | sort -u)
  for module in "${modules[@]}"; do
    mapfile -t one < <(grep "^$module:" "$work/$name.names")
    out=$work/$name-$module.log
    code=0
    wine "$out" "$tests" --exact "${one[@]}" || code=$?
    if [ "$code" != 0 ]; then
      cat "$out" "$out.err" >&2
      fail "$name: $module fails under Wine (exit code $code)"
    fi
    passed=$(tr -d '\r' <"$out" | sed -n 's/^test result: ok\. \([0-9]*\) passed.*/\1/p')
    total=$((total + passed))
  done
  log "$name: $total passed"
  count=$total
}

### Cases

# One case with one command: the bytes and the exit code of Linux.
compare_case() {
  local command=$1 case=$2 here=0 there=0
  local file=$work/cases/$command-$case
  "$linux_program" "$command" -f json "sample-logs/$case" >"$file.linux" 2>/dev/null || here=$?
  wine "$file.windows" "$program" "$command" -f json "sample-logs/$case" || there=$?
  [ "$here" = "$there" ] || {
    cat "$file.windows.err" >&2
    fail "$command of $case ends with $there, and on Linux with $here"
  }
  cmp "$file.linux" "$file.windows" >&2 || fail "$command of $case has other bytes than on Linux"
}

compare_cases() {
  local case command
  rm -rf "$work/cases"
  mkdir -p "$work/cases"
  cases=0 runs=0
  for case in sample-logs/*/; do
    case=$(basename "$case")
    cases=$((cases + 1))
    for command in diagnose lint; do
      compare_case "$command" "$case"
      runs=$((runs + 1))
    done
  done
  log "cases: $runs runs over $cases cases are as on Linux"
}

### Checkout

# What Git for Windows would check out, which converts line ends unless .gitattributes forbids it.
check_checkout() {
  git rev-parse --is-inside-work-tree >/dev/null 2>&1 || return 0
  rm -rf "$work/checkout"
  git clone --quiet --shared -c core.autocrlf=true -c core.eol=crlf . "$work/checkout"
  git -C "$work/checkout" ls-files --eol | awk '{
    sub(/^i\//, "", $1); sub(/^w\//, "", $2); if ($1 != $2) { print; wrong = 1 }
  } END { exit wrong }' >&2 || fail ".gitattributes lets Git for Windows convert these files"
  rm -rf "$work/checkout"
  log "checkout: no line end is converted"
}

[ "$(uname -sm)" = "Linux x86_64" ] || skip "Wine runs it on 64-bit Linux only"
command -v apt-get >/dev/null || skip "there is no apt-get"
install_packages
wine_program=$(command -v wine64 || echo /usr/lib/wine/wine64)
wine_server=$(command -v wineserver || echo /usr/lib/wine/wineserver)
check_checkout
build
prepare_wine
run_tests "unit tests" "$unit_tests"
units=$count
run_tests "integration tests" "$integration_tests"
integrations=$count
compare_cases
printf 'Windows under Wine: %d unit tests, %d integration tests, %d runs over %d sample cases as on Linux; %d runs repeated that Wine itself had ended\n' \
  "$units" "$integrations" "$runs" "$cases" "$(wc -l <"$work/deaths")"
