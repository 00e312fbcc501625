#include "server/snapshotter.h"

#include <array>
#include <utility>

#include "oplog/log.h"
#include "server/config.h"
#include "server/memory.h"
#include "server/server.h"
#include "snapshot/command_encoder.h"

namespace dunlin::server {
namespace {

// What one step under a slot's lock may serialise, about; it bounds how long a writer of that slot waits.
constexpr size_t kStepBytes = 64 * 1024;
constexpr size_t kEmitBytes = 256 * 1024;

}  // namespace

snapshot::RdbInfo RdbInfoNow(const Server& server) {
  snapshot::RdbInfo info;
  info.redis_version = kCompatibleRedisVersion;
  info.created_at_seconds = server.clock_ms() / 1000;
  info.used_memory_bytes = UsedMemoryBytes();
  return info;
}

void WriteLibraries(const Server& server, snapshot::RdbWriter& writer) {
  Scripting::Libraries libraries = server.scripting().libraries();
  for (const auto& [name, library] : libraries->all()) writer.Function(library->code);
}

snapshot::AccessRecord AccessRecordNow(const Server& server) {
  const commands::HandlerSettings& settings = server.handler_settings();
  return settings.lfu_policy   ? snapshot::AccessRecord::kFrequency
         : settings.lru_policy ? snapshot::AccessRecord::kIdleSeconds
                               : snapshot::AccessRecord::kNone;
}

Snapshotter::Snapshotter(Server& server) : server_(server), gate_member_(server.gate().AddMember()) {}

Snapshotter::~Snapshotter() { Stop(); }

void Snapshotter::Start() {
  thread_ = std::thread([this] { ThreadMain(); });
}

void Snapshotter::Stop() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    abort_.store(true);
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Snapshotter::Begin(SnapshotJob job) {
  DUNLIN_INVARIANT(!busy(), "one snapshot at a time");
  busy_.store(true);
  begun_.fetch_add(1, std::memory_order_relaxed);
  abort_.store(false);
  job_ = std::move(job);
  store::Store& store = server_.store();
  records_.assign(static_cast<size_t>(store.database_count()), {});
  sizes_.clear();
  sized_.assign(records_.size(), false);
  uint64_t total = 0;
  for (size_t db = 0; db < records_.size(); ++db) {
    DbIndex index(static_cast<uint16_t>(db));
    sizes_.emplace_back(store.KeyCount(index), store.ExpiryCount(index));
    total += sizes_.back().first;
  }
  keys_done_.store(0);
  peak_kept_bytes_.store(0);
  keys_total_.store(total);
  access_ = AccessRecordNow(server_);
  bytes_ = 0;
  if (job_.as_commands) {
    BeginCommands();
  } else {
    writer_ = std::make_unique<snapshot::RdbWriter>(job_.encoding, job_.checksum);
    snapshot::RdbInfo info = RdbInfoNow(server_);
    info.replication = job_.replication;
    info.aof_base = job_.aof_base;
    writer_->Begin(info);
    if (!job_.without_functions) WriteLibraries(server_, *writer_);
  }
  if (!job_.without_data) store.BeginSnapshot();
}

void Snapshotter::BeginCommands() {
  commands_.clear();
  commands_db_ = records_.size();
  if (job_.timestamp) snapshot::AppendTimestampAnnotation(commands_, server_.clock_ms() / 1000);
  if (job_.without_functions) return;
  Scripting::Libraries libraries = server_.scripting().libraries();
  for (const auto& [name, library] : libraries->all()) {
    oplog::AppendCommand(commands_, std::array<std::string_view, 3>{"FUNCTION", "LOAD", library->code});
  }
}

void Snapshotter::Go() {
  MutexLock lock(mutex_);
  go_ = true;
  wake_.NotifyAll();
}

void Snapshotter::Abandon() {
  abort_.store(true);
  if (server_.store().snapshot_running()) server_.store().AbandonSnapshot();
}

void Snapshotter::ThreadMain() {
  MemoryMeter::Thread counted(server_.memory_meter());
  server_.NameThread("snapshot");
  while (true) {
    {
      MutexLock lock(mutex_);
      while (!go_ && !stop_) wake_.Wait(mutex_);
      if (!go_) return;
      go_ = false;
    }
    Status status = Walk();
    if (!status.ok()) {
      server_.gate().AloneAmidScript([&] { Abandon(); });
    }
    auto ended = std::move(job_.ended);
    job_.sink.reset();
    writer_.reset();
    busy_.store(false);
    ended(status, bytes_);
  }
}

Status Snapshotter::Walk() {
  if (!job_.without_data) {
    for (int i = 0; i < kSlotCount; ++i) DUNLIN_TRY(WalkSlot(SlotId(static_cast<uint16_t>(i))));
    bool aborted = false;
    server_.gate().AloneAmidScript([&] {
      aborted = abort_.load();
      if (!aborted) server_.store().EndSnapshot();
    });
    if (aborted) return Status::Unavailable("aborted");
  }
  if (!job_.as_commands) writer_->End();
  DUNLIN_TRY(Emit());
  return job_.sink->Finish();
}

void Snapshotter::NoteKeptBytes() {
  int64_t kept_bytes = server_.store().context().kept_bytes.load(std::memory_order_relaxed);
  if (kept_bytes > peak_kept_bytes()) peak_kept_bytes_.store(kept_bytes, std::memory_order_relaxed);
}

Status Snapshotter::WalkSlot(SlotId id) {
  store::Slot& slot = server_.store().slot(id);
  bool more = true;
  while (more) {
    if (abort_.load(std::memory_order_relaxed)) return Status::Unavailable("aborted");
    int64_t now_ms = server_.clock_ms();
    uint64_t keys = 0;
    server_.gate().Enter(gate_member_);
    if (!slot.pending_snapshot()) {
      server_.gate().Leave(gate_member_);
      return Status::Ok();
    }
    NoteKeptBytes();
    slot.lock().Lock();
    more = slot.SnapshotSome(server_.store().context(), kStepBytes, [&](DbIndex db, const store::Entry& entry) {
      Record(db, entry, now_ms);
      ++keys;
    });
    slot.lock().Unlock();
    server_.gate().Leave(gate_member_);
    keys_done_.fetch_add(keys, std::memory_order_relaxed);
    RestAfter(keys);
    WriteHeads();
    if (pending().size() >= kEmitBytes) DUNLIN_TRY(Emit());
  }
  return Status::Ok();
}

void Snapshotter::Record(DbIndex db, const store::Entry& entry, int64_t now_ms) {
  std::string& record = records_[db.value];
  if (!job_.as_commands) return snapshot::AppendEntryRecord(record, entry, job_.encoding, access_, now_ms);
  snapshot::CommandEncoder encoder(entry.key(), entry.expire_at_ms(), snapshot::RefOf(entry));
  while (!encoder.Step(record, kStepBytes)) {
  }
}

// rdb-key-save-delay, a test aid: so many microseconds a key, or, below zero, so many keys a microsecond. Rests below
// the clock's step add up until they make one. Whoever aborts need not wait for it.
void Snapshotter::RestAfter(uint64_t keys) {
  int64_t delay_us = server_.rdb_key_save_delay_us();
  if (delay_us == 0 || keys == 0) return;
  constexpr int64_t kNanosecondsPerMs = 1000000;
  auto count = static_cast<int64_t>(keys);
  owed_ns_ += delay_us > 0 ? count * delay_us * 1000 : count * 1000 / -delay_us;
  if (owed_ns_ < kNanosecondsPerMs) return;
  int64_t end_ms = server_.monotonic_ms() + owed_ns_ / kNanosecondsPerMs;
  owed_ns_ %= kNanosecondsPerMs;
  MutexLock lock(mutex_);
  while (!abort_.load() && !stop_ && server_.rdb_key_save_delay_us() != 0) {
    int64_t left_ms = end_ms - server_.monotonic_ms();
    if (left_ms <= 0) break;
    wake_.WaitFor(mutex_, std::min<int64_t>(left_ms, 10));
  }
}

// Moves the records of a step behind the head of their database.
void Snapshotter::WriteHeads() {
  if (job_.as_commands) return WriteCommands();
  for (size_t db = 0; db < records_.size(); ++db) {
    if (records_[db].empty()) continue;
    DbIndex index(static_cast<uint16_t>(db));
    if (!sized_[db]) {
      sized_[db] = true;
      writer_->SelectDb(index);
      writer_->ResizeDb(sizes_[db].first, sizes_[db].second);
    }
    writer_->Records(index, records_[db]);
    records_[db].clear();
  }
}

void Snapshotter::WriteCommands() {
  for (size_t db = 0; db < records_.size(); ++db) {
    if (records_[db].empty()) continue;
    if (std::exchange(commands_db_, db) != db) {
      snapshot::AppendSelectCommand(commands_, DbIndex(static_cast<uint16_t>(db)));
    }
    commands_.append(records_[db]);
    records_[db].clear();
  }
}

Status Snapshotter::Emit() {
  bytes_ += pending().size();
  Status status = job_.sink->Write(pending());
  job_.as_commands ? commands_.clear() : writer_->Clear();
  return status;
}

}  // namespace dunlin::server
