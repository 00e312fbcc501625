// Whether a script may run now, and which commands it may call: rules over facts, without looking anything up.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "commands/command.h"

namespace dunlin::script {

// What is true of this node.
struct NodeState {
  bool cluster = false;
  bool stale = false;  // a replica without its primary that must not serve old data
  bool read_only_replica = false;
  bool too_few_replicas = false;  // min-replicas-to-write is not met
  bool out_of_memory = false;     // when the script began
  std::string disk_error;         // empty, or what MISCONF says
};

// What is true of the run.
struct RunState {
  bool obeyed = false;     // from our primary, or from a log: accepted elsewhere
  bool read_only = false;  // EVAL_RO and its kin, or no-writes
  bool allow_oom = false;
  bool wrote = false;        // a write command has been called
  bool any_command = false;  // a test aid: commands that scripts may not call are open
};

// Before a run. `flags` are the script's, `read_only_command` says EVAL_RO and its kin. Returns the error with its code
// word; empty: go on.
std::string RefuseRun(uint32_t flags, bool read_only_command, bool obeyed, const NodeState& node);

// Before a command; it is known and its arity fits. In the order in which clients see errors: what comes before the
// ACL, and what comes after it.
std::string RefuseCommand(const commands::CommandSpec& spec, const RunState& run, const NodeState& node);
std::string RefuseWrite(const commands::CommandSpec& spec, const RunState& run, const NodeState& node);

// The flags of an EVAL or FCALL row (commands::Flag), as the script's own flags make them.
uint32_t CommandFlags(uint32_t row_flags, uint32_t script_flags);

inline constexpr std::string_view kUnknownCommand = "ERR Unknown Redis command called from script";
inline constexpr std::string_view kWrongArity = "ERR Wrong number of args calling Redis command from script";

}  // namespace dunlin::script
