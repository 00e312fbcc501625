// The arithmetic of a cluster: which node gets which slots, which replica follows whom, which slots move.
//
// Thread: pure functions; any thread. Chance is an argument.
// Nodes are named by their index in the caller's list.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "cli/cluster_topology.h"

namespace dunlin::cli {

// --- create ---

struct SlotRange {
  int first = 0;
  int last = 0;  // included
};

// 16384 slots dealt to `primaries` nodes in order, as even as whole slots allow. REQUIRES: 0 < primaries <= 16384.
std::vector<SlotRange> DealSlots(int primaries);

struct ReplicaOf {
  size_t replica = 0;
  size_t primary = 0;
};

// A cluster to be: `primaries` in the order in which they get slots, and every other node as somebody's replica, in the
// order in which they are dealt out. The last `extra` of them are more than the user asked for.
struct Layout {
  std::vector<size_t> primaries;
  std::vector<ReplicaOf> replicas;
  size_t extra = 0;
};

// `hosts[i]` is where node i runs. Primaries are spread over hosts, replicas are kept away from their primary's host as
// far as the order of dealing allows. REQUIRES: 0 < primaries <= hosts.size().
Layout LayOutCluster(std::span<const std::string> hosts, int primaries, int replicas_each);

// How badly nodes that should not fail together share a host: 10000 for each replica beside its primary, 1 for each
// replica beside another of the same primary. 0 is perfect.
inline constexpr int kBesidePrimaryScore = 10000;
int64_t AntiAffinityScore(std::span<const std::string> hosts, const Layout& layout);

// Swaps replicas by chance while that helps, and leaves the best layout it has met; one that is as good as any stays as
// it is.
void OptimizeAntiAffinity(std::span<const std::string> hosts, Random& dice, Layout& layout);

// --- reshard ---

struct SlotMove {
  size_t source = 0;
  int slot = 0;
};

// Which `count` slots the sources give, each its share of what it owns, lowest slots first; the biggest source first.
// Fewer than `count` when the sources own fewer. `owned[i]` are the slots of source i.
std::vector<SlotMove> PlanReshard(std::span<const SlotSet> owned, int count);

// --- rebalance ---

struct Load {
  int slots = 0;
  float weight = 1;
};

struct Transfer {
  size_t source = 0;
  size_t target = 0;
  int slots = 0;
};

struct RebalancePlan {
  float total_weight = 0;
  bool needed = false;                           // some node is further from its share than the threshold
  std::vector<std::pair<size_t, int>> balances;  // node and its surplus, the poorest first
  std::vector<Transfer> transfers;
};

// `threshold` is in percent of what a node owns.
RebalancePlan PlanRebalance(std::span<const Load> nodes, float threshold);

}  // namespace dunlin::cli
