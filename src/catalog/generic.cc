// Keys of any type.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"copy", "6.2.0", "Copies a key.", "O(N), N being the elements of the value; O(1) for strings",
     "source:k destination:k1 [DB destination-db:i] [REPLACE]"},
    {"del", "1.0.0", "Deletes keys.", "O(N), N being the keys; a large value takes as long as it has elements",
     "key:k...", "request_policy:multi_shard response_policy:agg_sum"},
    {"dump", "2.6.0", "The value of a key as bytes for RESTORE.", "O(N), N being the bytes of the value", "key:k",
     "nondeterministic_output"},
    {"exists", "1.0.0", "How many of these keys exist.", "O(N), N being the keys", "key:k...",
     "request_policy:multi_shard response_policy:agg_sum"},
    {"expire", "1.0.0", "Sets the time to live in seconds.", "O(1)", "key:k seconds:i condition=[NX|XX|GT|LT]@7.0.0"},
    {"expireat", "1.2.0", "Sets the end of life as a Unix time.", "O(1)",
     "key:k unix-time-seconds:t condition=[NX|XX|GT|LT]@7.0.0"},
    {"expiretime", "7.0.0", "When a key expires, in seconds since 1970.", "O(1)", "key:k"},
    {"keys", "1.0.0", "All keys that fit a pattern; slow.", "O(N), N being the keys of the database", "pattern:p",
     "request_policy:all_shards nondeterministic_output_order"},
    {"migrate", "2.6.0", "Moves keys to another server.", "that of DUMP and DEL here and RESTORE there, for each key",
     "host port:i key-selector=(key:k|empty-string='\"\"') destination-db:i timeout:i [COPY@3.0.0] [REPLACE@3.0.0] "
     "authentication=[AUTH auth{password}@4.0.7|AUTH2(username password)@6.0.0] [KEYS keys{key}:k1...@3.0.6]",
     "nondeterministic_output"},
    {"move", "1.0.0", "Moves a key to another database.", "O(1)", "key:k db:i"},
    {"object", "2.2.3", "Looks at how values are kept.", "that of the subcommand"},
    {"object|encoding", "2.2.3", "How a value is kept in memory.", "O(1)", "key:k", "nondeterministic_output"},
    {"object|freq", "4.0.0", "How often a key is used, on a logarithmic scale.", "O(1)", "key:k",
     "nondeterministic_output"},
    {"object|help", "6.2.0", "Prints the subcommands.", "O(1)"},
    {"object|idletime", "2.2.3", "For how many seconds nobody used a key.", "O(1)", "key:k", "nondeterministic_output"},
    {"object|refcount", "2.2.3", "How many share a value.", "O(1)", "key:k", "nondeterministic_output"},
    {"persist", "2.2.0", "Takes the expiry away.", "O(1)", "key:k"},
    {"pexpire", "2.6.0", "Sets the time to live in milliseconds.", "O(1)",
     "key:k milliseconds:i condition=[NX|XX|GT|LT]@7.0.0"},
    {"pexpireat", "2.6.0", "Lets a key expire at a time given in milliseconds.", "O(1)",
     "key:k unix-time-milliseconds:t condition=[NX|XX|GT|LT]@7.0.0"},
    {"pexpiretime", "7.0.0", "When a key expires, in milliseconds since 1970.", "O(1)", "key:k"},
    {"pttl", "2.6.0", "The time to live in milliseconds.", "O(1)", "key:k", "nondeterministic_output"},
    {"randomkey", "1.0.0", "A random key.", "O(1)", "",
     "request_policy:all_shards response_policy:special nondeterministic_output"},
    {"rename", "1.0.0", "Renames a key.", "O(1)", "key:k newkey:k1"},
    {"renamenx", "1.0.0", "Renames a key if the new name is free.", "O(1)", "key:k newkey:k1"},
    {"restore", "2.6.0", "Makes a key from the bytes of DUMP.", "O(N), N being the bytes of the value",
     "key:k ttl:i serialized-value [REPLACE@3.0.0] [ABSTTL@5.0.0] [IDLETIME seconds:i@5.0.0] [FREQ frequency:i@5.0.0]"},
    {"scan", "2.8.0", "Walks through all keys.", "O(1) for each call, O(N) for a whole walk over N elements",
     "cursor:i [MATCH pattern:p] [COUNT count:i] [TYPE type@6.0.0]",
     "nondeterministic_output request_policy:special response_policy:special"},
    {"sort", "1.0.0", "Sorts the elements of a collection; may store them.",
     "O(N + M log M), N being the elements and M those returned",
     "key:k [BY by-pattern{pattern}:p1] [LIMIT(offset:i count:i)] [GET get-pattern{pattern}:p1...*] order=[ASC|DESC] "
     "[sorting=ALPHA] [STORE destination:k2]"},
    {"sort_ro", "7.0.0", "Sorts the elements of a collection.",
     "O(N + M log M), N being the elements and M those returned",
     "key:k [BY by-pattern{pattern}:p1] [LIMIT(offset:i count:i)] [GET get-pattern{pattern}:p1...*] order=[ASC|DESC] "
     "[sorting=ALPHA]"},
    {"touch", "3.2.1", "Marks keys as used just now.", "O(N), N being the keys", "key:k...",
     "request_policy:multi_shard response_policy:agg_sum"},
    {"ttl", "1.0.0", "The time to live in seconds.", "O(1)", "key:k", "nondeterministic_output"},
    {"type", "1.0.0", "The type of a key.", "O(1)", "key:k"},
    {"unlink", "4.0.0", "Deletes keys, freeing the memory later.", "O(N), N being the keys", "key:k...",
     "request_policy:multi_shard response_policy:agg_sum"},
    {"wait", "3.0.0", "Waits until replicas have the last writes.", "O(1)", "numreplicas:i timeout:i",
     "request_policy:all_shards response_policy:agg_min"},
    {"waitaof", "7.2.0", "Waits until this connection's writes are on disks.", "O(1)",
     "numlocal:i numreplicas:i timeout:i", "request_policy:all_shards response_policy:agg_min"},
};

}  // namespace

std::span<const CommandEntry> GenericEntries() { return kEntries; }

}  // namespace dunlin::catalog
