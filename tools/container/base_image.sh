#!/usr/bin/env bash
# usage: base_image.sh [IMAGE]: makes an image of a bare Debian 12 with debootstrap, without a registry (default name:
# localhost/dunlin-base). Does nothing when the image is there. What debootstrap made is kept in the cache of the user
# (DUNLIN_CACHE, default ~/.cache/dunlin) as debian12.tar. Needs root, debootstrap and podman.
set -euo pipefail

image=${1:-localhost/dunlin-base}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
cache=${DUNLIN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dunlin}

! podman image exists "$image" || exit 0
mkdir -p "$cache"
if [[ ! -f $cache/debian12.tar ]]; then
  root=$(mktemp -d "$cache/debootstrap.XXXXXX")
  trap 'rm -rf "$root"' EXIT
  debootstrap --variant=minbase bookworm "$root" "$mirror"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  tar -C "$root" --numeric-owner -cf "$cache/debian12.tar.new" .
  mv "$cache/debian12.tar.new" "$cache/debian12.tar"
fi
podman import --quiet "$cache/debian12.tar" "$image" >/dev/null
echo "made $image"
