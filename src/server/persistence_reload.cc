// Saving and loading while everybody else stands still: DEBUG RELOAD and DEBUG LOADAOF.
#include <unistd.h>

#include "server/config.h"
#include "server/persistence_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr size_t kWriteBytes = 256 * 1024;

template <typename Fn>
void ForEachSlot(store::Store& store, Fn&& fn) {
  for (int i = 0; i < kSlotCount; ++i) fn(store.slot(SlotId(static_cast<uint16_t>(i))));
}

// Everything that is in the store now, as the file's bytes, handed to write() in pieces.
template <typename Write>
Status WriteStore(Server& server, snapshot::RdbWriter& writer, Write&& write) {
  store::Store& store = server.store();
  snapshot::AccessRecord access = AccessRecordNow(server);
  int64_t now_ms = server.clock_ms();
  std::string record;
  for (int i = 0; i < store.database_count(); ++i) {
    DbIndex db(static_cast<uint16_t>(i));
    if (store.KeyCount(db) == 0) continue;
    writer.SelectDb(db);
    writer.ResizeDb(store.KeyCount(db), store.ExpiryCount(db));
    Status status;
    ForEachSlot(store, [&](store::Slot& slot) {
      slot.ForEach(db, [&](const store::Entry* entry) {
        record.clear();
        snapshot::AppendEntryRecord(record, *entry, writer.encoding(), access, now_ms);
        writer.Records(db, record);
      });
      if (writer.bytes().size() < kWriteBytes || !status.ok()) return;
      status = write(writer.bytes());
      writer.Clear();
    });
    DUNLIN_TRY(status);
  }
  writer.End();
  return write(writer.bytes());
}

}  // namespace

Status PersistenceDriver::SaveAlone() {
  const Settings& s = server_.settings();
  auto file =
      persistence::RdbFileWriter::Create(*files_, RdbPath(), "temp-reload-" + std::to_string(getpid()) + ".rdb");
  if (!file) {
    server_.log().Warning("Failed opening the temp RDB file (in server root dir) for saving: {}",
                          file.error().message());
    return file.error();
  }
  snapshot::RdbWriter writer({.version = static_cast<int>(s.rdb_version), .compress = s.rdbcompression}, s.rdbchecksum);
  snapshot::RdbInfo info = RdbInfoNow(server_);
  info.replication = server_.ReplicationForSave();
  writer.Begin(info);
  WriteLibraries(server_, writer);
  Status status = WriteStore(
      server_, writer, [&](std::string_view bytes) { return (*file)->Append(bytes, s.rdb_save_incremental_fsync); });
  if (status.ok()) status = (*file)->Finish();
  if (!status.ok()) {
    server_.log().Warning("Write error saving DB on disk: {}", status.message());
    return status;
  }
  server_.log().Notice("DB saved on disk");
  {
    MutexLock lock(mutex_);
    state_.last_save_s = server_.clock_ms() / 1000;
    state_.last_bgsave_ok = true;
    state_.dirty_at_last_save = static_cast<int64_t>(server_.TotalDirty());
  }
  server_.RefreshFacts();
  return status;
}

void PersistenceDriver::DropAllData() {
  server_.scripting().DropLibraries();
  store::Store& store = server_.store();
  if (!store.snapshot_running()) {
    server_.FlushDatabase(-1, false);
    return;
  }
  std::vector<std::string> keys;
  for (int i = 0; i < store.database_count(); ++i) {
    DbIndex db(static_cast<uint16_t>(i));
    ForEachSlot(store, [&](store::Slot& slot) {
      slot.TouchReplaced(store.context(), db, nullptr, server_.clock_ms());
      keys.clear();
      slot.ForEach(db, [&](const store::Entry* entry) { keys.emplace_back(entry->key()); });
      for (const std::string& key : keys) slot.Erase(store.context(), db, store.Ref(key));
    });
  }
}

Status PersistenceDriver::ReloadAlone(const ReloadOptions& options) {
  if (!files_->FileExists(RdbPath())) return Status::NotFound("there is no file " + RdbPath());
  if (options.flush) DropAllData();
  Loader loader(server_);
  int64_t start_ms = server_.clock_ms();
  LoadOptions load;
  load.skip_expired = !server_.is_replica();
  load.overwrite = options.merge;
  DUNLIN_TRY(loader.LoadRdb(*files_, RdbPath(), load));
  LogLoadedRdb(loader.info(), start_ms);
  NoteLoaded(loader.info());
  return Status::Ok();
}

Status PersistenceDriver::ReloadAofAlone() {
  DUNLIN_TRY(FlushAofAndWait());
  DropAllData();
  Loader loader(server_);
  persistence::AofLoader aof(*files_, AofOptions(loader));
  // A rewrite that ends now would take away the files that are being read.
  Result<bool> found = false;
  WhileDiskThreadWaits([&] { found = LoadAofInto(loader, aof); });
  if (!found) return found.error();
  if (!*found) return Status::NotFound("there are no append-only files");
  NoteLoaded(loader.info());
  return Status::Ok();
}

void PersistenceDriver::NoteLoaded(const LoadedInfo& info) {
  MutexLock lock(mutex_);
  state_.loaded_keys = info.keys;
  state_.loaded_expired = info.expired;
}

}  // namespace dunlin::server
