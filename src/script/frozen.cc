#include "script/frozen.h"

namespace dunlin::script {
namespace {

// Keys of a frozen view's metatable; their addresses are what counts.
char behind_key;
char shown_key;

void* BehindKey() { return &behind_key; }
void* ShownKey() { return &shown_key; }

int RefuseWrite(lua_State* lua) { return luaL_error(lua, kReadonlyText); }

int RefuseName(lua_State* lua) {
  if (lua_gettop(lua) != 2 || !lua_isstring(lua, 2)) {
    return luaL_error(lua, "the name of a global variable must be a string or a number");
  }
  return luaL_error(lua, "Script attempted to access nonexistent global variable '%s'", lua_tolstring(lua, 2, nullptr));
}

// Pushes the field of the value's metatable; true when it is a frozen view's.
bool PushField(lua_State* lua, int index, void* key) {
  if (!lua_istable(lua, index) || lua_getmetatable(lua, index) == 0) return false;
  lua_pushlightuserdata(lua, BehindKey());
  lua_rawget(lua, -2);
  if (!lua_istable(lua, -1)) {
    lua_pop(lua, 2);
    return false;
  }
  if (key != BehindKey()) {
    lua_pop(lua, 1);
    lua_pushlightuserdata(lua, key);
    lua_rawget(lua, -2);
  }
  lua_remove(lua, -2);
  return true;
}

}  // namespace

void Freeze(lua_State* lua) {
  lua_pushnil(lua);
  lua_insert(lua, -2);
  FreezeWithMetatable(lua);
}

void FreezeWithMetatable(lua_State* lua) {
  luaL_checkstack(lua, 4, nullptr);
  lua_createtable(lua, 0, 0);  // shown metatable, table, view
  lua_createtable(lua, 0, 4);  // ..., view, metatable of the view
  lua_pushlightuserdata(lua, BehindKey());
  lua_pushvalue(lua, -4);
  lua_rawset(lua, -3);
  lua_pushlightuserdata(lua, ShownKey());
  lua_pushvalue(lua, -5);
  lua_rawset(lua, -3);
  lua_pushvalue(lua, -3);
  lua_setfield(lua, -2, "__index");
  lua_pushcclosure(lua, RefuseWrite, 0);
  lua_setfield(lua, -2, "__newindex");
  lua_setmetatable(lua, -2);
  lua_replace(lua, -3);
  lua_pop(lua, 1);
}

bool IsFrozen(lua_State* lua, int index) {
  if (!PushBehindFrozen(lua, index)) return false;
  lua_pop(lua, 1);
  return true;
}

bool PushBehindFrozen(lua_State* lua, int index) { return PushField(lua, index, BehindKey()); }

bool PushShownMetatable(lua_State* lua, int index) { return PushField(lua, index, ShownKey()); }

void SetBehindFrozen(lua_State* lua, int index) {
  lua_getmetatable(lua, index);  // table, metatable of the view
  lua_pushlightuserdata(lua, BehindKey());
  lua_pushvalue(lua, -3);
  lua_rawset(lua, -3);
  lua_pushvalue(lua, -2);
  lua_setfield(lua, -2, "__index");
  lua_pop(lua, 2);
}

void RefuseUnknownNames(lua_State* lua) {
  lua_createtable(lua, 0, 1);
  lua_pushcclosure(lua, RefuseName, 0);
  lua_setfield(lua, -2, "__index");
  lua_pushvalue(lua, -1);
  lua_setmetatable(lua, -3);
  Freeze(lua);
}

}  // namespace dunlin::script
