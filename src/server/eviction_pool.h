// The best candidates for eviction that samples have brought so far. What is not chosen now stays for the next time, so
// that a few samples each time come near to the choice that looking at all keys would give.
//
// Thread: one at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/ids.h"

namespace dunlin::server {

// A key that may be evicted, as it was when it was seen.
struct EvictionCandidate {
  uint64_t score = 0;  // the higher, the sooner it goes
  uint64_t hash = 0;   // of the key
  SlotId slot;
  DbIndex db;

  bool SameKey(const EvictionCandidate& other) const {
    return hash == other.hash && slot == other.slot && db == other.db;
  }
};

class EvictionPool {
 public:
  static constexpr size_t kCapacity = 16;

  // Takes it in if it is better than one that is there, or if there is room.
  void Offer(const EvictionCandidate& candidate) {
    auto* end = candidates_.begin() + size_;
    auto* same = std::find_if(candidates_.begin(), end, [&](const auto& c) { return c.SameKey(candidate); });
    if (same != end) end = Erase(same);
    auto* place = std::find_if(candidates_.begin(), end, [&](const auto& c) { return c.score >= candidate.score; });
    if (size_ < kCapacity) {
      std::move_backward(place, end, end + 1);
      ++size_;
    } else {
      // The worst, which is the first, makes room.
      if (place == candidates_.begin()) return;
      std::move(candidates_.begin() + 1, place, candidates_.begin());
      --place;
    }
    *place = candidate;
  }
  // The best goes out.
  std::optional<EvictionCandidate> TakeBest() {
    if (size_ == 0) return std::nullopt;
    return candidates_[--size_];
  }
  void Clear() { size_ = 0; }
  size_t size() const { return size_; }

 private:
  // Returns the new end.
  EvictionCandidate* Erase(EvictionCandidate* at) {
    std::move(at + 1, candidates_.begin() + size_, at);
    --size_;
    return candidates_.begin() + size_;
  }

  std::array<EvictionCandidate, kCapacity> candidates_;  // the best last
  size_t size_ = 0;
};

}  // namespace dunlin::server
