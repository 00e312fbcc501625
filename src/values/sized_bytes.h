// A byte string with its length in front of it: how members, fields and values stand in the allocations of large sets,
// hashes and sorted sets. The length is a varint: seven bits a byte, lowest first, high bit: more follows.
//
// Thread: pure functions; any thread. In-memory only: nothing of this leaves the process.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

namespace dunlin::values {

inline constexpr size_t kMaxVarintBytes = 10;

constexpr size_t VarintBytes(size_t n) {
  size_t bytes = 1;
  while (n >= 0x80) {
    n >>= 7;
    ++bytes;
  }
  return bytes;
}

constexpr size_t SizedBytes(size_t text_size) { return VarintBytes(text_size) + text_size; }

// Returns the byte after the length.
inline char* WriteVarint(char* out, size_t n) {
  while (n >= 0x80) {
    *out++ = static_cast<char>(n | 0x80);
    n >>= 7;
  }
  *out++ = static_cast<char>(n);
  return out;
}

// Returns the byte after the string. Writes SizedBytes(text.size()) bytes.
inline char* WriteSized(char* out, std::string_view text) {
  out = WriteVarint(out, text.size());
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

// Moves `p` to the byte after the length.
inline size_t ReadVarint(const char*& p) {
  auto byte = static_cast<unsigned char>(*p++);
  size_t n = byte & 0x7f;
  for (int shift = 7; byte >= 0x80; shift += 7) {
    byte = static_cast<unsigned char>(*p++);
    n |= static_cast<size_t>(byte & 0x7f) << shift;
  }
  return n;
}

inline std::string_view ReadSized(const char* p) {
  auto byte = static_cast<unsigned char>(*p++);
  if (byte < 0x80) return {p, byte};
  size_t n = byte & 0x7f;
  for (int shift = 7; byte >= 0x80; shift += 7) {
    byte = static_cast<unsigned char>(*p++);
    n |= static_cast<size_t>(byte & 0x7f) << shift;
  }
  return {p, n};
}

}  // namespace dunlin::values
