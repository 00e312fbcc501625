// The cluster.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"asking", "3.0.0", "Allows the next command on a slot that is being imported.", "O(1)"},
    {"cluster", "3.0.0", "Shows and changes the cluster.", "that of the subcommand"},
    {"cluster|addslots", "3.0.0", "Gives slots to this node.", "O(N), N being the slots", "slot:i..."},
    {"cluster|addslotsrange", "7.0.0", "Gives ranges of slots to this node.", "O(N), N being the slots",
     "range=(start-slot:i end-slot:i)..."},
    {"cluster|bumpepoch", "3.0.0", "Raises this node's config epoch above all others.", "O(1)", "",
     "nondeterministic_output"},
    {"cluster|count-failure-reports", "3.0.0", "Counts the primaries that report a node as failing.",
     "O(N), N being the reports", "node-id", "nondeterministic_output"},
    {"cluster|countkeysinslot", "3.0.0", "How many keys are in a slot.", "O(1)", "slot:i"},
    {"cluster|delslots", "3.0.0", "Takes slots from this node.", "O(N), N being the slots", "slot:i..."},
    {"cluster|delslotsrange", "7.0.0", "Forgets who owns ranges of slots.", "O(N), N being the slots",
     "range=(start-slot:i end-slot:i)..."},
    {"cluster|failover", "3.0.0", "Lets a replica take its primary's place.", "O(1)", "options=[FORCE|TAKEOVER]"},
    {"cluster|flushslots", "3.0.0", "Forgets this node's own slots.", "O(1)"},
    {"cluster|forget", "3.0.0", "Removes a node.", "O(1)", "node-id"},
    {"cluster|getkeysinslot", "3.0.0", "Keys of a slot.", "O(N), N being the keys wanted", "slot:i count:i",
     "nondeterministic_output"},
    {"cluster|help", "5.0.0", "Prints the subcommands.", "O(1)"},
    {"cluster|info", "3.0.0", "The state of the cluster.", "O(1)", "", "nondeterministic_output"},
    {"cluster|keyslot", "3.0.0", "The slot of a key.", "O(N), N being the bytes of the key", "key"},
    {"cluster|links", "7.0.0", "Lists the bus links of this node.", "O(N), N being the nodes", "",
     "nondeterministic_output"},
    {"cluster|meet", "3.0.0", "Joins with another node.", "O(1)", "ip port:i [cluster-bus-port:i@4.0.0]"},
    {"cluster|myid", "3.0.0", "The id of this node.", "O(1)"},
    {"cluster|myshardid", "7.2.0", "Gives the id of this node's shard.", "O(1)", "", "nondeterministic_output"},
    {"cluster|nodes", "3.0.0", "All nodes, with their slots.", "O(N), N being the nodes", "",
     "nondeterministic_output"},
    {"cluster|replicas", "5.0.0", "Lists the replicas of a primary.", "O(N), N being the replicas", "node-id",
     "nondeterministic_output"},
    {"cluster|replicate", "3.0.0", "Makes this node a replica.", "O(1)", "node-id"},
    {"cluster|reset", "3.0.0", "Makes this node as new.", "O(N), N being the nodes", "reset-type=[HARD|SOFT]"},
    {"cluster|saveconfig", "3.0.0", "Writes the node's configuration file.", "O(1)"},
    {"cluster|set-config-epoch", "3.0.0", "Gives a new node its config epoch.", "O(1)", "config-epoch:i"},
    {"cluster|setslot", "3.0.0", "Gives a slot to a node, or prepares that.", "O(1)",
     "slot:i subcommand=(IMPORTING importing{node-id}|MIGRATING migrating{node-id}|NODE node{node-id}|STABLE)"},
    {"cluster|shards", "7.0.0", "All shards, with their slots and nodes.", "O(N), N being the nodes", "",
     "nondeterministic_output"},
    {"cluster|slaves", "3.0.0", "Lists the replicas of a primary, by its old name.", "O(N), N being the replicas",
     "node-id", "nondeterministic_output", "5.0.0", "CLUSTER REPLICAS"},
    {"cluster|slots", "3.0.0", "Which nodes have which slots.", "O(N), N being the nodes", "",
     "nondeterministic_output", "7.0.0", "CLUSTER SHARDS"},
    {"readonly", "3.0.0", "Allows reading from this replica.", "O(1)"},
    {"readwrite", "3.0.0", "Ends what READONLY allowed.", "O(1)"},
};

}  // namespace

std::span<const CommandEntry> ClusterEntries() { return kEntries; }

}  // namespace dunlin::catalog
