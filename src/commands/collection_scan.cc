#include "commands/collection_scan.h"

#include <string>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::commands {

bool ParseScanCursor(Context& ctx, CollectionScan* scan) {
  auto cursor = ParseUint64(ctx.arg(2));
  if (!cursor) {
    ctx.reply().Error("ERR invalid cursor");
    return false;
  }
  scan->cursor = *cursor;
  return true;
}

bool ParseScanOptions(Context& ctx, CollectionScan* scan) {
  for (size_t i = 3; i < ctx.arg_count(); i += 2) {
    bool has_value = i + 1 < ctx.arg_count();
    if (EqualsIgnoreCase(ctx.arg(i), "count") && has_value) {
      auto count = ctx.IntegerArg(i + 1);
      if (!count) return false;
      if (*count < 1) {
        ctx.SyntaxError();
        return false;
      }
      scan->count = *count;
    } else if (EqualsIgnoreCase(ctx.arg(i), "match") && has_value) {
      scan->pattern = ctx.arg(i + 1);
      scan->match = scan->pattern != "*";
    } else {
      ctx.SyntaxError();
      return false;
    }
  }
  return true;
}

void ReplyEmptyScan(Context& ctx) {
  ctx.reply().Array(2);
  ctx.reply().Bulk("0");
  ctx.reply().Array(0);
}

void FinishScan(Context& ctx, resp::ReplyWriter::Mark mark, size_t written, uint64_t cursor) {
  resp::ReplyWriter& reply = ctx.reply();
  reply.EndArray(mark, written);
  Buffer front;
  resp::ReplyWriter(front, reply.version()).Bulk(std::to_string(cursor));
  reply.out().InsertBeforeTail(reply.out().size() - mark, front.view());
}

}  // namespace dunlin::commands
