// Streams.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"xack", "5.0.0", "Marks messages of a group as done.", "O(N), N being the ids named", "key:k group id..."},
    {"xadd", "5.0.0", "Adds an entry to a stream.", "O(1), and O(N) for N entries that are dropped",
     "key:k [NOMKSTREAM@6.2.0] trim=[strategy=(MAXLEN|MINID@6.2.0) operator=[equal='='|approximately='~'] threshold "
     "[LIMIT count:i@6.2.0]] id-selector=(auto-id='*'|id) data=(field value)...",
     "nondeterministic_output"},
    {"xautoclaim", "6.2.0", "Takes over messages that others left undone, step by step.",
     "O(N), N being the messages looked at", "key:k group consumer min-idle-time start [COUNT count:i] [JUSTID]",
     "nondeterministic_output"},
    {"xclaim", "5.0.0", "Takes over messages that others left undone.",
     "O(N log M), N being the ids named and M the messages not done",
     "key:k group consumer min-idle-time id... [IDLE ms:i] [TIME unix-time-milliseconds:t] [RETRYCOUNT count:i] "
     "[FORCE] [JUSTID] [LASTID lastid]",
     "nondeterministic_output"},
    {"xdel", "5.0.0", "Deletes entries of a stream.", "O(N), N being the ids named", "key:k id..."},
    {"xgroup", "5.0.0", "Looks after groups of consumers.", "that of the subcommand"},
    {"xgroup|create", "5.0.0", "Makes a group.", "O(1)",
     "key:k group id-selector=(id|new-id='$') [MKSTREAM] [ENTRIESREAD entries-read:i]"},
    {"xgroup|createconsumer", "6.2.0", "Makes a consumer in a group.", "O(1)", "key:k group consumer"},
    {"xgroup|delconsumer", "5.0.0", "Deletes a consumer of a group.", "O(1)", "key:k group consumer"},
    {"xgroup|destroy", "5.0.0", "Deletes a group.", "O(N), N being the messages not done", "key:k group"},
    {"xgroup|help", "5.0.0", "Prints the subcommands.", "O(1)"},
    {"xgroup|setid", "5.0.0", "Sets what a group has delivered last.", "O(1)",
     "key:k group id-selector=(id|new-id='$') [ENTRIESREAD entriesread{entries-read}:i]"},
    {"xinfo", "5.0.0", "Looks at streams, groups and consumers.", "that of the subcommand"},
    {"xinfo|consumers", "5.0.0", "Lists the consumers of a group.", "O(1)", "key:k group", "nondeterministic_output"},
    {"xinfo|groups", "5.0.0", "Lists the groups of a stream.", "O(1)", "key:k"},
    {"xinfo|help", "5.0.0", "Prints the subcommands.", "O(1)"},
    {"xinfo|stream", "5.0.0", "Describes a stream.", "O(1)", "key:k full-block=[FULL [COUNT count:i]]"},
    {"xlen", "5.0.0", "How many entries there are.", "O(1)", "key:k"},
    {"xpending", "5.0.0", "Shows messages that were delivered and are not done.", "O(N), N being the entries returned",
     "key:k group filters=[[IDLE min-idle-time:i@6.2.0] start end count:i [consumer]]", "nondeterministic_output"},
    {"xrange", "5.0.0", "Entries between two ids.", "O(N), N being the entries returned",
     "key:k start end [COUNT count:i]"},
    {"xread", "5.0.0", "Entries of streams behind given ids; may wait for some.", "O(N), N being the entries returned",
     "[COUNT count:i] [BLOCK milliseconds:i] STREAMS(key:k... id...)"},
    {"xreadgroup", "5.0.0", "Entries for a consumer of a group; may wait for some.",
     "O(N), N being the entries returned",
     "group-block=GROUP(group consumer) [COUNT count:i] [BLOCK milliseconds:i] [NOACK] STREAMS(key:k... id...)"},
    {"xrevrange", "5.0.0", "Entries between two ids, the latest first.", "O(N), N being the entries returned",
     "key:k end start [COUNT count:i]"},
    {"xsetid", "5.0.0", "Sets the last id of a stream.", "O(1)",
     "key:k last-id [ENTRIESADDED entries-added:i@7.0.0] [MAXDELETEDID max-deleted-id@7.0.0]"},
    {"xtrim", "5.0.0", "Drops the oldest entries of a stream.", "O(N), N being the entries dropped",
     "key:k trim=(strategy=(MAXLEN|MINID@6.2.0) operator=[equal='='|approximately='~'] threshold [LIMIT "
     "count:i@6.2.0])",
     "nondeterministic_output"},
};

}  // namespace

std::span<const CommandEntry> StreamEntries() { return kEntries; }

}  // namespace dunlin::catalog
