// A key on its way to its entry: its bytes, the slot it lives in, and its hash, computed once.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/crc.h"
#include "base/hash.h"
#include "base/ids.h"

namespace dunlin::store {

struct KeyRef {
  std::string_view bytes;
  uint64_t hash = 0;
  SlotId slot;
};

inline KeyRef MakeKeyRef(std::string_view key, uint64_t hash_seed) {
  return {key, Hash64(key, hash_seed), SlotOfKey(key)};
}

}  // namespace dunlin::store
