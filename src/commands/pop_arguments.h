// The arguments that blocking pops and pops of several keys share, for lists and sorted sets alike.
//
// Thread: as handlers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "commands/context.h"

namespace dunlin::commands {

// The moment, in milliseconds since 1970, that the seconds at argument i lie ahead; 0 for a timeout of 0, which means
// for ever. Otherwise replies Redis's words ("ERR timeout is negative").
std::optional<int64_t> DeadlineArg(Context& ctx, size_t i);

// `numkeys key [key ...] <end> [COUNT count]`.
struct MultiPop {
  size_t first_key = 0;  // arguments
  size_t key_count = 0;
  bool from_back = false;  // the second of the two words for the ends
  int64_t count = 1;
};

// Reads them from argument `at` on; otherwise replies the error.
std::optional<MultiPop> ParseMultiPop(Context& ctx, size_t at, std::string_view front_word, std::string_view back_word);

}  // namespace dunlin::commands
