// Runs clients' commands as the server would: the decision is the real dispatch's on the published map, the data is the
// toy keyspace. Writes that must wait for a pause, and commands on slots whose keys are being moved, wait and are
// decided anew.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "commands/command.h"
#include "sim/keyspace.h"
#include "sim/network.h"

namespace dunlin::sim {

class Host;
class Server;

struct Request {
  std::vector<KeyIndex> keys;  // of one slot
  WriteId write{0};            // 0: a read
  bool asking = false;
  // WAIT, right behind a write: for so many replicas, so long; 0: none.
  int wait_for = 0;
  int64_t wait_ms = 0;
  bool is_write() const { return write.value != 0; }
};

struct Reply {
  std::string error;             // empty: it was done
  std::vector<ValueRef> values;  // of a read
  int acknowledged = 0;          // what WAIT said
};

class Executor {
 public:
  using Answer = std::function<void(const Reply&)>;

  explicit Executor(Server& server) : server_(server) {}

  void Execute(Request request, Answer answer);
  // RESTORE-ASKING of a key; an error, or nothing.
  std::string Restore(KeyIndex key, const ValueRef& value, bool replace);
  // MIGRATE of these keys; the answer is an error, or nothing. Nobody touches them meanwhile.
  void Migrate(std::vector<KeyIndex> keys, Host& target, bool replace, int64_t timeout_ms,
               std::function<void(std::string)> answer);
  // What waits and can go on goes on.
  void Settle();

 private:
  struct Held {
    Request request;
    Answer answer;
  };
  // A client in WAIT.
  struct Waiter {
    Request request;
    Offset offset;
    int64_t until_ms = 0;
    Answer answer;
  };
  struct Migration {
    uint64_t serial = 0;
    std::vector<KeyIndex> keys;
    std::vector<ValueRef> values;
    std::function<void(std::string)> answer;
  };

  // An error, or nothing: it may run.
  std::string Decide(const commands::CommandSpec& spec, const std::vector<KeyIndex>& keys, bool asking);
  bool MustWait(const Request& request) const;
  void Perform(const Request& request, const Answer& answer);
  void Wait(const Request& request, Answer answer);
  void SettleWaiters();
  void EndMigration(uint64_t serial, const std::vector<std::string>& errors);
  void DeleteMoved(const Migration& migration, const std::vector<std::string>& errors);

  Server& server_;
  std::deque<Held> held_;
  std::deque<Waiter> waiters_;
  std::deque<Migration> migrations_;
  std::set<SlotId> locked_;
  uint64_t next_migration_ = 1;
};

}  // namespace dunlin::sim
