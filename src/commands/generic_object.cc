#include "commands/access.h"
#include "commands/context.h"
#include "commands/generic_rows.h"

namespace dunlin::commands::generic_commands {
namespace {

// The entry at argument 2, without counting as an access; otherwise replies nil.
const store::Entry* Entry(Context& ctx) {
  const store::Entry* entry = ctx.Peek(ctx.Key(2));
  if (entry == nullptr) ctx.reply().Null();
  return entry;
}

// Small integers are one object for all keys in Redis, and say so.
constexpr int64_t kSharedIntegers = 10000;

}  // namespace

void ObjectEncoding(Context& ctx) {
  if (const store::Entry* entry = Entry(ctx)) ctx.reply().Bulk(entry->EncodingName());
}

void ObjectFreq(Context& ctx) {
  const store::Entry* entry = Entry(ctx);
  if (entry == nullptr) return;
  if (!ctx.settings().lfu_policy) {
    return ctx.reply().Error(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching "
        "between "
        "policies at runtime LRU and LFU data will take some time to adjust.");
  }
  ctx.reply().Integer(FrequencyNow(entry->access(), ctx.now_ms(), ctx.settings().lfu_decay_minutes));
}

void ObjectIdletime(Context& ctx) {
  const store::Entry* entry = Entry(ctx);
  if (entry == nullptr) return;
  if (ctx.settings().lfu_policy) {
    return ctx.reply().Error(
        "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between "
        "policies at "
        "runtime LRU and LFU data will take some time to adjust.");
  }
  ctx.reply().Integer(IdleSeconds(entry->access(), ctx.now_ms()));
}

void ObjectRefcount(Context& ctx) {
  const store::Entry* entry = Entry(ctx);
  if (entry == nullptr) return;
  bool shared = ctx.settings().shares_integers && entry->is_integer() && entry->integer() >= 0 &&
                entry->integer() < kSharedIntegers;
  ctx.reply().Integer(shared ? INT32_MAX : 1);
}

void ObjectHelp(Context& ctx) {
  static constexpr std::string_view kLines[] = {
      "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "ENCODING <key>",
      "    How the value is kept in memory.",
      "FREQ <key>",
      "    How often the key is used, on a logarithmic scale (LFU policies only).",
      "IDLETIME <key>",
      "    For how many seconds nobody used the key.",
      "REFCOUNT <key>",
      "    How many share the value.",
      "HELP",
      "    Print this help.",
  };
  ctx.reply().Array(std::size(kLines));
  for (std::string_view line : kLines) ctx.reply().Simple(line);
}

}  // namespace dunlin::commands::generic_commands
