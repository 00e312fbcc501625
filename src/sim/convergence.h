// Whether a cluster has come to rest: everybody up, everybody of one mind, every slot served, every replica following.
//
// Thread: pure functions over machines that stand still.
#pragma once

#include <string>
#include <vector>

#include "sim/host.h"

namespace dunlin::sim {

// Why not; empty when it has. `members` are the machines that belong to it.
std::string WhyNotConverged(const std::vector<Host*>& members);

// The same for the data: every replica is where its primary is.
std::string WhyNotInStep(const std::vector<Host*>& members);

}  // namespace dunlin::sim
