#!/usr/bin/env bash
# The HTML pages in a real browser: every sample case, and odd inputs that tests/it/pages writes. No
# sideways scrolling from 360 to 1600 pixels, nothing cut on paper, no request, a silent console,
# commands and thumbprints that are copied whole, and no serious finding of axe-core.
#
# Needs Chromium 131 or newer, poppler-utils, a Japanese font, node 18 or newer, and npm. On a Debian
# where it is root, it installs what is missing. Where something cannot be had, it says so and ends with
# 0. Everything that it writes is below target/browser: pages, PDFs, and pictures for people to look at.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly OLDEST_CHROMIUM=131
readonly OLDEST_NODE=18

work=$PWD/target/browser
mkdir -p "$work"

skip() {
  printf 'The pages are not tested in a browser here: %s.\n' "$1"
  exit 0
}

fail() {
  printf 'browser.sh: %s\n' "$1" >&2
  exit 1
}

log() {
  printf '%4d s  %s\n' "$SECONDS" "$1"
}

### Packages

find_chromium() {
  local name
  for name in "${SENDLENS_CHROMIUM:-chromium}" chromium-browser google-chrome; do
    if command -v "$name"; then
      return
    fi
  done
  return 1
}

# Whether a text with characters of Japanese can be shown, and so read back from a PDF.
has_japanese() {
  is_here fc-list && [ -n "$(fc-list :lang=ja family)" ]
}

is_here() {
  command -v "$1" >/dev/null
}

# The packages that bring what is missing, into `missing`.
find_missing() {
  missing=()
  find_chromium >/dev/null || missing+=(chromium)
  is_here pdftotext && is_here pdftoppm || missing+=(poppler-utils)
  has_japanese || missing+=(fontconfig fonts-ipafont-gothic)
  is_here node || missing+=(nodejs)
  is_here npm || missing+=(npm)
}

install_packages() {
  local -a missing
  find_missing
  if [ "${#missing[@]}" = 0 ]; then
    return
  fi
  is_here apt-get || skip "there is no apt-get to install ${missing[*]}"
  [ "$(id -u)" = 0 ] || skip "its packages can be installed by root only (${missing[*]})"
  log "installing ${missing[*]}"
  apt-get update >"$work/apt.log" 2>&1 || skip "the list of packages cannot be fetched"
  # Nothing is removed: someone may need it.
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends --no-remove \
    "${missing[@]}" >>"$work/apt.log" 2>&1 </dev/null ||
    skip "apt-get cannot install ${missing[*]}: $(grep '^E:' "$work/apt.log" | head -n 1)"
  local -a installed=("${missing[@]}")
  find_missing
  [ "${#missing[@]}" = 0 ] ||
    skip "${installed[*]} are installed, but what ${missing[*]} should bring is not here"
}

check_versions() {
  local version
  version=$("$chromium" --version 2>/dev/null | grep -o '[0-9]*\.[0-9.]*' | head -n 1) ||
    skip "$chromium does not start"
  [ "${version%%.*}" -ge "$OLDEST_CHROMIUM" ] ||
    skip "Chromium is $version, and $OLDEST_CHROMIUM is needed to print what is folded"
  version=$(node --version)
  version=${version#v}
  [ "${version%%.*}" -ge "$OLDEST_NODE" ] ||
    skip "node is $version, and $OLDEST_NODE is needed"
}

# The packages of npm, in the versions of the lock file, in a folder of their own.
install_modules() {
  log "installing the packages of npm"
  rm -rf "$work/tests"
  mkdir -p "$work/tests"
  cp tests/browser/* "$work/tests/"
  (cd "$work/tests" && npm ci --ignore-scripts --no-audit --no-fund) >"$work/npm.log" 2>&1 </dev/null || {
    tail -n 20 "$work/npm.log" >&2
    skip "the packages of npm cannot be fetched"
  }
}

### Pages

# Runs a command of the program on an input, and keeps its page and the commands that it must show.
page_of() {
  local name=$1 code=0
  shift
  "$program" "$@" --quiet --format html --output "$work/pages/$name.html" || code=$?
  # Where there is nothing to diagnose, there is no page.
  [ "$code" -le 1 ] || return "$code"
  "$program" "$@" --quiet --format json --output "$work/pages/$name.json" || [ $? -le 1 ]
}

write_pages() {
  local case name code
  rm -rf "$work/inputs" "$work/pages"
  mkdir -p "$work/inputs" "$work/pages"
  log "writing odd inputs"
  SENDLENS_PAGES_DIR=$work/inputs cargo test --locked --test it pages >"$work/inputs.log" 2>&1 || {
    tail -n 40 "$work/inputs.log" >&2
    fail "the odd inputs cannot be written"
  }
  SENDLENS_WEEK=17 SENDLENS_WEEK_DIR=$work/inputs/week \
    cargo test --locked --test it weeks_are_reported_as_they_are >"$work/week.log" 2>&1 || {
    tail -n 40 "$work/week.log" >&2
    fail "the week cannot be written"
  }
  cargo build --locked >"$work/build.log" 2>&1 || fail "the program cannot be built"
  program=${CARGO_TARGET_DIR:-target}/debug/sendlens
  log "writing pages"
  for case in sample-logs/*/ "$work"/inputs/*/; do
    name=$(basename "$case")
    code=0
    page_of "$name" diagnose "$case" || code=$?
    # Code 3: there is no send log, and so no page. Anything else is a fault.
    [ "$code" = 0 ] || [ "$code" = 3 ] || fail "diagnose of $name ends with $code"
  done
  local certificates=tests/it/certificates
  page_of preflight preflight --now 2026-11-22 --title "CHG-4711: new certificate" \
    "$certificates/mail-contoso.cer" "$certificates/smtp-contoso-net.pem" sample-logs/two-tenants ||
    fail "preflight ends with $?"
  page_of preflight-hostile preflight --now 2026-11-22 \
    "$certificates/hostile.pem" "$work/inputs/hostile-names/tenant" || fail "preflight ends with $?"
}

[ "$(uname -s)" = Linux ] || skip "it runs on Linux only"
install_packages
chromium=$(find_chromium)
check_versions
install_modules
write_pages
log "opening $(find "$work/pages" -name '*.html' | wc -l) pages"
rm -rf "$work/pictures"
SENDLENS_CHROMIUM=$chromium node "$work/tests/check.mjs" "$work/pages" "$work/pictures"
log "pictures and PDFs are in target/browser/pictures"
