// One run of a script or a function: how its commands are carried out, what they tell, and who may end it.
//
// A script runs alone. After busy-reply-threshold it lingers (gate.h): while it computes, the others get -BUSY for all
// but a few commands; for each command that it calls, it is alone again.
//
// Thread: that of the call, alone; what KILL and STATS ask, any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "script/call_rules.h"
#include "script/host.h"
#include "script/invoke.h"
#include "server/executor.h"
#include "server/scripting.h"

namespace dunlin::server {

// What is run.
struct ScriptTask {
  std::string_view name;  // a SHA-1, or a function's name
  uint32_t flags;         // script::Flag
  bool function;
  size_t key_count;  // the keys are arguments from the fourth on
};

// Where a script's log lines go.
bool WantsScriptLog(Server& server, script::LogLevel level);
void WriteScriptLog(Server& server, script::LogLevel level, std::string_view text);

class ScriptRun : public script::Host {
 public:
  ScriptRun(Call& call, const ScriptTask& task);
  ~ScriptRun() override;

  // Why it must not run now; empty: it may.
  std::string Refusal() const;
  // Before what the script has told is told.
  void End();

  commands::Args keys() const { return call_.args.subspan(3, task_.key_count); }
  commands::Args args() const { return call_.args.subspan(3 + task_.key_count); }

  // --- script::Host ---
  Answer RunCommand(commands::Args args, int resp_version) override;
  std::optional<bool> MayCall(commands::Args args) override;
  void SetReplication(bool to_aof, bool to_replicas) override;
  bool WantsLog(script::LogLevel level) override;
  void Log(script::LogLevel level, std::string_view text) override;
  script::Verdict MayGoOn() override;

  // --- KILL and STATS; under the client's mutex ---
  const ScriptTask& task() const { return task_; }
  commands::Args command() const { return call_.args; }
  int64_t DurationMs() const;
  bool obeyed() const { return run_.obeyed; }
  bool wrote() const { return wrote_.load(std::memory_order_relaxed); }
  void Kill() { killed_.store(true); }
  bool lingers() const { return lingers_.load(std::memory_order_relaxed); }

 private:
  // Opens the gate for the others, and serves those of this thread.
  void Linger();
  void BeAlone();
  // Empty: the command may run on its keys.
  std::string RefuseKeys(const commands::CommandSpec& spec, commands::Args args);
  Answer Refuse(const commands::CommandSpec* spec, std::string error);

  Call& call_;
  const ScriptTask task_;
  ScriptClient& client_;
  const int64_t start_ms_;
  const int64_t threshold_ms_;
  script::NodeState node_;
  script::RunState run_;
  bool tells_ = true;
  bool any_slot_ = true;        // it may use keys of several slots
  std::optional<SlotId> slot_;  // else: the only one
  std::atomic<bool> wrote_{false};
  std::atomic<bool> killed_{false};
  std::atomic<bool> lingers_{false};  // it has run for so long that others are told so
  bool gate_open_ = false;            // the gate is open to the others at the moment
};

}  // namespace dunlin::server
