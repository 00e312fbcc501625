// Puts data that comes from files or from a primary into the store.
//
// Thread: one at a time; enters the gate by itself for each batch of keys.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "persistence/aof_loader.h"
#include "persistence/files.h"
#include "persistence/rdb_file.h"
#include "server/scripting.h"
#include "server/worker.h"
#include "snapshot/rdb_reader.h"
#include "store/store.h"

namespace dunlin::server {

class Server;

struct LoadOptions {
  bool skip_expired = true;   // keys whose time is over: on a primary, but not out of an AOF
  bool note_expired = false;  // and name them in LoadedInfo, when the file knows its place in a stream
  bool overwrite = false;     // DEBUG RELOAD MERGE, and loading beside present keys
  bool into_fresh = true;     // a key that is there already is an error
};

struct ExpiredKey {
  DbIndex db;
  std::string key;
};

// What the file said about the data besides the keys.
struct LoadedInfo {
  std::optional<ReplicationId> replication_id;
  std::optional<Offset> replication_offset;
  int stream_db = 0;
  uint64_t keys = 0;
  uint64_t expired = 0;
  std::vector<ExpiredKey> expired_keys;  // as LoadOptions::note_expired
  uint64_t empty = 0;                    // collections without elements, passed over
};

// Where data is put that is loaded beside what clients see.
struct AsideData {
  // REQUIRES: not null; made with the same arguments as the server's store.
  std::unique_ptr<store::Store> store;
  Scripting::Libraries libraries = std::make_shared<script::FunctionLibraries>();
};

class Loader {
 public:
  // `aside`: put everything there instead of before the clients' eyes. It outlives the loader.
  explicit Loader(Server& server, AsideData* aside = nullptr);

  snapshot::RdbReadOptions ReadOptions() const;
  // One event of an RDB stream.
  Status Take(snapshot::RdbEvent& event, const LoadOptions& options);
  const LoadedInfo& info() const { return info_; }
  // False while key-load-delay, a test aid, holds up the next key.
  bool MayTakeKey() const;

  // Whole files. Progress is shown in the server's LoadProgress.
  Status LoadRdb(persistence::FileSystem& files, const std::string& path, const LoadOptions& options);
  // The AOF that `loader` has opened.
  Result<persistence::LoadEnd> LoadAof(persistence::AofLoader& loader);

 private:
  Status TakeKey(snapshot::RdbKey& key, const LoadOptions& options);
  void CountDelay();
  void RestUntilNextKey() const;
  void TakeEmptyKey(const snapshot::RdbEmptyKey& empty);
  void TakeAux(const snapshot::RdbAux& aux);
  Status TakeFunction(const snapshot::RdbFunction& function, const LoadOptions& options);
  Status RunCommand(persistence::AofLoader& loader, const persistence::AofCommand& command);

  Server& server_;
  AsideData* const aside_;
  Worker& worker_;  // its executor runs the commands of an AOF
  std::unique_ptr<Session> session_;
  DbIndex db_;
  LoadedInfo info_;
  int64_t next_key_ms_ = 0;  // by the monotonic clock
  int64_t owed_us_ = 0;
};

}  // namespace dunlin::server
