#include "cluster/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <span>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/numbers.h"
#include "cluster/names.h"

namespace dunlin::cluster {
namespace {

struct FlagWord {
  uint16_t flag;
  std::string_view word;
};
// In the order in which they are written.
constexpr std::array<FlagWord, 8> kFlagWords = {{
    {node_flag::kMyself, "myself"},
    {node_flag::kPrimary, "master"},
    {node_flag::kReplica, "slave"},
    {node_flag::kPfail, "fail?"},
    {node_flag::kFail, "fail"},
    {node_flag::kHandshake, "handshake"},
    {node_flag::kNoAddress, "noaddr"},
    {node_flag::kNoFailover, "nofailover"},
}};

// Fields of later makers that say nothing which this node keeps.
constexpr std::array<std::string_view, 5> kForeignAuxFields = {"client-ipv4", "client-ipv6", "client-tcp-port",
                                                               "client-tls-port", "availability-zone"};

constexpr size_t kFixedFields = 8;
constexpr int kBusPortOffset = 10000;

Status Bad(std::string what) { return Status::Corruption(std::move(what)); }

Result<uint16_t> ParsePort(std::string_view text, std::string_view what) {
  std::optional<uint64_t> port = ParseUint64(text);
  if (!port || *port > 65535) return Fail(Bad(fmt::format("{} '{}' is no port", what, text)));
  return static_cast<uint16_t>(*port);
}

Result<uint16_t> ParseSlot(std::string_view text) {
  std::optional<uint64_t> slot = ParseUint64(text);
  if (!slot || *slot >= kSlotCount) return Fail(Bad(fmt::format("'{}' is no slot", text)));
  return static_cast<uint16_t>(*slot);
}

// The second field of a line.
class AddressField {
 public:
  AddressField(NodeRecord& node, bool tls_cluster) : node_(node), tls_cluster_(tls_cluster) {}

  Status Parse(std::string_view text) {
    std::vector<std::string_view> parts = Split(text, ',');
    if (parts.size() > 1) {
      if (!IsHostname(parts[1])) return Bad(fmt::format("'{}' is no host name", parts[1]));
      node_.hostname = parts[1];
    }
    for (size_t i = 2; i < parts.size(); ++i) DUNLIN_TRY(ParseAux(parts[i]));
    return ParseEndpoint(parts[0]);
  }

 private:
  Status ParseAux(std::string_view text) {
    size_t equals = text.find('=');
    if (equals == std::string_view::npos) return Bad(fmt::format("aux field '{}' has no value", text));
    std::string_view name = text.substr(0, equals);
    std::string_view value = text.substr(equals + 1);
    if (name == "shard-id") {
      node_.shard = ShardId::Parse(value);
      return node_.shard ? Status::Ok() : Bad(fmt::format("'{}' is no shard id", value));
    }
    if (name == "nodename") {
      if (!IsHumanName(value)) return Bad(fmt::format("'{}' is no node name", value));
      node_.human_name = value;
      return Status::Ok();
    }
    if (name == "tcp-port" || name == "tls-port") {
      Result<uint16_t> port = ParsePort(value, name);
      if (!port) return port.error();
      (name == "tcp-port" ? aux_tcp_port_ : aux_tls_port_) = *port;
      return Status::Ok();
    }
    if (std::ranges::find(kForeignAuxFields, name) != kForeignAuxFields.end()) return Status::Ok();
    return Bad(fmt::format("unknown aux field '{}'", name));
  }

