// The cluster group. The server carries all of it out.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kChanges = kAdmin | kStale | kNoAsyncLoading;
constexpr uint32_t kShows = kLoading | kStale;

constexpr CommandSpec Sub(std::string_view name, int arity, uint32_t flags, std::string_view since,
                          std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .group = Group::kCluster,
          .op = ServerOp::kCluster,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kClusterSubcommands[] = {
    Sub("addslots", -3, kChanges, "3.0.0", "Takes slots for this node."),
    Sub("addslotsrange", -4, kChanges, "7.0.0", "Takes ranges of slots for this node."),
    Sub("bumpepoch", 2, kChanges, "3.0.0", "Raises this node's config epoch above all others."),
    Sub("count-failure-reports", 3, kAdmin | kStale, "3.0.0", "Counts the primaries that report a node as failing."),
    Sub("countkeysinslot", 3, kStale, "3.0.0", "Counts the keys of a slot."),
    Sub("delslots", -3, kChanges, "3.0.0", "Forgets who owns slots."),
    Sub("delslotsrange", -4, kChanges, "7.0.0", "Forgets who owns ranges of slots."),
    Sub("failover", -2, kChanges, "3.0.0", "Promotes this replica."),
    Sub("flushslots", 2, kChanges, "3.0.0", "Forgets this node's own slots."),
    Sub("forget", 3, kChanges, "3.0.0", "Removes a node from this node's view."),
    Sub("getkeysinslot", 4, kStale, "3.0.0", "Gives some keys of a slot."),
    Sub("help", 2, kShows, "5.0.0", "Prints the subcommands."),
    Sub("info", 2, kStale, "3.0.0", "Gives the state of the cluster in numbers."),
    Sub("keyslot", 3, kStale, "3.0.0", "Gives the slot of a key."),
    Sub("links", 2, kStale, "7.0.0", "Lists the bus links of this node."),
    Sub("meet", -4, kChanges, "3.0.0", "Joins a node to this one's cluster."),
    Sub("myid", 2, kStale, "3.0.0", "Gives this node's id."),
    Sub("myshardid", 2, kStale, "7.2.0", "Gives the id of this node's shard."),
    Sub("nodes", 2, kStale, "3.0.0", "Lists all nodes as this one sees them."),
    Sub("replicas", 3, kAdmin | kStale, "5.0.0", "Lists the replicas of a primary."),
    Sub("replicate", 3, kChanges, "3.0.0", "Makes this node a replica of another."),
    Sub("reset", -2, kAdmin | kNoscript | kStale, "3.0.0", "Makes this node leave its cluster."),
    Sub("saveconfig", 2, kChanges, "3.0.0", "Writes the node's configuration file."),
    Sub("set-config-epoch", 3, kChanges, "3.0.0", "Gives a new node its config epoch."),
    Sub("setslot", -4, kChanges, "3.0.0", "Changes the state of a slot."),
    Sub("shards", 2, kShows, "7.0.0", "Lists the shards with their slots and nodes."),
    Sub("slaves", 3, kAdmin | kStale, "3.0.0", "Lists the replicas of a primary, by its old name."),
    Sub("slots", 2, kShows, "3.0.0", "Lists the ranges of slots with their nodes."),
};

constexpr CommandSpec kRows[] = {
    {.name = "cluster",
     .arity = -2,
     .group = Group::kCluster,
     .subcommands = kClusterSubcommands,
     .since = "3.0.0",
     .summary = "Shows and changes the cluster."},
    {.name = "asking",
     .arity = 1,
     .flags = kFast,
     .categories = kAclConnection,
     .group = Group::kCluster,
     .op = ServerOp::kAsking,
     .since = "3.0.0",
     .summary = "Lets the next command into a slot that is being imported."},
    {.name = "readonly",
     .arity = 1,
     .flags = kFast | kLoading | kStale,
     .categories = kAclConnection,
     .group = Group::kCluster,
     .op = ServerOp::kReadonly,
     .since = "3.0.0",
     .summary = "Lets this connection read from a replica."},
    {.name = "readwrite",
     .arity = 1,
     .flags = kFast | kLoading | kStale,
     .categories = kAclConnection,
     .group = Group::kCluster,
     .op = ServerOp::kReadwrite,
     .since = "3.0.0",
     .summary = "Sends this connection's reads to the primary again."},
};

}  // namespace

std::span<const CommandSpec> ClusterCommands() { return kRows; }

}  // namespace dunlin::commands
