// The photograph of the cluster: who owns which slot, who is who, and how everybody is. The core takes one after each
// change; everybody else only looks. A photograph never changes, so it needs no lock, and it shares with the one before
// whatever did not change: the slot table (owners, open slots), the node table (identities), the pulse table (times,
// offsets, links).
//
// Freshness: owners, identities, flags, link states and the cluster's state are as of the step that published the map.
// Times, offsets and message counters may be up to one tick (100 ms) older.
//
// Thread: immutable; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "cluster/slot_set.h"
#include "cluster/types.h"

namespace dunlin::cluster {

// A slot that is on its way, seen by one of the two ends.
struct OpenSlot {
  SlotId slot{0};
  NodeIndex peer = kNoNode;
  bool operator==(const OpenSlot&) const = default;
};

struct SlotTable {
  SlotTable() { owner.fill(kNoNode.value); }

  std::array<uint16_t, kSlotCount> owner;  // NodeIndex values; kNoNode when nobody has it
  SlotSet migrating_set;                   // the slots of `migrating`
  SlotSet importing_set;
  std::vector<OpenSlot> migrating;  // to whom; ascending by slot
  std::vector<OpenSlot> importing;  // from whom; ascending by slot
  bool operator==(const SlotTable&) const = default;
};

enum class Health : uint8_t { kOnline, kFail, kLoading };
// "online", "fail", "loading" as CLUSTER SHARDS says.
std::string_view HealthName(Health health);

// What a node is.
struct NodeInfo {
  bool live = false;  // false: a hole in the table
  NodeId id;
  ShardId shard;
  std::string ip;        // empty while unknown
  std::string hostname;  // empty when it announces none
  std::string human_name;
  uint16_t tcp_port = 0;  // 0: it has none
  uint16_t tls_port = 0;
  uint16_t bus_port = 0;
  uint16_t flags = 0;               // node_flag
  NodeIndex primary = kNoNode;      // of a replica; kNoNode also when its primary is not known here
  Epoch config_epoch{0};            // its own; see SlotMap::ConfigEpoch for what is shown
  int slot_count = 0;               // slots it owns
  std::vector<NodeIndex> replicas;  // of a primary, in the order in which they were learned
  bool operator==(const NodeInfo&) const = default;

  bool Has(uint16_t flag) const { return (flags & flag) != 0; }
  bool IsPrimary() const { return Has(node_flag::kPrimary); }
  bool IsReplica() const { return Has(node_flag::kReplica); }
  uint16_t ClientPort(bool tls) const { return tls ? tls_port : tcp_port; }
};

// How a node is.
struct NodePulse {
  TimeMs ping_sent_ms = 0;      // of the ping that waits for its pong; 0 when none does
  TimeMs pong_received_ms = 0;  // 0: never
  Offset replication_offset{0};
  bool connected = false;        // an outbound link is up, or the node is myself
  LinkId outbound = kNoLink;     // kNoLink when there is none; may be still connecting
  TimeMs outbound_since_ms = 0;  // when it was opened
  LinkId inbound = kNoLink;
  TimeMs inbound_since_ms = 0;
  bool operator==(const NodePulse&) const = default;
};

using NodeTable = std::vector<NodeInfo>;    // by NodeIndex
using PulseTable = std::vector<NodePulse>;  // by NodeIndex, as long as the node table

enum class FailReason : uint8_t {
  kNone,             // the cluster is ok
  kStarting,         // a primary waits after its start, or after its partition healed
  kSlotUnassigned,   // full coverage is required and a slot has no owner
  kSlotOwnerFailed,  // ... or an owner that is FAIL
  kMinority,         // fewer than a majority of the voting primaries can be reached
};

// The numbers of CLUSTER INFO.
struct Summary {
  bool ok = false;
  FailReason reason = FailReason::kStarting;
  int slots_assigned = 0;
  int slots_ok = 0;
  int slots_pfail = 0;
  int slots_fail = 0;
  int known_nodes = 0;
  int size = 0;  // voting primaries: those with at least one slot
  Epoch current_epoch{0};
  Epoch my_epoch{0};  // config epoch: my primary's when I am a replica
  std::array<uint64_t, kMessageTypeCount> messages_sent{};
  std::array<uint64_t, kMessageTypeCount> messages_received{};
  uint64_t link_buffer_limit_exceeded = 0;
  bool operator==(const Summary&) const = default;
};

class SlotMap {
 public:
  struct Parts {
    uint64_t version = 0;  // grows with each map of one core
    NodeIndex myself{0};
    std::shared_ptr<const SlotTable> slots;
    std::shared_ptr<const NodeTable> nodes;
    std::shared_ptr<const PulseTable> pulses;
    Summary summary;
  };

