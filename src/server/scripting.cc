#include "server/scripting.h"

#include "base/ascii.h"
#include "script/call_rules.h"
#include "script/flags.h"
#include "script/sha1.h"
#include "server/script_run.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using commands::Args;
using script::Script;

constexpr std::string_view kNotBusy = "NOTBUSY No scripts in execution right now.";
constexpr std::string_view kBusyEval =
    "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
constexpr std::string_view kBusyFunction =
    "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

// A library that was accepted before is run again: as long as it takes, and what it logs has been logged.
class LoadingHost : public script::Host {
 public:
  Answer RunCommand(Args, int) override { return {.refusal = "ERR not while a library is loaded"}; }
  std::optional<bool> MayCall(Args) override { return std::nullopt; }
  void SetReplication(bool, bool) override {}
  bool WantsLog(script::LogLevel) override { return false; }
  void Log(script::LogLevel, std::string_view) override {}
  script::Verdict MayGoOn() override { return script::Verdict::kGoOn; }
};

// Why that run cannot be killed so; empty: it can.
std::string_view Unkillable(const ScriptRun& run, bool function) {
  if (run.obeyed()) {
    return "UNKILLABLE The busy script was sent by a master instance in the context of replication and cannot be "
           "killed.";
  }
  if (run.wrote()) {
    return "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the "
           "script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.";
  }
  if (run.task().function != function) return function ? kBusyEval : kBusyFunction;
  return {};
}

}  // namespace

template <typename Fn>
void Scripting::ForEachClient(Fn&& fn) {
  for (const auto& worker : server_.workers()) fn(worker->scripts());
  fn(server_.applier().scripts());
}

std::shared_ptr<const Script> Scripting::Find(ScriptClient& client, std::string_view sha) {
  uint64_t generation = cache_.generation();
  if (client.known_generation != generation) client.known.clear();
  client.known_generation = generation;
  std::string key = AsciiLowered(sha);
  if (auto found = client.known.find(key); found != client.known.end()) return found->second;
  std::shared_ptr<const Script> script = cache_.Find(key);
  if (script) client.known[key] = script;
  return script;
}

std::expected<std::shared_ptr<const Script>, std::string> Scripting::Add(ScriptClient& client, std::string_view body) {
  std::string sha = script::Sha1Hex(body);
  if (auto known = Find(client, sha)) return known;
  auto shebang = script::ParseShebang(body);
  if (!shebang) return std::unexpected(shebang.error());
  auto made = std::make_shared<Script>();
  made->sha = std::move(sha);
  made->body = body;
  made->flags = shebang->flags;
  made->code_offset = shebang->code_offset;
  auto error = client.engine.ForEval(client.known_generation).Compile(*made);
  client.NoteMemory();
  if (error) return std::unexpected(*error);
  return cache_.Add(std::move(made));
}

uint32_t Scripting::FlagsOf(ScriptClient& client, const commands::CommandSpec& spec, Args args) {
  if (spec.op == commands::ServerOp::kFcall) {
    auto found = libraries()->Find(args[1]);
    return found.library ? script::CommandFlags(spec.flags, found.function->flags) : spec.flags;
  }
  if (spec.name.starts_with("evalsha")) {
    auto script = Find(client, args[1]);
    return script ? script::CommandFlags(spec.flags, script->flags) : spec.flags;
  }
  auto shebang = script::ParseShebang(args[1]);
  return shebang ? script::CommandFlags(spec.flags, shebang->flags) : spec.flags;
}

std::string_view Scripting::BusyError() {
  std::string_view error = kBusyEval;
  ForEachClient([&](ScriptClient& client) {
    MutexLock lock(client.mutex);
    if (client.running != nullptr && client.running->lingers() && client.running->task().function) {
      error = kBusyFunction;
    }
  });
  return error;
}

void Scripting::Kill(resp::ReplyWriter& reply, bool function) {
  std::string_view error = kNotBusy;
  bool killed = false;
  ForEachClient([&](ScriptClient& client) {
    MutexLock lock(client.mutex);
    if (client.running == nullptr) return;
    error = Unkillable(*client.running, function);
    if (!error.empty()) return;
    client.running->Kill();
    killed = true;
  });
  if (killed) {
    reply.Ok();
  } else {
    reply.Error(error);
  }
}

void Scripting::WriteStats(resp::ReplyWriter& reply) {
  bool shown = false;
  bool busy_eval = false;
  Buffer text;
  resp::ReplyWriter running(text, reply.version());
  ForEachClient([&](ScriptClient& client) {
    MutexLock lock(client.mutex);
    if (client.running == nullptr || shown) return;
    const ScriptRun& run = *client.running;
    busy_eval |= !run.task().function;
    if (!run.task().function) return;
    shown = true;
    running.Map(3);
    running.Bulk("name");
    running.Bulk(run.task().name);
    running.Bulk("command");
    running.Array(run.command().size());
    for (std::string_view arg : run.command()) running.Bulk(arg);
    running.Bulk("duration_ms");
    running.Integer(run.DurationMs());
  });
  if (busy_eval && !shown) return reply.Error(kBusyEval);
  reply.Map(2);
  reply.Bulk("running_script");
  if (shown) {
    reply.Raw(text.view());
  } else {
    reply.Null();
  }
  reply.Bulk("engines");
  reply.Map(1);
  reply.Bulk(script::kEngineName);
  reply.Map(2);
  reply.Bulk("libraries_count");
  Libraries present = libraries();
  reply.Integer(static_cast<int64_t>(present->all().size()));
  reply.Bulk("functions_count");
  reply.Integer(static_cast<int64_t>(present->function_count()));
}

std::expected<void, std::string> Scripting::LoadLibrary(ScriptClient& client, std::string_view code, bool replace) {
  Libraries present = libraries();
  auto loaded = LoadLibraryInto(&present, client, code, replace);
  if (loaded) SetLibraries(std::move(present));
  return loaded;
}

std::expected<void, std::string> Scripting::LoadLibraryInto(Libraries* libraries, ScriptClient& client,
                                                            std::string_view code, bool replace) {
  LoadingHost host;
  script::FunctionState& state = client.engine.ForFunctions(*libraries);
  auto library = state.Load(code, host);
  if (!library) return std::unexpected(library.error());
  auto wider = std::make_shared<script::FunctionLibraries>(**libraries);
  auto added = wider->Add(*library, replace);
  if (added) {
    state.KeepOnly(*wider);
    *libraries = std::move(wider);
  } else {
    state.KeepOnly(**libraries);
  }
  client.NoteMemory();
  return added;
}

ScriptingStats Scripting::stats() {
  ScriptingStats stats;
  ForEachClient([&](ScriptClient& client) {
    stats.eval_vm_bytes += client.eval_bytes.load(std::memory_order_relaxed);
    stats.function_vm_bytes += client.function_bytes.load(std::memory_order_relaxed);
  });
  script::ScriptCache::Stats cached = cache_.stats();
  stats.cached_scripts = cached.scripts;
  stats.cached_scripts_bytes = cached.bytes;
  Libraries present = libraries();
  stats.function_bytes = present->bytes();
  stats.functions = present->function_count();
  stats.libraries = present->all().size();
  return stats;
}

}  // namespace dunlin::server
