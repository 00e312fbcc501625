// Many runs: seeds over recipes, on a few threads, each run by itself. Stops at the first violation.
//
// Thread: any; Run() starts its own and joins them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/plant.h"
#include "sim/recipe.h"
#include "sim/verdict.h"
#include "sim/world.h"

namespace dunlin::sim {

struct RunnerOptions {
  std::vector<Recipe> recipes;  // a seed takes its own: the seed modulo their number
  uint64_t first_seed = 1;
  uint64_t seeds = 1000;
  int jobs = 1;
  Plant plant = Plant::kNone;
  // One run in so many is run a second time, and both must be the same; 0: none is.
  uint64_t repeat_one_in = 25;
};

struct Failure {
  uint64_t seed = 0;
  std::string recipe;
  Violation violation;
  std::vector<std::string> last_lines;  // of its trace
};

struct Summary {
  uint64_t runs = 0;
  uint64_t repeated = 0;
  Counters counters;
  int64_t longest_healing_ms = 0;
  // The failed run with the smallest seed, of those that were looked at.
  std::optional<Failure> failure;
};

// `progress` is told now and then how many runs are done, from any thread, one at a time.
Summary RunSeeds(const RunnerOptions& options, const std::function<void(uint64_t done)>& progress);

// The recipe that a seed takes.
const Recipe& RecipeOf(const RunnerOptions& options, uint64_t seed);

// What this thread runs now, for whoever must say so when a machine breaks its own invariant.
struct RunningSeed {
  const char* recipe = nullptr;
  uint64_t seed = 0;
};
RunningSeed& ThisThreadsRun();

}  // namespace dunlin::sim
