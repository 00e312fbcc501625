// ZRANGE, its older forms, and ZRANGESTORE: whatever the range is given by, it is an interval of ranks.
#include "base/ascii.h"
#include "commands/collection.h"
#include "commands/sorted_set_bounds.h"
#include "commands/sorted_set_rows.h"

namespace dunlin::commands::sorted_set_commands {
namespace {

using values::RankRange;
using values::SortedSet;

enum class RangeBy : uint8_t { kRank, kScore, kLex };

struct RangeOptions {
  size_t key_at = 1;               // the source; the ends of the range follow
  std::optional<RangeBy> by = {};  // fixed by the command's name, unless it is ZRANGE
  std::optional<bool> reverse = {};
  bool store = false;
  bool with_scores = false;
  int64_t offset = 0;
  int64_t limit = -1;
};

// False when an error was replied.
bool Parse(Context& ctx, RangeOptions* o) {
  for (size_t i = o->key_at + 3; i < ctx.arg_count(); ++i) {
    std::string_view word = ctx.arg(i);
    if (!o->store && EqualsIgnoreCase(word, "withscores")) {
      o->with_scores = true;
    } else if (EqualsIgnoreCase(word, "limit") && i + 2 < ctx.arg_count()) {
      auto offset = ctx.IntegerArg(i + 1);
      if (!offset) return false;
      auto limit = ctx.IntegerArg(i + 2);
      if (!limit) return false;
      o->offset = *offset;
      o->limit = *limit;
      i += 2;
    } else if (!o->reverse && EqualsIgnoreCase(word, "rev")) {
      o->reverse = true;
    } else if (!o->by && EqualsIgnoreCase(word, "bylex")) {
      o->by = RangeBy::kLex;
    } else if (!o->by && EqualsIgnoreCase(word, "byscore")) {
      o->by = RangeBy::kScore;
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  if (!o->by) o->by = RangeBy::kRank;
  if (!o->reverse) o->reverse = false;
  std::string_view error;
  if (o->limit != -1 && o->by == RangeBy::kRank) {
    error = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
  } else if (o->with_scores && o->by == RangeBy::kLex) {
    error = "ERR syntax error, WITHSCORES not supported in combination with BYLEX";
  }
  if (!error.empty()) ctx.reply().Error(error);
  return error.empty();
}

// The ends of the range, as they were given.
struct RangeEnds {
  int64_t start = 0;
  int64_t stop = 0;
  values::ScoreRange scores = {};
  values::LexRange members = {};
};

// False when an error was replied.
bool ParseEnds(Context& ctx, const RangeOptions& o, RangeEnds* ends) {
  size_t first = o.key_at + 1;
  size_t second = o.key_at + 2;
  if (o.by == RangeBy::kRank) {
    auto start = ctx.IntegerArg(first);
    if (!start) return false;
    auto stop = ctx.IntegerArg(second);
    if (!stop) return false;
    ends->start = *start;
    ends->stop = *stop;
    return true;
  }
  // Backwards, the greater end is given first.
  if (*o.reverse) std::swap(first, second);
  if (o.by == RangeBy::kScore) {
    auto range = ScoreRangeArgs(ctx, first, second);
    if (range) ends->scores = *range;
    return range.has_value();
  }
  auto range = LexRangeArgs(ctx, first, second);
  if (range) ends->members = *range;
  return range.has_value();
}

// What LIMIT leaves of a range.
RankRange Limited(RankRange range, const RangeOptions& o) {
  if (o.offset < 0 || o.offset >= range.count) return {range.first, 0};
  auto offset = static_cast<uint32_t>(o.offset);
  uint32_t left = range.count - offset;
  uint32_t count = o.limit >= 0 && o.limit < left ? static_cast<uint32_t>(o.limit) : left;
  uint32_t first = *o.reverse ? range.first + left - count : range.first + offset;
  return {first, count};
}

RankRange RanksOf(const SortedSet& set, const RangeOptions& o, const RangeEnds& ends) {
  switch (*o.by) {
    case RangeBy::kScore: return Limited(set.RanksOf(ends.scores), o);
    case RangeBy::kLex: return Limited(set.RanksOf(ends.members), o);
    case RangeBy::kRank: break;
  }
  IndexRange clipped = ClipRange(ends.start, ends.stop, set.size());
  auto first = static_cast<uint32_t>(clipped.first);
  auto count = static_cast<uint32_t>(clipped.count);
  return {*o.reverse ? set.size() - first - count : first, count};
}

template <typename Fn>
void Visit(const SortedSet& set, RankRange ranks, bool backward, Fn&& fn) {
  backward ? set.ForEachBackward(ranks, fn) : set.ForEach(ranks, fn);
}

void ReplyRange(Context& ctx, const SortedSet& set, const RangeOptions& o, RankRange ranks) {
  resp::ReplyWriter& reply = ctx.reply();
  bool nested = o.with_scores && reply.resp3();
  reply.Array(o.with_scores && !nested ? size_t{2} * ranks.count : ranks.count);
  Visit(set, ranks, *o.reverse, [&](std::string_view member, double score) {
    if (nested) reply.Array(2);
    reply.Bulk(member);
    if (o.with_scores) reply.Double(score);
  });
}

SortedSet CopyRange(Context& ctx, const SortedSet& set, RankRange ranks) {
  const values::EncodingLimits& limits = ctx.settings().encoding;
  uint64_t seed = ctx.slot_context().hash_seed;
  SortedSet copy;
  copy.Reserve(ranks.count, limits, seed);
  set.ForEach(ranks, [&](std::string_view member, double score) { copy.Add(member, score, {}, limits, seed); });
  return copy;
}

void Range(Context& ctx, RangeOptions o) {
  RangeEnds ends;
  if (!Parse(ctx, &o) || !ParseEnds(ctx, o, &ends)) return;
  bool wrong_type;
  const SortedSet* set = ctx.ReadAs<SortedSet>(ctx.Ref(ctx.arg(o.key_at)), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  RankRange ranks = set == nullptr ? RankRange() : RanksOf(*set, o, ends);
  if (o.store) {
    SortedSet result = set == nullptr ? SortedSet() : CopyRange(ctx, *set, ranks);
    StoreResult(ctx, ctx.Ref(ctx.arg(1)), std::move(result), kEventSortedSet, "zrangestore");
  } else if (set == nullptr) {
    ctx.reply().Array(0);
  } else {
    ReplyRange(ctx, *set, o, ranks);
  }
}

}  // namespace

void Zrange(Context& ctx) { Range(ctx, {}); }
void Zrangestore(Context& ctx) { Range(ctx, {.key_at = 2, .store = true}); }
void Zrevrange(Context& ctx) { Range(ctx, {.by = RangeBy::kRank, .reverse = true}); }
void Zrangebyscore(Context& ctx) { Range(ctx, {.by = RangeBy::kScore, .reverse = false}); }
void Zrevrangebyscore(Context& ctx) { Range(ctx, {.by = RangeBy::kScore, .reverse = true}); }
void Zrangebylex(Context& ctx) { Range(ctx, {.by = RangeBy::kLex, .reverse = false}); }
void Zrevrangebylex(Context& ctx) { Range(ctx, {.by = RangeBy::kLex, .reverse = true}); }

}  // namespace dunlin::commands::sorted_set_commands
