#include "server/key_removal.h"

#include <array>
#include <string_view>

#include "commands/changes.h"
#include "oplog/log.h"
#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {

std::optional<Offset> AppendRemoval(Server& server, DbIndex db, std::string_view key, bool lazily) {
  if (!server.tells_log()) return std::nullopt;
  std::string told;
  oplog::AppendCommand(told, std::array<std::string_view, 2>{lazily ? "UNLINK" : "DEL", key});
  return server.oplog().Append(db, told);
}

void LogRemoval(Server& server, Worker& worker, DbIndex db, const std::string& key, bool lazily) {
  if (auto end = AppendRemoval(server, db, key, lazily)) worker.NoteAppended(*end);
}

void TellRemoval(Server& server, Worker& worker, store::Slot& slot, DbIndex db, const std::string& key,
                 RemovalReason reason, bool lazily) {
  slot.TouchWatchers(server.store().context(), db, key);
  LogRemoval(server, worker, db, key, lazily);
  bool expired = reason == RemovalReason::kExpired;
  uint32_t event_class = expired ? commands::kEventExpired : commands::kEventEvicted;
  if ((server.event_interest() & event_class) == 0) return;
  server.PublishKeyEvent(worker,
                         {static_cast<commands::EventClass>(event_class), expired ? "expired" : "evicted", db, key});
}

}  // namespace dunlin::server
