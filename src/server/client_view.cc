#include "server/client_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "server/peer_channel.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

// The letters of `flags=`, in the order in which they are shown.
std::string Letters(const Session& session) {
  bool touched = session.watch_flag != nullptr && session.watch_flag->touched.load(std::memory_order_relaxed);
  std::string letters;
  auto add = [&](char letter, bool holds) {
    if (holds) letters.push_back(letter);
  };
  add('O', session.monitor);
  add('S', session.kind == SessionKind::kReplica && !session.monitor);
  add('M', session.kind == SessionKind::kPrimaryLink);
  add('P', session.subscribed());
  add('x', session.in_transaction);
  add('b', session.blocked());
  add('d', touched);
  add('c', session.close_after_reply);
  add('A', session.closing);
  add('U', session.is_unix);
  add('r', session.read_only_mode);
  add('e', session.no_evict);
  add('T', session.no_touch);
  if (letters.empty()) letters.push_back('N');
  return letters;
}

size_t QueueBytes(const Session& session) {
  size_t bytes = 0;
  for (const QueuedCommand& queued : session.queue) {
    for (const std::string& arg : queued.args) bytes += arg.size();
  }
  return bytes;
}

size_t BytesOf(commands::Args args) {
  size_t bytes = 0;
  for (std::string_view arg : args) bytes += arg.size();
  return bytes;
}

template <typename Names>
size_t NamesBytes(const Names& names) {
  size_t bytes = 0;
  for (const std::string& name : names) bytes += sizeof(std::string) + name.size();
  return bytes;
}

// Without what its channel has still to read.
size_t OwnMemoryBytes(const Session& session) {
  const net::Stream& stream = session.stream;
  size_t bytes = sizeof(Session) + stream.in().capacity() + stream.out().capacity();
  bytes += session.peer.size() + session.local.size() + session.name.size();
  bytes += QueueBytes(session) + session.queue.size() * sizeof(QueuedCommand);
  for (const WatchedKey& watched : session.watched) bytes += sizeof(WatchedKey) + watched.key.size();
  return bytes + NamesBytes(session.channels) + NamesBytes(session.patterns) + NamesBytes(session.shard_channels);
}

}  // namespace

ClientType TypeOf(const Session& session) {
  if (session.kind == SessionKind::kPrimaryLink) return ClientType::kPrimary;
  if (session.kind == SessionKind::kReplica && !session.monitor) return ClientType::kReplica;
  return session.subscribed() ? ClientType::kPubsub : ClientType::kNormal;
}

std::optional<ClientType> ParseClientType(std::string_view word) {
  if (EqualsIgnoreCase(word, "normal")) return ClientType::kNormal;
  if (EqualsIgnoreCase(word, "slave") || EqualsIgnoreCase(word, "replica")) return ClientType::kReplica;
  if (EqualsIgnoreCase(word, "pubsub")) return ClientType::kPubsub;
  if (EqualsIgnoreCase(word, "master")) return ClientType::kPrimary;
  return std::nullopt;
}

size_t PendingOutputBytes(const Session& session) {
  size_t bytes = session.stream.out().size();
  if (session.channel) bytes += session.channel->pending_bytes();
  return bytes;
}

size_t SessionMemoryBytes(const Session& session) {
  size_t waiting = session.channel ? session.channel->pending_bytes() : 0;
  return OwnMemoryBytes(session) + waiting;
}

std::string DescribeSession(Server& server, const Session& session, const RunningCommand& running, int64_t now_ms) {
  const net::Stream& stream = session.stream;
  const commands::CommandSpec* spec = running.spec != nullptr ? running.spec : session.last_command;
  size_t pending = PendingOutputBytes(session);
  bool in_buffer = pending <= kReplyBufferBytes;
  size_t reply_buffer = std::min(stream.out().capacity(), kReplyBufferBytes);
  bool waits_to_write = !stream.out().empty() && running.spec == nullptr;
  return fmt::format(
      "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={} qbuf={} "
      "qbuf-free={} argv-mem={} multi-mem={} rbs={} rbp={} obl={} oll={} omem={} tot-mem={} events={} cmd={} user={} "
      "redir=-1 resp={} lib-name={} lib-ver={}",
      session.id, session.peer, session.local, stream.fd(), session.name, (now_ms - session.created_ms) / 1000,
      (now_ms - session.last_interaction_ms) / 1000, Letters(session), session.db.value, session.channels.size(),
      session.patterns.size(), session.shard_channels.size(),
      session.in_transaction ? static_cast<int64_t>(session.queue.size()) : -1, stream.in().size(), stream.in().spare(),
      BytesOf(running.args), QueueBytes(session), reply_buffer, std::min(pending, reply_buffer),
      in_buffer ? pending : 0, in_buffer ? 0 : (pending + kReplyBufferBytes - 1) / kReplyBufferBytes,
      in_buffer ? 0 : pending, SessionMemoryBytes(session), waits_to_write ? "rw" : "r",
      spec == nullptr ? "NULL" : server.table().FullName(*spec), session.user, session.resp_version, session.lib_name,
      session.lib_version);
}

std::vector<Session*> LiveSessions(Server& server) {
  std::vector<Session*> sessions;
  server.ForEachSession([&](Session& session) {
    if (!session.closing) sessions.push_back(&session);
  });
  std::sort(sessions.begin(), sessions.end(), [](const Session* a, const Session* b) { return a->id < b->id; });
  return sessions;
}

ClientTotals CountClients(Server& server) {
  ClientTotals totals;
  server.ForEachSession([&](Session& session) {
    if (session.closing) return;
    bool replica = TypeOf(session) == ClientType::kReplica;
    ++(replica ? totals.replicas : totals.clients);
    if (session.blocked()) ++totals.blocked;
    if (session.blocking.deadline_ms != 0 && session.blocking.kind != BlockKind::kPaused) ++totals.in_timeout_table;
    if (session.subscribed()) ++totals.pubsub;
    if (!session.watched.empty()) ++totals.watching;
    totals.max_input_bytes = std::max(totals.max_input_bytes, session.stream.in().capacity());
    totals.max_output_bytes = std::max(totals.max_output_bytes, session.stream.out().size());
    // What a replica has still to read of the log is there once for all of them.
    (replica ? totals.replica_memory_bytes : totals.client_memory_bytes) += OwnMemoryBytes(session);
  });
  return totals;
}

}  // namespace dunlin::server
