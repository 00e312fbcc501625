#include "commands/access.h"

#include <algorithm>

namespace dunlin::commands {
namespace {

constexpr uint32_t kCounterMax = 255;

uint32_t Minutes(int64_t now_ms) { return static_cast<uint32_t>(now_ms / 60000) & 0xffff; }

}  // namespace

uint32_t FrequencyBits(int64_t now_ms, uint32_t counter) {
  return Minutes(now_ms) << 8 | std::min(counter, kCounterMax);
}

uint32_t FrequencyNow(uint32_t access, int64_t now_ms, int decay_minutes) {
  uint32_t counter = access & 0xff;
  if (decay_minutes <= 0) return counter;
  uint32_t elapsed = (Minutes(now_ms) - (access >> 8)) & 0xffff;
  uint32_t periods = elapsed / static_cast<uint32_t>(decay_minutes);
  return periods > counter ? 0 : counter - periods;
}

uint32_t FrequencyAfterAccess(uint32_t access, int64_t now_ms, int log_factor, int decay_minutes, Random& random) {
  // Bits that are all zero belong to an entry that is being made.
  uint32_t counter = access == 0 ? kLfuInitialCounter : FrequencyNow(access, now_ms, decay_minutes);
  if (access != 0 && counter < kCounterMax) {
    double above = counter > kLfuInitialCounter ? counter - kLfuInitialCounter : 0;
    if (random.Fraction() < 1.0 / (above * log_factor + 1)) ++counter;
  }
  return FrequencyBits(now_ms, counter);
}

}  // namespace dunlin::commands
