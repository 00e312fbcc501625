#include "sim/convergence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/server.h"

namespace dunlin::sim {
namespace {

const cluster::SlotMap& MapOf(const Host& host) { return host.server()->cluster().map(); }

const Host* FindNode(const std::vector<Host*>& members, const NodeId& id) {
  auto it = std::ranges::find(members, id, [](const Host* host) { return host->node_id(); });
  return it == members.end() ? nullptr : *it;
}

std::string WhyNotKnown(const std::vector<Host*>& members, const Host& host) {
  const cluster::SlotMap& map = MapOf(host);
  constexpr uint16_t kTrouble = cluster::node_flag::kPfail | cluster::node_flag::kFail |
                                cluster::node_flag::kHandshake | cluster::node_flag::kNoAddress;
  for (cluster::NodeIndex index : map.Nodes()) {
    const cluster::NodeInfo& node = map.Node(index);
    const Host* other = FindNode(members, node.id);
    if (other == nullptr)
      return fmt::format("host {} knows node {}, which is gone", host.index().value, node.id.view());
    if (node.Has(kTrouble)) {
      return fmt::format("host {} sees host {} with flags {}", host.index().value, other->index().value, node.flags);
    }
    if (node.IsPrimary() != MapOf(*other).Myself().IsPrimary()) {
      return fmt::format("host {} does not know the role of host {}", host.index().value, other->index().value);
    }
  }
  if (map.Nodes().size() != members.size()) {
    return fmt::format("host {} knows {} nodes of {}", host.index().value, map.Nodes().size(), members.size());
  }
  return {};
}

// Compares the owners that two maps show; indices mean nothing outside their map.
std::string WhyNotSameOwners(const Host& a, const Host& b) {
  const cluster::SlotMap& map_a = MapOf(a);
  const cluster::SlotMap& map_b = MapOf(b);
  std::map<uint16_t, uint16_t> translated = {{cluster::kNoNode.value, cluster::kNoNode.value}};
  for (cluster::NodeIndex index : map_a.Nodes()) translated[index.value] = map_b.Find(map_a.Node(index).id).value;
  uint16_t last_a = cluster::kNoNode.value;
  uint16_t last_b = cluster::kNoNode.value;
  for (size_t slot = 0; slot < kSlotCount; ++slot) {
    uint16_t owner = map_a.slots().owner[slot];
    if (owner != last_a) {
      last_a = owner;
      last_b = translated[owner];
    }
    if (map_b.slots().owner[slot] == last_b) continue;
    return fmt::format("hosts {} and {} do not agree on the owner of slot {}", a.index().value, b.index().value, slot);
  }
  return {};
}

std::string WhyNotServing(const std::vector<Host*>& members, const Host& host) {
  const cluster::SlotMap& map = MapOf(host);
  const cluster::NodeInfo& me = map.Myself();
  if (!map.ok()) {
    return fmt::format("host {} says that the cluster fails ({})", host.index().value,
                       static_cast<int>(map.summary().reason));
  }
  if (map.summary().slots_assigned != kSlotCount) return fmt::format("host {} misses slots", host.index().value);
  if (!map.slots().migrating.empty() || !map.slots().importing.empty()) {
    return fmt::format("host {} has open slots", host.index().value);
  }
  const ReplicationDriver& replication = host.server()->replication();
  if (me.IsReplica() != replication.is_replica())
    return fmt::format("host {} acts against its role", host.index().value);
  if (me.IsPrimary()) return {};
  if (me.primary == cluster::kNoNode || !map.Node(me.primary).IsPrimary()) {
    return fmt::format("host {} follows no primary", host.index().value);
  }
  replication::LinkView link = replication.link();
  const Host* primary = FindNode(members, map.Node(me.primary).id);
  bool right = primary != nullptr && link.primary.host == primary->ip();
  if (!link.up || !right) return fmt::format("host {} has no link to its primary", host.index().value);
  return {};
}

std::string WhyEpochsCollide(const std::vector<Host*>& members) {
  std::map<Epoch, const Host*> seen;
  for (const Host* host : members) {
    const cluster::NodeInfo& me = MapOf(*host).Myself();
    if (!me.IsPrimary()) continue;
    auto [it, fresh] = seen.emplace(me.config_epoch, host);
    if (!fresh) {
      return fmt::format("hosts {} and {} both lead with config epoch {}", it->second->index().value,
                         host->index().value, me.config_epoch.value);
    }
  }
  return {};
}

}  // namespace

std::string WhyNotConverged(const std::vector<Host*>& members) {
  for (const Host* host : members) {
    if (!host->running()) return fmt::format("host {} is not running", host->index().value);
  }
  for (const Host* host : members) {
    if (std::string why = WhyNotKnown(members, *host); !why.empty()) return why;
    if (std::string why = WhyNotServing(members, *host); !why.empty()) return why;
    if (std::string why = WhyNotSameOwners(*members[0], *host); !why.empty()) return why;
  }
  return WhyEpochsCollide(members);
}

std::string WhyNotInStep(const std::vector<Host*>& members) {
  for (const Host* host : members) {
    const cluster::SlotMap& map = MapOf(*host);
    if (map.Myself().IsPrimary()) continue;
    const Host* primary = FindNode(members, map.Node(map.Myself().primary).id);
    if (primary == nullptr) return fmt::format("host {} follows nobody", host->index().value);
    const Server& follower = *host->server();
    const Server& leader = *primary->server();
    if (follower.log().end() == leader.log().end() && follower.keyspace().hash() == leader.keyspace().hash()) continue;
    return fmt::format("host {} is at {}, its primary at {}", host->index().value, follower.log().end().value,
                       leader.log().end().value);
  }
  return {};
}

}  // namespace dunlin::sim
