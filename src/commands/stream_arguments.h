// What the commands of streams share: ids among the arguments, and entries and consumer groups in replies, in errors
// and in what replicas are told.
//
// Thread: as handlers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands/context.h"
#include "values/stream.h"

namespace dunlin::commands {

// How an id may be spelled, besides "ms-seq".
enum class IdWords : uint8_t {
  kNone,  // "ms" alone too
  kEnds,  // and "-" and "+" for the lowest and the highest
};

// The id that `text` spells; `missing_seq` where it says no sequence.
std::optional<values::StreamId> ParseStreamId(std::string_view text, uint64_t missing_seq, IdWords words);
// The same for argument i; otherwise replies "ERR Invalid stream ID specified as stream command argument".
std::optional<values::StreamId> StreamIdArg(Context& ctx, size_t i, uint64_t missing_seq = 0,
                                            IdWords words = IdWords::kNone);
void InvalidStreamId(Context& ctx);

// XADD's id, which may leave the sequence open: "ms-*".
struct NewStreamId {
  values::StreamId id;
  bool sequence_given = true;
};
std::optional<NewStreamId> ParseNewStreamId(std::string_view text);

// The ends of a range, which "(" excludes; otherwise replies the error.
std::optional<values::StreamId> RangeStartArg(Context& ctx, size_t i);
std::optional<values::StreamId> RangeEndArg(Context& ctx, size_t i);

// All arguments from `first` on, as ids; otherwise replies the error.
std::optional<std::vector<values::StreamId>> StreamIdArgs(Context& ctx, size_t first);

inline void ReplyStreamId(Context& ctx, values::StreamId id) { ctx.reply().Bulk(values::StreamIdText(id).view()); }
// The id and the fields.
void ReplyStreamEntry(Context& ctx, const values::StreamEntry& entry);

// "NOGROUP No such key '...' or consumer group '...'", with `suffix` behind it.
void NoSuchKeyOrGroup(Context& ctx, std::string_view key, std::string_view group, std::string_view suffix = "");
// "NOGROUP No such consumer group '...' for key name '...'".
void NoSuchGroup(Context& ctx, std::string_view key, std::string_view group);

// How long ago a moment was. Moments may come from files: whatever they are, this is defined.
inline int64_t MillisecondsSince(int64_t then_ms, int64_t now_ms) {
  return static_cast<int64_t>(static_cast<uint64_t>(now_ms) - static_cast<uint64_t>(then_ms));
}

// The consumer of that name, which is made when there is none.
values::StreamConsumer* ConsumerFor(Context& ctx, const store::KeyRef& key, values::StreamGroup& group,
                                    std::string_view name, bool* created = nullptr);
// Tells, as an XCLAIM that has the same effect, what is pending now and how far the group is.
void TellPending(Context& ctx, const store::KeyRef& key, const values::StreamGroup& group,
                 const values::StreamGroup::Pending& pending);
// Tells how far the group is.
void TellGroupPosition(Context& ctx, const store::KeyRef& key, const values::StreamGroup& group);

}  // namespace dunlin::commands
