#include "base/ascii.h"
#include "commands/collection.h"
#include "commands/list_rows.h"
#include "commands/pop_arguments.h"

namespace dunlin::commands::list_commands {
namespace {

using values::List;
using values::ListEnd;

// "left" or "right" at argument i; otherwise replies a syntax error.
std::optional<ListEnd> EndArg(Context& ctx, size_t i) {
  if (EqualsIgnoreCase(ctx.arg(i), "left")) return ListEnd::kFront;
  if (EqualsIgnoreCase(ctx.arg(i), "right")) return ListEnd::kBack;
  ctx.SyntaxError();
  return std::nullopt;
}

// The texts pushed must not stand in the list they are pushed to, so within one list the element is copied first.
void Rotate(List& list, ListEnd from, ListEnd to, const values::EncodingLimits& limits) {
  std::string element = list.Peek(from)->ToString();
  list.Pop(from, 1, limits);
  list.Push(to, element, limits);
}

enum class Moved : uint8_t { kYes, kNoSource, kWrongType };

// Moves an element from the list at argument 1 to the one at argument 2 and replies it. Replies nothing when there is
// no source.
Moved Move(Context& ctx, ListEnd from, ListEnd to) {
  const store::KeyRef source_key = ctx.Ref(ctx.arg(1));
  const store::KeyRef target_key = ctx.Ref(ctx.arg(2));
  bool wrong_type;
  List* source = ctx.WriteAs<List>(source_key, &wrong_type);
  if (source == nullptr && !wrong_type) return Moved::kNoSource;
  List* target = wrong_type ? nullptr : ctx.WriteOrCreate<List>(target_key, &wrong_type);
  if (wrong_type) {
    ctx.WrongType();
    return Moved::kWrongType;
  }
  const values::EncodingLimits& limits = ctx.settings().encoding;
  ctx.reply().Bulk(source->Peek(from)->view());
  if (source == target) {
    Rotate(*source, from, to, limits);
  } else {
    target->Push(to, source->Peek(from)->view(), limits);
    source->Pop(from, 1, limits);
  }
  ctx.Touch(target_key);
  ctx.Event(kEventList, to == ListEnd::kFront ? "lpush" : "rpush", target_key);
  NoteRemoval(ctx, source_key, *source, kEventList, from == ListEnd::kFront ? "lpop" : "rpop", 1);
  return Moved::kYes;
}

void MoveNow(Context& ctx, ListEnd from, ListEnd to) {
  if (Move(ctx, from, to) == Moved::kNoSource) ctx.reply().Null();
}

// True when the element was moved now.
bool MoveOrWait(Context& ctx, ListEnd from, ListEnd to, int64_t deadline_ms) {
  Moved moved = Move(ctx, from, to);
  if (moved != Moved::kNoSource) return moved == Moved::kYes;
  if (ctx.may_wait()) {
    ctx.Wait({.type = values::Type::kList, .first_key = 1, .key_count = 1, .deadline_ms = deadline_ms});
  } else {
    ctx.reply().Null();
  }
  return false;
}

}  // namespace

void Lmove(Context& ctx) {
  auto from = EndArg(ctx, 3);
  if (!from) return;
  auto to = EndArg(ctx, 4);
  if (!to) return;
  MoveNow(ctx, *from, *to);
}

void Rpoplpush(Context& ctx) { MoveNow(ctx, ListEnd::kBack, ListEnd::kFront); }

void Blmove(Context& ctx) {
  auto from = EndArg(ctx, 3);
  if (!from) return;
  auto to = EndArg(ctx, 4);
  if (!to) return;
  auto deadline_ms = DeadlineArg(ctx, 5);
  if (!deadline_ms || !MoveOrWait(ctx, *from, *to, *deadline_ms)) return;
  ctx.changes().TellInstead(ctx.db(), {"LMOVE", std::string(ctx.arg(1)), std::string(ctx.arg(2)),
                                       std::string(ctx.arg(3)), std::string(ctx.arg(4))});
}

void Brpoplpush(Context& ctx) {
  auto deadline_ms = DeadlineArg(ctx, 3);
  if (!deadline_ms || !MoveOrWait(ctx, ListEnd::kBack, ListEnd::kFront, *deadline_ms)) return;
  ctx.changes().TellInstead(ctx.db(), {"RPOPLPUSH", std::string(ctx.arg(1)), std::string(ctx.arg(2))});
}

}  // namespace dunlin::commands::list_commands
