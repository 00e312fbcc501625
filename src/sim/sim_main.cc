// dunlin-sim: whole clusters in one process, from seeds.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/numbers.h"
#include "sim/runner.h"
#include "sim/world.h"

namespace {

using dunlin::sim::Recipe;
using dunlin::sim::RunnerOptions;

constexpr std::string_view kUsage = R"(usage: dunlin-sim [options]

Runs whole clusters in one process, each from one seed: first everything may fail and nothing may be unsafe, then
everything heals and the cluster must come to rest. Exits with 1 at the first violation.

  --seeds N         so many seeds (1000)
  --first S         beginning with this one (1)
  --recipe NAME     all of one recipe, a built-in one or a file; without it the seeds take turns over the built-in ones
  --jobs N          so many threads (2)
  --seed S          only this seed
  --trace           print what happens in it, line by line
  --plant NAME      with this bug planted, to see that it is found
  --list            the recipes and the bugs that can be planted
)";

struct CommandLine {
  RunnerOptions options{.recipes = {}, .jobs = 2};
  std::optional<uint64_t> seed;
  bool trace = false;
  bool list = false;
};

[[noreturn]] void Quit(const std::string& why) {
  fmt::print(stderr, "dunlin-sim: {}\n", why);
  std::exit(2);
}

Recipe LoadRecipe(const std::string& name) {
  for (const auto& built_in : dunlin::sim::BuiltInRecipes()) {
    if (built_in.name != name) continue;
    auto recipe = dunlin::sim::ParseRecipe(built_in.name, built_in.text);
    if (!recipe) Quit(recipe.error().message());
    return *recipe;
  }
  std::ifstream file(name);
  if (!file) Quit("there is no recipe " + name);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  auto recipe = dunlin::sim::ParseRecipe(name, text);
  if (!recipe) Quit(recipe.error().message());
  return *recipe;
}

uint64_t ParseNumber(std::string_view option, const char* word) {
  auto number = dunlin::ParseUint64(word);
  if (!number) Quit(fmt::format("{} takes a number, not '{}'", option, word));
  return *number;
}

CommandLine ParseCommandLine(int argc, char** argv) {
  CommandLine line;
  RunnerOptions& options = line.options;
  for (int i = 1; i < argc; ++i) {
    std::string_view option = argv[i];
    if (option == "--trace") {
      line.trace = true;
    } else if (option == "--list") {
      line.list = true;
    } else if (option == "--help" || option == "-h") {
      fmt::print("{}", kUsage);
      std::exit(0);
    } else if (i + 1 == argc) {
      Quit(fmt::format("'{}' is not understood, or lacks its value; --help tells more", option));
    } else if (const char* value = argv[++i]; option == "--seeds") {
      options.seeds = ParseNumber(option, value);
    } else if (option == "--first") {
      options.first_seed = ParseNumber(option, value);
    } else if (option == "--seed") {
      line.seed = ParseNumber(option, value);
    } else if (option == "--jobs") {
      options.jobs = static_cast<int>(ParseNumber(option, value));
    } else if (option == "--recipe") {
      options.recipes.push_back(LoadRecipe(value));
    } else if (option == "--plant") {
      auto plant = dunlin::sim::FindPlant(value);
      if (!plant) Quit(fmt::format("there is no bug '{}' to plant", value));
      options.plant = *plant;
    } else {
      Quit(fmt::format("'{}' is not understood; --help tells more", option));
    }
  }
  if (options.recipes.empty()) {
    for (const auto& recipe : dunlin::sim::BuiltInRecipes()) {
      options.recipes.push_back(LoadRecipe(std::string(recipe.name)));
    }
  }
  return line;
}

void List() {
  for (const auto& recipe : dunlin::sim::BuiltInRecipes()) {
    fmt::print("recipe {:<20} {}\n", recipe.name, recipe.text.substr(0, recipe.text.find('\n')));
  }
  for (const auto& plant : dunlin::sim::kPlants) fmt::print("plant  {}\n", plant.name);
}

