// What must be told of a key that goes though no client asked for it: because its time is over, or its memory is
// needed.
//
// Thread: inside the gate, under the lock of the key's slot; the key has been taken out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "store/slot.h"

namespace dunlin::server {

class Server;
class Worker;

enum class RemovalReason : uint8_t { kExpired, kEvicted };

// Appends to the log that a key is gone, as UNLINK when `lazily`. Returns the log's end; nothing on a replica, whose
// log is its primary's, and where nobody reads it.
std::optional<Offset> AppendRemoval(Server& server, DbIndex db, std::string_view key, bool lazily);
// The same for a worker, which sees to what was appended.
void LogRemoval(Server& server, Worker& worker, DbIndex db, const std::string& key, bool lazily);

// To those who watch the key, to the log (as UNLINK when `lazily`), and as an event. Who waits for the key is not
// served yet: see Executor::ServeLater.
void TellRemoval(Server& server, Worker& worker, store::Slot& slot, DbIndex db, const std::string& key,
                 RemovalReason reason, bool lazily);

}  // namespace dunlin::server
