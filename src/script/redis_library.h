// The global `redis`: how a script calls commands, makes replies, logs and registers functions.
//
// Thread: that of the state.
#pragma once

#include <optional>
#include <string>

#include "script/lua_api.h"

namespace dunlin::script {

// A function that redis.register_function was called for while its library was loaded.
struct RegisteredFunction {
  std::string name;
  std::optional<std::string> description;
  uint32_t flags = 0;
  int reference = 0;  // of the Lua function, in the registry
};

// Set the field `redis` of the table on top of the stack, frozen.
void AddRedisForEval(lua_State* lua);
void AddRedisForFunctions(lua_State* lua);
// What a library sees while it is loaded; unknown names raise an error.
void AddRedisForLoading(lua_State* lua);

}  // namespace dunlin::script
