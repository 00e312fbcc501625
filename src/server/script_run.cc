#include "server/script_run.h"

#include "base/crc.h"
#include "script/flags.h"
#include "server/command_keys.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using commands::Args;
using commands::CommandSpec;
using script::Verdict;

std::string_view CodeWord(std::string_view error) { return error.substr(0, error.find(' ')); }

}  // namespace

bool WantsScriptLog(Server& server, script::LogLevel level) {
  return server.log().Enabled(static_cast<LogLevel>(level));
}

void WriteScriptLog(Server& server, script::LogLevel level, std::string_view text) {
  server.log().Write(static_cast<LogLevel>(level), text);
}

ScriptRun::ScriptRun(Call& call, const ScriptTask& task)
    : call_(call),
      task_(task),
      client_(call.worker.scripts()),
      start_ms_(call.server.monotonic_ms()),
      threshold_ms_(call.server.settings().busy_reply_threshold_ms) {
  const dispatch::NodeFacts& facts = call.server.node_facts();
  node_ = {.cluster = call.server.cluster_enabled(),
           .stale = facts.stale,
           .read_only_replica = facts.read_only_replica,
           .too_few_replicas = facts.too_few_replicas,
           .out_of_memory = call.worker.executor().out_of_memory(),
           .disk_error = facts.disk_error};
  bool declared = (task.flags & script::kUndeclared) == 0;
  run_.obeyed = call.session.kind == SessionKind::kPrimaryLink;
  run_.read_only = (call.spec.flags & commands::kReadonly) || (declared && (task.flags & script::kNoWrites));
  run_.allow_oom = declared && (task.flags & script::kAllowOom);
  run_.any_command = call.server.debug().scripts_may_call_all.load();
  any_slot_ = !declared || (task.flags & script::kAllowCrossSlot) || run_.obeyed || !node_.cluster;
  if (task.key_count > 0) slot_ = SlotOfKey(call.args[3]);
  Session& session = client_.session;
  session.worker = &call.worker;
  session.db = call.session.db;
  session.kind = call.session.kind;
  session.user = call.session.user;
  session.authenticated = true;
  session.asking = call.session.asking;
  session.read_only_mode = call.session.read_only_mode;
  session.no_touch = call.session.no_touch;
  session.last_write_offset = call.session.last_write_offset;
  MutexLock lock(client_.mutex);
  client_.running = this;
}

ScriptRun::~ScriptRun() {
  client_.session.stream.out().Free();
  client_.NoteMemory();
  MutexLock lock(client_.mutex);
  client_.running = nullptr;
}

std::string ScriptRun::Refusal() const {
  return script::RefuseRun(task_.flags, (call_.spec.flags & commands::kReadonly) != 0, run_.obeyed, node_);
}

int64_t ScriptRun::DurationMs() const { return call_.server.monotonic_ms() - start_ms_; }

script::Host::Answer ScriptRun::Refuse(const CommandSpec* spec, std::string error) {
  call_.server.CountRejected(call_.worker, spec, CodeWord(error));
  return {.refusal = std::move(error)};
}

script::Host::Answer ScriptRun::RunCommand(Args args, int resp_version) {
  bool unknown_subcommand = false;
  const CommandSpec* spec = call_.server.table().Resolve(args, &unknown_subcommand);
  if (spec == nullptr || unknown_subcommand) return Refuse(nullptr, std::string(script::kUnknownCommand));
  bool container = !spec->subcommands.empty() && spec->handler == nullptr && spec->op == commands::ServerOp::kNone;
  if (container || !commands::ArityFits(*spec, args.size())) return Refuse(spec, std::string(script::kWrongArity));
  std::string error = script::RefuseCommand(*spec, run_, node_);
  if (error.empty()) error = script::RefuseWrite(*spec, run_, node_);
  if (!error.empty()) return Refuse(spec, std::move(error));
  if (spec->flags & commands::kWrite) {
    run_.wrote = true;
    wrote_.store(true, std::memory_order_relaxed);
  }
  error = RefuseKeys(*spec, args);
  if (!error.empty()) return Refuse(spec, std::move(error));
  BeAlone();
  Session& session = client_.session;
  if (call_.server.has_monitors()) call_.server.ShowToMonitors(call_.worker, session.db, "lua", args);
  session.resp_version = resp_version;
  session.stream.out().Clear();
  call_.worker.executor().RunInside(session, *spec, args, tells_);
  return {.reply = session.stream.out().view()};
}

