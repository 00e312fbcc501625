// dunlin-cli --cluster ...: making, checking, repairing and reshaping a cluster.
//
// Thread: main.
#pragma once

#include "cli/options.h"

namespace dunlin::cli {

// Runs options.cluster.command; returns the exit status of the process.
int RunClusterManager(const Options& options);

}  // namespace dunlin::cli
