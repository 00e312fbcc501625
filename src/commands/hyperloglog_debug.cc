#include <cmath>

#include "base/ascii.h"
#include "commands/hyperloglog_rows.h"
#include "commands/hyperloglog_strings.h"

namespace dunlin::commands::hyperloglog_commands {
namespace {

namespace hll = values::hyperloglog;

// Makes the string dense; `converted` says whether it was not before. False when an error was replied.
bool MakeDense(Context& ctx, const store::KeyRef& key, bool* converted) {
  values::RawString& string = HyperloglogForWrite(ctx, key);
  *converted = !hll::IsDense(string.view());
  if (!*converted) return true;
  if (!hll::BecomeDense(string)) {
    CorruptHyperloglog(ctx);
    return false;
  }
  ctx.changes().Dirty();
  return true;
}

void GetRegisters(Context& ctx, const store::KeyRef& key) {
  bool converted;
  if (!MakeDense(ctx, key, &converted)) return;
  hll::Registers registers{};
  hll::MergeInto(registers, HyperloglogForWrite(ctx, key).view());
  ctx.reply().Array(registers.size());
  for (uint8_t value : registers) ctx.reply().Integer(value);
}

// --- the self-test: what a test from outside does not see easily ---

constexpr int kRounds = 20;
constexpr uint64_t kElements = 1000000;
// A run that is further off than this many standard errors is not bad luck.
constexpr double kStandardError = 1.04 / 128;  // 1.04 / sqrt(kRegisterCount)
constexpr double kMaxErrors = 6;

// Every register keeps what is put there, and no other does.
std::string TestRegisters(Random& random) {
  for (int round = 0; round < kRounds; ++round) {
    values::RawString string = hll::New();
    hll::BecomeDense(string);
    hll::Registers expected{};
    for (size_t i = 0; i < expected.size(); ++i) {
      size_t index = random.Below(expected.size());
      auto value = static_cast<uint8_t>(random.Below(hll::kMaxRegister + 1));
      expected[index] = std::max(expected[index], value);
      hll::Raise(string, index, value, 0);
    }
    hll::Registers found{};
    hll::MergeInto(found, string.view());
    for (size_t i = 0; i < found.size(); ++i) {
      if (found[i] == expected[i]) continue;
      return "ERR TESTFAILED Register " + std::to_string(i) + " should be " + std::to_string(expected[i]) + " but is " +
             std::to_string(found[i]);
    }
  }
  return "";
}

// Both forms agree at every power of ten, and are not too far off.
std::string TestEstimates(Random& random, size_t sparse_max_bytes) {
  values::RawString dense = hll::New();
  values::RawString any = hll::New();
  hll::BecomeDense(dense);
  uint64_t seed = random.Next();
  uint64_t checkpoint = 1;
  for (uint64_t i = 1; i <= kElements; ++i) {
    uint64_t element = i ^ seed;
    std::string_view bytes(reinterpret_cast<const char*>(&element), sizeof element);
    hll::Add(dense, bytes, sparse_max_bytes);
    hll::Add(any, bytes, sparse_max_bytes);
    if (i != checkpoint) continue;
    if (i < sparse_max_bytes / 2 && hll::IsDense(any.view())) return "ERR TESTFAILED sparse encoding not used";
    auto estimate = hll::Estimate(dense.view());
    if (estimate != hll::Estimate(any.view())) return "ERR TESTFAILED dense/sparse disagree";
    double error = std::abs(static_cast<double>(*estimate) - static_cast<double>(i));
    // Two of ten elements meet in one register now and then.
    double max_error = i == 10 ? 1 : std::ceil(kStandardError * kMaxErrors * static_cast<double>(i));
    if (error > max_error) {
      return "ERR TESTFAILED Too big error. card:" + std::to_string(i) +
             " abserr:" + std::to_string(static_cast<uint64_t>(error));
    }
    checkpoint *= 10;
  }
  return "";
}

}  // namespace

void Pfdebug(Context& ctx) {
  const store::KeyRef& key = ctx.Key(2);
  const store::Entry* entry = ctx.Write(key);
  if (entry == nullptr) return ctx.reply().Error("ERR The specified key does not exist");
  if (!HoldsHyperloglog(ctx, *entry)) return;
  std::string_view word = ctx.arg(1);
  std::string_view bytes = HyperloglogBytes(*entry);
  if (EqualsIgnoreCase(word, "getreg")) {
    GetRegisters(ctx, key);
  } else if (EqualsIgnoreCase(word, "decode")) {
    if (hll::IsDense(bytes)) return ctx.reply().Error("ERR HLL encoding is not sparse");
    ctx.reply().Bulk(hll::SpellRuns(bytes));
  } else if (EqualsIgnoreCase(word, "encoding")) {
    ctx.reply().Simple(hll::IsDense(bytes) ? "dense" : "sparse");
  } else if (EqualsIgnoreCase(word, "todense")) {
    bool converted;
    if (MakeDense(ctx, key, &converted)) ctx.reply().Integer(converted ? 1 : 0);
  } else {
    ctx.reply().Error(std::string("ERR Unknown PFDEBUG subcommand '").append(word).append("'"));
  }
}

void Pfselftest(Context& ctx) {
  std::string error = TestRegisters(ctx.random());
  if (error.empty()) error = TestEstimates(ctx.random(), ctx.settings().encoding.hll_sparse_max_bytes);
  error.empty() ? ctx.reply().Ok() : ctx.reply().Error(error);
}

}  // namespace dunlin::commands::hyperloglog_commands
