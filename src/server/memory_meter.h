// How much memory this process has allocated, to the byte and cheap to ask. The allocator counts for each thread what
// it has handed to it and taken back from it; the meter adds up these counters of the threads that it knows. (The
// allocator's own total costs a walk through all its arenas, and counts what its caches hold.)
//
// What threads hand to each other while the sum is made may be missed or counted twice; the next sum is right again.
//
// Thread: any. REQUIRES: the thread that makes a meter lives longer than the meter.
#pragma once

#include <cstdint>
#include <vector>

#include "base/mutex.h"

namespace dunlin::server {

class MemoryMeter {
 public:
  // Counts the thread that makes it, for as long as it lives: from the thread's first allocation to its last.
  class Thread {
   public:
    explicit Thread(MemoryMeter& meter);
    ~Thread();
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    // Allocated by the thread more than freed, since it began; less than 0 when it frees what others have allocated.
    int64_t net_bytes() const;

   private:
    friend class MemoryMeter;
    Thread();

    MemoryMeter* meter_ = nullptr;
    // The allocator's, constant addresses for as long as the thread lives.
    const uint64_t* allocated_ = nullptr;
    const uint64_t* freed_ = nullptr;
  };

  MemoryMeter();

  uint64_t used_bytes() const;

 private:
  const Thread maker_;
  mutable Mutex mutex_;
  int64_t elsewhere_bytes_ DUNLIN_GUARDED_BY(mutex_);  // of threads that were there before, or are no more
  std::vector<const Thread*> threads_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
