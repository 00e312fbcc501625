// Scripts and functions. The server runs them.
#include "commands/table.h"

namespace dunlin::commands {
namespace {

constexpr KeySpec kReadKeys[] = {CountedKeys(kKeyRO | kKeyAccess, 2)};
constexpr KeySpec kAnyKeys[] = {CountedKeys(kKeyRW | kKeyAccess | kKeyUpdate, 2)};

// Not in MONITOR as other commands are: a script comes before what it calls.
constexpr uint32_t kRun = kNoscript | kStale | kSkipMonitor | kMayReplicate | kNoMandatoryKeys;
constexpr uint32_t kRunReadOnly = kReadonly | kNoscript | kStale | kSkipMonitor | kNoMandatoryKeys;

constexpr CommandSpec Runs(std::string_view name, ServerOp op, bool read_only, std::string_view since,
                           std::string_view summary) {
  CommandSpec row;
  row.name = name;
  row.arity = -3;
  row.flags = read_only ? kRunReadOnly : kRun;
  row.categories = kAclScripting;
  row.group = Group::kScripting;
  row.keys = read_only ? std::span<const KeySpec>(kReadKeys) : std::span<const KeySpec>(kAnyKeys);
  row.op = op;
  row.since = since;
  row.summary = summary;
  return row;
}

constexpr CommandSpec Sub(ServerOp op, std::string_view name, int arity, uint32_t flags, std::string_view since,
                          std::string_view summary) {
  CommandSpec row;
  row.name = name;
  row.arity = arity;
  row.flags = flags;
  row.categories = kAclScripting;
  row.group = Group::kScripting;
  row.op = op;
  row.since = since;
  row.summary = summary;
  return row;
}
constexpr CommandSpec Script(std::string_view name, int arity, uint32_t flags, std::string_view since,
                             std::string_view summary) {
  return Sub(ServerOp::kScript, name, arity, flags, since, summary);
}
constexpr CommandSpec Function(std::string_view name, int arity, uint32_t flags, std::string_view summary) {
  return Sub(ServerOp::kFunction, name, arity, flags, "7.0.0", summary);
}

constexpr CommandSpec kScriptRows[] = {
    Script("debug", 3, kNoscript, "3.2.0", "Chooses whether the next scripts of this connection are debugged."),
    Script("exists", -3, kNoscript, "2.6.0", "Tells which scripts are cached."),
    Script("flush", -2, kNoscript | kAlone, "2.6.0", "Forgets all cached scripts."),
    Script("help", 2, kLoading | kStale, "5.0.0", "Tells what the subcommands do."),
    Script("kill", 2, kNoscript | kAllowBusy, "2.6.0", "Ends the script that runs, if it has written nothing."),
    Script("load", 3, kNoscript | kStale, "2.6.0", "Caches a script."),
    Script("show", 3, kNoscript, "8.0.0", "Shows a cached script."),
};

constexpr CommandSpec kFunctionRows[] = {
    Function("delete", 3, kNoscript | kWrite | kAlone, "Deletes a library."),
    Function("dump", 2, kNoscript, "Gives all libraries as one payload."),
    Function("flush", -2, kNoscript | kWrite | kAlone, "Deletes all libraries."),
    Function("help", 2, kLoading | kStale, "Tells what the subcommands do."),
    Function("kill", 2, kNoscript | kAllowBusy, "Ends the function that runs, if it has written nothing."),
    Function("list", -2, kNoscript, "Shows libraries and their functions."),
    Function("load", -3, kNoscript | kWrite | kDenyOom | kAlone, "Adds a library."),
    Function("restore", -3, kNoscript | kWrite | kDenyOom | kAlone, "Adds the libraries of a payload."),
    Function("stats", 2, kNoscript | kAllowBusy, "Shows what runs, and counts libraries and functions."),
};

constexpr CommandSpec kRows[] = {
    Runs("eval", ServerOp::kEval, false, "2.6.0", "Runs a script."),
    Runs("evalsha", ServerOp::kEval, false, "2.6.0", "Runs a cached script."),
    Runs("evalsha_ro", ServerOp::kEval, true, "7.0.0", "Runs a cached script that only reads."),
    Runs("eval_ro", ServerOp::kEval, true, "7.0.0", "Runs a script that only reads."),
    Runs("fcall", ServerOp::kFcall, false, "7.0.0", "Calls a function."),
    Runs("fcall_ro", ServerOp::kFcall, true, "7.0.0", "Calls a function that only reads."),
    {.name = "function",
     .arity = -2,
     .group = Group::kScripting,
     .subcommands = kFunctionRows,
     .since = "7.0.0",
     .summary = "Libraries of functions."},
    {.name = "script",
     .arity = -2,
     .group = Group::kScripting,
     .subcommands = kScriptRows,
     .since = "2.6.0",
     .summary = "The cache of scripts."},
};

}  // namespace

std::span<const CommandSpec> ScriptingCommands() { return kRows; }

}  // namespace dunlin::commands
