// Ops that are not built yet.
#include "server/ops.h"

namespace dunlin::server {
namespace {
void NotBuilt(Call& call) { call.reply.Error("ERR this command is not built yet"); }
}  // namespace

void OpCommand(Call& call) { NotBuilt(call); }
void OpMonitor(Call& call) { NotBuilt(call); }
void OpModule(Call& call) { NotBuilt(call); }
void OpAcl(Call& call) { NotBuilt(call); }
void OpLolwut(Call& call) { NotBuilt(call); }
void OpScript(Call& call) { NotBuilt(call); }
void OpFunctionCommand(Call& call) { NotBuilt(call); }

}  // namespace dunlin::server
