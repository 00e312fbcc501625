// Whole runs: the same seed gives the same run, and a planted bug is found where without it all is well.
#include "sim/world.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/runner.h"

namespace dunlin::sim {
namespace {

Recipe BuiltIn(std::string_view name) {
  for (const RecipeText& text : BuiltInRecipes()) {
    if (text.name == name) return *ParseRecipe(text.name, text.text);
  }
  ADD_FAILURE() << "no recipe " << name;
  return {};
}

Summary RunSome(const std::string& recipe, uint64_t first, uint64_t seeds, Plant plant = Plant::kNone) {
  RunnerOptions options{
      .recipes = {BuiltIn(recipe)}, .first_seed = first, .seeds = seeds, .jobs = 1, .plant = plant, .repeat_one_in = 0};
  return RunSeeds(options, nullptr);
}

TEST(World, TheSameSeedGivesTheSameRun) {
  Recipe recipe = BuiltIn("failover-storm");
  auto hash = [&](uint64_t seed) { return World(recipe, seed, Plant::kNone, {}).Run().hash; };
  EXPECT_EQ(hash(7), hash(7));
  EXPECT_NE(hash(7), hash(8));
}

TEST(World, LookingDoesNotChangeARun) {
  Recipe recipe = BuiltIn("reshard-under-fire");
  World silent(recipe, 3, Plant::kNone, {});
  World watched(recipe, 3, Plant::kNone, {.keep = 10, .sink = nullptr});
  EXPECT_EQ(silent.Run().hash, watched.Run().hash);
  EXPECT_EQ(watched.trace().lines().size(), 10u);
}

TEST(World, EveryRecipeDoesWhatItIsFor) {
  for (const RecipeText& text : BuiltInRecipes()) {
    Summary summary = RunSome(std::string(text.name), 1, 4);
    EXPECT_FALSE(summary.failure) << text.name << ": " << summary.failure->violation.what;
    EXPECT_GT(summary.counters.messages, 1000u) << text.name;
    EXPECT_GT(summary.counters.writes, 100u) << text.name;
    EXPECT_GT(summary.counters.elections, 0u) << text.name;
  }
}

struct Trial {
  Plant plant;
  const char* recipe;
  uint64_t seeds;  // within so many it must be found
  std::set<std::string> by;
};

class PlantTest : public ::testing::TestWithParam<Trial> {};

TEST_P(PlantTest, IsFoundAndOnlyWhenItIsThere) {
  const Trial& trial = GetParam();
  Summary summary = RunSome(trial.recipe, 1, trial.seeds, trial.plant);
  ASSERT_TRUE(summary.failure) << "not found in " << trial.seeds << " seeds";
  EXPECT_TRUE(trial.by.contains(summary.failure->violation.check))
      << summary.failure->violation.check << ": " << summary.failure->violation.what;
  EXPECT_FALSE(summary.failure->last_lines.empty());
  Summary without = RunSome(trial.recipe, 1, summary.failure->seed);
  EXPECT_FALSE(without.failure) << without.failure->violation.what;
}

INSTANTIATE_TEST_SUITE_P(All, PlantTest,
                         ::testing::Values(Trial{Plant::kVoteNotPersisted, "failover-storm", 20, {"votes", "epochs"}},
                                           Trial{Plant::kSendBeforePersist, "failover-storm", 40, {"votes", "epochs"}},
                                           Trial{Plant::kOldEpochClaim, "partitions", 20, {"claims"}},
                                           Trial{Plant::kSkippedCommand, "quiet", 20, {"offsets"}},
                                           Trial{Plant::kUnpausedFailover, "quiet", 40, {"data"}},
                                           Trial{Plant::kKeptHistory, "crash-restart", 40, {"offsets"}}),
                         [](const auto& trial) {
                           std::string name(kPlants[static_cast<size_t>(trial.param.plant) - 1].name);
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace dunlin::sim
