#include "server/ops.h"

#include "base/invariant.h"
#include "server/server.h"

namespace dunlin::server {

using commands::ServerOp;

OpFunction OpFor(ServerOp op) {
  switch (op) {
    case ServerOp::kNone: break;
    case ServerOp::kAuth: return OpAuth;
    case ServerOp::kHello: return OpHello;
    case ServerOp::kSelect: return OpSelect;
    case ServerOp::kQuit: return OpQuit;
    case ServerOp::kReset: return OpReset;
    case ServerOp::kPing: return OpPing;
    case ServerOp::kEcho: return OpEcho;
    case ServerOp::kClient: return OpClient;
    case ServerOp::kMulti: return OpMulti;
    case ServerOp::kExec: return OpExec;
    case ServerOp::kDiscard: return OpDiscard;
    case ServerOp::kWatch: return OpWatch;
    case ServerOp::kUnwatch: return OpUnwatch;
    case ServerOp::kSubscribe: return OpSubscribe;
    case ServerOp::kUnsubscribe: return OpUnsubscribe;
    case ServerOp::kPsubscribe: return OpPsubscribe;
    case ServerOp::kPunsubscribe: return OpPunsubscribe;
    case ServerOp::kSsubscribe: return OpSsubscribe;
    case ServerOp::kSunsubscribe: return OpSunsubscribe;
    case ServerOp::kPublish: return OpPublish;
    case ServerOp::kSpublish: return OpSpublish;
    case ServerOp::kPubsub: return OpPubsub;
    case ServerOp::kConfig: return OpConfig;
    case ServerOp::kInfo: return OpInfo;
    case ServerOp::kCommand: return OpCommand;
    case ServerOp::kDebug: return OpDebug;
    case ServerOp::kShutdown: return OpShutdown;
    case ServerOp::kMonitor: return OpMonitor;
    case ServerOp::kSlowlog: return OpSlowlog;
    case ServerOp::kLatency: return OpLatency;
    case ServerOp::kMemory: return OpMemory;
    case ServerOp::kModule: return OpModule;
    case ServerOp::kAcl: return OpAcl;
    case ServerOp::kTime: return OpTime;
    case ServerOp::kLolwut: return OpLolwut;
    case ServerOp::kSave: return OpSave;
    case ServerOp::kBgsave: return OpBgsave;
    case ServerOp::kBgrewriteaof: return OpBgrewriteaof;
    case ServerOp::kLastsave: return OpLastsave;
    case ServerOp::kReplicaof: return OpReplicaof;
    case ServerOp::kRole: return OpRole;
    case ServerOp::kSync: return OpSync;
    case ServerOp::kPsync: return OpPsync;
    case ServerOp::kReplconf: return OpReplconf;
    case ServerOp::kWait: return OpWait;
    case ServerOp::kWaitaof: return OpWaitaof;
    case ServerOp::kFailover: return OpFailover;
    case ServerOp::kCluster: return OpCluster;
    case ServerOp::kAsking: return OpAsking;
    case ServerOp::kReadonly: return OpReadonly;
    case ServerOp::kReadwrite: return OpReadwrite;
    case ServerOp::kMigrate: return OpMigrate;
    case ServerOp::kFlushall: return OpFlushall;
    case ServerOp::kFlushdb: return OpFlushdb;
    case ServerOp::kSwapdb: return OpSwapdb;
    case ServerOp::kDbsize: return OpDbsize;
    case ServerOp::kKeys: return OpKeys;
    case ServerOp::kScan: return OpScan;
    case ServerOp::kRandomkey: return OpRandomkey;
    case ServerOp::kEval: return OpEval;
    case ServerOp::kFcall: return OpFcall;
    case ServerOp::kScript: return OpScript;
    case ServerOp::kFunction: return OpFunctionCommand;
  }
  DUNLIN_INVARIANT(false, "every op has a function");
  return nullptr;
}

}  // namespace dunlin::server
