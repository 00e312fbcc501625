#include "script/sandbox.h"

#include <climits>
#include <string>

#include "script/bit_library.h"
#include "script/frozen.h"
#include "script/json_library.h"
#include "script/message_pack.h"
#include "script/struct_library.h"
#include "script/vm.h"

namespace dunlin::script {
namespace {

// Longer patterns are refused: matching goes one C call deeper for each item.
constexpr size_t kMaxPatternBytes = 8192;

lua_CFunction Original(lua_State* lua) { return lua_tocfunction(lua, lua_upvalueindex(1)); }

// --- the base library where it could see or change what is behind a frozen view ---

int Next(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_settop(lua, 2);
  if (PushBehindFrozen(lua, 1)) lua_replace(lua, 1);
  lua_pushvalue(lua, 2);
  if (lua_next(lua, 1) != 0) return 2;
  lua_pushnil(lua);
  return 1;
}

int Pairs(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  lua_pushvalue(lua, lua_upvalueindex(1));  // next
  lua_pushvalue(lua, 1);
  lua_pushnil(lua);
  return 3;
}

int RawGet(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  if (PushBehindFrozen(lua, 1)) lua_replace(lua, 1);
  lua_rawget(lua, 1);
  return 1;
}

int GetMetatable(lua_State* lua) {
  luaL_checkany(lua, 1);
  if (PushShownMetatable(lua, 1)) return 1;
  if (lua_type(lua, 1) == LUA_TSTRING) {
    lua_pushvalue(lua, lua_upvalueindex(1));  // the frozen view of the metatable that all strings share
    return 1;
  }
  if (lua_getmetatable(lua, 1) == 0) {
    lua_pushnil(lua);
    return 1;
  }
  luaL_getmetafield(lua, 1, "__metatable");
  return 1;
}

// Calls the original unless the first argument is frozen.
int UnlessFrozen(lua_State* lua) {
  if (IsFrozen(lua, 1)) return luaL_error(lua, kReadonlyText);
  return Original(lua)(lua);
}

// Calls the original with what is behind the first argument.
int SeeBehind(lua_State* lua) {
  if (PushBehindFrozen(lua, 1)) lua_replace(lua, 1);
  return Original(lua)(lua);
}

// The same as Lua's, with arithmetic that cannot overflow.
int Unpack(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TTABLE);
  int first = luaL_optint(lua, 2, 1);
  int last = lua_isnoneornil(lua, 3) ? static_cast<int>(lua_objlen(lua, 1)) : luaL_checkint(lua, 3);
  if (first > last) return 0;
  int64_t count = int64_t{last} - first + 1;
  if (count >= INT_MAX || lua_checkstack(lua, static_cast<int>(count)) == 0) {
    return luaL_error(lua, "too many results to unpack");
  }
  for (int64_t i = first; i <= last; ++i) lua_rawgeti(lua, 1, static_cast<int>(i));
  return static_cast<int>(count);
}

// Collecting is open to scripts; turning it off, for all that come after, is not.
int CollectGarbage(lua_State* lua) {
  static const char* const kOptions[] = {"stop", "restart",  "collect",    "count",
                                         "step", "setpause", "setstepmul", nullptr};
  switch (luaL_checkoption(lua, 1, "collect", kOptions)) {
    case 2: lua_pushinteger(lua, lua_gc(lua, LUA_GCCOLLECT, 0)); return 1;
    case 3: lua_pushnumber(lua, lua_gc(lua, LUA_GCCOUNT, 0) + lua_gc(lua, LUA_GCCOUNTB, 0) / 1024.0); return 1;
    case 4: lua_pushboolean(lua, lua_gc(lua, LUA_GCSTEP, luaL_optint(lua, 2, 0))); return 1;
    default: lua_pushinteger(lua, 0); return 1;
  }
}

// Where a script catches errors: not the one that ends a run.
void PassOnTheEnd(lua_State* lua) {
  Vm& vm = Vm::Of(lua);
  if (vm.run() != nullptr && vm.run()->verdict != Verdict::kGoOn) vm.GiveUp(lua, vm.run()->verdict);
}

// A caught error table is given as its text, as it was before errors were tables.
int ProtectedCall(lua_State* lua) {
  luaL_checkany(lua, 1);
  int status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
  if (status != 0) PassOnTheEnd(lua);
  lua_pushboolean(lua, status == 0);
  lua_insert(lua, 1);
  if (status != 0 && lua_istable(lua, -1)) {
    lua_pushstring(lua, "err");
    lua_gettable(lua, -2);
    if (lua_isstring(lua, -1)) {
      lua_replace(lua, -2);
    } else {
      lua_pop(lua, 1);
    }
  }
  return lua_gettop(lua);
}

// The handler is called when the function has been left, not inside the error as Lua does: there hooks are off, and a
// handler that loops could not be stopped. It cannot tell, because there is no library to look at the stack.
int ProtectedCallWithHandler(lua_State* lua) {
  luaL_checkany(lua, 2);
  lua_settop(lua, 2);
  lua_insert(lua, 1);  // handler, function
  int status = lua_pcall(lua, 0, LUA_MULTRET, 0);
  if (status != 0) {
    PassOnTheEnd(lua);
    lua_pushvalue(lua, 1);
    lua_insert(lua, -2);
    if (lua_pcall(lua, 1, 1, 0) != 0) {
      PassOnTheEnd(lua);
      lua_pop(lua, 1);
      lua_pushstring(lua, "error in error handling");
    }
  }
  lua_pushboolean(lua, status == 0);
  lua_replace(lua, 1);
  return lua_gettop(lua);
}

int Resume(lua_State* lua) {
  int results = Original(lua)(lua);
  PassOnTheEnd(lua);
  return results;
}

// --- compiling ---

// `text` and the C string `chunk_name` are kept alive by values on the stack. Gives the function, or nil and a message.
int LoadText(lua_State* lua, std::string_view text, const char* chunk_name) {
  if (!text.empty() && text[0] == LUA_SIGNATURE[0]) {
    lua_pushnil(lua);
    lua_pushstring(lua, "precompiled code is not accepted");
    return 2;
  }
  if (luaL_loadbuffer(lua, text.data(), text.size(), chunk_name) == 0) return 1;
  lua_pushnil(lua);
  lua_insert(lua, -2);
  return 2;
}

int LoadString(lua_State* lua) {
  luaL_checkstring(lua, 1);
  std::string_view text = StringAt(lua, 1);
  // The parser uses the name as a C string; that string, not the longer one, must stay alive.
  lua_pushstring(lua, luaL_optstring(lua, 2, text.data()));
  return LoadText(lua, text, lua_tolstring(lua, -1, nullptr));
}

// load(function): the pieces that the function gives, until it gives nothing or an empty one.
int LoadPieces(lua_State* lua) {
  luaL_checktype(lua, 1, LUA_TFUNCTION);
  lua_pushstring(lua, luaL_optstring(lua, 2, "=(load)"));
  int name = lua_gettop(lua);
  std::string text;
  while (true) {
    lua_pushvalue(lua, 1);
    lua_call(lua, 0, 1);
    if (lua_isnil(lua, -1)) break;
    if (!lua_isstring(lua, -1)) return luaL_error(lua, "reader function must return a string");
    std::string_view piece = StringAt(lua, -1);
    if (piece.empty()) break;
    text.append(piece);
    lua_pop(lua, 1);
  }
  return LoadText(lua, text, lua_tolstring(lua, name, nullptr));
}

// --- math ---

int RandomNumber(lua_State* lua) {
  double fraction = Vm::Of(lua).random().Fraction();
  switch (lua_gettop(lua)) {
    case 0: lua_pushnumber(lua, fraction); return 1;
    case 1: {
      int high = luaL_checkint(lua, 1);
      luaL_argcheck(lua, 1 <= high, 1, "interval is empty");
      lua_pushnumber(lua, static_cast<double>(static_cast<int64_t>(fraction * high)) + 1);
      return 1;
    }
    case 2: {
      int low = luaL_checkint(lua, 1);
      int high = luaL_checkint(lua, 2);
      luaL_argcheck(lua, low <= high, 2, "interval is empty");
      double width = static_cast<double>(high) - low + 1;
      lua_pushnumber(lua, static_cast<double>(static_cast<int64_t>(fraction * width)) + low);
      return 1;
    }
    default: return luaL_error(lua, "wrong number of arguments");
  }
}

int RandomSeed(lua_State* lua) {
  Vm::Of(lua).random().Seed(luaL_checkint(lua, 1));
  return 0;
}

// --- strings ---

int WithShortPattern(lua_State* lua) {
  size_t size = 0;
  if (lua_tolstring(lua, 2, &size) != nullptr && size > kMaxPatternBytes) {
    return luaL_error(lua, "pattern too complex");
  }
  return Original(lua)(lua);
}

// --- putting it together ---

// Replaces fields of the table on top of the stack by `wrapper` around what they are.
void Wrap(lua_State* lua, lua_CFunction wrapper, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, wrapper, 1);
    lua_setfield(lua, -2, name);
  }
}

