#include <array>

#include "base/ascii.h"
#include "commands/context.h"
#include "commands/sorted_set_rows.h"

namespace dunlin::commands::sorted_set_commands {
namespace {

using values::AddOutcome;
using values::SortedSet;

struct AddArguments {
  values::AddOptions options;
  bool reply_changed = false;  // CH: count updates too
  size_t first_pair = 2;
};

void ParseOptions(Context& ctx, AddArguments* a) {
  for (; a->first_pair < ctx.arg_count(); ++a->first_pair) {
    std::string_view word = ctx.arg(a->first_pair);
    if (EqualsIgnoreCase(word, "nx")) {
      a->options.only_new = true;
    } else if (EqualsIgnoreCase(word, "xx")) {
      a->options.only_existing = true;
    } else if (EqualsIgnoreCase(word, "ch")) {
      a->reply_changed = true;
    } else if (EqualsIgnoreCase(word, "incr")) {
      a->options.increment = true;
    } else if (EqualsIgnoreCase(word, "gt")) {
      a->options.only_greater = true;
    } else if (EqualsIgnoreCase(word, "lt")) {
      a->options.only_less = true;
    } else {
      return;
    }
  }
}

// False when an error was replied.
bool Parse(Context& ctx, AddArguments* a) {
  ParseOptions(ctx, a);
  const values::AddOptions& o = a->options;
  size_t left = ctx.arg_count() - a->first_pair;
  if (left == 0 || left % 2 != 0) {
    ctx.SyntaxError();
    return false;
  }
  std::string_view error;
  if (o.only_new && o.only_existing) {
    error = "ERR XX and NX options at the same time are not compatible";
  } else if ((o.only_new && (o.only_greater || o.only_less)) || (o.only_greater && o.only_less)) {
    error = "ERR GT, LT, and/or NX options at the same time are not compatible";
  } else if (o.increment && left > 2) {
    error = "ERR INCR option supports a single increment-element pair";
  }
  if (!error.empty()) ctx.reply().Error(error);
  return error.empty();
}

// The scores of a call: all of them are read before any is used. Few need no memory.
class Scores {
 public:
  // False when an error was replied.
  bool Parse(Context& ctx, size_t first_pair) {
    size_t count = (ctx.arg_count() - first_pair) / 2;
    if (count > few_.size()) many_.resize(count);
    all_ = count > few_.size() ? std::span(many_) : std::span(few_).first(count);
    for (size_t i = 0; i < count; ++i) {
      auto score = ctx.DoubleArg(first_pair + 2 * i);
      if (!score) return false;
      all_[i] = *score;
    }
    return true;
  }
  size_t size() const { return all_.size(); }
  double operator[](size_t i) const { return all_[i]; }

 private:
  std::array<double, 16> few_;
  std::vector<double> many_;
  std::span<double> all_;
};

struct AddCounts {
  int64_t added = 0;
  int64_t updated = 0;
  std::optional<double> score;  // of the last pair, unless a condition refused it
};

// False when an error was replied.
bool AddPairs(Context& ctx, SortedSet& set, const AddArguments& a, const Scores& scores, AddCounts* counts) {
  const values::EncodingLimits& limits = ctx.settings().encoding;
  uint64_t seed = ctx.slot_context().hash_seed;
  set.PrepareToAdd(ctx.arg(a.first_pair + 1), scores.size(), limits, seed);
  for (size_t i = 0; i < scores.size(); ++i) {
    values::AddResult result = set.Add(ctx.arg(a.first_pair + 1 + 2 * i), scores[i], a.options, limits, seed);
    counts->score = result.score;
    switch (result.outcome) {
      case AddOutcome::kAdded: ++counts->added; break;
      case AddOutcome::kUpdated: ++counts->updated; break;
      case AddOutcome::kUnchanged: break;
      case AddOutcome::kRefused: counts->score.reset(); break;
      case AddOutcome::kNotANumber: ctx.reply().Error("ERR resulting score is not a number (NaN)"); return false;
    }
  }
  return true;
}

void Reply(Context& ctx, const AddArguments& a, const AddCounts& counts) {
  if (!a.options.increment) {
    ctx.reply().Integer(a.reply_changed ? counts.added + counts.updated : counts.added);
  } else if (counts.score) {
    ctx.reply().Double(*counts.score);
  } else {
    ctx.reply().Null();
  }
}

void Add(Context& ctx, AddArguments a) {
  Scores scores;
  if (!Parse(ctx, &a) || !scores.Parse(ctx, a.first_pair)) return;
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  SortedSet* set = a.options.only_existing ? ctx.WriteAs<SortedSet>(key, &wrong_type)
                                           : ctx.WriteOrCreate<SortedSet>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  AddCounts counts;
  if (set != nullptr && !AddPairs(ctx, *set, a, scores, &counts)) return;
  Reply(ctx, a, counts);
  int64_t changed = counts.added + counts.updated;
  if (changed > 0) ctx.Changed(key, kEventSortedSet, a.options.increment ? "zincr" : "zadd", changed);
}

}  // namespace

void Zadd(Context& ctx) { Add(ctx, {}); }

void Zincrby(Context& ctx) {
  AddArguments a;
  a.options.increment = true;
  Add(ctx, a);
}

}  // namespace dunlin::commands::sorted_set_commands
