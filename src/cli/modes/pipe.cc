// --pipe: standard input goes to the server as it is, and the replies are counted.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/random.h"
#include "cli/modes/modes.h"

namespace dunlin::cli {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kMarkBytes = 20;
constexpr int kTickMs = 1000;

class Pipe {
 public:
  Pipe(Connection& connection, int timeout_seconds)
      : connection_(connection), timeout_us_(int64_t{timeout_seconds} * 1'000'000) {
    Random random(static_cast<uint64_t>(MonotonicMicroseconds()) ^ static_cast<uint64_t>(getpid()) << 32);
    for (size_t i = 0; i < kMarkBytes; ++i) mark_.push_back(static_cast<char>(random.Below(256)));
  }

  int Run() {
    heard_at_ = MonotonicMicroseconds();
    while (!done_) {
      if (pending_.empty() && !at_end_ && !ReadInput()) return 1;
      pollfd waiting{.fd = connection_.fd(), .events = POLLIN, .revents = 0};
      if (!pending_.empty()) waiting.events |= POLLOUT;
      poll(&waiting, 1, kTickMs);
      if ((waiting.revents & (POLLIN | POLLERR | POLLHUP)) != 0 && !ReadReplies()) return 1;
      if ((waiting.revents & POLLOUT) != 0 && !done_ && !WriteInput()) return 1;
      if (at_end_ && timeout_us_ > 0 && MonotonicMicroseconds() - heard_at_ > timeout_us_) {
        fmt::print(stderr, "No replies for {} seconds: exiting.\n", timeout_us_ / 1'000'000);
        ++errors_;
        break;
      }
    }
    fmt::print("errors: {}, replies: {}\n", errors_, replies_);
    return errors_ > 0 ? 1 : 0;
  }

 private:
  bool ReadInput() {
    char bytes[kReadBytes];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) return true;
    if (n < 0) {
      fmt::print(stderr, "Error reading from stdin: {}\n", std::strerror(errno));
      return false;
    }
    if (n > 0) {
      pending_.assign(bytes, static_cast<size_t>(n));
      return true;
    }
    at_end_ = true;
    heard_at_ = MonotonicMicroseconds();
    // The answer to this last command tells that everything before it has been answered. The empty line in front closes
    // whatever was left open; a server skips it otherwise.
    pending_ = "\r\n";
    resp::AppendCommand(pending_, {"ECHO", mark_});
    fmt::print("All data transferred. Waiting for the last reply...\n");
    std::fflush(stdout);
    return true;
  }

  bool WriteInput() {
    ssize_t n = send(connection_.fd(), pending_.data(), pending_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      pending_.erase(0, static_cast<size_t>(n));
      return true;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return true;
    fmt::print(stderr, "Error writing to the server: {}\n", std::strerror(errno));
    return false;
  }

  bool ReadReplies() {
    while (std::optional<Result<resp::Reply>> next = connection_.TryReceive()) {
      if (!next->has_value()) {
        fmt::print(stderr, "Error reading replies from server\n");
        return false;
      }
      heard_at_ = MonotonicMicroseconds();
      const resp::Reply& reply = **next;
      if (at_end_ && reply.kind == resp::ReplyKind::kString && reply.text == mark_) {
        fmt::print("Last reply received from server.\n");
        done_ = true;
        return true;
      }
      ++replies_;
      if (reply.IsError()) {
        fmt::print(stderr, "{}\n", reply.text);
        ++errors_;
      }
    }
    return true;
  }

  Connection& connection_;
  const int64_t timeout_us_;
  std::string mark_;
  std::string pending_;  // read and not sent yet
  bool at_end_ = false;
  bool done_ = false;
  int64_t heard_at_ = 0;
  int64_t errors_ = 0;
  int64_t replies_ = 0;
};

}  // namespace

int RunPipe(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  return Pipe(*connection, options.modes.pipe_timeout_seconds).Run();
}

}  // namespace dunlin::cli
