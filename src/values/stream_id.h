// The name of a stream's entry: a moment in milliseconds and a number within it. Ids order a stream; clients see them
// as "ms-seq".
//
// Thread: values; any thread.
#pragma once

#include <charconv>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace dunlin::values {

struct StreamId {
  uint64_t ms = 0;
  uint64_t seq = 0;

  static constexpr StreamId Max() { return {UINT64_MAX, UINT64_MAX}; }
  constexpr bool is_zero() const { return ms == 0 && seq == 0; }
  friend constexpr auto operator<=>(const StreamId&, const StreamId&) = default;

  // The ids directly after and before this one. REQUIRES: this is not Max(), or not zero.
  constexpr StreamId Next() const { return seq == UINT64_MAX ? StreamId{ms + 1, 0} : StreamId{ms, seq + 1}; }
  constexpr StreamId Previous() const { return seq == 0 ? StreamId{ms - 1, UINT64_MAX} : StreamId{ms, seq - 1}; }
};

// An id in its own spelling.
class StreamIdText {
 public:
  explicit StreamIdText(StreamId id) {
    char* p = std::to_chars(text_, text_ + sizeof text_, id.ms).ptr;
    *p++ = '-';
    size_ = static_cast<size_t>(std::to_chars(p, text_ + sizeof text_, id.seq).ptr - text_);
  }
  std::string_view view() const { return {text_, size_}; }
  std::string ToString() const { return std::string(view()); }

 private:
  char text_[41];
  size_t size_;
};

}  // namespace dunlin::values
