// The Lua state in which functions run. Libraries are run once in it, to register their functions, when one of them is
// first called here.
//
// Thread: one at a time.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "script/function_libraries.h"
#include "script/invoke.h"
#include "script/redis_library.h"
#include "script/vm.h"

namespace dunlin::script {

class FunctionState {
 public:
  explicit FunctionState(uint64_t random_seed);

  // Runs the code of a library that is not there yet, as FUNCTION LOAD does, and says what it has registered. The host
  // is asked whether to go on, and gets what redis.log writes. Errors: what the client is told, without a code word.
  std::expected<std::shared_ptr<const Library>, std::string> Load(std::string_view code, Host& host);

  // Calls the function; loads its library before when it is not here. `host` is asked for loading too.
  Outcome Call(const FunctionLibraries::Found& found, Args keys, Args args, Host& host, resp::ReplyWriter& reply);

  // Lets go of the libraries that are not in the set.
  void KeepOnly(const FunctionLibraries& libraries);

  size_t memory_bytes() const { return vm_.memory_bytes(); }

 private:
  struct Loaded {
    std::shared_ptr<const Library> library;
    std::unordered_map<std::string, int> references;  // of functions, by name
  };

  std::expected<std::vector<RegisteredFunction>, std::string> RunLibrary(std::string_view code, Host& host);
  void Release(const Loaded& loaded);

  Vm vm_;
  Globals globals_;          // the view that functions have as their globals, and what it shows them
  int loading_globals_ = 0;  // what it shows while a library is loaded
  std::unordered_map<const Library*, Loaded> loaded_;
};

}  // namespace dunlin::script
