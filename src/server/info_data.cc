// Of INFO what concerns the data and the commands: persistence, stats, commandstats, errorstats, latencystats,
// keyspace.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "server/info_sections.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

std::string_view OkOrErr(bool ok) { return ok ? "ok" : "err"; }

void AppendAofNumbers(std::string& out, Server& server, const PersistenceState& p) {
  int64_t buffered = server.oplog().end().value - server.persistence().written().value;
  fmt::format_to(std::back_inserter(out),
                 "aof_current_size:{}\r\n"
                 "aof_base_size:{}\r\n"
                 "aof_pending_rewrite:{:d}\r\n"
                 "aof_buffer_length:{}\r\n"
                 "aof_pending_bio_fsync:{}\r\n"
                 "aof_delayed_fsync:{}\r\n",
                 p.aof_current_bytes, p.aof_base_bytes, p.rewrite_scheduled, buffered > 0 ? buffered : 0,
                 server.persistence().durable() < server.persistence().written() ? 1 : 0, p.delayed_fsyncs);
}

void AppendLoading(std::string& out, const PersistenceState& p, int64_t now_s) {
  double share = p.loading_total_bytes == 0
                     ? 0
                     : static_cast<double>(p.loading_loaded_bytes) / static_cast<double>(p.loading_total_bytes);
  auto elapsed_s = static_cast<double>(now_s - p.loading_start_s);
  double left_s = share > 0 ? elapsed_s / share * (1 - share) : 1;
  fmt::format_to(std::back_inserter(out),
                 "loading_start_time:{}\r\n"
                 "loading_total_bytes:{}\r\n"
                 "loading_rdb_used_mem:0\r\n"
                 "loading_loaded_bytes:{}\r\n"
                 "loading_loaded_perc:{:.2f}\r\n"
                 "loading_eta_seconds:{}\r\n",
                 p.loading_start_s, p.loading_total_bytes, p.loading_loaded_bytes, share * 100,
                 static_cast<int64_t>(left_s));
}

uint64_t Microseconds(Server& server, uint64_t ticks) {
  return static_cast<uint64_t>(static_cast<double>(ticks) / server.TicksPerMicrosecond());
}

template <typename Fn>
void ForEachStats(Server& server, Fn&& fn) {
  for (const auto& worker : server.workers()) fn(*worker);
  fn(server.applier());
}

CommandStats SumOf(Server& server, size_t command) {
  CommandStats sum;
  ForEachStats(server, [&](Worker& worker) {
    const CommandStats& stats = worker.stats().by_command[command];
    sum.calls += stats.calls;
    sum.microseconds_scaled += stats.microseconds_scaled;
    sum.rejected += stats.rejected;
    sum.failed += stats.failed;
  });
  return sum;
}

uint64_t CommandMicroseconds(Server& server) {
  uint64_t ticks = 0;
  ForEachStats(server, [&](Worker& worker) {
    for (const CommandStats& stats : worker.stats().by_command) ticks += stats.microseconds_scaled;
  });
  return Microseconds(server, ticks);
}

struct HandlerTotals {
  commands::HandlerStats handlers;
  size_t migrate_sockets = 0;
};
HandlerTotals SumHandlers(Server& server) {
  HandlerTotals sum;
  ForEachStats(server, [&](Worker& worker) {
    const commands::HandlerStats& stats = worker.executor().stats();
    sum.handlers.hits += stats.hits;
    sum.handlers.misses += stats.misses;
    sum.handlers.expired += stats.expired;
    sum.migrate_sockets += worker.migrate_connections().size();
  });
  return sum;
}

// The mean time to live of some of the keys that have one: a look at every table would take too long.
class TtlSample {
 public:
  void Look(const store::SlotTable& table, int64_t now_ms) {
    uint64_t cursor = 0;
    for (int step = 0; step < kMaxSteps && seen_ < kEnough; ++step) {
      if (cursor == PointerTable<store::Entry>::kScanEnd) return;
      cursor = table.entries.Scan(cursor, [&](const store::Entry* entry) {
        int64_t left_ms = entry->expire_at_ms() - now_ms;
        if (entry->expire_at_ms() == store::kNoExpiry || left_ms < 0) return;
        total_ms_ += static_cast<double>(left_ms);
        ++seen_;
      });
    }
  }
  int64_t mean_ms() const { return seen_ == 0 ? 0 : static_cast<int64_t>(total_ms_ / seen_); }

 private:
  static constexpr int kMaxSteps = 4;
  static constexpr int kEnough = 64;
  int seen_ = 0;
  double total_ms_ = 0;
};

