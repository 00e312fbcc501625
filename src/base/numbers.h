// Numbers in text, the way the field reads and writes them.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dunlin {

// A signed 64-bit integer in its one canonical spelling: no spaces, no '+', no leading zeros, no "-0".
std::optional<int64_t> ParseInt64(std::string_view text);
// The same for unsigned.
std::optional<uint64_t> ParseUint64(std::string_view text);
// A double that fills the whole text: decimal, exponent, hexadecimal, "inf", "+inf", "-inf", "infinity". No spaces, no
// empty text, no NaN; a value that overflows is refused.
std::optional<double> ParseDouble(std::string_view text);
// The same for long double.
std::optional<long double> ParseLongDouble(std::string_view text);

// At least 20 bytes are written from `out` on; returns how many characters.
inline constexpr int kInt64Digits = 20;
int FormatInt64(int64_t value, char* out);
void AppendInt64(std::string& out, int64_t value);

// A double as RESP2 replies and ZSET scores show it: integers without a point, else the shortest of 17 significant
// digits; "inf", "-inf", "nan".
std::string FormatDouble(double value);
// A long double as INCRBYFLOAT shows it: fixed notation, 17 decimals, trailing zeros removed.
std::string FormatLongDouble(long double value);

}  // namespace dunlin
