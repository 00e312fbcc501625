#include "server/memory.h"

#include <jemalloc/jemalloc.h>

namespace dunlin::server {

uint64_t UsedMemoryBytes() {
  // The statistics are those of the last epoch; this begins a new one.
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, size);
  size_t allocated = 0;
  size = sizeof allocated;
  mallctl("stats.allocated", &allocated, &size, nullptr, 0);
  return allocated;
}

}  // namespace dunlin::server
