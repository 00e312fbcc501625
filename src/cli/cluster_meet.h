// Making two nodes acquainted.
//
// Thread: main.
#pragma once

#include "cli/cluster_nodes.h"

namespace dunlin::cli {

// CLUSTER MEET from `node` to `first`, by IP address. False, and said so, when it was refused.
bool Meet(const Manager& m, Node& node, Node& first);

// CLUSTER REPLICATE once the node knows its primary-to-be; asks again for a while when it does not know it yet.
bool Replicate(const Manager& m, Node& node, const std::string& primary_id);

}  // namespace dunlin::cli
