#include "commands/string_set.h"

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/string_rows.h"

namespace dunlin::commands {
namespace {

void InvalidExpiry(Context& ctx) {
  ctx.reply().Error("ERR invalid expire time in '" + AsciiLowered(ctx.arg(0)) + "' command");
}

struct SetOptions {
  bool only_new = false;
  bool only_existing = false;
  bool get = false;
  bool keep_ttl = false;
  bool persist = false;  // GETEX
  std::optional<int64_t> expire_at_ms;
  bool relative = false;  // given from now on: told as a moment
  size_t expiry_arg = 0;
  TimeUnit unit = TimeUnit::kSeconds;
  bool absolute = false;
};

// The four ways to give an expiry. False when `word` is none of them.
bool IsExpiryWord(std::string_view word, TimeUnit* unit, bool* absolute) {
  if (EqualsIgnoreCase(word, "ex")) {
    *unit = TimeUnit::kSeconds;
    *absolute = false;
  } else if (EqualsIgnoreCase(word, "px")) {
    *unit = TimeUnit::kMilliseconds;
    *absolute = false;
  } else if (EqualsIgnoreCase(word, "exat")) {
    *unit = TimeUnit::kSeconds;
    *absolute = true;
  } else if (EqualsIgnoreCase(word, "pxat")) {
    *unit = TimeUnit::kMilliseconds;
    *absolute = true;
  } else {
    return false;
  }
  return true;
}

// Reads options from argument `from` on; `getex` allows PERSIST and forbids what only SET has. Replies the error.
bool ParseOptions(Context& ctx, size_t from, bool getex, SetOptions* o) {
  for (size_t i = from; i < ctx.arg_count(); ++i) {
    std::string_view word = ctx.arg(i);
    bool time_given = o->expiry_arg != 0 || o->keep_ttl || o->persist;
    if (!getex && EqualsIgnoreCase(word, "nx") && !o->only_existing) {
      o->only_new = true;
    } else if (!getex && EqualsIgnoreCase(word, "xx") && !o->only_new) {
      o->only_existing = true;
    } else if (!getex && EqualsIgnoreCase(word, "get")) {
      o->get = true;
    } else if (!getex && EqualsIgnoreCase(word, "keepttl") && !time_given) {
      o->keep_ttl = true;
    } else if (getex && EqualsIgnoreCase(word, "persist") && !time_given) {
      o->persist = true;
    } else if (!time_given && i + 1 < ctx.arg_count() && IsExpiryWord(word, &o->unit, &o->absolute)) {
      o->expiry_arg = ++i;
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  return true;
}

bool ResolveExpiry(Context& ctx, SetOptions* o) {
  if (o->expiry_arg == 0) return true;
  o->expire_at_ms = ExpiryMoment(ctx, ctx.arg(o->expiry_arg), o->unit, o->absolute);
  return o->expire_at_ms.has_value();
}

bool ReplyString(Context& ctx, const store::Entry* entry) {
  if (entry == nullptr) {
    ctx.reply().Null();
    return true;
  }
  if (!entry->is_string()) {
    ctx.WrongType();
    return false;
  }
  store::Entry::Scratch scratch;
  ctx.reply().Bulk(entry->StringBytes(scratch));
  return true;
}

// SET with everything decided: `expire_at_ms` may be kNoExpiry.
void Put(Context& ctx, const store::KeyRef& key, std::string_view value, int64_t expire_at_ms, bool expiry_given) {
  bool was_there = ctx.Peek(key) != nullptr;
  ctx.PutString(key, value, expire_at_ms);
  if (!was_there) ctx.Event(kEventNew, "new", key);
  ctx.Changed(key, kEventString, "set");
  if (expiry_given) ctx.Event(kEventGeneric, "expire", key);
}

void TellSet(Context& ctx, const store::KeyRef& key, std::string_view value, int64_t expire_at_ms) {
  ctx.changes().TellInstead(ctx.db(),
                            {"SET", std::string(key.bytes), std::string(value), "PXAT", std::to_string(expire_at_ms)});
}

void Set(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  if (ctx.arg_count() == 3 && !ctx.changes().Wants(kEventNew)) [[likely]] {
    ctx.PutString(key, ctx.arg(2), store::kNoExpiry);
    ctx.Changed(key, kEventString, "set");
    ctx.reply().Ok();
    return;
  }
  SetOptions o;
  if (!ParseOptions(ctx, 3, false, &o) || !ResolveExpiry(ctx, &o)) return;
  const store::Entry* present = o.get ? ctx.Read(key) : ctx.Peek(key);
  if (o.get && !ReplyString(ctx, present)) return;
  if ((o.only_new && present != nullptr) || (o.only_existing && present == nullptr)) {
    if (!o.get) ctx.reply().Null();
    return;
  }
  int64_t expire_at_ms = o.expire_at_ms.value_or(store::kNoExpiry);
  if (o.keep_ttl && present != nullptr) expire_at_ms = present->expire_at_ms();
  if (o.expire_at_ms && *o.expire_at_ms < ctx.now_ms() && !ctx.frame().from_primary &&
      ctx.frame().expiry == ExpiryRule::kDelete) {
    // In the past: what was there goes.
    if (ctx.Delete(key)) {
      ctx.Changed(key, kEventGeneric, "del");
      ctx.changes().TellInstead(ctx.db(), {ctx.settings().lazy_expire ? "UNLINK" : "DEL", std::string(key.bytes)});
    }
    if (!o.get) ctx.reply().Ok();
    return;
  }
  Put(ctx, key, ctx.arg(2), expire_at_ms, o.expire_at_ms.has_value());
  if (o.expire_at_ms) {
    bool is_moment_already = o.absolute && o.unit == TimeUnit::kMilliseconds;
    if (!is_moment_already) TellSet(ctx, key, ctx.arg(2), *o.expire_at_ms);
  } else if (o.get) {
    // Whoever is told has no use for the answer.
    std::vector<std::string> told;
    for (size_t i = 0; i < ctx.arg_count(); ++i) {
      if (i < 3 || !EqualsIgnoreCase(ctx.arg(i), "get")) told.emplace_back(ctx.arg(i));
    }
    ctx.changes().TellInstead(ctx.db(), std::move(told));
  }
  if (!o.get) ctx.reply().Ok();
}

void SetWithExpiry(Context& ctx, TimeUnit unit) {
  auto expire_at_ms = ExpiryMoment(ctx, ctx.arg(2), unit, false);
  if (!expire_at_ms) return;
  const store::KeyRef& key = ctx.Key(1);
  Put(ctx, key, ctx.arg(3), *expire_at_ms, true);
  TellSet(ctx, key, ctx.arg(3), *expire_at_ms);
  ctx.reply().Ok();
}

}  // namespace

std::optional<int64_t> ExpiryMoment(Context& ctx, std::string_view text, TimeUnit unit, bool absolute) {
  auto value = ParseInt64(text);
  if (!value) {
    ctx.reply().Error("ERR value is not an integer or out of range");
    return std::nullopt;
  }
  int64_t ms = *value;
  if (ms <= 0 || (unit == TimeUnit::kSeconds && ms > INT64_MAX / 1000)) {
    InvalidExpiry(ctx);
    return std::nullopt;
  }
  if (unit == TimeUnit::kSeconds) ms *= 1000;
  if (!absolute && ms > INT64_MAX - ctx.now_ms()) {
    InvalidExpiry(ctx);
    return std::nullopt;
  }
  return absolute ? ms : ms + ctx.now_ms();
}

namespace string_commands {

void Get(Context& ctx) { ReplyString(ctx, ctx.Read(ctx.Key(1))); }

void SetKey(Context& ctx) { Set(ctx); }

void Setex(Context& ctx) { SetWithExpiry(ctx, TimeUnit::kSeconds); }
void Psetex(Context& ctx) { SetWithExpiry(ctx, TimeUnit::kMilliseconds); }

void Setnx(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  if (ctx.Peek(key) != nullptr) {
    ctx.reply().Integer(0);
    return;
  }
  Put(ctx, key, ctx.arg(2), store::kNoExpiry, false);
  ctx.reply().Integer(1);
}

void Getset(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  if (!ReplyString(ctx, ctx.Read(key))) return;
  Put(ctx, key, ctx.arg(2), store::kNoExpiry, false);
  ctx.changes().TellInstead(ctx.db(), {"SET", std::string(key.bytes), std::string(ctx.arg(2))});
}

void Getdel(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Read(key);
  if (!ReplyString(ctx, entry) || entry == nullptr) return;
  ctx.Delete(key);
  ctx.Changed(key, kEventGeneric, "del");
  ctx.changes().TellInstead(ctx.db(), {ctx.settings().lazy_user_delete ? "UNLINK" : "DEL", std::string(key.bytes)});
}

void Getex(Context& ctx) {
  SetOptions o;
  if (!ParseOptions(ctx, 2, true, &o)) return;
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Read(key);
  if (entry == nullptr || !entry->is_string()) {
    ReplyString(ctx, entry);
    return;
  }
  if (!ResolveExpiry(ctx, &o)) return;
  ReplyString(ctx, entry);
  if (o.expire_at_ms && *o.expire_at_ms < ctx.now_ms() && !ctx.frame().from_primary &&
      ctx.frame().expiry == ExpiryRule::kDelete) {
    ctx.Delete(key);
    ctx.Changed(key, kEventGeneric, "del");
    ctx.changes().TellInstead(ctx.db(), {ctx.settings().lazy_expire ? "UNLINK" : "DEL", std::string(key.bytes)});
  } else if (o.expire_at_ms) {
    ctx.SetExpiry(key, *o.expire_at_ms);
    ctx.Changed(key, kEventGeneric, "expire");
    ctx.changes().TellInstead(ctx.db(), {"PEXPIREAT", std::string(key.bytes), std::to_string(*o.expire_at_ms)});
  } else if (o.persist && entry->has_expiry()) {
    ctx.SetExpiry(key, store::kNoExpiry);
    ctx.Changed(key, kEventGeneric, "persist");
    ctx.changes().TellInstead(ctx.db(), {"PERSIST", std::string(key.bytes)});
  }
}

void Mget(Context& ctx) {
  ctx.reply().Array(ctx.arg_count() - 1);
  store::Entry::Scratch scratch;
  for (size_t i = 1; i < ctx.arg_count(); ++i) {
    const store::Entry* entry = ctx.Read(ctx.Key(i));
    if (entry == nullptr || !entry->is_string()) {
      ctx.reply().Null();
    } else {
      ctx.reply().Bulk(entry->StringBytes(scratch));
    }
  }
}

void Mset(Context& ctx) {
  if (ctx.arg_count() % 2 == 0) {
    ctx.WrongArity();
    return;
  }
  for (size_t i = 1; i < ctx.arg_count(); i += 2) Put(ctx, ctx.Key(i), ctx.arg(i + 1), store::kNoExpiry, false);
  ctx.reply().Ok();
}

void Msetnx(Context& ctx) {
  if (ctx.arg_count() % 2 == 0) {
    ctx.WrongArity();
    return;
  }
  for (size_t i = 1; i < ctx.arg_count(); i += 2) {
    if (ctx.Peek(ctx.Key(i)) != nullptr) {
      ctx.reply().Integer(0);
      return;
    }
  }
  for (size_t i = 1; i < ctx.arg_count(); i += 2) Put(ctx, ctx.Key(i), ctx.arg(i + 1), store::kNoExpiry, false);
  ctx.reply().Integer(1);
}

}  // namespace string_commands
}  // namespace dunlin::commands
