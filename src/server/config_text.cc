#include "server/config_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/quoted.h"

namespace dunlin::server {
namespace {

struct Unit {
  std::string_view name;
  int64_t bytes;
};
constexpr Unit kUnits[] = {
    {"", 1},        {"b", 1},          {"k", 1000},       {"kb", 1ll << 10},
    {"m", 1000000}, {"mb", 1ll << 20}, {"g", 1000000000}, {"gb", 1ll << 30},
};

std::optional<int64_t> ParseDigits(std::string_view text, int base) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<int64_t> ParseMemory(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && IsAsciiDigit(text[digits])) ++digits;
  std::optional<int64_t> count = ParseDigits(text.substr(0, digits), 10);
  if (!count) return std::nullopt;
  for (const Unit& unit : kUnits) {
    int64_t bytes = 0;
    if (!EqualsIgnoreCase(text.substr(digits), unit.name)) continue;
    if (__builtin_mul_overflow(*count, unit.bytes, &bytes)) return std::nullopt;
    return bytes;
  }
  return std::nullopt;
}

std::string FormatMemory(int64_t bytes) {
  constexpr Unit kWritten[] = {{"gb", 1ll << 30}, {"mb", 1ll << 20}, {"kb", 1ll << 10}};
  for (const Unit& unit : kWritten) {
    if (bytes != 0 && bytes % unit.bytes == 0) return fmt::format("{}{}", bytes / unit.bytes, unit.name);
  }
  return fmt::format("{}", bytes);
}

std::optional<int64_t> ParseTolerant(std::string_view text) {
  // from_chars knows '-' but not '+'.
  if (text.size() > 1 && text[0] == '+' && IsAsciiDigit(text[1])) text.remove_prefix(1);
  return ParseDigits(text, 10);
}

std::optional<int64_t> ParseOctal(std::string_view text) {
  if (text.starts_with('-')) return std::nullopt;
  return ParseDigits(text, 8);
}

std::string FormatOctal(int64_t value) { return fmt::format("{:o}", value); }

std::string QuoteWord(std::string_view text) {
  std::string out;
  AppendQuoted(out, text);
  return out;
}

std::optional<std::string_view> LineReader::Next() {
  if (rest_.empty()) return std::nullopt;
  size_t end = std::min(rest_.find('\n'), rest_.size());
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  return line;
}

}  // namespace dunlin::server
