// Lua 5.1, built as C++: an error in Lua is a C++ exception, so objects on the way are destroyed.
//
// Whatever may raise a Lua error is called only inside a protected call (Vm::Protected, or a function that Lua called).
#pragma once

#include <lua.hpp>
#include <string_view>

namespace dunlin::script {

inline void PushString(lua_State* lua, std::string_view text) { lua_pushlstring(lua, text.data(), text.size()); }

// The string at `index`; REQUIRES: it is one. Good as long as the value stays on the stack.
inline std::string_view StringAt(lua_State* lua, int index) {
  size_t size = 0;
  const char* text = lua_tolstring(lua, index, &size);
  return {text, size};
}

// Sets fields of the table on top of the stack to functions.
inline void SetFunctions(lua_State* lua, const luaL_Reg* functions) {
  for (; functions->name != nullptr; ++functions) {
    lua_pushcclosure(lua, functions->func, 0);
    lua_setfield(lua, -2, functions->name);
  }
}

}  // namespace dunlin::script
