// The commands that speak of the server itself: what it can do (COMMAND), and how it is inside (DEBUG).
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr CommandSpec Sub(std::string_view name, int arity, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = kLoading | kStale,
          .categories = kAclConnection,
          .group = Group::kServer,
          .op = ServerOp::kCommand,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kCommandSubcommands[] = {
    Sub("count", 2, "2.8.13", "Counts the commands."),
    Sub("docs", -2, "7.0.0", "Documents commands."),
    Sub("getkeys", -3, "2.8.13", "Picks the keys out of a call."),
    Sub("getkeysandflags", -3, "7.0.0", "Picks the keys out of a call, and says what happens to each."),
    Sub("help", 2, "5.0.0", "Prints the subcommands."),
    Sub("info", -2, "2.8.13", "Describes commands to programs."),
    Sub("list", -2, "7.0.0", "Lists the names of commands."),
};

constexpr CommandSpec kRows[] = {
    {.name = "command",
     .arity = -1,
     .flags = kLoading | kStale,
     .categories = kAclConnection,
     .group = Group::kServer,
     .op = ServerOp::kCommand,
     .subcommands = kCommandSubcommands,
     .since = "2.8.13",
     .summary = "Describes all commands to programs."},
    {.name = "debug",
     .arity = -2,
     .flags = kAdmin | kNoscript | kLoading | kStale | kProtected,
     .group = Group::kServer,
     .op = ServerOp::kDebug,
     .since = "1.0.0",
     .summary = "Aids for testing the server."},
};

}  // namespace

std::span<const CommandSpec> IntrospectionCommands() { return kRows; }

}  // namespace dunlin::commands
