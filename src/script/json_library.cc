#include "script/json_library.h"

#include <climits>
#include <new>
#include <string>

#include "script/vm.h"

namespace dunlin::script {
namespace {

JsonConfig& ConfigOf(lua_State* lua) { return *static_cast<JsonConfig*>(lua_touserdata(lua, lua_upvalueindex(1))); }

// Fills up with nil, so that optional arguments can be asked for by index.
void TakeArguments(lua_State* lua, int count) {
  luaL_argcheck(lua, lua_gettop(lua) <= count, count + 1, "found too many arguments");
  lua_settop(lua, count);
}

void IntegerOption(lua_State* lua, int index, int* setting, int low, int high) {
  if (!lua_isnil(lua, index)) {
    lua_Integer value = luaL_checkinteger(lua, index);
    if (value < low || value > high) {
      luaL_argerror(lua, 1, lua_pushfstring(lua, "expected integer between %d and %d", low, high));
    }
    *setting = static_cast<int>(value);
  }
  lua_pushinteger(lua, *setting);
}

void BooleanOption(lua_State* lua, int index, bool* setting) {
  static const char* const kWords[] = {"off", "on", nullptr};
  if (lua_isboolean(lua, index)) {
    *setting = lua_toboolean(lua, index) != 0;
  } else if (!lua_isnil(lua, index)) {
    *setting = luaL_checkoption(lua, index, nullptr, kWords) != 0;
  }
  lua_pushboolean(lua, *setting);
}

int Encode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  EncodeJson(lua, ConfigOf(lua));
  return 1;
}

int Decode(lua_State* lua) {
  luaL_argcheck(lua, lua_gettop(lua) == 1, 1, "expected 1 argument");
  luaL_checkstring(lua, 1);
  DecodeJson(lua, ConfigOf(lua), StringAt(lua, 1));
  return 1;
}

int SparseArray(lua_State* lua) {
  TakeArguments(lua, 3);
  JsonConfig& config = ConfigOf(lua);
  BooleanOption(lua, 1, &config.sparse_to_object);
  IntegerOption(lua, 2, &config.sparse_ratio, 0, INT_MAX);
  IntegerOption(lua, 3, &config.sparse_safe, 0, INT_MAX);
  return 3;
}

int EncodeMaxDepth(lua_State* lua) {
  TakeArguments(lua, 1);
  IntegerOption(lua, 1, &ConfigOf(lua).encode_max_depth, 1, INT_MAX);
  return 1;
}

int DecodeMaxDepth(lua_State* lua) {
  TakeArguments(lua, 1);
  IntegerOption(lua, 1, &ConfigOf(lua).decode_max_depth, 1, INT_MAX);
  return 1;
}

int NumberPrecision(lua_State* lua) {
  TakeArguments(lua, 1);
  IntegerOption(lua, 1, &ConfigOf(lua).precision, 1, 14);
  return 1;
}

int KeepBuffer(lua_State* lua) {
  TakeArguments(lua, 1);
  BooleanOption(lua, 1, &ConfigOf(lua).keep_buffer);
  return 1;
}

int EncodeInvalidNumbers(lua_State* lua) {
  static const char* const kWords[] = {"off", "on", "null", nullptr};
  TakeArguments(lua, 1);
  InvalidNumbers& setting = ConfigOf(lua).encode_invalid;
  if (lua_isboolean(lua, 1)) {
    setting = lua_toboolean(lua, 1) ? InvalidNumbers::kSpell : InvalidNumbers::kRefuse;
  } else if (!lua_isnil(lua, 1)) {
    setting = static_cast<InvalidNumbers>(luaL_checkoption(lua, 1, nullptr, kWords));
  }
  if (setting == InvalidNumbers::kNull) {
    lua_pushstring(lua, "null");
  } else {
    lua_pushboolean(lua, setting == InvalidNumbers::kSpell);
  }
  return 1;
}

int DecodeInvalidNumbers(lua_State* lua) {
  TakeArguments(lua, 1);
  BooleanOption(lua, 1, &ConfigOf(lua).decode_invalid);
  return 1;
}

// Pushes a library whose settings are the userdata on top of the stack, which is taken.
int PushInstance(lua_State* lua);

int NewInstance(lua_State* lua) {
  new (lua_newuserdata(lua, sizeof(JsonConfig))) JsonConfig();
  return PushInstance(lua);
}

int PushInstance(lua_State* lua) {
  constexpr luaL_Reg kFunctions[] = {{"encode", Encode},
                                     {"decode", Decode},
                                     {"encode_sparse_array", SparseArray},
                                     {"encode_max_depth", EncodeMaxDepth},
                                     {"decode_max_depth", DecodeMaxDepth},
                                     {"encode_number_precision", NumberPrecision},
                                     {"encode_keep_buffer", KeepBuffer},
                                     {"encode_invalid_numbers", EncodeInvalidNumbers},
                                     {"decode_invalid_numbers", DecodeInvalidNumbers},
                                     {"new", NewInstance}};
  lua_createtable(lua, 0, 13);
  for (const luaL_Reg& function : kFunctions) {
    lua_pushvalue(lua, -2);
    lua_pushcclosure(lua, function.func, 1);
    lua_setfield(lua, -2, function.name);
  }
  lua_remove(lua, -2);
  lua_pushlightuserdata(lua, nullptr);
  lua_setfield(lua, -2, "null");
  lua_pushstring(lua, "cjson");
  lua_setfield(lua, -2, "_NAME");
  lua_pushstring(lua, "2.1.0");
  lua_setfield(lua, -2, "_VERSION");
  return 1;
}

}  // namespace

void PushJsonLibrary(lua_State* lua) {
  lua_pushlightuserdata(lua, &Vm::Of(lua).json_config());
  PushInstance(lua);
}

}  // namespace dunlin::script
