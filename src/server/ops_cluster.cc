#include "base/ascii.h"
#include "base/numbers.h"
#include "cluster/render.h"
#include "server/cluster_driver.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using cluster::NodeIndex;
using cluster::NodeInfo;
using cluster::SlotMap;

std::optional<SlotId> SlotArg(Call& call, size_t i) {
  auto slot = ParseInt64(call.args[i]);
  if (slot && *slot >= 0 && *slot < kSlotCount) return SlotId(static_cast<uint16_t>(*slot));
  call.reply.Error("ERR Invalid or out of range slot");
  return std::nullopt;
}

EndpointType PreferredEndpoint(Call& call) { return call.server.settings().cluster_preferred_endpoint_type; }

void WritePreferredEndpoint(Call& call, const NodeInfo& node) {
  switch (PreferredEndpoint(call)) {
    case EndpointType::kIp: call.reply.Bulk(node.ip); break;
    case EndpointType::kHostname: call.reply.Bulk(node.hostname.empty() ? "?" : node.hostname); break;
    case EndpointType::kUnknownEndpoint: call.reply.Null(); break;
  }
}

// One node of CLUSTER SLOTS: endpoint, port, id, and the addresses that the endpoint does not say.
void WriteSlotsNode(Call& call, const NodeInfo& node) {
  resp::ReplyWriter& reply = call.reply;
  reply.Array(4);
  WritePreferredEndpoint(call, node);
  reply.Integer(node.ClientPort(false));
  reply.Bulk(node.id.view());
  bool ip = PreferredEndpoint(call) != EndpointType::kIp;
  bool hostname = PreferredEndpoint(call) != EndpointType::kHostname && !node.hostname.empty();
  reply.Map(static_cast<size_t>(ip) + static_cast<size_t>(hostname));
  if (ip) {
    reply.Bulk("ip");
    reply.Bulk(node.ip);
  }
  if (hostname) {
    reply.Bulk("hostname");
    reply.Bulk(node.hostname);
  }
}

void Slots(Call& call, const SlotMap& map) {
  std::vector<SlotMap::OwnedRange> ranges = map.OwnedRanges();
  call.reply.Array(ranges.size());
  for (const SlotMap::OwnedRange& owned : ranges) {
    const NodeInfo& primary = map.Node(owned.owner);
    std::vector<NodeIndex> replicas;
    for (NodeIndex replica : primary.replicas) {
      if (map.IsReplicaAvailable(replica)) replicas.push_back(replica);
    }
    call.reply.Array(3 + replicas.size());
    call.reply.Integer(owned.range.first);
    call.reply.Integer(owned.range.last);
    WriteSlotsNode(call, primary);
    for (NodeIndex replica : replicas) WriteSlotsNode(call, map.Node(replica));
  }
}

void WriteShardNode(Call& call, const SlotMap& map, NodeIndex index) {
  const NodeInfo& node = map.Node(index);
  resp::ReplyWriter& reply = call.reply;
  size_t pairs = 6;
  if (node.tcp_port != 0) ++pairs;
  if (node.tls_port != 0) ++pairs;
  if (!node.hostname.empty()) ++pairs;
  reply.Map(pairs);
  reply.Bulk("id");
  reply.Bulk(node.id.view());
  if (node.tcp_port != 0) {
    reply.Bulk("port");
    reply.Integer(node.tcp_port);
  }
  if (node.tls_port != 0) {
    reply.Bulk("tls-port");
    reply.Integer(node.tls_port);
  }
  reply.Bulk("ip");
  reply.Bulk(node.ip);
  reply.Bulk("endpoint");
  WritePreferredEndpoint(call, node);
  if (!node.hostname.empty()) {
    reply.Bulk("hostname");
    reply.Bulk(node.hostname);
  }
  reply.Bulk("role");
  reply.Bulk(node.IsPrimary() ? "master" : "replica");
  reply.Bulk("replication-offset");
  reply.Integer(map.Pulse(index).replication_offset.value);
  reply.Bulk("health");
  reply.Bulk(cluster::HealthName(map.HealthOf(index)));
}

