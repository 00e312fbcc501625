#include "net/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace dunlin::net {
namespace {

// Closes what was opened when something later fails.
class OwnedFd {
 public:
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<SocketAddress> Resolve(std::string_view host, int port, bool passive) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = passive ? AI_PASSIVE : 0;
  std::string name(host);
  if (name == "*") {
    name = "0.0.0.0";
  } else if (name == "::*") {
    name = "::";
  }
  addrinfo* found = nullptr;
  int error = getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return Fail(Status::IoError(name + ":" + std::to_string(port) + ": " + gai_strerror(error)));
  SocketAddress address;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  return address;
}

Address Describe(const sockaddr_storage& storage) {
  Address address;
  char text[INET6_ADDRSTRLEN] = "";
  if (storage.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    inet_ntop(AF_INET, &in.sin_addr, text, sizeof text);
    address.port = ntohs(in.sin_port);
  } else if (storage.ss_family == AF_INET6) {
    const auto& in6 = reinterpret_cast<const sockaddr_in6&>(storage);
    inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
    address.port = ntohs(in6.sin6_port);
  } else if (storage.ss_family == AF_UNIX) {
    address.ip = reinterpret_cast<const sockaddr_un&>(storage).sun_path;
    address.is_unix = true;
    return address;
  }
  address.ip = text;
  return address;
}

Status ListenError(std::string_view what, int error) {
  Status status = Status::FromErrno(what, error);
  switch (error) {
    case EADDRNOTAVAIL: return Status::NotFound(status.message());
    case EAFNOSUPPORT:
    case ENOPROTOOPT:
    case EPFNOSUPPORT:
    case EPROTONOSUPPORT:
    case ESOCKTNOSUPPORT: return Status::Unsupported(status.message());
    default: return status;
  }
}

// Whether somebody accepts connections there.
bool IsServed(const sockaddr_un& address) {
  OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

}  // namespace

std::string Address::ToString() const {
  if (ip.find(':') != std::string::npos && !is_unix) return "[" + ip + "]:" + std::to_string(port);
  return ip + ":" + std::to_string(port);
}

Result<int> ListenTcp(std::string_view address, int port, int backlog) {
  auto resolved = Resolve(address, port, true);
  if (!resolved) return Fail(resolved.error());
  OwnedFd fd(socket(resolved->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  std::string what = std::string(address) + ":" + std::to_string(port);
  if (fd.get() < 0) return Fail(ListenError(what, errno));
  int one = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (resolved->storage.ss_family == AF_INET6) setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  if (bind(fd.get(), resolved->get(), resolved->size) != 0) return Fail(ListenError("bind: " + what, errno));
  if (listen(fd.get(), backlog) != 0) return Fail(ListenError("listen: " + what, errno));
  return fd.Release();
}

Result<int> ListenUnix(const std::string& path, int mode, int backlog) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return Fail(Status::InvalidArgument(path + ": the path of a Unix socket is too long"));
  std::memcpy(address.sun_path, path.data(), path.size());
  OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return Fail(Status::FromErrno(path, errno));
  if (IsServed(address)) return Fail(Status::FromErrno("bind: " + path, EADDRINUSE));
  struct stat old{};
  if (lstat(path.c_str(), &old) == 0 && S_ISSOCK(old.st_mode)) unlink(path.c_str());
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return Fail(Status::FromErrno("bind: " + path, errno));
  }
  if (listen(fd.get(), backlog) != 0) return Fail(Status::FromErrno("listen: " + path, errno));
  if (mode != 0) chmod(path.c_str(), static_cast<mode_t>(mode));
  return fd.Release();
}

Result<Accepted> Accept(int listener) {
  while (true) {
    int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) return Accepted{fd, false};
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return Accepted{-1, true};
    return Fail(Status::FromErrno("accept", errno));
  }
}

Result<int> StartConnectTcp(std::string_view host, int port, std::string_view source) {
  auto resolved = Resolve(host, port, false);
  if (!resolved) return Fail(resolved.error());
  OwnedFd fd(socket(resolved->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  std::string what = std::string(host) + ":" + std::to_string(port);
  if (fd.get() < 0) return Fail(Status::FromErrno(what, errno));
  if (!source.empty()) {
    auto from = Resolve(source, 0, true);
    if (!from) return Fail(from.error());
    int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd.get(), from->get(), from->size) != 0)
      return Fail(Status::FromErrno("bind: " + std::string(source), errno));
  }
  if (connect(fd.get(), resolved->get(), resolved->size) != 0 && errno != EINPROGRESS) {
    return Fail(Status::FromErrno(what, errno));
  }
  return fd.Release();
}

Status ConnectResult(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return error == 0 ? Status::Ok() : Status::FromErrno("connect", error);
}

void SetNoDelay(int fd, bool on) {
  int value = on ? 1 : 0;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
}

void SetKeepAlive(int fd, int seconds) {
  int on = seconds > 0 ? 1 : 0;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (on == 0) return;
  int interval = seconds / 3 > 0 ? seconds / 3 : 1;
  int probes = 3;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

Address PeerAddress(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return Describe(storage);
}

Address LocalAddress(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return Describe(storage);
}

}  // namespace dunlin::net
