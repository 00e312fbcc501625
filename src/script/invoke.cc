#include "script/invoke.h"

#include "script/lua_to_reply.h"

namespace dunlin::script {
namespace {

void PushArray(lua_State* lua, Args items) {
  lua_createtable(lua, static_cast<int>(items.size()), 0);
  int i = 0;
  for (std::string_view item : items) {
    PushString(lua, item);
    lua_rawseti(lua, -2, ++i);
  }
}

// Pushes the function and its arguments; returns how many those are.
int PushCall(lua_State* lua, const Callee& callee, const Invocation& invocation) {
  ResetGlobals(lua, callee.globals);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, callee.function);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, callee.globals.view);
  lua_setfenv(lua, -2);
  if (!callee.arguments_are_globals) {
    PushArray(lua, invocation.keys);
    PushArray(lua, invocation.args);
    return 2;
  }
  lua_rawgeti(lua, LUA_REGISTRYINDEX, callee.globals.table);
  lua_pushstring(lua, "KEYS");
  PushArray(lua, invocation.keys);
  lua_rawset(lua, -3);
  lua_pushstring(lua, "ARGV");
  PushArray(lua, invocation.args);
  lua_rawset(lua, -3);
  lua_pop(lua, 1);
  return 0;
}

// The client's words for the error on top of the stack.
std::string DescribeError(lua_State* lua, const Invocation& invocation, bool* counted) {
  if (!lua_istable(lua, -1)) {
    std::string why(lua_isstring(lua, -1) ? StringAt(lua, -1).substr(0, 100) : "execution failure");
    return "ERR Error running script " + std::string(invocation.name) + ", " + why;
  }
  ErrorInfo info = ReadError(lua);
  *counted = info.counted;
  if (!info.source.empty() && !info.line.empty()) {
    info.text.append(" script: ").append(invocation.name).append(", on ").append(info.source);
    info.text.append(":").append(info.line).append(".");
  }
  return info.text;
}

}  // namespace

Outcome Invoke(Vm& vm, Host& host, const Callee& callee, const Invocation& invocation, resp::ReplyWriter& reply) {
  Outcome outcome;
  Run run{host};
  size_t mark = reply.out().size();
  auto call = [&](lua_State* lua) {
    luaL_checkstack(lua, 8, nullptr);
    PushErrorHandler(lua);
    int handler = lua_gettop(lua);
    int count = PushCall(lua, callee, invocation);
    int status = lua_pcall(lua, count, 1, handler);
    if (run.verdict == Verdict::kAbandoned) return;
    if (status == 0) {
      ErrorInfo error;
      error.text.clear();
      WriteReply(lua, run.resp_version, reply, &error);
      outcome.failed = !error.text.empty();
      outcome.error = std::move(error.text);
      outcome.counted = error.counted;
    } else {
      outcome.failed = true;
      outcome.error = DescribeError(lua, invocation, &outcome.counted);
      reply.Error(outcome.error);
    }
  };
  bool done;
  {
    Vm::RunScope scope(vm, run);
    done = vm.Protected(call);
  }
  outcome.verdict = run.verdict;
  if (!done) {
    // Only want of memory comes here.
    reply.out().Truncate(mark);
    outcome.failed = true;
    outcome.error = "ERR Error running script " + std::string(invocation.name) + ", " + vm.TakeError();
    if (outcome.verdict != Verdict::kAbandoned) reply.Error(outcome.error);
  }
  vm.CollectSome();
  return outcome;
}

}  // namespace dunlin::script
