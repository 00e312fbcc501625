// A replica that its primary can spare goes to a primary that has none.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

// To be called at each run of the cron. Does nothing on a primary.
void ConsiderReplicaMigration(Turn& t);

}  // namespace dunlin::cluster
