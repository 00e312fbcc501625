// Intersections, unions and differences of sorted sets, and of sets, whose members count as having the score 1.
#include <algorithm>
#include <cmath>

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/collection.h"
#include "commands/sorted_set_rows.h"

namespace dunlin::commands::sorted_set_commands {
namespace {

using values::Set;
using values::SortedSet;

constexpr double kScoreOfPlainMember = 1;

// One of the keys; both are null when there is no such key.
struct Source {
  const SortedSet* sorted = nullptr;
  const Set* plain = nullptr;
  double weight = 1;

  uint64_t size() const { return sorted != nullptr ? sorted->size() : plain != nullptr ? plain->size() : 0; }
  std::optional<double> Score(std::string_view member) const {
    if (sorted != nullptr) return sorted->Score(member);
    if (plain != nullptr && plain->Contains(member)) return kScoreOfPlainMember;
    return std::nullopt;
  }
  bool Contains(std::string_view member) const { return Score(member).has_value(); }
  bool SameAs(const Source& other) const {
    return (sorted != nullptr && sorted == other.sorted) || (plain != nullptr && plain == other.plain);
  }
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    if (sorted != nullptr) sorted->ForEach(fn);
    if (plain != nullptr) plain->ForEach([&](std::string_view member) { fn(member, kScoreOfPlainMember); });
  }
};

enum class Kind : uint8_t { kUnion, kInter, kDiff };
enum class Output : uint8_t { kReply, kStore, kCount };
enum class Aggregate : uint8_t { kSum, kMin, kMax };

struct Algebra {
  Kind kind;
  Output output;
  std::vector<Source> sources = {};
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  int64_t limit = 0;  // 0: none

