// FUNCTION.
#include "server/ops.h"

namespace dunlin::server {
void OpFunctionCommand(Call& call) { call.reply.Error("ERR not yet"); }
}  // namespace dunlin::server
