// What an admin's command does. What its words mean is in admin.h.
//
// Thread: one at a time.
#pragma once

#include "cluster/turn.h"

namespace dunlin::cluster {

AdminReply RunAdmin(Turn& t, const AdminCommand& command);

}  // namespace dunlin::cluster
