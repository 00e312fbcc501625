#include "cluster/membership.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "cluster/gossip.h"
#include "cluster/manual_failover.h"
#include "cluster/names.h"
#include "cluster/rules.h"
#include "cluster/slots.h"

namespace dunlin::cluster {

NodeIndex FindNode(const State& s, const NodeId& id) {
  auto it = s.by_id.find(id);
  return it == s.by_id.end() ? kNoNode : it->second;
}

NodeIndex FindNode(const State& s, std::string_view id) {
  std::optional<NodeId> parsed = NodeId::Parse(id);
  return parsed ? FindNode(s, *parsed) : kNoNode;
}

NodeId RandomNodeId(Turn& t) {
  return NodeId::Random([&] { return t.s.random.Next(); });
}

ShardId RandomShardId(Turn& t) {
  return ShardId::Random([&] { return t.s.random.Next(); });
}

NodeIndex AddNode(Turn& t, const NodeId& id, uint16_t flags) {
  State& s = t.s;
  if (s.by_id.size() >= limits::kMaxClusterNodes) {
    t.Log(LogLevel::kWarning, "Not adding node {}: the cluster has {} nodes already.", id.view(), s.by_id.size());
    return kNoNode;
  }
  NodeIndex index(static_cast<uint16_t>(s.nodes.size()));
  if (!s.free_indices.empty()) {
    index = s.free_indices.back();
    s.free_indices.pop_back();
  } else {
    s.nodes.emplace_back();
  }
  bool is_new = s.by_id.emplace(id, index).second;
  DUNLIN_INVARIANT(is_new, "an id names one node");
  s.live.push_back(index);
  Node& node = t.Edit(index);
  node = Node();
  node.live = true;
  node.id = id;
  node.shard = RandomShardId(t);
  node.flags = flags;
  node.created_ms = t.now;
  if (node.Has(node_flag::kFail)) node.fail_since_ms = t.now;
  s.pulses_dirty = true;
  return index;
}

void RemoveNode(Turn& t, NodeIndex index) {
  State& s = t.s;
  DUNLIN_INVARIANT(index != s.myself, "a node does not forget itself");
  ForgetNodeInSlots(t, index);
  for (NodeIndex other : s.live) std::erase_if(t.Touch(other).reports, [&](auto& r) { return r.reporter == index; });
  for (NodeIndex replica : t.At(index).replicas) t.Edit(replica).primary = kNoNode;
  DetachReplica(t, index);
  t.CloseLinkNow(t.At(index).outbound);
  t.CloseLinkNow(t.At(index).inbound);
  if (s.manual.replica == index) ResetManualFailover(t);
  s.by_id.erase(t.At(index).id);
  std::erase(s.live, index);
  t.Edit(index) = Node();
  s.pulses_dirty = true;
  s.free_indices.push_back(index);
}

void RenameNode(Turn& t, NodeIndex index, const NodeId& id) {
  t.s.by_id.erase(t.At(index).id);
  bool is_new = t.s.by_id.emplace(id, index).second;
  DUNLIN_INVARIANT(is_new, "an id names one node");
  t.Edit(index).id = id;
}

void DetachReplica(Turn& t, NodeIndex replica) {
  NodeIndex primary = t.At(replica).primary;
  if (primary == kNoNode) return;
  Node& old = t.Edit(primary);
  std::erase(old.replicas, replica);
  if (old.replicas.empty()) old.flags &= static_cast<uint16_t>(~node_flag::kMigrateTo);
  t.Edit(replica).primary = kNoNode;
}

void AttachReplica(Turn& t, NodeIndex primary, NodeIndex replica) {
  DUNLIN_INVARIANT(primary != replica, "nobody follows itself");
  DetachReplica(t, replica);
  t.Edit(replica).primary = primary;
  Node& node = t.Edit(primary);
  node.replicas.push_back(replica);
  node.flags |= node_flag::kMigrateTo;
}

void TurnIntoPrimary(Turn& t, NodeIndex index) {
  if (t.At(index).IsPrimary()) return;
  bool had_primary = t.At(index).primary != kNoNode;
  DetachReplica(t, index);
  Node& node = t.Edit(index);
  // It takes the place of a primary that had a replica, namely this one, so it should have one.
  if (had_primary && index != t.s.myself) node.flags |= node_flag::kMigrateTo;
  node.flags &= static_cast<uint16_t>(~node_flag::kReplica);
  node.flags |= node_flag::kPrimary;
  t.Save();
}

void FollowPrimary(Turn& t, NodeIndex primary) {
  DUNLIN_INVARIANT(primary != t.s.myself, "nobody follows itself");
  DUNLIN_INVARIANT(t.Me().slot_count == 0, "a replica owns no slot");
  if (t.Me().IsPrimary()) {
    Node& me = t.EditMe();
    me.flags &= static_cast<uint16_t>(~(node_flag::kPrimary | node_flag::kMigrateTo));
    me.flags |= node_flag::kReplica;
    CloseAllOpenSlots(t);
  }
  AttachReplica(t, primary, t.s.myself);
  SetShard(t, t.s.myself, t.At(primary).shard);
  ResetManualFailover(t);
  t.s.election = Election();
  t.SaveAndSync();
  // Redis leaves this to the next pings. Told at once, my new primary may be asked for a failover at once, too.
  BroadcastPong(t, PongAudience::kEverybody);
}

bool LeaveReplicaOfReplica(Turn& t) {
  if (t.Me().primary == kNoNode) return false;
  NodeIndex above = t.At(t.Me().primary).primary;
  // Only somebody who leads: while roles change, two nodes may seem to follow each other.
  if (above == kNoNode || above == t.s.myself || !t.At(above).IsPrimary()) return false;
  t.Log(LogLevel::kNotice, "I'm a sub-replica! Reconfiguring myself as a replica of grandmaster {} ({})",
        t.At(above).id.view(), t.At(above).human_name);
  FollowPrimary(t, above);
  return true;
}

void SetShard(Turn& t, NodeIndex index, const ShardId& shard) {
  if (t.At(index).shard != shard) {
    t.Edit(index).shard = shard;
    t.Save();
  }
  if (t.Me().primary == index && t.Me().shard != shard) {
    t.EditMe().shard = shard;
    t.SaveAndSync();
  }
}

bool IsForbidden(Turn& t, const NodeId& id) {
  std::erase_if(t.s.blacklist, [&](const auto& entry) { return entry.second < t.now; });
  return t.s.blacklist.contains(id);
}

void Forbid(Turn& t, const NodeId& id, int64_t ttl_ms) {
  std::erase_if(t.s.blacklist, [&](const auto& entry) { return entry.second < t.now; });
  t.s.blacklist[id] = t.now + ttl_ms;
}

ClientPorts PortsOf(const Config& config, uint16_t port, uint16_t secondary_port) {
  return config.tls_cluster ? ClientPorts{.tcp = secondary_port, .tls = port}
                            : ClientPorts{.tcp = port, .tls = secondary_port};
}

ClientPorts AnnouncedClientPorts(const Config& config) {
  return {.tcp = config.announce_port != 0 ? config.announce_port : config.port,
          .tls = config.announce_tls_port != 0 ? config.announce_tls_port : config.tls_port};
}

uint16_t AnnouncedBusPort(const Config& config) {
  if (config.announce_bus_port != 0) return config.announce_bus_port;
  if (config.bus_port != 0) return config.bus_port;
  return static_cast<uint16_t>((config.tls_cluster ? config.tls_port : config.port) + rules::kBusPortOffset);
}

uint16_t DefaultClientPort(const Config& config, const Node& node) {
  return config.tls_cluster ? node.tls_port : node.tcp_port;
}

void DescribeMyself(Turn& t, bool ip_changed) {
  const Config& config = t.config();
  Node& me = t.EditMe();
  uint16_t flags = static_cast<uint16_t>(me.flags & ~node_flag::kNoFailover);
  if (config.replica_no_failover) flags |= node_flag::kNoFailover;
  if (flags != me.flags) {
    me.flags = flags;
    t.Save();
  }
  if (me.hostname != config.announce_hostname || me.human_name != config.announce_human_name) {
    me.hostname = config.announce_hostname;
    me.human_name = config.announce_human_name;
    t.Save();
  }
  ClientPorts ports = AnnouncedClientPorts(config);
  me.tcp_port = ports.tcp;
  me.tls_port = ports.tls;
  me.bus_port = AnnouncedBusPort(config);
  // Without an announced one it will be learned again, from the next PING or MEET.
  if (ip_changed) me.ip = config.announce_ip;
}

namespace {

bool IsBeingGreeted(const Turn& t, std::string_view ip, uint16_t port, uint16_t bus_port) {
  return std::ranges::any_of(t.s.live, [&](NodeIndex index) {
    const Node& node = t.At(index);
    return node.InHandshake() && EqualsIgnoreCase(node.ip, ip) && DefaultClientPort(t.config(), node) == port &&
           node.bus_port == bus_port;
  });
}

}  // namespace

bool StartHandshake(Turn& t, std::string_view ip, int64_t port, int64_t bus_port) {
  std::optional<std::string> normal = NormalizedIp(ip);
  if (!normal || port <= 0 || port > 65535 || bus_port <= 0 || bus_port > 65535) return false;
  auto client_port = static_cast<uint16_t>(port);
  if (IsBeingGreeted(t, *normal, client_port, static_cast<uint16_t>(bus_port))) return true;
  NodeIndex index = AddNode(t, RandomNodeId(t), node_flag::kHandshake | node_flag::kMeet);
  if (index == kNoNode) return true;
  Node& node = t.Edit(index);
  node.ip = *normal;
  (t.config().tls_cluster ? node.tls_port : node.tcp_port) = client_port;
  node.bus_port = static_cast<uint16_t>(bus_port);
  return true;
}

void GreetStranger(Turn& t, const Link& link, const Header& header) {
  std::string ip = header.announced_ip.empty() ? link.peer_ip : header.announced_ip;
  ClientPorts ports = PortsOf(t.config(), header.port, header.secondary_port);
  if (!IsPlausibleAddress(ip) || header.bus_port == 0) return;
  if (IsBeingGreeted(t, ip, header.port, header.bus_port)) return;
  NodeIndex index = AddNode(t, RandomNodeId(t), node_flag::kHandshake);
  if (index == kNoNode) return;
  Node& node = t.Edit(index);
  node.ip = ip;
  node.tcp_port = ports.tcp;
  node.tls_port = ports.tls;
  node.bus_port = header.bus_port;
  t.Save();
}

bool UpdateAddress(Turn& t, NodeIndex index, LinkId link_id, const Header& header) {
  const Node& before = t.At(index);
  // Its own outbound link was made to the address that I have: nothing can be learned from it.
  if (link_id == before.outbound) return false;
  auto link = t.s.links.find(link_id);
  if (link == t.s.links.end()) return false;
  const std::string& ip = header.announced_ip.empty() ? link->second.peer_ip : header.announced_ip;
  if (!IsPlausibleAddress(ip)) return false;
  ClientPorts ports = PortsOf(t.config(), header.port, header.secondary_port);
  if (before.ip == ip && before.tcp_port == ports.tcp && before.tls_port == ports.tls &&
      before.bus_port == header.bus_port) {
    return false;
  }
  Node& node = t.Edit(index);
  node.ip = ip;
  node.tcp_port = ports.tcp;
  node.tls_port = ports.tls;
  node.bus_port = header.bus_port;
  node.flags &= static_cast<uint16_t>(~node_flag::kNoAddress);
  t.CloseLinkNow(node.outbound);
  t.Log(LogLevel::kNotice, "Address updated for node {} ({}), now {}:{}", node.id.view(), node.human_name, node.ip,
        DefaultClientPort(t.config(), node));
  t.Save();
  return true;
}

void LoseAddress(Turn& t, NodeIndex index) {
  Node& node = t.Edit(index);
  t.Log(LogLevel::kDebug, "PONG contains mismatching sender ID. About node {} added {} ms ago, having flags {}",
        node.id.view(), t.now - node.created_ms, node.flags);
  node.flags |= node_flag::kNoAddress;
  node.ip.clear();
  node.tcp_port = node.tls_port = node.bus_port = 0;
  t.CloseLinkNow(node.outbound);
  t.Save();
}

}  // namespace dunlin::cluster
