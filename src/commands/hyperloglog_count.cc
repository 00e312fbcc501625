#include "commands/hyperloglog_rows.h"
#include "commands/hyperloglog_strings.h"

namespace dunlin::commands::hyperloglog_commands {
namespace {

namespace hll = values::hyperloglog;

void MakeNew(Context& ctx, const store::KeyRef& key) {
  ctx.PutValue(key, values::Value(hll::New()), store::kNoExpiry);
  ctx.Event(kEventNew, "new", key);
}

// Merges what all keys from argument 1 on hold; those that are absent hold nothing. False when an error was replied.
bool MergeAll(Context& ctx, hll::Registers& registers, bool* any_dense) {
  for (size_t i = 1; i < ctx.arg_count(); ++i) {
    const store::Entry* entry = ctx.Read(ctx.Ref(ctx.arg(i)));
    if (entry == nullptr) continue;
    if (!HoldsHyperloglog(ctx, *entry)) return false;
    std::string_view bytes = HyperloglogBytes(*entry);
    *any_dense = *any_dense || hll::IsDense(bytes);
    if (!hll::MergeInto(registers, bytes)) {
      CorruptHyperloglog(ctx);
      return false;
    }
  }
  return true;
}

void CountOne(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Read(key);
  if (entry == nullptr) return ctx.reply().Integer(0);
  if (!HoldsHyperloglog(ctx, *entry)) return;
  std::string_view bytes = HyperloglogBytes(*entry);
  std::optional<uint64_t> count = hll::KnownCount(bytes);
  if (!count) {
    count = hll::Estimate(bytes);
    if (!count) return CorruptHyperloglog(ctx);
    hll::KeepCount(HyperloglogForWrite(ctx, key), *count);
    ctx.Touch(key);
    ctx.changes().Dirty();
  }
  ctx.reply().Integer(static_cast<int64_t>(*count));
}

}  // namespace

void Pfadd(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Write(key);
  int64_t changes = 0;
  if (entry == nullptr) {
    MakeNew(ctx, key);
    changes = 1;
  } else if (!HoldsHyperloglog(ctx, *entry)) {
    return;
  }
  values::RawString& string = HyperloglogForWrite(ctx, key);
  for (size_t i = 2; i < ctx.arg_count(); ++i) {
    switch (hll::Add(string, ctx.arg(i), ctx.settings().encoding.hll_sparse_max_bytes)) {
      case hll::Outcome::kUnchanged: break;
      case hll::Outcome::kChanged: ++changes; break;
      case hll::Outcome::kCorrupt: return CorruptHyperloglog(ctx);
    }
  }
  if (changes > 0) {
    hll::ForgetCount(string);
    ctx.Changed(key, kEventString, "pfadd", changes);
  }
  ctx.reply().Integer(changes > 0 ? 1 : 0);
}

void Pfcount(Context& ctx) {
  if (ctx.arg_count() == 2) return CountOne(ctx);
  hll::Registers registers{};
  bool any_dense = false;
  if (MergeAll(ctx, registers, &any_dense)) ctx.reply().Integer(static_cast<int64_t>(hll::Estimate(registers)));
}

void Pfmerge(Context& ctx) {
  hll::Registers registers{};
  bool any_dense = false;
  if (!MergeAll(ctx, registers, &any_dense)) return;
  const store::KeyRef& key = ctx.Key(1);
  if (ctx.Write(key) == nullptr) MakeNew(ctx, key);
  values::RawString& string = HyperloglogForWrite(ctx, key);
  if (any_dense && !hll::BecomeDense(string)) return CorruptHyperloglog(ctx);
  for (size_t i = 0; i < registers.size(); ++i) {
    if (registers[i] > 0) hll::Raise(string, i, registers[i], ctx.settings().encoding.hll_sparse_max_bytes);
  }
  hll::ForgetCount(string);
  ctx.Changed(key, kEventString, "pfadd");
  ctx.reply().Ok();
}

}  // namespace dunlin::commands::hyperloglog_commands
