#include "server/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace dunlin::server {
namespace {

// Redis's first step ends a little above one microsecond: at the end of the bucket that holds 1024 ns. Later ones
// double.
constexpr double kFirstStepNs = 1032;
constexpr double kNsPerUs = 1000;

}  // namespace

uint64_t LatencyHistogram::HighestOf(size_t bucket) {
  if (bucket < kParts) return bucket;
  size_t shift = bucket / kParts - 1;
  uint64_t first = (kParts + bucket % kParts) << shift;
  return first + (uint64_t{1} << shift) - 1;
}

void LatencyHistogram::Add(const LatencyHistogram& other) {
  if (other.counts_.empty()) return;
  counts_.resize(kBuckets);
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
}

double LatencyHistogram::Percentile(double percent, double ticks_per_us) const {
  if (count_ == 0) return 0;
  auto wanted = static_cast<uint64_t>(std::ceil(static_cast<double>(count_) * std::clamp(percent, 0.0, 100.0) / 100));
  wanted = std::max<uint64_t>(wanted, 1);
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += counts_[i];
    if (seen >= wanted) return static_cast<double>(HighestOf(i)) / ticks_per_us;
  }
  return static_cast<double>(HighestOf(kBuckets - 1)) / ticks_per_us;
}

std::vector<std::pair<uint64_t, uint64_t>> LatencyHistogram::Cumulative(double ticks_per_us) const {
  std::vector<std::pair<uint64_t, uint64_t>> steps;
  uint64_t seen = 0;
  double step_ns = kFirstStepNs;
  for (size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] == 0) continue;
    double highest_ns = static_cast<double>(HighestOf(i)) / ticks_per_us * kNsPerUs;
    while (highest_ns > step_ns) step_ns *= 2;
    seen += counts_[i];
    auto bound_us = static_cast<uint64_t>(step_ns / kNsPerUs);
    if (steps.empty() || steps.back().first != bound_us) steps.emplace_back(bound_us, 0);
    steps.back().second = seen;
  }
  return steps;
}

}  // namespace dunlin::server