  // ip:port[@bus port]; the ip may hold colons of its own.
  Status ParseEndpoint(std::string_view text) {
    size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return Bad(fmt::format("address '{}' has no port", text));
    node_.ip = text.substr(0, colon);
    if (!node_.ip.empty() && !IsPlausibleAddress(node_.ip)) return Bad(fmt::format("'{}' is no address", node_.ip));
    std::string_view ports = text.substr(colon + 1);
    size_t at = ports.find('@');
    Result<uint16_t> port = ParsePort(ports.substr(0, at), "client port");
    if (!port) return port.error();
    AssignClientPorts(*port);
    if (at == std::string_view::npos) {
      int bus_port = (tls_cluster_ ? node_.tls_port : node_.tcp_port) + kBusPortOffset;
      if (bus_port > 65535) return Bad(fmt::format("'{}' leaves no bus port", text));
      node_.bus_port = static_cast<uint16_t>(bus_port);
      return Status::Ok();
    }
    Result<uint16_t> bus_port = ParsePort(ports.substr(at + 1), "bus port");
    if (!bus_port) return bus_port.error();
    node_.bus_port = *bus_port;
    return Status::Ok();
  }

  // The port of the address is the one that has no aux field; files before 7.2 have neither.
  void AssignClientPorts(uint16_t port) {
    node_.tcp_port = aux_tcp_port_.value_or(0);
    node_.tls_port = aux_tls_port_.value_or(0);
    if (aux_tcp_port_ && aux_tls_port_) return;
    bool is_tls = aux_tcp_port_ || (!aux_tls_port_ && tls_cluster_);
    (is_tls ? node_.tls_port : node_.tcp_port) = port;
  }

