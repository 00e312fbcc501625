// BITFIELD: numbers of 1 to 64 bits anywhere in a string. All of a call is read before anything is done.
#include "base/ascii.h"
#include "commands/bitmap_rows.h"
#include "values/bits.h"

namespace dunlin::commands::bitmap_commands {
namespace {

// Wide enough for every number and every sum of two.
using Wide = __int128;

enum class Overflow : uint8_t { kWrap, kSaturate, kFail };

struct FieldType {
  bool is_signed;
  int bits;

  Wide min() const { return is_signed ? -(Wide{1} << (bits - 1)) : Wide{0}; }
  Wide max() const { return (Wide{1} << (is_signed ? bits - 1 : bits)) - 1; }
  // What the bits say, read as this type.
  Wide Read(uint64_t raw) const {
    bool negative = is_signed && (raw >> (bits - 1) & 1) != 0;
    return negative ? static_cast<Wide>(raw) - (Wide{1} << bits) : static_cast<Wide>(raw);
  }
  // The number modulo 2^bits, as this type.
  Wide Wrap(Wide number) const {
    auto raw = static_cast<uint64_t>(number);
    return Read(bits == 64 ? raw : raw & ((uint64_t{1} << bits) - 1));
  }
};

struct Operation {
  enum class Kind : uint8_t { kGet, kSet, kAdd };
  Kind kind;
  FieldType type;
  uint64_t offset;
  int64_t number;  // to set or to add
  Overflow overflow;
};

std::optional<FieldType> TypeArg(Context& ctx, size_t i) {
  std::string_view text = ctx.arg(i);
  if (!text.empty() && (text[0] == 'i' || text[0] == 'u')) {
    bool is_signed = text[0] == 'i';
    auto bits = ParseInt64(text.substr(1));
    if (bits && *bits >= 1 && *bits <= (is_signed ? 64 : 63)) return FieldType{is_signed, static_cast<int>(*bits)};
  }
  ctx.reply().Error("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.");
  return std::nullopt;
}

// "#3" is the third number of that width.
std::optional<uint64_t> OffsetArg(Context& ctx, size_t i, int bits) {
  std::string_view text = ctx.arg(i);
  if (text.starts_with('#')) return BitOffset(ctx, text.substr(1), bits);
  return BitOffset(ctx, text);
}

std::optional<Overflow> OverflowArg(Context& ctx, size_t i) {
  if (EqualsIgnoreCase(ctx.arg(i), "wrap")) return Overflow::kWrap;
  if (EqualsIgnoreCase(ctx.arg(i), "sat")) return Overflow::kSaturate;
  if (EqualsIgnoreCase(ctx.arg(i), "fail")) return Overflow::kFail;
  ctx.reply().Error("ERR Invalid OVERFLOW type specified");
  return std::nullopt;
}

// The operation at argument *at, which becomes its last one. Otherwise replies the error.
std::optional<Operation> OperationArg(Context& ctx, size_t* at, Overflow overflow) {
  std::string_view word = ctx.arg(*at);
  size_t more = ctx.arg_count() - *at - 1;
  Operation operation{.kind = Operation::Kind::kGet, .type = {}, .offset = 0, .number = 0, .overflow = overflow};
  if (EqualsIgnoreCase(word, "set") && more >= 3) {
    operation.kind = Operation::Kind::kSet;
  } else if (EqualsIgnoreCase(word, "incrby") && more >= 3) {
    operation.kind = Operation::Kind::kAdd;
  } else if (!EqualsIgnoreCase(word, "get") || more < 2) {
    ctx.SyntaxError();
    return std::nullopt;
  }
  auto type = TypeArg(ctx, ++*at);
  if (!type) return std::nullopt;
  auto offset = OffsetArg(ctx, ++*at, type->bits);
  if (!offset) return std::nullopt;
  operation.type = *type;
  operation.offset = *offset;
  if (operation.kind == Operation::Kind::kGet) return operation;
  auto number = ctx.IntegerArg(++*at);
  if (!number) return std::nullopt;
  operation.number = *number;
  return operation;
}

// False when an error was replied.
bool Parse(Context& ctx, std::vector<Operation>* operations) {
  Overflow overflow = Overflow::kWrap;
  for (size_t i = 2; i < ctx.arg_count(); ++i) {
    if (EqualsIgnoreCase(ctx.arg(i), "overflow") && i + 1 < ctx.arg_count()) {
      auto given = OverflowArg(ctx, ++i);
      if (!given) return false;
      overflow = *given;
      continue;
    }
    auto operation = OperationArg(ctx, &i, overflow);
    if (!operation) return false;
    operations->push_back(*operation);
  }
  return true;
}

// What `wanted` becomes in a field of that type; nothing when it does not fit and must not be changed.
std::optional<Wide> Fit(const Operation& operation, Wide wanted) {
  const FieldType& type = operation.type;
  if (wanted >= type.min() && wanted <= type.max()) return wanted;
  switch (operation.overflow) {
    case Overflow::kWrap: return type.Wrap(wanted);
    case Overflow::kSaturate: return wanted < type.min() ? type.min() : type.max();
    case Overflow::kFail: break;
  }
  return std::nullopt;
}

// The number that a SET means: of an unsigned field it is that of its 64 bits.
Wide NumberToSet(const Operation& operation) {
  return operation.type.is_signed ? Wide{operation.number} : static_cast<Wide>(static_cast<uint64_t>(operation.number));
}

void Get(Context& ctx, const Operation& operation, std::string_view text) {
  Wide number = operation.type.Read(values::ReadBits(text, operation.offset, operation.type.bits));
  ctx.reply().Integer(static_cast<int64_t>(number));
}

// True when the field became another number.
bool Change(Context& ctx, const Operation& operation, values::RawString& string) {
  const FieldType& type = operation.type;
  Wide before = type.Read(values::ReadBits(string.view(), operation.offset, type.bits));
  bool add = operation.kind == Operation::Kind::kAdd;
  auto now = Fit(operation, add ? before + operation.number : NumberToSet(operation));
  if (!now) {
    ctx.reply().Null();
    return false;
  }
  ctx.reply().Integer(static_cast<int64_t>(add ? *now : before));
  values::WriteBits(string.mutable_data(), operation.offset, type.bits, static_cast<uint64_t>(*now));
  return *now != before;
}

void ReadAll(Context& ctx, const std::vector<Operation>& operations) {
  const store::Entry* entry = ctx.Read(ctx.Key(1));
  if (entry != nullptr && !entry->is_string()) return ctx.WrongType();
  store::Entry::Scratch scratch;
  std::string_view text = entry == nullptr ? std::string_view() : entry->StringBytes(scratch);
  ctx.reply().Array(operations.size());
  for (const Operation& operation : operations) Get(ctx, operation, text);
}

void Run(Context& ctx, bool may_write) {
  std::vector<Operation> operations;
  if (!Parse(ctx, &operations)) return;
  bool writes = false;
  uint64_t last_bit = 0;
  for (const Operation& operation : operations) {
    if (operation.kind == Operation::Kind::kGet) continue;
    writes = true;
    last_bit = std::max(last_bit, operation.offset + static_cast<uint64_t>(operation.type.bits) - 1);
  }
  if (!writes) return ReadAll(ctx, operations);
  if (!may_write) return ctx.reply().Error("ERR BITFIELD_RO only supports the GET subcommand");
  bool grown;
  values::RawString* string = StringWithBit(ctx, last_bit, &grown);
  if (string == nullptr) return;
  int64_t changes = 0;
  ctx.reply().Array(operations.size());
  for (const Operation& operation : operations) {
    if (operation.kind == Operation::Kind::kGet) {
      Get(ctx, operation, string->view());
    } else if (Change(ctx, operation, *string) || grown) {
      ++changes;
    }
  }
  if (changes > 0) ctx.Changed(ctx.Key(1), kEventString, "setbit", changes);
}

}  // namespace

void Bitfield(Context& ctx) { Run(ctx, true); }
void BitfieldRo(Context& ctx) { Run(ctx, false); }

}  // namespace dunlin::commands::bitmap_commands
