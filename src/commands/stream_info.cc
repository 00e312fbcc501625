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

constexpr int64_t kDefaultShown = 10;

// One pair after the other of a map.
class Facts {
 public:
  Facts(Context& ctx, size_t pairs) : ctx_(ctx) { ctx.reply().Map(pairs); }

  // The value follows.
  resp::ReplyWriter& Name(std::string_view name) {
    ctx_.reply().Bulk(name);
    return ctx_.reply();
  }
  void Number(std::string_view name, uint64_t value) { Name(name).Integer(static_cast<int64_t>(value)); }
  void Moment(std::string_view name, int64_t value) { Name(name).Integer(value); }
  void Text(std::string_view name, std::string_view value) { Name(name).Bulk(value); }
  void Id(std::string_view name, StreamId id) { Text(name, values::StreamIdText(id).view()); }
  void NumberIfKnown(std::string_view name, std::optional<int64_t> value) {
    value ? Name(name).Integer(*value) : Name(name).Null();
  }

 private:
  Context& ctx_;
};

// The stream at argument 2; otherwise replies the error.
const Stream* StreamArg(Context& ctx) {
  bool wrong_type;
  const Stream* stream = ctx.ReadAs<Stream>(ctx.Key(2), &wrong_type);
  if (wrong_type) {
    ctx.WrongType();
  } else if (stream == nullptr) {
    ctx.NoSuchKey();
  }
  return stream;
}

std::optional<int64_t> EntriesRead(const StreamGroup& group) {
  return group.entries_read == StreamGroup::kUnknown ? std::nullopt : std::optional(group.entries_read);
}

void WrongSubcommandArguments(Context& ctx) {
  std::string text = "ERR unknown subcommand or wrong number of arguments for '";
  text.append(ctx.arg(1).substr(0, 128)).append("'. Try XINFO HELP.");
  ctx.reply().Error(text);
}

// FULL [COUNT count]; 0 shows all. False when an error was replied.
bool ParseFull(Context& ctx, uint64_t* shown) {
  size_t options = ctx.arg_count() - 3;
  bool fits = (options == 1 || options == 3) && EqualsIgnoreCase(ctx.arg(3), "full") &&
              (options == 1 || EqualsIgnoreCase(ctx.arg(4), "count"));
  if (!fits) {
    WrongSubcommandArguments(ctx);
    return false;
  }
  int64_t count = kDefaultShown;
  if (options == 3) {
    auto given = ctx.IntegerArg(5);
    if (!given) return false;
    if (*given >= 0) count = *given;
  }
  *shown = count == 0 ? UINT64_MAX : static_cast<uint64_t>(count);
  return true;
}

void DescribeStream(Facts& facts, const Stream& stream) {
  uint64_t nodes = stream.nodes().size();
  facts.Number("length", stream.size());
  // There is no radix tree; one that held the same would have a node more than keys, at least.
  facts.Number("radix-tree-keys", nodes);
  facts.Number("radix-tree-nodes", nodes + 1);
  facts.Id("last-generated-id", stream.last_id());
  facts.Id("max-deleted-entry-id", stream.max_erased_id());
  facts.Number("entries-added", stream.entries_added());
  facts.Id("recorded-first-entry-id", stream.first_entry_id());
}

void ReplyEntryIfAny(Context& ctx, const StreamCursor& at) {
  at.valid() ? ReplyStreamEntry(ctx, at.entry()) : ctx.reply().Null();
}

void ReplyConsumer(Context& ctx, const StreamGroup& group, const StreamConsumer& consumer, uint64_t shown) {
  Facts facts(ctx, 5);
  facts.Text("name", consumer.name());
  facts.Moment("seen-time", consumer.seen_at_ms);
  facts.Moment("active-time", consumer.active_at_ms);
  facts.Number("pel-count", consumer.pending_count());
  facts.Name("pending").Array(std::min(shown, consumer.pending_count()));
  uint64_t left = shown;
  for (auto at = consumer.pending().First(); at.valid() && left > 0; at.Next(), --left) {
    const StreamGroup::Pending& pending = *group.FindPending(at.item().id);
    ctx.reply().Array(3);
    ReplyStreamId(ctx, pending.id);
    ctx.reply().Integer(pending.delivered_at_ms);
    ctx.reply().Integer(static_cast<int64_t>(pending.deliveries));
  }
}

