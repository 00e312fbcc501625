#include "server/loader.h"

#include <chrono>
#include <thread>

#include "commands/access.h"
#include "server/persistence_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

// Keys between two looks at the gate, so that whoever wants to be alone gets in.
constexpr int kKeysPerTurn = 256;
// So many empty keys are named in the log; the others are counted.
constexpr uint64_t kEmptyKeysNamed = 10;

}  // namespace

Loader::Loader(Server& server, AsideData* aside) : server_(server), aside_(aside), worker_(server.applier()) {
  session_ = std::make_unique<Session>(0, -1);
  session_->worker = &worker_;
  session_->kind = SessionKind::kPrimaryLink;
}

snapshot::RdbReadOptions Loader::ReadOptions() const {
  snapshot::RdbReadOptions options;
  options.decode.limits = server_.handler_settings().encoding;
  options.decode.hash_seed = server_.store().context().hash_seed;
  options.verify_checksum = server_.settings().rdbchecksum && !server_.skip_checksums();
  return options;
}

void Loader::TakeAux(const snapshot::RdbAux& aux) {
  if (aux.name == "repl-id") info_.replication_id = ReplicationId::Parse(aux.value);
  if (aux.name == "repl-offset") {
    if (auto offset = ParseInt64(aux.value)) info_.replication_offset = Offset(*offset);
  }
  if (aux.name == "repl-stream-db") info_.stream_db = static_cast<int>(ParseInt64(aux.value).value_or(0));
  if (aux.name == "redis-ver") server_.log().Notice("Loading RDB produced by version {}", aux.value);
  if (aux.name == "used-mem") {
    server_.log().Notice("RDB memory usage when created {:.2f} Mb",
                         static_cast<double>(ParseInt64(aux.value).value_or(0)) / (1024 * 1024));
  }
}

void Loader::TakeEmptyKey(const snapshot::RdbEmptyKey& empty) {
  if (info_.empty++ < kEmptyKeysNamed) server_.log().Notice("Loader is skipping empty key: {}", empty.key);
}

Status Loader::TakeKey(snapshot::RdbKey& key, const LoadOptions& options) {
  const snapshot::KeyInfo& info = key.info;
  int64_t now_ms = worker_.now_ms();
  if (options.skip_expired && info.expire_at_ms != snapshot::kNoExpiry && info.expire_at_ms < now_ms) {
    ++info_.expired;
    if (options.note_expired && info_.replication_offset) info_.expired_keys.push_back({db_, std::string(info.key)});
    return Status::Ok();
  }
  store::Store& store = aside_ == nullptr ? server_.store() : *aside_->store;
  store::KeyRef ref = store.Ref(info.key);
  store::Slot& slot = store.slot(ref.slot);
  slot.lock().Lock();
  Status status;
  if (options.into_fresh && !options.overwrite && slot.Find(db_, ref) != nullptr) {
    status =
        Status::Corruption("RDB has duplicated key '" + std::string(info.key) + "' in DB " + std::to_string(db_.value));
  } else {
    store::Entry* entry = key.text ? slot.PutString(store.context(), db_, ref, *key.text, info.expire_at_ms)
                                   : slot.PutValue(store.context(), db_, ref, key.TakeValue(), info.expire_at_ms);
    const commands::HandlerSettings& settings = server_.handler_settings();
    if (settings.lfu_policy) {
      entry->set_access(commands::FrequencyBits(now_ms, info.frequency.value_or(commands::kLfuInitialCounter)));
    } else {
      entry->set_access(commands::AccessClock(now_ms - static_cast<int64_t>(info.idle_seconds.value_or(0)) * 1000));
    }
    ++info_.keys;
  }
  slot.lock().Unlock();
  CountDelay();
  return status;
}

// Delays below the clock's step add up until they make one.
void Loader::CountDelay() {
  int64_t delay_us = server_.key_load_delay_us();
  if (delay_us <= 0) return;
  owed_us_ += delay_us;
  if (owed_us_ < 1000) return;
  next_key_ms_ = server_.monotonic_ms() + owed_us_ / 1000;
  owed_us_ %= 1000;
}

bool Loader::MayTakeKey() const {
  return next_key_ms_ == 0 || server_.key_load_delay_us() <= 0 || server_.monotonic_ms() >= next_key_ms_;
}

