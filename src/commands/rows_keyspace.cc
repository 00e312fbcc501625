// What concerns all keys of a database. The server walks the slots.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr CommandSpec kRows[] = {
    {.name = "dbsize", .arity = 1, .flags = kReadonly | kFast, .categories = kAclKeyspace, .group = Group::kServer,
     .op = ServerOp::kDbsize, .since = "1.0.0", .summary = "Counts the keys of the database."},
    {.name = "flushall", .arity = -1, .flags = kWrite | kAlone, .categories = kAclKeyspace | kAclDangerous,
     .group = Group::kServer, .op = ServerOp::kFlushall, .since = "1.0.0", .summary = "Deletes all keys of all databases."},
    {.name = "flushdb", .arity = -1, .flags = kWrite | kAlone, .categories = kAclKeyspace | kAclDangerous,
     .group = Group::kServer, .op = ServerOp::kFlushdb, .since = "1.0.0", .summary = "Deletes all keys of the database."},
    {.name = "keys", .arity = 2, .flags = kReadonly, .categories = kAclKeyspace | kAclDangerous, .group = Group::kGeneric,
     .op = ServerOp::kKeys, .since = "1.0.0", .summary = "Lists the keys whose names fit a pattern."},
    {.name = "randomkey", .arity = 1, .flags = kReadonly | kTouchesArbitraryKeys, .categories = kAclKeyspace,
     .group = Group::kGeneric, .op = ServerOp::kRandomkey, .since = "1.0.0", .summary = "Gives the name of some key."},
    {.name = "scan", .arity = -2, .flags = kReadonly | kTouchesArbitraryKeys, .categories = kAclKeyspace,
     .group = Group::kGeneric, .op = ServerOp::kScan, .since = "2.8.0", .summary = "Lists the keys step by step."},
    {.name = "swapdb", .arity = 3, .flags = kWrite | kFast | kAlone, .categories = kAclKeyspace | kAclDangerous,
     .group = Group::kServer, .op = ServerOp::kSwapdb, .since = "4.0.0", .summary = "Lets two databases change places."},
};

}  // namespace

std::span<const CommandSpec> KeyspaceCommands() { return kRows; }

}  // namespace dunlin::commands
