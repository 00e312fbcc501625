#include "commands/collection.h"
#include "commands/sorted_set_bounds.h"
#include "commands/sorted_set_rows.h"

namespace dunlin::commands::sorted_set_commands {
namespace {

using values::RankRange;
using values::SortedSet;

// Removes the members whose ranks `ranks_of(set)` gives. `event` is a literal.
template <typename RanksOf>
void RemoveRange(Context& ctx, std::string_view event, RanksOf&& ranks_of) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  SortedSet* set = ctx.WriteAs<SortedSet>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (set == nullptr) return ctx.reply().Integer(0);
  int64_t removed = set->RemoveRanks(ranks_of(*set));
  if (removed > 0) NoteRemoval(ctx, key, *set, kEventSortedSet, event, removed);
  ctx.reply().Integer(removed);
}

}  // namespace

void Zrem(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  SortedSet* set = ctx.WriteAs<SortedSet>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  int64_t removed = 0;
  for (size_t i = 2; set != nullptr && i < ctx.arg_count(); ++i) removed += set->Remove(ctx.arg(i));
  if (removed > 0) NoteRemoval(ctx, key, *set, kEventSortedSet, "zrem", removed);
  ctx.reply().Integer(removed);
}

void Zremrangebyrank(Context& ctx) {
  auto start = ctx.IntegerArg(2);
  if (!start) return;
  auto stop = ctx.IntegerArg(3);
  if (!stop) return;
  RemoveRange(ctx, "zremrangebyrank", [&](const SortedSet& set) {
    IndexRange range = ClipRange(*start, *stop, set.size());
    return RankRange{static_cast<uint32_t>(range.first), static_cast<uint32_t>(range.count)};
  });
}

void Zremrangebyscore(Context& ctx) {
  auto range = ScoreRangeArgs(ctx, 2, 3);
  if (!range) return;
  RemoveRange(ctx, "zremrangebyscore", [&](const SortedSet& set) { return set.RanksOf(*range); });
}

void Zremrangebylex(Context& ctx) {
  auto range = LexRangeArgs(ctx, 2, 3);
  if (!range) return;
  RemoveRange(ctx, "zremrangebylex", [&](const SortedSet& set) { return set.RanksOf(*range); });
}

}  // namespace dunlin::commands::sorted_set_commands
