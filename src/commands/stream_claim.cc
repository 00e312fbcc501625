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

// XAUTOCLAIM looks at so many pending entries for each that it may claim.
constexpr int64_t kLooksPerClaim = 10;
constexpr int64_t kDefaultClaims = 100;
constexpr int64_t kMaxClaims = INT64_MAX / 16;

// Who claims what of which group.
struct Claim {
  const store::KeyRef& key;
  Stream& stream;
  StreamGroup& group;
  StreamConsumer* consumer = nullptr;
  int64_t min_idle_ms = 0;
  int64_t delivered_at_ms = 0;
  std::optional<uint64_t> deliveries;  // RETRYCOUNT; else one more, unless just_id
  bool just_id = false;
};

// The group at argument 2 of the stream at argument 1; otherwise replies the error.
StreamGroup* GroupArg(Context& ctx, Stream** stream) {
  bool wrong_type;
  *stream = ctx.WriteAs<Stream>(ctx.Key(1), &wrong_type);
  if (wrong_type) {
    ctx.WrongType();
    return nullptr;
  }
  StreamGroup* group = *stream == nullptr ? nullptr : (*stream)->FindGroup(ctx.arg(2));
  if (group == nullptr) NoSuchKeyOrGroup(ctx, ctx.arg(1), ctx.arg(2));
  return group;
}

// What is pending of an entry that is gone: replicas are told it as it is, and find out the same.
void ForgetErased(Context& ctx, const Claim& claim, const StreamGroup::Pending& pending) {
  TellPending(ctx, claim.key, claim.group, pending);
  claim.group.Forget(pending.id);
  ctx.changes().Dirty();
}

// The entry passes over to the consumer, and is replied. `before` is null when it was not pending.
void TakeOver(Context& ctx, const Claim& claim, const values::StreamEntry& entry, const StreamGroup::Pending* before) {
  uint64_t deliveries = before == nullptr ? 1 : before->deliveries;
  if (claim.deliveries) {
    deliveries = *claim.deliveries;
  } else if (!claim.just_id) {
    ++deliveries;
  }
  StreamGroup::Pending pending{entry.id(), claim.delivered_at_ms, deliveries, claim.consumer};
  claim.group.Assign(pending);
  claim.just_id ? ReplyStreamId(ctx, entry.id()) : ReplyStreamEntry(ctx, entry);
  claim.consumer->active_at_ms = ctx.now_ms();
  TellPending(ctx, claim.key, claim.group, pending);
  ctx.changes().Dirty();
}

bool IdleLongEnough(const Claim& claim, const StreamGroup::Pending& pending, int64_t now_ms) {
  return claim.min_idle_ms == 0 || MillisecondsSince(pending.delivered_at_ms, now_ms) >= claim.min_idle_ms;
}

// --- XCLAIM ---

struct ClaimArguments {
  std::vector<StreamId> ids;
  std::optional<int64_t> delivered_at_ms;
  std::optional<uint64_t> deliveries;
  bool force = false;
  bool just_id = false;
  StreamId last_id;
};

// The ids from argument 5 on, and the options behind them. False when an error was replied.
bool ParseClaim(Context& ctx, ClaimArguments* a) {
  size_t i = 5;
  for (; i < ctx.arg_count(); ++i) {
    auto id = ParseStreamId(ctx.arg(i), 0, IdWords::kNone);
    if (!id) break;
    a->ids.push_back(*id);
  }
  for (; i < ctx.arg_count(); ++i) {
    std::string_view word = ctx.arg(i);
    bool more = i + 1 < ctx.arg_count();
    if (EqualsIgnoreCase(word, "force")) {
      a->force = true;
    } else if (EqualsIgnoreCase(word, "justid")) {
      a->just_id = true;
    } else if (more && EqualsIgnoreCase(word, "idle")) {
      auto idle = ctx.IntegerArg(++i, INT64_MIN, INT64_MAX, "ERR Invalid IDLE option argument for XCLAIM");
      if (!idle) return false;
      a->delivered_at_ms = MillisecondsSince(*idle, ctx.now_ms());
    } else if (more && EqualsIgnoreCase(word, "time")) {
      a->delivered_at_ms = ctx.IntegerArg(++i, INT64_MIN, INT64_MAX, "ERR Invalid TIME option argument for XCLAIM");
      if (!a->delivered_at_ms) return false;
    } else if (more && EqualsIgnoreCase(word, "retrycount")) {
      auto count = ctx.IntegerArg(++i, INT64_MIN, INT64_MAX, "ERR Invalid RETRYCOUNT option argument for XCLAIM");
      if (!count) return false;
      a->deliveries = *count < 0 ? std::nullopt : std::optional(static_cast<uint64_t>(*count));
    } else if (more && EqualsIgnoreCase(word, "lastid")) {
      auto id = StreamIdArg(ctx, ++i);
      if (!id) return false;
      a->last_id = *id;
    } else {
      ctx.reply().Error(std::string("ERR Unrecognized XCLAIM option '").append(word).append("'"));
      return false;
    }
  }
  return true;
}

// True when something was told, which tells the group's last id too.
bool ClaimOne(Context& ctx, const Claim& claim, StreamId id, bool force, size_t* claimed) {
  const StreamGroup::Pending* pending = claim.group.FindPending(id);
  StreamCursor at = claim.stream.AtOrAfter(id);
  if (!at.valid() || at.id() != id) {
    if (pending == nullptr) return false;
    ForgetErased(ctx, claim, *pending);
    return true;
  }
  if (pending == nullptr && !force) return false;
  if (pending != nullptr && !IdleLongEnough(claim, *pending, ctx.now_ms())) return false;
  TakeOver(ctx, claim, at.entry(), pending);
  ++*claimed;
  return true;
}

