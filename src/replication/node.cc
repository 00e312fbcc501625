#include "replication/node.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::replication {
namespace {

void Append(Effects& out, Effects more) {
  for (Effect& effect : more) out.push_back(std::move(effect));
}

}  // namespace

Node::Node(Config config, uint64_t seed, int64_t now_ms)
    : config_(std::move(config)), random_(seed), history_(NewId()), replicas_(random_.Next(), now_ms) {}

ReplicationId Node::NewId() {
  return ReplicationId::Random([this] { return random_.Next(); });
}

Situation Node::At(const Facts& facts, int64_t now_ms) const { return {config_, history_, facts, now_ms}; }

// A FAILOVER that waits for a replica to have everything must not move the goal.
Facts Node::WithPause(Facts facts) const {
  facts.stream_paused = facts.stream_paused || failover_.state() != FailoverState::kNone;
  return facts;
}

// ---- What the machines want of each other ----

Effects Node::Settle(Effects effects, const Facts& facts, int64_t now_ms) {
  Effects out;
  out.reserve(effects.size());
  for (Effect& effect : effects) SettleInto(std::move(effect), facts, now_ms, out);
  return out;
}

void Node::SettleInto(Effect effect, const Facts& facts, int64_t now_ms, Effects& out) {
  if (auto* change = std::get_if<HistoryChange>(&effect)) {
    ApplyHistory(*change, facts, now_ms, out);
  } else if (std::holds_alternative<CloseReplicas>(effect)) {
    Append(out, replicas_.CloseAll(At(facts, now_ms)));
  } else if (auto* answer = std::get_if<FailoverAnswer>(&effect)) {
    Run(failover_.OnAnswer(answer->accepted), facts, now_ms, out);
  } else {
    out.push_back(std::move(effect));
  }
}

void Node::ApplyHistory(HistoryChange change, const Facts& facts, int64_t now_ms, Effects& out) {
  if (change.id.empty()) change.id = NewId();
  history_.Apply(change);
  if (change.kind != HistoryChange::Kind::kDataLost) return;
  // Replicas of ours cannot be brought from the old data to the new by a stream.
  Append(out, replicas_.CloseAllForNewData(At(facts, now_ms)));
  if (facts.has_backlog) out.push_back(DropBacklog{});
}

void Node::Run(Failover::Step step, const Facts& facts, int64_t now_ms, Effects& out) {
  Append(out, std::move(step.effects));
  if (step.follow) FollowInto(*step.follow, /*failover=*/true, facts, now_ms, out);
  if (step.become_primary) PromoteInto(facts, now_ms, out);
  Append(out, std::move(step.after));
}

// ---- The role ----

Effects Node::Restore(const ReplicationId& saved_id, Offset saved_offset, bool as_replica) {
  Effects out;
  out.push_back(RestartLog{saved_offset});
  if (as_replica) {
    history_.RestoreAsReplica(saved_id);
  } else {
    history_.RestoreAsPrimary(saved_id, saved_offset);
    out.push_back(CreateBacklog{});
  }
  return out;
}

Effects Node::StartAsReplica(const PrimaryAddress& primary, const Facts& facts, int64_t now_ms) {
  Effects out;
  Append(out, Settle(link_.Start(primary, /*failover=*/false, At(facts, now_ms)), facts, now_ms));
  out.push_back(RoleChanged{true});
  return out;
}

Effects Node::Follow(const PrimaryAddress& primary, const Facts& facts, int64_t now_ms) {
  Effects out;
  FollowInto(primary, /*failover=*/false, facts, now_ms, out);
  return out;
}

void Node::FollowInto(const PrimaryAddress& primary, bool failover, const Facts& facts, int64_t now_ms, Effects& out) {
  bool was_primary = !is_replica();
  if (was_primary) {
    history_.Demote();
    Notice(out,
           "Before turning into a replica, using my own master parameters to synthesize a cached master: I may be able "
           "to synchronize with the new master with just a partial transfer.");
    out.push_back(RoleChanged{true});
  }
  Append(out, Settle(link_.Start(primary, failover, At(facts, now_ms)), facts, now_ms));
}

Effects Node::Promote(const Facts& facts, int64_t now_ms) {
  Effects out;
  PromoteInto(facts, now_ms, out);
  return out;
}

