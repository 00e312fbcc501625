// Letters without a locale.
//
// Thread: pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dunlin {

constexpr char AsciiLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
constexpr char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c; }
constexpr bool IsAsciiLetter(char c) { return AsciiLower(c) >= 'a' && AsciiLower(c) <= 'z'; }
constexpr bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsAsciiSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool IsAsciiPrintable(char c) { return c >= 0x20 && c < 0x7f; }

constexpr bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (AsciiLower(a[i]) != AsciiLower(b[i])) return false;
  }
  return true;
}

std::string AsciiLowered(std::string_view text);
std::string AsciiUppered(std::string_view text);

// Parts between separators; an empty text has one empty part.
std::vector<std::string_view> Split(std::string_view text, char separator);
// Parts between runs of blanks; none of them is empty.
std::vector<std::string_view> SplitBlanks(std::string_view text);
std::string_view TrimBlanks(std::string_view text);

}  // namespace dunlin
