// How much the log says.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>

namespace dunlin::server {

// A message is written when its level is at least the log's. The order is the scale; the numbers stay inside.
enum class LogLevel : uint8_t {
  kDebug = 0,
  kVerbose = 1,
  kNotice = 2,
  kWarning = 3,
  kNothing = 4,  // only for the log's own level: nothing is written
};

}  // namespace dunlin::server
