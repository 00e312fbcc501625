// What took longer than latency-monitor-threshold, and when: for each event a short history of its worst second by
// second, which LATENCY shows.
//
// Bounds: a fixed number of samples for each event, and as many events as there are names in the code.
//
// Thread: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/mutex.h"

namespace dunlin::server {

class LatencyMonitor {
 public:
  struct Sample {
    int64_t time_s;  // Unix time
    int64_t latency_ms;
  };
  struct History {
    std::deque<Sample> samples;  // the oldest first
    int64_t highest_ms = 0;      // of all times
  };

  // 0: nothing is noted.
  void set_threshold_ms(int64_t threshold_ms) { threshold_ms_.store(threshold_ms, std::memory_order_relaxed); }
  int64_t threshold_ms() const { return threshold_ms_.load(std::memory_order_relaxed); }

  // Notes what reached the threshold. One second has one sample, the worst.
  void Note(std::string_view event, int64_t latency_ms, int64_t now_s);

  std::map<std::string, History> Histories() const;
  // Empty when nothing was noted under that name, in any case.
  History HistoryOf(std::string_view event) const;
  // Forgets the events, or all of them when none is named. Returns how many there were.
  int64_t Forget(std::span<const std::string_view> events);

 private:
  std::atomic<int64_t> threshold_ms_{0};
  mutable Mutex mutex_;
  std::map<std::string, History, std::less<>> histories_ DUNLIN_GUARDED_BY(mutex_);
};

// Numbers in which a history is summed up.
struct LatencySummary {
  size_t samples = 0;
  int64_t lowest_ms = 0;
  int64_t highest_ms = 0;
  double average_ms = 0;
  double mean_deviation_ms = 0;  // the mean of the distances from the average
  int64_t period_s = 0;          // since the first sample, at least 1
};
LatencySummary Summarize(const LatencyMonitor::History& history, int64_t now_s);

// The history as a picture of bars with the age of each sample under it, for a terminal.
std::string DrawLatency(std::string_view event, const LatencyMonitor::History& history, int64_t now_s);

}  // namespace dunlin::server