struct DatabaseTotals {
  uint64_t keys = 0;
  uint64_t expires = 0;
  TtlSample ttl;
};

}  // namespace

void AppendPersistenceInfo(std::string& out, Server& server, const InfoSources& sources) {
  const PersistenceState& p = sources.persistence;
  const Snapshotter& snapshotter = server.persistence().snapshotter();
  bool walking = snapshotter.busy();
  uint64_t done = walking ? snapshotter.keys_done() : 0;
  uint64_t total = walking ? snapshotter.keys_total() : 0;
  // What copying on write costs a forked child, keeping what changes too early costs here.
  int64_t kept_bytes = walking ? server.store().context().kept_bytes.load(std::memory_order_relaxed) : 0;
  int64_t peak_kept_bytes = walking ? std::max(kept_bytes, snapshotter.peak_kept_bytes()) : 0;
  // For a file, or for replicas.
  bool saving = p.bgsave_running || (walking && !p.rewrite_running);
  int64_t now_s = server.clock_ms() / 1000;
  auto to = std::back_inserter(out);
  fmt::format_to(to,
                 "loading:{:d}\r\n"
                 "async_loading:{:d}\r\n"
                 "current_cow_peak:{}\r\n"
                 "current_cow_size:{}\r\n"
                 "current_cow_size_age:0\r\n"
                 "current_fork_perc:{:.2f}\r\n"
                 "current_save_keys_processed:{}\r\n"
                 "current_save_keys_total:{}\r\n",
                 server.node_facts().loading, server.node_facts().async_loading, peak_kept_bytes, kept_bytes,
                 total == 0 ? 0 : 100.0 * static_cast<double>(done) / static_cast<double>(total), done, total);
  fmt::format_to(to,
                 "rdb_changes_since_last_save:{}\r\n"
                 "rdb_bgsave_in_progress:{:d}\r\n"
                 "rdb_last_save_time:{}\r\n"
                 "rdb_last_bgsave_status:{}\r\n"
                 "rdb_last_bgsave_time_sec:{}\r\n"
                 "rdb_current_bgsave_time_sec:{}\r\n"
                 "rdb_saves:{}\r\n"
                 "rdb_last_cow_size:{}\r\n"
                 "rdb_last_load_keys_expired:{}\r\n"
                 "rdb_last_load_keys_loaded:{}\r\n",
                 sources.changes_since_save, saving, p.last_save_s, OkOrErr(p.last_bgsave_ok), p.last_bgsave_seconds,
                 p.bgsave_running ? now_s - p.bgsave_start_s : -1, p.saves, p.last_save_kept_bytes, p.loaded_expired,
                 p.loaded_keys);
  fmt::format_to(to,
                 "aof_enabled:{:d}\r\n"
                 "aof_rewrite_in_progress:{:d}\r\n"
                 "aof_rewrite_scheduled:{:d}\r\n"
                 "aof_last_rewrite_time_sec:{}\r\n"
                 "aof_current_rewrite_time_sec:{}\r\n"
                 "aof_last_bgrewrite_status:{}\r\n"
                 "aof_rewrites:{}\r\n"
                 "aof_rewrites_consecutive_failures:{}\r\n"
                 "aof_last_write_status:{}\r\n"
                 "aof_last_cow_size:{}\r\n"
                 "module_fork_in_progress:0\r\n"
                 "module_fork_last_cow_size:0\r\n",
                 server.persistence().aof_enabled(), p.rewrite_running, p.rewrite_scheduled, p.last_rewrite_seconds,
                 p.rewrite_running ? now_s - p.rewrite_start_s : -1, OkOrErr(p.last_rewrite_ok), p.rewrites,
                 p.rewrite_failures, OkOrErr(p.last_aof_write_ok), p.last_rewrite_kept_bytes);
  if (server.persistence().aof_enabled()) AppendAofNumbers(out, server, p);
  if (server.loads_anything()) AppendLoading(out, p, now_s);
}

