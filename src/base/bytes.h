// Integers in and out of byte strings, in both byte orders, and a reader that cannot run past its end.
//
// Thread: values; any thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace dunlin {

static_assert(std::endian::native == std::endian::little, "Dunlin is built for little-endian machines");

template <typename T>
constexpr T ByteSwap(T v) {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (sizeof(T) == 1) return v;
  if constexpr (sizeof(T) == 2) return __builtin_bswap16(v);
  if constexpr (sizeof(T) == 4) return __builtin_bswap32(v);
  if constexpr (sizeof(T) == 8) return __builtin_bswap64(v);
}

// The T whose bytes stand at `p`, lowest byte first. REQUIRES: sizeof(T) readable bytes.
template <typename T>
T LoadLittle(const void* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// The same, highest byte first.
template <typename T>
T LoadBig(const void* p) {
  return static_cast<T>(ByteSwap(LoadLittle<std::make_unsigned_t<T>>(p)));
}

template <typename T>
void StoreLittle(void* p, T v) {
  std::memcpy(p, &v, sizeof v);
}

template <typename T>
void StoreBig(void* p, T v) {
  StoreLittle(p, ByteSwap(static_cast<std::make_unsigned_t<T>>(v)));
}

template <typename T>
void AppendLittle(std::string& out, T v) {
  char b[sizeof v];
  StoreLittle(b, v);
  out.append(b, sizeof b);
}

template <typename T>
void AppendBig(std::string& out, T v) {
  char b[sizeof v];
  StoreBig(b, v);
  out.append(b, sizeof b);
}

// Walks a byte string from front to back. Every read says whether enough bytes were left; a failed read takes nothing.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes), size_(bytes.size()) {}

  size_t remaining() const { return rest_.size(); }
  size_t position() const { return size_ - rest_.size(); }
  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  // The next n bytes, as a view into what was given.
  std::optional<std::string_view> Take(size_t n) {
    if (n > rest_.size()) return std::nullopt;
    std::string_view v = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return v;
  }
  template <typename T>
  std::optional<T> Little() {
    if (sizeof(T) > rest_.size()) return std::nullopt;
    T v = LoadLittle<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return v;
  }
  template <typename T>
  std::optional<T> Big() {
    if (sizeof(T) > rest_.size()) return std::nullopt;
    T v = LoadBig<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return v;
  }

 private:
  std::string_view rest_;
  size_t size_;
};

}  // namespace dunlin
