#include "cluster/slot_map.h"

#include <algorithm>
#include <map>

namespace dunlin::cluster {

std::string_view HealthName(Health health) {
  switch (health) {
    case Health::kOnline: return "online";
    case Health::kFail: return "fail";
    case Health::kLoading: return "loading";
  }
  return "unknown";
}

NodeIndex SlotMap::Peer(const std::vector<OpenSlot>& open, SlotId slot) {
  auto it = std::lower_bound(open.begin(), open.end(), slot, [](const OpenSlot& o, SlotId s) { return o.slot < s; });
  return it != open.end() && it->slot == slot ? it->peer : kNoNode;
}

NodeIndex SlotMap::Find(const NodeId& id) const {
  for (size_t i = 0; i < parts_.nodes->size(); ++i) {
    const NodeInfo& node = (*parts_.nodes)[i];
    if (node.live && node.id == id) return NodeIndex(static_cast<uint16_t>(i));
  }
  return kNoNode;
}

std::vector<NodeIndex> SlotMap::Nodes() const {
  std::vector<NodeIndex> live;
  live.reserve(parts_.nodes->size());
  for (size_t i = 0; i < parts_.nodes->size(); ++i) {
    if ((*parts_.nodes)[i].live) live.push_back(NodeIndex(static_cast<uint16_t>(i)));
  }
  return live;
}

Epoch SlotMap::ConfigEpoch(NodeIndex index) const {
  const NodeInfo& node = Node(index);
  return node.IsReplica() && node.primary != kNoNode ? Node(node.primary).config_epoch : node.config_epoch;
}

Health SlotMap::HealthOf(NodeIndex index) const {
  const NodeInfo& node = Node(index);
  if (node.Has(node_flag::kFail)) return Health::kFail;
  if (node.IsReplica() && Pulse(index).replication_offset == Offset(0)) return Health::kLoading;
  return Health::kOnline;
}

bool SlotMap::IsReplicaAvailable(NodeIndex index) const {
  return !Node(index).Has(node_flag::kFail) && Pulse(index).replication_offset != Offset(0);
}

std::vector<SlotMap::OwnedRange> SlotMap::OwnedRanges() const {
  std::vector<OwnedRange> ranges;
  const auto& owner = parts_.slots->owner;
  for (int slot = 0; slot < kSlotCount; ++slot) {
    NodeIndex who(owner[static_cast<size_t>(slot)]);
    if (who == kNoNode) continue;
    auto here = static_cast<uint16_t>(slot);
    if (!ranges.empty() && ranges.back().owner == who && ranges.back().range.last + 1 == slot) {
      ranges.back().range.last = here;
    } else {
      ranges.push_back({{here, here}, who});
    }
  }
  return ranges;
}

std::vector<SlotMap::Shard> SlotMap::Shards() const {
  std::vector<Shard> shards;
  std::map<ShardId, size_t> place;
  std::map<NodeIndex, std::vector<SlotRange>> owned;
  for (const OwnedRange& range : OwnedRanges()) owned[range.owner].push_back(range.range);
  for (NodeIndex index : Nodes()) {
    const NodeInfo& node = Node(index);
    if (node.Has(node_flag::kHandshake)) continue;
    auto [it, is_new] = place.try_emplace(node.shard, shards.size());
    if (is_new) shards.emplace_back();
    shards[it->second].nodes.push_back(index);
  }
  for (Shard& shard : shards) {
    // The primary is who the first node follows; a shard may also have, for a while, two nodes that say they lead.
    NodeIndex first = shard.nodes.front();
    shard.primary = Node(first).IsReplica() && Node(first).primary != kNoNode ? Node(first).primary : first;
    for (NodeIndex index : shard.nodes) {
      if (Node(index).IsPrimary() && Node(index).slot_count > Node(shard.primary).slot_count) shard.primary = index;
    }
    if (auto it = owned.find(shard.primary); it != owned.end()) shard.slots = it->second;
  }
  return shards;
}

}  // namespace dunlin::cluster