void AppendStatsInfo(std::string& out, Server& server, const InfoSources& sources) {
  StatTotals sum = SumStats(server);
  Rates rates = server.vitals().rates();
  HandlerTotals handlers = SumHandlers(server);
  const replication::SyncCounts& syncs = sources.control.syncs;
  uint64_t from_primary = sources.control.primary_input_bytes;
  constexpr double kKilo = 1024;
  auto to = std::back_inserter(out);
  fmt::format_to(to,
                 "total_connections_received:{}\r\n"
                 "total_commands_processed:{}\r\n"
                 "instantaneous_ops_per_sec:{:.0f}\r\n"
                 "total_net_input_bytes:{}\r\n"
                 "total_net_output_bytes:{}\r\n"
                 "total_net_repl_input_bytes:{}\r\n"
                 "total_net_repl_output_bytes:{}\r\n"
                 "instantaneous_input_kbps:{:.2f}\r\n"
                 "instantaneous_output_kbps:{:.2f}\r\n"
                 "instantaneous_input_repl_kbps:{:.2f}\r\n"
                 "instantaneous_output_repl_kbps:{:.2f}\r\n"
                 "rejected_connections:{}\r\n",
                 sum.connections, sum.commands, rates.commands, sum.input_bytes + from_primary,
                 sum.output_bytes + sum.replica_output_bytes, from_primary, sum.replica_output_bytes,
                 (rates.input_bytes + rates.primary_input_bytes) / kKilo,
                 (rates.output_bytes + rates.replica_output_bytes) / kKilo, rates.primary_input_bytes / kKilo,
                 rates.replica_output_bytes / kKilo, sum.rejected_connections);
  fmt::format_to(to,
                 "sync_full:{}\r\n"
                 "sync_partial_ok:{}\r\n"
                 "sync_partial_err:{}\r\n"
                 "expired_keys:{}\r\n"
                 "expired_stale_perc:0.00\r\n"
                 "expired_time_cap_reached_count:0\r\n"
                 "expire_cycle_cpu_milliseconds:{}\r\n"
                 "evicted_keys:{}\r\n"
                 "evicted_clients:{}\r\n"
                 "total_eviction_exceeded_time:{}\r\n"
                 "current_eviction_exceeded_time:{}\r\n"
                 "keyspace_hits:{}\r\n"
                 "keyspace_misses:{}\r\n"
                 "pubsub_channels:{}\r\n"
                 "pubsub_patterns:{}\r\n"
                 "pubsubshard_channels:{}\r\n",
                 syncs.full, syncs.partial_ok, syncs.partial_err, handlers.handlers.expired, sum.expire_us / 1000,
                 sum.evicted_keys, sum.evicted_clients, server.memory_limit().exceeded_total_ms(),
                 server.memory_limit().exceeded_now_ms(), handlers.handlers.hits, handlers.handlers.misses,
                 server.pubsub().ChannelCount(ChannelKind::kGlobal), server.pubsub().PatternCount(),
                 server.pubsub().ChannelCount(ChannelKind::kSharded));
  fmt::format_to(to,
                 "latest_fork_usec:0\r\n"
                 "total_forks:{}\r\n"
                 "migrate_cached_sockets:{}\r\n"
                 "slave_expires_tracked_keys:{}\r\n"
                 "active_defrag_hits:0\r\n"
                 "active_defrag_misses:0\r\n"
                 "active_defrag_key_hits:0\r\n"
                 "active_defrag_key_misses:0\r\n"
                 "total_active_defrag_time:0\r\n"
                 "current_active_defrag_time:0\r\n"
                 "tracking_total_keys:0\r\n"
                 "tracking_total_items:0\r\n"
                 "tracking_total_prefixes:0\r\n"
                 "unexpected_error_replies:{}\r\n"
                 "total_error_replies:{}\r\n"
                 "dump_payload_sanitizations:0\r\n",
                 server.persistence().snapshotter().begun(), handlers.migrate_sockets, server.own_expiries().count(),
                 sum.unexpected_errors, sum.errors);
  // Each worker has a loop of its own; these two are of a loop.
  double cycles_per_loop = rates.loop_cycles / static_cast<double>(server.workers().size());
  double cycle_us = rates.loop_cycles > 0 ? rates.busy_us / rates.loop_cycles : 0;
  fmt::format_to(to,
                 "total_reads_processed:{}\r\n"
                 "total_writes_processed:{}\r\n"
                 "io_threaded_reads_processed:{}\r\n"
                 "io_threaded_writes_processed:{}\r\n"
                 "reply_buffer_shrinks:0\r\n"
                 "reply_buffer_expands:0\r\n"
                 "eventloop_cycles:{}\r\n"
                 "eventloop_duration_sum:{}\r\n"
                 "eventloop_duration_cmd_sum:{}\r\n"
                 "instantaneous_eventloop_cycles_per_sec:{:.0f}\r\n"
                 "instantaneous_eventloop_duration_usec:{:.0f}\r\n"
                 "acl_access_denied_auth:{}\r\n"
                 "acl_access_denied_cmd:0\r\n"
                 "acl_access_denied_key:0\r\n"
                 "acl_access_denied_channel:0\r\n",
                 sum.reads, sum.writes, sum.reads_elsewhere, sum.writes_elsewhere, sum.loop_cycles, sum.busy_us,
                 CommandMicroseconds(server), cycles_per_loop, cycle_us, sum.auth_failures);
}

