#include "values/bits.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"

namespace dunlin::values {
namespace {

constexpr size_t kWord = sizeof(uint64_t);

// Four sums, so that one addition need not wait for the other. Always inlined: it is compiled for the instructions that
// its caller may use.
[[gnu::always_inline]] inline uint64_t CountByWords(std::string_view bytes) {
  uint64_t sums[4] = {};
  const char* p = bytes.data();
  size_t left = bytes.size();
  for (; left >= 4 * kWord; left -= 4 * kWord, p += 4 * kWord) {
    for (size_t i = 0; i < 4; ++i) sums[i] += static_cast<uint64_t>(std::popcount(LoadLittle<uint64_t>(p + i * kWord)));
  }
  uint64_t sum = sums[0] + sums[1] + sums[2] + sums[3];
  for (; left > 0; --left, ++p) sum += static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(*p)));
  return sum;
}

#ifdef __x86_64__
// The instruction is there on every machine of the last decade, but the compiler may not take that for granted.
[[gnu::target("popcnt")]] uint64_t CountByInstruction(std::string_view bytes) { return CountByWords(bytes); }
#endif

// The bits of one byte that lie before bit `end` and not before bit `first` of it, 0 .. 8.
unsigned char MaskOf(uint64_t first, uint64_t end) {
  return static_cast<unsigned char>((0xff >> first) & ~(0xff >> end));
}

template <typename Combine>
void CombineInto(char* target, std::string_view source, Combine&& combine) {
  size_t i = 0;
  for (; i + kWord <= source.size(); i += kWord) {
    StoreLittle(target + i, combine(LoadLittle<uint64_t>(target + i), LoadLittle<uint64_t>(source.data() + i)));
  }
  for (; i < source.size(); ++i) {
    auto combined = combine(static_cast<unsigned char>(target[i]), static_cast<unsigned char>(source[i]));
    target[i] = static_cast<char>(combined);
  }
}

}  // namespace

uint64_t CountBits(std::string_view bytes) {
#ifdef __x86_64__
  static const bool has_instruction = __builtin_cpu_supports("popcnt") != 0;
  if (has_instruction) return CountByInstruction(bytes);
#endif
  return CountByWords(bytes);
}

uint64_t CountBits(std::string_view bytes, uint64_t first, uint64_t end) {
  if (first == end) return 0;
  size_t first_byte = first / 8;
  size_t last_byte = (end - 1) / 8;
  uint64_t count = CountBits(bytes.substr(first_byte, last_byte - first_byte + 1));
  // What the two bytes at the ends have outside of the range.
  unsigned char before = MaskOf(0, first % 8);
  unsigned char behind = MaskOf((end - 1) % 8 + 1, 8);
  count -= static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(bytes[first_byte] & before)));
  return count - static_cast<uint64_t>(std::popcount(static_cast<unsigned char>(bytes[last_byte] & behind)));
}

std::optional<uint64_t> FindBit(std::string_view bytes, uint64_t first, uint64_t end, bool bit) {
  // Bits that are looked for become ones.
  const uint64_t flip = bit ? 0 : UINT64_MAX;
  uint64_t at = first;
  while (at < end) {
    size_t byte = at / 8;
    size_t there = std::min(bytes.size() - byte, kWord);
    char window[kWord] = {};
    std::copy_n(bytes.data() + byte, there, window);
    uint64_t word = (LoadBig<uint64_t>(window) ^ flip) << at % 8;
    uint64_t seen = there * 8 - at % 8;
    if (word != 0) {
      uint64_t found = at + static_cast<uint64_t>(std::countl_zero(word));
      if (found < at + seen) return found < end ? std::optional(found) : std::nullopt;
    }
    at += seen;
  }
  return std::nullopt;
}

uint64_t ReadBits(std::string_view bytes, uint64_t at, int width) {
  char window[kWord + 1] = {};
  if (at / 8 < bytes.size()) {
    std::string_view rest = bytes.substr(at / 8, sizeof window);
    std::copy_n(rest.data(), rest.size(), window);
  }
  auto shift = static_cast<int>(at % 8);
  uint64_t word = LoadBig<uint64_t>(window) << shift;
  if (shift > 0) word |= static_cast<uint64_t>(static_cast<unsigned char>(window[kWord])) >> (8 - shift);
  return word >> (64 - width);
}

void WriteBits(char* bytes, uint64_t at, int width, uint64_t value) {
  while (width > 0) {
    // As many as there are in this byte.
    auto offset = static_cast<int>(at % 8);
    int part = std::min(width, 8 - offset);
    unsigned char mask = MaskOf(static_cast<uint64_t>(offset), static_cast<uint64_t>(offset + part));
    auto bits = static_cast<unsigned char>(value >> (width - part) << (8 - offset - part));
    char& byte = bytes[at / 8];
    byte = static_cast<char>((byte & ~mask) | (bits & mask));
    at += static_cast<uint64_t>(part);
    width -= part;
  }
}

RawString CombineBits(BitOperation operation, std::span<const std::string_view> sources) {
  size_t size = 0;
  for (std::string_view source : sources) size = std::max(size, source.size());
  RawString result(sources[0]);
  if (size == 0) return result;
  result.Resize(size);
  char* target = result.mutable_data();
  if (operation == BitOperation::kNot) {
    CombineInto(target, sources[0], [](auto, auto source) { return static_cast<decltype(source)>(~source); });
  }
  for (std::string_view source : sources.subspan(1)) {
    switch (operation) {
      case BitOperation::kAnd:
        CombineInto(target, source, [](auto a, auto b) { return static_cast<decltype(a)>(a & b); });
        std::fill(target + source.size(), target + size, '\0');
        break;
      case BitOperation::kOr:
        CombineInto(target, source, [](auto a, auto b) { return static_cast<decltype(a)>(a | b); });
        break;
      case BitOperation::kXor:
        CombineInto(target, source, [](auto a, auto b) { return static_cast<decltype(a)>(a ^ b); });
        break;
      case BitOperation::kNot: break;
    }
  }
  return result;
}

}  // namespace dunlin::values
