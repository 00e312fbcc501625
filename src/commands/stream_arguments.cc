#include "commands/stream_arguments.h"

namespace dunlin::commands {
namespace {

using values::StreamId;
using values::StreamIdText;

constexpr size_t kMaxIdBytes = 127;

// As strtoull reads a whole text: what is in front of the digits may be blanks and a sign.
std::optional<uint64_t> ParseLoosely(std::string_view text) {
  if (auto strict = ParseInt64(text)) return *strict < 0 ? std::nullopt : std::optional(static_cast<uint64_t>(*strict));
  size_t digits = text.find_first_not_of(" \t\n\v\f\r");
  if (digits == std::string_view::npos) return std::nullopt;
  bool negative = text[digits] == '-';
  if (negative || text[digits] == '+') ++digits;
  text.remove_prefix(digits);
  uint64_t value = 0;
  if (text.empty()) return std::nullopt;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value)) {
      return std::nullopt;
    }
  }
  return negative ? 0 - value : value;
}

}  // namespace

std::optional<NewStreamId> ParseNewStreamId(std::string_view text) {
  if (text.size() > kMaxIdBytes) return std::nullopt;
  size_t dash = text.find('-');
  auto ms = ParseLoosely(text.substr(0, dash));
  if (!ms) return std::nullopt;
  if (dash == std::string_view::npos) return NewStreamId{{*ms, 0}, true};
  std::string_view sequence = text.substr(dash + 1);
  if (sequence == "*") return NewStreamId{{*ms, 0}, false};
  auto seq = ParseLoosely(sequence);
  if (!seq) return std::nullopt;
  return NewStreamId{{*ms, *seq}, true};
}

std::optional<StreamId> ParseStreamId(std::string_view text, uint64_t missing_seq, IdWords words) {
  if (text == "-" || text == "+") {
    if (words == IdWords::kNone) return std::nullopt;
    return text == "-" ? StreamId() : StreamId::Max();
  }
  auto parsed = ParseNewStreamId(text);
  if (!parsed || !parsed->sequence_given) return std::nullopt;
  if (text.find('-') == std::string_view::npos) parsed->id.seq = missing_seq;
  return parsed->id;
}

void InvalidStreamId(Context& ctx) { ctx.reply().Error("ERR Invalid stream ID specified as stream command argument"); }

std::optional<StreamId> StreamIdArg(Context& ctx, size_t i, uint64_t missing_seq, IdWords words) {
  auto id = ParseStreamId(ctx.arg(i), missing_seq, words);
  if (!id) InvalidStreamId(ctx);
  return id;
}

std::optional<std::vector<StreamId>> StreamIdArgs(Context& ctx, size_t first) {
  std::vector<StreamId> ids;
  ids.reserve(ctx.arg_count() - first);
  for (size_t i = first; i < ctx.arg_count(); ++i) {
    auto id = StreamIdArg(ctx, i);
    if (!id) return std::nullopt;
    ids.push_back(*id);
  }
  return ids;
}

namespace {

// An end of a range; `exclusive` says whether it was excluded.
std::optional<StreamId> RangeArg(Context& ctx, size_t i, uint64_t missing_seq, bool* exclusive) {
  std::string_view text = ctx.arg(i);
  *exclusive = text.size() > 1 && text[0] == '(';
  auto id = *exclusive ? ParseStreamId(text.substr(1), missing_seq, IdWords::kNone)
                       : ParseStreamId(text, missing_seq, IdWords::kEnds);
  if (!id) InvalidStreamId(ctx);
  return id;
}

}  // namespace

std::optional<StreamId> RangeStartArg(Context& ctx, size_t i) {
  bool exclusive;
  auto id = RangeArg(ctx, i, 0, &exclusive);
  if (!id || !exclusive) return id;
  if (*id != StreamId::Max()) return id->Next();
  ctx.reply().Error("ERR invalid start ID for the interval");
  return std::nullopt;
}

std::optional<StreamId> RangeEndArg(Context& ctx, size_t i) {
  bool exclusive;
  auto id = RangeArg(ctx, i, UINT64_MAX, &exclusive);
  if (!id || !exclusive) return id;
  if (!id->is_zero()) return id->Previous();
  ctx.reply().Error("ERR invalid end ID for the interval");
  return std::nullopt;
}

void ReplyStreamEntry(Context& ctx, const values::StreamEntry& entry) {
  resp::ReplyWriter& reply = ctx.reply();
  reply.Array(2);
  ReplyStreamId(ctx, entry.id());
  reply.Array(2 * entry.field_count());
  entry.ForEachField([&reply](std::string_view name, std::string_view value) {
    reply.Bulk(name);
    reply.Bulk(value);
  });
}

void NoSuchKeyOrGroup(Context& ctx, std::string_view key, std::string_view group, std::string_view suffix) {
  std::string text("NOGROUP No such key '");
  text.append(key).append("' or consumer group '").append(group).append("'").append(suffix);
  ctx.reply().Error(text);
}

void NoSuchGroup(Context& ctx, std::string_view key, std::string_view group) {
  std::string text("NOGROUP No such consumer group '");
  text.append(group).append("' for key name '").append(key).append("'");
  ctx.reply().Error(text);
}

values::StreamConsumer* ConsumerFor(Context& ctx, const store::KeyRef& key, values::StreamGroup& group,
                                    std::string_view name, bool* created) {
  values::StreamConsumer* consumer = group.FindConsumer(name);
  if (created != nullptr) *created = consumer == nullptr;
  if (consumer != nullptr) return consumer;
  ctx.changes().Dirty();
  ctx.Event(kEventStream, "xgroup-createconsumer", key);
  return group.AddConsumer(name, ctx.now_ms());
}

void TellPending(Context& ctx, const store::KeyRef& key, const values::StreamGroup& group,
                 const values::StreamGroup::Pending& pending) {
  ctx.changes().TellInstead(
      ctx.db(), {"XCLAIM", std::string(key.bytes), group.name(), pending.consumer->name(), "0",
                 StreamIdText(pending.id).ToString(), "TIME", std::to_string(pending.delivered_at_ms), "RETRYCOUNT",
                 std::to_string(static_cast<int64_t>(pending.deliveries)), "FORCE", "JUSTID", "LASTID",
                 StreamIdText(group.last_id).ToString()});
}

void TellGroupPosition(Context& ctx, const store::KeyRef& key, const values::StreamGroup& group) {
  ctx.changes().TellInstead(
      ctx.db(), {"XGROUP", "SETID", std::string(key.bytes), group.name(), StreamIdText(group.last_id).ToString(),
                 "ENTRIESREAD", std::to_string(group.entries_read)});
}

}  // namespace dunlin::commands
