// One Lua state and what the room needs around it: counted memory, calls from C++ in which Lua's errors end, the hook
// that asks whether to go on, and the run that is in progress.
//
// Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "script/host.h"
#include "script/json_library.h"
#include "script/lua_api.h"
#include "script/math_random.h"

namespace dunlin::script {

struct RegisteredFunction;

// What is true while a script runs.
struct Run {
  Host& host;
  int resp_version = 2;  // of replies to redis.call
  Verdict verdict = Verdict::kGoOn;
  // While a library is loaded: where its functions go.
  std::vector<RegisteredFunction>* loading = nullptr;
};

class Vm {
 public:
  explicit Vm(uint64_t random_seed);
  ~Vm();
  Vm(const Vm&) = delete;
  Vm& operator=(const Vm&) = delete;

  // The one that `lua`, or the coroutine, belongs to.
  static Vm& Of(lua_State* lua);

  lua_State* lua() { return lua_; }
  size_t memory_bytes() const { return memory_bytes_; }
  MathRandom& random() { return random_; }
  JsonConfig& json_config() { return json_config_; }

  // Runs fn(lua), in which Lua errors may be raised. When one was, false is returned and its value is on the stack;
  // else the stack is as before.
  template <typename Fn>
  bool Protected(Fn&& fn) {
    using Callable = std::remove_reference_t<Fn>;
    auto trampoline = [](lua_State* lua) -> int {
      auto* callable = static_cast<Callable*>(lua_touserdata(lua, 1));
      lua_settop(lua, 0);
      (*callable)(lua);
      return 0;
    };
    return lua_cpcall(lua_, trampoline, const_cast<void*>(static_cast<const void*>(&fn))) == 0;
  }
  // Takes an error value from the stack.
  std::string TakeError();

  // Null between runs.
  Run* run() const { return run_; }
  // The run in progress, with the hook set; ends with the scope.
  class RunScope {
   public:
    RunScope(Vm& vm, Run& run);
    ~RunScope();
    RunScope(const RunScope&) = delete;
    RunScope& operator=(const RunScope&) = delete;

   private:
    Vm& vm_;
  };

  // Makes the run end, by an error that nothing in a script catches.
  [[noreturn]] void GiveUp(lua_State* lua, Verdict verdict);

  // Collects some garbage, once in a while.
  void CollectSome();

  // Space that redis.call uses again and again.
  struct CallSpace {
    std::vector<std::string_view> args;
    std::string numbers;
    bool in_use = false;
  };
  CallSpace& call_space() { return call_space_; }

 private:
  static void* Allocate(void* vm, void* block, size_t old_bytes, size_t new_bytes);
  static void OnHook(lua_State* lua, lua_Debug*);

  lua_State* lua_ = nullptr;
  size_t memory_bytes_ = 0;
  MathRandom random_;
  JsonConfig json_config_;
  Run* run_ = nullptr;
  int runs_since_collection_ = 0;
  CallSpace call_space_;
};

// Pushes {err = text}. `text` begins with its code word. With `counted` the table says that statistics know already.
void PushErrorTable(lua_State* lua, std::string_view text, bool counted = false);

// Pushes the function that turns an error into a table {err, source, line}.
void PushErrorHandler(lua_State* lua);

// What a script's error, or its returned error table, says.
struct ErrorInfo {
  std::string text;  // with a code word
  std::string source;
  std::string line;
  bool counted = false;
};
// Of the value on top of the stack, which stays.
ErrorInfo ReadError(lua_State* lua);

}  // namespace dunlin::script