void Node::PromoteInto(const Facts& facts, int64_t now_ms, Effects& out) {
  if (!is_replica()) return;
  bool could_resume = history_.resumable();
  Append(out, Settle(link_.Stop(At(facts, now_ms)), facts, now_ms));
  if (could_resume) Notice(out, "Discarding previously cached master state.");
  history_.Promote(NewId(), facts.log_end);
  Notice(out, fmt::format("Setting secondary replication ID to {}, valid up to offset: {}. New replication ID is {}",
                          history_.PreviousIdText(), history_.second_offset(), history_.id().view()));
  // They can continue with us, but only a new handshake tells them the new name.
  Append(out, replicas_.CloseAll(At(facts, now_ms)));
  replicas_.RestartIdleClock(now_ms);
  out.push_back(ForgetDatabase{});
  out.push_back(RoleChanged{false});
}

CommandResult Node::OnReplicaof(PeerId caller, std::string_view client, std::span<const std::string_view> args,
                                const Facts& facts, int64_t now_ms) {
  CommandResult result;
  Effects& out = result.effects;
  if (config_.cluster_enabled) {
    result.reply = "-ERR REPLICAOF not allowed in cluster mode.";
    return result;
  }
  if (failover_.state() != FailoverState::kNone) {
    result.reply = "-ERR REPLICAOF not allowed while failing over.";
    return result;
  }
  if (EqualsIgnoreCase(args[0], "no") && EqualsIgnoreCase(args[1], "one")) {
    if (is_replica()) {
      PromoteInto(facts, now_ms, out);
      Notice(out, fmt::format("MASTER MODE enabled (user request from '{}')", client));
    }
    result.reply = "+OK";
    return result;
  }
  const ReplicaPeer* peer = replicas_.Find(caller);
  if (peer != nullptr && peer->is_replica()) {
    result.reply = "-ERR Command is not valid when client is a replica.";
    return result;
  }
  auto port = ParseInt64(args[1]);
  if (!port || *port < 0 || *port > 65535) {
    result.reply = "-ERR Invalid master port";
    return result;
  }
  PrimaryAddress primary{std::string(args[0]), static_cast<uint16_t>(*port)};
  LinkView link = link_.View(At(facts, now_ms));
  if (is_replica() && EqualsIgnoreCase(link.primary.host, primary.host) && link.primary.port == primary.port) {
    Notice(out,
           "REPLICAOF would result into synchronization with the master we are already connected with. No "
           "operation performed.");
    result.reply = "+OK Already connected to specified master";
    return result;
  }
  FollowInto(primary, /*failover=*/false, facts, now_ms, out);
  Notice(out, fmt::format("REPLICAOF {}:{} enabled (user request from '{}')", primary.host, primary.port, client));
  result.reply = "+OK";
  return result;
}

Offset Node::DataOffset(const Facts& facts) const {
  bool has_data = !is_replica() || link_.state() == LinkState::kStreaming || history_.resumable();
  return has_data ? facts.log_end : Offset(0);
}

// ---- The link ----

Effects Node::OnConnected(const Facts& facts, int64_t now_ms) {
  return Settle(link_.Connected(At(facts, now_ms)), facts, now_ms);
}

ReplicaLink::Received Node::OnBytes(std::string_view bytes, const Facts& facts, int64_t now_ms) {
  ReplicaLink::Received received = link_.Receive(bytes, At(facts, now_ms));
  received.effects = Settle(std::move(received.effects), facts, now_ms);
  return received;
}

Effects Node::OnClosed(std::string_view reason, const Facts& facts, int64_t now_ms) {
  return Settle(link_.Closed(reason, At(facts, now_ms)), facts, now_ms);
}

Effects Node::OnRdbLoaded(bool ok, const Facts& facts, int64_t now_ms) {
  return Settle(link_.RdbLoaded(ok, At(facts, now_ms)), facts, now_ms);
}

Effects Node::OnGetAck(const Facts& facts, int64_t now_ms) { return link_.SendAck(At(facts, now_ms)); }

Effects Node::OnStreamBroken(const Facts& facts, int64_t now_ms) {
  return Settle(link_.StreamBroken(At(facts, now_ms)), facts, now_ms);
}

// ---- Replicas ----

CommandResult Node::OnReplconf(PeerId peer, std::string_view socket_ip, std::span<const std::string_view> args,
                               const Facts& facts, int64_t now_ms) {
  ReplicaSet::Replconf answer = replicas_.OnReplconf(peer, socket_ip, args, At(facts, now_ms));
  if (answer.asked_for_ack) Append(answer.result.effects, link_.SendAck(At(facts, now_ms)));
  if (answer.acked) Run(failover_.Check(replicas_, At(facts, now_ms)), facts, now_ms, answer.result.effects);
  return std::move(answer.result);
}