  NodeRecord& node_;
  const bool tls_cluster_;
  std::optional<uint16_t> aux_tcp_port_;
  std::optional<uint16_t> aux_tls_port_;
};

Result<uint16_t> ParseFlags(std::string_view text) {
  uint16_t flags = 0;
  for (std::string_view word : Split(text, ',')) {
    if (EqualsIgnoreCase(word, "noflags")) continue;
    auto it = std::ranges::find_if(kFlagWords, [&](const FlagWord& f) { return EqualsIgnoreCase(f.word, word); });
    if (it == kFlagWords.end()) return Fail(Bad(fmt::format("unknown flag '{}'", word)));
    flags |= it->flag;
  }
  return flags;
}

// [93->-<id>] or [93-<-<id>]
Result<OpenSlotRecord> ParseOpenSlot(std::string_view text) {
  Status bad = Bad(fmt::format("'{}' is no open slot", text));
  size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.size() < dash + 4 || text.back() != ']' || text[dash + 2] != '-') {
    return Fail(bad);
  }
  char direction = text[dash + 1];
  if (direction != '>' && direction != '<') return Fail(bad);
  Result<uint16_t> slot = ParseSlot(text.substr(1, dash - 1));
  if (!slot) return Fail(slot.error());
  std::optional<NodeId> peer = NodeId::Parse(text.substr(dash + 3, text.size() - dash - 4));
  if (!peer) return Fail(bad);
  return OpenSlotRecord{SlotId(*slot), direction == '>', *peer};
}

Result<SlotRange> ParseRange(std::string_view text) {
  size_t dash = text.find('-');
  Result<uint16_t> first = ParseSlot(text.substr(0, dash));
  if (!first) return Fail(first.error());
  if (dash == std::string_view::npos) return SlotRange{*first, *first};
  Result<uint16_t> last = ParseSlot(text.substr(dash + 1));
  if (!last) return Fail(last.error());
  if (*last < *first) return Fail(Bad(fmt::format("slot range '{}' runs backwards", text)));
  return SlotRange{*first, *last};
}

Status ParseSlots(std::span<const std::string_view> fields, NodeRecord& node) {
  for (std::string_view field : fields) {
    if (field.front() == '[') {
      Result<OpenSlotRecord> open = ParseOpenSlot(field);
      if (!open) return open.error();
      node.open.push_back(*open);
    } else {
      Result<SlotRange> range = ParseRange(field);
      if (!range) return range.error();
      node.slots.push_back(*range);
    }
  }
  return Status::Ok();
}

Result<NodeRecord> ParseNode(std::span<const std::string_view> fields, bool tls_cluster) {
  if (fields.size() < kFixedFields) {
    return Fail(Bad(fmt::format("a node's line has at least {} fields, this one {}", kFixedFields, fields.size())));
  }
  NodeRecord node;
  std::optional<NodeId> id = NodeId::Parse(fields[0]);
  if (!id) return Fail(Bad(fmt::format("'{}' is no node id", fields[0])));
  node.id = *id;
  DUNLIN_TRY_RESULT(AddressField(node, tls_cluster).Parse(fields[1]));
  Result<uint16_t> flags = ParseFlags(fields[2]);
  if (!flags) return Fail(flags.error());
  node.flags = *flags;
  if (fields[3] != "-") {
    std::optional<NodeId> primary = NodeId::Parse(fields[3]);
    if (!primary) return Fail(Bad(fmt::format("'{}' is no node id", fields[3])));
    node.primary = *primary;
  }
  std::optional<int64_t> ping = ParseInt64(fields[4]);
  std::optional<int64_t> pong = ParseInt64(fields[5]);
  if (!ping || !pong) return Fail(Bad("a ping or pong time is no number"));
  node.ping_sent_ms = *ping;
  node.pong_received_ms = *pong;
  std::optional<uint64_t> epoch = ParseUint64(fields[6]);
  if (!epoch) return Fail(Bad(fmt::format("'{}' is no epoch", fields[6])));
  node.config_epoch = Epoch(*epoch);
  if (fields[7] != "connected" && fields[7] != "disconnected") {
    return Fail(Bad(fmt::format("'{}' is no link state", fields[7])));
  }
  node.connected = fields[7] == "connected";
  DUNLIN_TRY_RESULT(ParseSlots(fields.subspan(kFixedFields), node));
  return node;
}

Status ParseVars(std::span<const std::string_view> fields, SavedCluster& cluster) {
  if (fields.size() % 2 == 0) return Bad("a variable has no value");
  bool has_current = false;
  bool has_last_vote = false;
  for (size_t i = 1; i < fields.size(); i += 2) {
    bool is_current = EqualsIgnoreCase(fields[i], "currentEpoch");
    bool is_last_vote = EqualsIgnoreCase(fields[i], "lastVoteEpoch");
    if (!is_current && !is_last_vote) continue;
    std::optional<uint64_t> value = ParseUint64(fields[i + 1]);
    if (!value) return Bad(fmt::format("'{}' is no epoch", fields[i + 1]));
    (is_current ? cluster.current_epoch : cluster.last_vote_epoch) = Epoch(*value);
    has_current = has_current || is_current;
    has_last_vote = has_last_vote || is_last_vote;
  }
  return has_current && has_last_vote ? Status::Ok() : Bad("the line of variables lacks an epoch");
}

// What one line cannot know: who was already named, and which slots are already owned.
class Reader {
 public:
  Reader(SavedCluster& cluster, bool tls_cluster) : cluster_(cluster), tls_cluster_(tls_cluster) {}

  Status TakeLine(std::string_view line) {
    std::vector<std::string_view> fields = SplitBlanks(line);
    if (fields.empty()) return Status::Ok();
    if (EqualsIgnoreCase(fields[0], "vars")) {
      has_vars_ = true;
      return ParseVars(fields, cluster_);
    }
    Result<NodeRecord> node = ParseNode(fields, tls_cluster_);
    if (!node) return node.error();
    DUNLIN_TRY(CheckNew(*node));
    cluster_.nodes.push_back(std::move(*node));
    return Status::Ok();
  }

  Status Finish() const {
    if (!has_vars_) return Bad("the line of variables is missing: the file is torn");
    if (!has_myself_) return Bad("no node is marked as myself");
    return Status::Ok();
  }

