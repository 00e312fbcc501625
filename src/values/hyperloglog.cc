#include "values/hyperloglog.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/bytes.h"
#include "base/numbers.h"

namespace dunlin::values::hyperloglog {
namespace {

constexpr size_t kFormAt = 4;
constexpr size_t kCountAt = 8;
constexpr char kDense = 0;
constexpr char kSparse = 1;
constexpr uint64_t kUnknownCount = uint64_t{1} << 63;
constexpr uint32_t kHashSeed = 0xadc83b19;
// What is left of a hash when the register's bits are taken off.
constexpr int kRestBits = 64 - kRegisterBits;

constexpr size_t kMaxShortZeros = 64;
constexpr size_t kMaxZeros = kRegisterCount;
constexpr size_t kMaxValues = 4;

// MurmurHash64A. The numbers of registers and so all strings in all servers depend on it.
uint64_t HashOf(std::string_view text) {
  constexpr uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  constexpr int kShift = 47;
  uint64_t hash = kHashSeed ^ (text.size() * kMultiplier);
  for (; text.size() >= 8; text.remove_prefix(8)) {
    uint64_t word = LoadLittle<uint64_t>(text.data()) * kMultiplier;
    word = (word ^ word >> kShift) * kMultiplier;
    hash = (hash ^ word) * kMultiplier;
  }
  if (!text.empty()) {
    char last[8] = {};
    std::memcpy(last, text.data(), text.size());
    hash = (hash ^ LoadLittle<uint64_t>(last)) * kMultiplier;
  }
  hash = (hash ^ hash >> kShift) * kMultiplier;
  return hash ^ hash >> kShift;
}

// --- dense ---

uint8_t DenseRegister(const char* registers, size_t index) {
  size_t byte = index * 6 / 8;
  auto shift = static_cast<int>(index * 6 % 8);
  auto bits = static_cast<unsigned>(static_cast<unsigned char>(registers[byte])) >> shift;
  // Of the next byte only when the register reaches into it: the last one has none behind it.
  if (shift > 2) bits |= static_cast<unsigned>(static_cast<unsigned char>(registers[byte + 1])) << (8 - shift);
  return static_cast<uint8_t>(bits & kMaxRegister);
}

void SetDenseRegister(char* registers, size_t index, uint8_t value) {
  size_t byte = index * 6 / 8;
  auto shift = static_cast<int>(index * 6 % 8);
  auto low = static_cast<unsigned char>(registers[byte]);
  registers[byte] = static_cast<char>((low & ~(kMaxRegister << shift)) | value << shift);
  if (shift <= 2) return;
  auto high = static_cast<unsigned char>(registers[byte + 1]);
  registers[byte + 1] = static_cast<char>((high & ~(kMaxRegister >> (8 - shift))) | value >> (8 - shift));
}

// Calls fn(size_t index, uint8_t value) for all registers: four of them stand in three bytes.
template <typename Fn>
void ForEachDense(std::string_view bytes, Fn&& fn) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data() + kHeaderBytes);
  for (size_t index = 0; index < kRegisterCount; index += 4, p += 3) {
    auto four = static_cast<uint32_t>(p[0] | p[1] << 8 | p[2] << 16);
    for (size_t i = 0; i < 4; ++i) fn(index + i, static_cast<uint8_t>(four >> (6 * i) & kMaxRegister));
  }
}

Outcome RaiseDense(RawString& string, size_t index, uint8_t value) {
  char* registers = string.mutable_data() + kHeaderBytes;
  if (DenseRegister(registers, index) >= value) return Outcome::kUnchanged;
  SetDenseRegister(registers, index, value);
  return Outcome::kChanged;
}

// --- sparse ---

struct Run {
  uint8_t value = 0;
  size_t length = 0;  // registers
  size_t bytes = 0;   // 0: there is no run
};

Run RunAt(std::string_view bytes, size_t at) {
  if (at >= bytes.size()) return {};
  auto first = static_cast<unsigned char>(bytes[at]);
  if ((first & 0x80) != 0) return {static_cast<uint8_t>((first >> 2 & 0x1f) + 1), (first & 3u) + 1, 1};
  if ((first & 0x40) == 0) return {0, (first & 0x3fu) + 1, 1};
  if (at + 1 == bytes.size()) return {};
  auto second = static_cast<unsigned char>(bytes[at + 1]);
  return {0, ((first & 0x3fu) << 8 | second) + 1, 2};
}

