// What is done about ten times a second whether or not anything happened.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

// Does nothing when the last run is less than a period ago. True when it ran.
bool RunCron(Turn& t);

}  // namespace dunlin::cluster
