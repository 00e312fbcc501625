// HSCAN, SSCAN and ZSCAN: a walk through one collection, some elements a call.
//
// Thread: as handlers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/glob.h"
#include "commands/context.h"

namespace dunlin::commands {

struct CollectionScan {
  uint64_t cursor = 0;
  int64_t count = 10;
  std::string_view pattern;
  bool match = false;

  bool Shows(std::string_view element) const { return !match || GlobMatch(pattern, element); }
};

// The cursor at argument 2; otherwise replies the error.
bool ParseScanCursor(Context& ctx, CollectionScan* scan);
// The options from argument 3 on; otherwise replies the error.
bool ParseScanOptions(Context& ctx, CollectionScan* scan);
// What is replied for a key that does not exist.
void ReplyEmptyScan(Context& ctx);

// Puts the cursor and the array's header in front of the `written` replies that stand behind `mark`.
void FinishScan(Context& ctx, resp::ReplyWriter::Mark mark, size_t written, uint64_t cursor);

// Replies a step of the walk. write(reply, scan, element...) gets what collection.Scan() passes on, and returns how
// many replies it wrote: none for an element that is not shown.
template <typename T, typename Write>
void ReplyScan(Context& ctx, const CollectionScan& scan, const T& collection, Write&& write) {
  // A table that is nearly empty costs steps without elements.
  constexpr int64_t kStepsPerElement = 10;
  resp::ReplyWriter& reply = ctx.reply();
  reply.Array(2);
  auto mark = reply.BeginDeferred();
  size_t written = 0;
  int64_t seen = 0;
  uint64_t cursor = scan.cursor;
  for (int64_t steps = 0; steps / kStepsPerElement <= scan.count; ++steps) {
    cursor = collection.Scan(cursor, [&](auto... element) {
      ++seen;
      written += write(reply, scan, element...);
    });
    if (cursor == 0 || seen >= scan.count) break;
  }
  FinishScan(ctx, mark, written, cursor);
}

}  // namespace dunlin::commands