  // REQUIRES: the tables are there, pulses is as long as nodes, every index in them is kNoNode or names a live node.
  explicit SlotMap(Parts parts) : parts_(std::move(parts)) {}

  // What a command needs to know.
  NodeIndex Owner(SlotId slot) const { return NodeIndex(parts_.slots->owner[slot.value]); }
  bool IsMine(SlotId slot) const { return Owner(slot) == parts_.myself; }
  // Mine, or my primary's when I am a replica.
  bool IsMyShards(SlotId slot) const {
    NodeIndex owner = Owner(slot);
    return owner != kNoNode && (owner == parts_.myself || owner == Myself().primary);
  }
  // To whom the slot is migrating; kNoNode when it is not.
  NodeIndex Migrating(SlotId slot) const {
    return parts_.slots->migrating_set.Test(slot) ? Peer(parts_.slots->migrating, slot) : kNoNode;
  }
  // From whom the slot is being imported; kNoNode when it is not.
  NodeIndex Importing(SlotId slot) const {
    return parts_.slots->importing_set.Test(slot) ? Peer(parts_.slots->importing, slot) : kNoNode;
  }
  bool ok() const { return parts_.summary.ok; }

  uint64_t version() const { return parts_.version; }
  NodeIndex my_index() const { return parts_.myself; }
  const NodeInfo& Myself() const { return Node(parts_.myself); }
  // REQUIRES: index names a live node of this map.
  const NodeInfo& Node(NodeIndex index) const { return (*parts_.nodes)[index.value]; }
  const NodePulse& Pulse(NodeIndex index) const { return (*parts_.pulses)[index.value]; }
  // kNoNode when nobody has that id. Handshake nodes have made-up ids.
  NodeIndex Find(const NodeId& id) const;
  // The live nodes, ascending by index.
  std::vector<NodeIndex> Nodes() const;
  const SlotTable& slots() const { return *parts_.slots; }
  const Summary& summary() const { return parts_.summary; }
  const Parts& parts() const { return parts_; }

  // The config epoch that CLUSTER NODES shows: a replica's is its primary's.
  Epoch ConfigEpoch(NodeIndex index) const;
  // As CLUSTER SHARDS tells it: a replica with offset 0 is loading.
  Health HealthOf(NodeIndex index) const;
  // True for a replica that CLUSTER SLOTS lists: not FAIL and with something received.
  bool IsReplicaAvailable(NodeIndex index) const;

  // CLUSTER SLOTS: maximal ranges with one owner, ascending; unassigned slots are left out.
  struct OwnedRange {
    SlotRange range;
    NodeIndex owner;
  };
  std::vector<OwnedRange> OwnedRanges() const;
  // CLUSTER SHARDS: the nodes grouped by shard id, nodes in handshake left out. `slots` are the primary's.
  struct Shard {
    NodeIndex primary = kNoNode;
    std::vector<SlotRange> slots;
    std::vector<NodeIndex> nodes;
  };
  std::vector<Shard> Shards() const;

 private:
  static NodeIndex Peer(const std::vector<OpenSlot>& open, SlotId slot);

  Parts parts_;
};

}  // namespace dunlin::cluster
