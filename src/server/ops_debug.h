// The subcommands of DEBUG. Aids for test suites and for looking inside; some of them end the process.
//
// Each has been given a fitting number of arguments. Thread: that of the call's worker, where kDebugSubcommands says.
#pragma once

#include "server/executor.h"

namespace dunlin::server {

// ops_debug_data.cc: what looks at keys or replaces them. Alone.
void DebugObject(Call& call);
void DebugSdslen(Call& call);
void DebugListpack(Call& call);
void DebugQuicklist(Call& call);
void DebugDigest(Call& call);
void DebugDigestValue(Call& call);
void DebugPopulate(Call& call);
void DebugReload(Call& call);
void DebugLoadaof(Call& call);
void DebugHtstats(Call& call);
void DebugHtstatsKey(Call& call);

// ops_debug_server.cc: switches, and what concerns the process, its replicas and its cluster.
void DebugSleep(Call& call);
void DebugSetActiveExpire(Call& call);
void DebugSetDisableDenyScripts(Call& call);
void DebugSetSkipChecksumValidation(Call& call);
void DebugQuicklistPackedThreshold(Call& call);
void DebugPauseCron(Call& call);
void DebugSpreadClients(Call& call);
void DebugAofFlushSleep(Call& call);
void DebugConfigRewriteForceAll(Call& call);
void DebugReplicate(Call& call);
void DebugChangeReplId(Call& call);
void DebugClusterlink(Call& call);
void DebugDropClusterPacketFilter(Call& call);
void DebugCloseClusterLinkOnPacketDrop(Call& call);
void DebugMallctl(Call& call);
void DebugMallctlStr(Call& call);

// ops_debug_end.cc: what ends the process.
void DebugSegfault(Call& call);
void DebugPanic(Call& call);
void DebugAssert(Call& call);
void DebugOom(Call& call);
void DebugRestart(Call& call);
void DebugCrashAndRecover(Call& call);

// "0" is false, and so is what is no number.
bool DebugFlag(Call& call, size_t i);
// The words for a subcommand that is none, or whose arguments make no sense.
void DebugSyntaxError(Call& call);

}  // namespace dunlin::server
