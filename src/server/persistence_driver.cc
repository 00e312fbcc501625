#include "server/persistence_driver.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <future>

#include "persistence/check_tools.h"
#include "server/config.h"
#include "server/control.h"
#include "server/replication_driver.h"
#include "server/server.h"
#include "snapshot/command_encoder.h"

namespace dunlin::server {
namespace {

using persistence::AofWriter;

constexpr size_t kWriteBytes = 1024 * 1024;
constexpr int64_t kSleepMs = 50;
constexpr int64_t kSyncPeriodMs = 1000;
constexpr int64_t kRetrySaveSeconds = 5;

}  // namespace

// A snapshot into the RDB file.
class PersistenceDriver::RdbSink final : public SnapshotSink {
 public:
  RdbSink(std::unique_ptr<persistence::RdbFileWriter> file, bool incremental_sync)
      : file_(std::move(file)), incremental_sync_(incremental_sync) {}
  Status Write(std::string_view bytes) override { return file_->Append(bytes, incremental_sync_); }
  Status Finish() override { return file_->Finish(); }

 private:
  std::unique_ptr<persistence::RdbFileWriter> file_;
  bool incremental_sync_;
};

// A snapshot into the base of the append-only files.
class PersistenceDriver::BaseSink final : public SnapshotSink {
 public:
  BaseSink(PersistenceDriver& driver, bool is_rdb, bool syncs_often)
      : driver_(driver), is_rdb_(is_rdb), syncs_often_(syncs_often) {}

  Status Write(std::string_view bytes) override {
    if (base_ == nullptr) DUNLIN_TRY(Open());
    DUNLIN_TRY(base_->Append(bytes));
    // So that the disk gets its work evenly.
    constexpr uint64_t kSyncBytes = 4 * 1024 * 1024;
    if (!syncs_often_ || base_->size() - synced_bytes_ < kSyncBytes) return Status::Ok();
    synced_bytes_ = base_->size();
    return base_->Sync();
  }
  Status Finish() override {
    Status status;
    driver_.OnDiskThread([&] {
      status = driver_.aof_->FinishRewrite(is_rdb_);
      if (status.ok() && !driver_.server_.aof_keeps_history()) {
        if (Status removed = driver_.aof_->RemoveHistory(); !removed.ok()) {
          driver_.server_.log().Warning("{}", removed.message());
        }
      }
    });
    return status;
  }

 private:
  Status Open() {
    // The disk thread has first to write everything before the cut.
    Status status = Status::Unavailable("aborted");
    while (!driver_.stop_.load() && !driver_.snapshotter_.aborting()) {
      bool begun = false;
      driver_.OnDiskThread([&] {
        begun = driver_.rewrite_begun_;
        if (!begun) return;
        auto base = driver_.aof_->CreateBase();
        status = base ? Status::Ok() : base.error();
        if (base) base_ = *base;
      });
      if (begun) break;
    }
    return status;
  }

