#include "sim/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace dunlin::sim {
namespace {

constexpr size_t kLastLines = 80;

Outcome RunOne(const RunnerOptions& options, uint64_t seed) {
  const Recipe& recipe = RecipeOf(options, seed);
  ThisThreadsRun() = {recipe.name.c_str(), seed};
  World world(recipe, seed, options.plant, {});
  Outcome outcome = world.Run();
  ThisThreadsRun() = {};
  return outcome;
}

// The same run again, this time with words.
Failure Describe(const RunnerOptions& options, uint64_t seed, Violation violation) {
  const Recipe& recipe = RecipeOf(options, seed);
  World world(recipe, seed, options.plant, {.keep = kLastLines, .sink = nullptr});
  world.Run();
  Failure failure{.seed = seed, .recipe = recipe.name, .violation = std::move(violation), .last_lines = {}};
  failure.last_lines.assign(world.trace().lines().begin(), world.trace().lines().end());
  return failure;
}

class Runs {
 public:
  Runs(const RunnerOptions& options, const std::function<void(uint64_t)>& progress)
      : options_(options), progress_(progress), next_(options.first_seed) {}

  void Work() {
    while (true) {
      uint64_t seed = next_.fetch_add(1);
      if (seed >= options_.first_seed + options_.seeds || stopped_.load()) return;
      Outcome outcome = RunOne(options_, seed);
      bool again = options_.repeat_one_in > 0 && seed % options_.repeat_one_in == 0 && !outcome.violation;
      if (again && RunOne(options_, seed).hash != outcome.hash) {
        outcome.violation = Violation{"determinism", "two runs of the same seed differ"};
      }
      Take(seed, outcome, again);
    }
  }

  Summary Finish() {
    if (failed_) summary_.failure = Describe(options_, failed_->first, failed_->second);
    return std::move(summary_);
  }

 private:
  void Take(uint64_t seed, const Outcome& outcome, bool repeated) {
    std::lock_guard lock(mutex_);
    ++summary_.runs;
    summary_.repeated += repeated ? 1 : 0;
    summary_.counters.Add(outcome.counters);
    summary_.longest_healing_ms = std::max(summary_.longest_healing_ms, outcome.healing_ms);
    if (outcome.violation) {
      stopped_.store(true);
      if (!failed_ || seed < failed_->first) failed_.emplace(seed, *outcome.violation);
    }
    if (progress_) progress_(summary_.runs);
  }

  const RunnerOptions& options_;
  const std::function<void(uint64_t)>& progress_;
  std::atomic<uint64_t> next_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  Summary summary_;
  std::optional<std::pair<uint64_t, Violation>> failed_;
};

}  // namespace

RunningSeed& ThisThreadsRun() {
  thread_local RunningSeed running;
  return running;
}

const Recipe& RecipeOf(const RunnerOptions& options, uint64_t seed) {
  return options.recipes[seed % options.recipes.size()];
}

Summary RunSeeds(const RunnerOptions& options, const std::function<void(uint64_t done)>& progress) {
  Runs runs(options, progress);
  std::vector<std::thread> threads;
  for (int i = 1; i < options.jobs; ++i) threads.emplace_back([&] { runs.Work(); });
  runs.Work();
  for (std::thread& thread : threads) thread.join();
  return runs.Finish();
}

}  // namespace dunlin::sim