void AppendDebugInfo(std::string& out, Server& server) {
  uint64_t sync_ticks = 0;
  uint64_t cron_ticks = 0;
  uint64_t longest_ticks = 0;
  uint64_t most_commands = 0;
  ForEachStats(server, [&](Worker& worker) {
    const WorkerStats& stats = worker.stats();
    sync_ticks += stats.sync_ticks.get();
    cron_ticks += stats.cron_ticks.get();
    longest_ticks = std::max(longest_ticks, stats.longest_cycle_ticks.get());
    most_commands = std::max(most_commands, stats.most_commands_per_cycle.get());
  });
  fmt::format_to(std::back_inserter(out),
                 "eventloop_duration_aof_sum:{}\r\n"
                 "eventloop_duration_cron_sum:{}\r\n"
                 "eventloop_duration_max:{}\r\n"
                 "eventloop_cmd_per_cycle_max:{}\r\n",
                 Microseconds(server, sync_ticks), Microseconds(server, cron_ticks),
                 Microseconds(server, longest_ticks), most_commands);
}

void AppendCommandStats(std::string& out, Server& server) {
  const auto& rows = server.table().rows_by_id();
  for (size_t id = 0; id < rows.size(); ++id) {
    CommandStats sum = SumOf(server, id);
    if (sum.calls == 0 && sum.rejected == 0 && sum.failed == 0) continue;
    uint64_t us = Microseconds(server, sum.microseconds_scaled);
    fmt::format_to(std::back_inserter(out),
                   "cmdstat_{}:calls={},usec={},usec_per_call={:.2f},rejected_calls={},failed_calls={}\r\n",
                   server.table().FullName(*rows[id]), sum.calls, us,
                   sum.calls == 0 ? 0 : static_cast<double>(us) / static_cast<double>(sum.calls), sum.rejected,
                   sum.failed);
  }
}

void AppendErrorStats(std::string& out, Server& server) {
  std::map<std::string, uint64_t> sums;
  ForEachStats(server, [&](Worker& worker) {
    for (const auto& [word, count] : worker.stats().by_error) sums[word] += count;
  });
  for (const auto& [word, count] : sums) {
    fmt::format_to(std::back_inserter(out), "errorstat_{}:count={}\r\n", word, count);
  }
}

void AppendLatencyStats(std::string& out, Server& server) {
  const Settings& s = server.settings();
  if (!s.latency_tracking) return;
  const auto& rows = server.table().rows_by_id();
  for (size_t id = 0; id < rows.size(); ++id) {
    LatencyHistogram histogram;
    ForEachStats(server, [&](Worker& worker) { histogram.Add(worker.stats().by_command[id].histogram); });
    if (histogram.count() == 0) continue;
    std::string percentiles;
    for (double percent : s.latency_tracking_info_percentiles) {
      fmt::format_to(std::back_inserter(percentiles), "{}p{}={:.3f}", percentiles.empty() ? "" : ",", percent,
                     histogram.Percentile(percent, server.TicksPerMicrosecond()));
    }
    out.append("latency_percentiles_usec_").append(server.table().FullName(*rows[id])).append(":");
    out.append(percentiles).append("\r\n");
  }
}

void AppendKeyspaceInfo(std::string& out, Server& server) {
  std::vector<DatabaseTotals> databases(static_cast<size_t>(server.store().database_count()));
  int64_t now_ms = server.clock_ms();
  for (int i = 0; i < kSlotCount; ++i) {
    const store::Slot& slot = server.store().slot(SlotId(static_cast<uint16_t>(i)));
    for (size_t db = 0; db < slot.table_count(); ++db) {
      const store::SlotTable* table = slot.TableIfAny(DbIndex(static_cast<uint16_t>(db)));
      databases[db].keys += table->entries.size();
      databases[db].expires += table->expiry_count;
      if (table->expiry_count > 0) databases[db].ttl.Look(*table, now_ms);
    }
  }
  for (size_t db = 0; db < databases.size(); ++db) {
    if (databases[db].keys == 0) continue;
    fmt::format_to(std::back_inserter(out), "db{}:keys={},expires={},avg_ttl={}\r\n", db, databases[db].keys,
                   databases[db].expires, databases[db].ttl.mean_ms());
  }
}

}  // namespace dunlin::server
