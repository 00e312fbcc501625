#include "replication/replica_link.h"

#include <fmt/format.h>

#include <array>

#include "base/invariant.h"
#include "base/limits.h"
#include "oplog/log.h"

namespace dunlin::replication {
namespace {

constexpr int64_t kCronPeriodMs = 1000;
constexpr int64_t kFailoverCronPeriodMs = 100;
constexpr int64_t kNewlinePeriodMs = 1000;
// A link that breaks sooner after its beginning is not made again at once: a primary that drops us each time would have
// us try without end.
constexpr int64_t kYoungLinkMs = 100;

}  // namespace

std::string_view LinkStateName(LinkState state) {
  switch (state) {
    case LinkState::kOff: return "none";
    case LinkState::kWaiting: return "connect";
    case LinkState::kConnecting: return "connecting";
    case LinkState::kPing:
    case LinkState::kHandshake:
    case LinkState::kPsync: return "handshake";
    case LinkState::kHeader:
    case LinkState::kTransfer:
    case LinkState::kLoading: return "sync";
    case LinkState::kStreaming: return "connected";
  }
  return "unknown";
}

// ---- Coming and going ----

Effects ReplicaLink::Start(const PrimaryAddress& primary, bool failover, const Situation& now) {
  Effects out;
  Leave(now, out);
  primary_ = primary;
  failover_ = failover;
  follows_offsets_ = true;
  state_ = LinkState::kWaiting;
  next_cron_ms_ = now.now_ms + (failover ? kFailoverCronPeriodMs : kCronPeriodMs);
  Notice(out, fmt::format("Connecting to MASTER {}:{}", primary_.host, primary_.port));
  BeginConnect(now, out);
  return out;
}

Effects ReplicaLink::Stop(const Situation& now) {
  Effects out;
  Leave(now, out);
  down_since_ms_ = -1;
  return out;
}

void ReplicaLink::Leave(const Situation& now, Effects& out) {
  if (state_ == LinkState::kStreaming) {
    DropEstablished(now, out);
  } else if (state_ >= LinkState::kConnecting) {
    FailHandshake(out);
  }
  state_ = LinkState::kOff;
  failover_ = false;
}

void ReplicaLink::BeginConnect(const Situation& now, Effects& out) {
  DUNLIN_INVARIANT(state_ == LinkState::kWaiting, "one connection at a time");
  state_ = LinkState::kConnecting;
  attempt_ms_ = now.now_ms;
  last_io_ms_ = now.now_ms;
  Notice(out, "MASTER <-> REPLICA sync started");
  out.push_back(Connect{primary_.host, primary_.port});
}

void ReplicaLink::Reconnect(std::string_view why, const Situation& now, Effects& out) {
  if (now.now_ms - attempt_ms_ < kYoungLinkMs) return;
  Notice(out, fmt::format("Reconnecting to MASTER {}:{}{}", primary_.host, primary_.port, why));
  BeginConnect(now, out);
}

void ReplicaLink::DropEstablished(const Situation& now, Effects& out) {
  Notice(out, "Connection with master lost.");
  if (now.history.resumable()) Notice(out, "Caching the disconnected master state.");
  out.push_back(Disconnect{});
  out.push_back(LinkStatus{false});
  down_since_ms_ = now.now_ms;
  state_ = LinkState::kWaiting;
}

void ReplicaLink::FailHandshake(Effects& out) {
  if (state_ == LinkState::kTransfer || state_ == LinkState::kLoading) out.push_back(AbandonRdb{});
  frame_.reset();
  out.push_back(Disconnect{});
  state_ = LinkState::kWaiting;
}

void ReplicaLink::FailTransfer(const Situation& now, Effects& out) {
  FailHandshake(out);
  Reconnect(" after failure", now, out);
}

Effects ReplicaLink::Connected(const Situation& now) {
  Effects out;
  if (state_ != LinkState::kConnecting) return out;
  Notice(out, "Non blocking connect for SYNC fired the event.");
  state_ = LinkState::kPing;
  last_io_ms_ = now.now_ms;
  std::string ping;
  oplog::AppendCommand(ping, std::array<std::string_view, 1>{"PING"});
  out.push_back(SendToPrimary{std::move(ping)});
  return out;
}

Effects ReplicaLink::Closed(std::string_view reason, const Situation& now) {
  Effects out;
  switch (state_) {
    case LinkState::kOff:
    case LinkState::kWaiting: break;
    case LinkState::kConnecting:
      Warning(out, fmt::format("Error condition on socket for SYNC: {}", reason));
      FailHandshake(out);
      break;
    case LinkState::kPing:
    case LinkState::kHandshake:
      Warning(out, fmt::format("Failed to read response from the server: {}", reason));
      Warning(out, "Master did not respond to command during SYNC handshake");
      FailHandshake(out);
      break;
    case LinkState::kPsync:
      Warning(out, fmt::format("Failed to read response from the server: {}", reason));
      Warning(out, "Master did not reply to PSYNC, will try later");
      FailHandshake(out);
      AnswerFailover(false, out);
      break;
    case LinkState::kHeader:
      Warning(out, fmt::format("I/O error reading bulk count from MASTER: {}", reason));
      FailHandshake(out);
      break;
    case LinkState::kTransfer:
    case LinkState::kLoading:
      Warning(out, fmt::format("I/O error trying to sync with MASTER: {}", reason));
      FailTransfer(now, out);
      break;
    case LinkState::kStreaming:
      DropEstablished(now, out);
      Reconnect("", now, out);
      break;
  }
  return out;
}

Effects ReplicaLink::StreamBroken(const Situation& now) {
  Effects out;
  if (state_ != LinkState::kStreaming) return out;
  out.push_back(HistoryChange{HistoryChange::Kind::kUnusable, {}, {}});
  Notice(out, "Connection with master lost.");
  out.push_back(Disconnect{});
  out.push_back(LinkStatus{false});
  down_since_ms_ = now.now_ms;
  state_ = LinkState::kWaiting;
  Reconnect("", now, out);
  return out;
}

// ---- Time ----

bool ReplicaLink::TimedOut(const Situation& now) const {
  return now.now_ms - last_io_ms_ > now.config.repl_timeout_s * 1000;
}

void ReplicaLink::CheckTimeouts(const Situation& now, Effects& out) {
  if (state_ < LinkState::kConnecting || state_ == LinkState::kLoading || !TimedOut(now)) return;
  if (state_ <= LinkState::kPsync) {
    Warning(out, "Timeout connecting to the MASTER...");
    FailTransfer(now, out);
  } else if (state_ <= LinkState::kTransfer) {
    Warning(out,
            "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' "
            "parameter in redis.conf to a larger value.");
    FailTransfer(now, out);
  } else {
    Warning(out, "MASTER timeout: no data nor PING received...");
    DropEstablished(now, out);
    Reconnect("", now, out);
  }
}

Effects ReplicaLink::Tick(const Situation& now) {
  Effects out;
  if (state_ == LinkState::kOff) return out;
  // While the server loads, the primary hears that somebody lives: one byte, which is sent whole or not at all.
  bool loads = state_ == LinkState::kLoading || (state_ == LinkState::kTransfer && mode_ != LoadMode::kFile);
  if (loads && now.now_ms - last_newline_ms_ >= kNewlinePeriodMs) {
    last_newline_ms_ = now.now_ms;
    out.push_back(SendToPrimary{"\n"});
  }
  if (now.now_ms < next_cron_ms_) return out;
  next_cron_ms_ = now.now_ms + (failover_ ? kFailoverCronPeriodMs : kCronPeriodMs);
  CheckTimeouts(now, out);
  if (state_ == LinkState::kWaiting) {
    Notice(out, fmt::format("Connecting to MASTER {}:{}", primary_.host, primary_.port));
    BeginConnect(now, out);
  }
  if (state_ == LinkState::kStreaming && acknowledges_) AppendAck(now.facts.log_end, now, out);
  return out;
}

// ---- Bytes ----

bool ReplicaLink::wants_bytes() const { return connected() && state_ != LinkState::kLoading; }

ReplicaLink::Received ReplicaLink::Receive(std::string_view bytes, const Situation& now) {
  Received result;
  while (wants_bytes() && result.consumed < bytes.size()) {
    std::string_view rest = bytes.substr(result.consumed);
    if (state_ == LinkState::kStreaming) {
      last_io_ms_ = now.now_ms;
      read_offset_.value += static_cast<int64_t>(rest.size());
      result.effects.push_back(StreamBytes{rest});
      result.consumed = bytes.size();
    } else if (state_ == LinkState::kTransfer) {
      size_t consumed = OnRdb(rest, now, result.effects);
      result.consumed += consumed;
      if (consumed == 0) break;
    } else {
      size_t end = rest.find('\n');
      if (end == std::string_view::npos && rest.size() <= limits::kMaxReplicationLineBytes) break;
      if (end > limits::kMaxReplicationLineBytes) {
        Warning(result.effects, "Reply from MASTER is too long, are you sure the host and port are right?");
        bool psync = state_ == LinkState::kPsync;
        FailHandshake(result.effects);
        if (psync) AnswerFailover(false, result.effects);
        break;
      }
      result.consumed += end + 1;
      std::string_view line = rest.substr(0, end);
      if (line.ends_with('\r')) line.remove_suffix(1);
      OnLine(line, now, result.effects);
    }
  }
  // Nothing of a connection that is gone is ever offered again.
  if (!connected()) result.consumed = bytes.size();
  return result;
}

void ReplicaLink::OnLine(std::string_view line, const Situation& now, Effects& out) {
  last_io_ms_ = now.now_ms;
  switch (state_) {
    case LinkState::kPing: return OnPingReply(line, now, out);
    case LinkState::kHandshake: return OnHandshakeReply(line, now, out);
    case LinkState::kPsync: return OnPsyncReply(line, now, out);
    case LinkState::kHeader: return OnHeader(line, now, out);
    default: DUNLIN_INVARIANT(false, "lines are read only before the RDB bytes");
  }
}

// ---- Acknowledgements ----

void ReplicaLink::AppendAck(Offset applied, const Situation& now, Effects& out) {
  std::string offset = fmt::format("{}", applied.value);
  std::string ack;
  if (now.facts.fsynced.value >= 0) {
    std::string fsynced = fmt::format("{}", now.facts.fsynced.value);
    oplog::AppendCommand(ack, std::array<std::string_view, 5>{"REPLCONF", "ACK", offset, "FACK", fsynced});
  } else {
    oplog::AppendCommand(ack, std::array<std::string_view, 3>{"REPLCONF", "ACK", offset});
  }
  out.push_back(SendToPrimary{std::move(ack)});
}

Effects ReplicaLink::SendAck(const Situation& now) {
  Effects out;
  if (state_ == LinkState::kStreaming) AppendAck(now.facts.log_end, now, out);
  return out;
}

LinkView ReplicaLink::View(const Situation& now) const {
  LinkView view;
  view.state = state_;
  view.primary = primary_;
  view.up = state_ == LinkState::kStreaming;
  view.last_io_ms = view.up ? last_io_ms_ : -1;
  view.down_since_ms = view.up ? -1 : down_since_ms_;
  view.sync_in_progress =
      state_ == LinkState::kHeader || state_ == LinkState::kTransfer || state_ == LinkState::kLoading;
  if (view.sync_in_progress) {
    view.transfer_last_io_ms = last_io_ms_;
    if (frame_) {
      view.transfer_total_bytes = frame_->size_bytes().value_or(0);
      view.transfer_read_bytes = frame_->read_bytes();
    }
  }
  view.read_offset = view.up ? read_offset_ : now.facts.log_end;
  view.follows_offsets = follows_offsets_;
  return view;
}

}  // namespace dunlin::replication
