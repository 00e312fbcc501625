// What the allocator says.
//
// Thread: any.
#pragma once

#include <cstdint>

namespace dunlin::server {

// Allocated by this process, in bytes.
uint64_t UsedMemoryBytes();

}  // namespace dunlin::server
