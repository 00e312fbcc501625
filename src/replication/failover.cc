#include "replication/failover.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::replication {
namespace {

struct Request {
  int64_t timeout_ms = 0;
  bool force = false;
  std::optional<std::string> host;
  int64_t port = 0;
};

// Fills `request`; returns the reply when the words are wrong.
std::optional<std::string> Parse(std::span<const std::string_view> args, Request* request) {
  constexpr std::string_view kNotAnInteger = "-ERR value is not an integer or out of range";
  for (size_t i = 0; i < args.size(); ++i) {
    if (EqualsIgnoreCase(args[i], "timeout") && i + 1 < args.size() && request->timeout_ms == 0) {
      auto timeout_ms = ParseInt64(args[++i]);
      if (!timeout_ms) return std::string(kNotAnInteger);
      if (*timeout_ms <= 0) return "-ERR FAILOVER timeout must be greater than 0";
      request->timeout_ms = *timeout_ms;
    } else if (EqualsIgnoreCase(args[i], "to") && i + 2 < args.size() && !request->host) {
      auto port = ParseInt64(args[i + 2]);
      if (!port) return std::string(kNotAnInteger);
      request->host = std::string(args[i + 1]);
      request->port = *port;
      i += 2;
    } else if (EqualsIgnoreCase(args[i], "force") && !request->force) {
      request->force = true;
    } else {
      return "-ERR syntax error";
    }
  }
  return std::nullopt;
}

// What a replica says of itself need not be an address.
bool CanBeReached(const ReplicaPeer& peer) {
  return !peer.ip().empty() && peer.listening_port > 0 && peer.listening_port <= 65535;
}

// The reply when the request cannot be granted now.
std::optional<std::string> Refuse(const Request& request, bool is_replica, const ReplicaSet& replicas) {
  if (is_replica) return "-ERR FAILOVER is not valid when server is a replica.";
  if (replicas.replica_count() == 0) return "-ERR FAILOVER requires connected replicas.";
  if (request.force && (request.timeout_ms == 0 || !request.host)) {
    return "-ERR FAILOVER with force option requires both a timeout and target HOST and IP.";
  }
  if (request.host) {
    const ReplicaPeer* target = replicas.FindByAddress(*request.host, request.port);
    if (target == nullptr || !CanBeReached(*target)) return "-ERR FAILOVER target HOST and PORT is not a replica.";
    if (target->state != PeerState::kOnline) return "-ERR FAILOVER target replica is not online.";
  }
  return std::nullopt;
}

}  // namespace

std::string_view FailoverStateName(FailoverState state) {
  switch (state) {
    case FailoverState::kNone: return "no-failover";
    case FailoverState::kWaitingForSync: return "waiting-for-sync";
    case FailoverState::kInProgress: return "failover-in-progress";
  }
  return "unknown";
}

Failover::Step Failover::OnCommand(std::span<const std::string_view> args, bool is_replica, const ReplicaSet& replicas,
                                   const Situation& now) {
  Step step;
  if (now.config.cluster_enabled) {
    step.reply = "-ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.";
    return step;
  }
  if (args.size() == 1 && EqualsIgnoreCase(args[0], "abort")) {
    if (state_ == FailoverState::kNone) {
      step.reply = "-ERR No failover in progress.";
    } else {
      step = Abort("Failover manually aborted");
      step.reply = "+OK";
    }
    return step;
  }
  Request request;
  step.reply = Parse(args, &request);
  if (!step.reply && state_ != FailoverState::kNone) step.reply = "-ERR FAILOVER already in progress.";
  if (!step.reply) step.reply = Refuse(request, is_replica, replicas);
  if (step.reply) return step;

  if (request.host) {
    target_ = PrimaryAddress{*request.host, static_cast<uint16_t>(request.port)};
    Notice(step.effects, fmt::format("FAILOVER requested to {}:{}.", *request.host, request.port));
  } else {
    target_.reset();
    Notice(step.effects, "FAILOVER requested to any replica.");
  }
  force_ = request.force;
  end_ms_.reset();
  if (request.timeout_ms > 0) end_ms_ = now.now_ms + std::min(request.timeout_ms, INT64_MAX - now.now_ms);
  state_ = FailoverState::kWaitingForSync;
  step.effects.push_back(PauseWrites{});
  step.reply = "+OK";
  return step;
}

Failover::Step Failover::Check(const ReplicaSet& replicas, const Situation& now) {
  Step step;
  if (state_ != FailoverState::kWaitingForSync) return step;
  if (end_ms_ && *end_ms_ <= now.now_ms) {
    if (!force_) return Abort("Replica never caught up before timeout");
    Notice(step.effects,
           fmt::format("FAILOVER to {}:{} time out exceeded, failing over.", target_->host, target_->port));
    state_ = FailoverState::kInProgress;
    step.follow = target_;
    return step;
  }
  for (const ReplicaPeer* peer : replicas.Replicas()) {
    if (peer->state != PeerState::kOnline || peer->acked != now.facts.log_end || !CanBeReached(*peer)) continue;
    if (target_ && (!EqualsIgnoreCase(peer->ip(), target_->host) || peer->listening_port != target_->port)) continue;
    if (!target_) target_ = PrimaryAddress{peer->ip(), static_cast<uint16_t>(peer->listening_port)};
    Notice(step.effects, fmt::format("Failover target {}:{} is synced, failing over.", target_->host, target_->port));
    state_ = FailoverState::kInProgress;
    step.follow = target_;
    break;
  }
  return step;
}

Failover::Step Failover::OnAnswer(bool accepted) {
  Step step;
  if (state_ != FailoverState::kInProgress) return step;
  if (!accepted) return Abort("Failover target rejected psync request");
  Clear(step.after);
  return step;
}

Failover::Step Failover::Abort(std::string_view why) {
  Step step;
  if (target_) {
    Notice(step.effects, fmt::format("FAILOVER to {}:{} aborted: {}", target_->host, target_->port, why));
  } else {
    Notice(step.effects, fmt::format("FAILOVER to any replica aborted: {}", why));
  }
  step.become_primary = state_ == FailoverState::kInProgress;
  Clear(step.after);
  return step;
}

void Failover::Clear(Effects& out) {
  state_ = FailoverState::kNone;
  target_.reset();
  force_ = false;
  end_ms_.reset();
  out.push_back(ResumeWrites{});
}

}  // namespace dunlin::replication
