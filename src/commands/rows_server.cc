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