// Few bytes, to be put in the place of others.
struct RunText {
  char bytes[5];
  size_t size = 0;

  // REQUIRES: the length fits a run of that value.
  void Add(uint8_t value, size_t length) {
    if (length == 0) return;
    if (value > 0) {
      bytes[size++] = static_cast<char>(0x80 | (value - 1) << 2 | static_cast<int>(length - 1));
    } else if (length <= kMaxShortZeros) {
      bytes[size++] = static_cast<char>(length - 1);
    } else {
      bytes[size++] = static_cast<char>(0x40 | (length - 1) >> 8);
      bytes[size++] = static_cast<char>(length - 1);
    }
  }
  std::string_view view() const { return {bytes, size}; }
};

void Splice(RawString& string, size_t at, size_t removed, std::string_view text) {
  size_t size = string.size();
  size_t tail = size - at - removed;
  if (text.size() > removed) string.Resize(size + text.size() - removed);
  char* p = string.mutable_data() + at;
  std::memmove(p + text.size(), p + removed, tail);
  std::memcpy(p, text.data(), text.size());
  if (text.size() < removed) string.Resize(size + text.size() - removed);
}

// Joins runs of the same value that stand side by side, among the few from `at` on.
void JoinRuns(RawString& string, size_t at) {
  constexpr int kRuns = 5;
  for (int i = 0; i < kRuns; ++i) {
    Run run = RunAt(string.view(), at);
    if (run.bytes == 0) return;
    Run next = RunAt(string.view(), at + run.bytes);
    bool join = run.value > 0 && next.bytes > 0 && next.value == run.value && run.length + next.length <= kMaxValues;
    if (!join) {
      at += run.bytes;
      continue;
    }
    RunText joined;
    joined.Add(run.value, run.length + next.length);
    Splice(string, at, run.bytes + next.bytes, joined.view());
  }
}

// Calls fn(size_t first, const Run&) for all runs. False when they are not as many registers as there are.
template <typename Fn>
bool ForEachRun(std::string_view bytes, Fn&& fn) {
  size_t first = 0;
  size_t at = kHeaderBytes;
  while (at < bytes.size()) {
    Run run = RunAt(bytes, at);
    if (run.bytes == 0 || run.length > kRegisterCount - first) return false;
    fn(first, run);
    first += run.length;
    at += run.bytes;
  }
  return first == kRegisterCount;
}

Outcome RaiseAsDense(RawString& string, size_t index, uint8_t value) {
  return BecomeDense(string) ? RaiseDense(string, index, value) : Outcome::kCorrupt;
}

Outcome RaiseSparse(RawString& string, size_t index, uint8_t value, size_t max_bytes) {
  if (value > kMaxSparseRegister) return RaiseAsDense(string, index, value);
  size_t at = kHeaderBytes;
  size_t before = at;  // the run before this one, or this one when it is the first
  size_t first = 0;
  Run run = RunAt(string.view(), at);
  while (run.bytes > 0 && index >= first + run.length) {
    first += run.length;
    before = at;
    at += run.bytes;
    run = RunAt(string.view(), at);
  }
  if (run.bytes == 0) return Outcome::kCorrupt;
  if (run.value >= value) return Outcome::kUnchanged;
  RunText text;
  text.Add(run.value, index - first);
  text.Add(value, 1);
  text.Add(run.value, first + run.length - index - 1);
  bool grows = text.size > run.bytes;
  if (grows && string.size() + text.size - run.bytes > max_bytes) return RaiseAsDense(string, index, value);
  Splice(string, at, run.bytes, text.view());
  JoinRuns(string, before);
  ForgetCount(string);
  return Outcome::kChanged;
}

// --- the estimate ---

// How many registers have each value.
using Histogram = std::array<uint32_t, kMaxRegister + 1>;

// Ertl, "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284.
double Sigma(double x) {
  if (x == 1) return INFINITY;
  double sum = x;
  double before;
  double y = 1;
  do {
    x *= x;
    before = sum;
    sum += x * y;
    y += y;
  } while (before != sum);
  return sum;
}

double Tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x;
  double before;
  double y = 1;
  do {
    x = std::sqrt(x);
    before = sum;
    y *= 0.5;
    sum -= (1 - x) * (1 - x) * y;
  } while (before != sum);
  return sum / 3;
}

