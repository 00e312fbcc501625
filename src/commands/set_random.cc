#include "commands/collection.h"
#include "commands/random_pick.h"
#include "commands/set_rows.h"

namespace dunlin::commands::set_commands {
namespace {

using values::Set;

void PopOne(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Set* set = ctx.WriteAs<Set>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (set == nullptr) return ctx.reply().Null();
  std::string member = set->RandomMember(ctx.random()).ToString();
  ctx.reply().Bulk(member);
  set->Remove(member);
  // Told as its outcome: others would pick another member.
  ctx.changes().TellInstead(ctx.db(), {"SREM", std::string(key.bytes), std::move(member)});
  NoteRemoval(ctx, key, *set, kEventSet, "spop", 1);
}

void PopAll(Context& ctx, const store::KeyRef& key, Set& set) {
  auto size = static_cast<int64_t>(set.size());
  ctx.reply().Set(set.size());
  set.ForEach([&](std::string_view member) { ctx.reply().Bulk(member); });
  set.Clear();
  ctx.changes().TellInstead(ctx.db(), {ctx.settings().lazy_server_delete ? "UNLINK" : "DEL", std::string(key.bytes)});
  NoteRemoval(ctx, key, set, kEventSet, "spop", size);
}

// Takes `popped` members out of the set.
void RemoveAll(Context& ctx, Set& set, const std::vector<std::string>& popped) {
  // When few stay, they make a set of their own, which may be small again.
  constexpr size_t kFewShare = 5;
  for (const std::string& member : popped) set.Remove(member);
  uint64_t left = set.size();
  if (left * kFewShare > popped.size()) return;
  Set kept;
  bool first = true;
  set.ForEach([&](std::string_view member) {
    if (first) kept.PrepareToAdd(member, left, ctx.settings().encoding, ctx.slot_context().hash_seed);
    kept.Add(member, ctx.settings().encoding, ctx.slot_context().hash_seed);
    first = false;
  });
  set = std::move(kept);
}

void TellRemoved(Context& ctx, const store::KeyRef& key, std::vector<std::string> popped) {
  constexpr size_t kMembersPerCommand = 1024;
  for (size_t at = 0; at < popped.size(); at += kMembersPerCommand) {
    size_t end = std::min(popped.size(), at + kMembersPerCommand);
    std::vector<std::string> told = {"SREM", std::string(key.bytes)};
    for (size_t i = at; i < end; ++i) told.push_back(std::move(popped[i]));
    ctx.changes().TellInstead(ctx.db(), std::move(told));
  }
}

void PopSome(Context& ctx) {
  auto count = ctx.IntegerArg(2, 0, INT64_MAX);
  if (!count) return;
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Set* set = ctx.WriteAs<Set>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (set == nullptr || *count == 0) return ctx.reply().Set(0);
  if (static_cast<uint64_t>(*count) >= set->size()) return PopAll(ctx, key, *set);
  std::vector<std::string> popped;
  popped.reserve(static_cast<size_t>(*count));
  PickDistinct(*set, static_cast<uint64_t>(*count), ctx.random(),
               [&](std::string_view member) { popped.emplace_back(member); });
  ctx.reply().Set(popped.size());
  for (const std::string& member : popped) ctx.reply().Bulk(member);
  RemoveAll(ctx, *set, popped);
  TellRemoved(ctx, key, std::move(popped));
  NoteRemoval(ctx, key, *set, kEventSet, "spop", *count);
}

void ReplyRandomMembers(Context& ctx, const Set& set, int64_t count) {
  bool repeated = count < 0;
  uint64_t wanted = repeated ? 0 - static_cast<uint64_t>(count) : static_cast<uint64_t>(count);
  if (!repeated) wanted = std::min<uint64_t>(wanted, set.size());
  ctx.reply().Array(wanted);
  auto write = [&](std::string_view member) { ctx.reply().Bulk(member); };
  if (repeated) {
    PickRepeatedly(set, wanted, ctx.random(), write);
  } else {
    PickDistinct(set, wanted, ctx.random(), write);
  }
}

}  // namespace

void Spop(Context& ctx) {
  if (ctx.arg_count() > 3) return ctx.SyntaxError();
  ctx.arg_count() == 3 ? PopSome(ctx) : PopOne(ctx);
}

void Srandmember(Context& ctx) {
  if (ctx.arg_count() > 3) return ctx.SyntaxError();
  std::optional<int64_t> count;
  if (ctx.arg_count() == 3) {
    count = ctx.IntegerArg(2, -INT64_MAX, INT64_MAX);
    if (!count) return;
  }
  bool wrong_type;
  const Set* set = ctx.ReadAs<Set>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (set == nullptr) return count ? ctx.reply().Array(0) : ctx.reply().Null();
  if (count) return ReplyRandomMembers(ctx, *set, *count);
  ctx.reply().Bulk(set->RandomMember(ctx.random()).view());
}

}  // namespace dunlin::commands::set_commands
