// A keyed 64-bit hash for tables whose keys come from strangers. The seed is drawn once a process and never shown, so
// that nobody can prepare keys that collide.
//
// Thread: pure function; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace dunlin {

uint64_t Hash64(std::string_view bytes, uint64_t seed);

}  // namespace dunlin
