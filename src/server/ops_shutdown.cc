#include "base/ascii.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

struct ShutdownRequest {
  uint8_t flags = kShutdownDefault;
  bool abort = false;
};

// Nothing when the words make no sense, alone or together.
std::optional<ShutdownRequest> Parse(commands::Args words) {
  ShutdownRequest request;
  for (std::string_view word : words) {
    if (EqualsIgnoreCase(word, "nosave")) {
      request.flags |= kShutdownNoSave;
    } else if (EqualsIgnoreCase(word, "save")) {
      request.flags |= kShutdownSave;
    } else if (EqualsIgnoreCase(word, "now")) {
      request.flags |= kShutdownNow;
    } else if (EqualsIgnoreCase(word, "force")) {
      request.flags |= kShutdownForce;
    } else if (EqualsIgnoreCase(word, "abort")) {
      request.abort = true;
    } else {
      return std::nullopt;
    }
  }
  bool save_and_not = (request.flags & kShutdownSave) && (request.flags & kShutdownNoSave);
  if (save_and_not || (request.abort && request.flags != kShutdownDefault)) return std::nullopt;
  return request;
}

}  // namespace

void OpShutdown(Call& call) {
  std::optional<ShutdownRequest> request = Parse(call.args.subspan(1));
  if (!request) {
    call.reply.Error("ERR syntax error");
    return;
  }
  if (request->abort) {
    call.server.AbortShutdown() ? call.reply.Ok() : call.reply.Error("ERR No shutdown in progress.");
    return;
  }
  if (call.in_exec && !(request->flags & kShutdownNow)) {
    call.reply.Error("ERR SHUTDOWN without NOW or ABORT isn't allowed for DENY BLOCKING client");
    return;
  }
  if (call.worker.amid_script() && !(request->flags & kShutdownNoSave)) {
    call.reply.Error(call.server.scripting().BusyError());
    return;
  }
  // Asked for first: a client that waits for no shutdown is told that it failed.
  call.server.RequestShutdown(request->flags);
  call.worker.Block(call.session, {.kind = BlockKind::kShutdown});
}

}  // namespace dunlin::server
