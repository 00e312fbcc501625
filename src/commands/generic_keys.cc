#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/context.h"
#include "commands/generic_rows.h"

namespace dunlin::commands::generic_commands {
namespace {

void RenameTo(Context& ctx, bool only_new) {
  const store::KeyRef from = ctx.Ref(ctx.arg(1));
  const store::KeyRef to = ctx.Ref(ctx.arg(2));
  const store::Entry* entry = ctx.Peek(from);
  if (entry == nullptr) return ctx.NoSuchKey();
  bool same = from.bytes == to.bytes;
  if (only_new && (same || ctx.Peek(to) != nullptr)) return ctx.reply().Integer(0);
  if (same) return ctx.reply().Ok();
  if (ctx.Peek(to) != nullptr) ctx.Delete(to);
  store::Entry* taken = ctx.SlotOf(from).Extract(ctx.slot_context(), ctx.db(), from);
  int64_t expire_at_ms = taken->expire_at_ms();
  ctx.PutValue(to, taken->TakeValue(), expire_at_ms);
  store::Entry::Free(taken);
  ctx.Touch(from);
  ctx.Touch(to);
  ctx.Event(kEventNew, "new", to);
  ctx.Event(kEventGeneric, "rename_from", from);
  ctx.Event(kEventGeneric, "rename_to", to);
  ctx.changes().Dirty();
  only_new ? ctx.reply().Integer(1) : ctx.reply().Ok();
}

// The database that a word names; otherwise replies `error`.
std::optional<DbIndex> Database(Context& ctx, std::string_view word, std::string_view error) {
  auto number = ParseInt64(word);
  if (!number) {
    ctx.reply().Error("ERR value is not an integer or out of range");
    return std::nullopt;
  }
  if (*number < 0 || *number >= ctx.store().database_count()) {
    ctx.reply().Error(error);
    return std::nullopt;
  }
  return DbIndex(static_cast<uint16_t>(*number));
}

void DeleteAll(Context& ctx, bool lazily) {
  int64_t deleted = 0;
  for (size_t i = 1; i < ctx.arg_count(); ++i) {
    const store::KeyRef& key = ctx.Key(i);
    if (!ctx.Delete(key, lazily)) continue;
    ctx.Changed(key, kEventGeneric, "del");
    ++deleted;
  }
  ctx.reply().Integer(deleted);
}

}  // namespace

void Del(Context& ctx) { DeleteAll(ctx, ctx.settings().lazy_user_delete); }
void Unlink(Context& ctx) { DeleteAll(ctx, true); }

void Exists(Context& ctx) {
  int64_t count = 0;
  for (size_t i = 1; i < ctx.arg_count(); ++i) count += ctx.Peek(ctx.Key(i)) != nullptr;
  ctx.reply().Integer(count);
}

void Touch(Context& ctx) {
  int64_t count = 0;
  for (size_t i = 1; i < ctx.arg_count(); ++i) count += ctx.Read(ctx.Key(i)) != nullptr;
  ctx.reply().Integer(count);
}

void TypeOf(Context& ctx) {
  const store::Entry* entry = ctx.Peek(ctx.Key(1));
  ctx.reply().Simple(entry == nullptr ? "none" : values::TypeName(entry->type()));
}

void Rename(Context& ctx) { RenameTo(ctx, false); }
void Renamenx(Context& ctx) { RenameTo(ctx, true); }

void Copy(Context& ctx) {
  DbIndex db = ctx.db();
  bool replace = false;
  for (size_t i = 3; i < ctx.arg_count(); ++i) {
    if (EqualsIgnoreCase(ctx.arg(i), "replace")) {
      replace = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "db") && i + 1 < ctx.arg_count()) {
      auto other = Database(ctx, ctx.arg(++i), "ERR DB index is out of range");
      if (!other) return;
      db = *other;
    } else {
      return ctx.SyntaxError();
    }
  }
  if (ctx.frame().cluster_enabled && db.value != 0) {
    return ctx.reply().Error("ERR Copying to another database is not allowed in cluster mode");
  }
  const store::KeyRef from = ctx.Ref(ctx.arg(1));
  const store::KeyRef to = ctx.Ref(ctx.arg(2));
  if (from.bytes == to.bytes && db == ctx.db()) {
    return ctx.reply().Error("ERR source and destination objects are the same");
  }
  const store::Entry* entry = ctx.Read(from);
  if (entry == nullptr || (!replace && ctx.PeekIn(db, to) != nullptr)) return ctx.reply().Integer(0);
  ctx.SlotOf(to).PutValue(ctx.slot_context(), db, to, entry->CopyValue(), entry->expire_at_ms());
  ctx.NoteExpiry(db, to, entry->expire_at_ms());
  ctx.TouchIn(db, to);
  ctx.changes().Event(kEventNew, "new", db, to.bytes);
  ctx.changes().Event(kEventGeneric, "copy_to", db, to.bytes);
  ctx.changes().Dirty();
  ctx.reply().Integer(1);
}

void Move(Context& ctx) {
  if (ctx.frame().cluster_enabled) return ctx.reply().Error("ERR MOVE is not allowed in cluster mode");
  auto db = Database(ctx, ctx.arg(2), "ERR DB index is out of range");
  if (!db) return;
  if (*db == ctx.db()) return ctx.reply().Error("ERR source and destination objects are the same");
  const store::KeyRef& key = ctx.Key(1);
  if (ctx.Peek(key) == nullptr || ctx.PeekIn(*db, key) != nullptr) return ctx.reply().Integer(0);
  store::Slot& slot = ctx.SlotOf(key);
  store::Entry* taken = slot.Extract(ctx.slot_context(), ctx.db(), key);
  int64_t expire_at_ms = taken->expire_at_ms();
  slot.PutValue(ctx.slot_context(), *db, key, taken->TakeValue(), expire_at_ms);
  ctx.NoteExpiry(*db, key, expire_at_ms);
  store::Entry::Free(taken);
  ctx.Touch(key);
  ctx.TouchIn(*db, key);
  ctx.changes().Event(kEventNew, "new", *db, key.bytes);
  ctx.Event(kEventGeneric, "move_from", key);
  ctx.changes().Event(kEventGeneric, "move_to", *db, key.bytes);
  ctx.changes().Dirty();
  ctx.reply().Integer(1);
}

}  // namespace dunlin::commands::generic_commands