// Runs `open`, which puts a library into the current globals, and pushes the library.
void Open(lua_State* lua, lua_CFunction open, const char* name) {
  lua_pushcclosure(lua, open, 0);
  lua_pushstring(lua, name);
  lua_call(lua, 1, 0);
  lua_getfield(lua, LUA_GLOBALSINDEX, name);
}

// Makes the library on top of the stack a frozen global; the table of globals is below it.
void AddLibrary(lua_State* lua, const char* name) {
  Freeze(lua);
  lua_setfield(lua, -2, name);
}

// Fills the table on top of the stack.
void AddBase(lua_State* lua) {
  // Everything goes into the state's first globals; what scripts may have is taken over from there.
  lua_pushcclosure(lua, luaopen_base, 0);
  lua_pushstring(lua, "");
  lua_call(lua, 1, 0);
  for (const char* name : {"assert", "error", "gcinfo", "getfenv", "ipairs", "rawequal", "select", "setfenv",
                           "tonumber", "tostring", "type", "_VERSION", "rawset", "setmetatable"}) {
    lua_getfield(lua, LUA_GLOBALSINDEX, name);
    lua_setfield(lua, -2, name);
  }
  Wrap(lua, UnlessFrozen, {"rawset", "setmetatable"});
  constexpr luaL_Reg kOwn[] = {{"next", Next},
                               {"rawget", RawGet},
                               {"unpack", Unpack},
                               {"collectgarbage", CollectGarbage},
                               {"pcall", ProtectedCall},
                               {"xpcall", ProtectedCallWithHandler},
                               {"loadstring", LoadString},
                               {"load", LoadPieces},
                               {nullptr, nullptr}};
  SetFunctions(lua, kOwn);
  lua_getfield(lua, -1, "next");
  lua_pushcclosure(lua, Pairs, 1);
  lua_setfield(lua, -2, "pairs");
  lua_getfield(lua, LUA_GLOBALSINDEX, "coroutine");
  Wrap(lua, Resume, {"resume"});
  AddLibrary(lua, "coroutine");
}

