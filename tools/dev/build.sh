# shellcheck shell=bash
# build, fmt, check, fuzz, sim, bench.

PRESETS="release debug asan tsan"

# build_dir PRESET: where CMakePresets.json puts it.
build_dir() {
  [[ " $PRESETS " == *" $1 "* ]] || fail "there is no preset '$1'; the presets are: $PRESETS"
  if [[ $1 == release ]]; then echo build; else echo "build-$1"; fi
}

configure() {
  local directory
  directory=$(build_dir "$1")
  need run build
  [[ $1 != asan ]] || need fuzz
  [[ -f $directory/build.ninja ]] || cmake --preset "$1" >"/tmp/dunlin-cmake.$$" || {
    cat "/tmp/dunlin-cmake.$$"
    fail "cmake failed"
  }
  rm -f "/tmp/dunlin-cmake.$$"
}

# link_names DIRECTORY: the names under which Redis's tools and test suites look for the binaries.
link_names() {
  local name
  [[ ! -x $1/dunlin-server ]] || for name in redis-server redis-check-aof redis-check-rdb; do
    ln -sfn dunlin-server "$1/$name"
  done
  [[ ! -x $1/dunlin-cli ]] || ln -sfn dunlin-cli "$1/redis-cli"
}

# build PRESET [TARGET...]
build() {
  local directory preset=$1
  directory=$(build_dir "$preset")
  configure "$preset"
  shift
  cmake --build "$directory" ${1:+--target "$@"}
  link_names "$directory/bin"
}

verb_build() { build "${1:-release}"; }

verb_fmt() {
  need check
  sources | xargs -r clang-format-19 -i
}

# Every part is looked at, also after one has failed.
verb_check() {
  local broken=0
  need check
  configure release
  say "rooms and doors"
  "$PYTHON" tools/check_rooms.py || broken=1
  say "formatting"
  sources | xargs -r clang-format-19 --dry-run --Werror || broken=1
  say "clang-tidy"
  "$PYTHON" tools/tidy.py --build build "$@" || broken=1
  say "shell scripts"
  git ls-files -- dev .ci/run '*.sh' | xargs shellcheck || broken=1
  [[ $broken -eq 0 ]] || fail "the check found something"
  echo "The check found nothing."
}

# fuzz_one BINARY SECONDS: one fuzzer, started from tests/corpus/<name> and from what earlier runs found.
fuzz_one() {
  local name work start=()
  name=$(basename "$1")
  work=build-asan/corpus/$name
  mkdir -p "$work" build-asan/crashes
  [[ ! -d tests/corpus/$name ]] || start=("tests/corpus/$name")
  if "$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build-asan/crashes/$name-" "$work" "${start[@]}" >"build-asan/$name.log" 2>&1; then
    echo "$name: $(awk '/stat::number_of_executed_units/ { print $2 }' "build-asan/$name.log") runs"
  else
    tail -n 40 "build-asan/$name.log"
    echo "$name FAILED; the input is in build-asan/crashes/"
    return 1
  fi
}

# What reads bytes of strangers gets a minute in CI, the rest some seconds.
CI_FUZZERS="request_fuzz frame_fuzz rdb_reader_fuzz aof_reader_fuzz manifest_fuzz config_file_fuzz config_fuzz"
CI_OTHER_SECONDS=8

# ci_seconds NAME
ci_seconds() { [[ " $CI_FUZZERS " == *" $1 "* ]] && echo 60 || echo "$CI_OTHER_SECONDS"; }

verb_fuzz() {
  local seconds=${1:-60} fuzzers fuzzer
  [[ $seconds == ci || $seconds =~ ^[1-9][0-9]*$ ]] || fail "fuzz takes a number of seconds or 'ci', not '$seconds'"
  build asan
  mapfile -t fuzzers < <(find build-asan/bin -maxdepth 1 -name '*_fuzz' -type f | sort)
  for fuzzer in $CI_FUZZERS; do [[ -x build-asan/bin/$fuzzer ]] || fail "there is no fuzzer $fuzzer"; done
  export -f fuzz_one
  # shellcheck disable=SC2016
  for fuzzer in "${fuzzers[@]}"; do
    if [[ $seconds == ci ]]; then echo "$fuzzer $(ci_seconds "$(basename "$fuzzer")")"; else echo "$fuzzer $seconds"; fi
  done | xargs -P "$(nproc)" -L 1 bash -c 'fuzz_one "$0" "$1"' || fail "a fuzzer failed"
  echo "${#fuzzers[@]} fuzzers passed"
}

verb_sim() {
  build release
  [[ -x build/bin/dunlin-sim ]] || fail "there is no build/bin/dunlin-sim: the simulator is not part of this build"
  build/bin/dunlin-sim "$@"
}

# bench: with DUNLIN_MEASURE naming a folder with throughput.py and memory.py, those, side by side with redis-server;
# otherwise our own micro-benchmarks.
verb_bench() {
  build release
  if [[ -n ${DUNLIN_MEASURE:-} ]]; then
    bench_side_by_side "$@"
  else
    bench_own
  fi
}

bench_side_by_side() {
  local systems=("dunlin=$PWD/build/bin/dunlin-server --io-threads 1") script peer
  [[ -x build/bin/dunlin-server ]] || fail "there is no build/bin/dunlin-server"
  peer=$(command -v redis-server) && systems=("redis=$peer" "${systems[@]}")
  for script in throughput.py memory.py; do
    say "$script"
    (cd "$DUNLIN_MEASURE" && "$PYTHON" "$script" "${systems[@]}" "$@")
  done
}

bench_own() {
  local benches
  need bench
  cmake -S . -B build-bench -G Ninja -DCMAKE_BUILD_TYPE=Release -DDUNLIN_BENCH=ON >/dev/null
  cmake --build build-bench
  mapfile -t benches < <(find build-bench/bin -maxdepth 1 -name '*_bench' -type f | sort)
  [[ ${#benches[@]} -gt 0 ]] || fail "there is no benchmark yet, and DUNLIN_MEASURE names no folder with measuring scripts"
  local bench
  for bench in "${benches[@]}"; do
    say "$(basename "$bench")"
    "$bench"
  done
}
