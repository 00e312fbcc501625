// Hashes.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"hdel", "2.0.0", "Deletes fields.", "O(N), N being the fields named", "key:k field..."},
    {"hexists", "2.0.0", "Whether a field exists.", "O(1)", "key:k field"},
    {"hget", "2.0.0", "The value of a field.", "O(1)", "key:k field"},
    {"hgetall", "2.0.0", "All fields and values.", "O(N), N being the fields of the hash", "key:k",
     "nondeterministic_output_order"},
    {"hincrby", "2.0.0", "Adds some to the number of a field.", "O(1)", "key:k field increment:i"},
    {"hincrbyfloat", "2.6.0", "Adds some to a field's number with a fraction.", "O(1)", "key:k field increment:d"},
    {"hkeys", "2.0.0", "All fields.", "O(N), N being the fields of the hash", "key:k", "nondeterministic_output_order"},
    {"hlen", "2.0.0", "How many fields there are.", "O(1)", "key:k"},
    {"hmget", "2.0.0", "The values of several fields.", "O(N), N being the fields named", "key:k field..."},
    {"hmset", "2.0.0", "Sets fields, by the old name.", "O(N), N being the fields named", "key:k data=(field value)...",
     "", "4.0.0", "HSET"},
    {"hrandfield", "6.2.0", "Random fields.", "O(N), N being the fields returned",
     "key:k options=[count:i [WITHVALUES]]", "nondeterministic_output"},
    {"hscan", "2.8.0", "Walks through the fields.", "O(1) for each call, O(N) for a whole walk over N elements",
     "key:k cursor:i [MATCH pattern:p] [COUNT count:i]", "nondeterministic_output"},
    {"hset", "2.0.0", "Sets fields.", "O(N), N being the fields named", "key:k data=(field value)..."},
    {"hsetnx", "2.0.0", "Sets a field if it does not exist.", "O(1)", "key:k field value"},
    {"hstrlen", "3.2.0", "Length of a field's value.", "O(1)", "key:k field"},
    {"hvals", "2.0.0", "All values.", "O(N), N being the fields of the hash", "key:k", "nondeterministic_output_order"},
};

}  // namespace

std::span<const CommandEntry> HashEntries() { return kEntries; }

}  // namespace dunlin::catalog
