// Under which names a node's data is known: the replication id of its stream, and the one it had before, which holds up
// to an offset. They decide who may continue without a full copy.
//
// Offsets in this header count bytes of the stream. PSYNC speaks of the first byte wanted and counts from 1: it asks
// for `offset + 1` when `offset` bytes are there.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "replication/config.h"
#include "replication/effects.h"

namespace dunlin::replication {

class History {
 public:
  // A new node: a name nobody else knows.
  explicit History(const ReplicationId& id) : id_(id) {}

  const ReplicationId& id() const { return id_; }
  // Empty when there is none.
  const ReplicationId& previous_id() const { return previous_id_; }
  // As INFO prints it: forty zeros when there is none.
  std::string PreviousIdText() const;
  // The first PSYNC offset that the previous id does not reach beyond: a request up to it is granted. -1: none.
  int64_t second_offset() const { return second_offset_; }
  // A replica may ask to continue this history from where its log ends.
  bool resumable() const { return resumable_; }

  // Nobody else can hold this data under the old names.
  void StartNew(const ReplicationId& id);
  // A replica becomes a primary when its log ends at `end`: the old name holds up to here.
  void Promote(const ReplicationId& new_id, Offset end);
  // A primary becomes a replica: it may continue under its own name, if the new primary shares it.
  void Demote() { resumable_ = true; }
  void Apply(const HistoryChange& change);

  // What an RDB file said at start. A replica may continue there; a primary has a new life, and grants the old name.
  void RestoreAsReplica(const ReplicationId& saved_id);
  void RestoreAsPrimary(const ReplicationId& saved_id, Offset saved_offset);

 private:
  ReplicationId id_;
  ReplicationId previous_id_;
  int64_t second_offset_ = -1;
  bool resumable_ = false;
};

// What a replica asks with PSYNC.
struct SyncRequest {
  std::string_view id;
  int64_t offset = -1;
};

// Continue with the log from `from` on; or, when `from` is empty, a whole copy, for the reason in `log`.
struct SyncDecision {
  std::optional<Offset> from;
  std::vector<LogLine> log;  // in Redis's words
};

SyncDecision DecideSync(const History& history, const Facts& facts, const SyncRequest& request,
                        std::string_view replica_name);

}  // namespace dunlin::replication
