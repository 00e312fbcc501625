// Ops that are not built yet.
#include "server/ops.h"

namespace dunlin::server {
namespace {
void NotBuilt(Call& call) { call.reply.Error("ERR this command is not built yet"); }
}  // namespace

void OpScript(Call& call) { NotBuilt(call); }
void OpFunctionCommand(Call& call) { NotBuilt(call); }

}  // namespace dunlin::server
