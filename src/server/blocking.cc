// Clients that are blocked, and what ends it besides what they wait for: CLIENT UNBLOCK, a new role, a new map.
#include "dispatch/decide.h"
#include "server/control.h"
#include "server/persistence_driver.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

bool Waits(const Session& session) {
  return session.blocking.kind == BlockKind::kKeys || session.blocking.kind == BlockKind::kWait;
}

// Why the client can wait here no more; empty when it can.
std::string ErrorAfterMapChange(const KeyWait& wait, const cluster::SlotMap& map, const dispatch::NodeFacts& node) {
  // Also where reads are allowed: what would end the wait is a write.
  if (!map.ok()) return "CLUSTERDOWN The cluster is down";
  SlotId slot = wait.slots.front();
  cluster::NodeIndex owner = map.Owner(slot);
  if (owner == map.my_index() || map.Importing(slot) != cluster::kNoNode) return {};
  bool reads = wait.client.read_only_mode && (wait.spec->flags & commands::kWrite) == 0;
  if (reads && map.IsMyShards(slot)) return {};
  if (owner == cluster::kNoNode) return "CLUSTERDOWN Hash slot not served";
  return dispatch::Redirection("MOVED", slot, map.Node(owner), node);
}

}  // namespace

void Server::NoteBlocked(BlockKind kind, int delta) {
  blocked_clients_.fetch_add(delta, std::memory_order_relaxed);
  if (kind == BlockKind::kWait) waiting_clients_.fetch_add(delta);
}

bool Server::UnblockClient(uint64_t id, bool with_error) {
  Session* session = FindSession(id);
  if (session == nullptr || session->closing || !Waits(*session)) return false;
  std::optional<std::string_view> error;
  if (with_error) error = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
  if (!session->worker->EndWait(*session, error)) return false;
  session->worker->loop().Wake();
  return true;
}

void Server::DisconnectBlocked() {
  ForEachSession([](Session& session) {
    // Whoever is only paused tries again, and is refused then.
    if (!session.blocked() || session.closing || session.blocking.kind == BlockKind::kPaused) return;
    bool ended = session.worker->EndWait(
        session, "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)");
    if (ended) session.worker->Close(session, true, "unblocked by a change of role");
    session.worker->loop().Wake();
  });
}

void Server::RedirectBlocked(const cluster::SlotMap& map) {
  if (!waiting_lines_.anybody()) return;
  ForEachSession([&](Session& session) {
    if (session.blocking.kind != BlockKind::kKeys || session.closing) return;
    std::string error = ErrorAfterMapChange(*session.blocking.wait, map, node_facts_);
    if (error.empty()) return;
    session.worker->EndWait(session, error);
    session.worker->loop().Wake();
  });
}

void Server::WaitForReplicas(Call& call, const Blocking& blocking) {
  if (call.in_exec || Acknowledged(blocking)) {
    WriteAcknowledged(call.reply, blocking);
    return;
  }
  call.worker.Block(call.session, blocking);
  // What came before it was blocked woke nobody.
  call.worker.RecheckBlocked();
  replication_->RequestAcks();
}

bool Server::Acknowledged(const Blocking& blocking) const {
  if (!blocking.aof) return replication_->acked_by(blocking.offset) >= blocking.replicas;
  if (blocking.local > 0 && !(persistence_->aof_holds_data() && persistence_->durable() >= blocking.offset))
    return false;
  return replication_->fsynced_by(blocking.offset) >= blocking.replicas;
}

void Server::WriteAcknowledged(resp::ReplyWriter& reply, const Blocking& blocking) const {
  if (!blocking.aof) {
    reply.Integer(replication_->acked_by(blocking.offset));
    return;
  }
  reply.Array(2);
  reply.Integer(persistence_->aof_holds_data() && persistence_->durable() >= blocking.offset ? 1 : 0);
  reply.Integer(replication_->fsynced_by(blocking.offset));
}

}  // namespace dunlin::server
