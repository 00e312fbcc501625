// Who may connect at all.
#include <sys/socket.h>
#include <unistd.h>

#include <string_view>

#include "net/socket.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr std::string_view kTooMany = "-ERR max number of clients reached\r\n";

// One line, because an error reply has one.
constexpr std::string_view kProtected =
    "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the "
    "default user. Until that changes, only clients on this machine are let in, over a loopback address. To let others "
    "in, do one of these: 1) Set a password for the default user. 2) Turn protected mode off from this machine with "
    "'CONFIG SET protected-mode no', and make it last with CONFIG REWRITE; do so only where strangers cannot reach the "
    "port. 3) Say 'protected-mode no' in the configuration file, or '--protected-mode no' on the command line, and "
    "start the server again.\r\n";

}  // namespace

bool Server::AdmitConnection(int fd, bool is_unix) {
  auto refuse = [&](std::string_view why) {
    workers_[0]->stats().rejected_connections.Add(1);
    [[maybe_unused]] ssize_t n = send(fd, why.data(), why.size(), MSG_NOSIGNAL);
    close(fd);
    return false;
  };
  const Settings& s = settings();
  if (client_count() >= static_cast<size_t>(s.maxclients)) return refuse(kTooMany);
  if (is_unix) return true;
  bool open_to_all = !s.protected_mode || !s.requirepass.empty();
  if (!open_to_all && !net::PeerAddress(fd).is_loopback()) return refuse(kProtected);
  net::SetNoDelay(fd, true);
  if (s.tcp_keepalive_s > 0) net::SetKeepAlive(fd, static_cast<int>(s.tcp_keepalive_s));
  return true;
}

}  // namespace dunlin::server
