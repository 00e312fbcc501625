// DUMP, RESTORE and RESTORE-ASKING: values as bytes.
#include "snapshot/dump.h"

#include "base/ascii.h"
#include "base/numbers.h"
#include "commands/access.h"
#include "commands/context.h"
#include "commands/table.h"
#include "snapshot/entry_record.h"

namespace dunlin::commands {
namespace {

void Dump(Context& ctx) {
  const store::Entry* entry = ctx.Peek(ctx.Key(1));
  if (entry == nullptr) {
    ctx.reply().Null();
    return;
  }
  std::string payload;
  snapshot::AppendDump(payload, snapshot::RefOf(*entry), {.version = ctx.settings().rdb_version});
  ctx.reply().Bulk(payload);
}

struct RestoreOptions {
  bool replace = false;
  bool absolute_ttl = false;
  std::optional<int64_t> idle_seconds;
  std::optional<int64_t> frequency;
};

// False when an error was replied.
bool ParseOptions(Context& ctx, RestoreOptions* options) {
  for (size_t i = 4; i < ctx.arg_count(); ++i) {
    std::string_view word = ctx.arg(i);
    bool has_value = i + 1 < ctx.arg_count();
    if (EqualsIgnoreCase(word, "replace")) {
      options->replace = true;
    } else if (EqualsIgnoreCase(word, "absttl")) {
      options->absolute_ttl = true;
    } else if (EqualsIgnoreCase(word, "idletime") && has_value && !options->frequency) {
      auto value = ctx.IntegerArg(++i);
      if (!value) return false;
      if (*value < 0) {
        ctx.reply().Error("ERR Invalid IDLETIME value, must be >= 0");
        return false;
      }
      options->idle_seconds = value;
    } else if (EqualsIgnoreCase(word, "freq") && has_value && !options->idle_seconds) {
      auto value = ctx.IntegerArg(++i);
      if (!value) return false;
      if (*value < 0 || *value > 255) {
        ctx.reply().Error("ERR Invalid FREQ value, must be >= 0 and <= 255");
        return false;
      }
      options->frequency = value;
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  return true;
}

void SetAccess(Context& ctx, const store::KeyRef& key, const RestoreOptions& options) {
  store::Entry* entry = ctx.SlotOf(key).Find(ctx.db(), key);
  if (options.frequency && ctx.settings().lfu_policy) {
    entry->set_access(FrequencyBits(ctx.now_ms(), static_cast<uint32_t>(*options.frequency)));
  } else if (options.idle_seconds && !ctx.settings().lfu_policy) {
    entry->set_access(AccessClock(ctx.now_ms() - *options.idle_seconds * 1000));
  }
}

// What replicas are told: the time to live as a moment.
void TellRestore(Context& ctx, const RestoreOptions& options, int64_t expire_at_ms) {
  if (expire_at_ms == store::kNoExpiry || options.absolute_ttl) return;
  std::vector<std::string> args(ctx.args().begin(), ctx.args().end());
  args[2] = std::to_string(expire_at_ms);
  args.emplace_back("ABSTTL");
  ctx.changes().TellInstead(ctx.db(), std::move(args));
}

void Restore(Context& ctx) {
  RestoreOptions options;
  if (!ParseOptions(ctx, &options)) return;
  const store::KeyRef& key = ctx.Key(1);
  bool present = ctx.Peek(key) != nullptr;
  if (present && !options.replace) {
    ctx.reply().Error("BUSYKEY Target key name already exists.");
    return;
  }
  auto ttl_ms = ctx.IntegerArg(2);
  if (!ttl_ms) return;
  if (*ttl_ms < 0) {
    ctx.reply().Error("ERR Invalid TTL value, must be >= 0");
    return;
  }
  snapshot::DecodeOptions decode;
  decode.limits = ctx.settings().encoding;
  decode.hash_seed = ctx.slot_context().hash_seed;
  auto value = snapshot::DecodeDump(ctx.arg(3), decode, !ctx.settings().skip_checksums);
  if (!value) {
    ctx.changes().Note("RESTORE of a bad payload: " + value.error().message());
    bool footer = value.error().code() == StatusCode::kInvalidArgument;
    ctx.reply().Error("ERR " + std::string(footer ? snapshot::kDumpFooterWrong : snapshot::kDumpValueWrong));
    return;
  }
  bool deleted = present && ctx.Delete(key);
  int64_t expire_at_ms = store::kNoExpiry;
  if (*ttl_ms > 0) expire_at_ms = options.absolute_ttl ? *ttl_ms : ctx.now_ms() + *ttl_ms;
  if (expire_at_ms != store::kNoExpiry && expire_at_ms < ctx.now_ms() && !ctx.frame().from_primary &&
      ctx.frame().expiry == ExpiryRule::kDelete) {
    // Dead on arrival.
    if (deleted) {
      ctx.Changed(key, kEventGeneric, "del");
      ctx.changes().TellInstead(ctx.db(),
                                {ctx.settings().lazy_server_delete ? "UNLINK" : "DEL", std::string(key.bytes)});
    }
    ctx.reply().Ok();
    return;
  }
  ctx.PutValue(key, std::move(*value), expire_at_ms);
  SetAccess(ctx, key, options);
  TellRestore(ctx, options, expire_at_ms);
  ctx.Event(kEventNew, "new", key);
  ctx.Changed(key, kEventGeneric, "restore");
  ctx.reply().Ok();
}

constexpr KeySpec kDumpKey[] = {Key(kKeyRO | kKeyAccess)};
constexpr KeySpec kRestoreKey[] = {Key(kKeyOW | kKeyUpdate)};

constexpr CommandSpec kRows[] = {
    {.name = "dump",
     .arity = 2,
     .flags = kReadonly,
     .categories = kAclKeyspace,
     .group = Group::kGeneric,
     .keys = kDumpKey,
     .handler = Dump,
     .since = "2.6.0",
     .summary = "Gives the value at a key as bytes that RESTORE understands."},
    {.name = "restore",
     .arity = -4,
     .flags = kWrite | kDenyOom,
     .categories = kAclKeyspace | kAclDangerous,
     .group = Group::kGeneric,
     .keys = kRestoreKey,
     .handler = Restore,
     .since = "2.6.0",
     .summary = "Sets a key to a value that DUMP gave."},
    {.name = "restore-asking",
     .arity = -4,
     .flags = kWrite | kDenyOom | kAsking,
     .categories = kAclKeyspace | kAclDangerous,
     .group = Group::kServer,
     .keys = kRestoreKey,
     .handler = Restore,
     .since = "3.0.0",
     .summary = "RESTORE into a slot that is being imported. For servers."},
};

}  // namespace

std::span<const CommandSpec> DumpCommands() { return kRows; }

}  // namespace dunlin::commands
