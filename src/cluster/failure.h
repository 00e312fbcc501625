// Who can be reached, when a majority agrees that somebody cannot, and whether the cluster as a whole is ok.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

// `reporter`, a voting primary, says that `failing` cannot be reached. True when that is news.
bool AddFailureReport(Turn& t, NodeIndex failing, NodeIndex reporter);
// ... that it can. True when it had said otherwise.
bool RemoveFailureReport(Turn& t, NodeIndex node, NodeIndex reporter);
// Reports that are still valid.
int CountFailureReports(Turn& t, NodeIndex node);

// PFAIL becomes FAIL when I and enough others cannot reach the node; everybody is told.
void MarkFailingIfAgreed(Turn& t, NodeIndex node);
// A sender that I know says that a majority agreed.
void TakeFailMessage(Turn& t, NodeIndex sender, const NodeId& failing);

// The node answered a ping.
void NoteAnswer(Turn& t, NodeIndex node);
// To be called for each node at each run of the cron: gives up links that are silent, pings who must be pinged, and
// finds out who cannot be reached.
void WatchNode(Turn& t, NodeIndex node);

// A majority of voting primaries, of which there may be none.
inline int Quorum(const State& s) { return s.size / 2 + 1; }
// Counts voting primaries and decides whether the cluster is ok.
void UpdateClusterState(Turn& t);

}  // namespace dunlin::cluster