  PersistenceDriver& driver_;
  const bool is_rdb_;
  const bool syncs_often_;
  persistence::AppendFile* base_ = nullptr;
  uint64_t synced_bytes_ = 0;
};

PersistenceDriver::PersistenceDriver(Server& server)
    : server_(server), files_(persistence::NewPosixFileSystem()), snapshotter_(server) {
  state_.last_save_s = server.clock_ms() / 1000;
}

PersistenceDriver::~PersistenceDriver() { Stop(); }

std::string PersistenceDriver::RdbPath() const { return server_.settings().dbfilename; }

std::string PersistenceDriver::TemporaryRdbName() { return "temp-" + std::to_string(getpid()) + ".rdb"; }

void PersistenceDriver::RemoveTemporaryRdb() { (void)files_->Remove(TemporaryRdbName()); }

persistence::AofPlace PersistenceDriver::Place() const {
  const Settings& s = server_.settings();
  return {.server_folder = ".", .folder = s.appenddirname, .file_name = s.appendfilename};
}

void PersistenceDriver::LogNotes(const std::vector<persistence::LoadNote>& notes) {
  for (const persistence::LoadNote& note : notes) {
    server_.log().Write(note.warning ? LogLevel::kWarning : LogLevel::kNotice, note.text);
  }
}

// ---- The start

Status PersistenceDriver::Load() {
  Status status = server_.settings().appendonly ? LoadAofFiles() : LoadRdbFile();
  NoteLoaded(loaded_);
  return status;
}

void PersistenceDriver::NoteLoadingBegins() {
  MutexLock lock(mutex_);
  state_.loading_start_s = server_.clock_ms() / 1000;
}

Status PersistenceDriver::LoadRdbFile() {
  if (!files_->FileExists(RdbPath())) return Status::Ok();
  Loader loader(server_);
  int64_t start_ms = server_.clock_ms();
  Status status = loader.LoadRdb(*files_, RdbPath(), {.skip_expired = !StartsAsReplica(server_), .note_expired = true});
  if (!status.ok()) {
    server_.log().Warning("{}", status.message());
    // What can be said about the file belongs beside the refusal.
    const char* const words[] = {"redis-check-rdb", server_.settings().dbfilename.c_str()};
    (void)persistence::CheckRdbMain(2, words);
    std::fflush(stdout);
    server_.log().Warning("Terminating server after rdb file reading failure.");
    return Status::Corruption("Fatal error loading the DB, check server logs. Exiting.");
  }
  loaded_ = loader.info();
  LogLoadedRdb(loaded_, start_ms);
  return Status::Ok();
}

void PersistenceDriver::LogLoadedRdb(const LoadedInfo& info, int64_t start_ms) {
  std::string empty = info.empty == 0 ? "" : fmt::format(", empty keys skipped: {}", info.empty);
  server_.log().Notice("Done loading RDB, keys loaded: {}, keys expired: {}{}.", info.keys, info.expired, empty);
  server_.log().Notice("DB loaded from disk: {:.3f} seconds",
                       static_cast<double>(server_.clock_ms() - start_ms) / 1000);
}

Status PersistenceDriver::LoadAofFiles() {
  Loader loader(server_);
  persistence::AofLoader aof(*files_, AofOptions(loader));
  auto found = LoadAofInto(loader, aof);
  manifest_ = aof.manifest();
  if (!found) return found.error();
  if (!*found) return Status::Ok();
  loaded_ = loader.info();
  loaded_.replication_id.reset();
  return Status::Ok();
}

persistence::AofLoader::Options PersistenceDriver::AofOptions(const Loader& loader) const {
  persistence::AofLoader::Options options;
  options.place = Place();
  options.load_truncated = server_.settings().aof_load_truncated;
  options.rdb = loader.ReadOptions();
  return options;
}

Result<bool> PersistenceDriver::LoadAofInto(Loader& loader, persistence::AofLoader& aof) {
  int64_t start_ms = server_.clock_ms();
  auto found = aof.Open();
  LogNotes(aof.TakeNotes());
  if (!found) return Fail(found.error());
  if (!*found) return false;
  auto end = loader.LoadAof(aof);
  if (!end) return Fail(end.error());
  loaded_aof_ = *end;
  server_.log().Notice("DB loaded from append only file: {:.3f} seconds",
                       static_cast<double>(server_.clock_ms() - start_ms) / 1000);
  // Commands that were loaded are not changes to be saved.
  MutexLock lock(mutex_);
  state_.dirty_at_last_save = static_cast<int64_t>(server_.TotalDirty());
  return true;
}

std::string PersistenceDriver::EmptyBase() const {
  const Settings& s = server_.settings();
  std::string bytes;
  if (!s.aof_use_rdb_preamble) {
    if (s.aof_timestamp_enabled) snapshot::AppendTimestampAnnotation(bytes, server_.clock_ms() / 1000);
    return bytes;
  }
  snapshot::RdbWriter writer({.version = static_cast<int>(s.rdb_version)}, true);
  snapshot::RdbInfo info;
  info.redis_version = kCompatibleRedisVersion;
  info.created_at_seconds = server_.clock_ms() / 1000;
  info.aof_base = true;
  writer.Begin(info);
  writer.End();
  return std::string(writer.bytes());
}

Status PersistenceDriver::StartAof() {
  if (!server_.settings().appendonly) {
    std::vector<persistence::LoadNote> notes;
    auto manifest = persistence::ReadManifest(*files_, Place(), &notes);
    if (manifest) manifest_ = *manifest;
    aof_ = std::make_unique<AofWriter>(*files_, Place(), manifest_);
    return Status::Ok();
  }
  aof_ = std::make_unique<AofWriter>(*files_, Place(), manifest_);
  DUNLIN_TRY(aof_->RemoveLeftovers());
  Status started = aof_->StartAfterLoad(EmptyBase(), server_.settings().aof_use_rdb_preamble,
                                        loaded_aof_.value_or(persistence::LoadEnd{}));
  LogNotes(aof_->TakeNotes());
  DUNLIN_TRY(started);
  cursor_ = *server_.oplog().AddCursor(server_.oplog().end(), oplog::Log::Reader::kFile);
  durable_.store(server_.oplog().end().value);
  aof_on_.store(true);
  return Status::Ok();
}

void PersistenceDriver::StartThreads() {
  last_sync_ms_ = server_.clock_ms();
  disk_ = std::thread([this] { DiskMain(); });
  disk_runs_.store(true);
  snapshotter_.Start();
}

void PersistenceDriver::Stop() {
  snapshotter_.Stop();
  stop_.store(true);
  {
    MutexLock lock(mutex_);
    changed_.NotifyAll();
  }
  if (disk_.joinable()) disk_.join();
  if (aof_ && cursor_) {
    while (WriteSome()) {
    }
    if (Status status = aof_->Stop(); !status.ok()) server_.log().Warning("{}", status.message());
    server_.oplog().RemoveCursor(*cursor_);
    cursor_.reset();
  }
}

// ---- The disk thread

void PersistenceDriver::Wake() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!sleeping_.load(std::memory_order_relaxed)) return;
  MutexLock lock(mutex_);
  changed_.NotifyAll();
}

