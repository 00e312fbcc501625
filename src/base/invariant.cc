#include "base/invariant.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace dunlin {
namespace {

std::atomic<LastWords> last_words{nullptr};

}  // namespace

void SetLastWords(LastWords writer) { last_words.store(writer); }

void InvariantBroken(const char* file, int line, const char* condition, const char* why) {
  char text[1024];
  std::snprintf(text, sizeof text, "invariant broken at %s:%d: %s (%s)", file, line, why, condition);
  std::fprintf(stderr, "%s\n", text);
  std::fflush(stderr);
  if (LastWords writer = last_words.load()) writer(text);
  std::abort();
}

}  // namespace dunlin
