# shellcheck shell=bash
# What every verb uses: errors, packages, waiting.

# Debian's own Python: the one that python3-pytest and python3-redis belong to.
export PYTHON=/usr/bin/python3
export CCACHE_DIR="${CCACHE_DIR:-$HOME/.cache/ccache}"

fail() {
  echo "./dev: $*" >&2
  exit 1
}

# say TITLE: a line that stands out in a long output.
say() { echo "== $*"; }

as_root() {
  if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# packages GROUP...: "package program" lines of those groups.
packages() {
  local group
  for group in "$@"; do awk -v group="$group" '$1 == group { print $2, $3 }' packages.txt; done
}

missing_packages() {
  local package program
  while read -r package program; do
    [[ -n "$program" ]] && command -v "$program" >/dev/null && continue
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done < <(packages "$@")
}

# need GROUP...: installs what is missing of those groups; asks the network for nothing when nothing is.
need() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -eq 0 ]] && return
  command -v apt-get >/dev/null || fail "these packages of Debian 12 are missing and there is no apt-get: ${missing[*]}"
  say "installing ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# wait_for SECONDS WHAT COMMAND...: runs the command until it succeeds; fails when the time is over.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    [[ $SECONDS -lt $end ]] || fail "waited in vain for $what"
    sleep 0.1 # between two looks
  done
}

sources() { git ls-files -- 'src/*.h' 'src/*.cc'; }
