#include "base/ascii.h"
#include "commands/stream_arguments.h"
#include "commands/stream_rows.h"

namespace dunlin::commands::stream_commands {
namespace {

using values::Stream;
using values::StreamId;
using values::StreamIdText;

// How much an approximate trimming may remove at most, when the caller does not say.
constexpr int64_t kNodesPerTrim = 100;
constexpr int64_t kDefaultTrimLimit = 10000;
constexpr int64_t kMaxTrimLimit = 1000000;

enum class Caller : uint8_t { kXadd, kXtrim };

struct AddArguments {
  std::optional<values::StreamTrim> trim;
  size_t threshold_at = 0;  // where the trim's MAXLEN or MINID stands
  int64_t limit = 0;
  bool limit_given = false;
  bool no_create = false;         // NOMKSTREAM
  std::optional<NewStreamId> id;  // nothing for "*"
  size_t id_at = 0;
};

bool Refuse(Context& ctx, std::string_view error) {
  ctx.reply().Error(error);
  return false;
}

// MAXLEN or MINID at argument *at, which becomes the last one of it. False when an error was replied.
bool ParseTrim(Context& ctx, size_t* at, AddArguments* a) {
  if (a->trim) {
    return Refuse(ctx, "ERR syntax error, MAXLEN and MINID options at the same time are not compatible");
  }
  bool by_size = EqualsIgnoreCase(ctx.arg(*at), "maxlen");
  values::StreamTrim trim;
  size_t i = *at + 1;
  if (i + 1 < ctx.arg_count() && (ctx.arg(i) == "~" || ctx.arg(i) == "=")) {
    trim.whole_nodes_only = ctx.arg(i) == "~";
    ++i;
  }
  if (by_size) {
    auto max_size = ctx.IntegerArg(i);
    if (!max_size) return false;
    if (*max_size < 0) return Refuse(ctx, "ERR The MAXLEN argument must be >= 0.");
    trim.max_size = static_cast<uint64_t>(*max_size);
  } else {
    auto min_id = StreamIdArg(ctx, i);
    if (!min_id) return false;
    trim.min_id = *min_id;
  }
  a->trim = trim;
  a->threshold_at = *at = i;
  return true;
}

// Up to XADD's id. False when an error was replied.
bool ParseOptions(Context& ctx, Caller caller, AddArguments* a) {
  size_t i = 2;
  for (; i < ctx.arg_count(); ++i) {
    std::string_view word = ctx.arg(i);
    bool more = i + 1 < ctx.arg_count();
    if (caller == Caller::kXadd && word == "*") break;
    if (more && (EqualsIgnoreCase(word, "maxlen") || EqualsIgnoreCase(word, "minid"))) {
      if (!ParseTrim(ctx, &i, a)) return false;
    } else if (more && EqualsIgnoreCase(word, "limit")) {
      auto limit = ctx.IntegerArg(++i);
      if (!limit) return false;
      if (*limit < 0) return Refuse(ctx, "ERR The LIMIT argument must be >= 0.");
      a->limit = *limit;
      a->limit_given = true;
    } else if (caller == Caller::kXtrim) {
      ctx.SyntaxError();
      return false;
    } else if (EqualsIgnoreCase(word, "nomkstream")) {
      a->no_create = true;
    } else {
      a->id = ParseNewStreamId(word);
      if (a->id) break;
      InvalidStreamId(ctx);
      return false;
    }
  }
  a->id_at = i;
  return true;
}

// False when an error was replied.
bool SettleLimit(Context& ctx, Caller caller, AddArguments* a) {
  if (!a->trim && a->limit > 0) {
    return Refuse(ctx, "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy");
  }
  if (!a->trim && caller == Caller::kXtrim) {
    return Refuse(ctx, "ERR syntax error, XTRIM must be called with a trimming strategy");
  }
  // Who was told this was told exactly what to remove.
  if (ctx.frame().from_primary) return true;
  bool approximate = a->trim && a->trim->whole_nodes_only;
  if (a->limit_given && !approximate) {
    return Refuse(ctx, "ERR syntax error, LIMIT cannot be used without the special ~ option");
  }
  if (!approximate) return true;
  if (!a->limit_given) {
    auto node_entries = static_cast<int64_t>(ctx.settings().encoding.stream_node_max_entries);
    a->limit = std::min(node_entries, kMaxTrimLimit) * kNodesPerTrim;
    if (a->limit <= 0) a->limit = kDefaultTrimLimit;
    a->limit = std::min(a->limit, kMaxTrimLimit);
  }
  a->trim->max_removed = static_cast<uint64_t>(a->limit);
  return true;
}

bool Parse(Context& ctx, Caller caller, AddArguments* a) {
  return ParseOptions(ctx, caller, a) && SettleLimit(ctx, caller, a);
}

// How the trimming is told: exactly, as what it came to.
void TellTrimExactly(Context& ctx, const AddArguments& a, const Stream& stream) {
  ctx.changes().TellArgument(a.threshold_at - 1, "=");
  if (a.trim->max_size) {
    ctx.changes().TellArgument(a.threshold_at, std::to_string(stream.size()));
  } else {
    StreamId first = stream.empty() ? StreamId::Max() : stream.first_entry_id();
    ctx.changes().TellArgument(a.threshold_at, StreamIdText(first).ToString());
  }
}

// The new entry's id; nothing when it would not be above the last one.
std::optional<StreamId> ChooseId(const std::optional<NewStreamId>& wanted, StreamId last, int64_t now_ms) {
  StreamId id;
  if (!wanted) {
    auto now = static_cast<uint64_t>(now_ms);
    id = now > last.ms ? StreamId{now, 0} : last.Next();
  } else {
    id = wanted->id;
    if (!wanted->sequence_given && id.ms == last.ms) {
      if (last.seq == UINT64_MAX) return std::nullopt;
      id = last.Next();
    }
  }
  return id > last ? std::optional(id) : std::nullopt;
}

bool TooLarge(values::StreamFields fields) {
  size_t bytes = 0;
  for (std::string_view text : fields) bytes += text.size();
  return bytes > values::kMaxStreamEntryBytes;
}

}  // namespace

void Xadd(Context& ctx) {
  AddArguments a;
  if (!Parse(ctx, Caller::kXadd, &a)) return;
  size_t first_field = a.id_at + 1;
  if (ctx.arg_count() < first_field + 2 || (ctx.arg_count() - first_field) % 2 != 0) return ctx.WrongArity();
  if (a.id && a.id->sequence_given && a.id->id.is_zero()) {
    return ctx.reply().Error("ERR The ID specified in XADD must be greater than 0-0");
  }
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Stream* stream = ctx.WriteAs<Stream>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (stream == nullptr && a.no_create) return ctx.reply().Null();
  StreamId last = stream == nullptr ? StreamId() : stream->last_id();
  if (last == StreamId::Max()) {
    return ctx.reply().Error("ERR The stream has exhausted the last possible ID, unable to add more items");
  }
  auto id = ChooseId(a.id, last, ctx.now_ms());
  if (!id) {
    return ctx.reply().Error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  }
  values::StreamFields fields = ctx.args().subspan(first_field);
  if (TooLarge(fields)) return ctx.reply().Error("ERR Elements are too large to be stored");
  if (stream == nullptr) stream = ctx.WriteOrCreate<Stream>(key, &wrong_type);
  stream->Append(*id, fields, ctx.settings().encoding);
  StreamIdText id_text(*id);
  ctx.reply().Bulk(id_text.view());
  ctx.Changed(key, kEventStream, "xadd");
  if (a.trim && stream->Trim(*a.trim) > 0) ctx.Event(kEventStream, "xtrim", key);
  if (!a.id || !a.id->sequence_given) ctx.changes().TellArgument(a.id_at, id_text.ToString());
  if (a.trim && a.trim->whole_nodes_only) TellTrimExactly(ctx, a, *stream);
}

void Xtrim(Context& ctx) {
  AddArguments a;
  if (!Parse(ctx, Caller::kXtrim, &a)) return;
  const store::KeyRef& key = ctx.Key(1);
  bool wrong_type;
  Stream* stream = ctx.WriteAs<Stream>(key, &wrong_type);
  if (wrong_type) return ctx.WrongType();
  if (stream == nullptr) return ctx.reply().Integer(0);
  auto removed = static_cast<int64_t>(stream->Trim(*a.trim));
  if (removed > 0) {
    ctx.Changed(key, kEventStream, "xtrim", removed);
    if (a.trim->whole_nodes_only) TellTrimExactly(ctx, a, *stream);
  }
  ctx.reply().Integer(removed);
}

}  // namespace dunlin::commands::stream_commands
