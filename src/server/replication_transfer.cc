// ReplicationDriver while a whole copy comes from our primary.
#include <unistd.h>

#include <chrono>
#include <thread>
#include <utility>

#include "server/control.h"
#include "server/persistence_driver.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

namespace repl = replication;

constexpr int64_t kLoadSliceMs = 20;
// Keys between two looks at the gate, so that whoever wants to be alone gets in.
constexpr int kKeysPerTurn = 256;

}  // namespace

void ReplicationDriver::DropData() {
  server_.gate().Alone([&] {
    server_.FlushDatabase(-1, true);
    server_.scripting().DropLibraries();
  });
}

void ReplicationDriver::SetLoading(Server::Loading loading) {
  server_.gate().Alone([&] { server_.SetLoading(loading); });
}

void ReplicationDriver::BeginRdb(const repl::RdbBegin& begin) {
  mode_ = begin.mode;
  rdb_failed_ = false;
  rdb_ended_ = false;
  if (mode_ == repl::LoadMode::kFile) return OpenRdbFile();
  if (mode_ == repl::LoadMode::kSwap) {
    aside_ = std::make_unique<AsideData>();
    aside_->store = server_.NewStore();
  } else {
    DropData();
  }
  SetLoading(begin.async_loading ? Server::Loading::kAside : Server::Loading::kYes);
  loader_ = std::make_unique<Loader>(server_, aside_.get());
  rdb_reader_ = std::make_unique<snapshot::RdbReader>(loader_->ReadOptions());
}

void ReplicationDriver::OpenRdbFile() {
  rdb_path_ = "temp-" + std::to_string(now_ms() / 1000) + "." + std::to_string(getpid()) + ".rdb";
  auto file = server_.persistence().files().Create(rdb_path_);
  if (file) {
    rdb_file_ = std::move(*file);
    return;
  }
  server_.log().Warning("Opening the temp file needed for MASTER <-> REPLICA synchronization: {}",
                        file.error().message());
  rdb_failed_ = true;
}

void ReplicationDriver::TakeRdb(std::string_view bytes) {
  if (rdb_failed_) return;
  if (mode_ != repl::LoadMode::kFile) {
    rdb_reader_->Feed(bytes);
    return ParseOn();
  }
  Status written = rdb_file_->Append(bytes);
  if (written.ok()) return;
  server_.log().Warning("Write error writing to the DB dump file needed for MASTER <-> REPLICA synchronization: {}",
                        written.message());
  rdb_failed_ = true;
}

void ReplicationDriver::ParseOn() {
  parsing_ = true;
  server_.control().RunSoon([] {});  // Work() goes on from the loop
}

void ReplicationDriver::EndRdb() {
  rdb_ended_ = true;
  if (mode_ != repl::LoadMode::kFile) ParseOn();
}

void ReplicationDriver::LoadRdbFile() {
  Status status;
  if (rdb_failed_) {
    status = Status::IoError("the transfer could not be written");
  } else {
    status = rdb_file_->Sync();
  }
  rdb_file_.reset();
  persistence::FileSystem& files = server_.persistence().files();
  if (status.ok()) {
    server_.persistence().WaitIdle();
    status = files.Rename(rdb_path_, server_.settings().dbfilename);
  }
  if (!status.ok()) {
    server_.log().Warning("Failed trying to rename the temp DB into {} in MASTER <-> REPLICA synchronization: {}",
                          server_.settings().dbfilename, status.message());
    server_.control().RunSoon([this] { Run(node_.OnRdbLoaded(false, Facts(), now_ms())); });
    return;
  }
  file_waits_ = true;
  ParseOn();
}

// The first slice is loaded before anybody can ask: nobody is refused for the sake of a small copy.
Status ReplicationDriver::BeginLoadingFile(bool* more) {
  Status status;
  server_.gate().Alone([&] {
    DropData();
    SetLoading(Server::Loading::kYes);
    loader_ = std::make_unique<Loader>(server_);
    auto reader = persistence::RdbFileReader::Open(server_.persistence().files(), server_.settings().dbfilename,
                                                   loader_->ReadOptions());
    if (!reader) {
      status = reader.error();
      return;
    }
    file_reader_ = std::move(*reader);
    status = ParseSome(more);
    if (status.ok() && !*more) SetLoading(Server::Loading::kNo);
  });
  return status;
}

