// How long calls took: counts by duration, from which percentiles and cumulative curves are read. Buckets are
// logarithmic with sixteen equal parts an octave, so a value is known to within a sixteenth.
//
// Durations are in ticks of the server's fast clock, so that recording needs no arithmetic; readers say how many ticks
// a microsecond has (Server::TicksPerMicrosecond()).
//
// Thread: one writer; others only alone.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace dunlin::server {

class LatencyHistogram {
 public:
  // Allocates at the first call; a command that is never called costs nothing.
  void Record(uint64_t ticks) {
    if (counts_.empty()) [[unlikely]]
      counts_.resize(kBuckets);
    ++counts_[BucketOf(ticks)];
    ++count_;
  }
  void Add(const LatencyHistogram& other);
  void Clear() { *this = LatencyHistogram(); }

  uint64_t count() const { return count_; }
  // In microseconds: at least so many percent (0 .. 100) of the calls took no longer. 0 when nothing was recorded.
  double Percentile(double percent, double ticks_per_us) const;
  // What LATENCY HISTOGRAM prints: upper bounds in microseconds that double from step to step, each with the calls that
  // took no longer. Steps in which no call falls are left out.
  std::vector<std::pair<uint64_t, uint64_t>> Cumulative(double ticks_per_us) const;

 private:
  static constexpr int kPartBits = 4;
  static constexpr uint64_t kParts = 1 << kPartBits;
  // Durations from here on share the last bucket; many seconds at any clock there is.
  static constexpr int kMaxBits = 37;
  static constexpr size_t kBuckets = (kMaxBits - kPartBits + 1) * kParts;

  static size_t BucketOf(uint64_t ticks) {
    if (ticks < kParts) return ticks;
    int shift = std::bit_width(ticks) - 1 - kPartBits;
    size_t bucket = (static_cast<size_t>(shift) + 1) * kParts + ((ticks >> shift) & (kParts - 1));
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  // The longest duration of a bucket.
  static uint64_t HighestOf(size_t bucket);

  std::vector<uint64_t> counts_;  // empty or kBuckets
  uint64_t count_ = 0;
};

}  // namespace dunlin::server
