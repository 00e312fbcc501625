// Bytes an element, and nanoseconds an operation, of the large forms. Bytes are counted twice: what the value says of
// itself, and what the allocator holds more than before (when it is jemalloc).
//
//   values_bench --benchmark_filter=Bytes     the memory figures
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"

namespace dunlin::values {
namespace {

constexpr uint64_t kSeed = 12345;
constexpr int kElements = 1000000;

std::string Named(const char* prefix, int i, int digits) {
  std::string number = std::to_string(i);
  return prefix + std::string(static_cast<size_t>(digits) - number.size(), '0') + number;
}

std::vector<int> Shuffled(uint64_t seed) {
  std::vector<int> order(kElements);
  for (int i = 0; i < kElements; ++i) order[static_cast<size_t>(i)] = i;
  Random random(seed);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.Below(i)]);
  return order;
}

// In an order without order, but side by side in memory, so that reading them costs what reading a request costs.
const std::vector<std::string>& Members() {
  static const std::vector<std::string> members = [] {
    std::vector<std::string> made;
    for (int i : Shuffled(1)) made.push_back(Named("member:", i, 9));
    return made;
  }();
  return members;
}

// The same members in another order.
const std::vector<std::string>& OtherMembers() {
  static const std::vector<std::string> members = [] {
    std::vector<std::string> made;
    for (int i : Shuffled(2)) made.push_back(Named("member:", i, 9));
    return made;
  }();
  return members;
}

// 0 when the allocator cannot say.
size_t AllocatedBytes() {
  using Mallctl = int (*)(const char*, void*, size_t*, void*, size_t);
  static const auto mallctl = reinterpret_cast<Mallctl>(dlsym(RTLD_DEFAULT, "mallctl"));
  if (mallctl == nullptr) return 0;
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
  size_t allocated = 0;
  size = sizeof allocated;
  mallctl("stats.allocated", &allocated, &size, nullptr, 0);
  return allocated;
}

void ReportBytes(benchmark::State& state, size_t said, size_t before) {
  state.counters["said_per_element"] = static_cast<double>(said) / kElements;
  state.counters["held_per_element"] = static_cast<double>(AllocatedBytes() - before) / kElements;
}

SortedSet MakeSortedSet() {
  SortedSet set;
  Random random(7);
  for (const std::string& member : Members()) {
    set.Add(member, static_cast<double>(random.Below(kElements)), {}, {}, kSeed);
  }
  return set;
}

void BytesSortedSet(benchmark::State& state) {
  Members();
  size_t before = AllocatedBytes();
  for (auto _ : state) {
    SortedSet set = MakeSortedSet();
    ReportBytes(state, set.memory_bytes(), before);
  }
}
BENCHMARK(BytesSortedSet)->Iterations(1)->Unit(benchmark::kMillisecond);

void BytesSet(benchmark::State& state) {
  Members();
  size_t before = AllocatedBytes();
  for (auto _ : state) {
    Set set;
    for (const std::string& member : Members()) set.Add(member, {}, kSeed);
    ReportBytes(state, set.memory_bytes(), before);
  }
}
BENCHMARK(BytesSet)->Iterations(1)->Unit(benchmark::kMillisecond);

void BytesHash(benchmark::State& state) {
  size_t before = AllocatedBytes();
  for (auto _ : state) {
    Hash hash;
    for (int i = 0; i < kElements; ++i) hash.Set(Named("field:", i, 9), Named("value:", i, 12), {}, kSeed);
    ReportBytes(state, hash.memory_bytes(), before);
  }
}
BENCHMARK(BytesHash)->Iterations(1)->Unit(benchmark::kMillisecond);

void BytesList(benchmark::State& state) {
  size_t before = AllocatedBytes();
  auto end = state.range(0) == 0 ? ListEnd::kFront : ListEnd::kBack;
  for (auto _ : state) {
    List list;
    for (int i = 0; i < kElements; ++i) list.Push(end, Named("element:", i, 12), {});
    ReportBytes(state, list.memory_bytes(), before);
  }
}
BENCHMARK(BytesList)->Arg(0)->Arg(1)->Iterations(1)->Unit(benchmark::kMillisecond);

// 0: scores rise with insertion; 1: random scores; 2: one score.
void SortedSetAdd(benchmark::State& state) {
  Members();
  for (auto _ : state) {
    SortedSet set;
    Random random(7);
    double rising = 1.7e12;
    for (const std::string& member : Members()) {
      auto drawn = static_cast<double>(random.Below(kElements));
      double score = state.range(0) == 0 ? rising++ : state.range(0) == 1 ? drawn : 0;
      set.Add(member, score, {}, {}, kSeed);
    }
    state.PauseTiming();
    state.counters["tree_bytes"] = static_cast<double>(set.memory_bytes()) / kElements;
    set.Clear();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kElements);
}
BENCHMARK(SortedSetAdd)->Arg(0)->Arg(1)->Arg(2)->Iterations(1)->Unit(benchmark::kMillisecond);

class LargeSortedSet : public benchmark::Fixture {
 public:
  void SetUp(benchmark::State&) override {
    if (set_.empty()) set_ = MakeSortedSet();
  }
  const std::string& NextMember() { return OtherMembers()[next_++ % kElements]; }

