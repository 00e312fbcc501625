// Random texts for tests: integers of every width, short and long strings, the odd empty one, all from a small enough
// space that they repeat.
#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"

namespace dunlin::values {

inline std::string RandomInteger(Random& random) {
  auto magnitude = static_cast<int64_t>(random.Next() >> random.Between(1, 63));
  return std::to_string(random.OneIn(2) ? magnitude : -magnitude);
}

inline std::string RandomText(Random& random, size_t max_bytes) {
  switch (random.Below(6)) {
    case 0: return RandomInteger(random);
    case 1: return std::to_string(random.Below(30));
    case 2: return "m" + std::to_string(random.Below(200));
    case 3: return random.OneIn(10) ? "" : "0" + std::to_string(random.Below(10));
    case 4: return std::string(random.Below(max_bytes + 1), static_cast<char>(random.Below(256)));
    default: return "text " + std::to_string(random.Below(1000));
  }
}

}  // namespace dunlin::values
