// For the room's tests: one core with scripted peers (Solo), and several cores that talk to each other over a fake
// network and a fake clock (TestCluster). Nodes have names of one letter; node "b" has the id "bbbb...", the address
// 10.0.0.2, the client port 7002 and the bus port 17002.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/config_file.h"
#include "cluster/core.h"

namespace dunlin::cluster::testing {

inline constexpr TimeMs kStartMs = 1'700'000'000'000;

inline NodeId IdOf(char name) { return NodeId::FromBytes(std::string(40, name)); }
inline ShardId ShardOf(char name) { return ShardId::FromBytes(std::string(40, name)); }
inline std::string IpOf(char name) { return fmt::format("10.0.0.{}", name - 'a' + 1); }
inline uint16_t PortOf(char name) { return static_cast<uint16_t>(7000 + name - 'a' + 1); }
inline std::string NameOf(const NodeId& id) {
  std::string_view text = id.view();
  bool scripted = !text.empty() && text.find_first_not_of(text[0]) == std::string_view::npos;
  return scripted ? std::string(1, text[0]) : std::string("?");
}

// One node in a nodes.conf to start from.
struct Seed {
  char name = 'a';
  std::vector<SlotRange> slots = {};
  char primary = 0;  // 0: it is one
  uint64_t epoch = 0;
  uint16_t more_flags = 0;
};

inline std::string NodesConf(char myself, const std::vector<Seed>& seeds, uint64_t current_epoch = 0,
                             uint64_t last_vote_epoch = 0) {
  SavedCluster saved{.current_epoch = Epoch(current_epoch), .last_vote_epoch = Epoch(last_vote_epoch)};
  for (const Seed& seed : seeds) {
    NodeRecord record{.id = IdOf(seed.name),
                      .ip = IpOf(seed.name),
                      .tcp_port = PortOf(seed.name),
                      .bus_port = static_cast<uint16_t>(PortOf(seed.name) + 10000),
                      .shard = ShardOf(seed.primary != 0 ? seed.primary : seed.name),
                      .pong_received_ms = 1,
                      .config_epoch = Epoch(seed.epoch),
                      .slots = seed.slots};
    record.flags = static_cast<uint16_t>((seed.primary != 0 ? node_flag::kReplica : node_flag::kPrimary) |
                                         seed.more_flags | (seed.name == myself ? node_flag::kMyself : 0));
    if (seed.primary != 0) record.primary = IdOf(seed.primary);
    saved.nodes.push_back(std::move(record));
  }
  return FormatConfigFile(saved);
}

inline Config ConfigOf(char name) {
  Config config;
  config.node_timeout_ms = 1000;
  config.port = PortOf(name);
  return config;
}

// Three primaries with all the slots, and a replica of each: a b c, and d e f that follow them.
inline std::vector<Seed> ThreeShards() {
  return {{'a', {{0, 5460}}, 0, 1},
          {'b', {{5461, 10922}}, 0, 2},
          {'c', {{10923, 16383}}, 0, 3},
          {'d', {}, 'a', 0},
          {'e', {}, 'b', 0},
          {'f', {}, 'c', 0}};
}

inline bool LogHas(const std::vector<LogLine>& log, std::string_view text) {
  return std::ranges::any_of(log, [&](const LogLine& line) { return line.text.find(text) != std::string::npos; });
}

template <typename T>
std::vector<T> FollowUpsOf(const Effects& effects) {
  std::vector<T> found;
  for (const FollowUp& f : effects.follow_ups) {
    if (const T* t = std::get_if<T>(&f)) found.push_back(*t);
  }
  return found;
}

// ---- One core, scripted peers
// ----------------------------------------------------------------------------------------

// The core under test is `me`; every other node is played by the test, which says what it hears and reads what it is
// told. Links are up at once.
class Solo {
 public:
  Solo(char me, const std::string& nodes_conf, Config config, uint64_t seed = 1)
      : me_(me), core_(*Core::Open(config, nodes_conf, seed, kStartMs)) {
    last_ = core_.Start(now_);
    Keep(last_);
    Tick();
  }
  explicit Solo(char me = 'a', std::vector<Seed> seeds = ThreeShards(), uint64_t current_epoch = 3)
      : Solo(me, NodesConf(me, seeds, current_epoch), ConfigOf(me)) {}

  Core& core() { return core_; }
  const SlotMap& map() { return *core_.map(); }
  TimeMs now() const { return now_; }
  Facts& facts() { return facts_; }