void PersistenceDriver::DiskMain() {
  MemoryMeter::Thread counted(server_.memory_meter());
  server_.NameThread("disk");
  while (!stop_.load(std::memory_order_relaxed)) {
    TakeRequests();
    bool wrote = false;
    while (WriteSome()) wrote = true;
    SyncIfDue(server_.clock_ms());
    if (wrote) continue;
    MutexLock lock(mutex_);
    sleeping_.store(true, std::memory_order_seq_cst);
    bool idle = requests_.empty() && !stop_.load() &&
                (!cursor_ || server_.oplog().PositionOf(*cursor_) == server_.oplog().end());
    if (idle) changed_.WaitFor(mutex_, kSleepMs);
    sleeping_.store(false, std::memory_order_relaxed);
  }
}

void PersistenceDriver::TakeRequests() {
  std::vector<std::function<void()>> requests;
  {
    MutexLock lock(mutex_);
    requests.swap(requests_);
  }
  for (auto& request : requests) request();
}

void PersistenceDriver::OnDiskThread(const std::function<void()>& fn) {
  std::promise<void> done;
  {
    MutexLock lock(mutex_);
    requests_.push_back([&] {
      fn();
      done.set_value();
    });
    changed_.NotifyAll();
  }
  done.get_future().wait();
}

void PersistenceDriver::WhileDiskThreadWaits(const std::function<void()>& fn) {
  std::promise<void> waits;
  std::promise<void> done;
  {
    MutexLock lock(mutex_);
    requests_.push_back([&waits, over = done.get_future().share()] {
      waits.set_value();
      over.wait();
    });
    changed_.NotifyAll();
  }
  waits.get_future().wait();
  fn();
  done.set_value();
}

