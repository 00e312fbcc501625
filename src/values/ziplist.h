// Reads ziplists, which RDB files hold in place of listpacks up to version 9. They are never written.
//
//   u32 LE total bytes | u32 LE offset of the last entry | u16 LE entry count (65535: count them) | entries ... | 0xFF
//   entry = length of the entry before (one byte, or 0xFE and u32 LE) | encoding | data
//   encoding: 00llllll           a string of up to 63 bytes
//             01llllll l         a string of up to 16383 bytes, high bits first
//             10______ llll      a string with a u32 BIG-endian length
//             11000000 11010000 11100000   int16, int32, int64, LE
//             11110000 11111110            int24 LE, int8
//             1111xxxx           the integer x - 1, for x = 1 .. 13
//
// The bytes may be hostile: every length is checked against what is there.
//
// Thread: pure functions; any thread.
#pragma once

#include <string_view>

#include "base/status.h"
#include "values/listpack.h"

namespace dunlin::values {

// The same elements as a listpack. Errors: kCorruption, with what is wrong.
Result<Listpack> ListpackFromZiplist(std::string_view bytes);

}  // namespace dunlin::values
