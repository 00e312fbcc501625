// LZF, the compression of strings in RDB files.
//
// A compressed string is a row of pieces: bytes to be copied, or a reference to bytes before. References reach back at
// most 8 kB, and a compressed string behind another one is a compressed string: so a long text can be compressed in
// parts.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace dunlin::snapshot {

// No compressed string says more than this much for each of its bytes.
inline constexpr uint64_t kLzfMaxExpansion = 88;

// Appends `text`, compressed, when that takes at most `max_bytes`; else leaves `out` as it was and returns false.
// REQUIRES: text.size() below 2^31.
bool AppendCompressed(std::string& out, std::string_view text, size_t max_bytes);
// Appends `text`, compressed or at worst a little longer than it is. REQUIRES: the same.
void AppendCompressedAnyway(std::string& out, std::string_view text);
// Makes `out` the text. False when `packed` is not in order or does not say exactly `size` bytes.
bool Decompress(std::string_view packed, uint64_t size, std::string* out);

}  // namespace dunlin::snapshot
