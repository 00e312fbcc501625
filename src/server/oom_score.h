// `oom-score-adj`: what the kernel is told about whom to kill first when memory runs out. One value for a primary and
// one for a replica; the third of Redis's is for child processes, of which there are none.
//
// Thread: one at a time: main at the start, then whoever is alone.
#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "server/settings.h"

namespace dunlin::server {

class OomScore {
 public:
  // Makes the process's score what the settings say. When they say nothing any more, it becomes what it was before.
  Status Apply(const Settings& settings, bool is_replica);

 private:
  std::optional<int64_t> before_;  // the score when we first changed it
};

}  // namespace dunlin::server
