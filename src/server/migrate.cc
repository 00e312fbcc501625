#include "server/migrate.h"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "base/numbers.h"
#include "net/socket.h"

namespace dunlin::server {
namespace {

constexpr size_t kMaxKept = 64;
constexpr int64_t kIdleMs = 10000;
constexpr size_t kMaxLineBytes = 64 * 1024;

int64_t MonotonicMs() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

std::string NameOf(std::string_view host, std::string_view port) {
  return std::string(host).append(":").append(port);
}

}  // namespace

MigrateConnection::~MigrateConnection() { close(fd_); }

Status MigrateConnection::WaitFor(short events, int64_t deadline_ms) {
  while (true) {
    int64_t left_ms = deadline_ms - MonotonicMs();
    if (left_ms <= 0) return Status::Unavailable("timeout");
    pollfd p{fd_, events, 0};
    int n = poll(&p, 1, static_cast<int>(left_ms));
    if (n > 0) return Status::Ok();
    if (n < 0 && errno != EINTR) return Status::FromErrno("poll", errno);
  }
}

Result<std::unique_ptr<MigrateConnection>> MigrateConnection::Open(std::string_view host, int port, std::string_view source,
                                                                   int64_t timeout_ms) {
  auto fd = net::StartConnectTcp(host, port, source);
  if (!fd) return Fail(fd.error());
  auto connection = std::make_unique<MigrateConnection>(*fd);
  DUNLIN_TRY_RESULT(connection->WaitFor(POLLOUT, MonotonicMs() + timeout_ms));
  DUNLIN_TRY_RESULT(net::ConnectResult(*fd));
  net::SetNoDelay(*fd, true);
  return connection;
}

Status MigrateConnection::Write(std::string_view bytes, int64_t timeout_ms) {
  int64_t deadline_ms = MonotonicMs() + timeout_ms;
  while (!bytes.empty()) {
    ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<size_t>(n));
    } else if (errno == EAGAIN || errno == EINTR) {
      DUNLIN_TRY(WaitFor(POLLOUT, deadline_ms));
    } else {
      return Status::FromErrno("send", errno);
    }
  }
  return Status::Ok();
}

Result<std::string> MigrateConnection::ReadLine(int64_t timeout_ms) {
  int64_t deadline_ms = MonotonicMs() + timeout_ms;
  while (true) {
    if (size_t end = in_.find("\r\n"); end != std::string::npos) {
      std::string line = in_.substr(0, end);
      in_.erase(0, end + 2);
      return line;
    }
    if (in_.size() > kMaxLineBytes) return Fail(Status::Corruption("the target does not speak RESP"));
    DUNLIN_TRY_RESULT(WaitFor(POLLIN, deadline_ms));
    char piece[4096];
    ssize_t n = recv(fd_, piece, sizeof piece, 0);
    if (n > 0) {
      in_.append(piece, static_cast<size_t>(n));
    } else if (n == 0) {
      return Fail(Status::IoError("closed"));
    } else if (errno != EAGAIN && errno != EINTR) {
      return Fail(Status::FromErrno("recv", errno));
    }
  }
}

Result<MigrateConnection*> MigrateConnections::Get(std::string_view host, std::string_view port, std::string_view source,
                                                   int64_t timeout_ms, int64_t now_ms, bool* reused) {
  auto it = connections_.find(NameOf(host, port));
  *reused = it != connections_.end();
  if (!*reused) {
    if (connections_.size() >= kMaxKept) connections_.erase(connections_.begin());
    auto number = ParseInt64(port);
    if (!number || *number < 0 || *number > 65535) return Fail(Status::InvalidArgument("port"));
    auto opened = MigrateConnection::Open(host, static_cast<int>(*number), source, timeout_ms);
    if (!opened) return Fail(opened.error());
    it = connections_.emplace(NameOf(host, port), std::move(*opened)).first;
  }
  it->second->last_use_ms = now_ms;
  return it->second.get();
}

void MigrateConnections::Drop(std::string_view host, std::string_view port) { connections_.erase(NameOf(host, port)); }

void MigrateConnections::CloseIdle(int64_t now_ms) {
  std::erase_if(connections_, [&](const auto& c) { return now_ms - c.second->last_use_ms > kIdleMs; });
}

}  // namespace dunlin::server
