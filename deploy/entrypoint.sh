#!/bin/sh
# Starts the server with the arguments of `run`, never as root: a container that was started as root makes sure that
# the user dunlin can write /data (a volume made by the engine belongs to root) and goes on as that user.
set -e
if [ "$(id -u)" = 0 ]; then
  find /data ! -user dunlin -exec chown dunlin:dunlin '{}' +
  exec setpriv --reuid=dunlin --regid=dunlin --clear-groups "$0" "$@"
fi
exec dunlin-server "$@"
