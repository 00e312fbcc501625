// A set of slots: one bit each, in the byte order of the bus (slot s is bit s mod 8 of byte s / 8).
//
// Thread: values; any thread.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/invariant.h"

namespace dunlin::cluster {

// Both ends belong to it.
struct SlotRange {
  uint16_t first = 0;
  uint16_t last = 0;
  bool operator==(const SlotRange&) const = default;
};

class SlotSet {
 public:
  static constexpr size_t kBytes = kSlotCount / 8;

  SlotSet() = default;
  // REQUIRES: bytes.size() == kBytes.
  static SlotSet FromBytes(std::string_view bytes) {
    DUNLIN_INVARIANT(bytes.size() == kBytes, "a slot bitmap has 2048 bytes");
    SlotSet set;
    std::memcpy(set.words_.data(), bytes.data(), kBytes);
    return set;
  }
  static SlotSet OfRange(SlotRange range) {
    SlotSet set;
    for (int slot = range.first; slot <= range.last; ++slot) set.Set(SlotId(static_cast<uint16_t>(slot)));
    return set;
  }
  static SlotSet All() { return OfRange({0, kSlotCount - 1}); }

  bool Test(SlotId slot) const { return (words_[slot.value / 64] >> (slot.value % 64)) & 1; }
  void Set(SlotId slot) { words_[slot.value / 64] |= uint64_t{1} << (slot.value % 64); }
  void Clear(SlotId slot) { words_[slot.value / 64] &= ~(uint64_t{1} << (slot.value % 64)); }

  int Count() const {
    int n = 0;
    for (uint64_t word : words_) n += std::popcount(word);
    return n;
  }
  bool empty() const {
    for (uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }

  // Calls `visit(SlotId)` for each member, in ascending order.
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(SlotId(static_cast<uint16_t>(i * 64 + static_cast<size_t>(std::countr_zero(word)))));
      }
    }
  }
  // The members as ascending ranges that do not touch.
  std::vector<SlotRange> Ranges() const {
    std::vector<SlotRange> ranges;
    ForEach([&](SlotId slot) {
      if (!ranges.empty() && ranges.back().last + 1 == slot.value) {
        ranges.back().last = slot.value;
      } else {
        ranges.push_back({slot.value, slot.value});
      }
    });
    return ranges;
  }

  SlotSet& operator|=(const SlotSet& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  // Takes the members of `other` away.
  SlotSet& operator-=(const SlotSet& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  bool operator==(const SlotSet&) const = default;

  std::string_view bytes() const { return {reinterpret_cast<const char*>(words_.data()), kBytes}; }

 private:
  // On a little-endian machine the words' bytes are the bitmap's bytes (base/bytes.h insists on one).
  std::array<uint64_t, kSlotCount / 64> words_{};
};

}  // namespace dunlin::cluster
