// Commands as the bytes of a request.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/numbers.h"

namespace dunlin::snapshot {

// "*<number>\r\n" and the like.
inline void AppendHeader(std::string& out, char type, uint64_t number) {
  out.push_back(type);
  AppendInt64(out, static_cast<int64_t>(number));
  out.append("\r\n");
}

inline void AppendBulk(std::string& out, std::string_view text) {
  AppendHeader(out, '$', text.size());
  out.append(text).append("\r\n");
}

inline void AppendWords(std::string& out, std::initializer_list<std::string_view> words) {
  AppendHeader(out, '*', words.size());
  for (std::string_view word : words) AppendBulk(out, word);
}

inline std::string Digits(int64_t integer) {
  std::string digits;
  AppendInt64(digits, integer);
  return digits;
}

}  // namespace dunlin::snapshot
