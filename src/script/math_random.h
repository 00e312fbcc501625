// math.random's generator: the 48-bit linear congruential one of POSIX (lrand48), so that math.randomseed gives the
// same numbers on every machine and in every server of the field.
//
// Thread: one at a time.
#pragma once

#include <cstdint>

namespace dunlin::script {

class MathRandom {
 public:
  explicit MathRandom(uint64_t state) : state_(state & kMask) {}

  // math.randomseed.
  void Seed(int32_t seed) { state_ = uint64_t{static_cast<uint32_t>(seed)} << 16 | 0x330e; }

  // Uniform in [0, 1), of 31 bits.
  double Fraction() {
    state_ = (state_ * 0x5deece66d + 0xb) & kMask;
    constexpr int64_t kMax = INT32_MAX;
    return static_cast<double>(static_cast<int64_t>(state_ >> 17) % kMax) / static_cast<double>(kMax);
  }

 private:
  static constexpr uint64_t kMask = (uint64_t{1} << 48) - 1;
  uint64_t state_;
};

}  // namespace dunlin::script
