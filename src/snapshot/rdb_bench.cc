// How fast records are written and read.
#include <benchmark/benchmark.h>

#include "snapshot/rdb_reader.h"
#include "snapshot/testing.h"

namespace dunlin::snapshot {
namespace {

constexpr int kKeys = 10000;

std::string KeyOf(int i) { return "key:" + std::to_string(i); }

void WriteStrings(benchmark::State& state) {
  std::string text(static_cast<size_t>(state.range(0)), 'x');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + (i * i * 7) % 26);
  RdbEncoding encoding{10, state.range(1) != 0};
  size_t bytes = 0;
  for (auto _ : state) {
    RdbWriter writer(encoding, true);
    for (int i = 0; i < kKeys; ++i) {
      writer.Key({KeyOf(i)}, ValueRef(text));
      if (writer.bytes().size() > 100000) writer.Clear();
    }
    writer.End();
    bytes += writer.total_bytes();
  }
  state.SetItemsProcessed(state.iterations() * kKeys);
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}
BENCHMARK(WriteStrings)->Args({20, 1})->Args({200, 0})->Args({200, 1});

void ReadFile(benchmark::State& state, const std::string& file, int64_t items) {
  for (auto _ : state) {
    RdbReader reader({});
    std::string_view rest = file;
    while (true) {
      auto event = reader.Next();
      if (!event) state.SkipWithError(event.error().message().c_str());
      if (!event || std::holds_alternative<RdbEnd>(*event)) break;
      if (!std::holds_alternative<NeedMore>(*event)) continue;
      reader.Feed(rest.substr(0, 256 * 1024));
      rest.remove_prefix(std::min<size_t>(256 * 1024, rest.size()));
    }
  }
  state.SetItemsProcessed(state.iterations() * items);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(file.size()));
}

void ReadStrings(benchmark::State& state) {
  RdbWriter writer({}, true);
  writer.Begin({"7.2.4", 0, 0, {}, false});
  for (int i = 0; i < kKeys; ++i) writer.Key({KeyOf(i)}, ValueRef("twenty bytes of text"));
  writer.End();
  ReadFile(state, std::string(writer.bytes()), kKeys);
}
BENCHMARK(ReadStrings);

void LargeHash(benchmark::State& state) {
  values::Hash hash;
  for (int i = 0; i < kKeys; ++i) hash.Set(KeyOf(i), "value " + std::to_string(i), {}, 1);
  RdbWriter writer({}, true);
  writer.Begin({"7.2.4", 0, 0, {}, false});
  writer.Key({"hash"}, ValueRef(hash));
  writer.End();
  if (state.range(0) != 0) {
    ReadFile(state, std::string(writer.bytes()), kKeys);
    return;
  }
  for (auto _ : state) {
    KeyEncoder encoder({"hash"}, ValueRef(hash), {});
    std::string out;
    while (!encoder.Step(out, 65536)) out.clear();
    benchmark::DoNotOptimize(out);
  }
  state.SetItemsProcessed(state.iterations() * kKeys);
}
BENCHMARK(LargeHash)->Arg(0)->Arg(1);

}  // namespace
}  // namespace dunlin::snapshot
