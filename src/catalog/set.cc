// Sets.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"sadd", "1.0.0", "Adds members.", "O(N), N being the elements added", "key:k member..."},
    {"scard", "1.0.0", "How many members there are.", "O(1)", "key:k"},
    {"sdiff", "1.0.0", "Members of the first set that no other has.", "O(N), N being the members of all sets",
     "key:k...", "nondeterministic_output_order"},
    {"sdiffstore", "1.0.0", "Stores what SDIFF gives.", "O(N), N being the members of all sets",
     "destination:k key:k1..."},
    {"sinter", "1.0.0", "Members that all sets have.",
     "O(N * M), N being the members of the smallest set and M the sets", "key:k...", "nondeterministic_output_order"},
    {"sintercard", "7.0.0", "How many members all sets have.",
     "O(N * M), N being the members of the smallest set and M the sets", "numkeys:i key:k... [LIMIT limit:i]"},
    {"sinterstore", "1.0.0", "Stores what SINTER gives.",
     "O(N * M), N being the members of the smallest set and M the sets", "destination:k key:k1..."},
    {"sismember", "1.0.0", "Whether this is a member.", "O(1)", "key:k member"},
    {"smembers", "1.0.0", "All members.", "O(N), N being the members", "key:k", "nondeterministic_output_order"},
    {"smismember", "6.2.0", "Whether these are members.", "O(N), N being the members named", "key:k member..."},
    {"smove", "1.0.0", "Moves a member to another set.", "O(1)", "source:k destination:k1 member"},
    {"spop", "1.0.0", "Takes random members.", "O(N), N being the elements taken", "key:k [count:i@3.2.0]",
     "nondeterministic_output"},
    {"srandmember", "1.0.0", "Random members.", "O(N), N being the members returned", "key:k [count:i@2.6.0]",
     "nondeterministic_output"},
    {"srem", "1.0.0", "Removes members.", "O(N), N being the members named", "key:k member..."},
    {"sscan", "2.8.0", "Walks through the members.", "O(1) for each call, O(N) for a whole walk over N elements",
     "key:k cursor:i [MATCH pattern:p] [COUNT count:i]", "nondeterministic_output"},
    {"sunion", "1.0.0", "Members that any set has.", "O(N), N being the members of all sets", "key:k...",
     "nondeterministic_output_order"},
    {"sunionstore", "1.0.0", "Stores what SUNION gives.", "O(N), N being the members of all sets",
     "destination:k key:k1..."},
};

}  // namespace

std::span<const CommandEntry> SetEntries() { return kEntries; }

}  // namespace dunlin::catalog
