#include "script/vm.h"

#include <cstdlib>

#include "base/invariant.h"
#include "script/frozen.h"

namespace dunlin::script {
namespace {

constexpr int kRunsPerCollection = 50;
constexpr int kCollectionSteps = 50;

int Panic(lua_State* lua) {
  const char* text = lua_tolstring(lua, -1, nullptr);
  DUNLIN_INVARIANT(false, text == nullptr ? "Lua errors are raised in protected calls only" : text);
  return 0;
}

std::string_view TextOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kKilled: return "ERR Script killed by user with SCRIPT KILL...";
    case Verdict::kTooSlow: return "ERR FUNCTION LOAD timeout";
    case Verdict::kAbandoned: return "ERR Script abandoned";
    case Verdict::kGoOn: break;
  }
  return "ERR";
}

// As tostring() does, but for what needs a metatable.
void AppendValue(lua_State* lua, int index, std::string* out) {
  switch (lua_type(lua, index)) {
    case LUA_TSTRING:
    case LUA_TNUMBER: {
      lua_pushvalue(lua, index);  // converted in place
      out->append(StringAt(lua, -1));
      lua_pop(lua, 1);
      return;
    }
    case LUA_TBOOLEAN: out->append(lua_toboolean(lua, index) ? "true" : "false"); return;
    default: out->append(lua_typename(lua, lua_type(lua, index)));
  }
}

// Where the error was raised: the Lua function that runs, or that called the C function that does.
bool FindPlace(lua_State* lua, lua_Debug* place) {
  for (int level = 1; level <= 2; ++level) {
    if (lua_getstack(lua, level, place) == 0) return false;
    lua_getinfo(lua, "Sl", place);
    if (place->what[0] != 'C') return true;
  }
  return true;
}

int HandleError(lua_State* lua) {
  lua_settop(lua, 1);
  if (!lua_istable(lua, 1)) {
    std::string text = "ERR ";
    AppendValue(lua, 1, &text);
    PushErrorTable(lua, text);
    lua_replace(lua, 1);
  }
  lua_Debug place;
  if (IsFrozen(lua, 1) || !FindPlace(lua, &place)) return 1;
  lua_pushstring(lua, "source");
  lua_pushstring(lua, place.source);
  lua_rawset(lua, 1);
  lua_pushstring(lua, "line");
  lua_pushinteger(lua, place.currentline);
  lua_rawset(lua, 1);
  return 1;
}

// The text in that field of the table on top of the stack.
std::string RawText(lua_State* lua, const char* field) {
  lua_pushstring(lua, field);
  lua_rawget(lua, -2);
  std::string text(lua_isstring(lua, -1) ? StringAt(lua, -1) : std::string_view());
  lua_pop(lua, 1);
  return text;
}

}  // namespace

Vm::Vm(uint64_t random_seed) : random_(random_seed) {
  lua_ = lua_newstate(Allocate, this);
  DUNLIN_INVARIANT(lua_ != nullptr, "there is memory for an interpreter");
  lua_atpanic(lua_, Panic);
}

Vm::~Vm() { lua_close(lua_); }

Vm& Vm::Of(lua_State* lua) {
  void* vm = nullptr;
  lua_getallocf(lua, &vm);
  return *static_cast<Vm*>(vm);
}

void* Vm::Allocate(void* vm, void* block, size_t old_bytes, size_t new_bytes) {
  Vm& self = *static_cast<Vm*>(vm);
  if (new_bytes == 0) {
    std::free(block);
    self.memory_bytes_ -= old_bytes;
    return nullptr;
  }
  void* moved = std::realloc(block, new_bytes);
  if (moved != nullptr) self.memory_bytes_ += new_bytes - old_bytes;
  return moved;
}

std::string Vm::TakeError() {
  std::string text = "unknown error";
  if (lua_isstring(lua_, -1)) text = StringAt(lua_, -1);
  lua_pop(lua_, 1);
  return text;
}

void Vm::OnHook(lua_State* lua, lua_Debug*) {
  Vm& self = Of(lua);
  if (self.run_ == nullptr) {  // a coroutine that has outlived its run
    lua_sethook(lua, nullptr, 0, 0);
    return;
  }
  Verdict verdict = self.run_->verdict;
  if (verdict == Verdict::kGoOn) verdict = self.run_->host.MayGoOn();
  if (verdict != Verdict::kGoOn) self.GiveUp(lua, verdict);
}

void Vm::GiveUp(lua_State* lua, Verdict verdict) {
  run_->verdict = verdict;
  PushErrorTable(lua, TextOf(verdict));
  lua_error(lua);
  DUNLIN_INVARIANT(false, "lua_error does not return");
  std::abort();
}

Vm::RunScope::RunScope(Vm& vm, Run& run) : vm_(vm) {
  DUNLIN_INVARIANT(vm_.run_ == nullptr, "one run at a time");
  vm_.run_ = &run;
  vm_.json_config_ = JsonConfig();
  lua_sethook(vm_.lua_, OnHook, LUA_MASKCOUNT, kInstructionsPerQuestion);
}

Vm::RunScope::~RunScope() {
  lua_sethook(vm_.lua_, nullptr, 0, 0);
  vm_.run_ = nullptr;
  vm_.call_space_.in_use = false;
}

void Vm::CollectSome() {
  if (++runs_since_collection_ < kRunsPerCollection) return;
  runs_since_collection_ = 0;
  (void)Protected([](lua_State* lua) { lua_gc(lua, LUA_GCSTEP, kCollectionSteps); });
}

void PushErrorTable(lua_State* lua, std::string_view text, bool counted) {
  lua_createtable(lua, 0, counted ? 2 : 1);
  PushString(lua, text);
  lua_setfield(lua, -2, "err");
  if (!counted) return;
  lua_pushboolean(lua, 1);
  lua_setfield(lua, -2, "ignore_error_stats_update");
}

void PushErrorHandler(lua_State* lua) { lua_pushcclosure(lua, HandleError, 0); }

ErrorInfo ReadError(lua_State* lua) {
  ErrorInfo info;
  if (lua_isstring(lua, -1)) {
    info.text = "ERR " + std::string(StringAt(lua, -1));
    return info;
  }
  info.text = "ERR unknown error";
  if (!lua_istable(lua, -1)) return info;
  if (std::string text = RawText(lua, "err"); !text.empty()) info.text = std::move(text);
  info.source = RawText(lua, "source");
  info.line = RawText(lua, "line");
  lua_pushstring(lua, "ignore_error_stats_update");
  lua_rawget(lua, -2);
  info.counted = lua_toboolean(lua, -1) != 0;
  lua_pop(lua, 1);
  return info;
}

}  // namespace dunlin::script
