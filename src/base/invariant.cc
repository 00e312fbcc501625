#include "base/invariant.h"

#include <cstdio>
#include <cstdlib>

namespace dunlin {

void InvariantBroken(const char* file, int line, const char* condition, const char* why) {
  std::fprintf(stderr, "invariant broken at %s:%d: %s (%s)\n", file, line, why, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace dunlin