  // The argument with the number of keys.
  size_t count_at() const { return output == Output::kStore ? 2 : 1; }
};

// False when an error was replied.
bool ReadSources(Context& ctx, Algebra* a) {
  auto count = ctx.IntegerArg(a->count_at());
  if (!count) return false;
  if (*count < 1) {
    ctx.reply().Error("ERR at least 1 input key is needed for '" + std::string(ctx.spec().name) + "' command");
    return false;
  }
  if (static_cast<uint64_t>(*count) > ctx.arg_count() - a->count_at() - 1) {
    ctx.SyntaxError();
    return false;
  }
  a->sources.resize(static_cast<size_t>(*count));
  for (size_t i = 0; i < a->sources.size(); ++i) {
    const store::Entry* entry = ctx.Read(ctx.Ref(ctx.arg(a->count_at() + 1 + i)));
    if (entry == nullptr) continue;
    if (entry->type() == values::Type::kSortedSet) {
      a->sources[i].sorted = &entry->As<SortedSet>();
    } else if (entry->type() == values::Type::kSet) {
      a->sources[i].plain = &entry->As<Set>();
    } else {
      ctx.WrongType();
      return false;
    }
  }
  return true;
}

bool ParseAggregate(std::string_view word, Aggregate* aggregate) {
  if (EqualsIgnoreCase(word, "sum")) {
    *aggregate = Aggregate::kSum;
  } else if (EqualsIgnoreCase(word, "min")) {
    *aggregate = Aggregate::kMin;
  } else if (EqualsIgnoreCase(word, "max")) {
    *aggregate = Aggregate::kMax;
  } else {
    return false;
  }
  return true;
}

// The weights from argument `at` on; false when an error was replied.
bool ParseWeights(Context& ctx, size_t at, Algebra* a) {
  for (Source& source : a->sources) {
    auto weight = ParseDouble(ctx.arg(at++));
    if (!weight) {
      ctx.reply().Error("ERR weight value is not a float");
      return false;
    }
    source.weight = *weight;
  }
  return true;
}

// False when an error was replied.
bool ParseOptions(Context& ctx, Algebra* a) {
  bool combines = a->kind != Kind::kDiff && a->output != Output::kCount;
  for (size_t i = a->count_at() + 1 + a->sources.size(); i < ctx.arg_count(); ++i) {
    std::string_view word = ctx.arg(i);
    size_t values = ctx.arg_count() - i - 1;  // what stands behind
    if (combines && values >= a->sources.size() && EqualsIgnoreCase(word, "weights")) {
      if (!ParseWeights(ctx, i + 1, a)) return false;
      i += a->sources.size();
    } else if (combines && values >= 1 && EqualsIgnoreCase(word, "aggregate")) {
      if (!ParseAggregate(ctx.arg(++i), &a->aggregate)) {
        ctx.SyntaxError();
        return false;
      }
    } else if (a->output == Output::kReply && EqualsIgnoreCase(word, "withscores")) {
      a->with_scores = true;
    } else if (a->output == Output::kCount && values >= 1 && EqualsIgnoreCase(word, "limit")) {
      auto limit = ctx.IntegerArg(++i, 0, INT64_MAX, "ERR LIMIT can't be negative");
      if (!limit) return false;
      a->limit = *limit;
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  return true;
}

double Weighted(double weight, double score) {
  double product = weight * score;
  return std::isnan(product) ? 0 : product;
}

double Combined(double a, double b, Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kSum: break;
    case Aggregate::kMin: return std::min(a, b);
    case Aggregate::kMax: return std::max(a, b);
  }
  double sum = a + b;
  return std::isnan(sum) ? 0 : sum;  // infinities of both signs
}

// A sorted set that is being made of others.
class Result {
 public:
  explicit Result(Context& ctx) : limits_(ctx.settings().encoding), seed_(ctx.slot_context().hash_seed) {}

  void Put(std::string_view member, double score) { set_.Add(member, score, {}, limits_, seed_); }
  void Expect(uint64_t members) { set_.Reserve(members, limits_, seed_); }
  std::optional<double> Score(std::string_view member) const { return set_.Score(member); }
  void Remove(std::string_view member) { set_.Remove(member); }
  bool empty() const { return set_.empty(); }
  SortedSet Take() {
    set_.BecomePackedIfPossible(limits_);
    return std::move(set_);
  }

 private:
  const values::EncodingLimits& limits_;
  uint64_t seed_;
  SortedSet set_;
};

bool SmallerFirst(const Source& a, const Source& b) { return a.size() < b.size(); }

// Calls fn(member, score) for what all sources have until it returns false.
template <typename Fn>
void Intersect(Algebra& a, Fn&& fn) {
  std::stable_sort(a.sources.begin(), a.sources.end(), SmallerFirst);
  const Source& first = a.sources[0];
  bool more = first.size() > 0;
  if (!more) return;
  first.ForEach([&](std::string_view member, double first_score) {
    if (!more) return;
    double score = Weighted(first.weight, first_score);
    for (size_t i = 1; i < a.sources.size(); ++i) {
      const Source& other = a.sources[i];
      auto found = other.SameAs(first) ? std::optional(first_score) : other.Score(member);
      if (!found) return;
      score = Combined(score, other.weight * *found, a.aggregate);
    }
    more = fn(member, score);
  });
}

void Intersection(Algebra& a, Result* result) {
  Intersect(a, [&](std::string_view member, double score) {
    result->Put(member, score);
    return true;
  });
}

void Union(Algebra& a, Result* result) {
  std::stable_sort(a.sources.begin(), a.sources.end(), SmallerFirst);
  result->Expect(a.sources.back().size());
  for (const Source& source : a.sources) {
    source.ForEach([&](std::string_view member, double score) {
      double weighted = Weighted(source.weight, score);
      if (auto present = result->Score(member)) weighted = Combined(*present, weighted, a.aggregate);
      result->Put(member, weighted);
    });
  }
}

void DifferenceByLookups(Algebra& a, Result* result) {
  a.sources[0].ForEach([&](std::string_view member, double score) {
    for (size_t i = 1; i < a.sources.size(); ++i) {
      if (a.sources[i].Contains(member)) return;
    }
    result->Put(member, score);
  });
}

void DifferenceByRemoval(Algebra& a, Result* result) {
  result->Expect(a.sources[0].size());
  a.sources[0].ForEach([&](std::string_view member, double score) { result->Put(member, score); });
  for (size_t i = 1; i < a.sources.size() && !result->empty(); ++i) {
    a.sources[i].ForEach([&](std::string_view member, double) { result->Remove(member); });
  }
}

void Difference(Algebra& a, Result* result) {
  uint64_t lookups = 0;
  uint64_t removals = 0;
  for (size_t i = 0; i < a.sources.size(); ++i) {
    if (i > 0 && a.sources[i].SameAs(a.sources[0])) return;
    lookups += a.sources[0].size();
    removals += a.sources[i].size();
  }
  // A lookup often ends early.
  lookups / 2 <= removals ? DifferenceByLookups(a, result) : DifferenceByRemoval(a, result);
}

SortedSet Compute(Context& ctx, Algebra& a) {
  Result result(ctx);
  switch (a.kind) {
    case Kind::kUnion: Union(a, &result); break;
    case Kind::kInter: Intersection(a, &result); break;
    case Kind::kDiff: Difference(a, &result); break;
  }
  return result.Take();
}

std::string_view EventOf(Kind kind) {
  switch (kind) {
    case Kind::kUnion: return "zunionstore";
    case Kind::kInter: return "zinterstore";
    case Kind::kDiff: break;
  }
  return "zdiffstore";
}

void ReplyAll(Context& ctx, const SortedSet& set, bool with_scores) {
  resp::ReplyWriter& reply = ctx.reply();
  bool nested = with_scores && reply.resp3();
  reply.Array(with_scores && !nested ? size_t{2} * set.size() : set.size());
  set.ForEach([&](std::string_view member, double score) {
    if (nested) reply.Array(2);
    reply.Bulk(member);
    if (with_scores) reply.Double(score);
  });
}

void Run(Context& ctx, Kind kind, Output output) {
  Algebra a{kind, output};
  if (!ReadSources(ctx, &a) || !ParseOptions(ctx, &a)) return;
  switch (output) {
    case Output::kReply: return ReplyAll(ctx, Compute(ctx, a), a.with_scores);
    case Output::kStore: return StoreResult(ctx, ctx.Ref(ctx.arg(1)), Compute(ctx, a), kEventSortedSet, EventOf(kind));
    case Output::kCount: break;
  }
  int64_t count = 0;
  Intersect(a, [&](std::string_view, double) { return ++count != a.limit; });
  ctx.reply().Integer(count);
}

}  // namespace

void Zinter(Context& ctx) { Run(ctx, Kind::kInter, Output::kReply); }
void Zintercard(Context& ctx) { Run(ctx, Kind::kInter, Output::kCount); }
void Zinterstore(Context& ctx) { Run(ctx, Kind::kInter, Output::kStore); }
void Zunion(Context& ctx) { Run(ctx, Kind::kUnion, Output::kReply); }
void Zunionstore(Context& ctx) { Run(ctx, Kind::kUnion, Output::kStore); }
void Zdiff(Context& ctx) { Run(ctx, Kind::kDiff, Output::kReply); }
void Zdiffstore(Context& ctx) { Run(ctx, Kind::kDiff, Output::kStore); }

}  // namespace dunlin::commands::sorted_set_commands