bool ReplicationDriver::Work() {
  if (!parsing_) return false;
  bool more = false;
  Status status = std::exchange(file_waits_, false) ? BeginLoadingFile(&more) : ParseSome(&more);
  if (status.ok() && more) return true;
  parsing_ = false;
  if (status.ok() && rdb_reader_ != nullptr) {
    if (!rdb_ended_) {
      LookAtLink();
      return parsing_;
    }
    status = rdb_reader_->EndOfInput();
  }
  if (!status.ok()) LogBrokenRdb(status.message());
  FinishLoading(status.ok());
  return false;
}

// For a while. `more` says whether there is more to do at once.
Status ReplicationDriver::ParseSome(bool* more) {
  int64_t until_ms = now_ms() + kLoadSliceMs;
  *more = true;
  Status status;
  if (!loader_->MayTakeKey()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  while (status.ok() && *more && now_ms() < until_ms && loader_->MayTakeKey()) {
    server_.applier().RunInline([&] {
      for (int i = 0; i < kKeysPerTurn && status.ok() && *more && loader_->MayTakeKey(); ++i) {
        auto event = file_reader_ ? file_reader_->Next() : rdb_reader_->Next();
        if (!event) {
          status = event.error();
        } else if (std::holds_alternative<snapshot::NeedMore>(*event) ||
                   std::holds_alternative<snapshot::RdbEnd>(*event)) {
          *more = false;
        } else {
          status = loader_->Take(*event, {.skip_expired = false});
        }
      }
    });
  }
  return status;
}

void ReplicationDriver::LogBrokenRdb(std::string_view why) {
  uint64_t offset = rdb_reader_ ? rdb_reader_->offset() : 0;
  server_.log().Warning("Internal error in RDB reading offset {}: {}", offset, why);
}

void ReplicationDriver::FinishLoading(bool ok) {
  file_reader_.reset();
  rdb_reader_.reset();
  if (ok) stream_session_->db = DbIndex(static_cast<uint16_t>(loader_->info().stream_db));
  loader_.reset();
  if (!ok) DropLoaded();
  if (mode_ == repl::LoadMode::kFile) {
    RemoveSyncFile("Removing the RDB file obtained from the master. This replica has persistence disabled");
  }
  // Until the new data is in its place, it is not shown.
  if (!ok || mode_ != repl::LoadMode::kSwap) SetLoading(Server::Loading::kNo);
  Run(node_.OnRdbLoaded(ok, Facts(), now_ms()));
  LookAtLink();
}

void ReplicationDriver::DropLoaded() {
  if (mode_ != repl::LoadMode::kSwap) return DropData();
  server_.log().Notice("MASTER <-> REPLICA sync: Discarding temporary DB in background");
  FreeAside();
}

void ReplicationDriver::FreeAside() {
  store::Store& store = *aside_->store;
  for (int i = 0; i < store.database_count(); ++i) {
    DbIndex db(static_cast<uint16_t>(i));
    uint64_t keys = store.KeyCount(db);
    if (keys > 0) server_.lazy_free().Add(store.ExtractDatabase(db), keys);
  }
  aside_.reset();
}

void ReplicationDriver::SwapDataset() {
  std::vector<ReadyKeys::Key> waited_for;
  server_.gate().Alone([&] {
    server_.ExchangeKeys(*aside_->store);
    server_.scripting().SetLibraries(aside_->libraries);
    server_.SetLoading(Server::Loading::kNo);
    waited_for = server_.KeysWaitedFor();
  });
  FreeAside();
  if (waited_for.empty()) return;
  server_.applier().RunInline([&] { server_.applier().executor().ServeLater(waited_for); });
}

// Where nothing else is kept on the disk, a copy of the data should not be either (rdb-del-sync-files).
void ReplicationDriver::RemoveSyncFile(std::string_view why) {
  const Settings& s = server_.settings();
  if (!s.rdb_del_sync_files || s.appendonly || !s.save.empty()) return;
  persistence::FileSystem& files = server_.persistence().files();
  if (!files.FileExists(s.dbfilename)) return;
  server_.log().Notice("{}", why);
  if (Status removed = files.Remove(s.dbfilename); !removed.ok()) server_.log().Warning("{}", removed.message());
}

void ReplicationDriver::AbandonRdb() {
  if (rdb_file_) {
    rdb_file_.reset();
    (void)server_.persistence().files().Remove(rdb_path_);
  }
  parsing_ = false;
  file_waits_ = false;
  if (!loader_) return;
  if (rdb_reader_) LogBrokenRdb("the transfer has ended too early");
  loader_.reset();
  file_reader_.reset();
  rdb_reader_.reset();
  DropLoaded();
  SetLoading(Server::Loading::kNo);
}

}  // namespace dunlin::server
