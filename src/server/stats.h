// What INFO counts. Each worker counts for itself; the sums are made by whoever is asked.
//
// Thread: written by one worker; read by others at any time (the numbers are atomic) or alone (the tables).
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/latency_histogram.h"

namespace dunlin::server {

// A counter with one writer.
class Counter {
 public:
  void Add(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void Raise(uint64_t n) {
    if (n > get()) Set(n);
  }
  void Set(uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

struct CommandStats {
  uint64_t calls = 0;
  uint64_t microseconds_scaled = 0;  // in ticks of the worker's clock
  uint64_t rejected = 0;
  uint64_t failed = 0;
  LatencyHistogram histogram;  // filled when latency-tracking is on
};

struct WorkerStats {
  Counter commands;
  Counter connections;
  Counter rejected_connections;
  Counter input_bytes;
  Counter output_bytes;
  Counter replica_output_bytes;
  Counter reads;
  Counter writes;
  Counter expired_keys;
  Counter evicted_keys;
  Counter evicted_clients;
  Counter hits;
  Counter misses;
  Counter errors;
  Counter unexpected_errors;  // see Server::LogErrorOfStream
  Counter auth_failures;
  Counter query_limit_disconnections;
  Counter output_limit_disconnections;
  Counter loop_cycles;
  Counter busy_ticks;    // in those cycles
  Counter expire_ticks;  // deleting what has expired
  Counter cron_ticks;
  Counter sync_ticks;  // waiting for the disk before replies are sent
  Counter longest_cycle_ticks;
  Counter most_commands_per_cycle;
  Counter dirty;
  Counter replica_buffer_bytes;              // what replicas' connections hold now
  Counter client_memory_bytes;               // what clients hold now, while maxmemory-clients is set
  std::vector<CommandStats> by_command;      // by CommandTable id; alone or own thread
  std::map<std::string, uint64_t> by_error;  // code words; alone or own thread

  // One turn of the event loop has ended.
  void CountCycle(uint64_t ticks, uint64_t commands_done) {
    loop_cycles.Add(1);
    busy_ticks.Add(ticks);
    longest_cycle_ticks.Raise(ticks);
    most_commands_per_cycle.Raise(commands_done);
  }
  // CONFIG RESETSTAT; alone. What others measure by stays: `dirty`, and what is held now.
  void Reset();
};

}  // namespace dunlin::server
