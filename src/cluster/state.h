// Everything a core remembers, as plain data. Internal to the room: the rules that work on it are in the other files,
// one file per concept, and each of them works on one Turn.
//
// What must hold between turns is in CheckState (core.cc).
//
// Thread: one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "cluster/core.h"
#include "cluster/slot_map.h"
#include "cluster/slot_set.h"
#include "cluster/types.h"

namespace dunlin::cluster {

struct FailureReport {
  NodeIndex reporter;
  TimeMs at_ms = 0;
};

struct Node {
  // Who it is; part of the published map.
  bool live = false;
  NodeId id;
  ShardId shard;
  uint16_t flags = 0;  // node_flag
  Epoch config_epoch{0};
  NodeIndex primary = kNoNode;
  std::vector<NodeIndex> replicas;
  std::string ip;
  std::string hostname;
  std::string human_name;
  uint16_t tcp_port = 0;
  uint16_t tls_port = 0;
  uint16_t bus_port = 0;
  SlotSet slots;
  int slot_count = 0;

  // How it is; part of the published map too.
  TimeMs ping_sent_ms = 0;
  TimeMs pong_received_ms = 0;
  Offset offset{0};
  LinkId outbound = kNoLink;
  LinkId inbound = kNoLink;

  // Only for the rules.
  bool understands_extensions = false;
  TimeMs created_ms = 0;
  TimeMs data_received_ms = 0;
  TimeMs fail_since_ms = 0;
  TimeMs voted_ms = 0;           // when I last voted for a replica of this primary
  TimeMs orphaned_since_ms = 0;  // 0: it is not
  std::vector<FailureReport> reports;

  bool Has(uint16_t flag) const { return (flags & flag) != 0; }
  bool IsPrimary() const { return Has(node_flag::kPrimary); }
  bool IsReplica() const { return Has(node_flag::kReplica); }
  bool InHandshake() const { return Has(node_flag::kHandshake); }
  bool IsVotingPrimary() const { return IsPrimary() && slot_count > 0; }
};

struct Link {
  bool connected = false;
  NodeIndex node = kNoNode;  // inbound: kNoNode until its peer said who it is
  TimeMs opened_ms = 0;
  std::string peer_ip;
  std::string local_ip;
  bool peer_understands_extensions = false;
};

// Why a replica whose primary failed does not take over; said in the log when it lasts.
enum class CannotFailOver : uint8_t { kNone, kDataAge, kWaitingDelay, kExpired, kWaitingVotes };

// A replica's attempt to be elected.
struct Election {
  TimeMs start_ms = 0;  // when votes are, or were, asked for; 0: never
  bool requested = false;
  int rank = 0;
  Epoch epoch{0};
  std::set<NodeId> votes;
  CannotFailOver reason = CannotFailOver::kNone;
  TimeMs reason_logged_ms = 0;
};

struct ManualFailover {
  TimeMs end_ms = 0;  // 0: none is in progress
  // On the primary: for whom, and whether writes stand still.
  NodeIndex replica = kNoNode;
  bool paused = false;
  // On the replica: where the primary stopped, and whether the election may begin.
  std::optional<Offset> primary_offset;
  bool can_start = false;

  bool in_progress() const { return end_ms != 0; }
};

// Whom the server was told to replicate from.
struct ReplicationTarget {
  NodeId primary;
  std::string ip;
  uint16_t port = 0;
  bool operator==(const ReplicationTarget&) const = default;
};

struct State {
  explicit State(uint64_t seed) : random(seed) { owner.fill(kNoNode); }

  Config config;
  Facts facts;
  Random random;
  TimeMs last_now_ms = 0;

  // Nodes, by index. References stay good while nodes are added.
  std::deque<Node> nodes;
  std::vector<NodeIndex> free_indices;
  std::vector<NodeIndex> live;  // in no order that means anything
  std::map<NodeId, NodeIndex> by_id;
  NodeIndex myself = kNoNode;
  std::map<NodeId, TimeMs> blacklist;  // forgotten ids, and until when

  std::map<LinkId, Link> links;
  uint64_t next_link = 1;

  std::array<NodeIndex, kSlotCount> owner;
  std::map<SlotId, NodeIndex> migrating;
  std::map<SlotId, NodeIndex> importing;
  // Slots whose owner no longer claims them: they stay with it, but nobody is told so.
  SlotSet owner_not_claiming;

  Epoch current_epoch{0};
  Epoch last_vote_epoch{0};

  bool ok = false;
  FailReason fail_reason = FailReason::kStarting;
  int size = 0;
  TimeMs first_update_ms = 0;
  TimeMs last_minority_ms = 0;

  Election election;
  ManualFailover manual;

  bool is_new = false;  // nodes.conf was never written
  uint64_t cron_runs = 0;
  TimeMs next_cron_ms = 0;
  std::optional<ReplicationTarget> following;

  std::array<uint64_t, kMessageTypeCount> messages_sent{};
  std::array<uint64_t, kMessageTypeCount> messages_received{};
  uint64_t link_buffer_limit_exceeded = 0;

  // What of the published map no longer holds.
  std::shared_ptr<const SlotMap> map;
  bool slots_dirty = true;
  bool nodes_dirty = true;
  bool pulses_dirty = true;
  bool links_dirty = false;  // pulses that must be published at once
};

}  // namespace dunlin::cluster
