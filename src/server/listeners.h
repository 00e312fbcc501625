// The sockets that clients connect to: opened at the start, and again when CONFIG SET changes `port` or `bind`.
//
// Thread: before the threads start, then the control thread.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "server/log.h"
#include "server/settings.h"

namespace dunlin::server {

struct Listener {
  int fd = -1;
  bool is_unix = false;
  std::string address;  // as `bind` has it, without a leading '-'; of a Unix socket: its path
};

// One listener for each address of `bind`, or none at all when one cannot be opened; an address with '-' before it may
// be missing on this machine. Each failure is logged; the Status names the port.
Result<std::vector<Listener>> OpenTcpListeners(const Settings& settings, Log& log);
// None when `unixsocket` is empty.
Result<std::vector<Listener>> OpenUnixListener(const Settings& settings, Log& log);

}  // namespace dunlin::server
