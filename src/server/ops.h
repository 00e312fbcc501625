// The commands that only the server can carry out, one function each, in the ops_*.cc files by group.
//
// Thread: that of the call's worker, inside the gate; alone when the command's row says kAlone.
#pragma once

#include "commands/command.h"
#include "server/executor.h"

namespace dunlin::server {

using OpFunction = void (*)(Call& call);

// REQUIRES: op is not kNone.
OpFunction OpFor(commands::ServerOp op);

// ops_connection.cc
void OpPing(Call& call);
void OpEcho(Call& call);
void OpSelect(Call& call);
void OpQuit(Call& call);
void OpReset(Call& call);
void OpAuth(Call& call);
void OpHello(Call& call);
void OpClient(Call& call);

// ops_transaction.cc
void OpMulti(Call& call);
void OpExec(Call& call);
void OpDiscard(Call& call);
void OpWatch(Call& call);
void OpUnwatch(Call& call);
// Ends the transaction without running it, and forgets the watched keys.
void DiscardTransaction(Server& server, Session& session);
void UnwatchAll(Server& server, Session& session);
// REQUIRES: the watched keys' slots are locked, or alone.
bool WatchedKeyTouched(Server& server, const Session& session, int64_t now_ms);

// ops_pubsub.cc
void OpSubscribe(Call& call);
void OpUnsubscribe(Call& call);
void OpPsubscribe(Call& call);
void OpPunsubscribe(Call& call);
void OpSsubscribe(Call& call);
void OpSunsubscribe(Call& call);
void OpPublish(Call& call);
void OpSpublish(Call& call);
void OpPubsub(Call& call);

// ops_server.cc
void OpConfig(Call& call);
void OpInfo(Call& call);
void OpCommand(Call& call);
void OpDebug(Call& call);
void OpShutdown(Call& call);
void OpMonitor(Call& call);
void OpSlowlog(Call& call);
void OpLatency(Call& call);
void OpMemory(Call& call);
void OpModule(Call& call);
void OpAcl(Call& call);
void OpTime(Call& call);
void OpLolwut(Call& call);

// ops_persistence.cc
void OpSave(Call& call);
void OpBgsave(Call& call);
void OpBgrewriteaof(Call& call);
void OpLastsave(Call& call);

// ops_replication.cc
void OpReplicaof(Call& call);
void OpRole(Call& call);
void OpSync(Call& call);
void OpPsync(Call& call);
void OpReplconf(Call& call);
void OpWait(Call& call);
void OpWaitaof(Call& call);
inline constexpr std::string_view kWaitaofWithoutAof =
    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
void OpFailover(Call& call);

// ops_cluster.cc
void OpCluster(Call& call);
void OpAsking(Call& call);
void OpReadonly(Call& call);
void OpReadwrite(Call& call);
void OpMigrate(Call& call);

// ops_keyspace.cc
void OpFlushall(Call& call);
void OpFlushdb(Call& call);
void OpSwapdb(Call& call);
void OpDbsize(Call& call);
void OpKeys(Call& call);
void OpScan(Call& call);
void OpRandomkey(Call& call);

// ops_scripting.cc
void OpEval(Call& call);
void OpFcall(Call& call);
void OpScript(Call& call);
void OpFunctionCommand(Call& call);

}  // namespace dunlin::server
