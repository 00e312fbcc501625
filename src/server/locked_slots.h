// The locks of some slots, held for as long as this lives.
//
// Thread: any that holds no slot's lock.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "base/ids.h"
#include "store/store.h"

namespace dunlin::server {

// Each slot once, in the order in which locks are taken.
inline void SortForLocking(std::vector<SlotId>* slots) {
  std::sort(slots->begin(), slots->end());
  slots->erase(std::unique(slots->begin(), slots->end()), slots->end());
}

class LockedSlots {
 public:
  // REQUIRES: `slots` are sorted for locking; they stay as they are until Unlock().
  LockedSlots(store::Store& store, std::span<const SlotId> slots) : store_(store), slots_(slots) {
    for (SlotId id : slots_) store_.slot(id).lock().Lock();
  }
  ~LockedSlots() { Unlock(); }
  // Earlier than at the end.
  void Unlock() {
    for (SlotId id : slots_) store_.slot(id).lock().Unlock();
    slots_ = {};
  }
  LockedSlots(const LockedSlots&) = delete;
  LockedSlots& operator=(const LockedSlots&) = delete;

 private:
  store::Store& store_;
  std::span<const SlotId> slots_;
};

}  // namespace dunlin::server
