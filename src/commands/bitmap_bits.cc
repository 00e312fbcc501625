#include "base/ascii.h"
#include "commands/bitmap_rows.h"
#include "values/bits.h"

namespace dunlin::commands::bitmap_commands {
namespace {

// The string at a key, for reading; empty when there is none. Otherwise replies the error.
class ReadString {
 public:
  ReadString(Context& ctx, const store::KeyRef& key) {
    const store::Entry* entry = ctx.Read(key);
    present_ = entry != nullptr;
    if (!present_) return;
    failed_ = !entry->is_string();
    failed_ ? ctx.WrongType() : void(text_ = entry->StringBytes(scratch_));
  }
  bool failed() const { return failed_; }
  bool present() const { return present_; }
  // Good as long as this is.
  std::string_view text() const { return text_; }

 private:
  bool present_;
  bool failed_ = false;
  store::Entry::Scratch scratch_;
  std::string_view text_;
};

// The bits, of `bytes` bytes, that two indexes say, both included; negative ones count from the end. Empty when they
// say none.
struct BitRange {
  uint64_t first = 0;
  uint64_t end = 0;
};
BitRange RangeOf(int64_t start, int64_t stop, size_t bytes, bool in_bits) {
  auto total = static_cast<int64_t>(in_bits ? bytes * 8 : bytes);
  if (start < 0) start = std::max<int64_t>(0, start + total);
  if (stop < 0) stop = std::max<int64_t>(0, stop + total);
  stop = std::min(stop, total - 1);
  if (start > stop) return {};
  uint64_t unit = in_bits ? 1 : 8;
  return {static_cast<uint64_t>(start) * unit, (static_cast<uint64_t>(stop) + 1) * unit};
}

// Whether argument i says BIT; otherwise replies the error unless it says BYTE.
std::optional<bool> UnitArg(Context& ctx, size_t i) {
  if (EqualsIgnoreCase(ctx.arg(i), "bit")) return true;
  if (EqualsIgnoreCase(ctx.arg(i), "byte")) return false;
  ctx.SyntaxError();
  return std::nullopt;
}

std::optional<values::BitOperation> OperationArg(Context& ctx) {
  using values::BitOperation;
  constexpr std::pair<std::string_view, BitOperation> kNames[] = {
      {"and", BitOperation::kAnd}, {"or", BitOperation::kOr}, {"xor", BitOperation::kXor}, {"not", BitOperation::kNot}};
  for (const auto& [name, operation] : kNames) {
    if (!EqualsIgnoreCase(ctx.arg(1), name)) continue;
    if (operation != BitOperation::kNot || ctx.arg_count() == 4) return operation;
    ctx.reply().Error("ERR BITOP NOT must be called with a single source key.");
    return std::nullopt;
  }
  ctx.SyntaxError();
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> BitOffset(Context& ctx, std::string_view text, int64_t factor) {
  auto offset = ParseInt64(text);
  int64_t bits;
  bool fits = offset && !__builtin_mul_overflow(*offset, factor, &bits) && bits >= 0 &&
              (ctx.frame().from_primary || bits / 8 < ctx.settings().max_bulk_bytes);
  if (fits) return static_cast<uint64_t>(bits);
  ctx.reply().Error("ERR bit offset is not an integer or out of range");
  return std::nullopt;
}

values::RawString* StringWithBit(Context& ctx, uint64_t bit, bool* grown) {
  const store::KeyRef& key = ctx.Key(1);
  const store::Entry* entry = ctx.Write(key);
  if (entry != nullptr && !entry->is_string()) {
    ctx.WrongType();
    return nullptr;
  }
  if (entry == nullptr) {
    ctx.PutString(key, "", store::kNoExpiry);
    ctx.Event(kEventNew, "new", key);
  }
  values::RawString* string = ctx.SlotOf(key).RawStringForWrite(ctx.slot_context(), ctx.db(), key);
  size_t bytes = bit / 8 + 1;
  *grown = string->size() < bytes;
  if (*grown) string->Resize(bytes);
  return string;
}

void Setbit(Context& ctx) {
  auto offset = BitOffset(ctx, ctx.arg(2));
  if (!offset) return;
  auto bit = ctx.IntegerArg(3, 0, 1, "ERR bit is not an integer or out of range");
  if (!bit) return;
  bool changed;
  values::RawString* string = StringWithBit(ctx, *offset, &changed);
  if (string == nullptr) return;
  bool before = values::GetBit(string->view(), *offset);
  changed = changed || before != (*bit == 1);
  values::SetBit(string->mutable_data(), *offset, *bit == 1);
  if (changed) ctx.Changed(ctx.Key(1), kEventString, "setbit");
  ctx.reply().Integer(before ? 1 : 0);
}

void Getbit(Context& ctx) {
  auto offset = BitOffset(ctx, ctx.arg(2));
  if (!offset) return;
  ReadString string(ctx, ctx.Key(1));
  if (!string.failed()) ctx.reply().Integer(values::GetBit(string.text(), *offset) ? 1 : 0);
}

void Bitcount(Context& ctx) {
  ReadString string(ctx, ctx.Key(1));
  if (string.failed()) return;
  if (!string.present()) return ctx.reply().Integer(0);
  std::string_view text = string.text();
  if (ctx.arg_count() == 2) return ctx.reply().Integer(static_cast<int64_t>(values::CountBits(text)));
  if (ctx.arg_count() != 4 && ctx.arg_count() != 5) return ctx.SyntaxError();
  auto start = ctx.IntegerArg(2);
  if (!start) return;
  auto stop = ctx.IntegerArg(3);
  if (!stop) return;
  if (*start < 0 && *stop < 0 && *start > *stop) return ctx.reply().Integer(0);
  std::optional<bool> in_bits = ctx.arg_count() == 5 ? UnitArg(ctx, 4) : false;
  if (!in_bits) return;
  BitRange range = RangeOf(*start, *stop, text.size(), *in_bits);
  ctx.reply().Integer(static_cast<int64_t>(values::CountBits(text, range.first, range.end)));
}

void Bitpos(Context& ctx) {
  auto bit = ctx.IntegerArg(2);
  if (!bit) return;
  if (*bit != 0 && *bit != 1) return ctx.reply().Error("ERR The bit argument must be 1 or 0.");
  ReadString string(ctx, ctx.Key(1));
  if (string.failed()) return;
  // As an endless row of zeros.
  if (!string.present()) return ctx.reply().Integer(*bit == 1 ? -1 : 0);
  if (ctx.arg_count() > 6) return ctx.SyntaxError();
  std::string_view text = string.text();
  bool has_end = ctx.arg_count() > 4;
  int64_t start = 0;
  int64_t stop = -1;
  std::optional<bool> in_bits = false;
  if (ctx.arg_count() > 3) {
    auto given = ctx.IntegerArg(3);
    if (!given) return;
    start = *given;
  }
  if (ctx.arg_count() == 6) in_bits = UnitArg(ctx, 5);
  if (!in_bits) return;
  if (has_end) {
    auto given = ctx.IntegerArg(4);
    if (!given) return;
    stop = *given;
  }
  BitRange range = RangeOf(start, stop, text.size(), *in_bits);
  if (range.first == range.end) return ctx.reply().Integer(-1);
  auto found = values::FindBit(text, range.first, range.end, *bit == 1);
  if (found) return ctx.reply().Integer(static_cast<int64_t>(*found));
  // Behind a string without an end that was asked for there are zeros.
  ctx.reply().Integer(*bit == 0 && !has_end ? static_cast<int64_t>(range.end) : -1);
}

void Bitop(Context& ctx) {
  auto operation = OperationArg(ctx);
  if (!operation) return;
  std::vector<store::Entry::Scratch> scratches(ctx.arg_count() - 3);
  std::vector<std::string_view> sources;
  for (size_t i = 3; i < ctx.arg_count(); ++i) {
    const store::Entry* entry = ctx.Read(ctx.Ref(ctx.arg(i)));
    if (entry != nullptr && !entry->is_string()) return ctx.WrongType();
    sources.push_back(entry == nullptr ? std::string_view() : entry->StringBytes(scratches[i - 3]));
  }
  values::RawString result = values::CombineBits(*operation, sources);
  auto size = static_cast<int64_t>(result.size());
  store::KeyRef key = ctx.Ref(ctx.arg(2));
  if (size > 0) {
    bool is_new = ctx.Peek(key) == nullptr;
    ctx.PutValue(key, values::Value(std::move(result)), store::kNoExpiry);
    if (is_new) ctx.Event(kEventNew, "new", key);
    ctx.Changed(key, kEventString, "set");
  } else if (ctx.Delete(key)) {
    ctx.Changed(key, kEventGeneric, "del");
  }
  ctx.reply().Integer(size);
}

}  // namespace dunlin::commands::bitmap_commands
