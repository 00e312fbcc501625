#include "commands/sorted_set_bounds.h"

#include <cmath>
#include <cstdlib>
#include <string>

namespace dunlin::commands {
namespace {

// Wider than ParseDouble: blanks in front, nothing at all (0), and what overflows (infinite) are taken.
bool ParseScoreBound(std::string_view text, double* score, bool* exclusive) {
  *exclusive = text.starts_with('(');
  std::string number(text.substr(*exclusive ? 1 : 0));
  char* end;
  *score = std::strtod(number.c_str(), &end);
  return end == number.c_str() + number.size() && !std::isnan(*score);
}

bool ParseLexBound(std::string_view text, values::LexBound* bound) {
  if (text.empty()) return false;
  switch (text[0]) {
    case '-': bound->kind = values::LexBound::kLowest; return text.size() == 1;
    case '+': bound->kind = values::LexBound::kHighest; return text.size() == 1;
    case '[': bound->kind = values::LexBound::kInclusive; break;
    case '(': bound->kind = values::LexBound::kExclusive; break;
    default: return false;
  }
  bound->member = text.substr(1);
  return true;
}

}  // namespace

std::optional<values::ScoreRange> ScoreRangeArgs(Context& ctx, size_t min_at, size_t max_at) {
  values::ScoreRange range;
  if (ParseScoreBound(ctx.arg(min_at), &range.min, &range.min_exclusive) &&
      ParseScoreBound(ctx.arg(max_at), &range.max, &range.max_exclusive)) {
    return range;
  }
  ctx.reply().Error("ERR min or max is not a float");
  return std::nullopt;
}

std::optional<values::LexRange> LexRangeArgs(Context& ctx, size_t min_at, size_t max_at) {
  values::LexRange range;
  if (ParseLexBound(ctx.arg(min_at), &range.min) && ParseLexBound(ctx.arg(max_at), &range.max)) return range;
  ctx.reply().Error("ERR min or max not valid string range item");
  return std::nullopt;
}

}  // namespace dunlin::commands
