#include "base/numbers.h"
#include "commands/collection.h"
#include "commands/list_rows.h"
#include "commands/pop_arguments.h"

namespace dunlin::commands::list_commands {
namespace {

using values::List;
using values::ListEnd;

std::string_view EventOf(ListEnd end) { return end == ListEnd::kFront ? "lpop" : "rpop"; }
std::string_view CommandOf(ListEnd end) { return end == ListEnd::kFront ? "LPOP" : "RPOP"; }

void PopOne(Context& ctx, const store::KeyRef& key, List& list, ListEnd end) {
  ctx.reply().Bulk(list.Peek(end)->view());
  list.Pop(end, 1, ctx.settings().encoding);
  NoteRemoval(ctx, key, list, kEventList, EventOf(end), 1);
}

// Replies and removes `count` elements, as an array in the order of popping. REQUIRES: there are as many.
void PopSome(Context& ctx, const store::KeyRef& key, List& list, ListEnd end, uint64_t count) {
  auto write = [&](std::string_view element) { ctx.reply().Bulk(element); };
  ctx.reply().Array(count);
  if (end == ListEnd::kFront) {
    list.ForEach(0, count, write);
  } else {
    list.ForEachBackward(list.size() - 1, count, write);
  }
  list.Pop(end, count, ctx.settings().encoding);
  NoteRemoval(ctx, key, list, kEventList, EventOf(end), static_cast<int64_t>(count));
}

void Pop(Context& ctx, ListEnd end) {
  if (ctx.arg_count() > 3) return ctx.WrongArity();
  std::optional<int64_t> count;
  if (ctx.arg_count() == 3) {
    count = ctx.IntegerArg(2, 0, INT64_MAX);
    if (!count) return;
  }
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  List* list = ctx.WriteAs<List>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (list == nullptr) return count ? ctx.reply().NullArray() : ctx.reply().Null();
  if (!count) return PopOne(ctx, key, *list, end);
  if (*count == 0) return ctx.reply().Array(0);
  PopSome(ctx, key, *list, end, std::min(static_cast<uint64_t>(*count), list->size()));
}

enum class Found : uint8_t { kYes, kNo, kWrongType };

// The first of the keys that holds a list.
Found FindList(Context& ctx, size_t first_key, size_t key_count, store::KeyRef* key, List** list) {
  for (size_t i = first_key; i < first_key + key_count; ++i) {
    *key = ctx.Ref(ctx.arg(i));
    bool wrong_type;
    *list = ctx.WriteAs<List>(*key, &wrong_type);
    if (wrong_type) {
      ctx.WrongType();
      return Found::kWrongType;
    }
    if (*list != nullptr) return Found::kYes;
  }
  return Found::kNo;
}

// Replies the key and what was popped from it, and tells it as a pop of that key.
void PopWithKey(Context& ctx, const store::KeyRef& key, List& list, ListEnd end, int64_t count) {
  uint64_t popped = std::min(static_cast<uint64_t>(count), list.size());
  ctx.changes().TellInstead(ctx.db(), {std::string(CommandOf(end)), std::string(key.bytes), std::to_string(popped)});
  ctx.reply().Array(2);
  ctx.reply().Bulk(key.bytes);
  PopSome(ctx, key, list, end, popped);
}

void WaitForList(Context& ctx, size_t first_key, size_t key_count, int64_t deadline_ms) {
  if (!ctx.may_wait()) return ctx.reply().NullArray();
  ctx.Wait({.type = values::Type::kList, .first_key = first_key, .key_count = key_count, .deadline_ms = deadline_ms});
}

void BlockingPop(Context& ctx, ListEnd end) {
  auto deadline_ms = DeadlineArg(ctx, ctx.arg_count() - 1);
  if (!deadline_ms) return;
  size_t key_count = ctx.arg_count() - 2;
  store::KeyRef key;
  List* list;
  switch (FindList(ctx, 1, key_count, &key, &list)) {
    case Found::kWrongType: return;
    case Found::kNo: return WaitForList(ctx, 1, key_count, *deadline_ms);
    case Found::kYes: break;
  }
  ctx.changes().TellInstead(ctx.db(), {std::string(CommandOf(end)), std::string(key.bytes)});
  ctx.reply().Array(2);
  ctx.reply().Bulk(key.bytes);
  PopOne(ctx, key, *list, end);
}

ListEnd EndOf(const MultiPop& pop) { return pop.from_back ? ListEnd::kBack : ListEnd::kFront; }

}  // namespace

void Lpop(Context& ctx) { Pop(ctx, ListEnd::kFront); }
void Rpop(Context& ctx) { Pop(ctx, ListEnd::kBack); }

void Lmpop(Context& ctx) {
  auto pop = ParseMultiPop(ctx, 1, "left", "right");
  if (!pop) return;
  store::KeyRef key;
  List* list;
  switch (FindList(ctx, pop->first_key, pop->key_count, &key, &list)) {
    case Found::kWrongType: return;
    case Found::kNo: return ctx.reply().NullArray();
    case Found::kYes: return PopWithKey(ctx, key, *list, EndOf(*pop), pop->count);
  }
}

void Blpop(Context& ctx) { BlockingPop(ctx, ListEnd::kFront); }
void Brpop(Context& ctx) { BlockingPop(ctx, ListEnd::kBack); }

void Blmpop(Context& ctx) {
  auto pop = ParseMultiPop(ctx, 2, "left", "right");
  if (!pop) return;
  auto deadline_ms = DeadlineArg(ctx, 1);
  if (!deadline_ms) return;
  store::KeyRef key;
  List* list;
  switch (FindList(ctx, pop->first_key, pop->key_count, &key, &list)) {
    case Found::kWrongType: return;
    case Found::kNo: return WaitForList(ctx, pop->first_key, pop->key_count, *deadline_ms);
    case Found::kYes: return PopWithKey(ctx, key, *list, EndOf(*pop), pop->count);
  }
}

void Lrem(Context& ctx) {
  auto count = ctx.IntegerArg(2);
  if (!count) return;
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  List* list = ctx.WriteAs<List>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (list == nullptr) return ctx.reply().Integer(0);
  auto removed = static_cast<int64_t>(list->Remove(*count, ctx.arg(3), ctx.settings().encoding));
  if (removed > 0) NoteRemoval(ctx, key, *list, kEventList, "lrem", removed);
  ctx.reply().Integer(removed);
}

void Ltrim(Context& ctx) {
  auto start = ctx.IntegerArg(2);
  if (!start) return;
  auto stop = ctx.IntegerArg(3);
  if (!stop) return;
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  List* list = ctx.WriteAs<List>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (list == nullptr) return ctx.reply().Ok();
  uint64_t size = list->size();
  IndexRange kept = ClipRange(*start, *stop, size);
  uint64_t behind = size - kept.first - kept.count;
  if (behind > 0) list->Pop(ListEnd::kBack, behind, ctx.settings().encoding);
  if (kept.first > 0) list->Pop(ListEnd::kFront, kept.first, ctx.settings().encoding);
  NoteRemoval(ctx, key, *list, kEventList, "ltrim", static_cast<int64_t>(size - kept.count));
  ctx.reply().Ok();
}

}  // namespace dunlin::commands::list_commands
