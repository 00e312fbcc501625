// FUNCTION.
#include "base/ascii.h"
#include "base/glob.h"
#include "script/flags.h"
#include "server/help_text.h"
#include "server/ops.h"
#include "server/script_run.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

using commands::Args;
using script::FunctionLibraries;
using script::Verdict;

// A library only registers its functions while it is loaded; that takes no time.
constexpr int64_t kLoadTimeoutMs = 500;

class LoadHost : public script::Host {
 public:
  explicit LoadHost(Call& call)
      : server_(call.server),
        limited_(call.session.kind != SessionKind::kPrimaryLink),
        deadline_ms_(call.server.monotonic_ms() + kLoadTimeoutMs) {}

  Answer RunCommand(Args, int) override { return {.refusal = "ERR not while a library is loaded"}; }
  std::optional<bool> MayCall(Args) override { return std::nullopt; }
  void SetReplication(bool, bool) override {}
  bool WantsLog(script::LogLevel level) override { return WantsScriptLog(server_, level); }
  void Log(script::LogLevel level, std::string_view text) override { WriteScriptLog(server_, level, text); }
  Verdict MayGoOn() override {
    return limited_ && server_.monotonic_ms() > deadline_ms_ ? Verdict::kTooSlow : Verdict::kGoOn;
  }

 private:
  Server& server_;
  const bool limited_;
  const int64_t deadline_ms_;
};

void SyntaxError(Call& call) {
  call.reply.Error("ERR unknown subcommand or wrong number of arguments for '" + std::string(call.args[1]) +
                   "'. Try FUNCTION HELP.");
}

// Runs the libraries' codes and adds them to `set`; returns the error. What is not in the server's set in the end is
// let go by the next LetGo().
std::string LoadAll(Call& call, const std::vector<std::string>& codes, FunctionLibraries* set) {
  LoadHost host(call);
  Scripting& scripting = call.server.scripting();
  script::FunctionState& state = call.worker.scripts().engine.ForFunctions(scripting.libraries());
  for (const std::string& code : codes) {
    auto library = state.Load(code, host);
    if (!library) return library.error();
    if (auto added = set->Add(*library, false); !added) return added.error();
  }
  return {};
}

void LetGo(Call& call) {
  ScriptClient& client = call.worker.scripts();
  Scripting::Libraries libraries = call.server.scripting().libraries();
  client.engine.ForFunctions(libraries).KeepOnly(*libraries);
  client.NoteMemory();
}

void Load(Call& call) {
  bool replace = false;
  for (std::string_view option : call.args.subspan(2, call.args.size() - 3)) {
    if (!EqualsIgnoreCase(option, "replace")) {
      call.reply.Error("ERR Unknown option given: " + std::string(option));
      return;
    }
    replace = true;
  }
  std::string_view code = call.args.back();
  Scripting& scripting = call.server.scripting();
  auto header = script::CheckLibraryHeader(code);
  if (!header) {
    call.reply.Error("ERR " + header.error());
    return;
  }
  if (!replace && scripting.libraries()->FindLibrary(header->name)) {
    call.reply.Error("ERR Library '" + header->name + "' already exists");
    return;
  }
  auto set = std::make_shared<FunctionLibraries>(*scripting.libraries());
  if (replace) set->Remove(header->name);
  std::string error = LoadAll(call, {std::string(code)}, set.get());
  if (error.empty()) {
    scripting.SetLibraries(std::move(set));
    call.changes.Dirty();
    call.reply.Bulk(header->name);
  } else {
    call.reply.Error("ERR " + error);
  }
  LetGo(call);
}

void Delete(Call& call) {
  auto set = std::make_shared<FunctionLibraries>(*call.server.scripting().libraries());
  if (!set->Remove(call.args[2])) {
    call.reply.Error("ERR Library not found");
    return;
  }
  call.server.scripting().SetLibraries(std::move(set));
  call.changes.Dirty();
  call.reply.Ok();
}