  // What the last call asked for, and all log lines so far.
  const Effects& last() const { return last_; }
  const std::vector<LogLine>& log() const { return log_; }
  // All follow-ups so far.
  const std::vector<FollowUp>& follow_ups() const { return follow_ups_; }

  const Effects& Step(Input input) {
    core_.SetFacts(facts_);
    last_ = core_.Step(std::move(input), now_);
    Keep(last_);
    return last_;
  }
  const Effects& Tick() {
    core_.SetFacts(facts_);
    last_ = core_.Tick(now_);
    Keep(last_);
    return last_;
  }
  // Time passes, with a tick every 100 ms. `each` is done before each tick.
  template <typename Each>
  void Pass(int64_t ms, Each&& each) {
    for (int64_t end = now_ + ms; now_ < end;) {
      now_ += 100;
      each();
      Tick();
    }
  }
  void Pass(int64_t ms) {
    Pass(ms, [] {});
  }

  AdminReply Admin(AdminCommand command) { return *Step(std::move(command)).reply; }

  // What `peer` says of itself unless told otherwise: what the core believes of it.
  Header HeaderOf(char peer) {
    Header header;
    header.port = PortOf(peer);
    header.bus_port = static_cast<uint16_t>(PortOf(peer) + 10000);
    header.current_epoch = map().summary().current_epoch;
    header.sender = IdOf(peer);
    header.flags = node_flag::kPrimary | node_flag::kMyself;
    header.message_flags = message_flag::kExtensionData;
    NodeIndex index = map().Find(IdOf(peer));
    if (index == kNoNode) return header;
    const NodeInfo& node = map().Node(index);
    header.flags = static_cast<uint16_t>((node.flags & 0x203) | node_flag::kMyself);
    header.config_epoch = map().ConfigEpoch(index);
    header.offset = map().Pulse(index).replication_offset;
    NodeIndex leader = node.IsReplica() && node.primary != kNoNode ? node.primary : index;
    if (leader != index) header.replica_of = map().Node(leader).id;
    for (const auto& owned : map().OwnedRanges()) {
      if (owned.owner == leader) header.slots |= SlotSet::OfRange(owned.range);
    }
    return header;
  }
  Message PingFrom(char peer, MessageType type = MessageType::kPing) {
    PingBody body;
    NodeIndex index = map().Find(IdOf(peer));
    body.extensions.shard = index == kNoNode ? ShardOf(peer) : map().Node(index).shard;
    return {.type = type, .header = HeaderOf(peer), .body = body};
  }
  Message From(char peer, MessageType type) { return {.type = type, .header = HeaderOf(peer)}; }
  static GossipEntry Entry(char about, uint16_t flags) {
    return {.id = IdOf(about),
            .ip = IpOf(about),
            .port = PortOf(about),
            .bus_port = static_cast<uint16_t>(PortOf(about) + 10000),
            .flags = flags};
  }

  // The peer says it on its own connection to me.
  const Effects& Hear(char peer, Message message) { return Step(MessageReceived{InboundOf(peer), std::move(message)}); }
  // The peer says it on my connection to it (as it does with PONG).
  const Effects& HearBack(char peer, Message message) {
    return Step(MessageReceived{OutboundOf(peer), std::move(message)});
  }
  // Every peer but those of `silent` answers.
  void EverybodyAnswers(std::string_view silent = "") {
    for (NodeIndex index : map().Nodes()) {
      std::string name = NameOf(map().Node(index).id);
      if (name == "?" || name[0] == me_ || silent.find(name[0]) != std::string_view::npos) continue;
      if (OutboundOf(name[0]) != kNoLink) HearBack(name[0], PingFrom(name[0], MessageType::kPong));
    }
  }

  LinkId OutboundOf(char peer) {
    NodeIndex index = map().Find(IdOf(peer));
    return index == kNoNode ? kNoLink : map().Pulse(index).outbound;
  }
  LinkId InboundOf(char peer) {
    auto [it, is_new] = inbound_.try_emplace(peer, InboundLinkId(inbound_.size() + 1 + closed_inbound_));
    if (is_new) Step(LinkAccepted{it->second, IpOf(peer), IpOf(me_)});
    return it->second;
  }

