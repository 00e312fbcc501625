// A slot goes to another owner only by a newer config epoch, when its owner no longer claims it, or by an operator's
// word. Held against what the claimants really said.
//
// Thread: one at a time.
#pragma once

#include <map>
#include <utility>

#include "base/ids.h"
#include "cluster/message.h"
#include "cluster/slot_map.h"
#include "cluster/slot_set.h"
#include "sim/network.h"
#include "sim/verdict.h"

namespace dunlin::sim {

class ClaimCheck {
 public:
  explicit ClaimCheck(Verdict& verdict) : verdict_(verdict) {}

  // `map` is the viewer's as the message comes.
  void OnHeard(HostIndex viewer, const cluster::SlotMap& map, const cluster::Message& message);
  // `by_hand`: an operator's command or the start made the change.
  void OnMap(HostIndex viewer, const cluster::SlotMap* before, const cluster::SlotMap& after, bool by_hand);
  // A process forgets what was said before it.
  void OnStarted(HostIndex viewer);

 private:
  bool StillClaims(HostIndex viewer, const NodeId& owner, SlotId slot) const;
  void CheckChange(HostIndex viewer, const cluster::SlotMap& before, const cluster::SlotMap& after, SlotId slot);

  Verdict& verdict_;
  // The last claims of each node that came to each viewer.
  std::map<std::pair<HostIndex, NodeId>, cluster::SlotSet> heard_;
};

}  // namespace dunlin::sim
