// CLUSTER FAILOVER: a replica takes over while its primary lives, without losing a write. The replica asks the primary
// to stop (MFSTART), the primary pauses its writes and tells its final offset, the replica waits until it has all of it
// and then has itself elected.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

// On the replica: the admin's wish.
Status StartManualFailover(Turn& t, FailoverCommand::Mode mode);
// On the replica: my primary said that its writes are paused, at this offset.
void TakeFinalOffset(Turn& t, const Header& header);
// On the replica: once I have all that the primary wrote, the election may begin.
void AdvanceManualFailover(Turn& t);

// On the primary: a replica of mine wants to take over.
void TakeManualFailoverRequest(Turn& t, NodeIndex replica);
// On the primary: writes stand still at this offset.
void TakeWritesPaused(Turn& t, Offset offset);

// On both: it took too long.
void CheckManualFailoverTimeout(Turn& t);
// It is over, well or badly. A primary that had paused its writes resumes them.
void ResetManualFailover(Turn& t);

}  // namespace dunlin::cluster