  // The messages of the last call, as "<to>:<type>", in order.
  std::vector<std::string> Sent() { return SentIn(last_); }
  bool HasSent(std::string_view what) {
    std::vector<std::string> sent = Sent();
    return std::ranges::find(sent, what) != sent.end();
  }
  std::vector<std::string> SentIn(const Effects& effects) {
    std::vector<std::string> sent;
    for (const WireEffect& effect : effects.wire) {
      const Send* send = std::get_if<Send>(&effect);
      if (send == nullptr) continue;
      for (LinkId link : send->links) {
        sent.push_back(fmt::format("{}:{}", NameOfLink(link), MessageTypeName(send->message->type)));
      }
    }
    return sent;
  }
  // The last message of that type that was sent in the last call.
  std::optional<Message> SentMessage(MessageType type) {
    std::optional<Message> found;
    for (const WireEffect& effect : last_.wire) {
      const Send* send = std::get_if<Send>(&effect);
      if (send != nullptr && send->message->type == type) found = *send->message;
    }
    return found;
  }
  // Everything that the last call asked for, in the order in which it is to be done.
  std::vector<std::string> Transcript() {
    std::vector<std::string> lines;
    if (last_.persist) lines.push_back(last_.persist->fsync ? "persist and sync" : "persist");
    if (last_.publish) lines.push_back("publish");
    for (const WireEffect& effect : last_.wire) {
      if (const auto* open = std::get_if<OpenLink>(&effect)) lines.push_back("open " + NameOf(open->node));
      if (const auto* close = std::get_if<CloseLink>(&effect)) lines.push_back("close " + NameOfLink(close->link));
      if (const auto* send = std::get_if<Send>(&effect)) {
        std::string to;
        for (LinkId link : send->links) to += NameOfLink(link);
        lines.push_back(fmt::format("send {} to {}", MessageTypeName(send->message->type), to));
      }
    }
    for (const FollowUp& f : last_.follow_ups) lines.push_back(Words(f));
    return lines;
  }
  static std::string Words(const FollowUp& f) {
    if (const auto* r = std::get_if<BecomeReplica>(&f)) {
      return fmt::format("follow {} at {}:{}", NameOf(r->primary), r->ip, r->port);
    }
    if (std::holds_alternative<BecomePrimary>(f)) return "lead";
    if (const auto* d = std::get_if<DeleteKeysInSlots>(&f)) {
      std::string words = "delete keys of slots";
      for (SlotRange range : d->slots.Ranges()) words += fmt::format(" {}-{}", range.first, range.last);
      return words;
    }
    if (std::holds_alternative<FlushAll>(f)) return "flush";
    if (std::holds_alternative<PauseWrites>(f)) return "pause writes";
    if (std::holds_alternative<ResumeWrites>(f)) return "resume writes";
    const auto& p = std::get<DeliverPublish>(f);
    return fmt::format("deliver {}{} {}", p.sharded ? "shard " : "", p.channel, p.message);
  }

 private:
  std::string NameOfLink(LinkId link) {
    for (const auto& [name, id] : inbound_) {
      if (id == link) return std::string(1, name);
    }
    auto it = outbound_.find(link);
    return it == outbound_.end() ? "?" : NameOf(it->second);
  }

  // Links come up as soon as they are asked for.
  void Keep(Effects& effects) {
    log_.insert(log_.end(), effects.log.begin(), effects.log.end());
    follow_ups_.insert(follow_ups_.end(), effects.follow_ups.begin(), effects.follow_ups.end());
    std::vector<std::pair<LinkId, std::string>> opened;
    for (const WireEffect& effect : effects.wire) {
      if (const auto* open = std::get_if<OpenLink>(&effect)) {
        outbound_[open->link] = open->node;
        if (!refuse_links) opened.emplace_back(open->link, open->ip);
      }
      if (const auto* close = std::get_if<CloseLink>(&effect)) {
        if (std::erase_if(inbound_, [&](const auto& e) { return e.second == close->link; }) > 0) ++closed_inbound_;
      }
    }
    for (const auto& [link, ip] : opened) {
      Effects more = core_.Step(LinkConnected{link, ip, IpOf(me_)}, now_);
      log_.insert(log_.end(), more.log.begin(), more.log.end());
      for (auto& effect : more.wire) effects.wire.push_back(std::move(effect));
      if (more.publish) effects.publish = more.publish;
    }
  }

 public:
  bool refuse_links = false;

 private:
  const char me_;
  TimeMs now_ = kStartMs;
  Core core_;
  Facts facts_;
  Effects last_;
  std::vector<LogLine> log_;
  std::vector<FollowUp> follow_ups_;
  std::map<char, LinkId> inbound_;
  size_t closed_inbound_ = 0;
  std::map<LinkId, NodeId> outbound_;
};

}  // namespace dunlin::cluster::testing
