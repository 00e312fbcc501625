// nodes.conf: a node's memory of the cluster, as text.
//
// One line per node, then one of variables:
//
//   <id> <ip>:<port>@<bus port>,<host name>,<aux>=<value>,... <flags> <primary id or -> <ping ms> <pong ms> <epoch>
//       connected|disconnected <slot or first-last> ... [<slot>->-<id>] [<slot>-<-<id>]
//   vars currentEpoch <n> lastVoteEpoch <n>
//
// Written in the form of Redis 7.2 (aux fields tls-port, nodename, shard-id, in this order; an empty host name is
// ",,"). Read from Redis 6.0 (no ",..." part) to Valkey 9.1 (more aux fields, which are dropped). CLUSTER NODES shows
// the same lines without aux fields.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "cluster/slot_set.h"
#include "cluster/types.h"

namespace dunlin::cluster {

struct OpenSlotRecord {
  SlotId slot{0};
  bool migrating = false;  // else importing
  NodeId peer;
  bool operator==(const OpenSlotRecord&) const = default;
};

struct NodeRecord {
  NodeId id;
  std::string ip;  // may be empty
  uint16_t tcp_port = 0;
  uint16_t tls_port = 0;
  uint16_t bus_port = 0;
  std::string hostname;
  std::string human_name;
  std::optional<ShardId> shard;  // files before 7.2 have none
  uint16_t flags = 0;            // of node_flag, those that have a word
  NodeId primary;                // empty: none
  TimeMs ping_sent_ms = 0;
  TimeMs pong_received_ms = 0;
  Epoch config_epoch{0};
  bool connected = false;
  std::vector<SlotRange> slots;      // ascending
  std::vector<OpenSlotRecord> open;  // ascending by slot; only of the node that is "myself"
  bool operator==(const NodeRecord&) const = default;
};

struct SavedCluster {
  std::vector<NodeRecord> nodes;
  Epoch current_epoch{0};
  Epoch last_vote_epoch{0};
  bool operator==(const SavedCluster&) const = default;
};

// Exactly one of the nodes is myself. Every error says the line. `tls_cluster` tells what the one port of an old line
// is.
Result<SavedCluster> ParseConfigFile(std::string_view text, bool tls_cluster);

// The whole file. REQUIRES: addresses and names as names.h allows them.
std::string FormatConfigFile(const SavedCluster& cluster);

// One line of CLUSTER NODES, without its end. `tls` chooses the port to show.
void AppendClientLine(std::string& out, const NodeRecord& node, bool tls);

// "myself,master", "slave,fail?", "noflags".
std::string FlagWords(uint16_t flags);

}  // namespace dunlin::cluster
