# shellcheck shell=bash
# up and down: a cluster of 3 primaries and 3 replicas on this machine, to look at and to try things on.

# DUNLIN_BASE_PORT and DUNLIN_DATA move it elsewhere.
UP_PORTS=()
UP_HOST=127.0.0.1
START_SECONDS=60
SETTLE_SECONDS=120
STOP_SECONDS=60

up_configure() {
  local first=${DUNLIN_BASE_PORT:-6381} data=${DUNLIN_DATA:-data}
  [[ $first =~ ^[0-9]+$ && $first -ge 1 && $first -le 55530 ]] || fail "DUNLIN_BASE_PORT must be a port up to 55530, not '$first'"
  mapfile -t UP_PORTS < <(seq "$first" $((first + 5)))
  mkdir -p "$data"
  UP_DATA=$(readlink -f "$data")
}

cli() { "$UP_BIN/dunlin-cli" -h "$UP_HOST" "$@" 2>/dev/null; }

# node_pid PORT: the process id of our node on that port; fails when it does not run. The working directory tells
# our process from a stranger that was given the same number later.
node_pid() {
  local directory=$UP_DATA/$1 pid
  pid=$(cat "$directory/server.pid" 2>/dev/null) || return 1
  [[ $(readlink "/proc/$pid/cwd") == "$directory" ]] || return 1
  echo "$pid"
}

stopped_nodes() {
  local port
  for port in "${UP_PORTS[@]}"; do node_pid "$port" >/dev/null || echo "$port"; done
}

port_taken() { (exec 3<>"/dev/tcp/$UP_HOST/$1") 2>/dev/null; }

require_free_ports() {
  local port taken
  for port in "$@"; do
    for taken in "$port" $((port + 10000)); do
      ! port_taken "$taken" || fail "port $taken on $UP_HOST is in use by another program (node $port needs it)"
    done
  done
}

start_node() {
  local port=$1 directory=$UP_DATA/$1
  mkdir -p "$directory"
  pushd "$directory" >/dev/null || return
  setsid "$UP_BIN/dunlin-server" --cluster-enabled yes --appendonly yes --port "$port" --bind "$UP_HOST" \
    </dev/null >>server.log 2>&1 &
  echo $! >server.pid
  popd >/dev/null || return
}

node_answers() {
  node_pid "$1" >/dev/null || {
    tail -n 5 "$UP_DATA/$1/server.log" >&2
    fail "the node on port $1 ended; its log is $UP_DATA/$1/server.log"
  }
  [[ $(cli -p "$1" ping) == PONG ]]
}

node_settled() {
  local info
  info=$(cli -p "$1" cluster info) || return 1
  [[ $info == *cluster_state:ok* && $info == *cluster_known_nodes:6* ]] || return 1
  [[ $(cli -p "$1" info replication) != *master_link_status:down* ]]
}

is_member() { [[ $(cli -p "$1" cluster info) != *cluster_known_nodes:1[^0-9]* ]]; }

create_cluster() {
  local addresses=("${UP_PORTS[@]/#/$UP_HOST:}") output
  output=$("$UP_BIN/dunlin-cli" --cluster create "${addresses[@]}" --cluster-replicas 1 --cluster-yes 2>&1) || {
    echo "$output" >&2
    fail "the cluster could not be created; ./dev down --wipe makes a fresh start possible"
  }
}

print_how_to_connect() {
  echo "Connect:  $UP_BIN/dunlin-cli -c -p ${UP_PORTS[0]}    (or any cluster client, nodes ${UP_PORTS[0]} to ${UP_PORTS[5]})"
  echo "Data:     $UP_DATA/<port>, with a server.log each"
  echo "Stop:     ./dev down"
}

# up_binaries [--bin DIRECTORY]: where the binaries are; built unless the caller has some.
up_binaries() {
  if [[ ${1:-} == --bin ]]; then
    UP_BIN=$(readlink -f "${2:?--bin needs a directory}")
  elif [[ $# -gt 0 ]]; then
    fail "up does not know '$1'"
  else
    build release dunlin-server dunlin-cli
    UP_BIN=$PWD/build/bin
  fi
  local name
  for name in dunlin-server dunlin-cli; do [[ -x $UP_BIN/$name ]] || fail "there is no $UP_BIN/$name"; done
}

verb_up() {
  local stopped port
  up_configure
  mapfile -t stopped < <(stopped_nodes)
  if [[ ${#stopped[@]} -eq 0 ]]; then
    echo "The cluster runs already."
    UP_BIN=${2:-$PWD/build/bin} print_how_to_connect
    return
  fi
  require_free_ports "${stopped[@]}"
  up_binaries "$@"
  for port in "${stopped[@]}"; do start_node "$port"; done
  for port in "${UP_PORTS[@]}"; do wait_for "$START_SECONDS" "an answer from port $port" node_answers "$port"; done
  is_member "${UP_PORTS[0]}" || create_cluster
  for port in "${UP_PORTS[@]}"; do
    wait_for "$SETTLE_SECONDS" "the node on port $port to find the cluster ok and its replication in step" node_settled "$port"
  done
  "$UP_BIN/dunlin-cli" --cluster check "$UP_HOST:${UP_PORTS[0]}"
  print_how_to_connect
}

node_gone() { ! node_pid "$1" >/dev/null; }

verb_down() {
  local port pid running=0
  [[ $# -eq 0 || $1 == --wipe ]] || fail "down does not know '$1'"
  up_configure
  for port in "${UP_PORTS[@]}"; do
    if pid=$(node_pid "$port"); then
      kill -TERM "$pid"
      running=$((running + 1))
    fi
  done
  for port in "${UP_PORTS[@]}"; do
    wait_for "$STOP_SECONDS" "the node on port $port to end" node_gone "$port"
    rm -f "$UP_DATA/$port/server.pid"
  done
  echo "Stopped $running nodes."
  if [[ ${1:-} == --wipe ]]; then
    for port in "${UP_PORTS[@]}"; do rm -rf "${UP_DATA:?}/$port"; done
    rmdir --ignore-fail-on-non-empty "$UP_DATA"
    echo "Removed their data."
  fi
}
