// The bitmap family: bits of strings.
#include "commands/bitmap_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace bitmap_commands;

constexpr KeySpec kRead[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kChange[] = {Key(kKeyRW | kKeyAccess | kKeyUpdate)};
constexpr KeySpec kChangeOrRead[] = {Key(kKeyRW | kKeyUpdate | kKeyAccess | kKeyVariable)};
constexpr KeySpec kCombine[] = {Key(kKeyOW | kKeyUpdate, 2), Keys(kKeyRO | kKeyAccess, 3, -1, 1)};

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclBitmap,
          .group = Group::kBitmap,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("bitcount", -2, kReadonly, kRead, Bitcount, "2.6.0", "Counts the bits that are set in a string."),
    Row("bitfield", -2, kWrite | kDenyOom, kChangeOrRead, Bitfield, "3.2.0",
        "Reads and changes numbers of any width in a string."),
    Row("bitfield_ro", -2, kReadonly | kFast, kRead, BitfieldRo, "6.0.0", "Reads numbers of any width in a string."),
    Row("bitop", -4, kWrite | kDenyOom, kCombine, Bitop, "2.6.0",
        "Combines strings bit by bit, and stores the result."),
    Row("bitpos", -3, kReadonly, kRead, Bitpos, "2.8.7", "Finds the first bit that is set, or clear, in a string."),
    Row("getbit", 3, kReadonly | kFast, kRead, Getbit, "2.2.0", "Gives a bit of a string."),
    Row("setbit", 4, kWrite | kDenyOom, kChange, Setbit, "2.2.0", "Sets or clears a bit of a string."),
};

}  // namespace

std::span<const CommandSpec> BitmapCommands() { return kRows; }

}  // namespace dunlin::commands
