// A recipe: the shape of a cluster, what its clients and operators do, and what goes wrong, as a small text. The seed
// chooses within the ranges.
//
//   # Clients write while parts of the network cannot reach each other.
//   primaries 3..5
//   replicas 1..2
//   node-timeout 500ms..2s
//   fault partition every 3s..8s for 1s..6s
//   operator reshard every 2s..5s
//
// One thing a line; `#` begins a comment. A range is `a..b` or one value; durations end in `ms` or `s`. What is not
// said is as in Recipe{}.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/status.h"

namespace dunlin::sim {

struct Range {
  int64_t low = 0;
  int64_t high = 0;
  int64_t Pick(Random& random) const { return random.Between(low, high); }
  bool operator==(const Range&) const = default;
};

enum class Fault : uint8_t {
  kPartition,     // the machines fall into two groups
  kIsolate,       // one machine is cut off
  kOneWay,        // what some machines send to some others is lost, not the answers
  kStall,         // one path stands still
  kBreakLinks,    // some connections are reset
  kSilenceLinks,  // some connections are dead, and nobody is told
  kSlow,          // one machine's packets take long
  kKill,          // a process dies and is started again
  kPowerCut,      // a machine loses its power
  kCrashPoint,    // a process dies between two deeds of one step
  kCrashVoter,    // ... of the step in which it votes
  kPause,         // a process stands still
  kJumpClock,     // a wall clock is set
  kLoseDisk,      // a machine comes back empty, as a new node
  kOldDisk,       // a machine comes back with an older nodes.conf
};

enum class Action : uint8_t {
  kReshard,        // slots move, with their keys
  kFailover,       // CLUSTER FAILOVER
  kForceFailover,  // ... FORCE or TAKEOVER
  kMoveReplica,    // a replica is given to another primary
  kRejoin,         // a replica is forgotten, reset, and met again
  kAddNode,        // a new machine joins, as a primary or a replica
  kBumpEpoch,
  kConfigure,  // node timeout and the like change while it runs
  kPublish,
};

struct Happening {
  Range every_ms;
  Range lasts_ms;
};
struct FaultPlan {
  Fault fault = Fault::kPartition;
  Happening when;
};
struct ActionPlan {
  Action action = Action::kReshard;
  Happening when;
};

struct Recipe {
  std::string name;

  // The cluster. Spares are machines that are there and belong to nothing.
  Range primaries = {3, 5};
  Range replicas = {0, 2};  // of each
  Range spares = {0, 0};
  Range node_timeout_ms = {500, 2000};
  bool mixed_settings = false;  // validity factor, migration barrier, coverage ... as the seed says
  bool data_on_disk = false;    // some keep their data through a crash

  // The network.
  Range delay_ms = {0, 2};
  int64_t spike_one_in = 0;
  Range spike_ms = {0, 0};
  int64_t half_open_one_in = 0;
  Range drift_ppm = {0, 0};

  // The clients.
  Range clients = {1, 3};
  Range think_ms = {20, 100};
  int64_t write_percent = 50;
  int64_t multi_percent = 10;
  int64_t wait_percent = 10;

  Range safety_ms = {15000, 30000};
  std::vector<FaultPlan> faults;
  std::vector<ActionPlan> actions;

  // Nothing goes wrong and nobody forces anything: not one acknowledged write may be lost.
  bool calm() const;
  bool Has(Fault fault) const;
  bool Has(Action action) const;
};

// The error names the line.
Result<Recipe> ParseRecipe(std::string_view name, std::string_view text);

// The recipes of src/sim/recipes, by name, as they were when this was built.
struct RecipeText {
  std::string_view name;
  std::string_view text;
};
std::span<const RecipeText> BuiltInRecipes();

}  // namespace dunlin::sim
