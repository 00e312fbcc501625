// The disk side of the server: loading at the start, the append-only file behind the log of changes, snapshots into
// files, and the promises of durability.
//
// The disk thread follows the log with a cursor of its own, writes what it reads, and syncs by the policy. A write or
// sync that failed stops new writes (MISCONF); a failed sync is final.
//
// Thread: as each part says.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "oplog/log.h"
#include "persistence/aof_writer.h"
#include "persistence/files.h"
#include "persistence/rewrite_backoff.h"
#include "server/loader.h"
#include "server/snapshotter.h"

namespace dunlin::server {

class Server;

// For INFO persistence; all counted in one place.
struct PersistenceState {
  int64_t loading_start_s = 0;
  uint64_t loading_total_bytes = 0;
  uint64_t loading_loaded_bytes = 0;
  uint64_t loaded_keys = 0;
  uint64_t loaded_expired = 0;

  int64_t dirty_at_last_save = 0;
  int64_t last_save_s = 0;
  int64_t last_bgsave_try_s = 0;
  bool last_bgsave_ok = true;
  int64_t last_bgsave_seconds = -1;
  int64_t bgsave_start_s = 0;
  bool bgsave_running = false;
  bool bgsave_scheduled = false;
  uint64_t saves = 0;
  int64_t last_save_kept_bytes = 0;  // as Snapshotter::peak_kept_bytes

  bool rewrite_running = false;
  bool rewrite_scheduled = false;
  int64_t rewrite_start_s = 0;
  int64_t last_rewrite_seconds = -1;
  bool last_rewrite_ok = true;
  uint64_t rewrites = 0;
  int64_t last_rewrite_kept_bytes = 0;
  int rewrite_failures = 0;
  bool last_aof_write_ok = true;
  std::string last_aof_error;
  uint64_t aof_current_bytes = 0;
  uint64_t aof_base_bytes = 0;
  uint64_t delayed_fsyncs = 0;
};

// How DEBUG RELOAD loads the RDB file.
struct ReloadOptions {
  bool save = true;    // write the file first
  bool flush = true;   // drop all keys before loading
  bool merge = false;  // keys of the file replace those that are there; else such a key is an error
};

class PersistenceDriver {
 public:
  explicit PersistenceDriver(Server& server);
  ~PersistenceDriver();

  persistence::FileSystem& files() { return *files_; }
  Snapshotter& snapshotter() { return snapshotter_; }

  // --- the start; the main thread ---
  // Loads what is on disk. The info of an RDB file is kept for replication.
  Status Load();
  const LoadedInfo& loaded() const { return loaded_; }
  std::vector<ExpiredKey> TakeExpiredKeys() { return std::exchange(loaded_.expired_keys, {}); }
  // For INFO. Any thread.
  void NoteLoadingBegins();
  // Opens the append-only file when it is on. After Load().
  Status StartAof();
  void StartThreads();
  // Writes and syncs what is left. After the workers have stopped.
  void Stop();

  // --- any thread ---
  // Something was appended to the log.
  void Wake();
  // Waits until everything up to here is as durable as `appendfsync always` promises. Outside the gate or inside.
  void WaitDurable(Offset offset);
  Offset durable() const { return Offset(durable_.load(std::memory_order_acquire)); }
  // Everything up to here has been given to the system for the file.
  Offset written() const { return Offset(written_.load(std::memory_order_acquire)); }
  bool aof_enabled() const { return aof_on_.load(std::memory_order_relaxed); }
  // Nothing is synced while a snapshot needs the disk (no-appendfsync-on-rewrite), whatever the policy promises.
  bool spares_disk() const;
  // What MISCONF says, or nothing.
  std::string DiskError() const;
  PersistenceState state() const;
  // The append-only file was turned on, and the files on the disk are still those of before.
  bool first_rewrite_running() const { return first_rewrite_.load(); }
  // What durable() says is in the file: not before the first rewrite has ended.
  bool aof_holds_data() const { return aof_enabled() && !first_rewrite_running(); }
  // What a save that is under way has written. For whoever ends the process at once.
  void RemoveTemporaryRdb();
  // Changes since the last save.
  int64_t dirty() const;

  // --- alone ---
  enum class SaveKind : uint8_t {
    kBackground,  // its failure stops writes (stop-writes-on-bgsave-error)
    kAwaited,     // somebody waits for it and hears of its failure
  };
  // BGSAVE. Errors: when something runs already.
  Status BeginSave(SaveKind kind = SaveKind::kBackground);
  // BGREWRITEAOF.
  Status BeginRewrite();
  void ScheduleSave();
  void ScheduleRewrite();
  // CONFIG SET appendonly. `in_transaction`: the first rewrite begins when the transaction is over.
  Status SwitchAof(bool on, bool in_transaction);
  // SAVE without waiting for anybody: written by the calling thread, beside whatever snapshot is running.
  Status SaveAlone();
  // Loads the RDB file. A running snapshot goes on with the data of its cut. Nothing is told to replicas or files.
  Status ReloadAlone(const ReloadOptions& options);
  // The same with the append-only files, after everything that was appended has been written to them.
  Status ReloadAofAlone();
  // Deletes the files that rewrites have replaced and that aof-disable-auto-gc has kept.
  void RemoveAofHistory();
  // Stops what uses the present data.
  void AbandonForFlush();
  // The log begins a new history: between these two calls nobody reads it. Afterwards the AOF needs a new base.
  void StopFollowingLog();
  void FollowLogAgain();

