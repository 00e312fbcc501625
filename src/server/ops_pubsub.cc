#include "base/ascii.h"
#include "server/cluster_driver.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

enum class Kind : uint8_t { kChannel, kPattern, kShard };

std::set<std::string, std::less<>>& SetOf(Session& session, Kind kind) {
  switch (kind) {
    case Kind::kChannel: return session.channels;
    case Kind::kPattern: return session.patterns;
    case Kind::kShard: break;
  }
  return session.shard_channels;
}

int64_t CountFor(const Session& session, Kind kind) {
  return static_cast<int64_t>(kind == Kind::kShard ? session.shard_channels.size() : session.subscription_count());
}

void WriteChange(Call& call, std::string_view word, std::string_view channel, bool has_channel, int64_t count) {
  call.reply.Push(3);
  call.reply.Bulk(word);
  if (has_channel) {
    call.reply.Bulk(channel);
  } else {
    call.reply.Null();
  }
  call.reply.Integer(count);
}

void Subscribe(Call& call, Kind kind, std::string_view word) {
  PubSub& pubsub = call.server.pubsub();
  PubSub::Listener me{call.session.worker, call.session.id};
  for (std::string_view name : call.args.subspan(1)) {
    if (SetOf(call.session, kind).emplace(name).second) {
      switch (kind) {
        case Kind::kChannel: pubsub.Subscribe(ChannelKind::kGlobal, name, me); break;
        case Kind::kPattern: pubsub.SubscribePattern(name, me); break;
        case Kind::kShard: pubsub.Subscribe(ChannelKind::kSharded, name, me); break;
      }
    }
    WriteChange(call, word, name, true, CountFor(call.session, kind));
  }
}

void Remove(Call& call, Kind kind, const std::string& name) {
  PubSub& pubsub = call.server.pubsub();
  PubSub::Listener me{call.session.worker, call.session.id};
  if (SetOf(call.session, kind).erase(name) == 0) return;
  switch (kind) {
    case Kind::kChannel: return pubsub.Unsubscribe(ChannelKind::kGlobal, name, me);
    case Kind::kPattern: return pubsub.UnsubscribePattern(name, me);
    case Kind::kShard: return pubsub.Unsubscribe(ChannelKind::kSharded, name, me);
  }
}

void Unsubscribe(Call& call, Kind kind, std::string_view word) {
  std::vector<std::string> names(call.args.begin() + 1, call.args.end());
  if (names.empty()) {
    const auto& present = SetOf(call.session, kind);
    names.assign(present.begin(), present.end());
    if (names.empty()) return WriteChange(call, word, {}, false, CountFor(call.session, kind));
  }
  for (const std::string& name : names) {
    Remove(call, kind, name);
    WriteChange(call, word, name, true, CountFor(call.session, kind));
  }
}

void WriteChannels(Call& call, ChannelKind kind) {
  std::vector<std::string> channels =
      call.server.pubsub().Channels(kind, call.args.size() > 2 ? call.args[2] : std::string_view());
  call.reply.Array(channels.size());
  for (const std::string& channel : channels) call.reply.Bulk(channel);
}

void WriteCounts(Call& call, ChannelKind kind) {
  call.reply.Array((call.args.size() - 2) * 2);
  for (std::string_view channel : call.args.subspan(2)) {
    call.reply.Bulk(channel);
    call.reply.Integer(static_cast<int64_t>(call.server.pubsub().CountListeners(kind, channel)));
  }
}

void Help(Call& call) {
  static constexpr std::string_view kLines[] = {
      "PUBSUB <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CHANNELS [<pattern>]",
      "    The channels that somebody listens to.",
      "NUMPAT",
      "    How many different patterns are listened to.",
      "NUMSUB [<channel> ...]",
      "    How many listen to each of the channels.",
      "SHARDCHANNELS [<pattern>]",
      "    The sharded channels that somebody listens to.",
      "SHARDNUMSUB [<channel> ...]",
      "    How many listen to each of the sharded channels.",
      "HELP",
      "    Print this help.",
  };
  call.reply.Array(std::size(kLines));
  for (std::string_view line : kLines) call.reply.Simple(line);
}

}  // namespace

void OpSubscribe(Call& call) { Subscribe(call, Kind::kChannel, "subscribe"); }
void OpPsubscribe(Call& call) { Subscribe(call, Kind::kPattern, "psubscribe"); }
void OpSsubscribe(Call& call) { Subscribe(call, Kind::kShard, "ssubscribe"); }
void OpUnsubscribe(Call& call) { Unsubscribe(call, Kind::kChannel, "unsubscribe"); }
void OpPunsubscribe(Call& call) { Unsubscribe(call, Kind::kPattern, "punsubscribe"); }
void OpSunsubscribe(Call& call) { Unsubscribe(call, Kind::kShard, "sunsubscribe"); }

void OpPublish(Call& call) {
  int64_t receivers = call.server.pubsub().Publish(ChannelKind::kGlobal, call.args[1], call.args[2], call.worker);
  if (call.server.cluster_enabled()) {
    call.server.cluster()->Publish(std::string(call.args[1]), std::string(call.args[2]), false);
  } else {
    call.changes.TellAnyway();
  }
  call.reply.Integer(receivers);
}

void OpSpublish(Call& call) {
  int64_t receivers = call.server.pubsub().Publish(ChannelKind::kSharded, call.args[1], call.args[2], call.worker);
  if (call.server.cluster_enabled()) {
    call.server.cluster()->Publish(std::string(call.args[1]), std::string(call.args[2]), true);
  } else {
    call.changes.TellAnyway();
  }
  call.reply.Integer(receivers);
}

void OpPubsub(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "help") return Help(call);
  if (word == "channels") return WriteChannels(call, ChannelKind::kGlobal);
  if (word == "shardchannels") return WriteChannels(call, ChannelKind::kSharded);
  if (word == "numsub") return WriteCounts(call, ChannelKind::kGlobal);
  if (word == "shardnumsub") return WriteCounts(call, ChannelKind::kSharded);
  call.reply.Integer(static_cast<int64_t>(call.server.pubsub().PatternCount()));
}

}  // namespace dunlin::server
