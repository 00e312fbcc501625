#include "commands/context.h"
#include "commands/string_rows.h"

namespace dunlin::commands::string_commands {
namespace {

// False, with the reply, when a string of that length may not be.
bool LengthAllowed(Context& ctx, uint64_t length) {
  if (length <= static_cast<uint64_t>(ctx.settings().max_bulk_bytes) || ctx.frame().from_primary) return true;
  ctx.reply().Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  return false;
}

}  // namespace

void Append(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Peek(key);
  size_t length = ctx.arg(2).size();
  if (entry == nullptr) {
    ctx.PutString(key, ctx.arg(2), store::kNoExpiry);
    ctx.Event(kEventNew, "new", key);
  } else {
    if (!entry->is_string()) return ctx.WrongType();
    length += entry->StringLength();
    if (!LengthAllowed(ctx, length)) return;
    ctx.SlotOf(key).RawStringForWrite(ctx.slot_context(), ctx.db(), key)->Append(ctx.arg(2));
  }
  ctx.Changed(key, kEventString, "append");
  ctx.reply().Integer(static_cast<int64_t>(length));
}

void Strlen(Context& ctx) {
  const store::Entry* entry = ctx.Read(ctx.Key(1));
  if (entry == nullptr) return ctx.reply().Integer(0);
  if (!entry->is_string()) return ctx.WrongType();
  ctx.reply().Integer(static_cast<int64_t>(entry->StringLength()));
}

void Setrange(Context& ctx) {
  auto offset = ctx.IntegerArg(2);
  if (!offset) return;
  if (*offset < 0) return ctx.reply().Error("ERR offset is out of range");
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Peek(key);
  std::string_view text = ctx.arg(3);
  if (entry != nullptr && !entry->is_string()) return ctx.WrongType();
  if (text.empty()) return ctx.reply().Integer(entry == nullptr ? 0 : static_cast<int64_t>(entry->StringLength()));
  if (!LengthAllowed(ctx, static_cast<uint64_t>(*offset) + text.size())) return;
  if (entry == nullptr) {
    ctx.SlotOf(key).PutString(ctx.slot_context(), ctx.db(), key, "", store::kNoExpiry);
    ctx.Event(kEventNew, "new", key);
  }
  values::RawString* raw = ctx.SlotOf(key).RawStringForWrite(ctx.slot_context(), ctx.db(), key);
  raw->SetRange(static_cast<size_t>(*offset), text);
  auto length = static_cast<int64_t>(raw->size());
  ctx.Changed(key, kEventString, "setrange");
  ctx.reply().Integer(length);
}

void Getrange(Context& ctx) {
  auto start = ctx.IntegerArg(2);
  if (!start) return;
  auto end = ctx.IntegerArg(3);
  if (!end) return;
  const store::Entry* entry = ctx.Read(ctx.Key(1));
  if (entry == nullptr) return ctx.reply().Bulk("");
  if (!entry->is_string()) return ctx.WrongType();
  store::Entry::Scratch scratch;
  std::string_view text = entry->StringBytes(scratch);
  auto length = static_cast<int64_t>(text.size());
  if (*start < 0 && *end < 0 && *start > *end) return ctx.reply().Bulk("");
  if (*start < 0) *start = std::max<int64_t>(0, *start + length);
  if (*end < 0) *end = std::max<int64_t>(0, *end + length);
  *end = std::min(*end, length - 1);
  if (*start > *end || length == 0) return ctx.reply().Bulk("");
  ctx.reply().Bulk(text.substr(static_cast<size_t>(*start), static_cast<size_t>(*end - *start + 1)));
}

}  // namespace dunlin::commands::string_commands
