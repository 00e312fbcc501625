#include <cmath>

#include "base/numbers.h"
#include "commands/context.h"
#include "commands/string_rows.h"

namespace dunlin::commands::string_commands {
namespace {

void AddInteger(Context& ctx, int64_t delta) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Peek(key);
  int64_t value = 0;
  if (entry != nullptr) {
    if (!entry->is_string()) return ctx.WrongType();
    if (entry->is_integer()) {
      value = entry->integer();
    } else {
      store::Entry::Scratch scratch;
      auto parsed = ParseInt64(entry->StringBytes(scratch));
      if (!parsed) return ctx.reply().Error("ERR value is not an integer or out of range");
      value = *parsed;
    }
  }
  if (__builtin_add_overflow(value, delta, &value)) {
    return ctx.reply().Error("ERR increment or decrement would overflow");
  }
  if (entry != nullptr && entry->is_integer()) {
    ctx.Write(key)->ReplaceInteger(value);
  } else {
    bool was_there = entry != nullptr;
    int64_t expire_at_ms = was_there ? entry->expire_at_ms() : store::kNoExpiry;
    ctx.SlotOf(key).PutInteger(ctx.slot_context(), ctx.db(), key, value, expire_at_ms);
    if (!was_there) ctx.Event(kEventNew, "new", key);
  }
  ctx.Changed(key, kEventString, "incrby");
  ctx.reply().Integer(value);
}

}  // namespace

void Incr(Context& ctx) { AddInteger(ctx, 1); }
void Decr(Context& ctx) { AddInteger(ctx, -1); }

void Incrby(Context& ctx) {
  if (auto delta = ctx.IntegerArg(2)) AddInteger(ctx, *delta);
}

void Decrby(Context& ctx) {
  auto delta = ctx.IntegerArg(2);
  if (!delta) return;
  if (*delta == INT64_MIN) return ctx.reply().Error("ERR decrement would overflow");
  AddInteger(ctx, -*delta);
}

void Incrbyfloat(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Peek(key);
  if (entry != nullptr && !entry->is_string()) return ctx.WrongType();
  store::Entry::Scratch scratch;
  auto value = entry == nullptr ? std::optional<long double>(0) : ParseLongDouble(entry->StringBytes(scratch));
  auto delta = ParseLongDouble(ctx.arg(2));
  if (!value || !delta) return ctx.reply().Error("ERR value is not a valid float");
  long double sum = *value + *delta;
  if (std::isnan(sum) || std::isinf(sum)) return ctx.reply().Error("ERR increment would produce NaN or Infinity");
  std::string text = FormatLongDouble(sum);
  bool was_there = entry != nullptr;
  int64_t expire_at_ms = was_there ? entry->expire_at_ms() : store::kNoExpiry;
  ctx.SlotOf(key).PutString(ctx.slot_context(), ctx.db(), key, text, expire_at_ms);
  if (!was_there) ctx.Event(kEventNew, "new", key);
  ctx.Changed(key, kEventString, "incrbyfloat");
  // Told as its result: other machines round in other ways.
  ctx.changes().TellInstead(ctx.db(), {"SET", std::string(key.bytes), text, "KEEPTTL"});
  ctx.reply().Bulk(text);
}

}  // namespace dunlin::commands::string_commands
