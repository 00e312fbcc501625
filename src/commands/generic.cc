// The generic family: what can be done with a key whatever it holds.
#include "commands/generic_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace generic_commands;

constexpr KeySpec kLookMany[] = {Keys(kKeyRO, 1, -1, 1)};
constexpr KeySpec kLook[] = {Key(kKeyRO)};
constexpr KeySpec kLookAccess[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kLookSecond[] = {Key(kKeyRO, 2)};
constexpr KeySpec kRemoveMany[] = {Keys(kKeyRM | kKeyDelete, 1, -1, 1)};
constexpr KeySpec kUpdate[] = {Key(kKeyRW | kKeyUpdate)};
constexpr KeySpec kMove[] = {Key(kKeyRW | kKeyAccess | kKeyUpdate)};
constexpr KeySpec kRename[] = {Key(kKeyRW | kKeyAccess | kKeyDelete), Key(kKeyOW | kKeyUpdate, 2)};
constexpr KeySpec kRenamenx[] = {Key(kKeyRW | kKeyAccess | kKeyDelete), Key(kKeyOW | kKeyInsert, 2)};
constexpr KeySpec kCopy[] = {Key(kKeyRO | kKeyAccess), Key(kKeyOW | kKeyUpdate, 2)};

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclKeyspace,
          .group = Group::kGeneric,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kObject[] = {
    Row("encoding", 3, kReadonly, kLookSecond, ObjectEncoding, "2.2.3", "Tells how a value is kept in memory."),
    Row("freq", 3, kReadonly, kLookSecond, ObjectFreq, "4.0.0", "Tells how often a key is used."),
    Row("help", 2, kLoading | kStale, {}, ObjectHelp, "6.2.0", "Prints the subcommands."),
    Row("idletime", 3, kReadonly, kLookSecond, ObjectIdletime, "2.2.3", "Tells for how long nobody used a key."),
    Row("refcount", 3, kReadonly, kLookSecond, ObjectRefcount, "2.2.3", "Tells how many share a value."),
};

constexpr CommandSpec kRows[] = {
    Row("copy", -3, kWrite | kDenyOom, kCopy, Copy, "6.2.0", "Copies a value to another key."),
    Row("del", -2, kWrite, kRemoveMany, Del, "1.0.0", "Deletes keys."),
    Row("exists", -2, kReadonly | kFast, kLookMany, Exists, "1.0.0", "Counts which of the keys exist."),
    Row("expire", -3, kWrite | kFast, kUpdate, Expire, "1.0.0", "Lets a key expire in some seconds."),
    Row("expireat", -3, kWrite | kFast, kUpdate, Expireat, "1.2.0", "Lets a key expire at a moment, in seconds."),
    Row("expiretime", 2, kReadonly | kFast, kLookAccess, Expiretime, "7.0.0", "Tells when a key expires, in seconds."),
    Row("move", 3, kWrite | kFast, kMove, Move, "1.0.0", "Moves a key to another database."),
    {.name = "object",
     .arity = -2,
     .group = Group::kGeneric,
     .subcommands = kObject,
     .since = "2.2.3",
     .summary = "Looks behind a value."},
    Row("persist", 2, kWrite | kFast, kUpdate, Persist, "2.2.0", "Takes a key's expiry away."),
    Row("pexpire", -3, kWrite | kFast, kUpdate, Pexpire, "2.6.0", "Lets a key expire in some milliseconds."),
    Row("pexpireat", -3, kWrite | kFast, kUpdate, Pexpireat, "2.6.0",
        "Lets a key expire at a moment, in milliseconds."),
    Row("pexpiretime", 2, kReadonly | kFast, kLookAccess, Pexpiretime, "7.0.0",
        "Tells when a key expires, in milliseconds."),
    Row("pttl", 2, kReadonly | kFast, kLookAccess, Pttl, "2.6.0", "Tells how long a key will live, in milliseconds."),
    Row("rename", 3, kWrite, kRename, Rename, "1.0.0", "Gives a key another name."),
    Row("renamenx", 3, kWrite | kFast, kRenamenx, Renamenx, "1.0.0", "Gives a key another name unless that exists."),
    Row("touch", -2, kReadonly | kFast, kLookMany, Touch, "3.2.1", "Counts as a use of the keys."),
    Row("ttl", 2, kReadonly | kFast, kLookAccess, Ttl, "1.0.0", "Tells how long a key will live, in seconds."),
    Row("type", 2, kReadonly | kFast, kLook, TypeOf, "1.0.0", "Tells what a key holds."),
    Row("unlink", -2, kWrite | kFast, kRemoveMany, Unlink, "4.0.0", "Deletes keys; the memory is freed by and by."),
};

}  // namespace

std::span<const CommandSpec> GenericCommands() { return kRows; }

}  // namespace dunlin::commands
