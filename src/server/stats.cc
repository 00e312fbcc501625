#include "server/stats.h"

namespace dunlin::server {

void WorkerStats::Reset() {
  for (Counter* counter : {&commands,
                           &connections,
                           &rejected_connections,
                           &input_bytes,
                           &output_bytes,
                           &replica_output_bytes,
                           &reads,
                           &writes,
                           &expired_keys,
                           &evicted_keys,
                           &evicted_clients,
                           &hits,
                           &misses,
                           &errors,
                           &unexpected_errors,
                           &auth_failures,
                           &query_limit_disconnections,
                           &output_limit_disconnections,
                           &loop_cycles,
                           &busy_ticks,
                           &expire_ticks,
                           &cron_ticks,
                           &sync_ticks,
                           &longest_cycle_ticks,
                           &most_commands_per_cycle}) {
    counter->Set(0);
  }
  for (CommandStats& command : by_command) command = CommandStats();
  by_error.clear();
}

}  // namespace dunlin::server
