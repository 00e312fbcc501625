// ReplicaLink from the first PING to the first byte of the stream.
#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/ascii.h"
#include "base/invariant.h"
#include "base/numbers.h"
#include "oplog/log.h"
#include "replication/replica_link.h"

namespace dunlin::replication {
namespace {

LoadMode ChooseLoadMode(const Config& config, const Facts& facts) {
  switch (config.diskless_load) {
    case DisklessLoad::kDisabled: return LoadMode::kFile;
    case DisklessLoad::kSwapDb: return LoadMode::kSwap;
    case DisklessLoad::kWhenDbEmpty: return facts.dataset_empty ? LoadMode::kParser : LoadMode::kFile;
  }
  return LoadMode::kFile;
}

}  // namespace

// ---- PING, AUTH, REPLCONF ----

void ReplicaLink::OnPingReply(std::string_view line, const Situation& now, Effects& out) {
  // A primary that wants AUTH first says so; everything else but +PONG means that it cannot serve.
  bool fine = line.starts_with('+') || line.starts_with("-NOAUTH") || line.starts_with("-NOPERM") ||
              line.starts_with("-ERR operation not permitted");
  if (!fine) {
    Warning(out, fmt::format("Error reply to PING from master: '{}'", line));
    return FailHandshake(out);
  }
  Notice(out, "Master replied to PING, replication can continue...");
  SendHandshake(now, out);
}

void ReplicaLink::SendHandshake(const Situation& now, Effects& out) {
  const Config& config = now.config;
  expected_.clear();
  std::string bytes;
  if (!config.primary_auth.empty()) {
    if (config.primary_user.empty()) {
      oplog::AppendCommand(bytes, std::array<std::string_view, 2>{"AUTH", config.primary_auth});
    } else {
      oplog::AppendCommand(bytes, std::array<std::string_view, 3>{"AUTH", config.primary_user, config.primary_auth});
    }
    expected_.push_back(Reply::kAuth);
  }
  std::string port = fmt::format("{}", config.announce_port != 0 ? config.announce_port : config.port);
  oplog::AppendCommand(bytes, std::array<std::string_view, 3>{"REPLCONF", "listening-port", port});
  expected_.push_back(Reply::kListeningPort);
  if (!config.announce_ip.empty()) {
    oplog::AppendCommand(bytes, std::array<std::string_view, 3>{"REPLCONF", "ip-address", config.announce_ip});
    expected_.push_back(Reply::kIpAddress);
  }
  oplog::AppendCommand(bytes, std::array<std::string_view, 5>{"REPLCONF", "capa", "eof", "capa", "psync2"});
  expected_.push_back(Reply::kCapa);
  if (!config.announce_version.empty()) {
    oplog::AppendCommand(bytes, std::array<std::string_view, 3>{"REPLCONF", "version", config.announce_version});
    expected_.push_back(Reply::kVersion);
  }
  state_ = LinkState::kHandshake;
  out.push_back(SendToPrimary{std::move(bytes)});
}

void ReplicaLink::OnHandshakeReply(std::string_view line, const Situation& now, Effects& out) {
  Reply reply = expected_.front();
  expected_.pop_front();
  if (line.starts_with('-')) {
    std::string_view option;
    switch (reply) {
      case Reply::kAuth: Warning(out, fmt::format("Unable to AUTH to MASTER: {}", line)); return FailHandshake(out);
      case Reply::kListeningPort: option = "listening-port"; break;
      case Reply::kIpAddress: option = "ip-address"; break;
      case Reply::kCapa: option = "capa"; break;
      case Reply::kVersion: option = "version"; break;
    }
    Notice(out, fmt::format("(Non critical) Master does not understand REPLCONF {}: {}", option, line));
  }
  if (expected_.empty()) SendPsync(now, out);
}

// ---- PSYNC ----

void ReplicaLink::SendPsync(const Situation& now, Effects& out) {
  asked_to_continue_ = now.history.resumable();
  std::string id = "?";
  std::string offset = "-1";
  if (asked_to_continue_) {
    id = now.history.id().str();
    offset = fmt::format("{}", now.facts.log_end.value + 1);
    Notice(out, fmt::format("Trying a partial resynchronization (request {}:{}).", id, offset));
  } else {
    Notice(out, "Partial resynchronization not possible (no cached master)");
  }
  std::string bytes;
  if (failover_) {
    oplog::AppendCommand(bytes, std::array<std::string_view, 4>{"PSYNC", id, offset, "FAILOVER"});
  } else {
    oplog::AppendCommand(bytes, std::array<std::string_view, 3>{"PSYNC", id, offset});
  }
  state_ = LinkState::kPsync;
  out.push_back(SendToPrimary{std::move(bytes)});
}

void ReplicaLink::AnswerFailover(bool accepted, Effects& out) {
  if (!failover_) return;
  failover_ = false;
  out.push_back(FailoverAnswer{accepted});
}

void ReplicaLink::OnPsyncReply(std::string_view line, const Situation& now, Effects& out) {
  // An empty line keeps the connection alive while the primary prepares.
  if (line.empty()) return;
  if (line.starts_with("+FULLRESYNC")) return OnFullResync(line, now, out);
  if (line.starts_with("+CONTINUE")) return OnContinue(line, now, out);
  OnPsyncError(line, now, out);
}

void ReplicaLink::OnFullResync(std::string_view line, const Situation& now, Effects& out) {
  std::vector<std::string_view> words = SplitBlanks(line);
  auto id = words.size() == 3 ? ReplicationId::Parse(words[1]) : std::nullopt;
  auto offset = words.size() == 3 ? ParseInt64(words[2]) : std::nullopt;
  if (words.front() != "+FULLRESYNC" || !id || !offset || *offset < 0) {
    Warning(out, "Master replied with wrong +FULLRESYNC syntax.");
    FailHandshake(out);
    return AnswerFailover(false, out);
  }
  full_id_ = *id;
  full_offset_ = Offset(*offset);
  follows_offsets_ = true;
  Notice(out, fmt::format("Full resync from master: {}:{}", full_id_.view(), full_offset_.value));
  BeginHeader(now);
  AnswerFailover(true, out);
}

void ReplicaLink::OnContinue(std::string_view line, const Situation& now, Effects& out) {
  std::vector<std::string_view> words = SplitBlanks(line);
  auto id = words.size() == 2 ? ReplicationId::Parse(words[1]) : std::nullopt;
  if (!asked_to_continue_ || words.front() != "+CONTINUE" || words.size() > 2 || (words.size() == 2 && !id)) {
    Warning(out, fmt::format("Unexpected reply to PSYNC from master: {}", line));
    FailHandshake(out);
    return AnswerFailover(false, out);
  }
  Notice(out, "Successful partial resynchronization with master.");
  follows_offsets_ = true;
  acknowledges_ = true;
  if (id && *id != now.history.id()) {
    Notice(out, fmt::format("Master replication ID changed to {}", id->view()));
    out.push_back(HistoryChange{HistoryChange::Kind::kPartialSync, *id, now.facts.log_end});
    out.push_back(CloseReplicas{});
  }
  if (!now.facts.has_backlog) out.push_back(CreateBacklog{});
  BeginStreaming(now.facts.log_end, now, out);
  Notice(out, "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.");
  AnswerFailover(true, out);
}

void ReplicaLink::OnPsyncError(std::string_view line, const Situation& now, Effects& out) {
  if (line.starts_with("-NOMASTERLINK") || line.starts_with("-LOADING")) {
    Notice(out, fmt::format("Master is currently unable to PSYNC but should be in the future: {}", line));
    FailHandshake(out);
    return AnswerFailover(false, out);
  }
  if (line.starts_with("-ERR")) {
    Notice(out, fmt::format("Master does not support PSYNC or is in error state (reply: {})", line));
  } else {
    Warning(out, fmt::format("Unexpected reply to PSYNC from master: {}", line));
  }
  if (failover_) {
    FailHandshake(out);
    return AnswerFailover(false, out);
  }
  Notice(out, "Retrying with SYNC...");
  out.push_back(SendToPrimary{"SYNC\r\n"});
  full_id_ = ReplicationId();
  full_offset_ = Offset(0);
  follows_offsets_ = false;
  BeginHeader(now);
}

// ---- The whole copy ----

void ReplicaLink::BeginHeader(const Situation& now) {
  state_ = LinkState::kHeader;
  frame_.reset();
  last_io_ms_ = now.now_ms;
}

void ReplicaLink::OnHeader(std::string_view line, const Situation& now, Effects& out) {
  // An empty line says that the snapshot is not ready yet.
  if (line.empty()) return;
  if (line.starts_with('-')) {
    Warning(out, fmt::format("MASTER aborted replication with an error: {}", line.substr(1)));
    return FailHandshake(out);
  }
  frame_ = RdbFrame::Parse(line);
  if (!frame_) {
    Warning(out, fmt::format("Bad protocol from MASTER, the first byte is not '$' (we received '{}'), are you sure the "
                             "host and port are right?",
                             line));
    return FailHandshake(out);
  }
  mode_ = ChooseLoadMode(now.config, now.facts);
  std::string_view where = mode_ == LoadMode::kFile ? "to disk" : "to parser";
  auto size = frame_->size_bytes();
  if (size) {
    Notice(out, fmt::format("MASTER <-> REPLICA sync: receiving {} bytes from master {}", *size, where));
  } else {
    Notice(out, fmt::format("MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF {}", where));
  }
  if (mode_ == LoadMode::kParser) {
    out.push_back(HistoryChange{HistoryChange::Kind::kDataLost, {}, {}});
    Notice(out, "MASTER <-> REPLICA sync: Flushing old data");
  }
  if (mode_ != LoadMode::kFile) Notice(out, "MASTER <-> REPLICA sync: Loading DB in memory");
  bool same_history = !full_id_.empty() && full_id_ == now.history.id();
  out.push_back(RdbBegin{mode_, size, mode_ == LoadMode::kSwap && same_history});
  state_ = LinkState::kTransfer;
  // There is nothing to wait for, so no byte will come to say so.
  if (size == 0) OnRdbEnd(out);
}

size_t ReplicaLink::OnRdb(std::string_view bytes, const Situation& now, Effects& out) {
  RdbFrame::Piece piece = frame_->Next(bytes);
  if (piece.consumed > 0) last_io_ms_ = now.now_ms;
  if (!piece.rdb.empty()) out.push_back(RdbBytes{piece.rdb});
  if (piece.end) OnRdbEnd(out);
  return piece.consumed;
}

void ReplicaLink::OnRdbEnd(Effects& out) {
  out.push_back(RdbEnd{});
  if (mode_ == LoadMode::kFile) {
    out.push_back(HistoryChange{HistoryChange::Kind::kDataLost, {}, {}});
    Notice(out, "MASTER <-> REPLICA sync: Flushing old data");
    Notice(out, "MASTER <-> REPLICA sync: Loading DB in memory");
    out.push_back(LoadRdbFile{});
  }
  state_ = LinkState::kLoading;
}

Effects ReplicaLink::RdbLoaded(bool ok, const Situation& now) {
  Effects out;
  if (state_ != LinkState::kTransfer && state_ != LinkState::kLoading) return out;
  if (!ok) {
    std::string_view from = mode_ == LoadMode::kFile ? "disk" : "socket";
    Warning(out, fmt::format("Failed trying to load the MASTER synchronization DB from {}, check server logs.", from));
    FailTransfer(now, out);
    return out;
  }
  DUNLIN_INVARIANT(state_ == LinkState::kLoading, "a snapshot is loaded when all of it has come");
  FinishFullSync(now, out);
  return out;
}

void ReplicaLink::FinishFullSync(const Situation& now, Effects& out) {
  if (mode_ == LoadMode::kSwap) {
    out.push_back(HistoryChange{HistoryChange::Kind::kDataLost, {}, {}});
    Notice(out, "MASTER <-> REPLICA sync: Swapping active DB with loaded DB");
    out.push_back(SwapDataset{});
    Notice(out, "MASTER <-> REPLICA sync: Discarding old DB in background");
  }
  bool marked = !frame_->size_bytes().has_value();
  frame_.reset();
  // Behind SYNC there is no name to continue under; the offsets count from here.
  auto kind = follows_offsets_ ? HistoryChange::Kind::kFullSync : HistoryChange::Kind::kNew;
  out.push_back(HistoryChange{kind, full_id_, full_offset_});
  out.push_back(RestartLog{full_offset_});
  out.push_back(CreateBacklog{});
  BeginStreaming(full_offset_, now, out);
  Notice(out, "MASTER <-> REPLICA sync: Finished with success");
  // The primary sends nothing behind the mark until it hears that the snapshot arrived; it may not yet be listening
  // when this first word comes, so even one that was asked with SYNC hears it again.
  acknowledges_ = follows_offsets_ || marked;
  if (marked) AppendAck(full_offset_, now, out);
}

void ReplicaLink::BeginStreaming(Offset from, const Situation& now, Effects& out) {
  state_ = LinkState::kStreaming;
  read_offset_ = from;
  last_io_ms_ = now.now_ms;
  down_since_ms_ = -1;
  out.push_back(LinkStatus{true});
}

}  // namespace dunlin::replication
