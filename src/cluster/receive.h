// The way of a message: is it for me, who sent it, what time is it there, what does it say.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

void TakeMessage(Turn& t, LinkId link, Message message);

}  // namespace dunlin::cluster
