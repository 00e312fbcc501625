// The string family.
#include <algorithm>

#include "base/ascii.h"
#include "commands/string_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace string_commands;

constexpr KeySpec kLook[] = {Key(kKeyRO)};
constexpr KeySpec kRead[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kReadMany[] = {Keys(kKeyRO | kKeyAccess, 1, -1, 1)};
constexpr KeySpec kReadTwo[] = {Keys(kKeyRO | kKeyAccess, 1, 2, 1)};
constexpr KeySpec kChange[] = {Key(kKeyRW | kKeyAccess | kKeyUpdate)};
constexpr KeySpec kSet[] = {Key(kKeyRW | kKeyAccess | kKeyUpdate | kKeyVariable)};
constexpr KeySpec kOverwrite[] = {Key(kKeyOW | kKeyUpdate)};
constexpr KeySpec kOverwriteMany[] = {Keys(kKeyOW | kKeyUpdate, 1, -1, 2)};
constexpr KeySpec kInsert[] = {Key(kKeyOW | kKeyInsert)};
constexpr KeySpec kInsertMany[] = {Keys(kKeyOW | kKeyInsert, 1, -1, 2)};
constexpr KeySpec kGrow[] = {Key(kKeyRW | kKeyInsert)};
constexpr KeySpec kPatch[] = {Key(kKeyRW | kKeyUpdate)};
constexpr KeySpec kTake[] = {Key(kKeyRW | kKeyAccess | kKeyDelete)};

constexpr uint32_t kW = kWrite | kDenyOom;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclString,
          .group = Group::kString,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

// SET reads what was there only when it is asked to.
uint16_t SetKeyFlags(Args args) {
  bool reads =
      std::any_of(args.begin() + 3, args.end(), [](std::string_view arg) { return EqualsIgnoreCase(arg, "get"); });
  return reads ? kKeyRW | kKeyAccess | kKeyUpdate : kKeyOW | kKeyUpdate;
}

constexpr CommandSpec SetRow() {
  CommandSpec row = Row("set", -3, kW, kSet, SetKey, "1.0.0", "Sets a key to a string, whatever it held before.");
  row.key_flags = SetKeyFlags;
  return row;
}

constexpr CommandSpec kRows[] = {
    Row("append", 3, kW | kFast, kGrow, Append, "2.0.0", "Adds text to the end of a string."),
    Row("decr", 2, kW | kFast, kChange, Decr, "1.0.0", "Subtracts one from a number."),
    Row("decrby", 3, kW | kFast, kChange, Decrby, "1.0.0", "Subtracts from a number."),
    Row("get", 2, kReadonly | kFast, kRead, Get, "1.0.0", "Gives the string at a key."),
    Row("getdel", 2, kWrite | kFast, kTake, Getdel, "6.2.0", "Gives the string at a key and deletes the key."),
    Row("getex", -2, kWrite | kFast, kChange, Getex, "6.2.0", "Gives the string at a key and sets when it expires."),
    Row("getrange", 4, kReadonly, kRead, Getrange, "2.4.0", "Gives a part of a string."),
    Row("getset", 3, kW | kFast, kChange, Getset, "1.0.0", "Sets a string and gives the one before."),
    Row("incr", 2, kW | kFast, kChange, Incr, "1.0.0", "Adds one to a number."),
    Row("incrby", 3, kW | kFast, kChange, Incrby, "1.0.0", "Adds to a number."),
    Row("incrbyfloat", 3, kW | kFast, kChange, Incrbyfloat, "2.6.0", "Adds to a number with a fraction."),
    Row("lcs", -3, kReadonly, kReadTwo, Lcs, "7.0.0", "Finds the longest common subsequence of two strings."),
    Row("mget", -2, kReadonly | kFast, kReadMany, Mget, "1.0.0", "Gives the strings at several keys."),
    Row("mset", -3, kW, kOverwriteMany, Mset, "1.0.1", "Sets several strings."),
    Row("msetnx", -3, kW, kInsertMany, Msetnx, "1.0.1", "Sets several strings unless one of the keys exists."),
    Row("psetex", 4, kW, kOverwrite, Psetex, "2.6.0", "Sets a string that expires, in milliseconds."),
    SetRow(),
    Row("setex", 4, kW, kOverwrite, Setex, "2.0.0", "Sets a string that expires, in seconds."),
    Row("setnx", 3, kW | kFast, kInsert, Setnx, "1.0.0", "Sets a string unless the key exists."),
    Row("setrange", 4, kW, kPatch, Setrange, "2.2.0", "Overwrites a part of a string."),
    Row("strlen", 2, kReadonly | kFast, kLook, Strlen, "2.2.0", "Gives the length of a string."),
    Row("substr", 4, kReadonly, kRead, Getrange, "1.0.0", "GETRANGE by its old name."),
};

}  // namespace

std::span<const CommandSpec> StringCommands() { return kRows; }

}  // namespace dunlin::commands
