// One run: a recipe and a seed make a cluster, its clients, its operator and its misfortunes. First comes a time in
// which everything may fail and nothing may be unsafe; then everything heals, and the cluster must come to rest within
// a bounded time.
//
// The same recipe, seed and plant give the same run, which the trace's hash shows.
//
// Thread: one at a time; nothing is shared between worlds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "commands/table.h"
#include "sim/checks.h"
#include "sim/client.h"
#include "sim/faults.h"
#include "sim/host.h"
#include "sim/keyspace.h"
#include "sim/network.h"
#include "sim/operator.h"
#include "sim/recipe.h"
#include "sim/scheduler.h"
#include "sim/task.h"
#include "sim/trace.h"

namespace dunlin::sim {

struct Outcome {
  std::optional<Violation> violation;
  uint64_t hash = 0;
  Counters counters;
  int64_t healing_ms = 0;  // until the cluster was at rest
};

class World {
 public:
  World(const Recipe& recipe, uint64_t seed, Plant plant, Trace::Options trace);

  // To be called once.
  Outcome Run();
  const Trace& trace() const { return trace_; }

 private:
  void Build();
  HostSettings DrawSettings(int index, int64_t node_timeout_ms, const cluster::Config& common);
  void Begin(Task<> task);
  // Lets time pass until then, or until a violation. `until` ends it sooner.
  bool PassUntil(int64_t end_ms, const std::function<bool()>& until);
  void Pass(int64_t ms);
  void CreateCluster();
  void BeSafe();
  void ComeToRest();
  void EndClients();
  // With everybody's view in the trace.
  void FailLiveness(const std::string& why);
  bool failed() const { return checks_.violation().has_value(); }

  const Recipe recipe_;
  Random random_;
  Scheduler scheduler_;
  Trace trace_;
  Network network_;
  const commands::CommandTable commands_;
  const Keys keys_;
  Checks checks_;
  Surroundings around_;
  int primaries_ = 0;
  int replicas_ = 0;
  uint32_t last_write_ = 0;
  int64_t healing_ms_ = 0;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::unique_ptr<Operator> operator_;
  std::unique_ptr<Faults> faults_;
  std::vector<std::unique_ptr<Client>> clients_;
  // Last, so that they go first: what they hold on to is still there.
  std::vector<std::unique_ptr<Task<>>> tasks_;
};

}  // namespace dunlin::sim
