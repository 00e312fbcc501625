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
    call.worker.Alone([&] { text = RenderInfo(call.server, selection, sources); });
  }
  call.reply.Verbatim("txt", text);
}

void OpTime(Call& call) {
  int64_t now_us = call.server.clock_us();
  call.reply.Array(2);
  call.reply.Bulk(std::to_string(now_us / 1000000));
  call.reply.Bulk(std::to_string(now_us % 1000000));
}

}  // namespace dunlin::server
