#include "base/ascii.h"
#include "base/numbers.h"
#include "server/ops.h"
#include "server/persistence_driver.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

void WriteLine(Call& call, const std::optional<std::string>& line) {
  if (!line) return;
  call.reply.Raw(*line);
  call.reply.Raw("\r\n");
}

// The moment that argument i names as milliseconds from now, 0 for none; otherwise replies an error.
std::optional<int64_t> DeadlineArg(Call& call, size_t i) {
  auto timeout_ms = ParseInt64(call.args[i]);
  if (!timeout_ms) {
    call.reply.Error("ERR timeout is not an integer or out of range");
  } else if (*timeout_ms < 0) {
    call.reply.Error("ERR timeout is negative");
  } else if (*timeout_ms > INT64_MAX - call.now_ms) {
    call.reply.Error("ERR timeout is out of range");
  } else {
    return *timeout_ms == 0 ? 0 : call.now_ms + *timeout_ms;
  }
  return std::nullopt;
}

}  // namespace

void OpReplicaof(Call& call) {
  if (call.server.cluster_enabled()) {
    call.reply.Error("ERR REPLICAOF not allowed in cluster mode.");
    return;
  }
  ReplicationDriver::Answer answer;
  call.worker.OutsideGate([&] { answer = call.server.replication().OnReplicaof(call.session, call.args); });
  WriteLine(call, answer.reply);
}

void OpRole(Call& call) {
  ReplicationDriver::RoleView role;
  call.worker.OutsideGate([&] { role = call.server.replication().Role(); });
  resp::ReplyWriter& reply = call.reply;
  if (role.replica) {
    reply.Array(5);
    reply.Bulk("slave");
    reply.Bulk(role.host);
    reply.Integer(role.port);
    reply.Bulk(replication::LinkStateName(role.link.state));
    reply.Integer(role.link.up ? call.server.oplog().end().value : -1);
    return;
  }
  reply.Array(3);
  reply.Bulk("master");
  reply.Integer(call.server.oplog().end().value);
  reply.Array(role.peers.size());
  for (const auto& peer : role.peers) {
    reply.Array(3);
    reply.Bulk(peer.ip);
    reply.Bulk(std::to_string(peer.port));
    reply.Bulk(std::to_string(peer.offset));
  }
}

void OpReplconf(Call& call) {
  ReplicationDriver::Answer answer;
  if (call.worker.amid_script() && call.args.size() > 1 && EqualsIgnoreCase(call.args[1], "ack")) {
    // The control thread may be waiting for the script's end.
    call.server.replication().OnAckSoon(call.session, call.args);
    return;
  }
  call.worker.OutsideGate([&] { answer = call.server.replication().OnReplconf(call.session, call.args); });
  WriteLine(call, answer.reply);
}

void OpPsync(Call& call) {
  ReplicationDriver::Answer answer;
  // What the replica was told before goes out first: the rest comes by another way.
  call.worker.OutsideGate([&] { answer = call.server.replication().OnSync(call.session, call.args); });
  if (answer.reply) {
    WriteLine(call, answer.reply);
  } else {
    call.session.kind = SessionKind::kReplica;
  }
}

void OpSync(Call& call) { OpPsync(call); }

void OpFailover(Call& call) {
  if (call.server.cluster_enabled()) {
    call.reply.Error("ERR FAILOVER not allowed in cluster mode.");
    return;
  }
  ReplicationDriver::Answer answer;
  call.worker.OutsideGate([&] { answer = call.server.replication().OnFailover(call.args); });
  WriteLine(call, answer.reply);
}

void OpWait(Call& call) {
  if (call.server.is_replica()) {
    call.reply.Error(
        "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is "
        "configured to be writable (which is not the default) writes to replicas are just local and are not "
        "propagated.");
    return;
  }
  auto replicas = ParseInt64(call.args[1]);
  if (!replicas) {
    call.reply.Error("ERR value is not an integer or out of range");
    return;
  }
  auto deadline_ms = DeadlineArg(call, 2);
  if (!deadline_ms) return;
  call.server.WaitForReplicas(call, {.kind = BlockKind::kWait,
                                     .deadline_ms = *deadline_ms,
                                     .offset = call.session.last_write_offset,
                                     .replicas = *replicas});
}

void OpWaitaof(Call& call) {
  auto local = ParseInt64(call.args[1]);
  auto replicas = ParseInt64(call.args[2]);
  if (!local || (*local >= 0 && *local <= 1 && !replicas)) {
    call.reply.Error("ERR value is not an integer or out of range");
    return;
  }
  if (*local < 0 || *local > 1) {
    call.reply.Error("ERR value is out of range, must be between 0 and 1");
    return;
  }
  if (*replicas < 0) {
    call.reply.Error("ERR value is out of range, must be positive");
    return;
  }
  auto deadline_ms = DeadlineArg(call, 3);
  if (!deadline_ms) return;
  if (call.server.is_replica()) {
    call.reply.Error(
        "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just "
        "local and are not propagated.");
    return;
  }
  if (*local > 0 && !call.server.persistence().aof_enabled()) {
    call.reply.Error(kWaitaofWithoutAof);
    return;
  }
  call.server.WaitForReplicas(call, {.kind = BlockKind::kWait,
                                     .deadline_ms = *deadline_ms,
                                     .offset = call.session.last_write_offset,
                                     .replicas = *replicas,
                                     .local = *local,
                                     .aof = true});
}

}  // namespace dunlin::server
