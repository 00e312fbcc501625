# shellcheck shell=bash
# test and ci.

SUITES="fast unit selftest integration walkthrough clients crash container sanitized"
# The full walkthrough keeps the server's own node timeout in one way; the others need not wait that long again.
SHORT_NODE_TIMEOUT_MS=5000
TEST_IMAGE=localhost/dunlin-test

# Set by parse_test_options, read by the suites.
test_suite=all
test_preset=release
test_ways=()
test_node_timeout=()
test_pytest=()

parse_test_options() {
  if [[ $# -gt 0 && $1 != -* ]]; then
    test_suite=$1
    shift
  fi
  [[ " all $SUITES " == *" $test_suite "* ]] || fail "there is no suite '$test_suite'; the suites are: $SUITES"
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --preset) test_preset=${2:?--preset needs a name} ;;
      --way) test_ways+=("${2:?--way needs a name}") ;;
      --node-timeout-ms) test_node_timeout=(--node-timeout-ms "${2:?--node-timeout-ms needs a number}") ;;
      --)
        test_pytest=("${@:2}")
        break
        ;;
      *) fail "test does not know '$1'; ./dev help lists its options" ;;
    esac
    shift 2
  done
}

verb_test() {
  parse_test_options "$@"
  need test run build
  build "$test_preset"
  test_bin=$PWD/$(build_dir "$test_preset")/bin
  test_reports=$PWD/$(build_dir "$test_preset")/reports
  rm -rf "$test_reports"
  mkdir -p "$test_reports"
  find_peers
  local broken=0
  if [[ $test_suite == all ]]; then
    local suite
    for suite in unit integration walkthrough clients crash; do "suite_$suite" || broken=1; done
    if containers_work; then
      suite_container || broken=1
    else
      echo "The tests in containers are left out: they need root, podman, runc and debootstrap."
    fi
  else
    "suite_$test_suite" || broken=1
  fi
  "$PYTHON" tools/test_totals.py "$test_reports" || broken=1
  return "$broken"
}

# find_peers: the server inside Debian's redis-tools, under the name it listens to; a test that looks for redis-server
# finds it, and the client under test, however it looks.
find_peers() {
  local peers=$PWD/build/peers
  mkdir -p "$peers"
  ln -sfn "$(command -v redis-check-rdb)" "$peers/redis-server"
  export PATH=$peers:$PATH REDIS_SERVER=$peers/redis-server DUNLIN_CLI=$test_bin/dunlin-cli
}

# run_ctest NAME [ctest options]
run_ctest() {
  say "$1 tests"
  GTEST_OUTPUT=xml:$test_reports/ ctest --test-dir "$(build_dir "$test_preset")" --output-on-failure -j "$(nproc)" \
    --output-junit "$test_reports/ctest-$1.xml" "${@:2}"
}

# run_pytest NAME PATH... [pytest options]
run_pytest() {
  say "$1 tests"
  "$PYTHON" -m pytest -q "${@:2}" --bin-dir "$test_bin" --junitxml "$test_reports/pytest-$1.xml" "${test_pytest[@]}"
}

suite_fast() {
  local broken=0
  run_ctest unit -L fast || broken=1
  run_pytest fast tests -m fast || broken=1
  return "$broken"
}

suite_unit() { run_ctest unit; }

# What needs no server of ours.
suite_selftest() { run_pytest selftest tests/selftest tests/config; }

# Everything that is no suite of its own.
suite_integration() {
  local suite others=()
  for suite in walkthrough clients crash container; do others+=("--ignore=tests/$suite"); done
  run_pytest integration tests "${others[@]}"
}

suite_clients() {
  need clients
  run_pytest clients tests/clients
}

suite_crash() { run_pytest crash tests/crash; }

# Three ways; --way chooses others.
suite_walkthrough() {
  local way broken=0
  if [[ ${#test_ways[@]} -gt 0 ]]; then
    for way in "${test_ways[@]}"; do
      if [[ $way == container ]]; then build_image || return; fi
      walkthrough "$way" "${test_node_timeout[@]}" || broken=1
    done
    return "$broken"
  fi
  walkthrough ours "${test_node_timeout[@]}" || broken=1
  for way in peer-cli peer-server; do walkthrough_short "$way" || broken=1; done
  return "$broken"
}

suite_container() {
  local broken=0
  need container
  build_image || return
  run_pytest container tests/container --image "$TEST_IMAGE" || broken=1
  walkthrough_short container || broken=1
  return "$broken"
}

# Unit tests and the walkthrough; a report of a sanitizer is a failure, whoever wrote it.
suite_sanitized() {
  local broken=0 reports=$test_reports/sanitizer
  mkdir -p "$reports"
  export ASAN_OPTIONS="log_path=$reports/asan"
  export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
  export TSAN_OPTIONS="log_path=$reports/tsan:exitcode=0:suppressions=$PWD/tools/dev/tsan.supp"
  run_ctest unit -L fast || broken=1
  walkthrough_short ours || broken=1
  local report
  for report in "$reports"/*; do
    [[ -s $report ]] || continue
    head -n 60 "$report"
    broken=1
  done
  return "$broken"
}

containers_work() {
  local program
  [[ $(id -u) -eq 0 ]] || return
  for program in podman runc debootstrap; do command -v "$program" >/dev/null || return; done
  podman info >/dev/null 2>&1
}

build_image() {
  say "container image"
  tools/container/build.sh --binaries "$test_bin" "$TEST_IMAGE" >"$test_reports/image.log" 2>&1 || {
    tail -n 20 "$test_reports/image.log"
    return 1
  }
}

# walkthrough WAY [pytest options]
walkthrough() {
  run_pytest "walkthrough-$1" tests/walkthrough --way "$1" --image "$TEST_IMAGE" "${@:2}"
}

walkthrough_short() {
  if [[ ${#test_node_timeout[@]} -gt 0 ]]; then
    walkthrough "$1" "${test_node_timeout[@]}"
  else
    walkthrough "$1" --node-timeout-ms "$SHORT_NODE_TIMEOUT_MS"
  fi
}

# stage NAME VERB...: one step of CI in a process of its own; notes how long it took and whether it failed.
stage() {
  local name=$1 start=$SECONDS result=ok
  shift
  say "ci: $name"
  ./dev "$@" || result=FAILED
  ci_summary+=("$(printf '%-20s %4d s  %s' "$name" "$((SECONDS - start))" "$result")")
  [[ $result == ok ]] || ci_broken=1
}

# The short node timeout also where `./dev test` keeps the server's own; the client libraries and the containers come last
# because they need the network.
verb_ci() {
  ci_summary=()
  ci_broken=0
  stage build build
  stage check check
  stage "unit tests" test unit
  stage "self tests" test selftest
  stage integration test integration
  stage crash test crash
  stage walkthrough test walkthrough --node-timeout-ms "$SHORT_NODE_TIMEOUT_MS"
  stage "1000 seeds" sim --seeds 1000
  stage clients test clients
  printf '%s\n' "${ci_summary[@]}"
  printf 'in all %d min\n' "$(((SECONDS + 59) / 60))"
  return "$ci_broken"
}
