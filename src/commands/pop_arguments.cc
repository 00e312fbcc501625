#include "commands/pop_arguments.h"

#include <cmath>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::commands {

std::optional<int64_t> DeadlineArg(Context& ctx, size_t i) {
  auto refuse = [&ctx](std::string_view error) {
    ctx.reply().Error(error);
    return std::nullopt;
  };
  auto seconds = ParseLongDouble(ctx.arg(i));
  if (!seconds) return refuse("ERR timeout is not a float or out of range");
  long double ms = std::ceil(*seconds * 1000);
  if (ms > static_cast<long double>(INT64_MAX)) return refuse("ERR timeout is out of range");
  if (ms < 0) return refuse("ERR timeout is negative");
  if (ms == 0) return 0;
  if (ms > static_cast<long double>(INT64_MAX - ctx.now_ms())) return refuse("ERR timeout is out of range");
  return static_cast<int64_t>(ms) + ctx.now_ms();
}

std::optional<MultiPop> ParseMultiPop(Context& ctx, size_t at, std::string_view front_word,
                                      std::string_view back_word) {
  auto syntax_error = [&ctx] {
    ctx.SyntaxError();
    return std::nullopt;
  };
  auto key_count = ctx.IntegerArg(at, 1, INT64_MAX, "ERR numkeys should be greater than 0");
  if (!key_count) return std::nullopt;
  MultiPop pop;
  pop.first_key = at + 1;
  if (static_cast<uint64_t>(*key_count) >= ctx.arg_count() - pop.first_key) return syntax_error();
  pop.key_count = static_cast<size_t>(*key_count);
  size_t i = pop.first_key + pop.key_count;
  if (EqualsIgnoreCase(ctx.arg(i), back_word)) {
    pop.from_back = true;
  } else if (!EqualsIgnoreCase(ctx.arg(i), front_word)) {
    return syntax_error();
  }
  bool count_given = false;
  for (++i; i < ctx.arg_count(); ++i) {
    if (count_given || !EqualsIgnoreCase(ctx.arg(i), "count") || i + 1 == ctx.arg_count()) return syntax_error();
    auto count = ctx.IntegerArg(++i, 1, INT64_MAX, "ERR count should be greater than 0");
    if (!count) return std::nullopt;
    pop.count = *count;
    count_given = true;
  }
  return pop;
}

}  // namespace dunlin::commands
