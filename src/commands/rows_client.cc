// CLIENT and its subcommands. The server carries all of it out.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kOwn = kNoscript | kLoading | kStale;
constexpr uint32_t kOthers = kAdmin | kNoscript | kLoading | kStale | kAlone;

constexpr CommandSpec Sub(std::string_view name, int arity, uint32_t flags, std::string_view since,
                          std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclConnection,
          .group = Group::kConnection,
          .op = ServerOp::kClient,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kSubcommands[] = {
    Sub("caching", 3, kOwn, "6.0.0", "Says whether the keys of the next command are tracked."),
    Sub("getname", 2, kOwn, "2.6.9", "Gives the connection's name."),
    Sub("getredir", 2, kOwn, "6.0.0", "Gives the client that invalidations are sent to."),
    Sub("help", 2, kLoading | kStale, "5.0.0", "Prints the subcommands."),
    Sub("id", 2, kOwn, "5.0.0", "Gives the connection's number."),
    Sub("info", 2, kOwn, "6.2.0", "Describes this connection."),
    Sub("kill", -3, kOthers, "2.4.0", "Closes connections."),
    Sub("list", -2, kOthers, "2.4.0", "Describes all connections."),
    Sub("no-evict", 3, kAdmin | kOwn, "7.0.0", "Spares this connection when memory for clients runs out."),
    Sub("no-touch", 3, kOwn, "7.2.0", "Says whether this connection's commands count as uses of the keys."),
    Sub("pause", -3, kOthers, "3.0.0", "Lets commands wait."),
    Sub("reply", 3, kOwn, "3.2.0", "Says which commands of this connection are answered."),
    Sub("setinfo", 4, kOwn, "7.2.0", "Notes facts about the client's library."),
    Sub("setname", 3, kOwn, "2.6.9", "Names the connection."),
    Sub("tracking", -3, kOwn, "6.0.0", "Turns help for the client's own cache on and off."),
    Sub("trackinginfo", 2, kOwn, "6.2.0", "Tells how this connection tracks keys."),
    Sub("unblock", -3, kOthers, "5.0.0", "Ends the waiting of a blocked client."),
    Sub("unpause", 2, kOthers, "6.2.0", "Lets commands run again after PAUSE."),
};

constexpr CommandSpec kRows[] = {
    {.name = "client",
     .arity = -2,
     .group = Group::kConnection,
     .subcommands = kSubcommands,
     .since = "2.4.0",
     .summary = "Shows and steers connections."},
};

}  // namespace

std::span<const CommandSpec> ClientCommands() { return kRows; }

}  // namespace dunlin::commands
