// What INFO tells of the recent past and of things that only the control thread may look at: rates, the highest use of
// memory, the state of replication. Taken ten times a second; whoever reads gets a copy.
//
// Thread: Sample() and LookAround() belong to the control thread; the rest may be asked by any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "replication/replica_set.h"
#include "server/listeners.h"

namespace dunlin::server {

class Server;

// The counters of all workers together.
struct StatTotals {
  uint64_t commands = 0;
  uint64_t connections = 0;
  uint64_t rejected_connections = 0;
  uint64_t input_bytes = 0;
  uint64_t output_bytes = 0;
  uint64_t replica_output_bytes = 0;
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t reads_elsewhere = 0;  // by other workers than the first
  uint64_t writes_elsewhere = 0;
  uint64_t errors = 0;
  uint64_t auth_failures = 0;
  uint64_t unexpected_errors = 0;
  uint64_t loop_cycles = 0;
  uint64_t busy_us = 0;  // in those cycles
  uint64_t expire_us = 0;
  uint64_t evicted_keys = 0;
  uint64_t evicted_clients = 0;
};
StatTotals SumStats(Server& server);

// How fast a number has grown lately.
class RateMeter {
 public:
  // `at_ms` of a clock that does not go back. A total that has shrunk counts as new.
  void Sample(uint64_t total, int64_t at_ms);
  double per_second() const;

 private:
  static constexpr size_t kSamples = 16;
  std::array<double, kSamples> samples_{};  // each a rate per second
  size_t next_ = 0;
  uint64_t last_total_ = 0;
  int64_t last_ms_ = -1;
};

struct Rates {
  double commands = 0;  // all per second
  double input_bytes = 0;
  double output_bytes = 0;
  double replica_output_bytes = 0;
  double primary_input_bytes = 0;
  double loop_cycles = 0;
  double busy_us = 0;
};

// What the control thread sees of its own affairs.
struct ControlView {
  std::string replication_text;  // INFO's section, without its title
  replication::SyncCounts syncs;
  uint64_t primary_input_bytes = 0;  // from our primary, since the start
  size_t cluster_links = 0;
  uint64_t cluster_link_bytes = 0;
  std::vector<Listener> listeners;
};

class Vitals {
 public:
  void Sample(Server& server);
  void LookAround(Server& server);
  // The memory in use before any data was loaded.
  void SetStartup(uint64_t used_bytes) { startup_memory_bytes_ = used_bytes; }

  uint64_t startup_memory_bytes() const { return startup_memory_bytes_; }
  uint64_t peak_memory_bytes() const;
  // At most a tenth of a second old.
  uint64_t used_memory_bytes() const { return used_memory_bytes_.load(std::memory_order_relaxed); }
  // At most a tenth of a second old.
  ControlView control_view() const;
  Rates rates() const;

 private:
  uint64_t startup_memory_bytes_ = 0;  // constant after the start
  std::atomic<uint64_t> used_memory_bytes_{0};
  mutable Mutex mutex_;
  ControlView view_ DUNLIN_GUARDED_BY(mutex_);
  uint64_t peak_memory_bytes_ DUNLIN_GUARDED_BY(mutex_) = 0;
  RateMeter commands_ DUNLIN_GUARDED_BY(mutex_);
  RateMeter input_bytes_ DUNLIN_GUARDED_BY(mutex_);
  RateMeter output_bytes_ DUNLIN_GUARDED_BY(mutex_);
  RateMeter replica_output_bytes_ DUNLIN_GUARDED_BY(mutex_);
  RateMeter primary_input_bytes_ DUNLIN_GUARDED_BY(mutex_);
  RateMeter loop_cycles_ DUNLIN_GUARDED_BY(mutex_);
  RateMeter busy_us_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
