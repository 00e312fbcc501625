// maxmemory-clients: when clients together hold more than it allows, those that hold most are disconnected, one after
// the other, until the rest fits.
//
// Each worker counts what its own clients hold as it serves them, so to see whether it is too much means to add up a
// few numbers at the end of a turn. Only then somebody runs alone and looks at all clients.
#pragma once

#include <cstdint>

#include "server/settings.h"

namespace dunlin::server {

class Server;

// 0: no limit. A pure function.
uint64_t ClientMemoryLimitBytes(const Settings& settings);

// What all clients hold, as their workers have counted it, in bytes: replicas and our primary are none. Any thread.
uint64_t CountedClientBytes(Server& server);

// Alone.
void EvictClients(Server& server);

}  // namespace dunlin::server
