// The walker of snapshots: after a cut it visits the slots in small steps under their locks, and passes what they held
// at the cut to a sink, as RDB bytes. No fork, no second copy of memory; writers save what they change first
// (store/slot.h).
//
// Thread: its own for the walking; Begin() and Abandon() are called alone, the rest from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/mutex.h"
#include "base/status.h"
#include "server/gate.h"
#include "snapshot/entry_record.h"
#include "snapshot/rdb_writer.h"

namespace dunlin::server {

class Server;

// Where the bytes go. Called on the snapshot thread, outside the gate; may block.
class SnapshotSink {
 public:
  virtual ~SnapshotSink() = default;
  virtual Status Write(std::string_view bytes) = 0;
  // Everything has been written.
  virtual Status Finish() = 0;
};

// What the head of a file written now says; the caller adds the replication.
snapshot::RdbInfo RdbInfoNow(const Server& server);
// What a file says of each key besides its value, by the eviction policy. Inside the gate.
snapshot::AccessRecord AccessRecordNow(const Server& server);
// Writes the libraries of functions, which come before the keys.
void WriteLibraries(const Server& server, snapshot::RdbWriter& writer);

struct SnapshotJob {
  std::unique_ptr<SnapshotSink> sink;
  snapshot::RdbEncoding encoding;
  bool checksum = true;
  bool without_data = false;
  bool without_functions = false;
  bool aof_base = false;
  // Write commands that make the data, and no RDB bytes. For bases without an RDB part.
  bool as_commands = false;
  bool timestamp = false;  // before the commands
  // What RdbInfo::replication says; filled by whoever knows.
  std::optional<snapshot::RdbInfo::Replication> replication;
  // When it is over, on the snapshot thread, outside the gate.
  std::function<void(const Status& status, uint64_t bytes)> ended;
};

class Snapshotter {
 public:
  explicit Snapshotter(Server& server);
  ~Snapshotter();

  void Start();
  void Stop();

  // The cut. Alone. REQUIRES: !busy(). Walking begins with Go().
  void Begin(SnapshotJob job);
  void Go();
  // The running snapshot is of no more use. Alone or not; its `ended` is called with an error, soon.
  void Abort() { abort_.store(true); }
  // Whether somebody has said so. For sinks that wait.
  bool aborting() const { return abort_.load(std::memory_order_relaxed); }
  // The data is about to be dropped. Alone. The store is free of the snapshot afterwards.
  void Abandon();

  bool busy() const { return busy_.load(); }
  // How many have begun since the count was reset.
  uint64_t begun() const { return begun_.load(std::memory_order_relaxed); }
  void ResetCount() { begun_.store(0); }
  // For INFO.
  uint64_t keys_done() const { return keys_done_.load(std::memory_order_relaxed); }
  // The most that was kept at once, because it changed or went before the running snapshot, or the last one, had saved
  // it.
  int64_t peak_kept_bytes() const { return peak_kept_bytes_.load(std::memory_order_relaxed); }
  uint64_t keys_total() const { return keys_total_.load(std::memory_order_relaxed); }

 private:
  void ThreadMain();
  Status Walk();
  Status WalkSlot(SlotId id);
  void NoteKeptBytes();
  void BeginCommands();
  void Record(DbIndex db, const store::Entry& entry, int64_t now_ms);
  std::string_view pending() const { return job_.as_commands ? std::string_view(commands_) : writer_->bytes(); }
  Status Emit();
  void WriteHeads();
  void WriteCommands();
  void RestAfter(uint64_t keys);

  Server& server_;
  Gate::Member& gate_member_;
  std::thread thread_;
  std::atomic<bool> busy_{false};
  std::atomic<uint64_t> begun_{0};
  std::atomic<bool> abort_{false};
  std::atomic<uint64_t> keys_done_{0};
  std::atomic<uint64_t> keys_total_{0};
  std::atomic<int64_t> peak_kept_bytes_{0};

  // --- set at the cut, then the snapshot thread's ---
  SnapshotJob job_;
  std::unique_ptr<snapshot::RdbWriter> writer_;
  std::vector<std::pair<uint64_t, uint64_t>> sizes_;  // keys and expires of each database at the cut
  std::vector<bool> sized_;
  std::vector<std::string> records_;  // by database, of the step that is being taken
  std::string commands_;              // what is not emitted yet, when commands are written
  size_t commands_db_ = 0;            // the database that they are in
  snapshot::AccessRecord access_ = snapshot::AccessRecord::kNone;
  uint64_t bytes_ = 0;
  int64_t owed_ns_ = 0;  // of rests that were too short to be taken

  Mutex mutex_;
  CondVar wake_;
  bool go_ DUNLIN_GUARDED_BY(mutex_) = false;
  bool stop_ DUNLIN_GUARDED_BY(mutex_) = false;
};

}  // namespace dunlin::server
