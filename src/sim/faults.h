// What goes wrong: machines, processes, clocks, disks and the network between them, as a recipe says. Each fault comes,
// lasts for a while and goes away; Heal() ends them all.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.h"
#include "sim/host.h"
#include "sim/recipe.h"
#include "sim/task.h"

namespace dunlin::sim {

class Faults {
 public:
  Faults(const Surroundings& around, std::vector<Host*> hosts, const Recipe& recipe, uint64_t seed)
      : around_(around), hosts_(std::move(hosts)), recipe_(recipe), random_(seed) {}

  // One kind, again and again until Heal().
  Task<> Strike(FaultPlan plan);
  // The network is whole and well, everything runs.
  void Heal();

 private:
  using Path = std::pair<HostIndex, HostIndex>;

  Task<> StrikeOnce(Fault fault, int64_t lasts_ms);
  static Task<> Nothing();
  Task<> CutPaths(std::vector<Path> paths, int64_t lasts_ms);
  std::vector<Path> Between(const std::vector<Host*>& some, bool both_ways) const;
  std::vector<Host*> PickGroup();
  Task<> Slow(int64_t lasts_ms);
  Task<> Kill(bool power, int64_t lasts_ms);
  Task<> CrashAtPoint(bool voter, int64_t lasts_ms);
  Task<> Pause(int64_t lasts_ms);
  Task<> LoseDisk(int64_t lasts_ms);
  Task<> OldDisk(int64_t lasts_ms);
  void JumpClock();
  void BootIfDown(Host& host);
  Host& AnyHost() { return *hosts_[random_.Below(hosts_.size())]; }
  Host* AnyRunning();

  const Surroundings& around_;
  const std::vector<Host*> hosts_;
  const Recipe& recipe_;
  Random random_;
  bool healed_ = false;
};

}  // namespace dunlin::sim