 protected:
  SortedSet set_;
  size_t next_ = 0;
};

BENCHMARK_F(LargeSortedSet, Update)(benchmark::State& state) {
  Random random(5);
  for (auto _ : state) {
    set_.Add(NextMember(), static_cast<double>(random.Below(kElements)), {}, {}, kSeed);
  }
}
BENCHMARK_F(LargeSortedSet, IncrementByOne)(benchmark::State& state) {
  for (auto _ : state) set_.Add(NextMember(), 1, {.increment = true}, {}, kSeed);
}
BENCHMARK_F(LargeSortedSet, Score)(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(set_.Score(NextMember()));
}
BENCHMARK_F(LargeSortedSet, Rank)(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(set_.Rank(NextMember()));
}
BENCHMARK_F(LargeSortedSet, RangeOfTenByRank)(benchmark::State& state) {
  Random random(5);
  size_t bytes = 0;
  for (auto _ : state) {
    set_.ForEach({static_cast<uint32_t>(random.Below(kElements)), 10},
                 [&](std::string_view member, double) { bytes += member.size(); });
  }
  benchmark::DoNotOptimize(bytes);
}
BENCHMARK_F(LargeSortedSet, RangeOfTenByScore)(benchmark::State& state) {
  Random random(5);
  size_t bytes = 0;
  for (auto _ : state) {
    auto low = static_cast<double>(random.Below(kElements));
    set_.ForEach(set_.RanksOf(ScoreRange{low, low + 10}),
                 [&](std::string_view member, double) { bytes += member.size(); });
  }
  benchmark::DoNotOptimize(bytes);
}
BENCHMARK_F(LargeSortedSet, RemoveAndAdd)(benchmark::State& state) {
  for (auto _ : state) {
    const std::string& member = NextMember();
    set_.Remove(member);
    set_.Add(member, static_cast<double>(next_ * 7919 % kElements), {}, {}, kSeed);
  }
}

void SetAdd(benchmark::State& state) {
  Members();
  for (auto _ : state) {
    Set set;
    for (const std::string& member : Members()) set.Add(member, {}, kSeed);
    state.PauseTiming();
    set.Clear();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * kElements);
}
BENCHMARK(SetAdd)->Iterations(1)->Unit(benchmark::kMillisecond);

void SetContains(benchmark::State& state) {
  Set set;
  for (const std::string& member : Members()) set.Add(member, {}, kSeed);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(set.Contains(OtherMembers()[next++ % kElements]));
  }
}
BENCHMARK(SetContains);

void HashSet(benchmark::State& state) {
  Hash hash;
  std::string value = "value:000000000000";
  for (const std::string& field : Members()) hash.Set(field, value, {}, kSeed);
  size_t next = 0;
  for (auto _ : state) {
    value[10] = static_cast<char>('0' + next % 10);
    hash.Set(OtherMembers()[next++ % kElements], value, {}, kSeed);
  }
}
BENCHMARK(HashSet);

void PackedHashGet(benchmark::State& state) {
  Hash hash;
  for (int i = 0; i < state.range(0); ++i) hash.Set(Named("field:", i, 4), Named("value:", i, 6), {}, kSeed);
  std::string last = Named("field:", static_cast<int>(state.range(0)) - 1, 4);
  for (auto _ : state) benchmark::DoNotOptimize(hash.Get(last));
}
BENCHMARK(PackedHashGet)->Arg(10)->Arg(100)->Arg(512);

void PackedSortedSetAdd(benchmark::State& state) {
  SortedSet set;
  for (int i = 0; i < 100; ++i) set.Add(Named("m:", i, 4), i, {}, {}, kSeed);
  Random random(3);
  for (auto _ : state) {
    set.Add(Named("m:", static_cast<int>(random.Below(100)), 4), static_cast<double>(random.Below(100)), {}, {}, kSeed);
  }
}
BENCHMARK(PackedSortedSetAdd);

void ListPush(benchmark::State& state) {
  auto end = state.range(0) == 0 ? ListEnd::kFront : ListEnd::kBack;
  std::string element(20, 'x');
  List list;
  for (auto _ : state) list.Push(end, element, {});
}
BENCHMARK(ListPush)->Arg(0)->Arg(1)->Iterations(5000000);

void ListQueue(benchmark::State& state) {
  std::string element(20, 'x');
  List list;
  for (int i = 0; i < state.range(0); ++i) list.Push(ListEnd::kBack, element, {});
  for (auto _ : state) {
    list.Push(ListEnd::kFront, element, {});
    benchmark::DoNotOptimize(list.Peek(ListEnd::kBack)->size());
    list.Pop(ListEnd::kBack, 1, {});
  }
}
BENCHMARK(ListQueue)->Arg(10)->Arg(300)->Arg(100000);

void ListIndexMiddle(benchmark::State& state) {
  List list;
  for (int i = 0; i < kElements; ++i) list.Push(ListEnd::kBack, Named("element:", i, 12), {});
  Random random(4);
  for (auto _ : state) {
    benchmark::DoNotOptimize(list.At(static_cast<int64_t>(random.Below(kElements)))->size());
  }
}
BENCHMARK(ListIndexMiddle);

}  // namespace
}  // namespace dunlin::values
