// XREAD and XREADGROUP: one walk over the streams that are named, which serves what there is; when there is nothing,
// the command may wait.
#include "base/ascii.h"
#include "commands/stream_arguments.h"
#include "commands/stream_rows.h"

namespace dunlin::commands::stream_commands {
namespace {

using values::Stream;
using values::StreamConsumer;
using values::StreamCursor;
using values::StreamGroup;
using values::StreamId;

// What ">" is taken for: nobody can ask for entries above it.
constexpr StreamId kNewEntries = StreamId::Max();

struct ReadArguments {
  bool of_group = false;  // XREADGROUP
  std::optional<int64_t> block_until_ms;
  uint64_t count = UINT64_MAX;
  bool no_ack = false;
  std::optional<std::string_view> group;
  std::string_view consumer;
  size_t first_key = 0;
  size_t key_count = 0;
  std::vector<StreamId> after = {};  // for each key
};

bool Refuse(Context& ctx, std::string_view error) {
  ctx.reply().Error(error);
  return false;
}

// The moment that BLOCK's milliseconds lie ahead; 0: for ever.
std::optional<int64_t> BlockArg(Context& ctx, size_t i) {
  auto ms = ctx.IntegerArg(i, INT64_MIN, INT64_MAX, "ERR timeout is not an integer or out of range");
  if (!ms) return std::nullopt;
  if (*ms < 0) {
    ctx.reply().Error("ERR timeout is negative");
    return std::nullopt;
  }
  if (*ms > INT64_MAX - ctx.now_ms()) {
    ctx.reply().Error("ERR timeout is out of range");
    return std::nullopt;
  }
  return *ms == 0 ? 0 : *ms + ctx.now_ms();
}

bool ParseStreams(Context& ctx, size_t first, ReadArguments* a) {
  size_t count = ctx.arg_count() - first;
  if (count % 2 != 0) {
    std::string error("ERR Unbalanced '");
    error.append(ctx.spec().name).append("' list of streams: for each stream key an ID or '");
    error.append(a->of_group ? ">" : "$").append("' must be specified.");
    return Refuse(ctx, error);
  }
  a->first_key = first;
  a->key_count = count / 2;
  return true;
}

// False when an error was replied.
bool ParseOptions(Context& ctx, ReadArguments* a) {
  for (size_t i = 1; i < ctx.arg_count() && a->first_key == 0; ++i) {
    std::string_view word = ctx.arg(i);
    size_t more = ctx.arg_count() - i - 1;
    if (more > 0 && EqualsIgnoreCase(word, "block")) {
      if (ctx.frame().in_script) {
        return Refuse(
            ctx,
            std::string("ERR ").append(ctx.arg(0)).append(" command is not allowed with BLOCK option from scripts"));
      }
      a->block_until_ms = BlockArg(ctx, ++i);
      if (!a->block_until_ms) return false;
    } else if (more > 0 && EqualsIgnoreCase(word, "count")) {
      auto count = ctx.IntegerArg(++i);
      if (!count) return false;
      a->count = *count > 0 ? static_cast<uint64_t>(*count) : UINT64_MAX;
    } else if (more > 0 && EqualsIgnoreCase(word, "streams")) {
      if (!ParseStreams(ctx, i + 1, a)) return false;
    } else if (more > 1 && EqualsIgnoreCase(word, "group")) {
      if (!a->of_group) {
        return Refuse(ctx, "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
      }
      a->group = ctx.arg(i + 1);
      a->consumer = ctx.arg(i + 2);
      i += 2;
    } else if (EqualsIgnoreCase(word, "noack")) {
      if (!a->of_group) {
        return Refuse(ctx, "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
      }
      a->no_ack = true;
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  if (a->first_key == 0) {
    ctx.SyntaxError();
    return false;
  }
  if (a->of_group && !a->group) return Refuse(ctx, "ERR Missing GROUP option for XREADGROUP");
  return true;
}

// The id behind which the stream is to be read. False when an error was replied.
bool ParseAfter(Context& ctx, const Stream* stream, size_t i, ReadArguments* a) {
  std::string_view text = ctx.arg(i);
  StreamId after;
  if (text == "$") {
    if (a->of_group) {
      return Refuse(ctx,
                    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this "
                    "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just "
                    "return an empty result set.");
    }
    if (stream != nullptr) after = stream->last_id();
  } else if (text == ">") {
    if (!a->of_group) {
      return Refuse(ctx,
                    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> "
                    "option.");
    }
    after = kNewEntries;
  } else {
    auto id = StreamIdArg(ctx, i);
    if (!id) return false;
    after = *id;
  }
  a->after.push_back(after);
  return true;
}

// Looks at all keys before anything is done. False when an error was replied.
bool ParseIds(Context& ctx, ReadArguments* a) {
  a->after.reserve(a->key_count);
  for (size_t i = a->first_key; i < a->first_key + a->key_count; ++i) {
    bool wrong_type;
    const Stream* stream = ctx.ReadAs<Stream>(ctx.Ref(ctx.arg(i)), &wrong_type);
    if (wrong_type) {
      ctx.WrongType();
      return false;
    }
    if (a->group && (stream == nullptr || stream->FindGroup(*a->group) == nullptr)) {
      NoSuchKeyOrGroup(ctx, ctx.arg(i), *a->group, " in XREADGROUP with GROUP option");
      return false;
    }
    if (!ParseAfter(ctx, stream, i + a->key_count, a)) return false;
  }
  return true;
}

// The reply of all streams: an array of pairs, or a map. Begins with the first stream that has something.
class StreamsReply {
 public:
  explicit StreamsReply(Context& ctx) : reply_(ctx.reply()), mark_(reply_.BeginDeferred()) {}

  bool empty() const { return streams_ == 0; }
  // The array of entries follows.
  void Begin(std::string_view key) {
    ++streams_;
    if (!reply_.resp3()) reply_.Array(2);
    reply_.Bulk(key);
  }
  void End() { reply_.resp3() ? reply_.EndMap(mark_, streams_) : reply_.EndArray(mark_, streams_); }

 private:
  resp::ReplyWriter& reply_;
  resp::ReplyWriter::Mark mark_;
  size_t streams_ = 0;
};

void ReadAfter(Context& ctx, std::string_view key, const Stream& stream, StreamId after, uint64_t count,
               StreamsReply* out) {
  if (after >= stream.last_entry_id()) return;
  out->Begin(key);
  auto mark = ctx.reply().BeginDeferred();
  uint64_t written = 0;
  for (StreamCursor at = stream.AtOrAfter(after.Next()); at.valid() && written < count; at.Next(), ++written) {
    ReplyStreamEntry(ctx, at.entry());
  }
  ctx.reply().EndArray(mark, written);
}

// What a group is read by.
struct GroupRead {
  const store::KeyRef& key;
  Stream& stream;
  StreamGroup& group;
  StreamConsumer& consumer;
};

void ReadNewOfGroup(Context& ctx, const GroupRead& read, const ReadArguments& a, StreamsReply* out) {
  StreamGroup& group = read.group;
  if (read.stream.empty() || read.stream.last_entry_id() <= group.last_id) return;
  out->Begin(read.key.bytes);
  ctx.changes().Dirty();
  auto mark = ctx.reply().BeginDeferred();
  uint64_t written = 0;
  StreamCursor at = read.stream.AtOrAfter(group.last_id.Next());
  for (; at.valid() && written < a.count; at.Next(), ++written) {
    read.stream.Advance(group, at.id());
    ReplyStreamEntry(ctx, at.entry());
    if (a.no_ack) continue;
    StreamGroup::Pending pending{at.id(), ctx.now_ms(), 1, &read.consumer};
    group.Assign(pending);
    read.consumer.active_at_ms = ctx.now_ms();
    TellPending(ctx, read.key, group, pending);
  }
  if (a.no_ack) TellGroupPosition(ctx, read.key, group);
  ctx.reply().EndArray(mark, written);
}

// What was delivered to this consumer before and not confirmed.
void ReadHistory(Context& ctx, const GroupRead& read, StreamId after, uint64_t count, StreamsReply* out) {
  out->Begin(read.key.bytes);
  ctx.changes().Dirty();
  auto mark = ctx.reply().BeginDeferred();
  uint64_t written = 0;
  for (auto at = read.consumer.pending().AtOrAfter(after.Next()); at.valid() && written < count; at.Next(), ++written) {
    StreamId id = at.item().id;
    StreamCursor entry = read.stream.AtOrAfter(id);
    if (entry.valid() && entry.id() == id) {
      ReplyStreamEntry(ctx, entry.entry());
      read.group.Redeliver(id, ctx.now_ms(), read.group.FindPending(id)->deliveries + 1);
    } else {
      ctx.reply().Array(2);
      ReplyStreamId(ctx, id);
      ctx.reply().NullArray();
    }
  }
  ctx.reply().EndArray(mark, written);
}

void ReadGroup(Context& ctx, size_t i, const ReadArguments& a, StreamsReply* out) {
  store::KeyRef key = ctx.Ref(ctx.arg(a.first_key + i));
  bool wrong_type;
  Stream* stream = ctx.WriteAs<Stream>(key, &wrong_type);
  StreamGroup* group = stream->FindGroup(*a.group);
  bool created;
  StreamConsumer* consumer = ConsumerFor(ctx, key, *group, a.consumer, &created);
  if (created && a.no_ack) {
    ctx.changes().TellInstead(
        ctx.db(), {"XGROUP", "CREATECONSUMER", std::string(key.bytes), group->name(), std::string(a.consumer)});
  }
  consumer->seen_at_ms = ctx.now_ms();
  GroupRead read{key, *stream, *group, *consumer};
  if (a.after[i] == kNewEntries) {
    ReadNewOfGroup(ctx, read, a, out);
  } else {
    ReadHistory(ctx, read, a.after[i], a.count, out);
  }
}

void WaitForStreams(Context& ctx, const ReadArguments& a) {
  WaitFor wait{.type = values::Type::kStream,
               .first_key = a.first_key,
               .key_count = a.key_count,
               .deadline_ms = *a.block_until_ms,
               .when_gone = a.of_group};
  // "$" means what was there when the command came.
  for (size_t i = 0; i < a.key_count; ++i) {
    size_t at = a.first_key + a.key_count + i;
    if (ctx.arg(at) != "$") continue;
    if (wait.args.empty()) wait.args.assign(ctx.args().begin(), ctx.args().end());
    wait.args[at] = values::StreamIdText(a.after[i]).ToString();
  }
  ctx.Wait(std::move(wait));
}

void Read(Context& ctx, bool of_group) {
  ReadArguments a;
  a.of_group = of_group;
  if (!ParseOptions(ctx, &a) || !ParseIds(ctx, &a)) return;
  ctx.changes().TellNothing();
  StreamsReply out(ctx);
  for (size_t i = 0; i < a.key_count; ++i) {
    if (of_group) {
      ReadGroup(ctx, i, a, &out);
      continue;
    }
    store::KeyRef key = ctx.Ref(ctx.arg(a.first_key + i));
    const store::Entry* entry = ctx.Peek(key);
    if (entry != nullptr) ReadAfter(ctx, key.bytes, entry->As<Stream>(), a.after[i], a.count, &out);
  }
  if (!out.empty()) return out.End();
  if (!a.block_until_ms || !ctx.may_wait()) return ctx.reply().NullArray();
  WaitForStreams(ctx, a);
}

}  // namespace

void Xread(Context& ctx) { Read(ctx, false); }
void Xreadgroup(Context& ctx) { Read(ctx, true); }

}  // namespace dunlin::commands::stream_commands