void ReplyGroup(Context& ctx, const Stream& stream, const StreamGroup& group, uint64_t shown) {
  Facts facts(ctx, 7);
  facts.Text("name", group.name());
  facts.Id("last-delivered-id", group.last_id);
  facts.NumberIfKnown("entries-read", EntriesRead(group));
  facts.NumberIfKnown("lag", stream.LagOf(group));
  facts.Number("pel-count", group.pending().size());
  facts.Name("pending").Array(std::min(shown, group.pending().size()));
  uint64_t left = shown;
  for (auto at = group.pending().First(); at.valid() && left > 0; at.Next(), --left) {
    ctx.reply().Array(4);
    ReplyStreamId(ctx, at.item().id);
    ctx.reply().Bulk(at.item().consumer->name());
    ctx.reply().Integer(at.item().delivered_at_ms);
    ctx.reply().Integer(static_cast<int64_t>(at.item().deliveries));
  }
  facts.Name("consumers").Array(group.consumer_count());
  for (size_t i = 0; i < group.consumer_count(); ++i) ReplyConsumer(ctx, group, group.consumer(i), shown);
}

void ReplyFull(Context& ctx, const Stream& stream, uint64_t shown) {
  Facts facts(ctx, 9);
  DescribeStream(facts, stream);
  facts.Name("entries").Array(std::min(shown, stream.size()));
  uint64_t left = shown;
  for (StreamCursor at = stream.First(); at.valid() && left > 0; at.Next(), --left) ReplyStreamEntry(ctx, at.entry());
  facts.Name("groups").Array(stream.group_count());
  for (size_t i = 0; i < stream.group_count(); ++i) ReplyGroup(ctx, stream, stream.group(i), shown);
}

}  // namespace

void XinfoStream(Context& ctx) {
  const Stream* stream = StreamArg(ctx);
  if (stream == nullptr) return;
  if (ctx.arg_count() > 3) {
    uint64_t shown;
    if (ParseFull(ctx, &shown)) ReplyFull(ctx, *stream, shown);
    return;
  }
  Facts facts(ctx, 10);
  DescribeStream(facts, *stream);
  facts.Number("groups", stream->group_count());
  facts.Name("first-entry");
  ReplyEntryIfAny(ctx, stream->First());
  facts.Name("last-entry");
  ReplyEntryIfAny(ctx, stream->Last());
}

void XinfoGroups(Context& ctx) {
  const Stream* stream = StreamArg(ctx);
  if (stream == nullptr) return;
  ctx.reply().Array(stream->group_count());
  for (size_t i = 0; i < stream->group_count(); ++i) {
    const StreamGroup& group = stream->group(i);
    Facts facts(ctx, 6);
    facts.Text("name", group.name());
    facts.Number("consumers", group.consumer_count());
    facts.Number("pending", group.pending().size());
    facts.Id("last-delivered-id", group.last_id);
    facts.NumberIfKnown("entries-read", EntriesRead(group));
    facts.NumberIfKnown("lag", stream->LagOf(group));
  }
}

void XinfoConsumers(Context& ctx) {
  const Stream* stream = StreamArg(ctx);
  if (stream == nullptr) return;
  const StreamGroup* group = stream->FindGroup(ctx.arg(3));
  if (group == nullptr) return NoSuchGroup(ctx, ctx.arg(2), ctx.arg(3));
  ctx.reply().Array(group->consumer_count());
  for (size_t i = 0; i < group->consumer_count(); ++i) {
    const StreamConsumer& consumer = group->consumer(i);
    bool never = consumer.active_at_ms == StreamConsumer::kNeverActive;
    Facts facts(ctx, 4);
    facts.Text("name", consumer.name());
    facts.Number("pending", consumer.pending_count());
    facts.Moment("idle", std::max<int64_t>(0, MillisecondsSince(consumer.seen_at_ms, ctx.now_ms())));
    facts.Moment("inactive", never ? -1 : MillisecondsSince(consumer.active_at_ms, ctx.now_ms()));
  }
}

void XinfoHelp(Context& ctx) {
  static constexpr std::string_view kLines[] = {
      "XINFO <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "CONSUMERS <key> <groupname>",
      "    List the consumers of a group.",
      "GROUPS <key>",
      "    List the groups of a stream.",
      "STREAM <key> [FULL [COUNT <count>]",
      "    Tell what is known of a stream; with FULL, also of its entries and groups.",
      "HELP",
      "    Print this help.",
  };
  ctx.reply().Array(std::size(kLines));
  for (std::string_view line : kLines) ctx.reply().Simple(line);
}

}  // namespace dunlin::commands::stream_commands