bool PersistenceDriver::WriteSome() {
  if (!cursor_) {
    if (switch_at_.load(std::memory_order_acquire) >= 0) BeginRewriteOnDisk();
    return false;
  }
  // An annotation stands between commands, at most once a second: here, when the log ended here before, or else where
  // it ends now.
  int64_t now_s = server_.clock_ms() / 1000;
  int64_t log_end = server_.oplog().end().value;
  oplog::Log::Chunk chunk = server_.oplog().Read(*cursor_, kWriteBytes);
  if (stamp_at_ < 0 && now_s != stamped_s_ && server_.aof_timestamps()) {
    stamp_at_ = caught_up_at_ == chunk.offset.value ? caught_up_at_ : log_end;
  }
  if (chunk.bytes.empty()) caught_up_at_ = chunk.offset.value;
  // Read after the bytes: what lies behind a cut was appended after the cut was set.
  int64_t switch_at = switch_at_.load(std::memory_order_acquire);
  size_t size = chunk.bytes.size();
  if (switch_at >= 0) {
    if (chunk.offset.value == switch_at) {
      BeginRewriteOnDisk();
      return true;
    }
    size = std::min(size, static_cast<size_t>(switch_at - chunk.offset.value));
  }
  bool stamp = stamp_at_ >= 0 && chunk.offset.value >= stamp_at_;
  if (stamp_at_ >= 0 && !stamp) size = std::min(size, static_cast<size_t>(stamp_at_ - chunk.offset.value));
  if (size == 0) return false;
  if (!chunk.replicas_only && aof_->can_append()) {
    std::string bytes;
    if (stamp) snapshot::AppendTimestampAnnotation(bytes, now_s);
    int64_t start_ms = server_.monotonic_ms();
    if (int64_t sleep_us = server_.debug().aof_flush_sleep_us.load(std::memory_order_relaxed); sleep_us > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(sleep_us));
    }
    if (stamp) bytes.append(chunk.bytes.substr(0, size));
    Status written = aof_->Append(stamp ? std::string_view(bytes) : chunk.bytes.substr(0, size));
    server_.latency().Note("aof-write", server_.monotonic_ms() - start_ms, server_.clock_ms() / 1000);
    NoteWriteError(written);
    if (!written.ok()) return false;
    unsynced_ = true;
    if (stamp) stamped_s_ = now_s;
  }
  if (stamp) stamp_at_ = -1;
  server_.oplog().Advance(*cursor_, size);
  written_.store(chunk.offset.value + static_cast<int64_t>(size), std::memory_order_release);
  return true;
}

void PersistenceDriver::SyncIfDue(int64_t now_ms) {
  if (!cursor_) return;
  AppendFsync policy = server_.append_fsync();
  bool due = !spares_disk() && (policy == AppendFsync::kAlways ||
                                (policy == AppendFsync::kEverySecond && now_ms - last_sync_ms_ >= kSyncPeriodMs));
  int64_t position = server_.oplog().PositionOf(*cursor_).value;
  if (!aof_->can_append()) unsynced_ = false;  // the file was closed, which synced it, or given up
  if (unsynced_ && due) {
    last_sync_ms_ = now_ms;
    int64_t start_ms = server_.monotonic_ms();
    Status synced = aof_->Sync();
    if (policy == AppendFsync::kAlways) {
      server_.latency().Note("aof-fsync-always", server_.monotonic_ms() - start_ms, now_ms / 1000);
    }
    NoteWriteError(synced);
    if (!synced.ok()) {
      if (policy == AppendFsync::kAlways) {
        server_.log().Warning("Can't persist AOF for fsync error when the AOF fsync policy is 'always': {}. Exiting...",
                              synced.message());
        _exit(1);
      }
      return;
    }
    unsynced_ = false;
  }
  if (!unsynced_ && durable_.load(std::memory_order_relaxed) != position) {
    durable_.store(position, std::memory_order_release);
    {
      MutexLock lock(mutex_);
      changed_.NotifyAll();
    }
    server_.OnDurableAdvanced();
  }
  MutexLock lock(mutex_);
  state_.aof_current_bytes = aof_->current_bytes();
  state_.aof_base_bytes = aof_->base_bytes();
}