void Flush(Call& call) {
  if (call.args.size() > 3) return SyntaxError(call);
  if (call.args.size() == 3 && !EqualsIgnoreCase(call.args[2], "sync") && !EqualsIgnoreCase(call.args[2], "async")) {
    call.reply.Error("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
    return;
  }
  call.server.scripting().DropLibraries();
  call.changes.Dirty();
  call.reply.Ok();
}

enum class RestorePolicy : uint8_t { kAppend, kReplace, kFlush };

std::optional<RestorePolicy> ParsePolicy(Call& call) {
  if (call.args.size() < 4 || EqualsIgnoreCase(call.args[3], "append")) return RestorePolicy::kAppend;
  if (EqualsIgnoreCase(call.args[3], "replace")) return RestorePolicy::kReplace;
  if (EqualsIgnoreCase(call.args[3], "flush")) return RestorePolicy::kFlush;
  call.reply.Error("ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.");
  return std::nullopt;
}

// Puts what was restored to what is there. On error `present` is of no use.
std::string Join(const FunctionLibraries& restored, RestorePolicy policy, FunctionLibraries* present) {
  for (const auto& [name, library] : restored.all()) {
    if (present->FindLibrary(name) && policy == RestorePolicy::kAppend) return "Library " + name + " already exists";
    present->Remove(name);
  }
  for (const auto& [name, library] : restored.all()) {
    if (auto added = present->Add(library, false); !added) return added.error();
  }
  return {};
}

void Restore(Call& call) {
  if (call.args.size() > 4) return SyntaxError(call);
  auto policy = ParsePolicy(call);
  if (!policy) return;
  auto codes = script::ReadLibraryDump(call.args[2]);
  if (!codes) {
    call.reply.Error("ERR " + codes.error());
    return;
  }
  Scripting& scripting = call.server.scripting();
  FunctionLibraries restored;
  std::string error = LoadAll(call, *codes, &restored);
  auto set = std::make_shared<FunctionLibraries>();
  if (*policy != RestorePolicy::kFlush) *set = *scripting.libraries();
  if (error.empty()) error = Join(restored, *policy, set.get());
  if (error.empty()) {
    scripting.SetLibraries(std::move(set));
    call.changes.Dirty();
    call.reply.Ok();
  } else {
    call.reply.Error("ERR " + error);
  }
  LetGo(call);
}

void WriteFunction(resp::ReplyWriter& reply, const script::Function& function) {
  reply.Map(3);
  reply.Bulk("name");
  reply.Bulk(function.name);
  reply.Bulk("description");
  if (function.description) {
    reply.Bulk(*function.description);
  } else {
    reply.Null();
  }
  reply.Bulk("flags");
  std::vector<std::string_view> flags;
  for (const auto& [flag, name] : script::FlagNames()) {
    if (function.flags & flag) flags.push_back(name);
  }
  reply.Set(flags.size());
  for (std::string_view flag : flags) reply.Simple(flag);
}

void WriteLibrary(resp::ReplyWriter& reply, const script::Library& library, bool with_code) {
  reply.Map(with_code ? 4 : 3);
  reply.Bulk("library_name");
  reply.Bulk(library.name);
  reply.Bulk("engine");
  reply.Bulk(script::kEngineName);
  reply.Bulk("functions");
  reply.Array(library.functions.size());
  for (const script::Function& function : library.functions) WriteFunction(reply, function);
  if (!with_code) return;
  reply.Bulk("library_code");
  reply.Bulk(library.code);
}

void List(Call& call) {
  bool with_code = false;
  std::optional<std::string_view> pattern;
  for (size_t i = 2; i < call.args.size(); ++i) {
    std::string_view word = call.args[i];
    if (!with_code && EqualsIgnoreCase(word, "withcode")) {
      with_code = true;
    } else if (!pattern && EqualsIgnoreCase(word, "libraryname")) {
      if (i + 1 == call.args.size()) {
        call.reply.Error("ERR library name argument was not given");
        return;
      }
      pattern = call.args[++i];
    } else {
      call.reply.Error("ERR Unknown argument " + std::string(word));
      return;
    }
  }
  std::vector<const script::Library*> shown;
  Scripting::Libraries libraries = call.server.scripting().libraries();
  for (const auto& [name, library] : libraries->all()) {
    if (!pattern || GlobMatch(*pattern, name, Case::kInsensitive)) shown.push_back(library.get());
  }
  call.reply.Array(shown.size());
  for (const script::Library* library : shown) WriteLibrary(call.reply, *library, with_code);
}

void Dump(Call& call) {
  call.reply.Bulk(
      script::DumpLibraries(*call.server.scripting().libraries(), call.server.handler_settings().rdb_version));
}

constexpr std::string_view kHelp[] = {
    "FUNCTION <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "DELETE <library name>",
    "    Delete a library with its functions.",
    "DUMP",
    "    Return all libraries as one payload for RESTORE.",
    "FLUSH [ASYNC|SYNC]",
    "    Delete all libraries.",
    "KILL",
    "    End the function that runs, unless it has written something.",
    "LIST [LIBRARYNAME <pattern>] [WITHCODE]",
    "    Show the libraries whose names fit the pattern, with their functions.",
    "LOAD [REPLACE] <code>",
    "    Add a library, in the place of the one of that name with REPLACE. Return its name.",
    "RESTORE <payload> [FLUSH|APPEND|REPLACE]",
    "    Add the libraries of a payload: instead of all others, beside them (the default), or in the",
    "    place of those of the same names.",
    "STATS",
    "    Show which function runs, and count libraries and functions.",
};

}  // namespace

void OpFunctionCommand(Call& call) {
  std::string_view word = call.spec.name;
  if (word == "load") return Load(call);
  if (word == "delete") return Delete(call);
  if (word == "flush") return Flush(call);
  if (word == "restore") return Restore(call);
  if (word == "list") return List(call);
  if (word == "dump") return Dump(call);
  if (word == "stats") return call.server.scripting().WriteStats(call.reply);
  if (word == "kill") return call.server.scripting().Kill(call.reply, true);
  if (word == "help") return WriteHelp(call.reply, kHelp);
  DUNLIN_INVARIANT(false, "every row of FUNCTION has a function");
}

}  // namespace dunlin::server
