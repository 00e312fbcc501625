#!/usr/bin/env bash
# usage: debian_tar.sh: prints the path of a tar of a bare Debian 12 root, made with debootstrap the first time and kept
# in the cache of the user (DUNLIN_CACHE, default ~/.cache/dunlin). Needs root and debootstrap.
set -euo pipefail

mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
cache=${DUNLIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dunlin}

if [[ ! -f $cache/debian12.tar ]]; then
  mkdir -p "$cache"
  root=$(mktemp -d "$cache/debootstrap.XXXXXX")
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase bookworm "$root" "$mirror" >&2
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  tar -C "$root" --numeric-owner -cf "$cache/debian12.tar.new" .
  mv "$cache/debian12.tar.new" "$cache/debian12.tar"
fi
echo "$cache/debian12.tar"
