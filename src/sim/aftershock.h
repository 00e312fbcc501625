// After the cluster has come to rest: some primaries die and stay dead, as many as it can bear. Their replicas must
// lead soon, without any help. Now and then a primary takes a new epoch just before it dies and its replicas do not
// hear of it.
//
// Thread: one at a time.
#pragma once

#include <string>
#include <vector>

#include "base/random.h"
#include "sim/host.h"
#include "sim/outside.h"
#include "sim/task.h"

namespace dunlin::sim {

class Aftershock {
 public:
  Aftershock(const Surroundings& around, std::vector<Host*> members, uint64_t seed)
      : around_(around), members_(std::move(members)), random_(seed), outside_(around.scheduler, around.network) {}

  // Chooses who is to die. False when nobody may: a majority must live, and each must have a replica that is in step.
  bool Choose();
  Task<> Strike();
  bool over() const { return over_; }
  std::vector<Host*> Survivors() const;
  // The dead come back.
  void End();

 private:
  bool MayDie(const Host& host) const;
  std::vector<Host*> ReplicasOf(const Host& primary) const;
  Task<> BumpUnheard(Host& victim);

  const Surroundings& around_;
  const std::vector<Host*> members_;
  Random random_;
  Outside outside_;
  std::vector<Host*> victims_;
  bool over_ = false;
};

}  // namespace dunlin::sim
