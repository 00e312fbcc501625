// What the families of collections (lists, hashes, sets, sorted sets) have in common: how a command ends that took
// elements out, or that stores a result, and how a pair of indexes means a range.
//
// Thread: as handlers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include "commands/context.h"

namespace dunlin::commands {

// Elements `first` .. `first + count - 1`.
struct IndexRange {
  uint64_t first = 0;
  uint64_t count = 0;
};

// The part of `size` elements that lies between two indexes, both included; negative ones count from the end.
inline IndexRange ClipRange(int64_t start, int64_t stop, uint64_t size) {
  auto length = static_cast<int64_t>(size);
  if (start < 0) start = std::max<int64_t>(0, start + length);
  if (stop < 0) stop += length;
  stop = std::min(stop, length - 1);
  if (start > stop) return {};
  return {static_cast<uint64_t>(start), static_cast<uint64_t>(stop - start) + 1};
}

// Elements were taken out of the collection at `key`: tells it, and deletes the key when none is left. `event` is a
// literal. The collection may be gone afterwards.
template <typename T>
void NoteRemoval(Context& ctx, const store::KeyRef& key, const T& collection, EventClass event_class,
                 std::string_view event, int64_t dirty) {
  bool empty = collection.empty();
  ctx.Changed(key, event_class, event, dirty);
  if (!empty) return;
  ctx.SlotOf(key).Erase(ctx.slot_context(), ctx.db(), key);
  ctx.Event(kEventGeneric, "del", key);
}

// The end of the STORE forms: the result replaces whatever the key held; an empty one deletes it. Replies its size.
// `event` is a literal.
template <typename T>
void StoreResult(Context& ctx, const store::KeyRef& key, T result, EventClass event_class, std::string_view event) {
  auto size = static_cast<int64_t>(result.size());
  if (size == 0) {
    if (ctx.Delete(key)) ctx.Changed(key, kEventGeneric, "del");
  } else {
    bool is_new = ctx.Peek(key) == nullptr;
    ctx.PutValue(key, values::Value(std::move(result)), store::kNoExpiry);
    if (is_new) ctx.Event(kEventNew, "new", key);
    ctx.Changed(key, event_class, event);
  }
  ctx.reply().Integer(size);
}

}  // namespace dunlin::commands