void PersistenceDriver::NoteWriteError(const Status& status) {
  MutexLock lock(mutex_);
  if (status.ok() == state_.last_aof_write_ok) return;
  state_.last_aof_write_ok = status.ok();
  state_.last_aof_error = status.message();
  if (status.ok()) {
    server_.log().Warning("AOF write error looks solved, Redis can write again.");
  } else {
    server_.log().Warning("Error writing to the AOF file: {}", status.message());
  }
  server_.control_soon_refresh();
}

void PersistenceDriver::WaitDurable(Offset offset) {
  if (!aof_enabled()) return;
  Wake();
  MutexLock lock(mutex_);
  while (durable_.load(std::memory_order_acquire) < offset.value && !stop_.load() && aof_enabled() && !spares_disk()) {
    changed_.NotifyAll();
    changed_.WaitFor(mutex_, kSleepMs);
  }
}

bool PersistenceDriver::spares_disk() const { return server_.no_sync_during_snapshots() && snapshotter_.busy(); }

std::string PersistenceDriver::DiskError() const {
  MutexLock lock(mutex_);
  const Settings& s = server_.settings();
  if (s.stop_writes_on_bgsave_error && !s.save.empty() && !state_.last_bgsave_ok) {
    return "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands "
           "that "
           "may modify the data set are disabled, because this instance is configured to report errors during writes "
           "if RDB "
           "snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the "
           "RDB "
           "error.";
  }
  if (aof_enabled() && !state_.last_aof_write_ok) {
    return "MISCONF Errors writing to the AOF file: " +
           std::string(persistence::ReasonOf(Status::IoError(state_.last_aof_error)));
  }
  return {};
}

PersistenceState PersistenceDriver::state() const {
  MutexLock lock(mutex_);
  return state_;
}

int64_t PersistenceDriver::dirty() const {
  int64_t total = static_cast<int64_t>(server_.TotalDirty());
  MutexLock lock(mutex_);
  return total - state_.dirty_at_last_save;
}

// ---- Snapshots into files

Status PersistenceDriver::Start(std::unique_ptr<SnapshotSink> sink, bool aof_base,
                                std::function<void(const Status&, uint64_t)> ended) {
  const Settings& s = server_.settings();
  SnapshotJob job;
  job.sink = std::move(sink);
  job.encoding = {.version = static_cast<int>(s.rdb_version), .compress = s.rdbcompression};
  job.checksum = s.rdbchecksum;
  job.aof_base = aof_base;
  job.as_commands = aof_base && !s.aof_use_rdb_preamble;
  job.timestamp = s.aof_timestamp_enabled;
  if (!aof_base) job.replication = server_.ReplicationForSave();
  job.ended = std::move(ended);
  snapshotter_.Begin(std::move(job));
  return Status::Ok();
}

Status PersistenceDriver::BeginSave(SaveKind kind) {
  if (snapshotter_.busy()) return Status::Unavailable("Background save already in progress");
  auto file = persistence::RdbFileWriter::Create(*files_, RdbPath(), TemporaryRdbName());
  int64_t now_s = server_.clock_ms() / 1000;
  if (!file) {
    server_.log().Warning("Failed opening the temp RDB file (in server root dir) for saving: {}",
                          file.error().message());
    MutexLock lock(mutex_);
    if (kind == SaveKind::kBackground) {
      state_.last_bgsave_try_s = now_s;
      state_.last_bgsave_ok = false;
    }
    return file.error();
  }
  {
    MutexLock lock(mutex_);
    state_.bgsave_running = true;
    state_.bgsave_scheduled = false;
    state_.bgsave_start_s = now_s;
    state_.last_bgsave_try_s = now_s;
    dirty_before_ = static_cast<int64_t>(server_.TotalDirty());
  }
  int64_t start_ms = server_.clock_ms();
  auto sink = std::make_unique<RdbSink>(std::move(*file), server_.settings().rdb_save_incremental_fsync);
  DUNLIN_TRY(Start(std::move(sink), false,
                   [this, kind, start_ms](const Status& status, uint64_t) { SaveEnded(kind, status, start_ms); }));
  snapshotter_.Go();
  return Status::Ok();
}

