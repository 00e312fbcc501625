// The front door: one node's replication as a whole. Its names (History), the link to its primary if it has one, its
// replicas, a FAILOVER under way, and what ties them together when the role changes.
//
// It owns no socket, clock, thread, file or random device. Something happens, it says what to do (effects.h). The same
// seed and the same calls give the same effects.
//
// Times are milliseconds of a clock that runs evenly: intervals are measured with it, so a wall clock that is set back
// would stop the machine for as long.
//
// The facts given with a call are those of that moment. While a replica's node is called, its server applies nothing of
// the stream: the end of the log is where the names of the history change hands.
//
// Thread: one at a time (the control thread). A value: copying it copies the whole node.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/random.h"
#include "replication/config.h"
#include "replication/effects.h"
#include "replication/failover.h"
#include "replication/history.h"
#include "replication/replica_link.h"
#include "replication/replica_set.h"

namespace dunlin::replication {

class Node {
 public:
  Node(Config config, uint64_t seed, int64_t now_ms);

  void SetConfig(Config config) { config_ = std::move(config); }
  const Config& config() const { return config_; }

  // ---- The role ----

  // At start, before StartAsReplica or Follow: what an RDB file says of the data that was loaded from it. The effects
  // put the log there.
  Effects Restore(const ReplicationId& saved_id, Offset saved_offset, bool as_replica);
  // At start: this node is a replica by configuration (or by nodes.conf), and has nothing of its own to continue from
  // but what Restore said.
  Effects StartAsReplica(const PrimaryAddress& primary, const Facts& facts, int64_t now_ms);
  // Follow `primary`. A primary that becomes a replica first asks to continue under its own name.
  Effects Follow(const PrimaryAddress& primary, const Facts& facts, int64_t now_ms);
  // Be a primary. Does nothing when this node is one.
  Effects Promote(const Facts& facts, int64_t now_ms);
  // REPLICAOF <host> <port> | NO ONE; `args` without the name, `client` as CLIENT LIST describes the caller, `caller`
  // its id.
  CommandResult OnReplicaof(PeerId caller, std::string_view client, std::span<const std::string_view> args,
                            const Facts& facts, int64_t now_ms);
  bool is_replica() const { return link_.state() != LinkState::kOff; }
  // How much of the stream the data holds. 0 on a replica that has dropped its old data and has not loaded the new:
  // then the end of the log says nothing.
  Offset DataOffset(const Facts& facts) const;

  // ---- The link to the primary; see ReplicaLink ----

  Effects OnConnected(const Facts& facts, int64_t now_ms);
  ReplicaLink::Received OnBytes(std::string_view bytes, const Facts& facts, int64_t now_ms);
  Effects OnClosed(std::string_view reason, const Facts& facts, int64_t now_ms);
  Effects OnRdbLoaded(bool ok, const Facts& facts, int64_t now_ms);
  Effects OnGetAck(const Facts& facts, int64_t now_ms);
  Effects OnStreamBroken(const Facts& facts, int64_t now_ms);
  bool wants_bytes() const { return link_.wants_bytes(); }

  // ---- Replicas; see ReplicaSet ----

  CommandResult OnReplconf(PeerId peer, std::string_view socket_ip, std::span<const std::string_view> args,
                           const Facts& facts, int64_t now_ms);
  // `args` with the command's name in front; `client` as CLIENT LIST describes it; `has_pending_output`: replies that
  // were not sent yet.
  CommandResult OnSync(PeerId peer, std::string_view socket_ip, std::string_view client, bool has_pending_output,
                       std::span<const std::string_view> args, const Facts& facts, int64_t now_ms);
  void OnPeerNewline(PeerId peer, int64_t now_ms) { replicas_.OnNewline(peer, now_ms); }
  Effects OnPeerClosed(PeerId peer, const Facts& facts, int64_t now_ms);
  void OnPeerWriteBlocked(PeerId peer, bool blocked, int64_t now_ms) {
    replicas_.OnWriteBlocked(peer, blocked, now_ms);
  }
  Effects OnSnapshotStarted(SnapshotId id, Offset cut, const Facts& facts, int64_t now_ms);
  Effects OnSnapshotRefused(SnapshotId id, std::string_view reason, const Facts& facts, int64_t now_ms);
  Effects OnSnapshotEnded(SnapshotId id, bool ok, int64_t size_bytes, const Facts& facts, int64_t now_ms);
  Effects OnSnapshotFileSent(PeerId peer, const Facts& facts, int64_t now_ms);
  Effects RequestAcks(const Facts& facts, int64_t now_ms);

  // ---- The rest ----

  // FAILOVER; `args` without the name.
  CommandResult OnFailover(std::span<const std::string_view> args, const Facts& facts, int64_t now_ms);
  // DEBUG CHANGE-REPL-ID: a new name, under which nobody has this data yet. Who is connected stays.
  Effects ChangeId();
  // About ten times a second.
  Effects Tick(const Facts& facts, int64_t now_ms);

  const History& history() const { return history_; }
  const ReplicaSet& replicas() const { return replicas_; }
  FailoverState failover_state() const { return failover_.state(); }
  LinkView link(const Facts& facts, int64_t now_ms) const { return link_.View(At(facts, now_ms)); }
  void ResetCounts() { replicas_.ResetCounts(); }
  // The section "# Replication" of INFO, without its title; lines end with CRLF.
  std::string Info(const Facts& facts, int64_t now_ms) const;

 private:
  Situation At(const Facts& facts, int64_t now_ms) const;
  Facts WithPause(Facts facts) const;
  ReplicationId NewId();
  // Carries out what is for the machines of this node and passes on the rest.
  Effects Settle(Effects effects, const Facts& facts, int64_t now_ms);
  void SettleInto(Effect effect, const Facts& facts, int64_t now_ms, Effects& out);
  void ApplyHistory(HistoryChange change, const Facts& facts, int64_t now_ms, Effects& out);
  void Run(Failover::Step step, const Facts& facts, int64_t now_ms, Effects& out);
  void FollowInto(const PrimaryAddress& primary, bool failover, const Facts& facts, int64_t now_ms, Effects& out);
  void PromoteInto(const Facts& facts, int64_t now_ms, Effects& out);
  // PSYNC ... FAILOVER: the primary of this node hands its role over.
  void TakeOver(std::string_view asked_id, std::string_view client, const Facts& facts, int64_t now_ms,
                CommandResult* result);

  Config config_;
  Random random_;
  History history_;
  ReplicaLink link_;
  ReplicaSet replicas_;
  Failover failover_;
};

}  // namespace dunlin::replication
