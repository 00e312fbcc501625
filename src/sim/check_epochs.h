// Epochs never go back, also across a crash: a node that told an epoch knows it for ever. And nobody believes in a
// config epoch that its node never told.
//
// Thread: one at a time.
#pragma once

#include <set>
#include <unordered_map>

#include "base/ids.h"
#include "cluster/message.h"
#include "cluster/slot_map.h"
#include "sim/verdict.h"

namespace dunlin::sim {

class EpochCheck {
 public:
  explicit EpochCheck(Verdict& verdict) : verdict_(verdict) {}

  void OnSent(const cluster::Message& message);
  void OnMap(const cluster::SlotMap* before, const cluster::SlotMap& after, bool start);
  // The node's disk was put back to what it was some time ago: its promises are void.
  void Forgive(const NodeId& node) { said_.erase(node); }

 private:
  struct Said {
    Epoch current{0};
    Epoch own{0};     // config epoch, as a primary with slots
    Epoch config{0};  // in whatever role
  };

  Verdict& verdict_;
  std::unordered_map<NodeId, Said> said_;
  std::unordered_map<NodeId, Epoch> told_;  // the largest config epoch ever; not forgiven
};

}  // namespace dunlin::sim
