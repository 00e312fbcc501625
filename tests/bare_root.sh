#!/usr/bin/env bash
# usage: bare_root.sh [VERBS...]: proves that a fresh clone works on a bare Debian 12. Unpacks one (debootstrap, kept in
# the cache between runs), clones the committed state into it and runs there, one after the other,
#
#   ./dev up        ./dev test fast        ./dev down --wipe
#
# or the verbs given, each argument one command line without the "./dev". Needs root, debootstrap and git; the network
# for apt. Everything that runs inside ends with this script. DUNLIN_BASE_PORT moves the cluster to other ports.
set -euo pipefail

inside() { # inside ROOT COMMAND: in the root, as a process tree of its own that sees only itself
  unshare --mount --pid --fork --kill-child --mount-proc="$1/proc" \
    chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" \
    DUNLIN_BASE_PORT="${DUNLIN_BASE_PORT:-6381}" /bin/bash -c "$2"
}

# The network's settings of this machine, proxies of apt included, are those of the root.
lend_network() {
  cp /etc/resolv.conf "$1/etc/resolv.conf"
  local file
  for file in /etc/apt/apt.conf.d/*proxy*; do
    [[ ! -f $file ]] || cp "$file" "$1/etc/apt/apt.conf.d/"
  done
  mkdir -p "$1/dev/shm"
  mount --bind /dev "$1/dev"
}

top=$(git -C "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" rev-parse --show-toplevel)
[[ $# -gt 0 ]] || set -- up "test fast" "down --wipe"
tar=$("$top/tools/container/debian_tar.sh")
root=$(mktemp -d "$(dirname "$tar")/bare-root.XXXXXX")
cleanup() {
  ! mountpoint -q "$root/dev" || umount "$root/dev"
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT

tar -C "$root" --numeric-owner -xf "$tar"
lend_network "$root"
git clone --quiet --no-hardlinks "$top" "$root/root/dunlin"
commands="cd /root/dunlin"
for verb in "$@"; do commands+=" && echo '\$ ./dev $verb' && ./dev $verb"; done
inside "$root" "$commands"
echo "A fresh clone of $(git -C "$top" rev-parse --short HEAD) works on a bare Debian 12: ./dev $(printf '%s; ' "$@")"
