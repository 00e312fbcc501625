#include "commands/collection.h"
#include "commands/collection_scan.h"
#include "commands/set_rows.h"

namespace dunlin::commands::set_commands {
namespace {

using values::Set;

uint64_t Seed(Context& ctx) { return ctx.slot_context().hash_seed; }

// The set at argument 1; `*ok` is false when an error was replied.
const Set* Read(Context& ctx, bool* ok) {
  bool wrong_type;
  const Set* set = ctx.ReadAs<Set>(ctx.Key(1), &wrong_type);
  *ok = !wrong_type;
  if (wrong_type) ctx.WrongType();
  return set;
}

bool IsSet(const store::Entry* entry) { return entry == nullptr || entry->type() == values::Type::kSet; }

}  // namespace

void Sadd(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Set* set = ctx.WriteOrCreate<Set>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  const values::EncodingLimits& limits = ctx.settings().encoding;
  auto members = ctx.args().subspan(2);
  set->PrepareToAdd(members[0], members.size(), limits, Seed(ctx));
  int64_t added = 0;
  for (std::string_view member : members) added += set->Add(member, limits, Seed(ctx));
  if (added > 0) ctx.Changed(key, kEventSet, "sadd", added);
  ctx.reply().Integer(added);
}

void Srem(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Set* set = ctx.WriteAs<Set>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  int64_t removed = 0;
  for (size_t i = 2; set != nullptr && i < ctx.arg_count(); ++i) removed += set->Remove(ctx.arg(i));
  if (removed > 0) NoteRemoval(ctx, key, *set, kEventSet, "srem", removed);
  ctx.reply().Integer(removed);
}

void Smove(Context& ctx) {
  const store::KeyRef from = ctx.Ref(ctx.arg(1));
  const store::KeyRef to = ctx.Ref(ctx.arg(2));
  std::string_view member = ctx.arg(3);
  const store::Entry* source = ctx.Peek(from);
  const store::Entry* target = ctx.Peek(to);
  if (source == nullptr) return ctx.reply().Integer(0);
  if (!IsSet(source) || !IsSet(target)) return ctx.WrongType();
  if (source == target) return ctx.reply().Integer(source->As<Set>().Contains(member) ? 1 : 0);
  bool wrong_type;
  Set* set = ctx.WriteAs<Set>(from, &wrong_type);
  if (!set->Remove(member)) return ctx.reply().Integer(0);
  NoteRemoval(ctx, from, *set, kEventSet, "srem", 1);
  const values::EncodingLimits& limits = ctx.settings().encoding;
  set = ctx.WriteOrCreate<Set>(to, &wrong_type);
  set->PrepareToAdd(member, 1, limits, Seed(ctx));
  if (set->Add(member, limits, Seed(ctx))) ctx.Changed(to, kEventSet, "sadd");
  ctx.reply().Integer(1);
}

void Sismember(Context& ctx) {
  bool ok;
  const Set* set = Read(ctx, &ok);
  if (ok) ctx.reply().Integer(set != nullptr && set->Contains(ctx.arg(2)) ? 1 : 0);
}

void Smismember(Context& ctx) {
  bool ok;
  const Set* set = Read(ctx, &ok);
  if (!ok) return;
  ctx.reply().Array(ctx.arg_count() - 2);
  for (size_t i = 2; i < ctx.arg_count(); ++i) {
    ctx.reply().Integer(set != nullptr && set->Contains(ctx.arg(i)) ? 1 : 0);
  }
}

void Scard(Context& ctx) {
  bool ok;
  const Set* set = Read(ctx, &ok);
  if (ok) ctx.reply().Integer(set == nullptr ? 0 : set->size());
}

void Smembers(Context& ctx) {
  bool ok;
  const Set* set = Read(ctx, &ok);
  if (!ok) return;
  ctx.reply().Set(set == nullptr ? 0 : set->size());
  if (set != nullptr) set->ForEach([&](std::string_view member) { ctx.reply().Bulk(member); });
}

void Sscan(Context& ctx) {
  CollectionScan scan;
  if (!ParseScanCursor(ctx, &scan)) return;
  bool ok;
  const Set* set = Read(ctx, &ok);
  if (!ok) return;
  if (set == nullptr) return ReplyEmptyScan(ctx);
  if (!ParseScanOptions(ctx, &scan)) return;
  ReplyScan(ctx, scan, *set, [](resp::ReplyWriter& reply, const CollectionScan& s, std::string_view member) {
    if (!s.Shows(member)) return 0;
    reply.Bulk(member);
    return 1;
  });
}

}  // namespace dunlin::commands::set_commands
