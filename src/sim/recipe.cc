#include "sim/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <variant>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::sim {
namespace {

using Words = std::vector<std::string_view>;

struct FaultName {
  Fault fault;
  std::string_view name;
};
constexpr std::array<FaultName, 15> kFaults = {{
    {Fault::kPartition, "partition"},
    {Fault::kIsolate, "isolate"},
    {Fault::kOneWay, "one-way"},
    {Fault::kStall, "stall"},
    {Fault::kBreakLinks, "break-links"},
    {Fault::kSilenceLinks, "silence-links"},
    {Fault::kSlow, "slow"},
    {Fault::kKill, "kill"},
    {Fault::kPowerCut, "power-cut"},
    {Fault::kCrashPoint, "crash-point"},
    {Fault::kCrashVoter, "crash-voter"},
    {Fault::kPause, "pause"},
    {Fault::kJumpClock, "jump-clock"},
    {Fault::kLoseDisk, "lose-disk"},
    {Fault::kOldDisk, "old-disk"},
}};

struct ActionName {
  Action action;
  std::string_view name;
};
constexpr std::array<ActionName, 9> kActions = {{
    {Action::kReshard, "reshard"},
    {Action::kFailover, "failover"},
    {Action::kForceFailover, "force-failover"},
    {Action::kMoveReplica, "move-replica"},
    {Action::kRejoin, "rejoin"},
    {Action::kAddNode, "add-node"},
    {Action::kBumpEpoch, "bump-epoch"},
    {Action::kConfigure, "configure"},
    {Action::kPublish, "publish"},
}};

// What a word sets: a range (of numbers or of durations), a number, or yes and no.
struct Setting {
  std::string_view name;
  bool is_duration;
  std::variant<Range Recipe::*, int64_t Recipe::*, bool Recipe::*> member;
};
constexpr std::array<Setting, 17> kSettings = {{
    {"primaries", false, &Recipe::primaries},
    {"replicas", false, &Recipe::replicas},
    {"spares", false, &Recipe::spares},
    {"node-timeout", true, &Recipe::node_timeout_ms},
    {"mixed-settings", false, &Recipe::mixed_settings},
    {"data-on-disk", false, &Recipe::data_on_disk},
    {"delay", true, &Recipe::delay_ms},
    {"spike-one-in", false, &Recipe::spike_one_in},
    {"spike", true, &Recipe::spike_ms},
    {"half-open-one-in", false, &Recipe::half_open_one_in},
    {"drift-ppm", false, &Recipe::drift_ppm},
    {"clients", false, &Recipe::clients},
    {"think", true, &Recipe::think_ms},
    {"write-percent", false, &Recipe::write_percent},
    {"multi-percent", false, &Recipe::multi_percent},
    {"wait-percent", false, &Recipe::wait_percent},
    {"safety", true, &Recipe::safety_ms},
}};

std::optional<int64_t> ParseNumber(std::string_view word, bool is_duration) {
  int64_t unit = 1;
  if (is_duration) {
    if (word.ends_with("ms")) {
      word.remove_suffix(2);
    } else if (word.ends_with('s')) {
      word.remove_suffix(1);
      unit = 1000;
    } else {
      return std::nullopt;
    }
  }
  auto number = ParseInt64(word);
  if (!number || *number < 0) return std::nullopt;
  return *number * unit;
}

std::optional<Range> ParseRange(std::string_view word, bool is_duration) {
  size_t dots = word.find("..");
  std::string_view low_word = word.substr(0, dots);
  std::string_view high_word = dots == std::string_view::npos ? low_word : word.substr(dots + 2);
  auto low = ParseNumber(low_word, is_duration);
  auto high = ParseNumber(high_word, is_duration);
  if (!low || !high || *low > *high) return std::nullopt;
  return Range{*low, *high};
}

// `every <range> [for <range>]`.
std::optional<Happening> ParseWhen(std::span<const std::string_view> words) {
  Happening when;
  if (words.size() < 2 || words[0] != "every") return std::nullopt;
  auto every = ParseRange(words[1], true);
  if (!every || every->low == 0) return std::nullopt;
  when.every_ms = *every;
  if (words.size() == 2) return when;
  auto lasts = words.size() == 4 && words[2] == "for" ? ParseRange(words[3], true) : std::nullopt;
  if (!lasts) return std::nullopt;
  when.lasts_ms = *lasts;
  return when;
}

bool TakeSetting(const Setting& setting, std::string_view word, Recipe* recipe) {
  if (const auto* range = std::get_if<Range Recipe::*>(&setting.member)) {
    auto value = ParseRange(word, setting.is_duration);
    if (value) recipe->*(*range) = *value;
    return value.has_value();
  }
  if (const auto* number = std::get_if<int64_t Recipe::*>(&setting.member)) {
    auto value = ParseNumber(word, false);
    if (value) recipe->*(*number) = *value;
    return value.has_value();
  }
  if (word != "yes" && word != "no") return false;
  recipe->*std::get<bool Recipe::*>(setting.member) = word == "yes";
  return true;
}

bool TakeHappening(const Words& words, Recipe* recipe) {
  if (words.size() < 2) return false;
  auto when = ParseWhen(std::span(words).subspan(2));
  if (!when) return false;
  if (words[0] == "fault") {
    auto it = std::ranges::find(kFaults, words[1], &FaultName::name);
    if (it == kFaults.end()) return false;
    recipe->faults.push_back({it->fault, *when});
    return true;
  }
  auto it = std::ranges::find(kActions, words[1], &ActionName::name);
  if (it == kActions.end()) return false;
  recipe->actions.push_back({it->action, *when});
  return true;
}

bool TakeLine(std::string_view line, Recipe* recipe) {
  Words words = SplitBlanks(line.substr(0, line.find('#')));
  if (words.empty()) return true;
  if (words[0] == "fault" || words[0] == "operator") return TakeHappening(words, recipe);
  auto it = std::ranges::find(kSettings, words[0], &Setting::name);
  return it != kSettings.end() && words.size() == 2 && TakeSetting(*it, words[1], recipe);
}

}  // namespace

bool Recipe::calm() const { return faults.empty() && !Has(Action::kForceFailover); }

bool Recipe::Has(Fault fault) const { return std::ranges::find(faults, fault, &FaultPlan::fault) != faults.end(); }

bool Recipe::Has(Action action) const {
  return std::ranges::find(actions, action, &ActionPlan::action) != actions.end();
}

Result<Recipe> ParseRecipe(std::string_view name, std::string_view text) {
  Recipe recipe;
  recipe.name = name;
  int number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    if (TakeLine(line, &recipe)) continue;
    return Fail(Status::InvalidArgument(fmt::format("recipe {}, line {}: '{}' is not understood", name, number, line)));
  }
  if (recipe.primaries.low < 1) return Fail(Status::InvalidArgument(fmt::format("recipe {}: no primaries", name)));
  return recipe;
}

}  // namespace dunlin::sim