void Shards(Call& call, const SlotMap& map) {
  std::vector<SlotMap::Shard> shards = map.Shards();
  call.reply.Array(shards.size());
  for (const SlotMap::Shard& shard : shards) {
    call.reply.Map(2);
    call.reply.Bulk("slots");
    call.reply.Array(shard.slots.size() * 2);
    for (const cluster::SlotRange& range : shard.slots) {
      call.reply.Integer(range.first);
      call.reply.Integer(range.last);
    }
    call.reply.Bulk("nodes");
    call.reply.Array(shard.nodes.size());
    for (NodeIndex node : shard.nodes) WriteShardNode(call, map, node);
  }
}

void Links(Call& call) {
  std::vector<ClusterDriver::LinkInfo> links;
  call.worker.OutsideGate([&] { links = call.server.cluster()->Links(); });
  resp::ReplyWriter& reply = call.reply;
  reply.Array(links.size());
  for (const ClusterDriver::LinkInfo& link : links) {
    reply.Map(6);
    reply.Bulk("direction");
    reply.Bulk(link.outbound ? "to" : "from");
    reply.Bulk("node");
    reply.Bulk(link.node.view());
    reply.Bulk("create-time");
    reply.Integer(link.created_ms);
    reply.Bulk("events");
    std::string events = std::string(link.readable ? "r" : "") + (link.writable ? "w" : "");
    reply.Bulk(events);
    reply.Bulk("send-buffer-allocated");
    reply.Integer(static_cast<int64_t>(link.send_buffer_allocated));
    reply.Bulk("send-buffer-used");
    reply.Integer(static_cast<int64_t>(link.send_buffer_used));
  }
}

void CountKeysInSlot(Call& call) {
  auto id = SlotArg(call, 2);
  if (!id) return;
  store::Slot& slot = call.server.store().slot(*id);
  slot.lock().Lock();
  uint32_t count = slot.key_count(DbIndex(0));
  slot.lock().Unlock();
  call.reply.Integer(count);
}

void GetKeysInSlot(Call& call) {
  auto id = SlotArg(call, 2);
  if (!id) return;
  auto wanted = ParseInt64(call.args[3]);
  if (!wanted || *wanted < 0) {
    call.reply.Error(wanted ? "ERR Invalid slot or number of keys" : "ERR value is not an integer or out of range");
    return;
  }
  store::Slot& slot = call.server.store().slot(*id);
  auto left = static_cast<uint64_t>(*wanted);
  size_t given = 0;
  auto mark = call.reply.BeginDeferred();
  slot.lock().Lock();
  for (uint64_t cursor = 0; left > 0 && cursor < PointerTable<store::Entry>::kScanEnd;) {
    cursor = slot.Scan(DbIndex(0), cursor, [&](const store::Entry* entry) {
      if (left == 0) return;
      call.reply.Bulk(entry->key());
      --left;
      ++given;
    });
  }
  slot.lock().Unlock();
  call.reply.EndArray(mark, given);
}

void Replicas(Call& call, const SlotMap& map) {
  auto lines = cluster::ReplicaLines(map, call.args[2], false);
  if (!lines) {
    call.reply.Error("ERR " + lines.error().message());
    return;
  }
  call.reply.Array(lines->size());
  for (const std::string& line : *lines) call.reply.Bulk(line);
}

