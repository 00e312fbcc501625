#include "replication/output_limit.h"

#include <algorithm>

namespace dunlin::replication {

bool OverOutputLimit(const OutputLimit& limit, int64_t backlog_size_bytes, int64_t pending_bytes, int64_t now_ms,
                     int64_t* soft_since_ms) {
  bool hard = limit.hard_bytes > 0 && pending_bytes >= std::max(limit.hard_bytes, backlog_size_bytes);
  bool soft = limit.soft_bytes > 0 && pending_bytes >= limit.soft_bytes;
  if (!soft) {
    *soft_since_ms = -1;
  } else if (*soft_since_ms < 0) {
    *soft_since_ms = now_ms;
  }
  return hard || (soft && now_ms - *soft_since_ms > limit.soft_seconds * 1000);
}

}  // namespace dunlin::replication
