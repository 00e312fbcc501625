#!/usr/bin/env bash
# usage: build.sh [--binaries FOLDER] [--base IMAGE] [IMAGE]: builds the container image (default: localhost/dunlin).
#
# --binaries  takes dunlin-server and dunlin-cli of that folder instead of compiling inside; they must run on Debian 12
# --base      the image to start from (default: localhost/dunlin-base, made by base_image.sh)
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

binaries='' base=localhost/dunlin-base image=localhost/dunlin
while [[ $# -gt 0 ]]; do
  case "$1" in
    --binaries) binaries=$2 && shift 2 ;;
    --base) base=$2 && shift 2 ;;
    -*) echo "build.sh does not know '$1'" >&2 && exit 2 ;;
    *) image=$1 && shift ;;
  esac
done

[[ $base != localhost/dunlin-base ]] || tools/container/base_image.sh "$base"
options=(--format docker --network host --ulimit nofile=1024:1024 --build-arg BASE="$base")
if [[ -n $binaries ]]; then
  # A folder in the place of the stage that compiles.
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  mkdir "$stage/out"
  cp -L "$binaries/dunlin-server" "$binaries/dunlin-cli" "$stage/out/"
  options+=(--build-context build="$stage")
fi
podman build "${options[@]}" --tag "$image" --file Containerfile .
