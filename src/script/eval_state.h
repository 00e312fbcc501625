// The Lua state in which EVAL runs scripts: compiled ones by their SHA-1, with KEYS and ARGV as globals.
//
// Thread: one at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "script/cache.h"
#include "script/invoke.h"
#include "script/vm.h"

namespace dunlin::script {

class EvalState {
 public:
  explicit EvalState(uint64_t random_seed);

  // Compiles the script unless that was done. Errors: what the client is told, without a code word.
  std::optional<std::string> Compile(const Script& script);
  // REQUIRES: it is compiled.
  Outcome Call(const Script& script, Args keys, Args args, Host& host, resp::ReplyWriter& reply);

  size_t memory_bytes() const { return vm_.memory_bytes(); }

 private:
  Vm vm_;
  Globals globals_;
  std::unordered_map<std::string, int> compiled_;  // references of functions, by SHA-1
};

}  // namespace dunlin::script