void AddLibraries(lua_State* lua) {
  Open(lua, luaopen_table, LUA_TABLIBNAME);
  Wrap(lua, UnlessFrozen, {"insert", "remove", "sort"});
  Wrap(lua, SeeBehind, {"concat", "foreach", "foreachi", "getn", "maxn"});
  AddLibrary(lua, "table");
  Open(lua, luaopen_string, LUA_STRLIBNAME);
  Wrap(lua, WithShortPattern, {"find", "match", "gmatch", "gfind", "gsub"});
  AddLibrary(lua, "string");
  Open(lua, luaopen_math, LUA_MATHLIBNAME);
  constexpr luaL_Reg kRandom[] = {{"random", RandomNumber}, {"randomseed", RandomSeed}, {nullptr, nullptr}};
  SetFunctions(lua, kRandom);
  AddLibrary(lua, "math");
  PushJsonLibrary(lua);
  AddLibrary(lua, "cjson");
  PushMessagePackLibrary(lua);
  AddLibrary(lua, "cmsgpack");
  PushStructLibrary(lua);
  AddLibrary(lua, "struct");
  PushBitLibrary(lua);
  AddLibrary(lua, "bit");
}

// getmetatable(), which needs to know the metatable of strings.
void AddGetMetatable(lua_State* lua) {
  lua_pushstring(lua, "");
  lua_getmetatable(lua, -1);
  Freeze(lua);
  lua_pushcclosure(lua, GetMetatable, 1);
  lua_setfield(lua, -3, "getmetatable");
  lua_pop(lua, 1);
}

}  // namespace

void PushGlobals(lua_State* lua, void (*add)(lua_State* lua)) {
  lua_createtable(lua, 0, 64);
  AddBase(lua);
  AddLibraries(lua);
  AddGetMetatable(lua);
  add(lua);
  RefuseUnknownNames(lua);
  lua_pushvalue(lua, -2);
  FreezeWithMetatable(lua);
  lua_pushstring(lua, "_G");
  lua_pushvalue(lua, -2);
  lua_rawset(lua, -4);
}

Globals UseGlobals(lua_State* lua) {
  Globals globals;
  globals.view = luaL_ref(lua, LUA_REGISTRYINDEX);
  globals.table = luaL_ref(lua, LUA_REGISTRYINDEX);
  ResetGlobals(lua, globals);
  return globals;
}

void ResetGlobals(lua_State* lua, const Globals& globals) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, globals.view);
  lua_replace(lua, LUA_GLOBALSINDEX);
}

bool CompileText(lua_State* lua, std::string_view text, const char* chunk_name) {
  lua_pushstring(lua, chunk_name);  // stays alive while the parser uses it
  int results = LoadText(lua, text, chunk_name);
  lua_remove(lua, -1 - results);
  if (results == 1) return true;
  lua_remove(lua, -2);
  return false;
}

}  // namespace dunlin::script
