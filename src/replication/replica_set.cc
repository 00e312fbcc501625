#include "replication/replica_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/ascii.h"
#include "base/numbers.h"
#include "oplog/log.h"

namespace dunlin::replication {
namespace {

constexpr int64_t kCronPeriodMs = 1000;

}  // namespace

// ---- Peers come and go ----

ReplicaPeer& ReplicaSet::PeerOf(PeerId id, std::string_view socket_ip) {
  ReplicaPeer& peer = peers_[id];
  peer.id = id;
  if (peer.socket_ip.empty()) peer.socket_ip = socket_ip;
  return peer;
}

void ReplicaSet::BecomeReplica(ReplicaPeer& peer, PeerState state, const Situation& now) {
  peer.state = state;
  peer.ack_time_ms = now.now_ms;
  peer.waiting_since_ms = now.now_ms;
  order_.push_back(peer.id);
}

void ReplicaSet::Remove(PeerId id, const Situation& now, Effects& out) {
  auto at = peers_.find(id);
  if (at == peers_.end()) return;
  if (at->second.is_replica()) {
    Notice(out, fmt::format("Connection with replica {} lost.", at->second.Name()));
    std::erase(order_, id);
    if (order_.empty()) no_replicas_since_ms_ = now.now_ms;
  }
  peers_.erase(at);
}

void ReplicaSet::Close(PeerId id, const Situation& now, Effects& out, bool after_reply) {
  Remove(id, now, out);
  out.push_back(ClosePeer{id, after_reply});
}

Effects ReplicaSet::OnClosed(PeerId peer, const Situation& now) {
  Effects out;
  Remove(peer, now, out);
  AbortUnwantedSnapshot(now, out);
  return out;
}

Effects ReplicaSet::CloseAll(const Situation& now) {
  Effects out;
  for (PeerId id : std::vector<PeerId>(order_)) Close(id, now, out);
  AbortUnwantedSnapshot(now, out);
  return out;
}

Effects ReplicaSet::CloseAllForNewData(const Situation& now) {
  Effects out = CloseAll(now);
  AbortSnapshotNow(out);
  return out;
}

// ---- What peers say ----

ReplicaSet::Replconf ReplicaSet::OnReplconf(PeerId id, std::string_view socket_ip,
                                            std::span<const std::string_view> args, const Situation& now) {
  Replconf answer;
  ReplicaPeer& peer = PeerOf(id, socket_ip);
  ReplconfResult result = ApplyReplconf(peer, args, now.now_ms);
  answer.acked = result.acked;
  answer.asked_for_ack = result.asked_for_ack;
  answer.result.reply = std::move(result.reply);
  if (result.acked && peer.stream_on_ack && peer.state == PeerState::kOnline) {
    peer.stream_on_ack = false;
    answer.result.effects.push_back(StartStream{id});
  }
  return answer;
}

void ReplicaSet::OnNewline(PeerId id, int64_t now_ms) {
  auto at = peers_.find(id);
  if (at != peers_.end() && at->second.is_replica()) at->second.ack_time_ms = now_ms;
}

void ReplicaSet::OnWriteBlocked(PeerId id, bool blocked, int64_t now_ms) {
  auto at = peers_.find(id);
  if (at != peers_.end()) at->second.write_blocked_since_ms = blocked ? now_ms : -1;
}

CommandResult ReplicaSet::OnSync(PeerId id, std::string_view socket_ip, std::span<const std::string_view> args,
                                 const Situation& now) {
  CommandResult result;
  ReplicaPeer& peer = PeerOf(id, socket_ip);
  if (peer.is_replica()) return result;
  if (peer.filter.any() && !peer.can_eof) {
    result.reply = "-ERR Filtered replica requires EOF capability";
    return result;
  }
  Notice(result.effects, fmt::format("Replica {} asks for synchronization", peer.Name()));
  if (args.size() >= 3 && EqualsIgnoreCase(args[0], "psync")) {
    auto offset = ParseInt64(args[2]);
    if (!offset) {
      Warning(result.effects, fmt::format("Replica {} asks for synchronization but with a wrong offset", peer.Name()));
      result.reply = "-ERR value is not an integer or out of range";
      return result;
    }
    if (TryPartial(peer, {args[1], *offset}, now, result.effects)) return result;
  } else {
    peer.only_sync = true;
  }
  AskForFull(peer, now, result.effects);
  return result;
}

bool ReplicaSet::TryPartial(ReplicaPeer& peer, const SyncRequest& request, const Situation& now, Effects& out) {
  SyncDecision decision = DecideSync(now.history, now.facts, request, peer.Name());
  for (LogLine& line : decision.log) out.push_back(std::move(line));
  if (!decision.from) {
    // "?" asks for a whole copy on purpose.
    if (!request.id.starts_with('?')) ++counts_.partial_err;
    return false;
  }
  ++counts_.partial_ok;
  BecomeReplica(peer, PeerState::kOnline, now);
  std::string reply = "+CONTINUE";
  if (peer.can_psync2) reply.append(" ").append(now.history.id().view());
  out.push_back(SendToPeer{peer.id, reply + "\r\n"});
  out.push_back(HoldLog{peer.id, *decision.from});
  out.push_back(StartStream{peer.id});
  return true;
}

// ---- Whole copies ----

void ReplicaSet::AskForFull(ReplicaPeer& peer, const Situation& now, Effects& out) {
  ++counts_.full;
  BecomeReplica(peer, PeerState::kWaitStart, now);
  if (!now.facts.has_backlog) {
    // What happened while nothing was kept is in no log, so nobody may continue from an old name.
    auto id = ReplicationId::Random([this] { return random_.Next(); });
    out.push_back(HistoryChange{HistoryChange::Kind::kNew, id, {}});
    out.push_back(CreateBacklog{});
    Notice(out, fmt::format("Replication backlog created, my new replication IDs are '{}' and '{}'", id.view(),
                            History(id).PreviousIdText()));
  }
  if (snapshot_) {
    if (snapshot_->target == SnapshotTarget::kSockets) {
      Notice(out, "Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC");
    } else if (!snapshot_->aborted && snapshot_->filter == peer.filter) {
      Notice(out, "Waiting for end of BGSAVE for SYNC");
      if (snapshot_->started) JoinSnapshot(peer, out, now);
    } else {
      Notice(out, "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC");
    }
  } else if (now.facts.other_work == OtherWork::kSave) {
    Notice(out, "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC");
  } else if (now.config.diskless_sync && peer.can_eof && now.config.diskless_sync_delay_s > 0) {
    Notice(out, "Delay next BGSAVE for diskless SYNC");
  } else if (now.facts.other_work == OtherWork::kRewrite) {
    Notice(out, "No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed");
  } else {
    StartSnapshotFor(peer.filter, peer.can_eof, now, out);
  }
}

void ReplicaSet::StartSnapshotFor(const SnapshotFilter& filter, bool can_eof, const Situation& now, Effects& out) {
  Snapshot snapshot;
  snapshot.id = SnapshotId(next_snapshot_++);
  snapshot.filter = filter;
  bool sockets = can_eof && (now.config.diskless_sync || filter.any());
  snapshot.target = sockets ? SnapshotTarget::kSockets : SnapshotTarget::kFile;
  Notice(out, fmt::format("Starting BGSAVE for SYNC with target: {}", sockets ? "replicas sockets" : "disk"));
  out.push_back(StartSnapshot{snapshot.id, snapshot.target, filter});
  snapshot_ = std::move(snapshot);
}

void ReplicaSet::StartPendingSnapshot(const Situation& now, Effects& out) {
  if (snapshot_ || now.facts.other_work != OtherWork::kNone) return;
  const ReplicaPeer* first = nullptr;
  int waiting = 0;
  int64_t longest_ms = 0;
  bool all_can_eof = true;
  for (PeerId id : order_) {
    const ReplicaPeer& peer = peers_.at(id);
    if (peer.state != PeerState::kWaitStart) continue;
    if (first == nullptr) first = &peer;
    if (peer.filter != first->filter) continue;
    ++waiting;
    longest_ms = std::max(longest_ms, now.now_ms - peer.waiting_since_ms);
    all_can_eof = all_can_eof && peer.can_eof;
  }
  if (first == nullptr) return;
  const Config& config = now.config;
  bool crowd = config.diskless_sync_max_replicas > 0 && waiting >= config.diskless_sync_max_replicas;
  if (config.diskless_sync && !crowd && longest_ms < config.diskless_sync_delay_s * 1000) return;
  StartSnapshotFor(first->filter, all_can_eof, now, out);
}

Effects ReplicaSet::OnSnapshotStarted(SnapshotId id, Offset cut, const Situation& now) {
  Effects out;
  if (!snapshot_ || snapshot_->id != id || snapshot_->aborted) return out;
  snapshot_->started = true;
  snapshot_->cut = cut;
  if (snapshot_->target == SnapshotTarget::kSockets) {
    // Forty characters that the snapshot does not hold but by a chance of one in 2^160.
    snapshot_->mark = ReplicationId::Random([this] { return random_.Next(); }).str();
    Notice(out, fmt::format("Background RDB transfer started by pid {}", now.config.process_id));
  }
  for (PeerId peer_id : IdsInState(PeerState::kWaitStart)) {
    ReplicaPeer& peer = peers_.at(peer_id);
    // One that came after the snapshot was asked for may not know the mark.
    bool fits = snapshot_->target == SnapshotTarget::kFile || peer.can_eof;
    if (fits && peer.filter == snapshot_->filter) JoinSnapshot(peer, out, now);
  }
  AbortUnwantedSnapshot(now, out);
  return out;
}

void ReplicaSet::JoinSnapshot(ReplicaPeer& peer, Effects& out, const Situation& now) {
  peer.state = PeerState::kWaitEnd;
  peer.cut = snapshot_->cut;
  peer.write_blocked_since_ms = -1;
  if (!peer.rdb_only) out.push_back(HoldLog{peer.id, peer.cut});
  std::string bytes;
  if (!peer.only_sync) bytes = fmt::format("+FULLRESYNC {} {}\r\n", now.history.id().view(), peer.cut.value);
  if (snapshot_->target == SnapshotTarget::kSockets) bytes += fmt::format("$EOF:{}\r\n", snapshot_->mark);
  if (!bytes.empty()) out.push_back(SendToPeer{peer.id, std::move(bytes)});
  if (snapshot_->target == SnapshotTarget::kSockets) out.push_back(StreamSnapshot{snapshot_->id, peer.id});
}

Effects ReplicaSet::OnSnapshotRefused(SnapshotId id, std::string_view reason, const Situation& now) {
  Effects out;
  if (!snapshot_ || snapshot_->id != id) return out;
  bool aborted = std::exchange(snapshot_, std::nullopt)->aborted;
  if (aborted) return out;
  if (!reason.empty()) Warning(out, std::string(reason));
  Warning(out, "BGSAVE for replication failed");
  for (PeerId peer : IdsInState(PeerState::kWaitStart)) {
    out.push_back(SendToPeer{peer, "-ERR BGSAVE failed, replication can't continue\r\n"});
    Close(peer, now, out, /*after_reply=*/true);
  }
  return out;
}

Effects ReplicaSet::OnSnapshotEnded(SnapshotId id, bool ok, int64_t size_bytes, const Situation& now) {
  Effects out;
  if (!snapshot_ || snapshot_->id != id) return out;
  Snapshot snapshot = *std::exchange(snapshot_, std::nullopt);
  std::vector<PeerId> peers = IdsInState(PeerState::kWaitEnd);
  if (ok && snapshot.target == SnapshotTarget::kSockets) {
    Notice(out, fmt::format("Diskless rdb transfer, done reading from pipe, {} replicas still up.", peers.size()));
  }
  for (PeerId peer_id : peers) {
    ReplicaPeer& peer = peers_.at(peer_id);
    if (!ok) {
      Warning(out, "SYNC failed. BGSAVE child returned an error");
      Close(peer_id, now, out);
    } else if (snapshot.target == SnapshotTarget::kSockets) {
      Notice(out, fmt::format("Streamed RDB transfer with replica {} succeeded (socket). Waiting for REPLCONF ACK from "
                              "replica to enable streaming",
                              peer.Name()));
      out.push_back(SendToPeer{peer_id, snapshot.mark});
      peer.stream_on_ack = true;
      PutOnline(peer, now, out);
    } else {
      peer.state = PeerState::kSendFile;
      out.push_back(SendToPeer{peer_id, fmt::format("${}\r\n", size_bytes)});
      out.push_back(SendSnapshotFile{id, peer_id});
    }
  }
  StartPendingSnapshot(now, out);
  return out;
}

Effects ReplicaSet::OnSnapshotFileSent(PeerId id, const Situation& now) {
  Effects out;
  auto at = peers_.find(id);
  if (at == peers_.end() || at->second.state != PeerState::kSendFile) return out;
  bool streams = !at->second.rdb_only;
  PutOnline(at->second, now, out);
  if (streams) out.push_back(StartStream{id});
  return out;
}

void ReplicaSet::PutOnline(ReplicaPeer& peer, const Situation& now, Effects& out) {
  if (peer.rdb_only) {
    peer.state = PeerState::kTransmitted;
    Notice(out, fmt::format("RDB transfer completed, rdb only replica ({}) should be disconnected asap", peer.Name()));
    Close(peer.id, now, out, /*after_reply=*/true);
    return;
  }
  peer.state = PeerState::kOnline;
  peer.ack_time_ms = now.now_ms;
  Notice(out, fmt::format("Synchronization with replica {} succeeded", peer.Name()));
}

void ReplicaSet::AbortUnwantedSnapshot(const Situation& now, Effects& out) {
  if (!snapshot_ || !snapshot_->started || snapshot_->aborted) return;
  if (!IdsInState(PeerState::kWaitEnd).empty()) return;
  if (snapshot_->target == SnapshotTarget::kSockets) {
    Warning(out, "Diskless rdb transfer, last replica dropped, killing fork child.");
  } else if (now.facts.has_save_points) {
    return;
  }
  AbortSnapshotNow(out);
}

void ReplicaSet::AbortSnapshotNow(Effects& out) {
  if (!snapshot_ || snapshot_->aborted) return;
  snapshot_->aborted = true;
  out.push_back(AbortSnapshot{snapshot_->id});
}

// ---- Time ----

Effects ReplicaSet::Tick(bool primary, const Situation& now) {
  Effects out;
  if (acks_wanted_) AppendGetAck(now, out);
  if (now.now_ms >= next_cron_ms_) {
    next_cron_ms_ = now.now_ms + kCronPeriodMs;
    PingReplicas(primary, now, out);
    // Whoever waits for a snapshot that is not on its way yet hears that we live.
    for (PeerId id : order_) {
      PeerState state = peers_.at(id).state;
      bool to_sockets = snapshot_ && snapshot_->target == SnapshotTarget::kSockets;
      if (state == PeerState::kWaitStart || (state == PeerState::kWaitEnd && !to_sockets)) {
        out.push_back(SendToPeer{id, "\n"});
      }
    }
    CheckTimeouts(now, out);
    CheckBacklogTtl(primary, now, out);
  }
  StartPendingSnapshot(now, out);
  return out;
}

void ReplicaSet::PingReplicas(bool primary, const Situation& now, Effects& out) {
  if (last_ping_ms_ && now.now_ms - *last_ping_ms_ < now.config.ping_replica_period_s * 1000) return;
  last_ping_ms_ = now.now_ms;
  // A replica passes on its primary's stream, to which nothing may be added.
  if (!primary || order_.empty() || now.facts.stream_paused) return;
  std::string ping;
  oplog::AppendCommand(ping, std::array<std::string_view, 1>{"PING"});
  out.push_back(AppendForReplicas{std::move(ping)});
}

void ReplicaSet::CheckTimeouts(const Situation& now, Effects& out) {
  int64_t timeout_ms = now.config.repl_timeout_s * 1000;
  bool to_sockets = snapshot_ && snapshot_->target == SnapshotTarget::kSockets;
  for (PeerId id : std::vector<PeerId>(order_)) {
    const ReplicaPeer& peer = peers_.at(id);
    if (peer.state == PeerState::kOnline && !peer.only_sync && now.now_ms - peer.ack_time_ms > timeout_ms) {
      Warning(out, fmt::format("Disconnecting timedout replica (streaming sync): {}", peer.Name()));
      Close(id, now, out);
    } else if (peer.state == PeerState::kWaitEnd && to_sockets && peer.write_blocked_since_ms >= 0 &&
               now.now_ms - peer.write_blocked_since_ms > timeout_ms) {
      Warning(out, fmt::format("Disconnecting timedout replica (full sync): {}", peer.Name()));
      Close(id, now, out);
    }
  }
  AbortUnwantedSnapshot(now, out);
}

void ReplicaSet::CheckBacklogTtl(bool primary, const Situation& now, Effects& out) {
  int64_t ttl_s = now.config.backlog_ttl_s;
  if (!primary || ttl_s <= 0 || !order_.empty() || !now.facts.has_backlog) return;
  if (now.now_ms - no_replicas_since_ms_ <= ttl_s * 1000) return;
  // From here on changes may go uncounted, so the names must not be granted again.
  auto id = ReplicationId::Random([this] { return random_.Next(); });
  out.push_back(HistoryChange{HistoryChange::Kind::kNew, id, {}});
  out.push_back(DropBacklog{});
  Notice(out, fmt::format("Replication backlog freed after {} seconds without connected replicas.", ttl_s));
}

Effects ReplicaSet::RequestAcks(const Situation& now) {
  Effects out;
  AppendGetAck(now, out);
  return out;
}

void ReplicaSet::AppendGetAck(const Situation& now, Effects& out) {
  acks_wanted_ = now.facts.stream_paused;
  if (acks_wanted_ || order_.empty()) return;
  std::string bytes;
  oplog::AppendCommand(bytes, std::array<std::string_view, 3>{"REPLCONF", "GETACK", "*"});
  out.push_back(AppendForReplicas{std::move(bytes)});
}

// ---- Questions ----

std::vector<PeerId> ReplicaSet::IdsInState(PeerState state) const {
  std::vector<PeerId> ids;
  for (PeerId id : order_) {
    if (peers_.at(id).state == state) ids.push_back(id);
  }
  return ids;
}

int ReplicaSet::CountAcked(Offset offset) const {
  return static_cast<int>(std::ranges::count_if(peers_, [&](const auto& entry) {
    return entry.second.state == PeerState::kOnline && entry.second.acked >= offset;
  }));
}

int ReplicaSet::CountFsynced(Offset offset) const {
  return static_cast<int>(std::ranges::count_if(peers_, [&](const auto& entry) {
    return entry.second.state == PeerState::kOnline && entry.second.fsynced >= offset;
  }));
}

int ReplicaSet::CountGood(const Situation& now) const {
  return static_cast<int>(std::ranges::count_if(peers_, [&](const auto& entry) {
    return entry.second.state == PeerState::kOnline &&
           entry.second.LagSeconds(now.now_ms) <= now.config.min_replicas_max_lag_s;
  }));
}

bool ReplicaSet::EnoughGood(const Situation& now) const {
  const Config& config = now.config;
  if (config.min_replicas_to_write == 0 || config.min_replicas_max_lag_s == 0) return true;
  return CountGood(now) >= config.min_replicas_to_write;
}

bool ReplicaSet::AllAcked(Offset offset) const {
  return std::ranges::all_of(order_, [&](PeerId id) { return peers_.at(id).acked == offset; });
}

std::vector<LogLine> ReplicaSet::DescribeLagging(const Situation& now) const {
  std::vector<LogLine> lines;
  size_t lagging = 0;
  for (PeerId id : order_) {
    const ReplicaPeer& peer = peers_.at(id);
    if (peer.acked == now.facts.log_end) continue;
    ++lagging;
    int64_t lag = peer.state == PeerState::kOnline ? peer.LagSeconds(now.now_ms) : 0;
    lines.push_back({LogLevel::kNotice,
                     fmt::format("Lagging replica {} reported offset {} behind master, lag={}, state={}.", peer.Name(),
                                 now.facts.log_end.value - peer.acked.value, lag, PeerStateName(peer.state))});
  }
  if (!order_.empty()) {
    lines.push_back({LogLevel::kNotice, fmt::format("{} of {} replicas are in sync when shutting down.",
                                                    order_.size() - lagging, order_.size())});
  }
  return lines;
}

const ReplicaPeer* ReplicaSet::Find(PeerId id) const {
  auto at = peers_.find(id);
  return at == peers_.end() ? nullptr : &at->second;
}

const ReplicaPeer* ReplicaSet::FindByAddress(std::string_view host, int64_t port) const {
  for (PeerId id : order_) {
    const ReplicaPeer& peer = peers_.at(id);
    if (EqualsIgnoreCase(peer.ip(), host) && peer.listening_port == port) return &peer;
  }
  return nullptr;
}

std::vector<const ReplicaPeer*> ReplicaSet::Replicas() const {
  std::vector<const ReplicaPeer*> replicas;
  replicas.reserve(order_.size());
  for (PeerId id : order_) replicas.push_back(&peers_.at(id));
  return replicas;
}

}  // namespace dunlin::replication