uint64_t EstimateFrom(const Histogram& histogram) {
  constexpr double kAlpha = 0.721347520444481703680;
  constexpr double kCount = kRegisterCount;
  double z = kCount * Tau((kCount - histogram[kRestBits + 1]) / kCount);
  for (size_t value = kRestBits; value >= 1; --value) z = (z + histogram[value]) * 0.5;
  z += kCount * Sigma(histogram[0] / kCount);
  return static_cast<uint64_t>(std::llround(kAlpha * kCount * kCount / z));
}

}  // namespace

bool Looks(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("HYLL")) return false;
  return bytes[kFormAt] == kSparse || (bytes[kFormAt] == kDense && bytes.size() == kDenseBytes);
}

bool IsDense(std::string_view bytes) { return bytes[kFormAt] == kDense; }

RawString New() {
  RunText zeros;
  zeros.Add(0, kMaxZeros);
  RawString string("HYLL");
  string.Resize(kHeaderBytes);
  string.mutable_data()[kFormAt] = kSparse;
  string.Append(zeros.view());
  return string;
}

Outcome Raise(RawString& string, size_t index, uint8_t value, size_t sparse_max_bytes) {
  return IsDense(string.view()) ? RaiseDense(string, index, value)
                                : RaiseSparse(string, index, value, sparse_max_bytes);
}

Outcome Add(RawString& string, std::string_view element, size_t sparse_max_bytes) {
  uint64_t hash = HashOf(element);
  // The bit that ends the row of zeros, when there is no other.
  uint64_t rest = hash >> kRegisterBits | uint64_t{1} << kRestBits;
  auto value = static_cast<uint8_t>(std::countr_zero(rest) + 1);
  return Raise(string, hash % kRegisterCount, value, sparse_max_bytes);
}

bool BecomeDense(RawString& string) {
  if (IsDense(string.view())) return true;
  RawString dense(string.view().substr(0, kHeaderBytes));
  dense.Resize(kDenseBytes);
  char* bytes = dense.mutable_data();
  bytes[kFormAt] = kDense;
  bool whole = ForEachRun(string.view(), [bytes](size_t first, const Run& run) {
    for (size_t i = first; run.value > 0 && i < first + run.length; ++i) {
      SetDenseRegister(bytes + kHeaderBytes, i, run.value);
    }
  });
  if (!whole) return false;
  dense.ShrinkToFit();
  string = std::move(dense);
  return true;
}

bool MergeInto(Registers& registers, std::string_view bytes) {
  auto raise = [&registers](size_t index, uint8_t value) { registers[index] = std::max(registers[index], value); };
  if (IsDense(bytes)) {
    ForEachDense(bytes, raise);
    return true;
  }
  return ForEachRun(bytes, [&raise](size_t first, const Run& run) {
    for (size_t i = first; run.value > 0 && i < first + run.length; ++i) raise(i, run.value);
  });
}

uint64_t Estimate(const Registers& registers) {
  Histogram histogram{};
  for (uint8_t value : registers) ++histogram[value];
  return EstimateFrom(histogram);
}

std::optional<uint64_t> Estimate(std::string_view bytes) {
  Histogram histogram{};
  if (IsDense(bytes)) {
    ForEachDense(bytes, [&histogram](size_t, uint8_t value) { ++histogram[value]; });
  } else if (!ForEachRun(bytes, [&histogram](size_t, const Run& run) {
               histogram[run.value] += static_cast<uint32_t>(run.length);
             })) {
    return std::nullopt;
  }
  return EstimateFrom(histogram);
}

std::optional<uint64_t> KnownCount(std::string_view bytes) {
  auto count = LoadLittle<uint64_t>(bytes.data() + kCountAt);
  return (count & kUnknownCount) != 0 ? std::nullopt : std::optional(count);
}

void KeepCount(RawString& string, uint64_t count) { StoreLittle(string.mutable_data() + kCountAt, count); }

void ForgetCount(RawString& string) {
  char* p = string.mutable_data() + kCountAt;
  StoreLittle(p, LoadLittle<uint64_t>(p) | kUnknownCount);
}

std::string SpellRuns(std::string_view bytes) {
  std::string text;
  ForEachRun(bytes, [&text](size_t, const Run& run) {
    if (!text.empty()) text.push_back(' ');
    text.append(run.value > 0 ? "v:" : run.bytes == 2 ? "Z:" : "z:");
    if (run.value > 0) {
      AppendInt64(text, run.value);
      text.push_back(',');
    }
    AppendInt64(text, static_cast<int64_t>(run.length));
  });
  return text;
}

}  // namespace dunlin::values::hyperloglog
