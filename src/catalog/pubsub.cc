// Publish and subscribe.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"psubscribe", "2.0.0", "Listens to channels that fit a pattern.", "O(N), N being the patterns named",
     "pattern:p..."},
    {"publish", "2.0.0", "Sends a message to a channel.",
     "O(N + M), N being the subscribers of the channel and M the patterns", "channel message"},
    {"pubsub", "2.8.0", "Looks at publish and subscribe.", "that of the subcommand"},
    {"pubsub|channels", "2.8.0", "Lists the channels that have subscribers.",
     "O(N), N being the channels that have subscribers", "[pattern:p]"},
    {"pubsub|help", "6.2.0", "Prints the subcommands.", "O(1)"},
    {"pubsub|numpat", "2.8.0", "Counts the patterns that have subscribers.", "O(1)"},
    {"pubsub|numsub", "2.8.0", "Counts the subscribers of channels.", "O(N), N being the channels named",
     "[channel...]"},
    {"pubsub|shardchannels", "7.0.0", "Lists the shard channels that have subscribers.",
     "O(N), N being the channels that have subscribers", "[pattern:p]"},
    {"pubsub|shardnumsub", "7.0.0", "Counts the subscribers of shard channels.", "O(N), N being the channels named",
     "[shardchannel...]"},
    {"punsubscribe", "2.0.0", "Stops listening to patterns.", "O(N), N being the patterns named", "[pattern:p...]"},
    {"spublish", "7.0.0", "Sends a message to a channel of a shard.", "O(N), N being the subscribers of the channel",
     "shardchannel message"},
    {"ssubscribe", "7.0.0", "Listens to channels of a shard.", "O(N), N being the channels named", "shardchannel..."},
    {"subscribe", "2.0.0", "Listens to channels.", "O(N), N being the channels named", "channel..."},
    {"sunsubscribe", "7.0.0", "Stops listening to channels of a shard.", "O(N), N being the channels named",
     "[shardchannel...]"},
    {"unsubscribe", "2.0.0", "Stops listening to channels.", "O(N), N being the channels named", "[channel...]"},
};

}  // namespace

std::span<const CommandEntry> PubsubEntries() { return kEntries; }

}  // namespace dunlin::catalog
