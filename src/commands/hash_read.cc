#include "base/ascii.h"
#include "commands/collection_scan.h"
#include "commands/hash_rows.h"
#include "commands/random_pick.h"

namespace dunlin::commands::hash_commands {
namespace {

using values::Hash;

// The hash at argument 1; `*ok` is false when an error was replied.
const Hash* Read(Context& ctx, bool* ok) {
  bool wrong_type;
  const Hash* hash = ctx.ReadAs<Hash>(ctx.Key(1), &wrong_type);
  *ok = !wrong_type;
  if (wrong_type) ctx.WrongType();
  return hash;
}

void ReplyValue(Context& ctx, const Hash* hash, std::string_view field) {
  if (hash != nullptr) {
    if (auto value = hash->Get(field)) return ctx.reply().Bulk(value->view());
  }
  ctx.reply().Null();
}

enum class Part : uint8_t { kField, kValue };

void ReplyParts(Context& ctx, Part part) {
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (!ok) return;
  ctx.reply().Array(hash == nullptr ? 0 : hash->size());
  if (hash == nullptr) return;
  hash->ForEach(
      [&](std::string_view field, std::string_view value) { ctx.reply().Bulk(part == Part::kField ? field : value); });
}

void ReplyRandomFields(Context& ctx, const Hash& hash, int64_t count, bool with_values) {
  resp::ReplyWriter& reply = ctx.reply();
  bool repeated = count < 0;
  uint64_t wanted = repeated ? 0 - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
  if (!repeated) wanted = std::min<uint64_t>(wanted, hash.size());
  reply.Array(with_values && !reply.resp3() ? wanted * 2 : wanted);
  auto write = [&](std::string_view field, std::string_view value) {
    if (with_values && reply.resp3()) reply.Array(2);
    reply.Bulk(field);
    if (with_values) reply.Bulk(value);
  };
  if (repeated) {
    PickRepeatedly(hash, wanted, ctx.random(), write);
  } else {
    PickDistinct(hash, wanted, ctx.random(), write);
  }
}

}  // namespace

void Hget(Context& ctx) {
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (ok) ReplyValue(ctx, hash, ctx.arg(2));
}

void Hmget(Context& ctx) {
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (!ok) return;
  ctx.reply().Array(ctx.arg_count() - 2);
  for (size_t i = 2; i < ctx.arg_count(); ++i) ReplyValue(ctx, hash, ctx.arg(i));
}

void Hexists(Context& ctx) {
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (ok) ctx.reply().Integer(hash != nullptr && hash->Contains(ctx.arg(2)) ? 1 : 0);
}

void Hlen(Context& ctx) {
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (ok) ctx.reply().Integer(hash == nullptr ? 0 : hash->size());
}

void Hstrlen(Context& ctx) {
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (!ok) return;
  auto value = hash == nullptr ? std::nullopt : hash->Get(ctx.arg(2));
  ctx.reply().Integer(value ? static_cast<int64_t>(value->size()) : 0);
}

void Hgetall(Context& ctx) {
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (!ok) return;
  ctx.reply().Map(hash == nullptr ? 0 : hash->size());
  if (hash == nullptr) return;
  hash->ForEach([&](std::string_view field, std::string_view value) {
    ctx.reply().Bulk(field);
    ctx.reply().Bulk(value);
  });
}

void Hkeys(Context& ctx) { ReplyParts(ctx, Part::kField); }
void Hvals(Context& ctx) { ReplyParts(ctx, Part::kValue); }

void Hscan(Context& ctx) {
  CollectionScan scan;
  if (!ParseScanCursor(ctx, &scan)) return;
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (!ok) return;
  if (hash == nullptr) return ReplyEmptyScan(ctx);
  if (!ParseScanOptions(ctx, &scan)) return;
  ReplyScan(ctx, scan, *hash,
            [](resp::ReplyWriter& reply, const CollectionScan& s, std::string_view field, std::string_view value) {
              if (!s.Shows(field)) return 0;
              reply.Bulk(field);
              reply.Bulk(value);
              return 2;
            });
}

void Hrandfield(Context& ctx) {
  std::optional<int64_t> count;
  if (ctx.arg_count() > 2) {
    count = ctx.IntegerArg(2, -INT64_MAX, INT64_MAX);
    if (!count) return;
  }
  bool with_values = ctx.arg_count() == 4 && EqualsIgnoreCase(ctx.arg(3), "withvalues");
  if (ctx.arg_count() > 3 && !with_values) return ctx.SyntaxError();
  if (with_values && (*count < -INT64_MAX / 2 || *count > INT64_MAX / 2)) {
    return ctx.reply().Error("ERR value is out of range");
  }
  bool ok;
  const Hash* hash = Read(ctx, &ok);
  if (!ok) return;
  if (hash == nullptr) return count ? ctx.reply().Array(0) : ctx.reply().Null();
  if (count) return ReplyRandomFields(ctx, *hash, *count, with_values);
  ctx.reply().Bulk(hash->RandomPair(ctx.random()).field.view());
}

}  // namespace dunlin::commands::hash_commands
