// The pub/sub group. The server knows who listens.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr uint32_t kListen = kPubsub | kNoscript | kLoading | kStale;
constexpr uint32_t kAsk = kPubsub | kLoading | kStale;
constexpr uint32_t kSay = kPubsub | kLoading | kStale | kFast | kMayReplicate;

// Sharded channels live in slots as keys do, but are none.
constexpr KeySpec kShardChannel[] = {Key(kKeyNotKey)};
constexpr KeySpec kShardChannels[] = {Keys(kKeyNotKey, 1, -1, 1)};

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, ServerOp op, std::string_view since,
                          std::string_view summary, std::span<const KeySpec> keys = {}) {
  return {.name = name, .arity = arity, .flags = flags, .group = Group::kPubsub, .keys = keys, .op = op, .since = since,
          .summary = summary};
}

constexpr CommandSpec kPubsubSubcommands[] = {
    Row("channels", -2, kAsk, ServerOp::kPubsub, "2.8.0", "Lists the channels that somebody listens to."),
    Row("help", 2, kLoading | kStale, ServerOp::kPubsub, "6.2.0", "Prints the subcommands."),
    Row("numpat", 2, kAsk, ServerOp::kPubsub, "2.8.0", "Counts the patterns that are listened to."),
    Row("numsub", -2, kAsk, ServerOp::kPubsub, "2.8.0", "Counts the listeners of channels."),
    Row("shardchannels", -2, kAsk, ServerOp::kPubsub, "7.0.0", "Lists the sharded channels that somebody listens to."),
    Row("shardnumsub", -2, kAsk, ServerOp::kPubsub, "7.0.0", "Counts the listeners of sharded channels."),
};

constexpr CommandSpec kRows[] = {
    Row("psubscribe", -2, kListen, ServerOp::kPsubscribe, "2.0.0", "Listens to channels whose names fit patterns."),
    Row("publish", 3, kSay, ServerOp::kPublish, "2.0.0", "Says a message on a channel."),
    {.name = "pubsub", .arity = -2, .group = Group::kPubsub, .subcommands = kPubsubSubcommands, .since = "2.8.0",
     .summary = "Looks at who listens."},
    Row("punsubscribe", -1, kListen, ServerOp::kPunsubscribe, "2.0.0", "Stops listening to patterns."),
    Row("spublish", 3, kSay, ServerOp::kSpublish, "7.0.0", "Says a message on a sharded channel.", kShardChannel),
    Row("ssubscribe", -2, kListen, ServerOp::kSsubscribe, "7.0.0", "Listens to sharded channels.", kShardChannels),
    Row("subscribe", -2, kListen, ServerOp::kSubscribe, "2.0.0", "Listens to channels."),
    Row("sunsubscribe", -1, kListen, ServerOp::kSunsubscribe, "7.0.0", "Stops listening to sharded channels.", kShardChannels),
    Row("unsubscribe", -1, kListen, ServerOp::kUnsubscribe, "2.0.0", "Stops listening to channels."),
};

}  // namespace

std::span<const CommandSpec> PubsubCommands() { return kRows; }

}  // namespace dunlin::commands
