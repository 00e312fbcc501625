// Looking at a cluster as a whole: who has what, do all agree, is every slot served, is one half way between two nodes.
//
// Thread: main.
#pragma once

#include <chrono>
#include <vector>

#include "cli/cluster_nodes.h"

namespace dunlin::cli {

// Keys, slots and replicas of each primary, and the sums. False when a primary could not be asked.
bool ShowClusterInfo(const Manager& m, Cluster& cluster);

enum class CheckKind : uint8_t {
  kFull,   // with a list of the nodes
  kQuiet,  // without
  kFix,    // with the list, and what is wrong is put right
};
// True when nothing is wrong, or nothing any more. What is wrong is counted in cluster.error_count().
bool CheckCluster(const Manager& m, Cluster& cluster, CheckKind kind);

// All nodes give every slot to the same owner, and some slot has one.
bool IsConsistent(const Cluster& cluster);

// Waits until all nodes know each other and agree, with a dot now and then; says which nodes cannot be reached when
// that takes long. Returns at the end only.
void WaitForJoin(const Manager& m, const Cluster& cluster);
// The same without a word, and not for longer than `patience`. True when they do agree.
bool JoinsWithin(const Cluster& cluster, std::chrono::milliseconds patience);
// Waits, not for long, until the last news of slots that changed hands has reached every node, so that what the user
// does next finds nodes that agree. The news goes on spreading when this takes longer.
void LetNewsSpread(const Cluster& cluster);

}  // namespace dunlin::cli