void PersistenceDriver::SaveEnded(SaveKind kind, const Status& status, int64_t start_ms) {
  int64_t now_ms = server_.clock_ms();
  if (status.ok()) {
    server_.log().Notice("DB saved on disk");
  } else {
    server_.log().Warning("{} error: {}", kind == SaveKind::kBackground ? "Background saving" : "Saving",
                          status.message());
  }
  MutexLock lock(mutex_);
  state_.bgsave_running = false;
  state_.last_bgsave_seconds = (now_ms - start_ms) / 1000;
  state_.last_save_kept_bytes = snapshotter_.peak_kept_bytes();
  bool aborted = status.code() == StatusCode::kUnavailable;
  // Whoever waits for a save learns of its failure; the others are not kept from writing.
  if (kind == SaveKind::kAwaited) awaited_save_ = status;
  if (status.ok() || (kind == SaveKind::kBackground && !aborted)) state_.last_bgsave_ok = status.ok();
  if (status.ok()) {
    state_.last_save_s = now_ms / 1000;
    state_.dirty_at_last_save = dirty_before_;
    ++state_.saves;
  }
  changed_.NotifyAll();
  server_.control_soon_refresh();
}

Status PersistenceDriver::SaveAndWait() {
  WaitIdle();
  Status begun;
  server_.gate().Alone([&] { begun = BeginSave(SaveKind::kAwaited); });
  DUNLIN_TRY(begun);
  WaitIdle();
  MutexLock lock(mutex_);
  return awaited_save_;
}

void PersistenceDriver::WaitIdle() {
  while (snapshotter_.busy() || state().bgsave_running || state().rewrite_running) {
    MutexLock lock(mutex_);
    changed_.WaitFor(mutex_, kSleepMs);
  }
}

Status PersistenceDriver::FlushAofAndWait() {
  Status status;
  if (!aof_enabled()) return status;
  OnDiskThread([&] {
    while (WriteSome()) {
    }
    status = aof_->can_append() ? aof_->Sync() : Status::Ok();
  });
  return status;
}

// ---- Rewrites

Status PersistenceDriver::BeginRewrite() {
  if (snapshotter_.busy()) return Status::Unavailable("Background append only file rewriting already in progress");
  int64_t start_ms = server_.clock_ms();
  {
    MutexLock lock(mutex_);
    state_.rewrite_running = true;
    state_.rewrite_scheduled = false;
    state_.rewrite_start_s = start_ms / 1000;
    changed_.NotifyAll();
  }
  const Settings& s = server_.settings();
  auto sink = std::make_unique<BaseSink>(*this, s.aof_use_rdb_preamble, s.aof_rewrite_incremental_fsync);
  DUNLIN_TRY(
      Start(std::move(sink), true, [this, start_ms](const Status& status, uint64_t) { EndRewrite(status, start_ms); }));
  server_.oplog().ForgetDatabase();
  switch_db_.store(server_.stream_database());
  rewrite_alive_.store(true);
  switch_at_.store(server_.oplog().end().value, std::memory_order_release);
  server_.log().Notice("Background append only file rewriting started by pid {}", getpid());
  snapshotter_.Go();
  return Status::Ok();
}

void PersistenceDriver::BeginRewriteOnDisk() {
  stamped_s_ = 0;  // each file begins with an annotation
  Status started = aof_->StartRewrite();
  LogNotes(aof_->TakeNotes());
  if (!started.ok()) {
    server_.log().Warning("Can't start the AOF rewrite: {}", started.message());
    snapshotter_.Abort();
  } else if (int db = switch_db_.load(); db >= 0 && aof_->can_append()) {
    std::string select;
    std::string number = std::to_string(db);
    oplog::AppendCommand(select, std::array<std::string_view, 2>{"SELECT", number});
    NoteWriteError(aof_->Append(select));
  }
  switch_at_.store(-1);
  rewrite_begun_ = true;
}

