// Frees large values and whole databases where nobody waits for it: a million small allocations take a while.
//
// Thread: its own, but for the calls, which any thread may make.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "server/memory_meter.h"
#include "store/entry.h"
#include "store/slot.h"

namespace dunlin::server {

class LazyFree {
 public:
  LazyFree() = default;
  ~LazyFree() { Stop(); }

  // `begin` is called on the thread, first. The meter outlives it.
  void Start(MemoryMeter& meter, std::function<void()> begin);
  // Frees what is left, and ends the thread.
  void Stop();

  void Add(std::vector<store::OwnedEntry> entries);
  // All tables of a database, with so many keys.
  void Add(std::vector<store::SlotTable> tables, uint64_t keys);

  // For INFO: keys that wait for their end, and those that had it.
  uint64_t pending() const { return pending_.load(std::memory_order_relaxed); }
  uint64_t freed() const { return freed_.load(std::memory_order_relaxed); }
  void ResetCount() { freed_.store(0); }

 private:
  struct Work {
    std::vector<store::OwnedEntry> entries;
    std::vector<store::SlotTable> tables;
    uint64_t keys = 0;
  };

  void Add(Work work);
  void Free(Work work);
  void ThreadMain();

  std::thread thread_;
  std::atomic<uint64_t> pending_{0};
  std::atomic<uint64_t> freed_{0};
  Mutex mutex_;
  CondVar changed_;
  std::vector<Work> queue_ DUNLIN_GUARDED_BY(mutex_);
  bool stop_ DUNLIN_GUARDED_BY(mutex_) = false;
};

}  // namespace dunlin::server
