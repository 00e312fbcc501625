// Making sockets: listening and connecting, TCP and Unix.
//
// Errors: a Status that names the address and the operating system's reason.
//
// Thread: any. Nothing here blocks but name resolution of non-numeric hosts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace dunlin::net {

// A non-blocking listener with SO_REUSEADDR. `address` is numeric, "*" (all IPv4) or "::*" / "::" (all IPv6). kNotFound
// when this machine has no such address, kUnsupported when it does not have the protocol, kIoError otherwise.
Result<int> ListenTcp(std::string_view address, int port, int backlog);
// `mode` 0 leaves the permissions alone. A socket file at the path that nobody serves is removed.
Result<int> ListenUnix(const std::string& path, int mode, int backlog);

struct Accepted {
  int fd = -1;  // non-blocking
  bool would_block = false;
};
Result<Accepted> Accept(int listener);

// Starts a connection; whether it succeeded is known when the socket becomes writable (see ConnectResult). `source` may
// be empty.
Result<int> StartConnectTcp(std::string_view host, int port, std::string_view source);
// OK when a started connection is up.
Status ConnectResult(int fd);

void SetNoDelay(int fd, bool on);
// Probing after `seconds` of silence; 0 turns it off.
void SetKeepAlive(int fd, int seconds);

struct Address {
  std::string ip;  // of a Unix socket: its path
  int port = 0;
  bool is_unix = false;
  // Of this machine, and no other can have it.
  bool is_loopback() const { return ip.starts_with("127.") || ip == "::1"; }
  // "ip:port", "[ip6]:port", "path:0".
  std::string ToString() const;
};
Address PeerAddress(int fd);
Address LocalAddress(int fd);

}  // namespace dunlin::net
