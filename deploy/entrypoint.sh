#!/bin/sh
# Starts the server with the arguments of `run`, never as root: a container that was started as root makes sure that
# the user dunlin can write /data (a volume made by the engine belongs to root) and goes on as that user.
#
# Who can reach a container is decided by its network, so protected mode is off unless the configuration speaks of it.
set -e
if [ "$(id -u)" = 0 ]; then
  find /data ! -user dunlin -exec chown dunlin:dunlin '{}' +
  exec setpriv --reuid=dunlin --regid=dunlin --clear-groups "$0" "$@"
fi
case "${1-}" in
  "" | -*) exec dunlin-server --protected-mode no "$@" ;;
esac
file=$1
shift
if grep -qs '^[[:space:]]*protected-mode[[:space:]]' "$file"; then exec dunlin-server "$file" "$@"; fi
exec dunlin-server "$file" --protected-mode no "$@"
