#include "commands/collection.h"
#include "commands/pop_arguments.h"
#include "commands/sorted_set_rows.h"

namespace dunlin::commands::sorted_set_commands {
namespace {

using values::RankRange;
using values::SortedSet;

enum class End : uint8_t { kMin, kMax };

std::string CommandOf(End end) { return end == End::kMin ? "ZPOPMIN" : "ZPOPMAX"; }

// Removes `count` members from that end, and replies each with its score: as pairs when `nested`, else one after the
// other. The array's header is the caller's. REQUIRES: there are as many.
void PopMembers(Context& ctx, const store::KeyRef& key, SortedSet& set, End end, uint32_t count, bool nested) {
  RankRange ranks{end == End::kMin ? 0 : set.size() - count, count};
  auto write = [&](std::string_view member, double score) {
    if (nested) ctx.reply().Array(2);
    ctx.reply().Bulk(member);
    ctx.reply().Double(score);
  };
  end == End::kMin ? set.ForEach(ranks, write) : set.ForEachBackward(ranks, write);
  set.RemoveRanks(ranks);
  NoteRemoval(ctx, key, set, kEventSortedSet, end == End::kMin ? "zpopmin" : "zpopmax", count);
}

uint32_t AtMost(int64_t count, const SortedSet& set) {
  return static_cast<uint32_t>(std::min<int64_t>(count, set.size()));
}

void Pop(Context& ctx, End end) {
  if (ctx.arg_count() > 3) return ctx.SyntaxError();
  std::optional<int64_t> wanted;
  if (ctx.arg_count() == 3) {
    wanted = ctx.IntegerArg(2, 0, INT64_MAX);
    if (!wanted) return;
  }
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  SortedSet* set = ctx.WriteAs<SortedSet>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (set == nullptr || wanted == 0) return ctx.reply().Array(0);
  uint32_t count = AtMost(wanted.value_or(1), *set);
  bool nested = wanted && ctx.reply().resp3();
  ctx.reply().Array(nested ? count : size_t{2} * count);
  PopMembers(ctx, key, *set, end, count, nested);
}

enum class Found : uint8_t { kYes, kNo, kWrongType };

// The first of the keys that holds a sorted set.
Found FindSet(Context& ctx, size_t first_key, size_t key_count, store::KeyRef* key, SortedSet** set) {
  for (size_t i = first_key; i < first_key + key_count; ++i) {
    *key = ctx.Ref(ctx.arg(i));
    bool wrong_type;
    *set = ctx.WriteAs<SortedSet>(*key, &wrong_type);
    if (wrong_type) {
      ctx.WrongType();
      return Found::kWrongType;
    }
    if (*set != nullptr) return Found::kYes;
  }
  return Found::kNo;
}

// Replies the key and what was popped from it, and tells it as a pop of that key.
void PopWithKey(Context& ctx, const store::KeyRef& key, SortedSet& set, End end, int64_t wanted) {
  uint32_t count = AtMost(wanted, set);
  ctx.changes().TellInstead(ctx.db(), {CommandOf(end), std::string(key.bytes), std::to_string(count)});
  ctx.reply().Array(2);
  ctx.reply().Bulk(key.bytes);
  ctx.reply().Array(count);
  PopMembers(ctx, key, set, end, count, true);
}

void WaitForSet(Context& ctx, size_t first_key, size_t key_count, int64_t deadline_ms) {
  if (!ctx.may_wait()) return ctx.reply().NullArray();
  ctx.Wait(
      {.type = values::Type::kSortedSet, .first_key = first_key, .key_count = key_count, .deadline_ms = deadline_ms});
}

void BlockingPop(Context& ctx, End end) {
  auto deadline_ms = DeadlineArg(ctx, ctx.arg_count() - 1);
  if (!deadline_ms) return;
  size_t key_count = ctx.arg_count() - 2;
  store::KeyRef key;
  SortedSet* set;
  switch (FindSet(ctx, 1, key_count, &key, &set)) {
    case Found::kWrongType: return;
    case Found::kNo: return WaitForSet(ctx, 1, key_count, *deadline_ms);
    case Found::kYes: break;
  }
  ctx.changes().TellInstead(ctx.db(), {CommandOf(end), std::string(key.bytes)});
  ctx.reply().Array(3);
  ctx.reply().Bulk(key.bytes);
  PopMembers(ctx, key, *set, end, 1, false);
}

End EndOf(const MultiPop& pop) { return pop.from_back ? End::kMax : End::kMin; }

}  // namespace

void Zpopmin(Context& ctx) { Pop(ctx, End::kMin); }
void Zpopmax(Context& ctx) { Pop(ctx, End::kMax); }

void Zmpop(Context& ctx) {
  auto pop = ParseMultiPop(ctx, 1, "min", "max");
  if (!pop) return;
  store::KeyRef key;
  SortedSet* set;
  switch (FindSet(ctx, pop->first_key, pop->key_count, &key, &set)) {
    case Found::kWrongType: return;
    case Found::kNo: return ctx.reply().NullArray();
    case Found::kYes: return PopWithKey(ctx, key, *set, EndOf(*pop), pop->count);
  }
}

void Bzpopmin(Context& ctx) { BlockingPop(ctx, End::kMin); }
void Bzpopmax(Context& ctx) { BlockingPop(ctx, End::kMax); }

void Bzmpop(Context& ctx) {
  auto pop = ParseMultiPop(ctx, 2, "min", "max");
  if (!pop) return;
  auto deadline_ms = DeadlineArg(ctx, 1);
  if (!deadline_ms) return;
  store::KeyRef key;
  SortedSet* set;
  switch (FindSet(ctx, pop->first_key, pop->key_count, &key, &set)) {
    case Found::kWrongType: return;
    case Found::kNo: return WaitForSet(ctx, pop->first_key, pop->key_count, *deadline_ms);
    case Found::kYes: return PopWithKey(ctx, key, *set, EndOf(*pop), pop->count);
  }
}

}  // namespace dunlin::commands::sorted_set_commands