CommandResult Node::OnSync(PeerId peer, std::string_view socket_ip, std::string_view client, bool has_pending_output,
                           std::span<const std::string_view> args, const Facts& facts, int64_t now_ms) {
  CommandResult result;
  const ReplicaPeer* known = replicas_.Find(peer);
  if (known != nullptr && known->is_replica()) return result;
  bool take_over = args.size() > 3 && EqualsIgnoreCase(args[0], "psync") && EqualsIgnoreCase(args[3], "failover");
  // While this node hands its own role over it takes none.
  if (take_over && failover_.state() == FailoverState::kNone) {
    TakeOver(args[1], client, facts, now_ms, &result);
    if (result.reply) return result;
  }
  if (failover_.state() != FailoverState::kNone) {
    result.reply = "-NOMASTERLINK Can't SYNC while failing over";
  } else if (is_replica() && link_.state() != LinkState::kStreaming) {
    result.reply = "-NOMASTERLINK Can't SYNC while not connected with my master";
  } else if (has_pending_output) {
    result.reply = "-ERR SYNC and PSYNC are invalid with pending output";
  }
  if (result.reply) return result;
  CommandResult answer = replicas_.OnSync(peer, socket_ip, args, At(facts, now_ms));
  Append(result.effects, Settle(std::move(answer.effects), facts, now_ms));
  result.reply = std::move(answer.reply);
  return result;
}

Effects Node::ChangeId() {
  history_.StartNew(NewId());
  return {};
}

void Node::TakeOver(std::string_view asked_id, std::string_view client, const Facts& facts, int64_t now_ms,
                    CommandResult* result) {
  Notice(result->effects, fmt::format("Failover request received for replid {}.", asked_id));
  if (!is_replica()) {
    result->reply = "-ERR PSYNC FAILOVER can't be sent to a master.";
  } else if (!EqualsIgnoreCase(asked_id, history_.id().view())) {
    result->reply = "-ERR PSYNC FAILOVER replid must match my replid.";
  } else {
    PromoteInto(facts, now_ms, result->effects);
    Notice(result->effects, fmt::format("MASTER MODE enabled (failover request from '{}')", client));
  }
}

Effects Node::OnPeerClosed(PeerId peer, const Facts& facts, int64_t now_ms) {
  return replicas_.OnClosed(peer, At(facts, now_ms));
}

Effects Node::OnSnapshotStarted(SnapshotId id, Offset cut, const Facts& facts, int64_t now_ms) {
  return replicas_.OnSnapshotStarted(id, cut, At(facts, now_ms));
}

Effects Node::OnSnapshotRefused(SnapshotId id, std::string_view reason, const Facts& facts, int64_t now_ms) {
  return replicas_.OnSnapshotRefused(id, reason, At(facts, now_ms));
}

Effects Node::OnSnapshotEnded(SnapshotId id, bool ok, int64_t size_bytes, const Facts& facts, int64_t now_ms) {
  return replicas_.OnSnapshotEnded(id, ok, size_bytes, At(facts, now_ms));
}

Effects Node::OnSnapshotFileSent(PeerId peer, const Facts& facts, int64_t now_ms) {
  return replicas_.OnSnapshotFileSent(peer, At(facts, now_ms));
}

Effects Node::RequestAcks(const Facts& facts, int64_t now_ms) {
  if (is_replica()) return {};
  Facts paused = WithPause(facts);
  return replicas_.RequestAcks(At(paused, now_ms));
}

// ---- The rest ----

CommandResult Node::OnFailover(std::span<const std::string_view> args, const Facts& facts, int64_t now_ms) {
  CommandResult result;
  Failover::Step step = failover_.OnCommand(args, is_replica(), replicas_, At(facts, now_ms));
  result.reply = std::move(step.reply);
  Run(std::move(step), facts, now_ms, result.effects);
  return result;
}

Effects Node::Tick(const Facts& facts, int64_t now_ms) {
  Effects out;
  Run(failover_.Check(replicas_, At(facts, now_ms)), facts, now_ms, out);
  Append(out, Settle(link_.Tick(At(facts, now_ms)), facts, now_ms));
  Facts paused = WithPause(facts);
  Append(out, Settle(replicas_.Tick(!is_replica(), At(paused, now_ms)), facts, now_ms));
  return out;
}

}  // namespace dunlin::replication
