// The globals of a script: the harmless part of Lua's base library, with string, table, math, coroutine, cjson,
// cmsgpack, struct and bit, everything frozen.
//
// Thread: that of the state.
#pragma once

#include "script/lua_api.h"

namespace dunlin::script {

// Pushes the table of globals as the host sees it (it may be changed), then the frozen view of it that scripts get,
// which is also its field _G. Names that are not there raise an error. May raise Lua errors.
//
// `add` is called with the table of globals on top of the stack, to add names to it before they are known.
void PushGlobals(lua_State* lua, void (*add)(lua_State* lua));

// Where the two of them are kept, as references in the registry.
struct Globals {
  int table = 0;
  int view = 0;
};
// Keeps the two that PushGlobals has pushed, takes them from the stack, and makes the view the state's globals.
Globals UseGlobals(lua_State* lua);
// A script can give itself other globals (setfenv); this gives the next one the right ones.
void ResetGlobals(lua_State* lua, const Globals& globals);

// Compiles text as a function with the current globals and pushes it; false with the message pushed. Precompiled code
// is refused. `chunk_name` is a literal that begins with '@'.
bool CompileText(lua_State* lua, std::string_view text, const char* chunk_name);

}  // namespace dunlin::script
