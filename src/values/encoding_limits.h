// Up to where a collection stays one packed blob. The numbers are configuration; whoever changes a value passes them.
// A value that was packed under other limits stays as it is until it is changed.
//
// Thread: plain values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace dunlin::values {

struct EncodingLimits {
  size_t hash_max_listpack_entries = 512;
  size_t hash_max_listpack_value_bytes = 64;
  size_t set_max_intset_entries = 512;
  size_t set_max_listpack_entries = 128;
  size_t set_max_listpack_value_bytes = 64;
  size_t zset_max_listpack_entries = 128;
  size_t zset_max_listpack_value_bytes = 64;
  // Of one node of a list: > 0 is a count of elements, -1 .. -5 stand for 4, 8, 16, 32 and 64 kB.
  int list_max_listpack_size = -2;
  // Accepted and kept; nodes are not compressed.
  int list_compress_depth = 0;
  // An element of this size or more gets a list node of its own, outside any listpack.
  size_t list_plain_node_bytes = size_t{1} << 30;
  // Of one node of a stream, as a listpack; 0: no limit.
  size_t stream_node_max_bytes = 4096;
  uint64_t stream_node_max_entries = 100;
  // Up to where a HyperLogLog stays sparse.
  size_t hll_sparse_max_bytes = 3000;
};

// No listpack grows beyond this, whatever the limits say.
inline constexpr size_t kMaxListpackBytes = size_t{1} << 30;
// No intset holds more members than this, whatever the limits say.
inline constexpr size_t kMaxIntsetEntries = size_t{1} << 30;

}  // namespace dunlin::values
