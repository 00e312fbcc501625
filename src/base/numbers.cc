#include "base/numbers.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "base/ascii.h"

namespace dunlin {
namespace {

// Longer spellings of a number are nobody's honest input.
constexpr size_t kMaxNumberText = 512;

template <typename Float, typename Convert>
std::optional<Float> ParseFloat(std::string_view text, Convert convert) {
  if (text.empty() || text.size() > kMaxNumberText || IsAsciiSpace(text.front())) return std::nullopt;
  char buffer[kMaxNumberText + 1];
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
  char* end = nullptr;
  errno = 0;
  Float value = convert(buffer, &end);
  if (end != buffer + text.size() || std::isnan(value)) return std::nullopt;
  bool written_infinite = text.find_first_of("iI") != std::string_view::npos;
  if (std::isinf(value) && !written_infinite) return std::nullopt;
  if (errno == ERANGE && value == 0) return std::nullopt;
  return value;
}

std::string Placed(std::string_view digits, int point_shift, bool negative) {
  // digits * 10^point_shift, in the notation that is shortest to read.
  auto count = static_cast<int>(digits.size());
  int exponent = std::abs(point_shift + count - 1);
  std::string out(negative ? "-" : "");
  if (point_shift >= 0 && exponent < count + 7) {
    out.append(digits).append(static_cast<size_t>(point_shift), '0');
  } else if (point_shift < 0 && (point_shift > -7 || exponent < 4)) {
    int whole = count + point_shift;
    if (whole <= 0) {
      out.append("0.").append(static_cast<size_t>(-whole), '0').append(digits);
    } else {
      out.append(digits.substr(0, static_cast<size_t>(whole)))
          .append(".")
          .append(digits.substr(static_cast<size_t>(whole)));
    }
  } else {
    out.append(digits.substr(0, 1));
    if (count > 1) out.append(".").append(digits.substr(1));
    out.append(point_shift + count - 1 < 0 ? "e-" : "e+").append(std::to_string(exponent));
  }
  return out;
}

}  // namespace

std::optional<uint64_t> ParseUint64(std::string_view text) {
  if (text.empty() || text.size() > 20 || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<int64_t> ParseInt64(std::string_view text) {
  size_t n = text.size();
  if (n == 0 || n > 20) return std::nullopt;
  const char* p = text.data();
  bool negative = *p == '-';
  if (negative) {
    ++p;
    if (--n == 0) return std::nullopt;
  }
  if (*p == '0') return n == 1 && !negative ? std::optional<int64_t>(0) : std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < n; ++i) {
    auto digit = static_cast<unsigned>(p[i] - '0');
    if (digit > 9) return std::nullopt;
    if (i >= 18) {  // only the last two digits can overflow
      if (__builtin_mul_overflow(value, uint64_t{10}, &value) ||
          __builtin_add_overflow(value, uint64_t{digit}, &value)) {
        return std::nullopt;
      }
    } else {
      value = value * 10 + digit;
    }
  }
  constexpr uint64_t kMax = static_cast<uint64_t>(INT64_MAX);
  if (negative) {
    if (value > kMax + 1) return std::nullopt;
    return static_cast<int64_t>(0 - value);
  }
  if (value > kMax) return std::nullopt;
  return static_cast<int64_t>(value);
}

std::optional<double> ParseDouble(std::string_view text) { return ParseFloat<double>(text, std::strtod); }

std::optional<long double> ParseLongDouble(std::string_view text) {
  return ParseFloat<long double>(text, std::strtold);
}

int FormatInt64(int64_t value, char* out) {
  auto [end, error] = std::to_chars(out, out + kInt64Digits, value);
  return static_cast<int>(end - out);
}

void AppendInt64(std::string& out, int64_t value) {
  char digits[kInt64Digits];
  out.append(digits, static_cast<size_t>(FormatInt64(value, digits)));
}

std::string FormatDouble(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  constexpr double kExact = 4503599627370496.0;  // 2^52: beyond it, not every integer is a double
  if (value > -kExact && value < kExact && value == static_cast<double>(static_cast<int64_t>(value))) {
    std::string out;
    AppendInt64(out, static_cast<int64_t>(value));
    return out;
  }
  char text[64];
  auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
  std::string_view shown(text, static_cast<size_t>(end - text));
  bool negative = shown.front() == '-';
  if (negative) shown.remove_prefix(1);
  size_t e = shown.find('e');
  int exponent = std::atoi(std::string(shown.substr(e + 1)).c_str());
  std::string digits;
  for (char c : shown.substr(0, e)) {
    if (c != '.') digits.push_back(c);
  }
  return Placed(digits, exponent - static_cast<int>(digits.size()) + 1, negative);
}

std::string FormatLongDouble(long double value) {
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char text[5 * 1024];  // the largest long double has 4,933 digits before its point
  int n = std::snprintf(text, sizeof text, "%.17Lf", value);
  std::string out(text, static_cast<size_t>(n));
  if (out.find('.') != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
  }
  return out == "-0" ? "0" : out;
}

}  // namespace dunlin
