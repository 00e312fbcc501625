// What the CLUSTER command shows as text, from a map alone.
//
// Thread: pure functions; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "cluster/slot_map.h"

namespace dunlin::cluster {

// CLUSTER NODES: a line for each node, each with its end. `tls` for clients that came over TLS: they see TLS ports.
std::string NodesText(const SlotMap& map, bool tls);
// CLUSTER REPLICAS: a line for each replica, without ends. The error is what the client sees after "ERR ".
Result<std::vector<std::string>> ReplicaLines(const SlotMap& map, std::string_view node, bool tls);
// CLUSTER INFO.
std::string InfoText(const SlotMap& map);

}  // namespace dunlin::cluster
