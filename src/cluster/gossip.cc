#include "cluster/gossip.h"

#include <algorithm>

#include "base/ascii.h"
#include "cluster/failure.h"
#include "cluster/membership.h"
#include "cluster/names.h"
#include "cluster/rules.h"

namespace dunlin::cluster {
namespace {

constexpr uint16_t kFailing = node_flag::kPfail | node_flag::kFail;
// What a stranger may say of a third node. The rest is for me to find out.
constexpr uint16_t kGossipFlags = node_flag::kPrimary | node_flag::kReplica | kFailing | node_flag::kMigrateTo |
                                  node_flag::kNoFailover | node_flag::kExtensions | node_flag::kLightPublish |
                                  node_flag::kLightModule | node_flag::kMyPrimaryFailed;

uint32_t Seconds(TimeMs ms) { return static_cast<uint32_t>(ms / 1000); }

GossipEntry EntryOf(const Turn& t, NodeIndex index) {
  const Node& node = t.At(index);
  bool tls = t.config().tls_cluster;
  return {.id = node.id,
          .ping_sent_s = Seconds(node.ping_sent_ms),
          .pong_received_s = Seconds(node.pong_received_ms),
          .ip = node.ip,
          .port = tls ? node.tls_port : node.tcp_port,
          .secondary_port = tls ? node.tcp_port : node.tls_port,
          .bus_port = node.bus_port,
          .flags = node.flags};
}

// A few nodes by chance, each at most once.
void AddRandomEntries(Turn& t, NodeIndex target, std::vector<GossipEntry>& gossip) {
  const State& s = t.s;
  auto known = static_cast<int>(s.live.size());
  int fresh = known - 2;  // neither I nor the one I talk to
  int wanted = std::min(std::max(known / rules::kGossipShare, rules::kMinGossipEntries), fresh);
  std::vector<NodeIndex> chosen;
  for (int draws = wanted * 3; fresh > 0 && static_cast<int>(chosen.size()) < wanted && draws > 0; --draws) {
    NodeIndex index = s.live[t.s.random.Below(s.live.size())];
    const Node& node = t.At(index);
    if (index == s.myself || index == target || node.Has(node_flag::kPfail)) continue;
    if (node.Has(node_flag::kHandshake | node_flag::kNoAddress) || (node.outbound == kNoLink && node.slot_count == 0)) {
      --fresh;
      continue;
    }
    if (std::ranges::find(chosen, index) != chosen.end()) continue;
    chosen.push_back(index);
    gossip.push_back(EntryOf(t, index));
    --fresh;
  }
}

// All that I cannot reach: the sooner others hear it, the sooner a majority agrees.
void AddFailingEntries(const Turn& t, std::vector<GossipEntry>& gossip) {
  for (const auto& [id, index] : t.s.by_id) {
    const Node& node = t.At(index);
    if (!node.Has(node_flag::kPfail) || node.Has(node_flag::kHandshake | node_flag::kNoAddress)) continue;
    gossip.push_back(EntryOf(t, index));
  }
}

bool PeerUnderstandsExtensions(const Turn& t, const Link& link) {
  return link.peer_understands_extensions || (link.node != kNoNode && t.At(link.node).understands_extensions);
}

Extensions ExtensionsOfMine(const Turn& t) {
  const Node& me = t.Me();
  Extensions extensions;
  if (!me.hostname.empty()) extensions.hostname = me.hostname;
  if (!me.human_name.empty()) extensions.human_name = me.human_name;
  for (const auto& [id, until_ms] : t.s.blacklist) {
    // Rounded down: told from node to node, the time must not grow.
    int64_t left_s = (until_ms - t.now) / 1000;
    if (left_s > 0) extensions.forgotten.push_back({id, static_cast<uint64_t>(left_s)});
  }
  extensions.shard = me.shard;
  return extensions;
}

Extensions ExtensionsFor(const Turn& t, const Link& link) {
  if (PeerUnderstandsExtensions(t, link)) return ExtensionsOfMine(t);
  // Redis 7.0 knows host names and no other extension, and gives no sign of it unless it has a host name itself.
  Extensions extensions;
  if (!t.Me().hostname.empty()) extensions.hostname = t.Me().hostname;
  return extensions;
}

bool IsSibling(const Turn& t, const Node& node) {
  if (!node.IsReplica() || node.primary == kNoNode) return false;
  return node.primary == t.s.myself || node.primary == t.Me().primary;
}

void TakeReport(Turn& t, NodeIndex sender, NodeIndex about, uint16_t flags) {
  const Node& from = t.At(sender);
  const Node& node = t.At(about);
  if ((flags & kFailing) != 0) {
    if (AddFailureReport(t, about, sender)) {
      t.Log(LogLevel::kVerbose, "Node {} ({}) reported node {} ({}) as not reachable.", from.id.view(), from.human_name,
            node.id.view(), node.human_name);
    }
    MarkFailingIfAgreed(t, about);
  } else if (RemoveFailureReport(t, about, sender)) {
    t.Log(LogLevel::kVerbose, "Node {} ({}) reported node {} ({}) is back online.", from.id.view(), from.human_name,
          node.id.view(), node.human_name);
  }
}

// Somebody else heard from it not long ago: I need not ask so soon.
void TakePongTime(Turn& t, NodeIndex about, uint32_t pong_received_s) {
  const Node& node = t.At(about);
  if (node.Has(kFailing) || node.ping_sent_ms != 0 || CountFailureReports(t, about) != 0) return;
  TimeMs pong_ms = static_cast<TimeMs>(pong_received_s) * 1000;
  if (pong_ms > t.now + rules::kGossipFutureToleranceMs || pong_ms <= node.pong_received_ms) return;
  t.Touch(about).pong_received_ms = pong_ms;
}

// I cannot reach it and the sender can, elsewhere: it has moved.
void TakeNewAddress(Turn& t, NodeIndex about, const GossipEntry& entry) {
  const Node& before = t.At(about);
  ClientPorts ports = PortsOf(t.config(), entry.port, entry.secondary_port);
  if (!before.Has(kFailing) || (entry.flags & (kFailing | node_flag::kNoAddress)) != 0) return;
  if (!IsPlausibleAddress(entry.ip)) return;
  if (EqualsIgnoreCase(before.ip, entry.ip) && before.tcp_port == ports.tcp && before.tls_port == ports.tls &&
      before.bus_port == entry.bus_port) {
    return;
  }
  t.CloseLinkNow(before.outbound);
  Node& node = t.Edit(about);
  node.ip = entry.ip;
  node.tcp_port = ports.tcp;
  node.tls_port = ports.tls;
  node.bus_port = entry.bus_port;
  node.flags &= static_cast<uint16_t>(~node_flag::kNoAddress);
  t.Save();
}

// Its id is known, so no handshake is needed: whoever answers there must be it.
void AddFromGossip(Turn& t, const GossipEntry& entry) {
  if ((entry.flags & node_flag::kNoAddress) != 0 || !IsPlausibleAddress(entry.ip) || entry.bus_port == 0) return;
  if (IsForbidden(t, entry.id)) return;
  NodeIndex index = AddNode(t, entry.id, WithOneRole(entry.flags & kGossipFlags));
  if (index == kNoNode) return;
  Node& node = t.Edit(index);
  ClientPorts ports = PortsOf(t.config(), entry.port, entry.secondary_port);
  node.ip = entry.ip;
  node.tcp_port = ports.tcp;
  node.tls_port = ports.tls;
  node.bus_port = entry.bus_port;
  node.understands_extensions = (entry.flags & node_flag::kExtensions) != 0;
  t.Save();
}

void ForgetAsTold(Turn& t, const ForgottenNode& forgotten) {
  NodeIndex index = FindNode(t.s, forgotten.id);
  if (index == kNoNode || index == t.s.myself) return;
  if (t.Me().IsReplica() && t.Me().primary == index) return;
  Forbid(t, forgotten.id, static_cast<int64_t>(std::min(forgotten.ttl_s, rules::kMaxForgetTtlS)) * 1000);
  RemoveNode(t, index);
  t.Save();
}

}  // namespace

Header BuildHeader(const Turn& t) {
  const State& s = t.s;
  const Config& config = t.config();
  const Node& me = t.Me();
  const Node& leader = me.IsReplica() && me.primary != kNoNode ? t.At(me.primary) : me;
  ClientPorts ports = AnnouncedClientPorts(config);
  Header header;
  header.port = config.tls_cluster ? ports.tls : ports.tcp;
  header.secondary_port = config.tls_cluster ? ports.tcp : ports.tls;
  header.bus_port = AnnouncedBusPort(config);
  header.current_epoch = s.current_epoch;
  header.config_epoch = leader.config_epoch;
  header.offset = s.facts.replication_offset;
  header.sender = me.id;
  header.slots = leader.slots;
  if (me.primary != kNoNode) header.replica_of = t.At(me.primary).id;
  header.announced_ip = config.announce_ip;
  header.flags = me.flags;
  header.cluster_fails = !s.ok;
  if (me.IsPrimary() && s.manual.in_progress() && s.manual.paused) header.message_flags |= message_flag::kPaused;
  return header;
}

void SendPing(Turn& t, LinkId link_id, MessageType type) {
  auto it = t.s.links.find(link_id);
  if (it == t.s.links.end()) return;
  const Link& link = it->second;
  if (!IsInbound(link_id) && type == MessageType::kPing) t.Touch(link.node).ping_sent_ms = t.now;
  PingBody body;
  AddRandomEntries(t, link.node, body.gossip);
  AddFailingEntries(t, body.gossip);
  body.extensions = ExtensionsFor(t, link);
  Message message{.type = type, .header = BuildHeader(t)};
  // Said also when there are none: it tells the peer that it may send its own.
  message.header.message_flags |= message_flag::kExtensionData;
  message.body = std::move(body);
  t.SendTo({link_id}, std::move(message));
}

void BroadcastPong(Turn& t, PongAudience audience) {
  for (const auto& [id, index] : t.s.by_id) {
    const Node& node = t.At(index);
    if (index == t.s.myself || node.InHandshake() || node.outbound == kNoLink) continue;
    if (audience == PongAudience::kSiblings && !IsSibling(t, node)) continue;
    SendPing(t, node.outbound, MessageType::kPong);
  }
}

void Broadcast(Turn& t, Message message) {
  std::vector<LinkId> links;
  for (const auto& [id, index] : t.s.by_id) {
    if (index != t.s.myself && !t.At(index).InHandshake()) links.push_back(t.At(index).outbound);
  }
  t.SendTo(std::move(links), std::move(message));
}

void SendFail(Turn& t, NodeIndex failing) {
  Broadcast(t, {.type = MessageType::kFail, .header = BuildHeader(t), .body = FailBody{t.At(failing).id}});
}

void SendUpdate(Turn& t, LinkId link, NodeIndex owner) {
  const Node& node = t.At(owner);
  UpdateBody body{.config_epoch = node.config_epoch, .owner = node.id, .slots = node.slots};
  body.slots -= t.s.owner_not_claiming;
  t.SendTo({link}, {.type = MessageType::kUpdate, .header = BuildHeader(t), .body = std::move(body)});
}

void SendPublish(Turn& t, PublishRequest request) {
  Message message{.type = request.sharded ? MessageType::kPublishShard : MessageType::kPublish,
                  .header = BuildHeader(t),
                  .body = PublishBody{std::move(request.channel), std::move(request.message)}};
  if (!request.sharded) return Broadcast(t, std::move(message));
  std::vector<LinkId> links;
  for (const auto& [id, index] : t.s.by_id) {
    const Node& node = t.At(index);
    if (index != t.s.myself && !node.InHandshake() && node.shard == t.Me().shard) links.push_back(node.outbound);
  }
  t.SendTo(std::move(links), std::move(message));
}

void TakeGossip(Turn& t, NodeIndex sender, const std::vector<GossipEntry>& gossip) {
  for (const GossipEntry& entry : gossip) {
    NodeIndex about = FindNode(t.s, entry.id);
    if (about == kNoNode) {
      AddFromGossip(t, entry);
      continue;
    }
    if (about == t.s.myself) continue;
    // Only who votes on slots has a say in who is down.
    if (t.At(sender).IsVotingPrimary()) TakeReport(t, sender, about, entry.flags);
    if ((entry.flags & kFailing) == 0) TakePongTime(t, about, entry.pong_received_s);
    TakeNewAddress(t, about, entry);
  }
}

void TakeExtensions(Turn& t, NodeIndex sender, const Header& header, const Extensions& extensions) {
  for (uint16_t type : extensions.unknown_types) t.Log(LogLevel::kDebug, "Received unknown extension type {}", type);
  bool may_have_sent_some = (header.message_flags & message_flag::kExtensionData) != 0;
  // It has extensions but does not know that I do: what is absent says nothing yet.
  if (may_have_sent_some && extensions.empty()) return;

  std::string hostname = extensions.hostname.value_or("");
  std::string human_name = extensions.human_name.value_or("");
  if (!IsHostname(hostname)) hostname.clear();
  if (!IsHumanName(human_name)) human_name.clear();
  if (t.At(sender).hostname != hostname || t.At(sender).human_name != human_name) {
    Node& node = t.Edit(sender);
    node.hostname = std::move(hostname);
    node.human_name = std::move(human_name);
    t.Save();
  }
  // Who does not tell its shard is of an older make; a replica of that make is in its primary's.
  NodeIndex leader = t.At(sender).primary != kNoNode ? t.At(sender).primary : sender;
  SetShard(t, sender, extensions.shard.value_or(t.At(leader).shard));
  for (const ForgottenNode& forgotten : extensions.forgotten) {
    // The sender itself may be the one to forget; then there is nobody left to learn from.
    ForgetAsTold(t, forgotten);
    if (!t.At(sender).live) return;
  }
}

}  // namespace dunlin::cluster
