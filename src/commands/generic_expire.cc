#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/context.h"
#include "commands/generic_rows.h"

namespace dunlin::commands::generic_commands {
namespace {

struct Conditions {
  bool none = false;     // NX: only when there is no expiry
  bool some = false;     // XX: only when there is one
  bool greater = false;  // GT
  bool less = false;     // LT
};

bool ParseConditions(Context& ctx, Conditions* c) {
  for (size_t i = 3; i < ctx.arg_count(); ++i) {
    if (EqualsIgnoreCase(ctx.arg(i), "nx")) {
      c->none = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "xx")) {
      c->some = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "gt")) {
      c->greater = true;
    } else if (EqualsIgnoreCase(ctx.arg(i), "lt")) {
      c->less = true;
    } else {
      ctx.reply().Error("ERR Unsupported option " + std::string(ctx.arg(i)));
      return false;
    }
  }
  if (c->none && (c->some || c->greater || c->less)) {
    ctx.reply().Error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return false;
  }
  if (c->greater && c->less) {
    ctx.reply().Error("ERR GT and LT options at the same time are not compatible");
    return false;
  }
  return true;
}

// A key without an expiry lives for ever, which is later than anything.
bool Allowed(const Conditions& c, int64_t present_ms, int64_t wanted_ms) {
  if (c.none && present_ms != store::kNoExpiry) return false;
  if (c.some && present_ms == store::kNoExpiry) return false;
  if (c.greater && (present_ms == store::kNoExpiry || wanted_ms <= present_ms)) return false;
  if (c.less && present_ms != store::kNoExpiry && wanted_ms >= present_ms) return false;
  return true;
}

void InvalidExpiry(Context& ctx) {
  ctx.reply().Error("ERR invalid expire time in '" + std::string(ctx.spec().name) + "' command");
}

void ExpireWith(Context& ctx, int64_t base_ms, bool seconds) {
  auto parsed = ctx.IntegerArg(2);
  if (!parsed) return;
  int64_t when_ms = *parsed;
  Conditions conditions;
  if (!ParseConditions(ctx, &conditions)) return;
  if (seconds) {
    if (when_ms > INT64_MAX / 1000 || when_ms < INT64_MIN / 1000) return InvalidExpiry(ctx);
    when_ms *= 1000;
  }
  if (when_ms > INT64_MAX - base_ms) return InvalidExpiry(ctx);
  when_ms += base_ms;
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Peek(key);
  if (entry == nullptr || !Allowed(conditions, entry->expire_at_ms(), when_ms)) return ctx.reply().Integer(0);
  if (when_ms <= ctx.now_ms() && ctx.frame().expiry == ExpiryRule::kDelete && !ctx.frame().from_primary) {
    ctx.Delete(key, ctx.settings().lazy_expire);
    ctx.Changed(key, kEventGeneric, "del");
    ctx.changes().TellInstead(ctx.db(), {ctx.settings().lazy_expire ? "UNLINK" : "DEL", std::string(key.bytes)});
    return ctx.reply().Integer(1);
  }
  // A moment before 1970 is as good as 1970.
  when_ms = std::max<int64_t>(when_ms, 0);
  ctx.SetExpiry(key, when_ms);
  ctx.Changed(key, kEventGeneric, "expire");
  ctx.changes().TellInstead(ctx.db(), {"PEXPIREAT", std::string(key.bytes), std::to_string(when_ms)});
  ctx.reply().Integer(1);
}

void ReplyTime(Context& ctx, bool milliseconds, bool absolute) {
  const store::Entry* entry = ctx.Peek(ctx.Key(1));
  if (entry == nullptr) return ctx.reply().Integer(-2);
  if (!entry->has_expiry()) return ctx.reply().Integer(-1);
  int64_t ms = entry->expire_at_ms();
  if (!absolute) ms = std::max<int64_t>(0, ms - ctx.now_ms());
  ctx.reply().Integer(milliseconds ? ms : (ms + 500) / 1000);
}

}  // namespace

void Expire(Context& ctx) { ExpireWith(ctx, ctx.now_ms(), true); }
void Pexpire(Context& ctx) { ExpireWith(ctx, ctx.now_ms(), false); }
void Expireat(Context& ctx) { ExpireWith(ctx, 0, true); }
void Pexpireat(Context& ctx) { ExpireWith(ctx, 0, false); }

void Ttl(Context& ctx) { ReplyTime(ctx, false, false); }
void Pttl(Context& ctx) { ReplyTime(ctx, true, false); }
void Expiretime(Context& ctx) { ReplyTime(ctx, false, true); }
void Pexpiretime(Context& ctx) { ReplyTime(ctx, true, true); }

void Persist(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Peek(key);
  if (entry == nullptr || !entry->has_expiry()) return ctx.reply().Integer(0);
  ctx.SetExpiry(key, store::kNoExpiry);
  ctx.Changed(key, kEventGeneric, "persist");
  ctx.reply().Integer(1);
}

}  // namespace dunlin::commands::generic_commands
