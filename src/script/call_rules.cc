#include "script/call_rules.h"

#include "script/flags.h"

namespace dunlin::script {
namespace {

constexpr std::string_view kMasterDown =
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
constexpr std::string_view kNoReplicas = "NOREPLICAS Not enough good replicas to write.";

// A script that may write.
std::string RefuseWriter(bool read_only_command, bool obeyed, const NodeState& node) {
  if (node.read_only_replica && !obeyed) return "READONLY Can not run script with write flag on readonly replica";
  if (!node.disk_error.empty() && !obeyed) {
    return "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Writable "
           "scripts are blocked. Use 'no-writes' flag for read only scripts.";
  }
  if (read_only_command) return "ERR Can not execute a script with write flag using *_ro command.";
  if (node.too_few_replicas) return std::string(kNoReplicas);
  return {};
}

}  // namespace

std::string RefuseRun(uint32_t flags, bool read_only_command, bool obeyed, const NodeState& node) {
  if (flags & kUndeclared) return node.stale ? std::string(kMasterDown) : std::string();
  if ((flags & kNoCluster) && node.cluster) return "ERR Can not run script on cluster, 'no-cluster' flag is set.";
  if (node.stale && !(flags & kAllowStale)) {
    return "MASTERDOWN Link with MASTER is down, replica-serve-stale-data is set to 'no' and 'allow-stale' flag is not "
           "set on the script.";
  }
  if (!(flags & kNoWrites)) {
    if (std::string error = RefuseWriter(read_only_command, obeyed, node); !error.empty()) return error;
  }
  if (node.out_of_memory && !(flags & (kAllowOom | kNoWrites))) {
    return "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'";
  }
  return {};
}

std::string RefuseCommand(const commands::CommandSpec& spec, const RunState& run, const NodeState& node) {
  if ((spec.flags & commands::kNoscript) && !run.any_command) {
    return "ERR This Redis command is not allowed from script";
  }
  if (node.stale && !(spec.flags & commands::kStale)) return "ERR Can not execute the command on a stale replica";
  return {};
}

std::string RefuseWrite(const commands::CommandSpec& spec, const RunState& run, const NodeState& node) {
  if (run.read_only && (spec.flags & (commands::kWrite | commands::kMayReplicate))) {
    return "ERR Write commands are not allowed from read-only scripts.";
  }
  // A script that has begun to write is not stopped half-way by what has changed since.
  if ((spec.flags & commands::kWrite) && !run.wrote) {
    if (node.read_only_replica && !run.obeyed) return "READONLY You can't write against a read only replica.";
    if (!node.disk_error.empty()) return node.disk_error;
    if (node.too_few_replicas) return std::string(kNoReplicas);
  }
  if (node.out_of_memory && !run.obeyed && !run.allow_oom && !run.wrote && (spec.flags & commands::kDenyOom)) {
    return "OOM command not allowed when used memory > 'maxmemory'.";
  }
  return {};
}

uint32_t CommandFlags(uint32_t row_flags, uint32_t script_flags) {
  if (script_flags & kUndeclared) return row_flags;
  uint32_t flags = row_flags & ~(commands::kStale | commands::kDenyOom | commands::kWrite | commands::kMayReplicate);
  if (!(script_flags & (kAllowOom | kNoWrites))) flags |= commands::kDenyOom;
  if (!(script_flags & kNoWrites)) flags |= commands::kWrite;
  if (script_flags & kAllowStale) flags |= commands::kStale;
  return flags;
}

}  // namespace dunlin::script
