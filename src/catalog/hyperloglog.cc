// HyperLogLogs.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"pfadd", "2.8.9", "Adds elements to a HyperLogLog.", "O(N), N being the elements", "key:k [element...]"},
    {"pfcount", "2.8.9", "Estimates how many different elements were added.", "O(N), N being the keys", "key:k..."},
    {"pfdebug", "2.8.9", "Looks inside a HyperLogLog.", "", "subcommand key:k", "", "", "", true},
    {"pfmerge", "2.8.9", "Merges HyperLogLogs into one.", "O(N), N being the keys", "destkey:k [sourcekey:k1...]"},
    {"pfselftest", "2.8.9", "Tests the HyperLogLog implementation.", "", "", "", "", "", true},
};

}  // namespace

std::span<const CommandEntry> HyperloglogEntries() { return kEntries; }

}  // namespace dunlin::catalog
