#include <cmath>

#include "base/numbers.h"
#include "commands/collection.h"
#include "commands/hash_rows.h"

namespace dunlin::commands::hash_commands {
namespace {

using values::Hash;

uint64_t Seed(Context& ctx) { return ctx.slot_context().hash_seed; }

// HSET without its reply: how many fields are new, or nothing when an error was replied.
std::optional<int64_t> SetFields(Context& ctx) {
  if (ctx.arg_count() % 2 != 0) {
    ctx.WrongArity();
    return std::nullopt;
  }
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Hash* hash = ctx.WriteOrCreate<Hash>(key, &wrong_type);
  if (wrong_type) {
    ctx.WrongType();
    return std::nullopt;
  }
  const values::EncodingLimits& limits = ctx.settings().encoding;
  auto pairs = ctx.args().subspan(2);
  hash->PrepareToSet(pairs, limits, Seed(ctx));
  int64_t added = 0;
  for (size_t i = 0; i < pairs.size(); i += 2) added += hash->Set(pairs[i], pairs[i + 1], limits, Seed(ctx));
  ctx.Changed(key, kEventHash, "hset", static_cast<int64_t>(pairs.size() / 2));
  return added;
}

}  // namespace

void Hset(Context& ctx) {
  if (auto added = SetFields(ctx)) ctx.reply().Integer(*added);
}

void Hmset(Context& ctx) {
  if (SetFields(ctx)) ctx.reply().Ok();
}

void Hsetnx(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Hash* hash = ctx.WriteOrCreate<Hash>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (hash->Contains(ctx.arg(2))) return ctx.reply().Integer(0);
  hash->Set(ctx.arg(2), ctx.arg(3), ctx.settings().encoding, Seed(ctx));
  ctx.Changed(key, kEventHash, "hset");
  ctx.reply().Integer(1);
}

void Hincrby(Context& ctx) {
  auto delta = ctx.IntegerArg(3);
  if (!delta) return;
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Hash* hash = ctx.WriteOrCreate<Hash>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  int64_t value = 0;
  if (auto present = hash->Get(ctx.arg(2))) {
    auto parsed = present->is_integer() ? present->integer() : ParseInt64(present->view());
    if (!parsed) return ctx.reply().Error("ERR hash value is not an integer");
    value = *parsed;
  }
  if (__builtin_add_overflow(value, *delta, &value)) {
    return ctx.reply().Error("ERR increment or decrement would overflow");
  }
  hash->Set(ctx.arg(2), values::Element(value).view(), ctx.settings().encoding, Seed(ctx));
  ctx.Changed(key, kEventHash, "hincrby");
  ctx.reply().Integer(value);
}

void Hincrbyfloat(Context& ctx) {
  auto delta = ParseLongDouble(ctx.arg(3));
  if (!delta) return ctx.reply().Error("ERR value is not a valid float");
  if (std::isinf(*delta)) return ctx.reply().Error("ERR value is NaN or Infinity");
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Hash* hash = ctx.WriteOrCreate<Hash>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  long double value = 0;
  if (auto present = hash->Get(ctx.arg(2))) {
    auto parsed = ParseLongDouble(present->view());
    if (!parsed) return ctx.reply().Error("ERR hash value is not a float");
    value = *parsed;
  }
  value += *delta;
  if (std::isnan(value) || std::isinf(value)) {
    return ctx.reply().Error("ERR increment would produce NaN or Infinity");
  }
  std::string text = FormatLongDouble(value);
  hash->Set(ctx.arg(2), text, ctx.settings().encoding, Seed(ctx));
  ctx.Changed(key, kEventHash, "hincrbyfloat");
  // Told as its result: other machines round in other ways.
  ctx.changes().TellInstead(ctx.db(), {"HSET", std::string(key.bytes), std::string(ctx.arg(2)), text});
  ctx.reply().Bulk(text);
}

void Hdel(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Hash* hash = ctx.WriteAs<Hash>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  int64_t deleted = 0;
  for (size_t i = 2; hash != nullptr && i < ctx.arg_count(); ++i) deleted += hash->Erase(ctx.arg(i));
  if (deleted > 0) NoteRemoval(ctx, key, *hash, kEventHash, "hdel", deleted);
  ctx.reply().Integer(deleted);
}

}  // namespace dunlin::commands::hash_commands
