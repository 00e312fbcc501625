// Bytes an entry, and nanoseconds an operation, of a large stream.
#include <benchmark/benchmark.h>

#include <array>
#include <string>

#include "base/random.h"
#include "values/stream.h"

namespace dunlin::values {
namespace {

constexpr uint64_t kEntries = 1000000;

// About fifty entries a millisecond, as one busy client adds them.
void AddOne(Stream& stream, uint64_t i) {
  std::string message = "request " + std::to_string(i) + " done";
  const std::array<std::string_view, 4> fields{"level", "info", "message", message};
  uint64_t ms = 1700000000000 + i / 50;
  StreamId last = stream.last_id();
  stream.Append(last.ms == ms ? last.Next() : StreamId{ms, 0}, fields, {});
}

Stream MakeStream() {
  Stream stream;
  for (uint64_t i = 0; i < kEntries; ++i) AddOne(stream, i);
  return stream;
}

StreamId RandomId(Random& random) { return {1700000000000 + random.Below(kEntries / 50), random.Below(50)}; }

void StreamAppend(benchmark::State& state) {
  for (auto _ : state) {
    Stream stream = MakeStream();
    state.counters["bytes_an_entry"] = static_cast<double>(stream.memory_bytes()) / kEntries;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEntries));
}
BENCHMARK(StreamAppend)->Unit(benchmark::kMillisecond);

void StreamWalk(benchmark::State& state) {
  Stream stream = MakeStream();
  size_t bytes = 0;
  for (auto _ : state) {
    for (StreamCursor at = stream.First(); at.valid(); at.Next()) {
      at.entry().ForEachField([&](std::string_view, std::string_view value) { bytes += value.size(); });
    }
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kEntries));
}
BENCHMARK(StreamWalk)->Unit(benchmark::kMillisecond);

void StreamFind(benchmark::State& state) {
  Stream stream = MakeStream();
  Random random(1);
  for (auto _ : state) benchmark::DoNotOptimize(stream.Contains(RandomId(random)));
}
BENCHMARK(StreamFind);

// As a stream that is kept at a length by every XADD.
void StreamAppendAndTrim(benchmark::State& state) {
  Stream stream;
  uint64_t i = 0;
  for (auto _ : state) {
    AddOne(stream, i++);
    stream.Trim({.max_size = 1000});
  }
}
BENCHMARK(StreamAppendAndTrim);

void GroupDeliverAndConfirm(benchmark::State& state) {
  StreamGroup group("g", {}, 0);
  StreamConsumer* consumer = group.AddConsumer("c", 0);
  uint64_t i = 0;
  for (; i < static_cast<uint64_t>(state.range(0)); ++i) group.Assign({{i, 0}, 1, 1, consumer});
  for (auto _ : state) {
    group.Assign({{i, 0}, 1, 1, consumer});
    group.Forget({i - static_cast<uint64_t>(state.range(0)), 0});
    ++i;
  }
  state.counters["bytes_a_pending"] =
      static_cast<double>(group.memory_bytes()) / static_cast<double>(group.pending().size());
}
BENCHMARK(GroupDeliverAndConfirm)->Arg(10)->Arg(1000)->Arg(100000);

}  // namespace
}  // namespace dunlin::values