// An invariant of a machine stops the process; then the seed is the one thing to know.
void OnAbort(int) {
  const dunlin::sim::RunningSeed& run = dunlin::sim::ThisThreadsRun();
  if (run.recipe == nullptr) return;
  char text[256];
  int size = std::snprintf(text, sizeof text, "dunlin-sim: in recipe %s, seed %llu\n", run.recipe,
                           static_cast<unsigned long long>(run.seed));
  if (size > 0) (void)!write(STDERR_FILENO, text, static_cast<size_t>(size));
}

int TraceOne(const CommandLine& line) {
  const Recipe& recipe = RecipeOf(line.options, *line.seed);
  dunlin::sim::Trace::Options trace;
  if (line.trace) trace.sink = [](std::string_view text) { fmt::print("{}\n", text); };
  dunlin::sim::ThisThreadsRun() = {recipe.name.c_str(), *line.seed};
  dunlin::sim::World world(recipe, *line.seed, line.options.plant, trace);
  dunlin::sim::Outcome outcome = world.Run();
  fmt::print("seed {} ({}): {} steps, {:.1f} simulated seconds, hash {:016x}\n", *line.seed, recipe.name,
             outcome.counters.steps, static_cast<double>(outcome.counters.simulated_ms) / 1000, outcome.hash);
  if (!outcome.violation) return 0;
  fmt::print("VIOLATION of {}: {}\n", outcome.violation->check, outcome.violation->what);
  return 1;
}

int RunMany(const CommandLine& line) {
  auto begin = std::chrono::steady_clock::now();
  auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  bool terminal = isatty(STDERR_FILENO) != 0;
  double shown = 0;
  auto progress = [&](uint64_t done) {
    if (seconds() - shown < (terminal ? 0.5 : 10)) return;
    shown = seconds();
    fmt::print(stderr, "{}{} of {} seeds, {:.0f} s{}", terminal ? "\r" : "", done, line.options.seeds, shown,
               terminal ? "" : "\n");
  };
  dunlin::sim::Summary summary = RunSeeds(line.options, progress);
  if (terminal) fmt::print(stderr, "\r\033[K");
  const dunlin::sim::Counters& c = summary.counters;
  fmt::print("{} seeds, {} of them twice, in {:.1f} s\n", summary.runs, summary.repeated, seconds());
  fmt::print("{} steps, {} bus messages, {:.1f} simulated hours\n", c.steps, c.messages,
             static_cast<double>(c.simulated_ms) / 3'600'000);
  fmt::print("{} starts, {} elections, {} promotions, {} full and {} partial syncs\n", c.boots, c.elections,
             c.promotions, c.full_syncs, c.partial_syncs);
  fmt::print("{} reads, {} writes, {} confirmed by WAIT ({} of them lost later), {} slots moved, {} lost on the way\n",
             c.reads, c.writes, c.acknowledged, c.acknowledged_lost, c.slots_moved, c.unclaimed_slots);
  fmt::print("longest way to rest after healing: {:.1f} s\n", static_cast<double>(summary.longest_healing_ms) / 1000);
  fmt::print("{} violations\n", summary.failure ? 1 : 0);
  if (!summary.failure) return 0;
  const dunlin::sim::Failure& failure = *summary.failure;
  fmt::print("\n");
  for (const std::string& text : failure.last_lines) fmt::print("{}\n", text);
  fmt::print("\nVIOLATION of {}: {}\nrecipe {}, seed {}; again with: dunlin-sim --recipe {} --seed {} --trace\n",
             failure.violation.check, failure.violation.what, failure.recipe, failure.seed, failure.recipe,
             failure.seed);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine line = ParseCommandLine(argc, argv);
  std::signal(SIGABRT, OnAbort);
  if (line.list) {
    List();
    return 0;
  }
  return line.seed ? TraceOne(line) : RunMany(line);
}
