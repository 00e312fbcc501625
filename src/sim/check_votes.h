// At most one vote per epoch and node, crashes or not; and whoever wins an election had the votes of a majority.
//
// Thread: one at a time.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "base/ids.h"
#include "cluster/message.h"
#include "cluster/slot_map.h"
#include "sim/network.h"
#include "sim/verdict.h"

namespace dunlin::sim {

class VoteCheck {
 public:
  explicit VoteCheck(Verdict& verdict) : verdict_(verdict) {}

  void OnSent(HostIndex to, const cluster::Message& message);
  // `last_vote` is what the node knows after its start.
  void OnStarted(const NodeId& node, Epoch last_vote);
  // A replica on that machine won: `before` and `after` are its maps around that moment.
  void OnElected(HostIndex winner, const cluster::SlotMap& before, const cluster::SlotMap& after);
  void Forgive(const NodeId& node);

 private:
  Verdict& verdict_;
  std::map<std::pair<NodeId, Epoch>, HostIndex> votes_;            // who voted when, for whom
  std::map<std::pair<HostIndex, Epoch>, std::set<NodeId>> polls_;  // the same by candidate
  std::map<NodeId, Epoch> last_vote_;
  std::set<std::pair<NodeId, Epoch>> asked_;  // elections, to be counted
};

}  // namespace dunlin::sim
