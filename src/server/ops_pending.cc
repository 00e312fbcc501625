// Ops that are not built yet.
#include "server/ops.h"

namespace dunlin::server {
namespace {
void NotBuilt(Call& call) { call.reply.Error("ERR this command is not built yet"); }
}  // namespace

void OpClient(Call& call) { NotBuilt(call); }
void OpSubscribe(Call& call) { NotBuilt(call); }
void OpUnsubscribe(Call& call) { NotBuilt(call); }
void OpPsubscribe(Call& call) { NotBuilt(call); }
void OpPunsubscribe(Call& call) { NotBuilt(call); }
void OpSsubscribe(Call& call) { NotBuilt(call); }
void OpSunsubscribe(Call& call) { NotBuilt(call); }
void OpPublish(Call& call) { NotBuilt(call); }
void OpSpublish(Call& call) { NotBuilt(call); }
void OpPubsub(Call& call) { NotBuilt(call); }
void OpConfig(Call& call) { NotBuilt(call); }
void OpInfo(Call& call) { NotBuilt(call); }
void OpCommand(Call& call) { NotBuilt(call); }
void OpDebug(Call& call) { NotBuilt(call); }
void OpShutdown(Call& call) { NotBuilt(call); }
void OpMonitor(Call& call) { NotBuilt(call); }
void OpSlowlog(Call& call) { NotBuilt(call); }
void OpLatency(Call& call) { NotBuilt(call); }
void OpMemory(Call& call) { NotBuilt(call); }
void OpModule(Call& call) { NotBuilt(call); }
void OpAcl(Call& call) { NotBuilt(call); }
void OpTime(Call& call) { NotBuilt(call); }
void OpLolwut(Call& call) { NotBuilt(call); }
void OpSave(Call& call) { NotBuilt(call); }
void OpBgsave(Call& call) { NotBuilt(call); }
void OpBgrewriteaof(Call& call) { NotBuilt(call); }
void OpLastsave(Call& call) { NotBuilt(call); }
void OpReplicaof(Call& call) { NotBuilt(call); }
void OpRole(Call& call) { NotBuilt(call); }
void OpSync(Call& call) { NotBuilt(call); }
void OpPsync(Call& call) { NotBuilt(call); }
void OpReplconf(Call& call) { NotBuilt(call); }
void OpWait(Call& call) { NotBuilt(call); }
void OpWaitaof(Call& call) { NotBuilt(call); }
void OpFailover(Call& call) { NotBuilt(call); }
void OpMigrate(Call& call) { NotBuilt(call); }
void OpFlushall(Call& call) { NotBuilt(call); }
void OpFlushdb(Call& call) { NotBuilt(call); }
void OpSwapdb(Call& call) { NotBuilt(call); }
void OpDbsize(Call& call) { NotBuilt(call); }
void OpKeys(Call& call) { NotBuilt(call); }
void OpScan(Call& call) { NotBuilt(call); }
void OpRandomkey(Call& call) { NotBuilt(call); }
void OpScript(Call& call) { NotBuilt(call); }
void OpFunctionCommand(Call& call) { NotBuilt(call); }

const dispatch::NodeFacts& NodeFactsFor(Server&, const Session&, const commands::CommandSpec&, const dispatch::NodeFacts& node) {
  return node;
}
}  // namespace dunlin::server
