// The library `bit` of Lua BitOp: 32-bit operations on numbers. https://bitop.luajit.org/semantics.html
//
// Thread: that of the state.
#pragma once

#include "script/lua_api.h"

namespace dunlin::script {

void PushBitLibrary(lua_State* lua);

}  // namespace dunlin::script