  // --- a thread that may wait; outside the gate ---
  // SAVE, SHUTDOWN SAVE: writes the file and waits for it.
  Status SaveAndWait();
  // Waits until no snapshot runs.
  void WaitIdle();
  // DEBUG LOADAOF, SHUTDOWN: everything appended is written and synced.
  Status FlushAofAndWait();
  // Ends the running snapshot without success, and waits for its end.
  void AbandonSnapshotAndWait();

  // About ten times a second; the control thread.
  void Cron(int64_t now_ms);

 private:
  class RdbSink;
  class BaseSink;

  void LogNotes(const std::vector<persistence::LoadNote>& notes);
  std::string RdbPath() const;
  static std::string TemporaryRdbName();
  // The bytes of a base without keys.
  std::string EmptyBase() const;
  Status SwitchAofOff();
  persistence::AofPlace Place() const;
  void DiskMain();
  // One turn of the disk thread; false when there was nothing to do.
  bool WriteSome();
  void SyncIfDue(int64_t now_ms);
  void TakeRequests();
  void NoteWriteError(const Status& status);
  void BeginRewriteOnDisk();
  void EndRewriteOnDisk(bool ok);
  bool MayRewriteAgain(int64_t now_ms);
  void StartAppendingOnDisk();
  void EndRewrite(const Status& status, int64_t start_ms);
  Status Start(std::unique_ptr<SnapshotSink> sink, bool aof_base, std::function<void(const Status&, uint64_t)> ended);
  Status LoadAofFiles();
  Status LoadRdbFile();
  persistence::AofLoader::Options AofOptions(const Loader& loader) const;
  // False when there are no files.
  Result<bool> LoadAofInto(Loader& loader, persistence::AofLoader& aof);
  // All keys go, but for what a running snapshot still needs. Alone.
  void DropAllData();
  void LogLoadedRdb(const LoadedInfo& info, int64_t start_ms);
  // For INFO.
  void NoteLoaded(const LoadedInfo& info);
  void SaveEnded(SaveKind kind, const Status& status, int64_t start_ms);
  // Runs fn on the disk thread, between two turns, and waits for it.
  void OnDiskThread(const std::function<void()>& fn);
  // Runs fn here while the disk thread stands still between two turns.
  void WhileDiskThreadWaits(const std::function<void()>& fn);

  Server& server_;
  std::unique_ptr<persistence::FileSystem> files_;
  Snapshotter snapshotter_;
  LoadedInfo loaded_;
  std::optional<persistence::LoadEnd> loaded_aof_;
  persistence::Manifest manifest_;

  std::thread disk_;
  std::atomic<bool> aof_on_{false};
  std::atomic<bool> first_rewrite_{false};
  std::atomic<bool> disk_runs_{false};
  std::atomic<int64_t> durable_{0};
  std::atomic<int64_t> written_{0};
  std::atomic<bool> stop_{false};

  // --- owned by the disk thread once it runs ---
  std::unique_ptr<persistence::AofWriter> aof_;
  std::optional<oplog::Log::CursorId> cursor_;
  int64_t last_sync_ms_ = 0;
  bool unsynced_ = false;
  int64_t stamp_at_ = -1;         // where the next timestamp annotation goes; -1: none is due
  int64_t stamped_s_ = 0;         // the last one
  int64_t caught_up_at_ = -1;     // where the file had everything, the last time that it had
  bool rewrite_begun_ = false;    // the next increment is open
  bool stop_when_ended_ = false;  // the AOF was turned off while its rewrite was alive

  std::atomic<bool> rewrite_alive_{false};  // begun, and EndRewrite() was not here yet

  // The cut of a rewrite: what follows goes into the next increment. Set alone, when nobody appends; -1: none.
  std::atomic<int64_t> switch_at_{-1};
  std::atomic<int> switch_db_{-1};  // the database that the stream is in there, when only we know it
  std::atomic<bool> sleeping_{false};

  mutable Mutex mutex_;
  CondVar changed_;
  PersistenceState state_ DUNLIN_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> requests_ DUNLIN_GUARDED_BY(mutex_);
  persistence::RewriteBackoff backoff_ DUNLIN_GUARDED_BY(mutex_);
  int64_t dirty_before_ DUNLIN_GUARDED_BY(mutex_) = 0;
  Status awaited_save_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
