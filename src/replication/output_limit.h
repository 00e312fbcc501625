// When a replica's unsent bytes are too many: the verdict of client-output-buffer-limit, class replica.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>

namespace dunlin::replication {

// 0: no such limit.
struct OutputLimit {
  int64_t hard_bytes = 256ll * 1024 * 1024;
  int64_t soft_bytes = 64ll * 1024 * 1024;
  int64_t soft_seconds = 60;
};

// True when a peer with `pending_bytes` to be sent is to be closed. `soft_since_ms` is the peer's own memory: -1 at
// first, else since when it is over the soft limit. A hard limit below the backlog's size counts as that size, since
// those bytes are kept in any case.
bool OverOutputLimit(const OutputLimit& limit, int64_t backlog_size_bytes, int64_t pending_bytes, int64_t now_ms,
                     int64_t* soft_since_ms);

}  // namespace dunlin::replication
