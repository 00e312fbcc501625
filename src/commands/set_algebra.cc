// Intersections, unions and differences of sets.
#include <algorithm>

#include "base/ascii.h"
#include "commands/collection.h"
#include "commands/set_rows.h"

namespace dunlin::commands::set_commands {
namespace {

using values::Set;

// The sets at some arguments; null where there is no such key.
using Sets = std::vector<const Set*>;

uint64_t SizeOf(const Set* set) { return set == nullptr ? 0 : set->size(); }
uint64_t Seed(Context& ctx) { return ctx.slot_context().hash_seed; }

// False when one of the keys holds something else; then the error was replied.
bool ReadSets(Context& ctx, size_t first_key, size_t key_count, Sets* sets) {
  sets->reserve(key_count);
  for (size_t i = first_key; i < first_key + key_count; ++i) {
    bool wrong_type;
    sets->push_back(ctx.ReadAs<Set>(ctx.Key(i), &wrong_type));
    if (wrong_type) {
      ctx.WrongType();
      return false;
    }
  }
  return true;
}

// Calls fn(member) for the members that all sets have until it returns false.
template <typename Fn>
void Intersect(Sets sets, Fn&& fn) {
  if (std::find(sets.begin(), sets.end(), nullptr) != sets.end()) return;
  std::sort(sets.begin(), sets.end(), [](const Set* a, const Set* b) { return a->size() < b->size(); });
  bool more = true;
  sets[0]->ForEach([&](std::string_view member) {
    if (!more) return;
    for (size_t i = 1; i < sets.size(); ++i) {
      if (sets[i] != sets[0] && !sets[i]->Contains(member)) return;
    }
    more = fn(member);
  });
}

// Adds to a set that is being made of others.
void AddTo(Context& ctx, Set& result, std::string_view member) {
  if (result.empty()) result.PrepareToAdd(member, 1, ctx.settings().encoding, Seed(ctx));
  result.Add(member, ctx.settings().encoding, Seed(ctx));
}

Set Intersection(Context& ctx, const Sets& sets) {
  Set result;
  Intersect(sets, [&](std::string_view member) {
    AddTo(ctx, result, member);
    return true;
  });
  result.BecomeIntsetIfPossible(ctx.settings().encoding);
  return result;
}

Set Union(Context& ctx, const Sets& sets) {
  Set result;
  for (const Set* set : sets) {
    if (set != nullptr) set->ForEach([&](std::string_view member) { AddTo(ctx, result, member); });
  }
  return result;
}

// What the first set has and no other: each member of the first is looked for in the others ...
Set DifferenceByLookups(Context& ctx, Sets sets) {
  // The larger a set, the sooner it has what is looked for.
  std::sort(sets.begin() + 1, sets.end(), [](const Set* a, const Set* b) { return SizeOf(a) > SizeOf(b); });
  Set result;
  sets[0]->ForEach([&](std::string_view member) {
    for (size_t i = 1; i < sets.size(); ++i) {
      if (sets[i] != nullptr && sets[i]->Contains(member)) return;
    }
    AddTo(ctx, result, member);
  });
  return result;
}

// ... or the members of the others are taken out of a copy of the first.
Set DifferenceByRemoval(Context& ctx, const Sets& sets) {
  Set result;
  sets[0]->ForEach([&](std::string_view member) { AddTo(ctx, result, member); });
  for (size_t i = 1; i < sets.size() && !result.empty(); ++i) {
    if (sets[i] != nullptr) sets[i]->ForEach([&](std::string_view member) { result.Remove(member); });
  }
  return result;
}

Set Difference(Context& ctx, const Sets& sets) {
  if (sets[0] == nullptr || std::find(sets.begin() + 1, sets.end(), sets[0]) != sets.end()) return Set();
  uint64_t lookups = 0;
  uint64_t removals = 0;
  for (const Set* set : sets) {
    if (set != nullptr) lookups += sets[0]->size();
    removals += SizeOf(set);
  }
  // A lookup often ends early.
  return lookups / 2 <= removals ? DifferenceByLookups(ctx, sets) : DifferenceByRemoval(ctx, sets);
}

using Operation = Set (*)(Context&, const Sets&);

void Reply(Context& ctx, Operation operation) {
  Sets sets;
  if (!ReadSets(ctx, 1, ctx.arg_count() - 1, &sets)) return;
  Set result = operation(ctx, sets);
  ctx.reply().Set(result.size());
  result.ForEach([&](std::string_view member) { ctx.reply().Bulk(member); });
}

void Store(Context& ctx, Operation operation, std::string_view event) {
  Sets sets;
  if (!ReadSets(ctx, 2, ctx.arg_count() - 2, &sets)) return;
  StoreResult(ctx, ctx.Ref(ctx.arg(1)), operation(ctx, sets), kEventSet, event);
}

}  // namespace

void Sinter(Context& ctx) {
  Sets sets;
  if (!ReadSets(ctx, 1, ctx.arg_count() - 1, &sets)) return;
  auto mark = ctx.reply().BeginDeferred();
  size_t count = 0;
  Intersect(std::move(sets), [&](std::string_view member) {
    ctx.reply().Bulk(member);
    ++count;
    return true;
  });
  ctx.reply().EndSet(mark, count);
}

void Sintercard(Context& ctx) {
  auto key_count = ctx.IntegerArg(1, 1, INT64_MAX, "ERR numkeys should be greater than 0");
  if (!key_count) return;
  if (static_cast<uint64_t>(*key_count) > ctx.arg_count() - 2) {
    return ctx.reply().Error("ERR Number of keys can't be greater than number of args");
  }
  int64_t limit = 0;
  for (size_t i = 2 + static_cast<size_t>(*key_count); i < ctx.arg_count(); ++i) {
    if (!EqualsIgnoreCase(ctx.arg(i), "limit") || i + 1 == ctx.arg_count()) return ctx.SyntaxError();
    auto value = ctx.IntegerArg(++i, 0, INT64_MAX, "ERR LIMIT can't be negative");
    if (!value) return;
    limit = *value;
  }
  Sets sets;
  if (!ReadSets(ctx, 2, static_cast<size_t>(*key_count), &sets)) return;
  int64_t count = 0;
  Intersect(std::move(sets), [&](std::string_view) { return ++count != limit; });
  ctx.reply().Integer(count);
}

void Sinterstore(Context& ctx) { Store(ctx, Intersection, "sinterstore"); }
void Sunion(Context& ctx) { Reply(ctx, Union); }
void Sunionstore(Context& ctx) { Store(ctx, Union, "sunionstore"); }
void Sdiff(Context& ctx) { Reply(ctx, Difference); }
void Sdiffstore(Context& ctx) { Store(ctx, Difference, "sdiffstore"); }

}  // namespace dunlin::commands::set_commands
