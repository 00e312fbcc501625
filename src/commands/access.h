// The 24 access bits of an entry: a clock of seconds for the LRU policies, or sixteen bits of minutes and a logarithmic
// counter for the LFU ones.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace dunlin::commands {

inline constexpr uint32_t kAccessBits = 24;
inline constexpr uint32_t kLfuInitialCounter = 5;

// Seconds, modulo 2^24.
inline uint32_t AccessClock(int64_t now_ms) { return static_cast<uint32_t>(now_ms / 1000) & ((1u << kAccessBits) - 1); }
// How long ago, in seconds, a clock value was now.
inline int64_t IdleSeconds(uint32_t access, int64_t now_ms) {
  uint32_t now = AccessClock(now_ms);
  return now >= access ? now - access : now + (1u << kAccessBits) - access;
}

// The counter as it stands now, after the decay that time has brought.
uint32_t FrequencyNow(uint32_t access, int64_t now_ms, int decay_minutes);
// The bits after one more access.
uint32_t FrequencyAfterAccess(uint32_t access, int64_t now_ms, int log_factor, int decay_minutes, Random& random);
// The bits of a new entry, or of one whose counter is told.
uint32_t FrequencyBits(int64_t now_ms, uint32_t counter);

}  // namespace dunlin::commands
