// Tables that scripts can read and cannot change. Plain Lua 5.1 has none, so a frozen table is a proxy: an empty table
// whose metatable reads from the real one and refuses writing. Scripts only ever see the proxy; the functions of the
// base library that would write to it, or look at it raw, are replaced by ones that know (sandbox.cc).
//
// Thread: that of the state.
#pragma once

#include "script/lua_api.h"

namespace dunlin::script {

inline constexpr char kReadonlyText[] = "Attempt to modify a readonly table";

// Replaces the table on top of the stack by a frozen view of it. The table may still be changed by whoever keeps a
// reference to it.
void Freeze(lua_State* lua);
// The same, and getmetatable() of the view gives the value below the table, which is taken from the stack.
void FreezeWithMetatable(lua_State* lua);

bool IsFrozen(lua_State* lua, int index);
// When the value at `index` is frozen, pushes the table behind it and returns true.
bool PushBehindFrozen(lua_State* lua, int index);
// When the value at `index` is frozen, pushes what getmetatable() shows (maybe nil) and returns true.
bool PushShownMetatable(lua_State* lua, int index);

// Makes the frozen view at `index` read from the table on top of the stack from now on, and takes that.
void SetBehindFrozen(lua_State* lua, int index);

// Gives the table on top of the stack a metatable that raises an error for every name it does not have; leaves a frozen
// view of that metatable on top of it.
void RefuseUnknownNames(lua_State* lua);

}  // namespace dunlin::script
