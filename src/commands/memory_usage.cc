#include "commands/memory_usage.h"

#include "base/ascii.h"
#include "commands/context.h"

namespace dunlin::commands {
namespace {

// A key's place in its slot's table.
constexpr size_t kPlaceBytes = sizeof(void*);

// False when a reply was written.
bool ReadOptions(Context& ctx) {
  for (size_t i = 3; i < ctx.arg_count(); i += 2) {
    if (!EqualsIgnoreCase(ctx.arg(i), "samples") || i + 1 == ctx.arg_count()) {
      ctx.reply().Error("ERR syntax error");
      return false;
    }
    std::optional<int64_t> samples = ctx.IntegerArg(i + 1);
    if (!samples) return false;
    if (*samples < 0) {
      ctx.reply().Error("ERR syntax error");
      return false;
    }
  }
  return true;
}

}  // namespace

void MemoryUsage(Context& ctx) {
  if (!ReadOptions(ctx)) return;
  const store::Entry* entry = ctx.Peek(ctx.Key(2));
  if (entry == nullptr) return ctx.reply().Null();
  ctx.reply().Integer(static_cast<int64_t>(entry->memory_bytes() + kPlaceBytes));
}

}  // namespace dunlin::commands
