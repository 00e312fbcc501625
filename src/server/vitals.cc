#include "server/vitals.h"

#include <algorithm>
#include <numeric>

#include "server/cluster_driver.h"
#include "server/control.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {

void RateMeter::Sample(uint64_t total, int64_t at_ms) {
  if (last_ms_ >= 0 && at_ms > last_ms_) {
    uint64_t grown = total >= last_total_ ? total - last_total_ : total;
    samples_[next_] = static_cast<double>(grown) * 1000.0 / static_cast<double>(at_ms - last_ms_);
    next_ = (next_ + 1) % kSamples;
  }
  last_total_ = total;
  last_ms_ = at_ms;
}

double RateMeter::per_second() const {
  return std::accumulate(samples_.begin(), samples_.end(), 0.0) / static_cast<double>(kSamples);
}

StatTotals SumStats(Server& server) {
  StatTotals sum;
  uint64_t busy_ticks = 0;
  uint64_t expire_ticks = 0;
  auto add = [&](Worker& worker) {
    const WorkerStats& stats = worker.stats();
    sum.commands += stats.commands.get();
    sum.connections += stats.connections.get();
    sum.rejected_connections += stats.rejected_connections.get();
    sum.input_bytes += stats.input_bytes.get();
    sum.output_bytes += stats.output_bytes.get();
    sum.replica_output_bytes += stats.replica_output_bytes.get();
    sum.reads += stats.reads.get();
    sum.writes += stats.writes.get();
    if (worker.index() > 0) sum.reads_elsewhere += stats.reads.get();
    if (worker.index() > 0) sum.writes_elsewhere += stats.writes.get();
    sum.errors += stats.errors.get();
    sum.auth_failures += stats.auth_failures.get();
    sum.unexpected_errors += stats.unexpected_errors.get();
    sum.loop_cycles += stats.loop_cycles.get();
    busy_ticks += stats.busy_ticks.get();
    expire_ticks += stats.expire_ticks.get();
    sum.evicted_keys += stats.evicted_keys.get();
    sum.evicted_clients += stats.evicted_clients.get();
  };
  for (const auto& worker : server.workers()) add(*worker);
  add(server.applier());
  sum.busy_us = static_cast<uint64_t>(static_cast<double>(busy_ticks) / server.TicksPerMicrosecond());
  sum.expire_us = static_cast<uint64_t>(static_cast<double>(expire_ticks) / server.TicksPerMicrosecond());
  return sum;
}

void Vitals::Sample(Server& server) {
  LookAround(server);
  StatTotals sum = SumStats(server);
  uint64_t used = server.memory_meter().used_bytes();
  used_memory_bytes_.store(used, std::memory_order_relaxed);
  int64_t now_ms = server.monotonic_ms();
  MutexLock lock(mutex_);
  peak_memory_bytes_ = std::max(peak_memory_bytes_, used);
  commands_.Sample(sum.commands, now_ms);
  input_bytes_.Sample(sum.input_bytes, now_ms);
  output_bytes_.Sample(sum.output_bytes, now_ms);
  replica_output_bytes_.Sample(sum.replica_output_bytes, now_ms);
  primary_input_bytes_.Sample(view_.primary_input_bytes, now_ms);
  loop_cycles_.Sample(sum.loop_cycles, now_ms);
  busy_us_.Sample(sum.busy_us, now_ms);
}

void Vitals::LookAround(Server& server) {
  ControlView view;
  view.replication_text = server.replication().InfoText();
  view.syncs = server.replication().sync_counts();
  view.primary_input_bytes = server.replication().primary_input_bytes();
  view.listeners = server.control().listeners();
  if (server.cluster() != nullptr) {
    view.cluster_links = server.cluster()->link_count();
    view.cluster_link_bytes = server.cluster()->link_memory_bytes();
  }
  MutexLock lock(mutex_);
  view_ = std::move(view);
}

uint64_t Vitals::peak_memory_bytes() const {
  MutexLock lock(mutex_);
  return peak_memory_bytes_;
}

ControlView Vitals::control_view() const {
  MutexLock lock(mutex_);
  return view_;
}

Rates Vitals::rates() const {
  MutexLock lock(mutex_);
  return {.commands = commands_.per_second(),
          .input_bytes = input_bytes_.per_second(),
          .output_bytes = output_bytes_.per_second(),
          .replica_output_bytes = replica_output_bytes_.per_second(),
          .primary_input_bytes = primary_input_bytes_.per_second(),
          .loop_cycles = loop_cycles_.per_second(),
          .busy_us = busy_us_.per_second()};
}

}  // namespace dunlin::server