// --- XAUTOCLAIM ---

struct AutoclaimArguments {
  int64_t min_idle_ms = 0;
  StreamId start;
  int64_t count = kDefaultClaims;
  bool just_id = false;
};

// False when an error was replied.
bool ParseAutoclaim(Context& ctx, AutoclaimArguments* a) {
  auto idle = ctx.IntegerArg(4, INT64_MIN, INT64_MAX, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
  if (!idle) return false;
  a->min_idle_ms = std::max<int64_t>(*idle, 0);
  auto start = RangeStartArg(ctx, 5);
  if (!start) return false;
  a->start = *start;
  for (size_t i = 6; i < ctx.arg_count(); ++i) {
    if (EqualsIgnoreCase(ctx.arg(i), "count") && i + 1 < ctx.arg_count()) {
      auto count = ctx.IntegerArg(++i, 1, kMaxClaims, "ERR COUNT must be > 0");
      if (!count) return false;
      a->count = *count;
    } else if (EqualsIgnoreCase(ctx.arg(i), "justid")) {
      a->just_id = true;
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  return true;
}

// Claims from `a.start` on, writing the entries; returns where to go on, or zero at the end.
StreamId ClaimSome(Context& ctx, const Claim& claim, const AutoclaimArguments& a, size_t* claimed,
                   std::vector<StreamId>* erased) {
  StreamId next = a.start;
  int64_t left = a.count;
  for (int64_t looks = a.count * kLooksPerClaim; looks > 0 && left > 0; --looks) {
    auto cursor = claim.group.pending().AtOrAfter(next);
    if (!cursor.valid()) return {};
    StreamGroup::Pending pending = cursor.item();
    StreamCursor at = claim.stream.AtOrAfter(pending.id);
    if (!at.valid() || at.id() != pending.id) {
      ForgetErased(ctx, claim, pending);
      erased->push_back(pending.id);
      --left;
    } else if (IdleLongEnough(claim, pending, ctx.now_ms())) {
      TakeOver(ctx, claim, at.entry(), &pending);
      ++*claimed;
      --left;
    }
    if (pending.id == StreamId::Max()) return {};
    next = pending.id.Next();
  }
  auto cursor = claim.group.pending().AtOrAfter(next);
  return cursor.valid() ? cursor.item().id : StreamId();
}

}  // namespace

void Xclaim(Context& ctx) {
  Stream* stream;
  StreamGroup* group = GroupArg(ctx, &stream);
  if (group == nullptr) return;
  auto min_idle = ctx.IntegerArg(4, INT64_MIN, INT64_MAX, "ERR Invalid min-idle-time argument for XCLAIM");
  if (!min_idle) return;
  ClaimArguments a;
  if (!ParseClaim(ctx, &a)) return;
  bool last_id_untold = a.last_id > group->last_id;
  if (last_id_untold) group->last_id = a.last_id;
  int64_t delivered_at_ms = a.delivered_at_ms.value_or(ctx.now_ms());
  if (delivered_at_ms < 0 || delivered_at_ms > ctx.now_ms()) delivered_at_ms = ctx.now_ms();

  ctx.changes().TellNothing();
  const store::KeyRef& key = ctx.Key(1);
  Claim claim{key, *stream, *group};
  claim.consumer = ConsumerFor(ctx, key, *group, ctx.arg(3));
  claim.consumer->seen_at_ms = ctx.now_ms();
  claim.min_idle_ms = std::max<int64_t>(*min_idle, 0);
  claim.delivered_at_ms = delivered_at_ms;
  claim.deliveries = a.deliveries;
  claim.just_id = a.just_id;
  auto mark = ctx.reply().BeginDeferred();
  size_t claimed = 0;
  for (StreamId id : a.ids) {
    if (ClaimOne(ctx, claim, id, a.force, &claimed)) last_id_untold = false;
  }
  if (last_id_untold) {
    TellGroupPosition(ctx, key, *group);
    ctx.changes().Dirty();
  }
  ctx.reply().EndArray(mark, claimed);
}

void Xautoclaim(Context& ctx) {
  AutoclaimArguments a;
  if (!ParseAutoclaim(ctx, &a)) return;
  Stream* stream;
  StreamGroup* group = GroupArg(ctx, &stream);
  if (group == nullptr) return;
  ctx.changes().TellNothing();
  const store::KeyRef& key = ctx.Key(1);
  Claim claim{key, *stream, *group};
  claim.consumer = ConsumerFor(ctx, key, *group, ctx.arg(3));
  claim.consumer->seen_at_ms = ctx.now_ms();
  claim.min_idle_ms = a.min_idle_ms;
  claim.delivered_at_ms = ctx.now_ms();
  claim.just_id = a.just_id;
  // The array's beginning is known at its end: ids are written in front of what was claimed.
  resp::ReplyWriter& reply = ctx.reply();
  auto mark = reply.BeginDeferred();
  size_t claimed = 0;
  std::vector<StreamId> erased;
  StreamId next = ClaimSome(ctx, claim, a, &claimed, &erased);
  reply.EndArray(mark, claimed);
  Buffer head;
  resp::ReplyWriter head_reply(head, reply.version());
  head_reply.Array(3);
  head_reply.Bulk(values::StreamIdText(next).view());
  reply.out().InsertBeforeTail(reply.out().size() - mark, head.view());
  reply.Array(erased.size());
  for (StreamId id : erased) ReplyStreamId(ctx, id);
}

}  // namespace dunlin::commands::stream_commands
