#include <cstdio>

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/collection_scan.h"
#include "commands/random_pick.h"
#include "commands/sorted_set_bounds.h"
#include "commands/sorted_set_rows.h"

namespace dunlin::commands::sorted_set_commands {
namespace {

using values::SortedSet;

// The sorted set at argument 1; `*ok` is false when an error was replied.
const SortedSet* Read(Context& ctx, bool* ok) {
  bool wrong_type;
  const SortedSet* set = ctx.ReadAs<SortedSet>(ctx.Key(1), &wrong_type);
  *ok = !wrong_type;
  if (wrong_type) ctx.WrongType();
  return set;
}

void ReplyScore(Context& ctx, const SortedSet* set, std::string_view member) {
  auto score = set == nullptr ? std::nullopt : set->Score(member);
  score ? ctx.reply().Double(*score) : ctx.reply().Null();
}

void ReplyRank(Context& ctx, bool reverse) {
  if (ctx.arg_count() > 4) return ctx.WrongArity();
  bool with_score = ctx.arg_count() == 4;
  if (with_score && !EqualsIgnoreCase(ctx.arg(3), "withscore")) return ctx.SyntaxError();
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (!ok) return;
  auto rank = set == nullptr ? std::nullopt : set->Rank(ctx.arg(2));
  if (!rank) return with_score ? ctx.reply().NullArray() : ctx.reply().Null();
  if (with_score) ctx.reply().Array(2);
  ctx.reply().Integer(reverse ? set->size() - 1 - *rank : *rank);
  if (with_score) ctx.reply().Double(*set->Score(ctx.arg(2)));
}

// ZSCAN shows the scores of a large set with all their digits, those of a small one as they are kept.
void ReplyScannedScore(resp::ReplyWriter& reply, double score, bool large) {
  if (!large) return reply.Bulk(FormatDouble(score));
  char text[64];
  int length = std::snprintf(text, sizeof text, "%.17g", score);
  reply.Bulk({text, static_cast<size_t>(length)});
}

void ReplyRandomMembers(Context& ctx, const SortedSet& set, int64_t count, bool with_scores) {
  resp::ReplyWriter& reply = ctx.reply();
  bool repeated = count < 0;
  uint64_t wanted = repeated ? 0 - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
  if (!repeated) wanted = std::min<uint64_t>(wanted, set.size());
  reply.Array(with_scores && !reply.resp3() ? wanted * 2 : wanted);
  auto write = [&](std::string_view member, double score) {
    if (with_scores && reply.resp3()) reply.Array(2);
    reply.Bulk(member);
    if (with_scores) reply.Double(score);
  };
  if (repeated) {
    PickRepeatedly(set, wanted, ctx.random(), write);
  } else {
    PickDistinct(set, wanted, ctx.random(), write);
  }
}

}  // namespace

void Zcard(Context& ctx) {
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (ok) ctx.reply().Integer(set == nullptr ? 0 : set->size());
}

void Zscore(Context& ctx) {
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (ok) ReplyScore(ctx, set, ctx.arg(2));
}

void Zmscore(Context& ctx) {
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (!ok) return;
  ctx.reply().Array(ctx.arg_count() - 2);
  for (size_t i = 2; i < ctx.arg_count(); ++i) ReplyScore(ctx, set, ctx.arg(i));
}

void Zrank(Context& ctx) { ReplyRank(ctx, false); }
void Zrevrank(Context& ctx) { ReplyRank(ctx, true); }

void Zcount(Context& ctx) {
  auto range = ScoreRangeArgs(ctx, 2, 3);
  if (!range) return;
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (ok) ctx.reply().Integer(set == nullptr ? 0 : set->RanksOf(*range).count);
}

void Zlexcount(Context& ctx) {
  auto range = LexRangeArgs(ctx, 2, 3);
  if (!range) return;
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (ok) ctx.reply().Integer(set == nullptr ? 0 : set->RanksOf(*range).count);
}

void Zscan(Context& ctx) {
  CollectionScan scan;
  if (!ParseScanCursor(ctx, &scan)) return;
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (!ok) return;
  if (set == nullptr) return ReplyEmptyScan(ctx);
  if (!ParseScanOptions(ctx, &scan)) return;
  bool large = IsTable(set->encoding());
  ReplyScan(ctx, scan, *set,
            [large](resp::ReplyWriter& reply, const CollectionScan& s, std::string_view member, double score) {
              if (!s.Shows(member)) return 0;
              reply.Bulk(member);
              ReplyScannedScore(reply, score, large);
              return 2;
            });
}

void Zrandmember(Context& ctx) {
  std::optional<int64_t> count;
  if (ctx.arg_count() > 2) {
    count = ctx.IntegerArg(2, -INT64_MAX, INT64_MAX);
    if (!count) return;
  }
  bool with_scores = ctx.arg_count() == 4 && EqualsIgnoreCase(ctx.arg(3), "withscores");
  if (ctx.arg_count() > 3 && !with_scores) return ctx.SyntaxError();
  if (with_scores && (*count < -INT64_MAX / 2 || *count > INT64_MAX / 2)) {
    return ctx.reply().Error("ERR value is out of range");
  }
  bool ok;
  const SortedSet* set = Read(ctx, &ok);
  if (!ok) return;
  if (set == nullptr) return count ? ctx.reply().Array(0) : ctx.reply().Null();
  if (count) return ReplyRandomMembers(ctx, *set, *count, with_scores);
  ctx.reply().Bulk(set->RandomMember(ctx.random()).member.view());
}

}  // namespace dunlin::commands::sorted_set_commands
