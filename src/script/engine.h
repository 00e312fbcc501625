// What one thread needs to run scripts and functions: its two Lua states, made when they are first needed.
//
// Thread: its owner's.
#pragma once

#include <cstdint>
#include <memory>

#include "script/eval_state.h"
#include "script/function_state.h"

namespace dunlin::script {

class Engine {
 public:
  explicit Engine(uint64_t random_seed) : random_seed_(random_seed) {}

  // For scripts of that generation of the cache; what an older one has compiled is forgotten.
  EvalState& ForEval(uint64_t generation) {
    if (generation != generation_) eval_.reset();
    generation_ = generation;
    if (!eval_) eval_ = std::make_unique<EvalState>(NextSeed());
    return *eval_;
  }

  // For functions of that set; what else has been loaded is let go.
  FunctionState& ForFunctions(const std::shared_ptr<const FunctionLibraries>& libraries) {
    if (!functions_) functions_ = std::make_unique<FunctionState>(NextSeed());
    if (libraries != libraries_) functions_->KeepOnly(*libraries);
    libraries_ = libraries;
    return *functions_;
  }

  size_t eval_bytes() const { return eval_ ? eval_->memory_bytes() : 0; }
  size_t function_bytes() const { return functions_ ? functions_->memory_bytes() : 0; }

 private:
  uint64_t NextSeed() { return random_seed_ += 0x9e3779b97f4a7c15; }

  uint64_t random_seed_;
  uint64_t generation_ = 0;
  std::unique_ptr<EvalState> eval_;
  std::shared_ptr<const FunctionLibraries> libraries_;
  std::unique_ptr<FunctionState> functions_;
};

}  // namespace dunlin::script
