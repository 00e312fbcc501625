// Putting a cluster right: slots that nobody serves, slots that are half way between two nodes, slots that two claim.
//
// Thread: main.
// Keys come before everything: a slot goes to the node that holds most of its keys, and a node that has keys of a slot
// that it shall not own is made to import it before the owner claims it, because a node that learns from the bus that a
// slot of its own has a new owner throws the keys away.
#pragma once

#include <set>
#include <vector>

#include "cli/cluster_nodes.h"

namespace dunlin::cli {

// True when at least one slot has an owner again and nothing failed. Asks before each kind of change.
bool FixCoverage(const Manager& m, Cluster& cluster, const SlotSet& uncovered);

// True when all of them are closed. Stops at the first that cannot be.
bool FixOpenSlots(const Manager& m, Cluster& cluster, const std::set<int>& slots);

// Leaves one of the owners, the one with most keys, and brings it the keys of the others.
bool FixMultipleOwners(const Manager& m, Cluster& cluster, int slot, const std::vector<Node*>& owners);

// How many keys the node has in each slot of `which`; 0 for all other slots. Empty when the node does not tell, which
// is said on the console.
std::vector<int64_t> CountKeysInSlots(const Manager& m, Node& node, const SlotSet& which);

}  // namespace dunlin::cli
