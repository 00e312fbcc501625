// EVAL and FCALL with their kin, and SCRIPT.
#include "base/ascii.h"
#include "base/numbers.h"
#include "script/flags.h"
#include "script/sha1.h"
#include "server/help_text.h"
#include "server/ops.h"
#include "server/script_run.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using script::Outcome;

constexpr std::string_view kNoScript = "NOSCRIPT No matching script. Please use EVAL.";

// The count of keys in argument 2, as a count of arguments that are there; replies the error otherwise.
std::optional<size_t> KeyCount(Call& call, std::string_view not_a_number) {
  auto count = ParseInt64(call.args[2]);
  if (!count) {
    call.reply.Error(not_a_number);
  } else if (*count > static_cast<int64_t>(call.args.size()) - 3) {
    call.reply.Error("ERR Number of keys can't be greater than number of args");
  } else if (*count < 0) {
    call.reply.Error("ERR Number of keys can't be negative");
  } else {
    return static_cast<size_t>(*count);
  }
  return std::nullopt;
}

// Before its commands are shown.
void ShowToMonitors(Call& call) {
  if (call.server.has_monitors()) call.server.ShowCallToMonitors(call.worker, call.session, call.spec, call.args);
}

// Runs the task alone. `invoke` is given the run.
template <typename Fn>
void RunTask(Call& call, const ScriptTask& task, Fn&& invoke) {
  auto run = [&] {
    if (!call.in_exec && !call.worker.executor().StillHolds(call)) return;
    ScriptRun script_run(call, task);
    std::string refusal = script_run.Refusal();
    if (!refusal.empty()) {
      call.reply.Error(refusal);
      return;
    }
    Outcome outcome;
    call.worker.executor().TellTogether(call.session, [&] {
      outcome = invoke(script_run);
      script_run.End();
      if (outcome.verdict == script::Verdict::kAbandoned) call.worker.executor().ForgetTold();
    });
    call.error_counted = outcome.counted;
  };
  if (call.in_exec) {
    run();
  } else {
    uint64_t facts = call.server.facts_version();
    auto run_as_decided = [&] {
      call.facts_changed = call.server.facts_version() != facts;
      if (!call.facts_changed) run();
    };
    if (!call.worker.AloneUnlessScriptLingers(run_as_decided)) call.facts_changed = true;
  }
  // What its commands changed has been told; EVAL itself changes nothing.
  call.changes.Begin(0, false, false);
}

// ---- SCRIPT

void ScriptFlush(Call& call) {
  bool mode_is_known =
      call.args.size() == 2 ||
      (call.args.size() == 3 && (EqualsIgnoreCase(call.args[2], "sync") || EqualsIgnoreCase(call.args[2], "async")));
  if (!mode_is_known) {
    call.reply.Error("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
    return;
  }
  call.server.scripting().cache().Clear();
  call.reply.Ok();
}

void ScriptExists(Call& call) {
  call.reply.Array(call.args.size() - 2);
  for (std::string_view sha : call.args.subspan(2)) {
    call.reply.Integer(call.server.scripting().cache().Find(sha) ? 1 : 0);
  }
}

void ScriptLoad(Call& call) {
  auto script = call.server.scripting().Add(call.worker.scripts(), call.args[2]);
  if (script) {
    call.reply.Bulk((*script)->sha);
  } else {
    call.reply.Error("ERR " + script.error());
  }
}

void ScriptShow(Call& call) {
  auto script = call.server.scripting().cache().Find(call.args[2]);
  if (script) {
    call.reply.Bulk(script->body);
  } else {
    call.reply.Error(kNoScript);
  }
}

void ScriptDebug(Call& call) {
  std::string_view mode = call.args[2];
  if (EqualsIgnoreCase(mode, "no")) {
    call.reply.Ok();
  } else if (EqualsIgnoreCase(mode, "yes") || EqualsIgnoreCase(mode, "sync")) {
    call.reply.Error("ERR The Lua debugger is not supported");
  } else {
    call.reply.Error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
  }
}

void ScriptHelp(Call& call) {
  constexpr std::string_view kLines[] = {
      "SCRIPT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
      "DEBUG (YES|SYNC|NO)",
      "    Choose whether scripts of this connection are debugged. Only NO is supported.",
      "EXISTS <sha1> [<sha1> ...]",
      "    Tell for each digest whether a script with it is cached.",
      "FLUSH [ASYNC|SYNC]",
      "    Forget all cached scripts.",
      "KILL",
      "    End the script that runs, unless it has written something.",
      "LOAD <script>",
      "    Cache a script without running it, and return its digest.",
      "SHOW <sha1>",
      "    Return the text of a cached script.",
  };
  WriteHelp(call.reply, kLines);
}

}  // namespace

void OpEval(Call& call) {
  ShowToMonitors(call);
  Scripting& scripting = call.server.scripting();
  ScriptClient& client = call.worker.scripts();
  bool by_sha = call.spec.name.starts_with("evalsha");
  if (by_sha && call.args[1].size() != script::kShaDigits) {
    call.reply.Error(kNoScript);
    return;
  }
  auto key_count = KeyCount(call, "ERR value is not an integer or out of range");
  if (!key_count) return;
  std::shared_ptr<const script::Script> script;
  if (by_sha) {
    script = scripting.Find(client, call.args[1]);
    if (!script) {
      call.reply.Error(kNoScript);
      return;
    }
  } else {
    auto added = scripting.Add(client, call.args[1]);
    if (!added) {
      call.reply.Error("ERR " + added.error());
      return;
    }
    script = *added;
  }
  script::EvalState& state = client.engine.ForEval(client.known_generation);
  if (auto error = state.Compile(*script)) {
    call.reply.Error("ERR " + *error);
    return;
  }
  RunTask(call, {script->sha, script->flags, false, *key_count},
          [&](ScriptRun& run) { return state.Call(*script, run.keys(), run.args(), run, call.reply); });
}

void OpFcall(Call& call) {
  ShowToMonitors(call);
  const Scripting::Libraries libraries = call.server.scripting().libraries();
  auto found = libraries->Find(call.args[1]);
  if (!found.library) {
    call.reply.Error("ERR Function not found");
    return;
  }
  auto key_count = KeyCount(call, "ERR Bad number of keys provided");
  if (!key_count) return;
  RunTask(call, {found.function->name, found.function->flags, true, *key_count}, [&](ScriptRun& run) {
    return call.worker.scripts().engine.ForFunctions(libraries).Call(found, run.keys(), run.args(), run, call.reply);
  });
}

void OpScript(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "flush") return ScriptFlush(call);
  if (word == "exists") return ScriptExists(call);
  if (word == "load") return ScriptLoad(call);
  if (word == "show") return ScriptShow(call);
  if (word == "kill") return call.server.scripting().Kill(call.reply, false);
  if (word == "debug") return ScriptDebug(call);
  if (word == "help") return ScriptHelp(call);
  DUNLIN_INVARIANT(false, "every row of SCRIPT has a function");
}

}  // namespace dunlin::server
