#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {

void OpMonitor(Call& call) {
  if (call.in_exec) {
    call.reply.Error("ERR MONITOR isn't allowed for DENY BLOCKING client");
    return;
  }
  Session& session = call.session;
  if (session.monitor || session.kind == SessionKind::kReplica) return;
  session.monitor = true;
  call.server.monitors().Add(session.worker, session.id);
  call.reply.Ok();
}

}  // namespace dunlin::server
