// Of the server group what tells about the process: INFO, TIME, MONITOR, LOLWUT.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr CommandSpec kRows[] = {
    {.name = "info",
     .arity = -1,
     .flags = kLoading | kStale,
     .categories = kAclDangerous,
     .group = Group::kServer,
     .op = ServerOp::kInfo,
     .since = "1.0.0",
     .summary = "Tells of the server in sections of lines."},
    {.name = "lolwut",
     .arity = -1,
     .flags = kReadonly | kFast,
     .group = Group::kServer,
     .op = ServerOp::kLolwut,
     .since = "5.0.0",
     .summary = "Draws something."},
    {.name = "monitor",
     .arity = 1,
     .flags = kAdmin | kNoscript | kLoading | kStale,
     .group = Group::kServer,
     .op = ServerOp::kMonitor,
     .since = "1.0.0",
     .summary = "Shows all commands as they are run."},
    {.name = "time",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .group = Group::kServer,
     .op = ServerOp::kTime,
     .since = "2.6.0",
     .summary = "Gives the server's time of day."},
};

}  // namespace

std::span<const CommandSpec> ServerCommands() { return kRows; }

}  // namespace dunlin::commands
