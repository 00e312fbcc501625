// ACL and its subcommands. The server carries all of it out.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kAsks = kNoscript | kLoading | kStale;
constexpr uint32_t kRules = kAdmin | kNoscript | kLoading | kStale;

constexpr CommandSpec Sub(std::string_view name, int arity, uint32_t flags, std::string_view since,
                          std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .group = Group::kServer,
          .op = ServerOp::kAcl,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kSubcommands[] = {
    Sub("cat", -2, kAsks, "6.0.0", "Lists the categories, or the commands of one."),
    Sub("deluser", -3, kRules, "6.0.0", "Removes users."),
    Sub("dryrun", -4, kRules, "7.0.0", "Tells whether a user may run a command."),
    Sub("genpass", -2, kAsks, "6.0.0", "Makes up a password."),
    Sub("getuser", 3, kRules, "6.0.0", "Gives the rules of a user."),
    Sub("help", 2, kLoading | kStale, "6.0.0", "Prints the subcommands."),
    Sub("list", 2, kRules, "6.0.0", "Gives all users with their rules."),
    Sub("load", 2, kRules, "6.0.0", "Reads the users' file again."),
    Sub("log", -2, kRules, "6.0.0", "Lists what was refused."),
    Sub("save", 2, kRules, "6.0.0", "Writes the users' file."),
    Sub("setuser", -3, kRules, "6.0.0", "Makes a user or changes its rules."),
    Sub("users", 2, kRules, "6.0.0", "Gives the names of all users."),
    Sub("whoami", 2, kAsks, "6.0.0", "Gives the name of this connection's user."),
};

constexpr CommandSpec kRows[] = {
    {.name = "acl",
     .arity = -2,
     .group = Group::kServer,
     .subcommands = kSubcommands,
     .since = "6.0.0",
     .summary = "Says who may do what."},
};

}  // namespace

std::span<const CommandSpec> AclCommands() { return kRows; }

}  // namespace dunlin::commands
