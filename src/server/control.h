// The control thread: it accepts connections and hands them to workers, catches signals, and keeps the calendar: what
// must be looked at ten times a second.
//
// Thread: its own, but for RunSoon(), which any thread may call.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "net/loop.h"
#include "server/gate.h"
#include "server/listeners.h"

namespace dunlin::server {

class Server;

class Control {
 public:
  Control(Server& server, std::unique_ptr<net::Loop> loop);
  ~Control();

  // Before Start(), then this thread.
  void AddListener(Listener listener);
  // The clients that are connected stay.
  void CloseTcpListeners();
  const std::vector<Listener>& listeners() const { return listeners_; }

  void Start();
  void Stop();

  net::Loop& loop() { return *loop_; }
  Gate::Member& gate_member() { return gate_member_; }
  bool is_this_thread() const { return thread_.get_id() == std::this_thread::get_id(); }
  // Runs fn on this thread, outside the gate, soon. Any thread.
  void RunSoon(std::function<void()> fn);
  // The same, and waits until it is done; on this thread it just runs. REQUIRES: outside the gate, or on this thread.
  void RunAndWait(const std::function<void()>& fn);
  // Asks every worker to look at its blocked sessions again. Any thread.
  void WakeBlocked();

 private:
  void ThreadMain();
  void AcceptFrom(const Listener& listener);
  void Cron();
  void HandleSignal();

  Server& server_;
  std::unique_ptr<net::Loop> loop_;
  Gate::Member& gate_member_;
  std::vector<Listener> listeners_;
  std::thread thread_;
  std::atomic<bool> stop_{false};
  uint64_t cron_runs_ = 0;
  int64_t next_cron_ms_ = 0;
  int signal_fd_ = -1;
  bool busy_ = false;  // a load goes on in slices
  std::vector<net::Stream*> streams_;

  Mutex mutex_;
  std::vector<std::function<void()>> soon_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
