// The subcommands of --cluster, one function each: it does everything, from reading its arguments to the last line.
//
// Thread: main.
// Each takes `arguments`, the words behind its name, whose number has been checked, and returns the exit status of the
// process: 0, 1, or kInterruptedStatus when a signal stopped it half way.
#pragma once

#include <string>
#include <vector>

#include "cli/cluster_nodes.h"

namespace dunlin::cli {

inline constexpr int kInterruptedStatus = 130;

using Words = std::vector<std::string>;

int CreateCommand(const Manager& m, const Words& arguments);     // cluster_create.cc
int ReshardCommand(const Manager& m, const Words& arguments);    // cluster_reshard.cc
int RebalanceCommand(const Manager& m, const Words& arguments);  // cluster_rebalance.cc
int CheckCommand(const Manager& m, const Words& arguments);      // cluster_admin.cc, down to SetTimeoutCommand
int InfoCommand(const Manager& m, const Words& arguments);
int FixCommand(const Manager& m, const Words& arguments);
int AddNodeCommand(const Manager& m, const Words& arguments);
int DeleteNodeCommand(const Manager& m, const Words& arguments);
int CallCommand(const Manager& m, const Words& arguments);
int SetTimeoutCommand(const Manager& m, const Words& arguments);
int ImportCommand(const Manager& m, const Words& arguments);  // cluster_import.cc
int BackupCommand(const Manager& m, const Words& arguments);  // cluster_backup.cc

}  // namespace dunlin::cli
