// What the client can do besides sending commands: each mode takes the process over until it is done.
//
// Thread: main. Each Run function returns the exit status of the process, and has told the user why when it is not 0.
#pragma once

#include <optional>

#include "cli/client.h"
#include "cli/options.h"

namespace dunlin::cli {

// Runs the mode that the options ask for; nothing when they ask for none. When they ask for several, the first in the
// order of the declarations below is taken.
std::optional<int> RunMode(const Options& options);

int RunLatency(const Options& options);              // --latency, --latency-history
int RunLatencyDistribution(const Options& options);  // --latency-dist
int RunReplica(const Options& options);              // --replica
int RunFetchRdb(const Options& options);             // --rdb, --functions-rdb
int RunPipe(const Options& options);                 // --pipe
int RunBigKeys(const Options& options);              // --bigkeys, --memkeys
int RunHotKeys(const Options& options);              // --hotkeys
int RunStat(const Options& options);                 // --stat
int RunScan(const Options& options);                 // --scan
int RunLruTest(const Options& options);              // --lru-test
int RunIntrinsicLatency(const Options& options);     // --intrinsic-latency

// ---- For the modes

// A connection that is logged in; nothing when that failed, which has been told.
std::optional<Connection> ConnectForMode(const Options& options);

// Sends a command; connects anew, once a second, for as long as the connection is lost. Progress is shown on the line
// where the cursor is. Ends with a Status only when the server talks nonsense.
Result<resp::Reply> CommandWithReconnect(Connection& connection, const Options& options,
                                         std::initializer_list<std::string_view> arguments);

// Sleeps; returns early when Ctrl-C was pressed and is remembered.
void Pause(int64_t microseconds);
int64_t MonotonicMicroseconds();

}  // namespace dunlin::cli
