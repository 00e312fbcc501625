// Memory for values, in the size classes of the allocator.
//
// Every block is asked for at the full size of its class, so a block's capacity follows from the size of what it
// holds: nothing needs to store it, ask the allocator for it, or guess it when memory is counted.
//
// Thread: any.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/invariant.h"

namespace dunlin::values {

// The size class that `bytes` falls into: 8, 16, 32, 48, 64, 80, 96, 112, 128, then four steps to each doubling
// (jemalloc's classes). Of 0 it is 8.
constexpr size_t AllocationSize(size_t bytes) {
  if (bytes <= 8) return 8;
  size_t doubling = std::bit_floor(bytes - 1);
  size_t step = std::max<size_t>(16, doubling / 4);
  return (bytes + step - 1) & ~(step - 1);  // a step is a power of two
}

// A block of AllocationSize(bytes).
inline char* Allocate(size_t bytes) {
  void* block = std::malloc(AllocationSize(bytes));
  DUNLIN_INVARIANT(block != nullptr, "there is memory for a value");
  return static_cast<char*>(block);
}

// The block, or another with the same beginning, at AllocationSize(bytes). `held_bytes` is what it was made for.
inline char* Reallocate(char* block, size_t held_bytes, size_t bytes) {
  if (block != nullptr && AllocationSize(held_bytes) == AllocationSize(bytes)) return block;
  void* moved = std::realloc(block, AllocationSize(bytes));
  DUNLIN_INVARIANT(moved != nullptr, "there is memory for a value");
  return static_cast<char*>(moved);
}

inline void Free(char* block) { std::free(block); }

}  // namespace dunlin::values
