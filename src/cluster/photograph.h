// From the core's books to what others see: the published map, and nodes.conf; and back, from nodes.conf to the books.
//
// Thread: one at a time.
#pragma once

#include <memory>

#include "base/status.h"
#include "cluster/config_file.h"
#include "cluster/slot_map.h"
#include "cluster/turn.h"

namespace dunlin::cluster {

// A map of the books as they are. Tables that are not dirty are shared with the last map, when there is one.
std::shared_ptr<const SlotMap> Photograph(const State& s);
Summary Summarize(const State& s);

SavedCluster BooksToSave(const State& s);
// Fills the books of a new state. REQUIRES: `saved` came from ParseConfigFile.
void LoadBooks(Turn& t, const SavedCluster& saved);

}  // namespace dunlin::cluster