void Loader::RestUntilNextKey() const {
  while (!MayTakeKey()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

Status Loader::TakeFunction(const snapshot::RdbFunction& function, const LoadOptions& options) {
  Scripting& scripting = server_.scripting();
  auto loaded = aside_ == nullptr ? scripting.LoadLibrary(worker_.scripts(), function.code, options.overwrite)
                                  : scripting.LoadLibraryInto(&aside_->libraries, worker_.scripts(), function.code,
                                                              options.overwrite);
  if (!loaded) return Status::Corruption("Failed loading the functions of the RDB file: " + loaded.error());
  return Status::Ok();
}

Status Loader::Take(snapshot::RdbEvent& event, const LoadOptions& options) {
  if (auto* key = std::get_if<snapshot::RdbKey>(&event)) return TakeKey(*key, options);
  if (auto* empty = std::get_if<snapshot::RdbEmptyKey>(&event)) TakeEmptyKey(*empty);
  if (auto* aux = std::get_if<snapshot::RdbAux>(&event)) TakeAux(*aux);
  if (auto* function = std::get_if<snapshot::RdbFunction>(&event)) return TakeFunction(*function, options);
  if (auto* select = std::get_if<snapshot::RdbSelectDb>(&event)) {
    if (select->index >= static_cast<uint64_t>(server_.store().database_count())) {
      return Status::Corruption("FATAL: Data file was created with a Redis server configured to handle more than " +
                                std::to_string(server_.store().database_count()) + " databases. Exiting");
    }
    db_ = DbIndex(static_cast<uint16_t>(select->index));
  }
  return Status::Ok();
}

Status Loader::LoadRdb(persistence::FileSystem& files, const std::string& path, const LoadOptions& options) {
  auto reader = persistence::RdbFileReader::Open(files, path, ReadOptions());
  if (!reader) return reader.error();
  Status status;
  bool ended = false;
  while (status.ok() && !ended) {
    RestUntilNextKey();
    worker_.RunInline([&] {
      for (int i = 0; i < kKeysPerTurn && status.ok() && !ended && MayTakeKey(); ++i) {
        auto event = (*reader)->Next();
        if (!event) {
          status = event.error();
        } else if (std::holds_alternative<snapshot::RdbEnd>(*event)) {
          ended = true;
        } else {
          status = Take(*event, options);
        }
      }
    });
  }
  return status;
}

Result<persistence::LoadEnd> Loader::LoadAof(persistence::AofLoader& loader) {
  std::optional<persistence::LoadEnd> end;
  Status status;
  int64_t file_start_ms = server_.clock_ms();
  LoadOptions options{.skip_expired = false};
  auto take = [&](persistence::LoadEvent& event) -> Status {
    if (auto* note = std::get_if<persistence::LoadNote>(&event)) {
      server_.log().Write(note->warning ? LogLevel::kWarning : LogLevel::kNotice, note->text);
    } else if (std::holds_alternative<persistence::LoadFileBegin>(event)) {
      file_start_ms = server_.clock_ms();
      db_ = DbIndex(0);
      session_->db = DbIndex(0);
    } else if (auto* file = std::get_if<persistence::LoadFileEnd>(&event)) {
      server_.log().Notice("DB loaded from {} file {}: {:.3f} seconds", file->base ? "base" : "incr", file->name,
                           static_cast<double>(server_.clock_ms() - file_start_ms) / 1000);
    } else if (auto* command = std::get_if<persistence::AofCommand>(&event)) {
      return RunCommand(loader, *command);
    } else if (auto* finished = std::get_if<persistence::LoadEnd>(&event)) {
      end = *finished;
    } else if (auto* key = std::get_if<snapshot::RdbKey>(&event)) {
      return TakeKey(*key, options);
    } else if (auto* empty = std::get_if<snapshot::RdbEmptyKey>(&event)) {
      TakeEmptyKey(*empty);
    } else if (auto* aux = std::get_if<snapshot::RdbAux>(&event)) {
      TakeAux(*aux);
    } else if (auto* function = std::get_if<snapshot::RdbFunction>(&event)) {
      return TakeFunction(*function, options);
    } else if (auto* select = std::get_if<snapshot::RdbSelectDb>(&event)) {
      snapshot::RdbEvent wrapped = *select;
      return Take(wrapped, options);
    }
    return Status::Ok();
  };
  while (status.ok() && !end) {
    RestUntilNextKey();
    worker_.RunInline([&] {
      for (int i = 0; i < kKeysPerTurn && status.ok() && !end && MayTakeKey(); ++i) {
        auto event = loader.Next();
        status = event ? take(*event) : event.error();
      }
    });
  }
  if (!status.ok()) return Fail(status);
  return *end;
}

Status Loader::RunCommand(persistence::AofLoader& loader, const persistence::AofCommand& command) {
  dispatch::Lookup found = dispatch::Find(server_.table(), command.args);
  if (found.spec == nullptr) return Status::Corruption(loader.UnknownCommandText(command.args[0]));
  worker_.executor().Apply(*session_, command.args);
  session_->stream.out().Clear();
  ++info_.keys;
  return Status::Ok();
}

}  // namespace dunlin::server
