// What CONFIG SET does to the running server besides the values: sockets are opened, the append-only file begins or
// ends, the log changes its level. All of it or nothing: when one effect cannot be had, those before it are taken back
// and the old values stand.
//
// Thread: the control thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/status.h"
#include "server/config.h"

namespace dunlin::server {

class Server;

// CONFIG SET as a whole. The message of a failure is the error reply. Nothing, and nothing was done: a script lingers.
std::optional<Status> SetConfig(Server& server, std::span<const std::pair<std::string, std::string>> pairs,
                                SetCaller caller);

}  // namespace dunlin::server