void Help(Call& call) {
  static constexpr std::string_view kLines[] = {
      "CLUSTER <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "ADDSLOTS <slot> [<slot> ...]",
      "    Take these slots for this node.",
      "ADDSLOTSRANGE <first> <last> [<first> <last> ...]",
      "    Take these ranges of slots for this node.",
      "BUMPEPOCH",
      "    Raise this node's config epoch above all others.",
      "COUNT-FAILURE-REPORTS <node-id>",
      "    How many primaries report the node as failing.",
      "COUNTKEYSINSLOT <slot>",
      "    How many keys of the slot are here.",
      "DELSLOTS <slot> [<slot> ...]",
      "    Forget who owns these slots.",
      "DELSLOTSRANGE <first> <last> [<first> <last> ...]",
      "    Forget who owns these ranges of slots.",
      "FAILOVER [FORCE|TAKEOVER]",
      "    Promote this replica.",
      "FLUSHSLOTS",
      "    Forget this node's own slots.",
      "FORGET <node-id>",
      "    Remove a node from this node's view.",
      "GETKEYSINSLOT <slot> <count>",
      "    Some keys of the slot that are here.",
      "INFO",
      "    The state of the cluster in numbers.",
      "KEYSLOT <key>",
      "    The slot of a key.",
      "LINKS",
      "    The bus links of this node.",
      "MEET <ip> <port> [<bus-port>]",
      "    Join a node.",
      "MYID",
      "    This node's id.",
      "MYSHARDID",
      "    The id of this node's shard.",
      "NODES",
      "    All nodes as this node sees them.",
      "REPLICAS <node-id>",
      "    The replicas of a node.",
      "REPLICATE <node-id>",
      "    Become a replica of a node.",
      "RESET [HARD|SOFT]",
      "    Leave the cluster.",
      "SAVECONFIG",
      "    Write the node's configuration file.",
      "SET-CONFIG-EPOCH <epoch>",
      "    Give a new node its config epoch.",
      "SETSLOT <slot> (IMPORTING <node-id>|MIGRATING <node-id>|STABLE|NODE <node-id>)",
      "    Change the state of a slot.",
      "SHARDS",
      "    The shards with their slots and nodes.",
      "SLOTS",
      "    The ranges of slots with their nodes.",
      "HELP",
      "    Print this help.",
  };
  call.reply.Array(std::size(kLines));
  for (std::string_view line : kLines) call.reply.Simple(line);
}

void Admin(Call& call) {
  auto parsed = cluster::ParseAdminCommand(call.args.subspan(1));
  if (!parsed) {
    call.reply.Error("ERR unknown subcommand or wrong number of arguments for '" + std::string(call.args[1]) +
                     "'. Try CLUSTER HELP.");
    return;
  }
  if (!parsed->has_value()) {
    call.reply.Error("ERR " + parsed->error().message());
    return;
  }
  cluster::AdminReply reply;
  call.worker.OutsideGate([&] { reply = call.server.cluster()->RunAdmin(std::move(**parsed)); });
  if (!reply.status.ok()) {
    call.reply.Error("ERR " + reply.status.message());
  } else if (reply.integer) {
    call.reply.Integer(*reply.integer);
  } else {
    call.reply.Simple(reply.text);
  }
}

}  // namespace

void OpCluster(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "help") return Help(call);
  if (word == "keyslot") {
    if (call.server.cluster_enabled()) return call.reply.Integer(SlotOfKey(call.args[2]).value);
  }
  if (!call.server.cluster_enabled()) {
    call.reply.Error("ERR This instance has cluster support disabled");
    return;
  }
  std::shared_ptr<const SlotMap> held = call.server.cluster()->map();
  const SlotMap& map = *held;
  if (word == "myid") return call.reply.Bulk(map.Myself().id.view());
  if (word == "myshardid") return call.reply.Bulk(map.Myself().shard.view());
  if (word == "nodes") return call.reply.Verbatim("txt", cluster::NodesText(map, false));
  if (word == "info") return call.reply.Verbatim("txt", cluster::InfoText(map));
  if (word == "slots") return Slots(call, map);
  if (word == "shards") return Shards(call, map);
  if (word == "links") return Links(call);
  if (word == "countkeysinslot") return CountKeysInSlot(call);
  if (word == "getkeysinslot") return GetKeysInSlot(call);
  if (word == "replicas" || word == "slaves") return Replicas(call, map);
  if (word == "flushslots" && call.server.store().KeyCount(DbIndex(0)) > 0) {
    call.reply.Error("ERR DB must be empty to perform CLUSTER FLUSHSLOTS.");
    return;
  }
  Admin(call);
}

void OpAsking(Call& call) {
  if (!call.server.cluster_enabled()) {
    call.reply.Error("ERR This instance has cluster support disabled");
    return;
  }
  call.session.asking = true;
  call.reply.Ok();
}

void OpReadonly(Call& call) {
  if (!call.server.cluster_enabled()) {
    call.reply.Error("ERR This instance has cluster support disabled");
    return;
  }
  call.session.read_only_mode = true;
  call.reply.Ok();
}

void OpReadwrite(Call& call) {
  if (!call.server.cluster_enabled()) {
    call.reply.Error("ERR This instance has cluster support disabled");
    return;
  }
  call.session.read_only_mode = false;
  call.reply.Ok();
}

}  // namespace dunlin::server
