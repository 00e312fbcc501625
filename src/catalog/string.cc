// Strings and numbers.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"append", "2.0.0", "Adds to the end of a string.", "O(1), amortized", "key:k value"},
    {"decr", "1.0.0", "Takes one from a number.", "O(1)", "key:k"},
    {"decrby", "1.0.0", "Takes some from a number.", "O(1)", "key:k decrement:i"},
    {"get", "1.0.0", "The string of a key.", "O(1)", "key:k"},
    {"getdel", "6.2.0", "The string of a key, which is deleted.", "O(1)", "key:k"},
    {"getex", "6.2.0", "The string of a key, whose expiry is changed.", "O(1)",
     "key:k expiration=[EX seconds:i|PX milliseconds:i|EXAT unix-time-seconds:t|PXAT "
     "unix-time-milliseconds:t|PERSIST]"},
    {"getrange", "2.4.0", "Part of a string.", "O(N), N being the bytes returned", "key:k start:i end:i"},
    {"getset", "1.0.0", "The old string of a key, which gets a new one.", "O(1)", "key:k value", "", "6.2.0",
     "SET with GET"},
    {"incr", "1.0.0", "Adds one to a number.", "O(1)", "key:k"},
    {"incrby", "1.0.0", "Adds some to a number.", "O(1)", "key:k increment:i"},
    {"incrbyfloat", "2.6.0", "Adds some to a number with a fraction.", "O(1)", "key:k increment:d"},
    {"lcs", "7.0.0", "The longest sequence that two strings share.",
     "O(N * M), N and M being the lengths of the strings",
     "key1:k key2:k [LEN] [IDX] [MINMATCHLEN min-match-len:i] [WITHMATCHLEN]"},
    {"mget", "1.0.0", "The strings of several keys.", "O(N), N being the keys", "key:k...",
     "request_policy:multi_shard"},
    {"mset", "1.0.1", "Sets several keys at once.", "O(N), N being the keys", "data=(key:k value)...",
     "request_policy:multi_shard response_policy:all_succeeded"},
    {"msetnx", "1.0.1", "Sets several keys at once, if none of them exists.", "O(N), N being the keys",
     "data=(key:k value)..."},
    {"psetex", "2.6.0", "Sets a string that expires, in milliseconds.", "O(1)", "key:k milliseconds:i value", "",
     "2.6.12", "SET with PX"},
    {"set", "1.0.0", "Sets the string of a key, whatever was there.", "O(1)",
     "key:k value condition=[NX|XX]@2.6.12 [GET@6.2.0] expiration=[EX seconds:i@2.6.12|PX milliseconds:i@2.6.12|EXAT "
     "unix-time-seconds:t@6.2.0|PXAT unix-time-milliseconds:t@6.2.0|KEEPTTL@6.0.0]"},
    {"setex", "2.0.0", "Sets a string that expires.", "O(1)", "key:k seconds:i value", "", "2.6.12", "SET with EX"},
    {"setnx", "1.0.0", "Sets a string if the key does not exist.", "O(1)", "key:k value", "", "2.6.12", "SET with NX"},
    {"setrange", "2.2.0", "Overwrites part of a string.", "O(1), amortized", "key:k offset:i value"},
    {"strlen", "2.2.0", "Length of a string.", "O(1)", "key:k"},
    {"substr", "1.0.0", "Part of a string, by the old name.", "O(N), N being the bytes returned", "key:k start:i end:i",
     "", "2.0.0", "GETRANGE"},
};

}  // namespace

std::span<const CommandEntry> StringEntries() { return kEntries; }

}  // namespace dunlin::catalog
