// Clients that wait for keys (BLPOP and its kin), in the lines of the slots.
//
// A wait stands in the line of each of its keys, and it is one whole: it enters all lines and leaves all lines under
// the locks of all its slots. So whoever holds these finds it either waiting or done, and whoever takes it out of the
// lines (to serve it, because its time is up, because its client is gone) is the only one who ends it.
//
// Thread: any, inside the gate.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "commands/command.h"
#include "dispatch/decide.h"
#include "server/command_keys.h"
#include "store/store.h"

namespace dunlin::server {

class Worker;

// One client's wait: the command to be run again for it, and all that must be known of the client to do so on the
// thread of another worker.
struct KeyWait : store::Waiter {
  // --- constant once it stands in a line ---
  Worker* worker = nullptr;
  uint64_t session_id = 0;
  const commands::CommandSpec* spec = nullptr;
  std::vector<std::string> words;
  std::vector<std::string_view> args;  // the words
  CommandKeys keys;                    // of args
  std::vector<std::string_view> waited_for;
  DbIndex db;
  int resp_version = 2;
  bool no_touch = false;
  dispatch::ClientFacts client;

  // --- guarded by the locks of all its slots ---
  bool standing = false;

  // --- of whoever has served it, until it is handed to its worker ---
  Buffer reply;
  uint64_t ticks = 0;
  std::optional<Offset> written;  // the end of what the log was told
};

class WaitingLines {
 public:
  explicit WaitingLines(store::Store& store) : store_(store) {}

  bool anybody() const { return clients_.load(std::memory_order_relaxed) > 0; }
  int clients() const { return clients_.load(std::memory_order_relaxed); }
  // Keys that somebody waits for, and those of them whose end somebody waits for.
  int keys() const { return keys_.load(std::memory_order_relaxed); }
  int keys_when_gone() const { return keys_when_gone_.load(std::memory_order_relaxed); }

  // --- under the locks of all the wait's slots, or alone ---

  // Goes to the end of all its lines. REQUIRES: it stands in none.
  void Enter(const std::shared_ptr<KeyWait>& wait);
  // REQUIRES: it stands in them.
  void Leave(KeyWait& wait);

  // --- holding no slot's lock ---

  // Takes the wait out of its lines. False when it did not stand there any more: somebody else has ended it.
  bool Withdraw(KeyWait& wait);

  // --- alone ---

  struct Line {
    std::string key;
    bool when_gone = false;  // somebody waits for the key's end
  };
  std::vector<Line> LinesOf(DbIndex db) const;

 private:
  void Count(store::WaitedKeys change);

  store::Store& store_;
  std::atomic<int> clients_{0};
  std::atomic<int> keys_{0};
  std::atomic<int> keys_when_gone_{0};
};

}  // namespace dunlin::server
