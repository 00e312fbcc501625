// Draws slots at random, each as often as it has keys that may be evicted: with a hash tag, nearly all of them may live
// in one slot. It goes by what was last seen of each slot, so whoever gets one looks whether it is still like that.
//
// Thread: any, at the same time. Numbers that are being changed make a draw a little uneven, nothing else.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/ids.h"
#include "base/random.h"

namespace dunlin::server {

class SlotSampler {
 public:
  // How many such keys the slot has.
  void Set(SlotId slot, uint32_t keys) {
    int64_t change = static_cast<int64_t>(keys) - slots_[slot.value].exchange(keys, std::memory_order_relaxed);
    if (change == 0) return;
    groups_[slot.value / kGroupSize].fetch_add(change, std::memory_order_relaxed);
    total_.fetch_add(change, std::memory_order_relaxed);
  }
  int64_t total() const { return total_.load(std::memory_order_relaxed); }

  // Nothing when no slot has any, as far as is known.
  std::optional<SlotId> Draw(Random& random) const {
    int64_t total = this->total();
    if (total <= 0) return std::nullopt;
    auto left = static_cast<int64_t>(random.Below(static_cast<uint64_t>(total)));
    int group = 0;
    while (group < kGroups - 1 && left >= groups_[group].load(std::memory_order_relaxed)) {
      left -= groups_[group++].load(std::memory_order_relaxed);
    }
    std::optional<SlotId> last;
    for (int i = group * kGroupSize; i < kSlotCount; ++i) {
      int64_t keys = slots_[i].load(std::memory_order_relaxed);
      if (keys == 0) continue;
      last = SlotId(static_cast<uint16_t>(i));
      if (left < keys) break;
      left -= keys;
    }
    return last;
  }

 private:
  static constexpr int kGroupSize = 128;
  static constexpr int kGroups = kSlotCount / kGroupSize;

  std::array<std::atomic<uint32_t>, kSlotCount> slots_{};
  std::array<std::atomic<int64_t>, kGroups> groups_{};
  std::atomic<int64_t> total_{0};
};

}  // namespace dunlin::server
