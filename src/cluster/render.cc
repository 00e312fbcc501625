#include "cluster/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "cluster/config_file.h"

namespace dunlin::cluster {
namespace {

NodeRecord RecordOf(const SlotMap& map, NodeIndex index) {
  const NodeInfo& node = map.Node(index);
  const NodePulse& pulse = map.Pulse(index);
  NodeRecord record{.id = node.id,
                    .ip = node.ip,
                    .tcp_port = node.tcp_port,
                    .tls_port = node.tls_port,
                    .bus_port = node.bus_port,
                    .hostname = node.hostname,
                    .flags = node.flags,
                    .ping_sent_ms = pulse.ping_sent_ms,
                    .pong_received_ms = pulse.pong_received_ms,
                    .config_epoch = map.ConfigEpoch(index),
                    .connected = pulse.connected};
  if (node.primary != kNoNode) record.primary = map.Node(node.primary).id;
  return record;
}

std::vector<OpenSlotRecord> OpenSlots(const SlotMap& map) {
  std::vector<OpenSlotRecord> records;
  const SlotTable& slots = map.slots();
  for (const OpenSlot& open : slots.migrating) records.push_back({open.slot, true, map.Node(open.peer).id});
  for (const OpenSlot& open : slots.importing) {
    if (!slots.migrating_set.Test(open.slot)) records.push_back({open.slot, false, map.Node(open.peer).id});
  }
  std::ranges::sort(records, {}, &OpenSlotRecord::slot);
  return records;
}

using Counters = std::array<uint64_t, kMessageTypeCount>;

void AppendCounters(std::string& out, const Counters& counters, std::string_view direction) {
  auto to = std::back_inserter(out);
  for (size_t type = 0; type < counters.size(); ++type) {
    if (counters[type] == 0) continue;
    fmt::format_to(to, "cluster_stats_messages_{}_{}:{}\r\n", MessageTypeName(static_cast<uint16_t>(type)), direction,
                   counters[type]);
  }
  fmt::format_to(to, "cluster_stats_messages_{}:{}\r\n", direction,
                 std::accumulate(counters.begin(), counters.end(), uint64_t{0}));
}

}  // namespace

std::string NodesText(const SlotMap& map, bool tls) {
  std::vector<std::vector<SlotRange>> slots(map.parts().nodes->size());
  for (const SlotMap::OwnedRange& owned : map.OwnedRanges()) slots[owned.owner.value].push_back(owned.range);
  std::string out;
  for (NodeIndex index : map.Nodes()) {
    NodeRecord record = RecordOf(map, index);
    record.slots = std::move(slots[index.value]);
    if (index == map.my_index()) record.open = OpenSlots(map);
    AppendClientLine(out, record, tls);
    out.push_back('\n');
  }
  return out;
}

Result<std::vector<std::string>> ReplicaLines(const SlotMap& map, std::string_view node, bool tls) {
  std::optional<NodeId> id = NodeId::Parse(node);
  NodeIndex index = id ? map.Find(*id) : kNoNode;
  if (index == kNoNode) return Fail(Status::NotFound(fmt::format("Unknown node {}", node)));
  if (map.Node(index).IsReplica()) return Fail(Status::InvalidArgument("The specified node is not a master"));
  std::vector<std::string> lines;
  for (NodeIndex replica : map.Node(index).replicas) {
    NodeRecord record = RecordOf(map, replica);
    if (replica == map.my_index()) record.open = OpenSlots(map);
    AppendClientLine(lines.emplace_back(), record, tls);
  }
  return lines;
}

std::string InfoText(const SlotMap& map) {
  const Summary& s = map.summary();
  std::string out = fmt::format(
      "cluster_state:{}\r\n"
      "cluster_slots_assigned:{}\r\n"
      "cluster_slots_ok:{}\r\n"
      "cluster_slots_pfail:{}\r\n"
      "cluster_slots_fail:{}\r\n"
      "cluster_known_nodes:{}\r\n"
      "cluster_size:{}\r\n"
      "cluster_current_epoch:{}\r\n"
      "cluster_my_epoch:{}\r\n",
      s.ok ? "ok" : "fail", s.slots_assigned, s.slots_ok, s.slots_pfail, s.slots_fail, s.known_nodes, s.size,
      s.current_epoch.value, s.my_epoch.value);
  AppendCounters(out, s.messages_sent, "sent");
  AppendCounters(out, s.messages_received, "received");
  fmt::format_to(std::back_inserter(out), "total_cluster_links_buffer_limit_exceeded:{}\r\n",
                 s.link_buffer_limit_exceeded);
  return out;
}

}  // namespace dunlin::cluster
