#include "cli/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <utility>

namespace dunlin::cli {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr int kKeepAliveSeconds = 15;

std::string ErrorText(int error) {
  char buffer[256];
  return strerror_r(error, buffer, sizeof buffer);
}

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// 0, or the errno that says why not.
int WaitConnected(int fd, int64_t timeout_ms) {
  int64_t deadline = timeout_ms > 0 ? NowMs() + timeout_ms : 0;
  pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
  while (true) {
    int64_t left = timeout_ms > 0 ? std::max<int64_t>(deadline - NowMs(), 0) : -1;
    int ready = poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, INT32_MAX)));
    if (ready == 0) return ETIMEDOUT;
    if (ready < 0 && errno != EINTR) return errno;
    if (ready > 0) break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  return error;
}

// A connected, blocking socket, or the negated errno.
int ConnectTo(const sockaddr* address, socklen_t size, int64_t timeout_ms) {
  int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  int error = 0;
  if (connect(fd, address, size) != 0) error = errno == EINPROGRESS ? WaitConnected(fd, timeout_ms) : errno;
  if (error == 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK) != 0) error = errno;
  if (error != 0) {
    close(fd);
    return -error;
  }
  return fd;
}

void TuneTcp(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  int idle = kKeepAliveSeconds;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  int interval = kKeepAliveSeconds / 3;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  int probes = 3;
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

Result<int> DialUnix(const std::string& path, int64_t timeout_ms) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Fail(Status::Unavailable(ErrorText(ENAMETOOLONG)));
  std::memcpy(address.sun_path, path.data(), path.size());
  int fd = ConnectTo(reinterpret_cast<const sockaddr*>(&address), sizeof address, timeout_ms);
  if (fd < 0) return Fail(Status::Unavailable(ErrorText(-fd)));
  return fd;
}

Result<AddressList> Resolve(const std::string& host, int port, AddressFamily preferred) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  int first = preferred == AddressFamily::kIpv6 ? AF_INET6 : AF_INET;
  int second = preferred == AddressFamily::kIpv6 ? AF_INET : AF_INET6;
  std::string service = std::to_string(port);
  int error = 0;
  for (int family : {first, second}) {
    hints.ai_family = family;
    addrinfo* list = nullptr;
    error = getaddrinfo(host.c_str(), service.c_str(), &hints, &list);
    if (error == 0) return AddressList(list, freeaddrinfo);
  }
  return Fail(Status::Unavailable(gai_strerror(error)));
}

Result<int> DialTcp(const Endpoint& endpoint, const DialOptions& options) {
  Result<AddressList> addresses = Resolve(endpoint.host, endpoint.port, options.family);
  if (!addresses) return Fail(addresses.error());
  int error = EADDRNOTAVAIL;
  for (const addrinfo* a = addresses->get(); a != nullptr; a = a->ai_next) {
    int fd = ConnectTo(a->ai_addr, a->ai_addrlen, options.connect_timeout_ms);
    if (fd >= 0) {
      TuneTcp(fd);
      return fd;
    }
    error = -fd;
  }
  return Fail(Status::Unavailable(ErrorText(error)));
}

}  // namespace

