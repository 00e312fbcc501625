#include "script/redis_library.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/numbers.h"
#include "script/flags.h"
#include "script/frozen.h"
#include "script/reply_to_lua.h"
#include "script/sha1.h"
#include "script/vm.h"

namespace dunlin::script {
namespace {

constexpr int kReplicateToAof = 1;
constexpr int kReplicateToReplicas = 2;
constexpr int kVersionNumber = 0x00070204;
constexpr char kVersion[] = "7.2.4";

[[noreturn]] void Raise(lua_State* lua, std::string_view text) {
  PushErrorTable(lua, text);
  lua_error(lua);
  __builtin_unreachable();
}

// The run in progress; functions that outlive it (finalizers, coroutines of others) must not reach the world.
Run& CurrentRun(lua_State* lua) {
  Run* run = Vm::Of(lua).run();
  if (run == nullptr) Raise(lua, "ERR redis API called outside of a script");
  return *run;
}

// The arguments of the running C function as those of a command; the views are good until the stack changes. Nothing,
// with `error` set, when they cannot be.
bool TakeArguments(lua_State* lua, Vm::CallSpace& space, std::string_view* error) {
  int count = lua_gettop(lua);
  if (count == 0) {
    *error = "ERR Please specify at least one argument for this redis lib call";
    return false;
  }
  // Numbers are spelled into one string first, because it moves while it grows.
  space.numbers.clear();
  space.args.clear();
  for (int i = 1; i <= count; ++i) {
    if (lua_type(lua, i) == LUA_TNUMBER) {
      double number = lua_tonumber(lua, i);
      std::string text = number == 0 ? "0" : FormatDouble(number);
      space.args.emplace_back(nullptr, text.size());
      space.numbers.append(text);
    } else if (lua_type(lua, i) == LUA_TSTRING) {
      space.args.push_back(StringAt(lua, i));
    } else {
      *error = "ERR Lua redis lib command arguments must be strings or integers";
      return false;
    }
  }
  const char* number = space.numbers.data();
  for (std::string_view& arg : space.args) {
    if (arg.data() != nullptr) continue;
    arg = {number, arg.size()};
    number += arg.size();
  }
  return true;
}

int CallCommand(lua_State* lua, bool raise) {
  Run& run = CurrentRun(lua);
  Vm& vm = Vm::Of(lua);
  if (run.verdict != Verdict::kGoOn) vm.GiveUp(lua, run.verdict);
  Vm::CallSpace& space = vm.call_space();
  std::string_view problem;
  if (space.in_use) {
    problem = "ERR redis.call() called while it runs";
  } else {
    TakeArguments(lua, space, &problem);
  }
  if (!problem.empty()) {
    PushErrorTable(lua, problem);
    return raise ? lua_error(lua) : 1;
  }
  space.in_use = true;
  Host::Answer answer = run.host.RunCommand(space.args, run.resp_version);
  space.in_use = false;
  lua_settop(lua, 0);
  if (answer.verdict != Verdict::kGoOn) vm.GiveUp(lua, answer.verdict);
  bool failed = true;
  if (!answer.refusal.empty()) {
    PushErrorTable(lua, answer.refusal, true);
  } else {
    failed = answer.reply.starts_with('-');
    PushReply(lua, answer.reply);
  }
  return raise && failed ? lua_error(lua) : 1;
}

int Call(lua_State* lua) { return CallCommand(lua, true); }
int ProtectedCall(lua_State* lua) { return CallCommand(lua, false); }

int AclCheckCommand(lua_State* lua) {
  Run& run = CurrentRun(lua);
  Vm::CallSpace& space = Vm::Of(lua).call_space();
  std::string_view problem;
  if (!TakeArguments(lua, space, &problem)) Raise(lua, problem);
  std::optional<bool> allowed = run.host.MayCall(space.args);
  if (!allowed) Raise(lua, "ERR Invalid command passed to redis.acl_check_cmd()");
  lua_pushboolean(lua, *allowed);
  return 1;
}

int Sha1(lua_State* lua) {
  if (lua_gettop(lua) != 1) Raise(lua, "ERR wrong number of arguments");
  std::string digits = Sha1Hex(lua_isstring(lua, 1) ? StringAt(lua, 1) : std::string_view());
  PushString(lua, digits);
  return 1;
}

bool HasOneString(lua_State* lua) { return lua_gettop(lua) == 1 && lua_type(lua, 1) == LUA_TSTRING; }

constexpr std::string_view kWrongArguments = "ERR wrong number or type of arguments";

// The first word is the code; a text of one word is the message of the general code, as everywhere in the field.
int ErrorReply(lua_State* lua) {
  if (!HasOneString(lua)) {
    PushErrorTable(lua, kWrongArguments);
    return 1;
  }
  std::string_view text = lua_tolstring(lua, 1, nullptr);
  if (text.starts_with('-')) text.remove_prefix(1);
  size_t blank = text.find(' ');
  std::string code = blank == std::string_view::npos ? "ERR" : std::string(text.substr(0, blank));
  std::string_view message = blank == std::string_view::npos ? text : text.substr(blank + 1);
  while (!message.empty() && (message.front() == '\r' || message.front() == '\n')) message.remove_prefix(1);
  while (!message.empty() && (message.back() == '\r' || message.back() == '\n')) message.remove_suffix(1);
  PushErrorTable(lua, code.append(" ").append(message));
  return 1;
}

int StatusReply(lua_State* lua) {
  if (!HasOneString(lua)) {
    PushErrorTable(lua, kWrongArguments);
    return 1;
  }
  lua_createtable(lua, 0, 1);
  lua_pushvalue(lua, 1);
  lua_setfield(lua, -2, "ok");
  return 1;
}

int SetReplication(lua_State* lua) {
  Run& run = CurrentRun(lua);
  if (lua_gettop(lua) != 1) Raise(lua, "ERR redis.set_repl() requires one argument.");
  double number = lua_tonumber(lua, 1);
  int flags = number >= 0 && number <= 3 ? static_cast<int>(number) : -1;
  if (flags < 0) Raise(lua, "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
  run.host.SetReplication((flags & kReplicateToAof) != 0, (flags & kReplicateToReplicas) != 0);
  return 0;
}

int SetResp(lua_State* lua) {
  Run& run = CurrentRun(lua);
  if (lua_gettop(lua) != 1) Raise(lua, "ERR redis.setresp() requires one argument.");
  double version = lua_tonumber(lua, 1);
  if (!(version >= 2 && version < 4)) Raise(lua, "ERR RESP version must be 2 or 3.");
  run.resp_version = static_cast<int>(version);
  return 0;
}

int Log(lua_State* lua) {
  Run& run = CurrentRun(lua);
  int count = lua_gettop(lua);
  if (count < 2) Raise(lua, "ERR redis.log() requires two arguments or more.");
  if (lua_isnumber(lua, 1) == 0) Raise(lua, "ERR First argument must be a number (log level).");
  double number = lua_tonumber(lua, 1);
  if (!(number >= 0 && number < 4)) Raise(lua, "ERR Invalid debug level.");
  auto level = static_cast<LogLevel>(static_cast<int>(number));
  if (!run.host.WantsLog(level)) return 0;
  std::string line;
  for (int i = 2; i <= count; ++i) {
    if (lua_isstring(lua, i) == 0) continue;
    if (i > 2) line.push_back(' ');
    line.append(StringAt(lua, i));
  }
  run.host.Log(level, line);
  return 0;
}

// There is no debugger to stop in, or to write to.
int Breakpoint(lua_State* lua) {
  lua_pushboolean(lua, 0);
  return 1;
}
int Debug(lua_State*) { return 0; }
// Effects are always what is replicated.
int ReplicateCommands(lua_State* lua) {
  lua_pushboolean(lua, 1);
  return 1;
}

// ---- redis.register_function

// The flags in the table on top of the stack, which stays.
uint32_t ReadFlags(lua_State* lua) {
  uint32_t flags = 0;
  for (int i = 1;; ++i) {
    lua_pushinteger(lua, i);
    lua_gettable(lua, -2);
    if (lua_isnil(lua, -1)) break;
    auto found = FlagNames().end();
    if (lua_isstring(lua, -1) != 0) {
      found = std::ranges::find_if(FlagNames(),
                                   [&](const auto& name) { return EqualsIgnoreCase(name.second, StringAt(lua, -1)); });
    }
    if (found == FlagNames().end()) Raise(lua, "ERR unknown flag given");
    flags |= found->first;
    lua_pop(lua, 1);
  }
  lua_pop(lua, 1);
  return flags;
}

std::string TextArgument(lua_State* lua, int index, std::string_view error) {
  if (lua_isstring(lua, index) == 0) Raise(lua, error);
  lua_pushvalue(lua, index);
  std::string text(StringAt(lua, -1));
  lua_pop(lua, 1);
  return text;
}

// The callback's place on the stack goes to `callback`.
RegisteredFunction ReadNamedArguments(lua_State* lua, int* callback) {
  if (!lua_istable(lua, 1)) {
    Raise(lua,
          "ERR calling redis.register_function with a single argument is only applicable to Lua table (representing "
          "named arguments).");
  }
  RegisteredFunction function;
  bool has_name = false;
  lua_pushnil(lua);  // index 2: the callback
  for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING)
      Raise(lua, "ERR named argument key given to redis.register_function is not a string");
    std::string_view key = StringAt(lua, -2);
    if (EqualsIgnoreCase(key, "function_name")) {
      function.name =
          TextArgument(lua, -1, "ERR function_name argument given to redis.register_function must be a string");
      has_name = true;
    } else if (EqualsIgnoreCase(key, "description")) {
      function.description =
          TextArgument(lua, -1, "ERR description argument given to redis.register_function must be a string");
    } else if (EqualsIgnoreCase(key, "callback")) {
      if (!lua_isfunction(lua, -1)) {
        Raise(lua, "ERR callback argument given to redis.register_function must be a function");
      }
      lua_pushvalue(lua, -1);
      lua_replace(lua, 2);
    } else if (EqualsIgnoreCase(key, "flags")) {
      if (!lua_istable(lua, -1)) {
        Raise(lua, "ERR flags argument to redis.register_function must be a table representing function flags");
      }
      function.flags = ReadFlags(lua);
    } else {
      Raise(lua, "ERR unknown argument given to redis.register_function");
    }
  }
  if (!has_name) Raise(lua, "ERR redis.register_function must get a function name argument");
  if (lua_isnil(lua, 2)) Raise(lua, "ERR redis.register_function must get a callback argument");
  *callback = 2;
  return function;
}

RegisteredFunction ReadArguments(lua_State* lua, int* callback) {
  int count = lua_gettop(lua);
  if (count < 1 || count > 2) Raise(lua, "ERR wrong number of arguments to redis.register_function");
  if (count == 1) return ReadNamedArguments(lua, callback);
  RegisteredFunction function;
  function.name = TextArgument(lua, 1, "ERR first argument to redis.register_function must be a string");
  if (!lua_isfunction(lua, 2)) Raise(lua, "ERR second argument to redis.register_function must be a function");
  *callback = 2;
  return function;
}

int RegisterFunction(lua_State* lua) {
  Run* run = Vm::Of(lua).run();
  if (run == nullptr || run->loading == nullptr) {
    Raise(lua, "ERR redis.register_function can only be called on FUNCTION LOAD command");
  }
  int callback = 0;
  RegisteredFunction function = ReadArguments(lua, &callback);
  if (!IsGoodName(function.name)) Raise(lua, "ERR " + std::string(kBadName));
  for (const RegisteredFunction& other : *run->loading) {
    if (other.name == function.name) Raise(lua, "ERR Function already exists in the library");
  }
  lua_pushvalue(lua, callback);
  function.reference = luaL_ref(lua, LUA_REGISTRYINDEX);
  run->loading->push_back(std::move(function));
  return 0;
}

// ---- putting it together

void SetNumber(lua_State* lua, const char* name, int number) {
  lua_pushinteger(lua, number);
  lua_setfield(lua, -2, name);
}

// What every kind has, added to the table on top of the stack.
void AddCommon(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {{"log", Log}, {nullptr, nullptr}};
  SetFunctions(lua, kFunctions);
  SetNumber(lua, "LOG_DEBUG", static_cast<int>(LogLevel::kDebug));
  SetNumber(lua, "LOG_VERBOSE", static_cast<int>(LogLevel::kVerbose));
  SetNumber(lua, "LOG_NOTICE", static_cast<int>(LogLevel::kNotice));
  SetNumber(lua, "LOG_WARNING", static_cast<int>(LogLevel::kWarning));
  SetNumber(lua, "REDIS_VERSION_NUM", kVersionNumber);
  lua_pushstring(lua, kVersion);
  lua_setfield(lua, -2, "REDIS_VERSION");
}

void AddForRunning(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {{"call", Call},
                                     {"pcall", ProtectedCall},
                                     {"setresp", SetResp},
                                     {"sha1hex", Sha1},
                                     {"error_reply", ErrorReply},
                                     {"status_reply", StatusReply},
                                     {"set_repl", SetReplication},
                                     {"acl_check_cmd", AclCheckCommand},
                                     {nullptr, nullptr}};
  SetFunctions(lua, kFunctions);
  SetNumber(lua, "REPL_NONE", 0);
  SetNumber(lua, "REPL_AOF", kReplicateToAof);
  SetNumber(lua, "REPL_SLAVE", kReplicateToReplicas);
  SetNumber(lua, "REPL_REPLICA", kReplicateToReplicas);
  SetNumber(lua, "REPL_ALL", kReplicateToAof | kReplicateToReplicas);
}

}  // namespace

void AddRedisForEval(lua_State* lua) {
  lua_createtable(lua, 0, 32);
  AddCommon(lua);
  AddForRunning(lua);
  constexpr luaL_Reg kFunctions[] = {
      {"breakpoint", Breakpoint}, {"debug", Debug}, {"replicate_commands", ReplicateCommands}, {nullptr, nullptr}};
  SetFunctions(lua, kFunctions);
  Freeze(lua);
  lua_setfield(lua, -2, "redis");
}

void AddRedisForFunctions(lua_State* lua) {
  lua_createtable(lua, 0, 32);
  AddCommon(lua);
  AddForRunning(lua);
  Freeze(lua);
  lua_setfield(lua, -2, "redis");
}

void AddRedisForLoading(lua_State* lua) {
  lua_createtable(lua, 0, 8);
  AddCommon(lua);
  constexpr luaL_Reg kFunctions[] = {{"register_function", RegisterFunction}, {nullptr, nullptr}};
  SetFunctions(lua, kFunctions);
  RefuseUnknownNames(lua);
  lua_insert(lua, -2);
  FreezeWithMetatable(lua);
  lua_setfield(lua, -2, "redis");
}

}  // namespace dunlin::script
