// The cluster's logical clock: epochs as they are seen, bumped, and told apart.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

// The greatest epoch that I have heard of.
Epoch MaxEpoch(const State& s);

// A sender that I know says what time it is. Both its own and the cluster's epoch only grow.
void TakeEpochs(Turn& t, NodeIndex sender, const Header& header);

// A new config epoch for me that nobody voted for: for a slot that was imported by hand, and for a takeover. False when
// mine is the greatest already.
bool BumpEpochWithoutConsensus(Turn& t);

// `sender`, a primary like me, claims my config epoch: the one with the smaller id takes a new one.
void ResolveEpochCollision(Turn& t, NodeIndex sender, Epoch claimed);

}  // namespace dunlin::cluster