std::string Endpoint::Display() const {
  if (!unix_path.empty()) return unix_path;
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<Connection> Connection::Dial(const Endpoint& endpoint, const DialOptions& options) {
  bool is_unix = !endpoint.unix_path.empty();
  Result<int> fd = is_unix ? DialUnix(endpoint.unix_path, options.connect_timeout_ms) : DialTcp(endpoint, options);
  if (fd) return Connection(*fd);
  std::string where = is_unix ? endpoint.unix_path : fmt::format("{}:{}", endpoint.host, endpoint.port);
  return Fail(fd.error().WithContext("Could not connect to Redis at " + where));
}

Result<Connection> Connection::Open(const Endpoint& endpoint, const DialOptions& options, const LoginOptions& login) {
  Result<Connection> connection = Dial(endpoint, options);
  if (connection) DUNLIN_TRY_RESULT(connection->Login(login));
  return connection;
}

Connection::Socket::~Socket() {
  if (fd_ >= 0) close(fd_);
}

Status Connection::Break(Status why) {
  broken_ = true;
  return why;
}

Status Connection::Login(const LoginOptions& options) {
  DUNLIN_TRY(Authenticate(options));
  DUNLIN_TRY(SelectDatabase(options.database));
  return options.resp3 ? SwitchToResp3() : Status::Ok();
}

Status Connection::Authenticate(const LoginOptions& options) {
  if (!options.password) return Status::Ok();
  Result<resp::Reply> reply =
      options.user ? Command({"AUTH", *options.user, *options.password}) : Command({"AUTH", *options.password});
  if (!reply) return Status::IoError("\nI/O error");
  if (reply->IsError()) return Status::Unavailable("AUTH failed: " + reply->text);
  return Status::Ok();
}

Status Connection::SelectDatabase(int database) {
  if (database == 0) return Status::Ok();
  std::string number = std::to_string(database);
  Result<resp::Reply> reply = Command({"SELECT", number});
  if (!reply) return Status::IoError("\nI/O error");
  if (reply->IsError()) return Status::Unavailable(fmt::format("SELECT {} failed: {}", database, reply->text));
  database_ = database;
  return Status::Ok();
}

Status Connection::SwitchToResp3() {
  Result<resp::Reply> reply = Command({"HELLO", "3"});
  if (!reply) return Status::IoError("\nI/O error");
  if (reply->IsError()) return Status::Unsupported("HELLO 3 failed: " + reply->text);
  resp3_ = true;
  if (const resp::Reply* version = reply->Find("version")) server_version_ = version->text;
  return Status::Ok();
}

Result<resp::Reply> Connection::Command(std::span<const std::string_view> arguments) {
  Queue(arguments);
  return Receive();
}

Result<resp::Reply> Connection::Command(std::span<const std::string> arguments) {
  Queue(arguments);
  return Receive();
}

Result<resp::Reply> Connection::Command(std::initializer_list<std::string_view> arguments) {
  Queue(arguments);
  return Receive();
}

Status Connection::Flush() {
  if (unsent_.empty()) return Status::Ok();
  std::string bytes = std::exchange(unsent_, {});
  return WriteRaw(bytes);
}

Status Connection::WriteRaw(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Break(Status::IoError(ErrorText(errno)));
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Status::Ok();
}

Result<size_t> Connection::ReadSome(char* out, size_t capacity, bool wait) {
  while (true) {
    ssize_t n = recv(fd(), out, capacity, wait ? 0 : MSG_DONTWAIT);
    if (n > 0) return static_cast<size_t>(n);
    if (n == 0) return Fail(Break(Status::Unavailable("Server closed the connection")));
    if (errno == EAGAIN || errno == EWOULDBLOCK) return size_t{0};
    if (errno != EINTR) return Fail(Break(Status::IoError(ErrorText(errno))));
    if (cancel_ != nullptr && cancel_->load()) return Fail(Status::Unavailable(std::string(kInterrupted)));
  }
}

std::optional<Result<resp::Reply>> Connection::NextParsed() {
  if (!read_ahead_.empty()) parser_.Feed(std::exchange(read_ahead_, {}));
  while (true) {
    std::optional<Result<resp::Reply>> next = parser_.Next();
    if (!next) return std::nullopt;
    if (!next->has_value()) return Fail(Break(next->error()));
    if ((*next)->kind != resp::ReplyKind::kPush || pushes_ == Pushes::kDeliver) return next;
    if (pushes_ == Pushes::kHandle) push_handler_(**next);
  }
}

Result<resp::Reply> Connection::Receive() {
  DUNLIN_TRY_RESULT(Flush());
  char buffer[kReadBytes];
  while (true) {
    if (std::optional<Result<resp::Reply>> next = NextParsed()) return std::move(*next);
    Result<size_t> n = ReadSome(buffer, sizeof buffer, true);
    if (!n) return Fail(n.error());
    parser_.Feed(std::string_view(buffer, *n));
  }
}

std::optional<Result<resp::Reply>> Connection::TryReceive() {
  if (Status flushed = Flush(); !flushed.ok()) return Fail(flushed);
  char buffer[kReadBytes];
  while (true) {
    if (std::optional<Result<resp::Reply>> next = NextParsed()) return next;
    Result<size_t> n = ReadSome(buffer, sizeof buffer, false);
    if (!n) return Fail(n.error());
    if (*n == 0) return std::nullopt;
    parser_.Feed(std::string_view(buffer, *n));
  }
}

Result<size_t> Connection::ReadRaw(char* out, size_t capacity) {
  DUNLIN_TRY_RESULT(Flush());
  if (read_ahead_.empty()) read_ahead_ = parser_.TakeRest();
  if (!read_ahead_.empty()) {
    size_t n = std::min(capacity, read_ahead_.size());
    std::memcpy(out, read_ahead_.data(), n);
    read_ahead_.erase(0, n);
    return n;
  }
  while (true) {
    ssize_t n = recv(fd(), out, capacity, 0);
    if (n >= 0) return static_cast<size_t>(n);
    if (errno != EINTR) return Fail(Break(Status::IoError(ErrorText(errno))));
    if (cancel_ != nullptr && cancel_->load()) return Fail(Status::Unavailable(std::string(kInterrupted)));
  }
}

void Connection::set_push_handler(PushHandler handler) {
  pushes_ = handler ? Pushes::kHandle : Pushes::kDrop;
  push_handler_ = std::move(handler);
}

void Connection::DeliverPushes() {
  pushes_ = Pushes::kDeliver;
  push_handler_ = nullptr;
}

}  // namespace dunlin::cli
