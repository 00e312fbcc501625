#!/bin/sh
# Healthy: the server answers. Where: DUNLIN_PORT and DUNLIN_HOST if set, else what the server's command line says
# (--port, --bind, or "host:port" where a server shows that as its title), else 127.0.0.1:6379.
host=127.0.0.1 port=6379
# shellcheck disable=SC2046
set -f -- $(tr '\0' ' ' </proc/1/cmdline)
while [ $# -gt 1 ]; do
  case "$1" in
    --port) port=$2 ;;
    --bind) host=${2#-} ;;
  esac
  shift
  case "$1" in
    *:[0-9]*) host=${1%:*} port=${1##*:} ;;
  esac
done
[ "$host" != '*' ] || host=127.0.0.1
redis-cli -h "${DUNLIN_HOST:-$host}" -p "${DUNLIN_PORT:-$port}" ping 2>&1 | grep -qE '^(PONG|\(error\) NOAUTH|NOAUTH)'
