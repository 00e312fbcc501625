// The handlers of the bitmap family, by the file that has them. The rows stand in bitmap.cc.
//
// Thread: as handlers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "commands/context.h"

namespace dunlin::commands::bitmap_commands {

// bitmap_bits.cc
void Setbit(Context& ctx);
void Getbit(Context& ctx);
void Bitcount(Context& ctx);
void Bitpos(Context& ctx);
void Bitop(Context& ctx);

// bitmap_field.cc
void Bitfield(Context& ctx);
void BitfieldRo(Context& ctx);

// What `text` says of where a bit is; otherwise replies "ERR bit offset is not an integer or out of range".
std::optional<uint64_t> BitOffset(Context& ctx, std::string_view text, int64_t factor = 1);

// The string at argument 1, to be changed: made when there is none, and grown with zeros until it has that bit; `grown`
// says whether it was. Otherwise replies the error.
values::RawString* StringWithBit(Context& ctx, uint64_t bit, bool* grown);

}  // namespace dunlin::commands::bitmap_commands
