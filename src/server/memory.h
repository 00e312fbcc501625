// What the allocator and the system say of this process's memory.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <string>

namespace dunlin::server {

// Allocated by this process, in bytes.
uint64_t UsedMemoryBytes();

// The allocator's view of a moment, in bytes.
struct AllocatorUsage {
  uint64_t allocated = 0;  // asked for
  uint64_t active = 0;     // in pages that hold something
  uint64_t resident = 0;   // in pages that the system has given
};
AllocatorUsage ReadAllocatorUsage();
// All that the allocator can tell, as text.
std::string AllocatorReport();
// Gives pages back to the system that hold nothing. False when the allocator refuses.
bool PurgeAllocator();
// "jemalloc-5.3.0".
const std::string& AllocatorName();

// In physical memory, of this process; 0 when the system does not say.
uint64_t ResidentMemoryBytes();
// The machine's.
uint64_t TotalMemoryBytes();

}  // namespace dunlin::server