std::string ScriptRun::RefuseKeys(const CommandSpec& spec, Args args) {
  const dispatch::NodeFacts& node = call_.server.node_facts();
  if (node.map == nullptr || run_.obeyed || !commands::HasKeys(spec)) return {};
  CommandKeys keys;
  if (!keys.Collect(spec, args, call_.server.store()) || keys.slots.empty()) return {};
  dispatch::ClientFacts client;
  client.asking = client_.session.asking;
  client.read_only_mode = client_.session.read_only_mode;
  dispatch::Decision decision = dispatch::DecideOwner({spec, args, keys.slots}, client, node);
  if (decision.kind == dispatch::Decision::Kind::kRunIfSettled) {
    decision.error = call_.worker.executor().SettleOpenSlot(client_.session.db, keys.refs, decision.migrating);
  }
  if (decision.error.starts_with("CLUSTERDOWN The cluster is down and only")) {
    return "ERR Script attempted to execute a write command while the cluster is down and readonly";
  }
  if (decision.error.starts_with("CLUSTERDOWN The cluster is down")) {
    return "ERR Script attempted to execute a command while the cluster is down";
  }
  if (!decision.error.empty()) return "ERR Script attempted to access a non local key in a cluster node";
  if (any_slot_) return {};
  if (!slot_) slot_ = keys.slots[0];
  if (*slot_ == keys.slots[0]) return {};
  return "ERR Script attempted to access keys that do not hash to the same slot";
}

std::optional<bool> ScriptRun::MayCall(Args args) {
  bool unknown_subcommand = false;
  const CommandSpec* spec = call_.server.table().Resolve(args, &unknown_subcommand);
  if (spec == nullptr || unknown_subcommand) return std::nullopt;
  return true;
}

// The log is one stream for both. What goes to one of them goes to the other, so that they keep telling the same.
void ScriptRun::SetReplication(bool to_aof, bool to_replicas) { tells_ = to_aof || to_replicas; }

bool ScriptRun::WantsLog(script::LogLevel level) { return WantsScriptLog(call_.server, level); }

void ScriptRun::Log(script::LogLevel level, std::string_view text) { WriteScriptLog(call_.server, level, text); }

Verdict ScriptRun::MayGoOn() {
  int64_t threshold_ms = threshold_ms_;
  if (threshold_ms > 0 && (lingers() || DurationMs() >= threshold_ms)) Linger();
  if (call_.worker.stopping()) return Verdict::kAbandoned;
  return killed_.load(std::memory_order_relaxed) ? Verdict::kKilled : Verdict::kGoOn;
}

void ScriptRun::Linger() {
  if (!lingers()) {
    call_.server.log().Warning(
        "Slow script detected: still in execution after {} milliseconds. You can try killing the script using the {} "
        "command. Script name is: {}.",
        DurationMs(), task_.function ? "FUNCTION KILL" : "SCRIPT KILL", task_.name);
    lingers_.store(true);
  }
  Gate& gate = call_.server.gate();
  if (!gate_open_) gate.Linger();
  gate_open_ = true;
  if (call_.worker.IsOwnThread()) call_.worker.ServeAmidScript(call_.session);
  gate.LetIn();
}

void ScriptRun::BeAlone() {
  if (!gate_open_) return;
  call_.server.gate().StopLingering();
  gate_open_ = false;
}

void ScriptRun::End() {
  BeAlone();
  call_.worker.EndServingAmidScript();
}

}  // namespace dunlin::server
