#include "base/ascii.h"
#include "commands/stream_arguments.h"
#include "commands/stream_rows.h"

namespace dunlin::commands::stream_commands {
namespace {

using values::Stream;
using values::StreamCursor;
using values::StreamId;

// COUNT, if it is given: 0 for less than that. False when an error was replied.
bool ParseCount(Context& ctx, std::optional<uint64_t>* count) {
  for (size_t i = 4; i < ctx.arg_count(); i += 2) {
    if (!EqualsIgnoreCase(ctx.arg(i), "count") || i + 1 == ctx.arg_count()) {
      ctx.SyntaxError();
      return false;
    }
    auto value = ctx.IntegerArg(i + 1);
    if (!value) return false;
    *count = static_cast<uint64_t>(std::max<int64_t>(*value, 0));
  }
  return true;
}

void Range(Context& ctx, bool backwards) {
  auto start = RangeStartArg(ctx, backwards ? 3 : 2);
  if (!start) return;
  auto end = RangeEndArg(ctx, backwards ? 2 : 3);
  if (!end) return;
  std::optional<uint64_t> count;
  if (!ParseCount(ctx, &count)) return;
  bool wrong_type;
  const Stream* stream = ctx.ReadAs<Stream>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (stream == nullptr) return ctx.reply().Array(0);
  if (count == 0) return ctx.reply().NullArray();
  uint64_t most = count.value_or(UINT64_MAX);
  auto mark = ctx.reply().BeginDeferred();
  uint64_t written = 0;
  if (backwards) {
    for (StreamCursor at = stream->AtOrBefore(*end); at.valid() && at.id() >= *start; at.Previous()) {
      if (written == most) break;
      ReplyStreamEntry(ctx, at.entry());
      ++written;
    }
  } else {
    for (StreamCursor at = stream->AtOrAfter(*start); at.valid() && at.id() <= *end; at.Next()) {
      if (written == most) break;
      ReplyStreamEntry(ctx, at.entry());
      ++written;
    }
  }
  ctx.reply().EndArray(mark, written);
}

}  // namespace

void Xrange(Context& ctx) { Range(ctx, false); }
void Xrevrange(Context& ctx) { Range(ctx, true); }

void Xlen(Context& ctx) {
  bool wrong_type;
  const Stream* stream = ctx.ReadAs<Stream>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  ctx.reply().Integer(stream == nullptr ? 0 : static_cast<int64_t>(stream->size()));
}

void Xdel(Context& ctx) {
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Stream* stream = ctx.WriteAs<Stream>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (stream == nullptr) return ctx.reply().Integer(0);
  auto ids = StreamIdArgs(ctx, 2);
  if (!ids) return;
  int64_t erased = 0;
  for (StreamId id : *ids) {
    if (!stream->Erase(id)) continue;
    if (id > stream->max_erased_id()) stream->SetMaxErasedId(id);
    ++erased;
  }
  if (erased > 0) ctx.Changed(key, kEventStream, "xdel", erased);
  ctx.reply().Integer(erased);
}

void Xsetid(Context& ctx) {
  auto id = StreamIdArg(ctx, 2);
  if (!id) return;
  std::optional<int64_t> entries_added;
  StreamId max_erased_id;
  for (size_t i = 3; i < ctx.arg_count(); i += 2) {
    bool more = i + 1 < ctx.arg_count();
    if (more && EqualsIgnoreCase(ctx.arg(i), "entriesadded")) {
      entries_added = ctx.IntegerArg(i + 1);
      if (!entries_added) return;
      if (*entries_added < 0) return ctx.reply().Error("ERR entries_added must be positive");
    } else if (more && EqualsIgnoreCase(ctx.arg(i), "maxdeletedid")) {
      auto given = StreamIdArg(ctx, i + 1);
      if (!given) return;
      max_erased_id = *given;
      if (*id < max_erased_id) {
        return ctx.reply().Error("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
      }
    } else {
      return ctx.SyntaxError();
    }
  }
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Stream* stream = ctx.WriteAs<Stream>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (stream == nullptr) return ctx.NoSuchKey();
  if (*id < stream->max_erased_id()) {
    return ctx.reply().Error("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id");
  }
  if (*id < stream->last_entry_id()) {
    return ctx.reply().Error("ERR The ID specified in XSETID is smaller than the target stream top item");
  }
  if (entries_added && stream->size() > static_cast<uint64_t>(*entries_added)) {
    return ctx.reply().Error("ERR The entries_added specified in XSETID is smaller than the target stream length");
  }
  stream->SetLastId(*id);
  if (entries_added) stream->SetEntriesAdded(static_cast<uint64_t>(*entries_added));
  if (!max_erased_id.is_zero()) stream->SetMaxErasedId(max_erased_id);
  ctx.changes().Dirty();
  ctx.Event(kEventStream, "xsetid", key);
  ctx.reply().Ok();
}

}  // namespace dunlin::commands::stream_commands
