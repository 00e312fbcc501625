#include "base/ascii.h"
#include "commands/stream_arguments.h"
#include "commands/stream_rows.h"

namespace dunlin::commands::stream_commands {
namespace {

using values::Stream;
using values::StreamConsumer;
using values::StreamGroup;
using values::StreamId;

struct PendingArguments {
  int64_t min_idle_ms = 0;
  StreamId start;
  StreamId end;
  uint64_t count = 0;
  std::optional<std::string_view> consumer;
};

// [IDLE min-idle-time] start end count [consumer]. False when an error was replied.
bool Parse(Context& ctx, PendingArguments* a) {
  size_t i = 3;
  if (EqualsIgnoreCase(ctx.arg(3), "idle")) {
    auto idle = ctx.IntegerArg(4);
    if (!idle) return false;
    a->min_idle_ms = *idle;
    if (ctx.arg_count() < 8) {
      ctx.SyntaxError();
      return false;
    }
    i += 2;
  }
  auto count = ctx.IntegerArg(i + 2);
  if (!count) return false;
  a->count = static_cast<uint64_t>(std::max<int64_t>(*count, 0));
  auto start = RangeStartArg(ctx, i);
  if (!start) return false;
  auto end = RangeEndArg(ctx, i + 1);
  if (!end) return false;
  a->start = *start;
  a->end = *end;
  if (i + 3 < ctx.arg_count()) a->consumer = ctx.arg(i + 3);
  return true;
}

void Summarize(Context& ctx, const StreamGroup& group) {
  resp::ReplyWriter& reply = ctx.reply();
  reply.Array(4);
  reply.Integer(static_cast<int64_t>(group.pending().size()));
  if (group.pending().empty()) {
    reply.Null();
    reply.Null();
    reply.NullArray();
    return;
  }
  ReplyStreamId(ctx, group.pending().First().item().id);
  ReplyStreamId(ctx, group.pending().Last().item().id);
  auto mark = reply.BeginDeferred();
  size_t written = 0;
  for (size_t i = 0; i < group.consumer_count(); ++i) {
    const StreamConsumer& consumer = group.consumer(i);
    if (consumer.pending_count() == 0) continue;
    reply.Array(2);
    reply.Bulk(consumer.name());
    reply.BulkInteger(static_cast<int64_t>(consumer.pending_count()));
    ++written;
  }
  reply.EndArray(mark, written);
}

class PendingList {
 public:
  PendingList(Context& ctx, const PendingArguments& a) : ctx_(ctx), a_(a), mark_(ctx.reply().BeginDeferred()) {}

  // False when the list is complete.
  bool Add(const StreamGroup::Pending& pending) {
    if (written_ == a_.count || pending.id > a_.end) return false;
    int64_t idle_ms = MillisecondsSince(pending.delivered_at_ms, ctx_.now_ms());
    if (a_.min_idle_ms != 0 && idle_ms < a_.min_idle_ms) return true;
    ctx_.reply().Array(4);
    ReplyStreamId(ctx_, pending.id);
    ctx_.reply().Bulk(pending.consumer->name());
    ctx_.reply().Integer(std::max<int64_t>(idle_ms, 0));
    ctx_.reply().Integer(static_cast<int64_t>(pending.deliveries));
    ++written_;
    return true;
  }
  void End() { ctx_.reply().EndArray(mark_, written_); }

 private:
  Context& ctx_;
  const PendingArguments& a_;
  resp::ReplyWriter::Mark mark_;
  uint64_t written_ = 0;
};

void List(Context& ctx, const StreamGroup& group, const PendingArguments& a) {
  const StreamConsumer* consumer = nullptr;
  if (a.consumer) {
    consumer = group.FindConsumer(*a.consumer);
    if (consumer == nullptr) return ctx.reply().Array(0);
  }
  PendingList list(ctx, a);
  if (consumer != nullptr) {
    for (auto at = consumer->pending().AtOrAfter(a.start); at.valid(); at.Next()) {
      if (!list.Add(*group.FindPending(at.item().id))) break;
    }
  } else {
    for (auto at = group.pending().AtOrAfter(a.start); at.valid() && list.Add(at.item()); at.Next()) {
    }
  }
  list.End();
}

}  // namespace

void Xack(Context& ctx) {
  bool wrong_type;
  Stream* stream = ctx.WriteAs<Stream>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  StreamGroup* group = stream == nullptr ? nullptr : stream->FindGroup(ctx.arg(2));
  if (group == nullptr) return ctx.reply().Integer(0);
  auto ids = StreamIdArgs(ctx, 3);
  if (!ids) return;
  int64_t confirmed = 0;
  for (StreamId id : *ids) confirmed += group->Forget(id) ? 1 : 0;
  ctx.changes().Dirty(confirmed);
  ctx.reply().Integer(confirmed);
}

void Xpending(Context& ctx) {
  bool summary = ctx.arg_count() == 3;
  if (!summary && (ctx.arg_count() < 6 || ctx.arg_count() > 9)) return ctx.SyntaxError();
  PendingArguments a;
  if (!summary && !Parse(ctx, &a)) return;
  bool wrong_type;
  const Stream* stream = ctx.ReadAs<Stream>(ctx.Key(1), &wrong_type);
  if (wrong_type) return ctx.WrongType();
  const StreamGroup* group = stream == nullptr ? nullptr : stream->FindGroup(ctx.arg(2));
  if (group == nullptr) return NoSuchKeyOrGroup(ctx, ctx.arg(1), ctx.arg(2));
  summary ? Summarize(ctx, *group) : List(ctx, *group, a);
}

}  // namespace dunlin::commands::stream_commands
