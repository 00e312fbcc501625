// The ordered log of changes: one stream of bytes with offsets. It is the stream that replicas follow, the increment of
// the AOF and the source of migrations. Writers append under their slot locks, so the log has every slot's changes in
// their order; whatever was acknowledged before is in it before.
//
// The log calls nobody. It is read by cursors, each at its own pace; bytes stay until every cursor has passed them and
// the backlog no longer wants them. Without readers nothing is appended and nothing is kept.
//
// The content is RESP commands with SELECT where the database changes, as PSYNC2 defines it.
//
// Thread: any. Views given out by Read() stay good until the same cursor is moved or removed.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "base/status.h"

namespace dunlin::oplog {

class Log {
 public:
  using CursorId = int;

  Log() = default;

  // --- writing ---

  // False when nobody would ever read what is appended; then callers need not even build it.
  bool active() const { return active_.load(std::memory_order_relaxed); }
  // The offset behind the last byte.
  Offset end() const { return Offset(end_.load(std::memory_order_acquire)); }

  // One or several whole commands, RESP-encoded, that belong together; preceded by SELECT when `db` is not the one the
  // stream is in. Returns the offset behind them.
  Offset Append(DbIndex db, std::string_view commands);
  // The same between MULTI and EXEC. The commands may say SELECT; `last_db` is the database that they end in.
  Offset AppendTransaction(DbIndex db, std::string_view commands, DbIndex last_db);
  // Commands for replicas that a file has no use for: PING, REPLCONF GETACK. No SELECT.
  Offset AppendForReplicasOnly(std::string_view commands);
  // Bytes of our own primary's stream, passed on as they are. REQUIRES: this node follows a primary.
  Offset AppendForwarded(std::string_view bytes);
  // Makes the next Append begin with SELECT, so that a reader who starts here knows its database.
  void ForgetDatabase();

  // --- history ---

  // How many bytes behind the end are kept for partial resynchronisation once the backlog exists.
  void SetBacklogBytes(size_t bytes);
  // From now on the last bytes are kept also without readers. Does nothing when it exists.
  void CreateBacklog();
  void DropBacklog();
  bool has_backlog() const;
  // The first offset from which a replica may go on, or end() when there is none: the backlog's, or that of the replica
  // that is furthest behind. What else happens to be in memory does not count.
  Offset begin() const;
  // A new history: everything kept is dropped and the stream goes on at `offset`. REQUIRES: no cursor exists.
  void Restart(Offset offset);

  // --- reading ---

  // Whose cursor: what a replica still has to read is history for others too.
  enum class Reader : uint8_t { kReplica, kFile };
  // A cursor at `offset`; nothing when those bytes are gone. They are there if begin() <= offset <= end().
  Result<CursorId> AddCursor(Offset offset, Reader reader = Reader::kReplica);
  void RemoveCursor(CursorId cursor);
  struct Chunk {
    Offset offset;           // of its first byte
    std::string_view bytes;  // empty: the cursor is at the end
    bool replicas_only = false;
  };
  // The next bytes at the cursor, at most `max_bytes`, in one piece and of one kind.
  Chunk Read(CursorId cursor, size_t max_bytes);
  // REQUIRES: no further than the end.
  void Advance(CursorId cursor, size_t bytes);
  Offset PositionOf(CursorId cursor) const;
  // The database the stream is in at its end, for a file that starts here; -1 when nothing has said so yet.
  int CurrentDatabase() const;
  // What is kept in memory.
  size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }

 private:
  struct Block {
    int64_t begin = 0;  // offset of the first byte
    size_t size = 0;
    size_t capacity = 0;
    std::unique_ptr<char[]> bytes;
  };

  void SelectLocked(DbIndex db) DUNLIN_REQUIRES(mutex_);
  void AppendLocked(std::string_view bytes) DUNLIN_REQUIRES(mutex_);
  void TrimLocked() DUNLIN_REQUIRES(mutex_);
  void UpdateActiveLocked() DUNLIN_REQUIRES(mutex_);
  struct Cursor {
    int64_t position = 0;
    Reader reader = Reader::kReplica;
  };
  // The block that holds the byte at `offset`, or the end.
  size_t BlockAt(int64_t offset) const DUNLIN_REQUIRES(mutex_);
  // The first offset in memory.
  int64_t BeginLocked() const DUNLIN_REQUIRES(mutex_);

  std::atomic<bool> active_{false};
  std::atomic<int64_t> end_{0};
  std::atomic<size_t> memory_bytes_{0};

  mutable Mutex mutex_;
  std::deque<Block> blocks_ DUNLIN_GUARDED_BY(mutex_);
  std::map<CursorId, Cursor> cursors_ DUNLIN_GUARDED_BY(mutex_);
  // Pieces that files skip: first offset -> last offset + 1.
  std::map<int64_t, int64_t> replicas_only_ DUNLIN_GUARDED_BY(mutex_);
  CursorId next_cursor_ DUNLIN_GUARDED_BY(mutex_) = 1;
  int database_ DUNLIN_GUARDED_BY(mutex_) = -1;
  bool backlog_ DUNLIN_GUARDED_BY(mutex_) = false;
  size_t backlog_bytes_ DUNLIN_GUARDED_BY(mutex_) = 1024 * 1024;
};

// A command as RESP.
void AppendCommand(std::string& out, std::span<const std::string_view> args);
void AppendCommand(std::string& out, std::span<const std::string> args);

}  // namespace dunlin::oplog