void PersistenceDriver::EndRewriteOnDisk(bool ok) {
  if (!ok && aof_->rewriting()) aof_->AbandonRewrite();
  rewrite_begun_ = false;
  rewrite_alive_.store(false);
  first_rewrite_.store(aof_->state() == AofWriter::State::kWhenRewritten);
  if (first_rewrite_.load()) {
    // There is no append-only file without it.
    MutexLock lock(mutex_);
    state_.rewrite_scheduled = true;
  }
  if (std::exchange(stop_when_ended_, false)) {
    first_rewrite_.store(false);
    if (Status stopped = aof_->Stop(); !stopped.ok()) server_.log().Warning("{}", stopped.message());
    // It may have been turned on again meanwhile; the rewrite for that is scheduled.
    if (aof_on_.load()) StartAppendingOnDisk();
  }
  LogNotes(aof_->TakeNotes());
}

void PersistenceDriver::StartAppendingOnDisk() {
  aof_->StartWhenRewritten();
  first_rewrite_.store(true);
  cursor_ = *server_.oplog().AddCursor(server_.oplog().end(), oplog::Log::Reader::kFile);
}

void PersistenceDriver::EndRewrite(const Status& status, int64_t start_ms) {
  if (!stop_.load()) {
    OnDiskThread([&] { EndRewriteOnDisk(status.ok()); });
  }
  if (!status.ok()) {
    server_.log().Warning("Background AOF rewrite terminated with error: {}", status.message());
  }
  int64_t now_ms = server_.clock_ms();
  MutexLock lock(mutex_);
  state_.rewrite_running = false;
  state_.last_rewrite_seconds = (now_ms - start_ms) / 1000;
  state_.last_rewrite_ok = status.ok();
  state_.last_rewrite_kept_bytes = snapshotter_.peak_kept_bytes();
  if (status.ok()) {
    ++state_.rewrites;
    backoff_.Succeeded();
  } else {
    backoff_.Failed();
  }
  state_.rewrite_failures = backoff_.failures();
  changed_.NotifyAll();
  // It may have been what WAITAOF waits for.
  server_.OnDurableAdvanced();
}

void PersistenceDriver::ScheduleSave() {
  MutexLock lock(mutex_);
  state_.bgsave_scheduled = true;
}

void PersistenceDriver::ScheduleRewrite() {
  MutexLock lock(mutex_);
  state_.rewrite_scheduled = true;
  backoff_.Forget();
}

// The disk thread is idle or writing; it is told, and we wait, since nobody appends meanwhile. It never waits for the
// gate.
Status PersistenceDriver::SwitchAof(bool on, bool in_transaction) {
  if (on == aof_enabled()) return Status::Ok();
  if (!on) return SwitchAofOff();
  bool later = false;
  OnDiskThread([&] {
    aof_on_.store(true);
    later = stop_when_ended_;
    if (!later) StartAppendingOnDisk();
  });
  bool busy = later || snapshotter_.busy() || state().rewrite_running;
  if (busy || in_transaction) {
    server_.log().Notice("The AOF was turned on {}. An AOF background was scheduled.",
                         busy ? "while a snapshot runs" : "in a transaction");
    ScheduleRewrite();
    return Status::Ok();
  }
  return BeginRewrite();
}

Status PersistenceDriver::SwitchAofOff() {
  if (state().rewrite_running) {
    server_.log().Notice("Killing running AOF rewrite child: {}", getpid());
    snapshotter_.Abandon();
  }
  {
    MutexLock lock(mutex_);
    state_.rewrite_scheduled = false;
  }
  Status status;
  OnDiskThread([&] {
    aof_on_.store(false);
    switch_at_.store(-1);
    while (WriteSome()) {
    }
    if (cursor_) server_.oplog().RemoveCursor(*cursor_);
    cursor_.reset();
    // The snapshot thread may be writing the base; when it has ended, the files are closed.
    stop_when_ended_ = rewrite_alive_.load();
    if (!stop_when_ended_) status = aof_->Stop();
    first_rewrite_.store(false);
  });
  return status;
}

