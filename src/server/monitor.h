// Who watches all commands (MONITOR), and the lines that they are shown.
//
// Thread: any; guarded by one mutex, which is never held while an output is written.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"
#include "commands/command.h"

namespace dunlin::server {

class Worker;

// `+1700000000.123456 [0 127.0.0.1:6379] "set" "k" "v"` and a line end. `origin` is the client's address, "unix:" and a
// path, or "lua".
std::string MonitorLine(int64_t now_us, DbIndex db, std::string_view origin, commands::Args args);

class MonitorFeed {
 public:
  bool any() const { return count_.load(std::memory_order_relaxed) > 0; }
  // REQUIRES: the session does not watch yet.
  void Add(Worker* worker, uint64_t session);
  // Does nothing when the session does not watch.
  void Remove(Worker* worker, uint64_t session);
  // `from` is the worker that calls; it is inside the gate.
  void Show(const std::string& line, Worker& from);

 private:
  struct Watcher {
    Worker* worker;
    uint64_t session;
    bool operator==(const Watcher&) const = default;
  };
  static void Deliver(Worker& worker, uint64_t session, std::string_view line);

  std::atomic<size_t> count_{0};
  Mutex mutex_;
  std::vector<Watcher> watchers_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
