// Sessions as CLIENT LIST, CLIENT KILL and INFO see them.
//
// Thread: the session's own worker, or alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/session.h"

namespace dunlin::server {

class Server;

// What the options TYPE tell apart. A client that monitors is a normal one.
enum class ClientType : uint8_t { kNormal, kReplica, kPubsub, kPrimary };
ClientType TypeOf(const Session& session);
// Nothing when there is no such type.
std::optional<ClientType> ParseClientType(std::string_view word);

// Output beyond this is shown as a list of replies (oll, omem) rather than as a buffer (obl).
inline constexpr size_t kReplyBufferBytes = 16 * 1024;

// What the session holds, in bytes: itself, its buffers, its transaction, its subscriptions.
size_t SessionMemoryBytes(const Session& session);
// The output that has not been taken by the socket yet, with what a replica's channel holds back.
size_t PendingOutputBytes(const Session& session);

// A line of CLIENT LIST, without its end. `running` is the session's command of this moment and its arguments, when
// there is one.
struct RunningCommand {
  const commands::CommandSpec* spec = nullptr;
  commands::Args args;
};
std::string DescribeSession(Server& server, const Session& session, const RunningCommand& running, int64_t now_ms);

// Sessions that are not being closed, by their ids. Alone.
std::vector<Session*> LiveSessions(Server& server);

// INFO's numbers. Alone.
struct ClientTotals {
  size_t clients = 0;  // but for replicas
  size_t replicas = 0;
  size_t blocked = 0;
  size_t in_timeout_table = 0;
  size_t pubsub = 0;
  size_t watching = 0;
  size_t max_input_bytes = 0;
  size_t max_output_bytes = 0;
  size_t client_memory_bytes = 0;
  size_t replica_memory_bytes = 0;
};
ClientTotals CountClients(Server& server);

}  // namespace dunlin::server
