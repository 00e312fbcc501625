// Reads zipmaps, the small hashes of RDB files from before 2012. They are never written.
//
//   u8 pair count (254 and more: count them) | pairs ... | 0xFF
//   pair = length, field | length, u8 unused bytes, value, that many unused bytes
//   length = one byte below 254, or 0xFE and u32 LE
//
// The bytes may be hostile: every length is checked against what is there.
//
// Thread: pure functions; any thread.
#pragma once

#include <string_view>

#include "base/status.h"
#include "values/listpack.h"

namespace dunlin::values {

// Fields and values in turn, as a hash keeps them. Errors: kCorruption, with what is wrong.
Result<Listpack> ListpackFromZipmap(std::string_view bytes);

}  // namespace dunlin::values
