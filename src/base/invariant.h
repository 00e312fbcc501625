// Our own mistakes: a condition that the code's author promised. Checked in release builds too; a broken one stops the
// process with the place and the words, because going on would spread the damage.
//
// Thread: any.
#pragma once

namespace dunlin {

[[noreturn]] void InvariantBroken(const char* file, int line, const char* condition, const char* why);

// Where the words of a broken invariant go besides standard error; null: nowhere else. The process's own.
using LastWords = void (*)(const char* text);
void SetLastWords(LastWords writer);

}  // namespace dunlin

// `why` says what must be true, for whoever reads the crash.
#define DUNLIN_INVARIANT(condition, why)                              \
  do {                                                                \
    if (!(condition)) [[unlikely]]                                    \
      ::dunlin::InvariantBroken(__FILE__, __LINE__, #condition, why); \
  } while (false)
