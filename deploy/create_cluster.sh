#!/bin/sh
# usage: create_cluster.sh REPLICAS HOST:PORT...: waits until every node answers, then makes a cluster of them, unless the
# first one is in a cluster already. REPLICAS is the number of replicas of each primary. Gives up after 60 seconds.
set -eu
replicas=$1
shift
first=$1
end=$(($(date +%s) + 60))

ask() { # ask HOST:PORT WORD...
  address=$1
  shift
  redis-cli -h "${address%:*}" -p "${address##*:}" "$@" 2>/dev/null
}

for node in "$@"; do
  until [ "$(ask "$node" ping)" = PONG ]; do
    [ "$(date +%s)" -lt "$end" ] || { echo "no answer from $node" >&2 && exit 1; }
    sleep 0.2 # between two looks
  done
done

if ask "$first" cluster info | grep -q '^cluster_known_nodes:1[^0-9]*$'; then
  exec redis-cli --cluster create "$@" --cluster-replicas "$replicas" --cluster-yes
fi
echo "$first is in a cluster already"
