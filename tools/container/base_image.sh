#!/usr/bin/env bash
# usage: base_image.sh [IMAGE]: makes an image of a bare Debian 12 without a registry (default name:
# localhost/dunlin-base). Does nothing when the image is there. Needs root, debootstrap and podman.
set -euo pipefail

image=${1:-localhost/dunlin-base}
! podman image exists "$image" || exit 0
tar=$("$(dirname "${BASH_SOURCE[0]}")/debian_tar.sh")
podman import --quiet "$tar" "$image" >/dev/null
echo "made $image"
