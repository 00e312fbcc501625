// Active expiry: keys whose time has come go even when nobody asks for them. A slot is looked into only when its bound
// says that something in it may have expired, so the cost follows what expires, not what is there.
//
// Thread: inside the gate; takes slot locks one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/slot.h"

namespace dunlin::server {

class Server;
class Worker;
struct Call;

struct ExpiryCursor {
  uint16_t slot = 0;
  uint16_t db = 0;
  uint64_t position = 0;                 // within the slot's table, when it was too large for one turn
  int64_t earliest_ms = INT64_MAX;       // of what has been seen of the table
  int64_t set_meanwhile_ms = INT64_MAX;  // of expiries that were set since the walk of the table began
};

// On a writable replica: deletes what is expired of the keys that its own clients gave a time to live, and forgets
// those that have none any more. So many a call that each has its turn soon.
void ExpireOwn(Server& server, Worker& worker, int64_t now_ms);

// Deletes expired keys for at most `budget_us`; returns how many went. `cursor` goes round.
uint64_t ExpireSome(Server& server, Worker& worker, ExpiryCursor& cursor, int64_t now_ms, int64_t budget_us);

// Whether a walk over the keys of all slots deletes those that it finds to be past their time; else it only hides them.
bool DeletesExpired(const Call& call);
// Deletes keys that such a walk has found to be past their time. Each is told at once and for itself, or as part of the
// transaction that the call belongs to. REQUIRES: DeletesExpired(); the slot is locked.
void DeleteExpired(Call& call, store::Slot& slot, const std::vector<std::string>& keys);

}  // namespace dunlin::server