 private:
  Status CheckNew(const NodeRecord& node) {
    if (cluster_.nodes.size() >= limits::kMaxClusterNodes) return Bad("too many nodes");
    if (!ids_.insert(node.id).second) return Bad(fmt::format("node {} was already described", node.id.view()));
    if ((node.flags & node_flag::kMyself) != 0) {
      if (has_myself_) return Bad("a second node is marked as myself");
      has_myself_ = true;
    }
    if ((node.flags & node_flag::kReplica) != 0 && !node.slots.empty()) return Bad("a replica owns slots");
    for (SlotRange range : node.slots) {
      for (int slot = range.first; slot <= range.last; ++slot) {
        SlotId id(static_cast<uint16_t>(slot));
        if (owned_.Test(id)) return Bad(fmt::format("slot {} has two owners", slot));
        owned_.Set(id);
      }
    }
    return Status::Ok();
  }

  SavedCluster& cluster_;
  const bool tls_cluster_;
  bool has_vars_ = false;
  bool has_myself_ = false;
  std::set<NodeId> ids_;
  SlotSet owned_;
};

void AppendTail(std::string& out, const NodeRecord& node) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, " {} {} {} {} {} {}", FlagWords(node.flags), node.primary.empty() ? "-" : node.primary.view(),
                 node.ping_sent_ms, node.pong_received_ms, node.config_epoch.value,
                 node.connected ? "connected" : "disconnected");
  for (SlotRange range : node.slots) {
    if (range.first == range.last) {
      fmt::format_to(to, " {}", range.first);
    } else {
      fmt::format_to(to, " {}-{}", range.first, range.last);
    }
  }
  for (const OpenSlotRecord& open : node.open) {
    fmt::format_to(to, " [{}-{}-{}]", open.slot.value, open.migrating ? '>' : '<', open.peer.view());
  }
}

void AppendFileLine(std::string& out, const NodeRecord& node) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{} {}:{}@{},{},tls-port={}", node.id.view(), node.ip, node.tcp_port, node.bus_port, node.hostname,
                 node.tls_port);
  if (!node.human_name.empty()) fmt::format_to(to, ",nodename={}", node.human_name);
  if (node.shard) fmt::format_to(to, ",shard-id={}", node.shard->view());
  AppendTail(out, node);
}

}  // namespace

Result<SavedCluster> ParseConfigFile(std::string_view text, bool tls_cluster) {
  SavedCluster cluster;
  Reader reader(cluster, tls_cluster);
  std::vector<std::string_view> lines = Split(text, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string here = fmt::format("nodes.conf line {}", i + 1);
    // Whoever writes the file ends each line; a line without an end was cut off.
    if (i + 1 == lines.size()) {
      if (!lines[i].empty()) return Fail(Bad("it does not end: the file is torn").WithContext(here));
      if (Status status = reader.Finish(); !status.ok()) return Fail(status.WithContext(here));
    } else if (Status status = reader.TakeLine(lines[i]); !status.ok()) {
      return Fail(status.WithContext(here));
    }
  }
  return cluster;
}

std::string FormatConfigFile(const SavedCluster& cluster) {
  std::string out;
  for (const NodeRecord& node : cluster.nodes) {
    AppendFileLine(out, node);
    out.push_back('\n');
  }
  fmt::format_to(std::back_inserter(out), "vars currentEpoch {} lastVoteEpoch {}\n", cluster.current_epoch.value,
                 cluster.last_vote_epoch.value);
  return out;
}

void AppendClientLine(std::string& out, const NodeRecord& node, bool tls) {
  fmt::format_to(std::back_inserter(out), "{} {}:{}@{}", node.id.view(), node.ip, tls ? node.tls_port : node.tcp_port,
                 node.bus_port);
  if (!node.hostname.empty()) out.append(",").append(node.hostname);
  AppendTail(out, node);
}

std::string FlagWords(uint16_t flags) {
  std::string out;
  for (const FlagWord& f : kFlagWords) {
    if ((flags & f.flag) == 0) continue;
    if (!out.empty()) out.push_back(',');
    out.append(f.word);
  }
  return out.empty() ? "noflags" : out;
}

}  // namespace dunlin::cluster
