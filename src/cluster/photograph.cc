#include "cluster/photograph.h"

#include <algorithm>

#include "base/invariant.h"
#include "cluster/epochs.h"
#include "cluster/membership.h"
#include "cluster/slots.h"

namespace dunlin::cluster {
namespace {

std::shared_ptr<const SlotTable> TakeSlots(const State& s) {
  auto table = std::make_shared<SlotTable>();
  for (size_t slot = 0; slot < s.owner.size(); ++slot) table->owner[slot] = s.owner[slot].value;
  for (const auto& [slot, peer] : s.migrating) {
    table->migrating_set.Set(slot);
    table->migrating.push_back({slot, peer});
  }
  for (const auto& [slot, peer] : s.importing) {
    table->importing_set.Set(slot);
    table->importing.push_back({slot, peer});
  }
  return table;
}

NodeInfo InfoOf(const Node& node) {
  return {.live = node.live,
          .id = node.id,
          .shard = node.shard,
          .ip = node.ip,
          .hostname = node.hostname,
          .human_name = node.human_name,
          .tcp_port = node.tcp_port,
          .tls_port = node.tls_port,
          .bus_port = node.bus_port,
          .flags = node.flags,
          .primary = node.primary,
          .config_epoch = node.config_epoch,
          .slot_count = node.slot_count,
          .replicas = node.replicas};
}

bool IsConnected(const State& s, const Node& node) {
  if (node.Has(node_flag::kMyself)) return true;
  auto link = s.links.find(node.outbound);
  return link != s.links.end() && link->second.connected;
}

NodePulse PulseOf(const State& s, const Node& node) {
  auto since = [&](LinkId id) {
    auto link = s.links.find(id);
    return link == s.links.end() ? 0 : link->second.opened_ms;
  };
  return {.ping_sent_ms = node.ping_sent_ms,
          .pong_received_ms = node.pong_received_ms,
          .replication_offset = node.Has(node_flag::kMyself) ? s.facts.replication_offset : node.offset,
          .connected = IsConnected(s, node),
          .outbound = node.outbound,
          .outbound_since_ms = since(node.outbound),
          .inbound = node.inbound,
          .inbound_since_ms = since(node.inbound)};
}

NodeRecord RecordOf(const State& s, const Node& node) {
  NodeRecord record{.id = node.id,
                    .ip = node.ip,
                    .tcp_port = node.tcp_port,
                    .tls_port = node.tls_port,
                    .bus_port = node.bus_port,
                    .hostname = node.hostname,
                    .human_name = node.human_name,
                    .shard = node.shard,
                    .flags = node.flags,
                    .ping_sent_ms = node.ping_sent_ms,
                    .pong_received_ms = node.pong_received_ms,
                    .config_epoch = node.config_epoch,
                    .connected = IsConnected(s, node)};
  if (node.primary != kNoNode) {
    const Node& primary = s.nodes[node.primary.value];
    record.primary = primary.id;
    if (node.IsReplica()) record.config_epoch = primary.config_epoch;
  }
  if (node.slot_count > 0) record.slots = node.slots.Ranges();
  return record;
}

std::vector<OpenSlotRecord> OpenSlotsToSave(const State& s) {
  std::vector<OpenSlotRecord> records;
  auto id_of = [&](NodeIndex index) { return s.nodes[index.value].id; };
  for (const auto& [slot, peer] : s.migrating) records.push_back({slot, true, id_of(peer)});
  for (const auto& [slot, peer] : s.importing) {
    if (!s.migrating.contains(slot)) records.push_back({slot, false, id_of(peer)});
  }
  std::ranges::sort(records, {}, &OpenSlotRecord::slot);
  return records;
}

// A node that another one's line speaks of; when it has no line of its own it is known by name only.
NodeIndex FindOrAddBare(Turn& t, const NodeId& id, const ShardId& shard) {
  NodeIndex index = FindNode(t.s, id);
  if (index != kNoNode) return index;
  index = AddNode(t, id, node_flag::kNoAddress);
  if (index != kNoNode) t.Edit(index).shard = shard;
  return index;
}

// One role each, and about myself nothing that only others can say.
uint16_t SoundFlags(uint16_t flags) {
  if ((flags & node_flag::kReplica) != 0) flags &= static_cast<uint16_t>(~node_flag::kPrimary);
  if ((flags & node_flag::kMyself) == 0) return flags;
  flags &= node_flag::kMyself | node_flag::kPrimary | node_flag::kReplica | node_flag::kNoFailover;
  if ((flags & node_flag::kReplica) == 0) flags |= node_flag::kPrimary;
  return flags;
}

void LoadNode(Turn& t, const NodeRecord& record) {
  NodeIndex index = AddNode(t, record.id, SoundFlags(record.flags));
  DUNLIN_INVARIANT(index != kNoNode, "the reader limits the number of nodes");
  Node& node = t.Edit(index);
  node.ip = record.ip;
  node.tcp_port = record.tcp_port;
  node.tls_port = record.tls_port;
  node.bus_port = record.bus_port;
  node.hostname = record.hostname;
  node.human_name = record.human_name;
  if (record.shard) node.shard = *record.shard;
  // What was under way then has to be waited for anew.
  if (record.ping_sent_ms != 0) node.ping_sent_ms = t.now;
  if (record.pong_received_ms != 0) node.pong_received_ms = t.now;
  bool is_replica_of_somebody = node.IsReplica() && !record.primary.empty();
  if (!is_replica_of_somebody) node.config_epoch = record.config_epoch;
  if (node.Has(node_flag::kMyself)) t.s.myself = index;
}

void LoadRelations(Turn& t, const NodeRecord& record) {
  NodeIndex index = FindNode(t.s, record.id);
  if (t.At(index).IsReplica() && !record.primary.empty() && record.primary != record.id) {
    NodeIndex primary = FindOrAddBare(t, record.primary, t.At(index).shard);
    if (primary != kNoNode) {
      AttachReplica(t, primary, index);
      t.Edit(index).shard = t.At(primary).shard;
    }
  }
  for (SlotRange range : record.slots) {
    for (int slot = range.first; slot <= range.last; ++slot) AddSlot(t, index, SlotId(static_cast<uint16_t>(slot)));
  }
}

}  // namespace

Summary Summarize(const State& s) {
  Summary summary{.ok = s.ok, .reason = s.ok ? FailReason::kNone : s.fail_reason};
  for (NodeIndex index : s.live) {
    const Node& node = s.nodes[index.value];
    summary.slots_assigned += node.slot_count;
    if (node.Has(node_flag::kFail)) {
      summary.slots_fail += node.slot_count;
    } else if (node.Has(node_flag::kPfail)) {
      summary.slots_pfail += node.slot_count;
    } else {
      summary.slots_ok += node.slot_count;
    }
  }
  const Node& me = s.nodes[s.myself.value];
  const Node& leader = me.IsReplica() && me.primary != kNoNode ? s.nodes[me.primary.value] : me;
  summary.known_nodes = static_cast<int>(s.live.size());
  summary.size = s.size;
  summary.current_epoch = s.current_epoch;
  summary.my_epoch = leader.config_epoch;
  summary.messages_sent = s.messages_sent;
  summary.messages_received = s.messages_received;
  summary.link_buffer_limit_exceeded = s.link_buffer_limit_exceeded;
  return summary;
}

std::shared_ptr<const SlotMap> Photograph(const State& s) {
  SlotMap::Parts parts;
  if (s.map != nullptr) parts = s.map->parts();
  ++parts.version;
  parts.myself = s.myself;
  if (s.slots_dirty || parts.slots == nullptr) parts.slots = TakeSlots(s);
  if (s.nodes_dirty || parts.nodes == nullptr) {
    auto nodes = std::make_shared<NodeTable>();
    nodes->reserve(s.nodes.size());
    for (const Node& node : s.nodes) nodes->push_back(InfoOf(node));
    parts.nodes = std::move(nodes);
  }
  if (s.pulses_dirty || parts.pulses == nullptr || parts.pulses->size() != s.nodes.size()) {
    auto pulses = std::make_shared<PulseTable>();
    pulses->reserve(s.nodes.size());
    for (const Node& node : s.nodes) pulses->push_back(PulseOf(s, node));
    parts.pulses = std::move(pulses);
  }
  parts.summary = Summarize(s);
  return std::make_shared<const SlotMap>(std::move(parts));
}

SavedCluster BooksToSave(const State& s) {
  SavedCluster saved{.current_epoch = s.current_epoch, .last_vote_epoch = s.last_vote_epoch};
  for (const auto& [id, index] : s.by_id) {
    const Node& node = s.nodes[index.value];
    if (node.InHandshake()) continue;
    saved.nodes.push_back(RecordOf(s, node));
    if (index == s.myself) saved.nodes.back().open = OpenSlotsToSave(s);
  }
  return saved;
}

void LoadBooks(Turn& t, const SavedCluster& saved) {
  State& s = t.s;
  for (const NodeRecord& record : saved.nodes) LoadNode(t, record);
  for (const NodeRecord& record : saved.nodes) LoadRelations(t, record);
  for (const NodeRecord& record : saved.nodes) {
    if ((record.flags & node_flag::kMyself) == 0) continue;
    for (const OpenSlotRecord& open : record.open) {
      NodeIndex peer = FindOrAddBare(t, open.peer, RandomShardId(t));
      if (peer == kNoNode) continue;
      open.migrating ? SetMigrating(t, open.slot, peer) : SetImporting(t, open.slot, peer);
    }
  }
  s.current_epoch = saved.current_epoch;
  s.last_vote_epoch = saved.last_vote_epoch;
  // Only a hand-edited file needs this.
  s.current_epoch = std::max(MaxEpoch(s), s.last_vote_epoch);
}

}  // namespace dunlin::cluster
