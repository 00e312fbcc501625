#include "commands/context.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

void Get(Context& ctx) {
  const store::Entry* entry = ctx.Read(ctx.Key(1));
  if (entry == nullptr) {
    ctx.reply().Null();
  } else if (!entry->is_string()) {
    ctx.WrongType();
  } else {
    store::Entry::Scratch scratch;
    ctx.reply().Bulk(entry->StringBytes(scratch));
  }
}

void Set(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  ctx.PutString(key, ctx.arg(2), store::kNoExpiry);
  ctx.Changed(key, kEventString, "set");
  ctx.reply().Ok();
}

constexpr KeySpec kReadKey[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kSetKey[] = {Key(kKeyRW | kKeyAccess | kKeyUpdate | kKeyVariable)};

constexpr CommandSpec kRows[] = {
    {.name = "get", .arity = 2, .flags = kReadonly | kFast, .categories = kAclString, .group = Group::kString, .keys = kReadKey,
     .handler = Get, .since = "1.0.0", .summary = "Gives the string at a key."},
    {.name = "set", .arity = -3, .flags = kWrite | kDenyOom, .categories = kAclString, .group = Group::kString, .keys = kSetKey,
     .handler = Set, .since = "1.0.0", .summary = "Sets a key to a string, whatever it held before."},
};

}  // namespace

std::span<const CommandSpec> StringCommands() { return kRows; }

}  // namespace dunlin::commands
