// Scripts and functions.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"eval", "2.6.0", "Runs a script.", "that of the script", "script numkeys:i [key:k...] [arg...]"},
    {"eval_ro", "7.0.0", "Runs a script that only reads.", "that of the script",
     "script numkeys:i [key:k...] [arg...]"},
    {"evalsha", "2.6.0", "Runs a script named by its hash.", "that of the script",
     "sha1 numkeys:i [key:k...] [arg...]"},
    {"evalsha_ro", "7.0.0", "Runs a script that only reads, named by its hash.", "that of the script",
     "sha1 numkeys:i [key:k...] [arg...]"},
    {"fcall", "7.0.0", "Calls a function.", "that of the function", "function numkeys:i [key:k...] [arg...]"},
    {"fcall_ro", "7.0.0", "Calls a function that only reads.", "that of the function",
     "function numkeys:i [key:k...] [arg...]"},
    {"function", "7.0.0", "Looks after libraries of functions.", "that of the subcommand"},
    {"function|delete", "7.0.0", "Deletes a library.", "O(1)", "library-name",
     "request_policy:all_shards response_policy:all_succeeded"},
    {"function|dump", "7.0.0", "Gives all libraries as one payload.", "O(N), N being the functions"},
    {"function|flush", "7.0.0", "Deletes all libraries.", "O(N), N being the functions", "flush-type=[ASYNC|SYNC]",
     "request_policy:all_shards response_policy:all_succeeded"},
    {"function|help", "7.0.0", "Prints the subcommands.", "O(1)"},
    {"function|kill", "7.0.0", "Stops the function that runs, if it wrote nothing yet.", "O(1)", "",
     "request_policy:all_shards response_policy:one_succeeded"},
    {"function|list", "7.0.0", "Lists libraries and their functions.", "O(N), N being the functions",
     "[LIBRARYNAME library-name-pattern] [WITHCODE]", "nondeterministic_output_order"},
    {"function|load", "7.0.0", "Loads a library.", "O(N), N being the bytes of the code", "[REPLACE] function-code",
     "request_policy:all_shards response_policy:all_succeeded"},
    {"function|restore", "7.0.0", "Loads the libraries of a payload.", "O(N), N being the functions",
     "serialized-value policy=[FLUSH|APPEND|REPLACE]", "request_policy:all_shards response_policy:all_succeeded"},
    {"function|stats", "7.0.0", "Shows the running function and the engines.", "O(1)", "",
     "nondeterministic_output request_policy:all_shards response_policy:special"},
    {"script", "2.6.0", "Looks after scripts.", "that of the subcommand"},
    {"script|debug", "3.2.0", "Turns the debugger of scripts on or off.", "O(1)", "mode=(YES|SYNC|NO)"},
    {"script|exists", "2.6.0", "Says which scripts are cached.", "O(N), N being the scripts", "sha1...",
     "request_policy:all_shards response_policy:agg_logical_and"},
    {"script|flush", "2.6.0", "Forgets all cached scripts.", "O(N), N being the scripts",
     "flush-type=[ASYNC|SYNC]@6.2.0", "request_policy:all_nodes response_policy:all_succeeded"},
    {"script|help", "5.0.0", "Prints the subcommands.", "O(1)"},
    {"script|kill", "2.6.0", "Stops the script that runs, if it wrote nothing yet.", "O(1)", "",
     "request_policy:all_shards response_policy:one_succeeded"},
    {"script|load", "2.6.0", "Caches a script without running it.", "O(N), N being the bytes of the code", "script",
     "request_policy:all_nodes response_policy:all_succeeded"},
    {"script|show", "8.0.0", "Gives the text of a cached script.", "O(1)", "sha1"},
};

}  // namespace

std::span<const CommandEntry> ScriptingEntries() { return kEntries; }

}  // namespace dunlin::catalog
