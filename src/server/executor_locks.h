// The body of Executor::UnderLocks(), for the files of the executor.
#pragma once

#include "server/executor.h"
#include "server/locked_slots.h"
#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {

// Beyond this many different slots, locking them one by one costs more than being alone.
inline constexpr size_t kMaxLockedSlots = 1024;
// The same for finding out which ones are needed.
inline constexpr int kMaxWidenings = 3;

template <typename Fn>
bool Executor::UnderLocks(const std::vector<SlotId>& slots, Fn&& fn) {
  store::Store& store = server_.store();
  if (slots.empty()) {
    fn();
    return true;
  }
  if (slots.size() == 1) {
    store::Slot& slot = store.slot(slots[0]);
    slot.lock().Lock();
    if (!slot.has_wide_waiters()) [[likely]] {
      fn();
      slot.lock().Unlock();
      return true;
    }
    slot.lock().Unlock();
  }
  lock_order_ = slots;
  SortForLocking(&lock_order_);
  for (int tries = 0; tries < kMaxWidenings && lock_order_.size() <= kMaxLockedSlots; ++tries) {
    LockedSlots locked(store, lock_order_);
    Widened widened = WidenLocks();
    if (widened == Widened::kNo) {
      fn();
      return true;
    }
    if (widened == Widened::kTooWide) break;
    locked.Unlock();
    lock_order_.swap(wider_order_);
  }
  return worker_.AloneUnlessScriptLingers(fn);
}

}  // namespace dunlin::server
