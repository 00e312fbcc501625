#include "script/function_state.h"

#include "base/invariant.h"
#include "script/flags.h"
#include "script/frozen.h"
#include "script/sandbox.h"

namespace dunlin::script {
namespace {

// Makes the view show the table behind `reference`.
void Show(lua_State* lua, const Globals& globals, int reference) {
  lua_rawgeti(lua, LUA_REGISTRYINDEX, globals.view);
  lua_rawgeti(lua, LUA_REGISTRYINDEX, reference);
  SetBehindFrozen(lua, -2);
  lua_pop(lua, 1);
}

}  // namespace

FunctionState::FunctionState(uint64_t random_seed) : vm_(random_seed) {
  bool done = vm_.Protected([&](lua_State* lua) {
    PushGlobals(lua, AddRedisForFunctions);
    globals_ = UseGlobals(lua);
    lua_createtable(lua, 0, 1);
    AddRedisForLoading(lua);
    RefuseUnknownNames(lua);
    lua_pop(lua, 1);
    loading_globals_ = luaL_ref(lua, LUA_REGISTRYINDEX);
  });
  DUNLIN_INVARIANT(done, "there is memory for an interpreter");
}

std::expected<std::vector<RegisteredFunction>, std::string> FunctionState::RunLibrary(std::string_view code,
                                                                                      Host& host) {
  std::vector<RegisteredFunction> functions;
  std::string error;
  Run run{host};
  run.loading = &functions;
  bool done;
  {
    Vm::RunScope scope(vm_, run);
    done = vm_.Protected([&](lua_State* lua) {
      ResetGlobals(lua, globals_);
      Show(lua, globals_, loading_globals_);
      if (!CompileText(lua, code, "@user_function")) {
        error = "Error compiling function: " + std::string(StringAt(lua, -1));
      } else if (lua_pcall(lua, 0, 0, 0) != 0) {
        error = "Error registering functions: " + ReadError(lua).text;
      }
    });
  }
  if (!done) error = "Error registering functions: " + vm_.TakeError();
  bool shown = vm_.Protected([&](lua_State* lua) { Show(lua, globals_, globals_.table); });
  DUNLIN_INVARIANT(shown, "nothing is allocated to show the globals");
  if (error.empty()) return functions;
  for (const RegisteredFunction& function : functions) luaL_unref(vm_.lua(), LUA_REGISTRYINDEX, function.reference);
  return std::unexpected(error);
}

std::expected<std::shared_ptr<const Library>, std::string> FunctionState::Load(std::string_view code, Host& host) {
  auto header = CheckLibraryHeader(code);
  if (!header) return std::unexpected(header.error());
  auto functions = RunLibrary(code.substr(header->code_offset), host);
  if (!functions) return std::unexpected(functions.error());
  if (functions->empty()) return std::unexpected("No functions registered");
  auto library = std::make_shared<Library>();
  library->name = header->name;
  library->code = code;
  library->code_offset = header->code_offset;
  Loaded loaded;
  for (RegisteredFunction& function : *functions) {
    loaded.references[function.name] = function.reference;
    library->functions.push_back({std::move(function.name), std::move(function.description), function.flags});
  }
  loaded.library = library;
  loaded_.emplace(library.get(), std::move(loaded));
  return library;
}

Outcome FunctionState::Call(const FunctionLibraries::Found& found, Args keys, Args args, Host& host,
                            resp::ReplyWriter& reply) {
  const Library& library = *found.library;
  auto loaded = loaded_.find(&library);
  if (loaded == loaded_.end()) {
    auto functions = RunLibrary(std::string_view(library.code).substr(library.code_offset), host);
    Loaded fresh{found.library, {}};
    if (functions) {
      for (RegisteredFunction& function : *functions) fresh.references[function.name] = function.reference;
    }
    loaded = loaded_.emplace(&library, std::move(fresh)).first;
  }
  auto reference = loaded->second.references.find(found.function->name);
  if (reference == loaded->second.references.end()) {
    // Its code does not do here what it did when it was loaded first.
    Outcome outcome{.failed = true, .error = "ERR Function not found"};
    reply.Error(outcome.error);
    return outcome;
  }
  return Invoke(vm_, host, {.function = reference->second, .globals = globals_, .arguments_are_globals = false},
                {found.function->name, keys, args}, reply);
}

void FunctionState::Release(const Loaded& loaded) {
  for (const auto& [name, reference] : loaded.references) luaL_unref(vm_.lua(), LUA_REGISTRYINDEX, reference);
}

void FunctionState::KeepOnly(const FunctionLibraries& libraries) {
  std::erase_if(loaded_, [&](const auto& entry) {
    const Loaded& loaded = entry.second;
    if (libraries.FindLibrary(loaded.library->name) == loaded.library) return false;
    Release(loaded);
    return true;
  });
}

}  // namespace dunlin::script
