#include "server/control.h"
#include "server/info.h"
#include "server/ops.h"
#include "server/server.h"

namespace dunlin::server {

void OpInfo(Call& call) {
  InfoSelection selection(call.args.subspan(1));
  InfoSources sources;
  std::string text;
  if (call.server.gate().is_alone() && !call.server.control().is_this_thread()) {
    // Alone already, in a script: nobody may be waited for.
    sources = GatherInfoAtOnce(call.server);
    text = RenderInfo(call.server, selection, sources);
  } else {
    call.worker.OutsideGate([&] { sources = GatherInfo(call.server); });
    auto render = [&] { text = RenderInfo(call.server, selection, sources); };
    if (!call.worker.AloneUnlessScriptLingers(render)) {
      call.facts_changed = true;
      return;
    }
  }
  call.reply.Verbatim("txt", text);
}

void OpTime(Call& call) {
  // In a transaction and in a script the clock stands still.
  int64_t now_us = call.in_exec ? call.now_ms * 1000 : call.server.clock_us();
  call.reply.Array(2);
  call.reply.Bulk(std::to_string(now_us / 1000000));
  call.reply.Bulk(std::to_string(now_us % 1000000));
}

}  // namespace dunlin::server
