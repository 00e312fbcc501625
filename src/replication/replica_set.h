// The primary's end of PSYNC: all replicas, and the snapshots they share.
//
// A peer exists from its first REPLCONF, SYNC or PSYNC until PeerClosed or ClosePeer. A whole copy goes this way:
//
//   wait start -(SnapshotStarted)-> wait end -(SnapshotEnded)-> send file -(SnapshotFileSent)-> online       kFile
//                                            \-------------------------> online, streams from the first ACK   kSockets
//
// One snapshot at a time. Replicas that come while a file is being made share it (the log from its cut is still there);
// those that come while a snapshot goes to sockets wait for the next one.
//
// Thread: one at a time (the control thread). A value; the seed feeds the marks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "replication/config.h"
#include "replication/effects.h"
#include "replication/history.h"
#include "replication/replica_link.h"
#include "replication/replica_peer.h"

namespace dunlin::replication {

// For INFO stats.
struct SyncCounts {
  int64_t full = 0;
  int64_t partial_ok = 0;
  int64_t partial_err = 0;
};

class ReplicaSet {
 public:
  ReplicaSet(uint64_t seed, int64_t now_ms) : random_(seed), no_replicas_since_ms_(now_ms) {}

  // ---- What peers say ----

  struct Replconf {
    CommandResult result;
    bool acked = false;
    bool asked_for_ack = false;
  };
  // `args`: without the command's name.
  Replconf OnReplconf(PeerId peer, std::string_view socket_ip, std::span<const std::string_view> args,
                      const Situation& now);
  // SYNC or PSYNC, once it is clear that this node may serve it. `args` has the command's name in front.
  CommandResult OnSync(PeerId peer, std::string_view socket_ip, std::span<const std::string_view> args,
                       const Situation& now);
  // An empty line from a replica: it loads, and lives.
  void OnNewline(PeerId peer, int64_t now_ms);
  Effects OnClosed(PeerId peer, const Situation& now);
  // The peer's socket has taken fewer snapshot bytes than there are (`blocked`; again whenever it took some), or all of
  // them. Blocked for repl-timeout without a byte is too long.
  void OnWriteBlocked(PeerId peer, bool blocked, int64_t now_ms);

  // ---- What becomes of snapshots ----

  Effects OnSnapshotStarted(SnapshotId id, Offset cut, const Situation& now);
  // It could not begin. `reason` goes to the log when it is not empty.
  Effects OnSnapshotRefused(SnapshotId id, std::string_view reason, const Situation& now);
  // kFile: the file is whole and durable. kSockets: all bytes are in the sockets' queues. ok = false: neither.
  Effects OnSnapshotEnded(SnapshotId id, bool ok, int64_t size_bytes, const Situation& now);
  Effects OnSnapshotFileSent(PeerId peer, const Situation& now);

  // ---- What time and the node's role bring ----

  // About ten times a second. `primary`: this node follows nobody.
  Effects Tick(bool primary, const Situation& now);
  // Every replica is closed and will come again.
  Effects CloseAll(const Situation& now);
  // The same because the data goes: a snapshot of it is of no more use either.
  Effects CloseAllForNewData(const Situation& now);
  // Has them all acknowledge soon (WAIT, WAITAOF, shutdown); when the stream is paused, after that.
  Effects RequestAcks(const Situation& now);
  // The time without replicas counts from now.
  void RestartIdleClock(int64_t now_ms) { no_replicas_since_ms_ = now_ms; }

  // ---- What can be asked ----

  size_t replica_count() const { return order_.size(); }
  // How many online replicas have acknowledged `offset`, in memory (WAIT) or on disk (WAITAOF).
  int CountAcked(Offset offset) const;
  int CountFsynced(Offset offset) const;
  // Online and not lagging more than min-replicas-max-lag.
  int CountGood(const Situation& now) const;
  // min-replicas-to-write and -max-lag allow a write. Always true when either is 0.
  bool EnoughGood(const Situation& now) const;
  // Everybody has everything.
  bool AllAcked(Offset offset) const;
  // What a shutdown logs: those who have not, and how many have.
  std::vector<LogLine> DescribeLagging(const Situation& now) const;

  const ReplicaPeer* Find(PeerId peer) const;
  const ReplicaPeer* FindByAddress(std::string_view host, int64_t port) const;
  // In the order in which they became replicas.
  std::vector<const ReplicaPeer*> Replicas() const;
  const SyncCounts& counts() const { return counts_; }
  void ResetCounts() { counts_ = {}; }
  // A snapshot of ours is under way.
  bool snapshot_running() const { return snapshot_.has_value(); }

 private:
  struct Snapshot {
    SnapshotId id;
    SnapshotTarget target = SnapshotTarget::kFile;
    SnapshotFilter filter;
    bool started = false;
    bool aborted = false;
    Offset cut{0};
    std::string mark;
  };

  ReplicaPeer& PeerOf(PeerId id, std::string_view socket_ip);
  void BecomeReplica(ReplicaPeer& peer, PeerState state, const Situation& now);
  void Remove(PeerId id, const Situation& now, Effects& out);
  void Close(PeerId id, const Situation& now, Effects& out, bool after_reply = false);
  bool TryPartial(ReplicaPeer& peer, const SyncRequest& request, const Situation& now, Effects& out);
  void AskForFull(ReplicaPeer& peer, const Situation& now, Effects& out);
  void JoinSnapshot(ReplicaPeer& peer, Effects& out, const Situation& now);
  void StartSnapshotFor(const SnapshotFilter& filter, bool can_eof, const Situation& now, Effects& out);
  void StartPendingSnapshot(const Situation& now, Effects& out);
  void PutOnline(ReplicaPeer& peer, const Situation& now, Effects& out);
  void AbortUnwantedSnapshot(const Situation& now, Effects& out);
  void AbortSnapshotNow(Effects& out);
  void PingReplicas(bool primary, const Situation& now, Effects& out);
  void AppendGetAck(const Situation& now, Effects& out);
  void CheckTimeouts(const Situation& now, Effects& out);
  void CheckBacklogTtl(bool primary, const Situation& now, Effects& out);
  std::vector<PeerId> IdsInState(PeerState state) const;

  Random random_;
  std::map<PeerId, ReplicaPeer> peers_;
  std::vector<PeerId> order_;
  std::optional<Snapshot> snapshot_;
  uint64_t next_snapshot_ = 1;
  SyncCounts counts_;
  int64_t no_replicas_since_ms_;
  int64_t next_cron_ms_ = 0;
  std::optional<int64_t> last_ping_ms_;
  bool acks_wanted_ = false;
};

}  // namespace dunlin::replication
