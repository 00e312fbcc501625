#include "server/listeners.h"

#include <unistd.h>

#include "net/socket.h"

namespace dunlin::server {

Result<std::vector<Listener>> OpenTcpListeners(const Settings& settings, Log& log) {
  std::vector<Listener> opened;
  if (settings.port == 0) return opened;
  for (std::string address : settings.bind) {
    bool may_be_missing = address.starts_with('-');
    if (may_be_missing) address.erase(0, 1);
    auto fd = net::ListenTcp(address, static_cast<int>(settings.port), static_cast<int>(settings.tcp_backlog));
    if (fd) {
      opened.push_back({*fd, false, address});
      continue;
    }
    log.Warning("Warning: Could not create server TCP listening socket {}:{}: {}", address, settings.port,
                fd.error().message());
    // A protocol that the system does not have is no reason to refuse the others.
    StatusCode why = fd.error().code();
    if (why == StatusCode::kUnsupported || (why == StatusCode::kNotFound && may_be_missing)) continue;
    for (const Listener& listener : opened) close(listener.fd);
    return Fail(Status::IoError(fmt::format("Failed listening on port {} (tcp), aborting.", settings.port)));
  }
  return opened;
}

Result<std::vector<Listener>> OpenUnixListener(const Settings& settings, Log& log) {
  std::vector<Listener> opened;
  if (settings.unixsocket.empty()) return opened;
  auto fd = net::ListenUnix(settings.unixsocket, static_cast<int>(settings.unixsocketperm),
                            static_cast<int>(settings.tcp_backlog));
  if (!fd) {
    log.Warning("Failed opening Unix socket: {}", fd.error().message());
    return Fail(Status::IoError(fmt::format("Failed listening on {} (unix), aborting.", settings.unixsocket)));
  }
  opened.push_back({*fd, true, settings.unixsocket});
  return opened;
}

}  // namespace dunlin::server