void PersistenceDriver::RemoveAofHistory() {
  if (!disk_runs_.load()) return;
  OnDiskThread([&] {
    if (Status removed = aof_->RemoveHistory(); !removed.ok()) server_.log().Warning("{}", removed.message());
    LogNotes(aof_->TakeNotes());
  });
}

void PersistenceDriver::AbandonForFlush() {
  if (snapshotter_.busy()) snapshotter_.Abandon();
}

void PersistenceDriver::AbandonSnapshotAndWait() {
  server_.gate().AloneAmidScript([&] { AbandonForFlush(); });
  WaitIdle();
}

void PersistenceDriver::StopFollowingLog() {
  if (!aof_enabled()) return;
  if (snapshotter_.busy()) snapshotter_.Abandon();
  auto stop = [&] {
    while (WriteSome()) {
    }
    if (cursor_) server_.oplog().RemoveCursor(*cursor_);
    cursor_.reset();
    switch_at_.store(-1);
  };
  disk_.joinable() ? OnDiskThread(stop) : stop();
}

void PersistenceDriver::FollowLogAgain() {
  if (!aof_enabled()) return;
  auto follow = [&] {
    if (aof_->rewriting()) aof_->AbandonRewrite();
    rewrite_begun_ = false;
    cursor_ = *server_.oplog().AddCursor(server_.oplog().end(), oplog::Log::Reader::kFile);
    durable_.store(server_.oplog().end().value);
  };
  disk_.joinable() ? OnDiskThread(follow) : follow();
  if (disk_.joinable()) ScheduleRewrite();
}

// After failures the next try waits longer and longer.
bool PersistenceDriver::MayRewriteAgain(int64_t now_ms) {
  std::optional<std::string> note;
  bool wait;
  {
    MutexLock lock(mutex_);
    wait = backoff_.MustWait(now_ms, &note);
  }
  if (note) server_.log().Warning("{}", *note);
  return !wait;
}

void PersistenceDriver::Cron(int64_t now_ms) {
  PersistenceState now = state();
  if (snapshotter_.busy() || now.rewrite_running) return;
  if (now.rewrite_scheduled && MayRewriteAgain(now_ms)) {
    // Not amid a script: what it has told so far would count twice. The calendar comes again.
    (void)server_.gate().AloneUnlessLingering([&] { (void)BeginRewrite(); });
    return;
  }
  const Settings& s = server_.settings();
  int64_t now_s = now_ms / 1000;
  int64_t changes = dirty();
  bool may_try = now.last_bgsave_ok || now_s - now.last_bgsave_try_s > kRetrySaveSeconds;
  for (const SavePoint& point : s.save) {
    if (changes < point.changes || now_s - now.last_save_s <= point.seconds || !may_try) continue;
    server_.log().Notice("{} changes in {} seconds. Saving...", point.changes, point.seconds);
    (void)server_.gate().AloneUnlessLingering([&] { (void)BeginSave(); });
    return;
  }
  if (now.bgsave_scheduled && may_try) {
    (void)server_.gate().AloneUnlessLingering([&] { (void)BeginSave(); });
    return;
  }
  if (!aof_enabled() || s.auto_aof_rewrite_percentage == 0) return;
  auto current = static_cast<int64_t>(now.aof_current_bytes);
  if (current <= s.auto_aof_rewrite_min_size_bytes) return;
  int64_t base = std::max<int64_t>(static_cast<int64_t>(now.aof_base_bytes), 1);
  int64_t growth = current * 100 / base - 100;
  if (growth < s.auto_aof_rewrite_percentage) return;
  if (!MayRewriteAgain(now_ms)) return;
  server_.log().Notice("Starting automatic rewriting of AOF on {}% growth", growth);
  (void)server_.gate().AloneUnlessLingering([&] { (void)BeginRewrite(); });
}

}  // namespace dunlin::server
