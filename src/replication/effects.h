// What the replication machines ask the server to do, as values.
//
// A call returns a list. The server carries it out from front to back, whole, before it makes the next call. Views
// point into the bytes that were given to the call.
//
// The snapshot that StartSnapshot asks for is one moment, the cut: under the closed gate the server flips the snapshot
// generation, calls Log::ForgetDatabase() and adds a cursor of its own at Log::end(). It keeps that cursor until the
// snapshot is over and everybody was served, so that HoldLog finds its offset at any time in between.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "replication/config.h"

namespace dunlin::replication {

enum class LogLevel : uint8_t { kDebug, kVerbose, kNotice, kWarning };
struct LogLine {
  LogLevel level = LogLevel::kNotice;
  std::string text;
};

// ---- The link to the primary ----

// Begin a connection; answer with Connected or Closed. At most one exists.
struct Connect {
  std::string host;
  uint16_t port = 0;
};
// Close it. What was read and not consumed, or not applied (a transaction without its EXEC), is thrown away; no Closed
// is to follow.
struct Disconnect {};
struct SendToPrimary {
  std::string bytes;
};

// A snapshot is about to arrive. The server prepares a file (kFile), drops its data (kParser) or prepares a second
// keyspace (kSwap). Whenever it drops its data it also ends a snapshot for the disk that nobody here asked for.
struct RdbBegin {
  LoadMode mode = LoadMode::kFile;
  std::optional<int64_t> size_bytes;  // nothing: it ends with a mark
  // kSwap, and it is the same history: reads may go on meanwhile.
  bool async_loading = false;
};
struct RdbBytes {
  std::string_view bytes;
};
// All of it was handed over. In the modes kParser and kSwap the answer, RdbLoaded, is due now.
struct RdbEnd {};
// kFile, after RdbEnd: make the file durable, drop the old data, load, answer with RdbLoaded.
struct LoadRdbFile {};
// kSwap, after RdbLoaded(true): the new keyspace takes the place of the old one.
struct SwapDataset {};
// The transfer broke or the data was bad: drop the file, the second keyspace or the half-loaded data.
struct AbandonRdb {};

// Bytes of the primary's stream. The server parses and applies them; each applied command goes on into the log with
// Log::AppendForwarded. The stream's database is the one the snapshot's `repl-stream-db` said, or on after a partial
// resynchronisation the one it was in before.
struct StreamBytes {
  std::string_view bytes;
};
// The link is up (master_link_status) or no longer.
struct LinkStatus {
  bool up = false;
};

// ---- Replicas ----

// To be written to the peer's socket, behind everything written before.
struct SendToPeer {
  PeerId peer;
  std::string bytes;
};
// A log cursor for the peer at `offset`. Nothing of it is sent yet. When the offset is gone, the peer is to be closed.
struct HoldLog {
  PeerId peer;
  Offset offset;
};
// From now on what the peer's cursor reads is written to its socket.
struct StartStream {
  PeerId peer;
};
// The connection goes; the machine has forgotten the peer. Its cursor goes with it.
struct ClosePeer {
  PeerId peer;
  bool after_reply = false;  // first let the socket take what was written
};

enum class SnapshotTarget : uint8_t {
  kFile,     // the RDB file, which is then sent with its length in front
  kSockets,  // the replicas' sockets as it is made, with a mark at its end
};
// What a peer does not want to have in its snapshot (REPLCONF rdb-filter-only).
struct SnapshotFilter {
  bool without_data = false;
  bool without_functions = false;
  bool any() const { return without_data || without_functions; }
  bool operator==(const SnapshotFilter&) const = default;
};
// Take a snapshot; answer with SnapshotStarted right after the cut, then SnapshotEnded. Its aux fields carry
// repl-stream-db, repl-id and repl-offset.
struct StartSnapshot {
  SnapshotId id;
  SnapshotTarget target = SnapshotTarget::kFile;
  SnapshotFilter filter;
};
// kSockets: the peer gets every byte of the snapshot. Follows SnapshotStarted; no byte was made yet.
struct StreamSnapshot {
  SnapshotId id;
  PeerId peer;
};
// kFile: write the finished file to the peer; answer with SnapshotFileSent. What goes on once it was called for is
// the server's to read from, even when a newer snapshot replaces it.
struct SendSnapshotFile {
  SnapshotId id;
  PeerId peer;
};
// Nobody wants it any more, or its data is going. OnSnapshotEnded is still to be called, with ok = false.
struct AbortSnapshot {
  SnapshotId id;
};

// ---- The log ----

struct CreateBacklog {};
struct DropBacklog {};
// A new history at this offset: every cursor goes (the AOF's too, which begins a new base from the data as it is now),
// then Log::Restart(offset).
struct RestartLog {
  Offset offset;
};
struct ForgetDatabase {};
// Log::AppendForReplicasOnly.
struct AppendForReplicas {
  std::string bytes;
};

// ---- The role ----

// From now on a replica (clients blocked on keys are let go, the read-only rules hold) or a primary.
struct RoleChanged {
  bool replica = false;
};
// No writes and nothing new in the stream, until ResumeWrites.
struct PauseWrites {};
struct ResumeWrites {};

// ---- Between the machines of one node; a Node carries these out itself ----

// A new identity for what this node holds; the Node draws it when `id` is empty.
struct HistoryChange {
  enum class Kind : uint8_t {
    kNew,          // nobody shares it with us
    kFullSync,     // we hold the primary's data at `offset`
    kPartialSync,  // the primary has a new name for the same data
    kDataLost,     // what we held under the old name is going
    kUnusable,     // we hold the data, but our place in the stream is not to be trusted
  };
  Kind kind = Kind::kNew;
  ReplicationId id;
  Offset offset{0};
};
// Every replica is to come again: to be told the new name, or to be given the new data.
struct CloseReplicas {};
// What the target of FAILOVER said to PSYNC ... FAILOVER.
struct FailoverAnswer {
  bool accepted = false;
};

using Effect = std::variant<LogLine, Connect, Disconnect, SendToPrimary, RdbBegin, RdbBytes, RdbEnd, LoadRdbFile,
                            SwapDataset, AbandonRdb, StreamBytes, LinkStatus, SendToPeer, HoldLog, StartStream,
                            ClosePeer, StartSnapshot, StreamSnapshot, SendSnapshotFile, AbortSnapshot, CreateBacklog,
                            DropBacklog, RestartLog, ForgetDatabase, AppendForReplicas, RoleChanged, PauseWrites,
                            ResumeWrites, HistoryChange, CloseReplicas, FailoverAnswer>;
using Effects = std::vector<Effect>;

inline void Notice(Effects& out, std::string text) { out.push_back(LogLine{LogLevel::kNotice, std::move(text)}); }
inline void Warning(Effects& out, std::string text) { out.push_back(LogLine{LogLevel::kWarning, std::move(text)}); }

// The answer to a client's command, with what is to be done first.
struct CommandResult {
  Effects effects;
  // A reply line without its end ("+OK", "-ERR ..."); nothing: no reply, now or ever.
  std::optional<std::string> reply;
};

}  // namespace dunlin::replication
