// One client's conversation: its connection and all that the protocol remembers between two commands.
//
// Thread: the worker that owns it; others only alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "commands/command.h"
#include "net/stream.h"
#include "resp/request.h"
#include "store/slot.h"

namespace dunlin::server {

class PeerChannel;
class Worker;
struct KeyWait;

// A command waiting for EXEC.
struct QueuedCommand {
  const commands::CommandSpec* spec;
  std::vector<std::string> args;
  uint32_t flags = 0;  // of this call: a script's are not those of its row
};

struct WatchedKey {
  DbIndex db;
  std::string key;
};

enum class ReplyMode : uint8_t { kOn, kOff, kSkipNext, kSkipThis };

// Why a session's input waits.
enum class BlockKind : uint8_t {
  kNone,
  kWait,     // WAIT, WAITAOF
  kPaused,   // CLIENT PAUSE, or a failover
  kKeys,     // BLPOP and its kin
  kShutdown  // SHUTDOWN is waiting for replicas
};

struct Blocking {
  BlockKind kind = BlockKind::kNone;
  int64_t deadline_ms = 0;  // 0: for ever
  // WAIT and WAITAOF
  Offset offset{0};
  int64_t replicas = 0;
  int64_t local = 0;
  bool aof = false;
  std::shared_ptr<KeyWait> wait = nullptr;  // of kKeys
  uint64_t turn = 0;                        // the worker's: who was blocked before whom
};

enum class SessionKind : uint8_t { kNormal, kReplica, kPrimaryLink };

struct Session {
  Session(uint64_t session_id, int fd) : id(session_id), stream(fd) {}

  // --- constant after creation ---
  const uint64_t id;
  Worker* worker = nullptr;
  std::string peer;  // "ip:port" as CLIENT LIST shows
  std::string local;
  bool is_unix = false;
  bool is_loopback = false;
  int64_t created_ms = 0;

  // --- the connection ---
  net::Stream stream;
  resp::RequestParser parser;
  bool close_after_reply = false;
  bool closing = false;  // to be destroyed at the end of the batch
  std::string close_reason;
  bool in_flush_list = false;
  uint64_t counted_input_bytes = 0;  // of stream.bytes_read(), for the statistics
  size_t counted_memory_bytes = 0;   // of what it holds, for maxmemory-clients
  int64_t soft_limit_since_ms = 0;   // since when the output is over its soft limit

  // --- the protocol ---
  SessionKind kind = SessionKind::kNormal;
  std::shared_ptr<PeerChannel> channel;  // of a replica
  int resp_version = 2;
  DbIndex db;
  bool authenticated = true;
  std::string user = "default";
  std::string name;
  std::string lib_name;
  std::string lib_version;
  ReplyMode reply_mode = ReplyMode::kOn;
  bool asking = false;
  bool read_only_mode = false;
  bool no_evict = false;
  bool no_touch = false;
  bool in_script = false;  // a script runs its commands in this session's name
  bool monitor = false;

  // --- a transaction ---
  bool in_transaction = false;
  bool transaction_failed = false;
  std::vector<QueuedCommand> queue;
  std::vector<WatchedKey> watched;
  std::shared_ptr<store::WatchFlag> watch_flag;

  // --- pub/sub ---
  std::set<std::string, std::less<>> channels;
  std::set<std::string, std::less<>> patterns;
  std::set<std::string, std::less<>> shard_channels;
  size_t subscription_count() const { return channels.size() + patterns.size(); }
  // While a command of the session's own runs, messages wait here, so that they stand behind its reply.
  bool running = false;
  Buffer messages_behind_reply;
  bool subscribed() const { return !channels.empty() || !patterns.empty() || !shard_channels.empty(); }

  // --- waiting ---
  Blocking blocking;
  bool blocked() const { return blocking.kind != BlockKind::kNone; }
  Offset last_write_offset{0};  // of the log, after this session's last change

  // --- for CLIENT LIST ---
  int64_t last_interaction_ms = 0;
  const commands::CommandSpec* last_command = nullptr;
  uint64_t commands_done = 0;
};

}  // namespace dunlin::server
