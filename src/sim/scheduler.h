// Simulated time: things that are to happen, in the order of their moments; of one moment, in the order in which they
// were asked for. Nothing else moves the clock.
//
// Thread: one at a time.
#pragma once

#include <coroutine>
#include <cstdint>
#include <functional>
#include <vector>

namespace dunlin::sim {

class Scheduler {
 public:
  using Action = std::function<void()>;

  // Milliseconds since the world began.
  int64_t now_ms() const { return now_ms_; }
  // REQUIRES: not in the past.
  void At(int64_t at_ms, Action action);
  void After(int64_t delay_ms, Action action) { At(now_ms_ + delay_ms, std::move(action)); }

  // Does the next thing, if one is due until then. Otherwise the clock is put to that moment.
  bool RunNext(int64_t until_ms);
  uint64_t steps() const { return steps_; }
  size_t waiting() const { return heap_.size(); }

  // For procedures: `co_await scheduler.Sleep(ms)`.
  struct Sleeper {
    Scheduler& scheduler;
    int64_t delay_ms;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) const {
      scheduler.After(delay_ms, [waiter] { waiter.resume(); });
    }
    void await_resume() const {}
  };
  Sleeper Sleep(int64_t delay_ms) { return {*this, delay_ms}; }

 private:
  struct Entry {
    int64_t at_ms;
    uint64_t serial;
    Action action;
  };
  // The heap's order: what comes first is greatest.
  static bool ComesLater(const Entry& a, const Entry& b) {
    return a.at_ms != b.at_ms ? a.at_ms > b.at_ms : a.serial > b.serial;
  }

  int64_t now_ms_ = 0;
  uint64_t next_serial_ = 0;
  uint64_t steps_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace dunlin::sim
