#include "base/ascii.h"
#include "commands/context.h"
#include "commands/list_rows.h"

namespace dunlin::commands::list_commands {
namespace {

using values::List;
using values::ListEnd;

void Push(Context& ctx, ListEnd end, bool only_existing) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  List* list = only_existing ? ctx.WriteAs<List>(key, &wrong_type) : ctx.WriteOrCreate<List>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (list == nullptr) return ctx.reply().Integer(0);
  auto elements = ctx.args().subspan(2);
  list->Push(end, elements, ctx.settings().encoding);
  ctx.reply().Integer(static_cast<int64_t>(list->size()));
  ctx.Changed(key, kEventList, end == ListEnd::kFront ? "lpush" : "rpush", static_cast<int64_t>(elements.size()));
}

}  // namespace

void Lpush(Context& ctx) { Push(ctx, ListEnd::kFront, false); }
void Rpush(Context& ctx) { Push(ctx, ListEnd::kBack, false); }
void Lpushx(Context& ctx) { Push(ctx, ListEnd::kFront, true); }
void Rpushx(Context& ctx) { Push(ctx, ListEnd::kBack, true); }

void Linsert(Context& ctx) {
  bool after = EqualsIgnoreCase(ctx.arg(2), "after");
  if (!after && !EqualsIgnoreCase(ctx.arg(2), "before")) return ctx.SyntaxError();
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  List* list = ctx.WriteAs<List>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (list == nullptr) return ctx.reply().Integer(0);
  if (!list->InsertBeside(ctx.arg(3), after, ctx.arg(4), ctx.settings().encoding)) return ctx.reply().Integer(-1);
  ctx.Changed(key, kEventList, "linsert");
  ctx.reply().Integer(static_cast<int64_t>(list->size()));
}

void Lset(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  List* list = ctx.WriteAs<List>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (list == nullptr) return ctx.NoSuchKey();
  auto index = ctx.IntegerArg(2);
  if (!index) return;
  if (!list->Set(*index, ctx.arg(3), ctx.settings().encoding)) return ctx.reply().Error("ERR index out of range");
  ctx.Changed(key, kEventList, "lset");
  ctx.reply().Ok();
}

}  // namespace dunlin::commands::list_commands
