// What DEBUG turns on and off for test suites. Everything stands at its normal value until somebody does.
//
// Thread: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace dunlin::server {

inline constexpr size_t kDefaultListPlainNodeBytes = size_t{1} << 30;

struct DebugSwitches {
  // PAUSE-CRON: what the calendar does ten times a second is left out. Clients that wait are still looked at.
  std::atomic<bool> pause_cron{false};
  // SPREAD-CLIENTS: new sessions are shared out among all workers, also where one has time for all.
  std::atomic<bool> spread_clients{false};
  // SET-DISABLE-DENY-SCRIPTS: scripts may call what is flagged "noscript".
  std::atomic<bool> scripts_may_call_all{false};
  // AOF-FLUSH-SLEEP: the disk thread waits this long before each write.
  std::atomic<int64_t> aof_flush_sleep_us{0};
  // QUICKLIST-PACKED-THRESHOLD: elements of this size get a list node of their own. Taken over by RefreshFacts().
  std::atomic<size_t> list_plain_node_bytes{kDefaultListPlainNodeBytes};
};

}  // namespace dunlin::server
