// The ends of ranges of a sorted set as commands spell them: "5", "(5", "-inf" for scores; "-", "+", "[a", "(a" for
// members.
//
// Thread: as handlers.
#pragma once

#include <optional>

#include "commands/context.h"
#include "values/sorted_set.h"

namespace dunlin::commands {

// The range between two arguments; otherwise replies "ERR min or max is not a float".
std::optional<values::ScoreRange> ScoreRangeArgs(Context& ctx, size_t min_at, size_t max_at);
// The same for members: "ERR min or max not valid string range item". The range's texts are the arguments'.
std::optional<values::LexRange> LexRangeArgs(Context& ctx, size_t min_at, size_t max_at);

}  // namespace dunlin::commands
