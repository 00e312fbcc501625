// The lock of a slot: four bytes, one atomic exchange when nobody else wants it. Held for one command at most.
//
// Whoever needs several takes them in ascending order of slots.
//
// Thread: any.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/futex.h"
#include "base/thread_annotations.h"

namespace dunlin::store {

class DUNLIN_CAPABILITY("slot lock") SlotLock {
 public:
  void Lock() DUNLIN_ACQUIRE() {
    uint32_t expected = kFree;
    if (!state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) [[unlikely]]
      LockSlow();
  }
  // False when somebody else has it.
  bool TryLock() DUNLIN_TRY_ACQUIRE(true) {
    uint32_t expected = kFree;
    return state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire);
  }
  void Unlock() DUNLIN_RELEASE() {
    if (state_.exchange(kFree, std::memory_order_release) == kWanted) [[unlikely]]
      FutexWakeOne(state_);
  }

 private:
  enum : uint32_t { kFree = 0, kHeld = 1, kWanted = 2 };

  void LockSlow() {
    constexpr int kSpins = 64;
    for (int i = 0; i < kSpins; ++i) {
      uint32_t expected = kFree;
      if (state_.load(std::memory_order_relaxed) == kFree &&
          state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire)) {
        return;
      }
    }
    while (state_.exchange(kWanted, std::memory_order_acquire) != kFree) FutexWait(state_, kWanted);
  }

  std::atomic<uint32_t> state_{kFree};
};

}  // namespace dunlin::store
