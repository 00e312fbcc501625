#include "catalog/catalog.h"

#include <algorithm>
#include <array>

#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

std::array<Group, 16> AllGroups() {
  return {{{"string", StringEntries()},
           {"list", ListEntries()},
           {"hash", HashEntries()},
           {"set", SetEntries()},
           {"sorted-set", SortedSetEntries()},
           {"generic", GenericEntries()},
           {"stream", StreamEntries()},
           {"geo", GeoEntries()},
           {"bitmap", BitmapEntries()},
           {"hyperloglog", HyperloglogEntries()},
           {"pubsub", PubsubEntries()},
           {"transactions", TransactionsEntries()},
           {"scripting", ScriptingEntries()},
           {"connection", ConnectionEntries()},
           {"server", ServerEntries()},
           {"cluster", ClusterEntries()}}};
}

}  // namespace

std::span<const Group> Groups() {
  static const std::array<Group, 16> groups = AllGroups();
  return groups;
}

Found Find(std::string_view name) {
  for (const Group& group : Groups()) {
    auto entry = std::ranges::lower_bound(group.entries, name, {}, &CommandEntry::name);
    if (entry != group.entries.end() && entry->name == name) return {&group, &*entry};
  }
  return {};
}

}  // namespace dunlin::catalog
