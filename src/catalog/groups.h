// The entries, one file for each group.
//
// Thread: constant tables; any thread.
#pragma once

#include <span>

#include "catalog/catalog.h"

namespace dunlin::catalog {

std::span<const CommandEntry> StringEntries();
std::span<const CommandEntry> ListEntries();
std::span<const CommandEntry> HashEntries();
std::span<const CommandEntry> SetEntries();
std::span<const CommandEntry> SortedSetEntries();
std::span<const CommandEntry> GenericEntries();
std::span<const CommandEntry> StreamEntries();
std::span<const CommandEntry> GeoEntries();
std::span<const CommandEntry> BitmapEntries();
std::span<const CommandEntry> HyperloglogEntries();
std::span<const CommandEntry> PubsubEntries();
std::span<const CommandEntry> TransactionsEntries();
std::span<const CommandEntry> ScriptingEntries();
std::span<const CommandEntry> ConnectionEntries();
std::span<const CommandEntry> ServerEntries();
std::span<const CommandEntry> ClusterEntries();

}  // namespace dunlin::catalog
