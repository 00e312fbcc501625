// A string as a row of bits. Bit 0 is the highest bit of the first byte.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "values/raw_string.h"

namespace dunlin::values {

// How many bits are set.
uint64_t CountBits(std::string_view bytes);
// The same from bit `first` to before bit `end`. REQUIRES: first <= end <= 8 * bytes.size().
uint64_t CountBits(std::string_view bytes, uint64_t first, uint64_t end);
// The first bit that is `bit` in such a range.
std::optional<uint64_t> FindBit(std::string_view bytes, uint64_t first, uint64_t end, bool bit);

inline bool GetBit(std::string_view bytes, uint64_t at) {
  return at / 8 < bytes.size() && (static_cast<unsigned char>(bytes[at / 8]) >> (7 - at % 8) & 1) != 0;
}
// REQUIRES: the byte is there.
inline void SetBit(char* bytes, uint64_t at, bool bit) {
  auto mask = static_cast<unsigned char>(0x80 >> at % 8);
  auto byte = static_cast<unsigned char>(bytes[at / 8]);
  bytes[at / 8] = static_cast<char>(bit ? byte | mask : byte & ~mask);
}

// `width` bits as a number, the first one highest. Bits beyond the end are 0. REQUIRES: width is 1 .. 64.
uint64_t ReadBits(std::string_view bytes, uint64_t at, int width);
// REQUIRES: all of these bits are there; width is 1 .. 64. Higher bits of `value` are left out.
void WriteBits(char* bytes, uint64_t at, int width, uint64_t value);

enum class BitOperation : uint8_t { kAnd, kOr, kXor, kNot };

// As long as the longest source; shorter ones count as if zeros followed. REQUIRES: one source at least, one for kNot.
RawString CombineBits(BitOperation operation, std::span<const std::string_view> sources);

}  // namespace dunlin::values
