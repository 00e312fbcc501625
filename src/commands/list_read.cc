#include "base/ascii.h"
#include "commands/collection.h"
#include "commands/list_rows.h"

namespace dunlin::commands::list_commands {
namespace {

using values::List;

struct PositionOptions {
  int64_t rank = 1;
  std::optional<int64_t> count;
  int64_t max_compared = 0;
};

bool Parse(Context& ctx, PositionOptions* o) {
  for (size_t i = 3; i < ctx.arg_count(); ++i) {
    bool has_value = i + 1 < ctx.arg_count();
    if (EqualsIgnoreCase(ctx.arg(i), "rank") && has_value) {
      auto rank = ctx.IntegerArg(++i, -INT64_MAX, INT64_MAX);
      if (!rank) return false;
      if (*rank == 0) {
        ctx.reply().Error(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to "
            "start from the end of the list");
        return false;
      }
      o->rank = *rank;
    } else if (EqualsIgnoreCase(ctx.arg(i), "count") && has_value) {
      o->count = ctx.IntegerArg(++i, 0, INT64_MAX, "ERR COUNT can't be negative");
      if (!o->count) return false;
    } else if (EqualsIgnoreCase(ctx.arg(i), "maxlen") && has_value) {
      auto most = ctx.IntegerArg(++i, 0, INT64_MAX, "ERR MAXLEN can't be negative");
      if (!most) return false;
      o->max_compared = *most;
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  return true;
}

}  // namespace

void Llen(Context& ctx) {
  bool wrong_type;
  const List* list = ctx.ReadAs<List>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  ctx.reply().Integer(list == nullptr ? 0 : static_cast<int64_t>(list->size()));
}

void Lindex(Context& ctx) {
  bool wrong_type;
  const List* list = ctx.ReadAs<List>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (list == nullptr) return ctx.reply().Null();
  auto index = ctx.IntegerArg(2);
  if (!index) return;
  auto element = list->At(*index);
  element ? ctx.reply().Bulk(element->view()) : ctx.reply().Null();
}

void Lrange(Context& ctx) {
  auto start = ctx.IntegerArg(2);
  if (!start) return;
  auto stop = ctx.IntegerArg(3);
  if (!stop) return;
  bool wrong_type;
  const List* list = ctx.ReadAs<List>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  IndexRange range = ClipRange(*start, *stop, list == nullptr ? 0 : list->size());
  ctx.reply().Array(range.count);
  if (range.count == 0) return;
  list->ForEach(range.first, range.count, [&](std::string_view element) { ctx.reply().Bulk(element); });
}

void Lpos(Context& ctx) {
  PositionOptions o;
  if (!Parse(ctx, &o)) return;
  bool wrong_type;
  const List* list = ctx.ReadAs<List>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  std::vector<uint64_t> found;
  if (list != nullptr) {
    found = list->Find(ctx.arg(2), o.rank, static_cast<uint64_t>(o.count.value_or(1)),
                       static_cast<uint64_t>(o.max_compared));
  }
  if (o.count) {
    ctx.reply().Array(found.size());
    for (uint64_t index : found) ctx.reply().Integer(static_cast<int64_t>(index));
  } else if (found.empty()) {
    ctx.reply().Null();
  } else {
    ctx.reply().Integer(static_cast<int64_t>(found[0]));
  }
}

}  // namespace dunlin::commands::list_commands
