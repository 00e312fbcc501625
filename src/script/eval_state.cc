#include "script/eval_state.h"

#include "base/invariant.h"
#include "script/redis_library.h"
#include "script/sandbox.h"

namespace dunlin::script {

EvalState::EvalState(uint64_t random_seed) : vm_(random_seed) {
  bool done = vm_.Protected([&](lua_State* lua) {
    PushGlobals(lua, AddRedisForEval);
    globals_ = UseGlobals(lua);
  });
  DUNLIN_INVARIANT(done, "there is memory for an interpreter");
}

std::optional<std::string> EvalState::Compile(const Script& script) {
  if (compiled_.contains(script.sha)) return std::nullopt;
  std::string_view code = std::string_view(script.body).substr(script.code_offset);
  std::optional<std::string> error;
  bool done = vm_.Protected([&](lua_State* lua) {
    ResetGlobals(lua, globals_);
    if (CompileText(lua, code, "@user_script")) {
      compiled_[script.sha] = luaL_ref(lua, LUA_REGISTRYINDEX);
    } else {
      error = "Error compiling script (new function): " + std::string(StringAt(lua, -1));
    }
  });
  if (!done) error = "Error compiling script (new function): " + vm_.TakeError();
  return error;
}

Outcome EvalState::Call(const Script& script, Args keys, Args args, Host& host, resp::ReplyWriter& reply) {
  auto found = compiled_.find(script.sha);
  DUNLIN_INVARIANT(found != compiled_.end(), "scripts are compiled before they are called");
  return Invoke(vm_, host, {.function = found->second, .globals = globals_, .arguments_are_globals = true},
                {script.sha, keys, args}, reply);
}

}  // namespace dunlin::script
