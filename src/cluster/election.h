// How a replica takes the place of a failed primary, and how the other primaries vote.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

// On a replica: goes one step further with the election, if there is reason for one. To be called at each run of the
// cron and whenever something about it changed.
void RunFailover(Turn& t);

// Somebody whom I know asks for my vote, on this link.
void ConsiderVote(Turn& t, NodeIndex candidate, LinkId link, const Header& request);
// Somebody whom I know voted for me.
void CountVote(Turn& t, NodeIndex voter, const Header& vote);

// I am the primary now, with all the slots of the one that I followed. REQUIRES: I have a config epoch that is worth
// it.
void TakePlaceOfPrimary(Turn& t);

}  // namespace dunlin::cluster
