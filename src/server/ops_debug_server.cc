#include <fmt/format.h>
#include <jemalloc/jemalloc.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include "base/ascii.h"
#include "base/numbers.h"
#include "oplog/log.h"
#include "server/cluster_driver.h"
#include "server/config.h"
#include "server/config_text.h"
#include "server/ops_debug.h"
#include "server/replication_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr int64_t kMaxListPlainNodeBytes = int64_t{4} * 1024 * 1024 * 1024;

bool NeedCluster(Call& call) {
  if (call.server.cluster() != nullptr) return true;
  call.reply.Error("ERR Debug option only available for cluster mode enabled setup!");
  return false;
}

bool IntegerArg(Call& call, size_t i, int64_t* value) {
  auto parsed = ParseInt64(call.args[i]);
  if (!parsed) {
    call.reply.Error("ERR value is not an integer or out of range");
    return false;
  }
  *value = *parsed;
  return true;
}

}  // namespace

void DebugSleep(Call& call) {
  double seconds = ParseDouble(call.args[2]).value_or(0);
  if (seconds > 0 && std::isfinite(seconds)) std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  call.reply.Ok();
}

void DebugSetActiveExpire(Call& call) {
  call.server.set_active_expire(DebugFlag(call, 2));
  call.reply.Ok();
}

void DebugSetDisableDenyScripts(Call& call) {
  call.server.debug().scripts_may_call_all.store(DebugFlag(call, 2));
  call.reply.Ok();
}

void DebugSetSkipChecksumValidation(Call& call) {
  call.server.set_skip_checksums(DebugFlag(call, 2));
  call.server.RefreshFacts();
  call.reply.Ok();
}

void DebugQuicklistPackedThreshold(Call& call) {
  auto size = ParseMemory(call.args[2]);
  if (!size || *size < 0 || *size >= kMaxListPlainNodeBytes) {
    return call.reply.Error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  call.server.debug().list_plain_node_bytes.store(*size == 0 ? kDefaultListPlainNodeBytes : static_cast<size_t>(*size));
  call.server.RefreshFacts();
  call.reply.Ok();
}

void DebugPauseCron(Call& call) {
  call.server.debug().pause_cron.store(DebugFlag(call, 2));
  call.reply.Ok();
}

void DebugSpreadClients(Call& call) {
  call.server.debug().spread_clients.store(DebugFlag(call, 2));
  call.reply.Ok();
}

void DebugAofFlushSleep(Call& call) {
  call.server.debug().aof_flush_sleep_us.store(ParseInt64(call.args[2]).value_or(0));
  call.reply.Ok();
}

void DebugConfigRewriteForceAll(Call& call) {
  Status written = call.server.config().Rewrite(std::nullopt, /*everything=*/true);
  if (!written.ok()) return call.reply.Error("ERR CONFIG-REWRITE-FORCE-ALL failed: " + written.message());
  call.reply.Ok();
}

void DebugReplicate(Call& call) {
  if (!call.server.is_replica()) {
    std::string command;
    oplog::AppendCommand(command, call.args.subspan(2));
    call.server.oplog().AppendForReplicasOnly(command);
    call.server.WakeReplicaSenders(nullptr);
  }
  call.reply.Ok();
}

void DebugChangeReplId(Call& call) {
  call.server.log().Notice("Changing replication IDs after receiving DEBUG change-repl-id");
  call.server.replication().ChangeReplicationId();
  call.reply.Ok();
}

void DebugClusterlink(Call& call) {
  if (!EqualsIgnoreCase(call.args[2], "kill")) return DebugSyntaxError(call);
  if (!NeedCluster(call)) return;
  auto node = NodeId::Parse(call.args[4]);
  if (!node || call.server.cluster()->map()->Find(*node) == cluster::kNoNode) {
    return call.reply.Error("ERR Unknown node " + std::string(call.args[4]));
  }
  bool all = EqualsIgnoreCase(call.args[3], "all");
  bool to = all || EqualsIgnoreCase(call.args[3], "to");
  bool from = all || EqualsIgnoreCase(call.args[3], "from");
  if (!to && !from) return call.reply.Error("ERR Unknown direction " + std::string(call.args[3]));
  call.server.cluster()->KillLinks(to, from, *node);
  call.reply.Ok();
}

void DebugDropClusterPacketFilter(Call& call) {
  int64_t type = 0;
  if (!IntegerArg(call, 2, &type)) return;
  if (call.server.cluster() != nullptr) call.server.cluster()->SetDropFilter(static_cast<int>(type));
  call.reply.Ok();
}

void DebugCloseClusterLinkOnPacketDrop(Call& call) {
  if (call.server.cluster() != nullptr) call.server.cluster()->SetCloseOnDrop(DebugFlag(call, 2));
  call.reply.Ok();
}

// The width of a number is not known beforehand, so the widths are tried.
void DebugMallctl(Call& call) {
  std::string name(call.args[2]);
  int64_t value = 0;
  bool set = call.args.size() == 4;
  if (set && !IntegerArg(call, 3, &value)) return;
  int error = EINVAL;
  for (size_t width = sizeof(int64_t); width > 0 && error == EINVAL; width /= 2) {
    int64_t before = 0;
    size_t size = width;
    error = mallctl(name.c_str(), &before, &size, set ? &value : nullptr, set ? width : 0);
    if (error == 0) return call.reply.Integer(before);
    if (error != EPERM || !set) continue;
    error = mallctl(name.c_str(), nullptr, nullptr, &value, width);
    if (error == 0) return call.reply.Ok();
  }
  call.reply.Error(fmt::format("ERR {}", std::strerror(error)));
}

void DebugMallctlStr(Call& call) {
  std::string name(call.args[2]);
  std::string value(call.args.size() == 4 ? call.args[3] : "");
  bool set = call.args.size() == 4 && !EqualsIgnoreCase(value, "void");
  const char* text = value.c_str();
  const char* before = nullptr;
  size_t size = sizeof before;
  int error = mallctl(name.c_str(), &before, &size, set ? &text : nullptr, set ? sizeof text : 0);
  if (error == EPERM || error == EINVAL) {
    // One that can only be written, or only be called.
    before = nullptr;
    error = mallctl(name.c_str(), nullptr, nullptr, set ? &text : nullptr, set ? sizeof text : 0);
  }
  if (error != 0) return call.reply.Error(fmt::format("ERR {}", std::strerror(error)));
  before != nullptr ? call.reply.Bulk(before) : call.reply.Ok();
}

}  // namespace dunlin::server
