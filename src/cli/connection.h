// A blocking connection to one server, over TCP or a Unix socket: commands out, replies in.
//
// Thread: one thread at a time.
// Errors: a Status whose message is the line that a user of redis-cli knows, without "Error: " in front:
// "Could not connect to Redis at 127.0.0.1:6379: Connection refused" from Dial, "AUTH failed: WRONGPASS ..." from
// Login, "Server closed the connection", "Connection reset by peer" or what was wrong with the bytes from everything
// else. An error that the server answers is no failure: it is a Reply that IsError().
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "resp/reply.h"

namespace dunlin::cli {

// Where a server listens.
struct Endpoint {
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string unix_path;  // a Unix socket is used instead of host and port when this is not empty

  // "host:port", with brackets around an IPv6 address, or the path.
  std::string Display() const;
};

enum class AddressFamily : uint8_t { kAny, kIpv4, kIpv6 };

struct DialOptions {
  AddressFamily family = AddressFamily::kAny;  // which addresses of a name are preferred
  int64_t connect_timeout_ms = 0;              // 0 leaves it to the operating system
};

// What is sent before the first command.
struct LoginOptions {
  std::optional<std::string> user;  // only with a password
  std::optional<std::string> password;
  int database = 0;
  bool resp3 = false;  // HELLO 3
};

class Connection {
 public:
  // Sees the pushed messages that come between replies.
  using PushHandler = std::function<void(const resp::Reply&)>;

  // Connects, without sending anything. TCP connections are kept alive and send without delay.
  static Result<Connection> Dial(const Endpoint& endpoint, const DialOptions& options);
  // Dial, then Login.
  static Result<Connection> Open(const Endpoint& endpoint, const DialOptions& options, const LoginOptions& login);

  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;

  // AUTH, SELECT, HELLO 3: whatever of them is asked for, in this order. Stops at the first that the server refuses;
  // the connection is still usable then (see broken()).
  Status Login(const LoginOptions& options);

  // Sends one command and waits for its reply.
  Result<resp::Reply> Command(std::span<const std::string_view> arguments);
  Result<resp::Reply> Command(std::span<const std::string> arguments);
  Result<resp::Reply> Command(std::initializer_list<std::string_view> arguments);

  // Pipelining: commands are collected by Queue, sent by Flush or the first Receive, answered in order.
  template <typename Arguments>
  void Queue(const Arguments& arguments) {
    resp::AppendCommand(unsent_, arguments);
  }
  void Queue(std::initializer_list<std::string_view> arguments) { resp::AppendCommand(unsent_, arguments); }
  Status Flush();
  Result<resp::Reply> Receive();

  // The next reply if it has arrived already; nothing when it would have to be waited for.
  std::optional<Result<resp::Reply>> TryReceive();

  // Bytes past the protocol, for streams that are not replies. ReadRaw waits for at least one byte and first gives what
  // was read ahead of the last reply; 0 bytes stand for the end of the stream.
  Status WriteRaw(std::string_view bytes);
  Result<size_t> ReadRaw(char* out, size_t capacity);
  // Gives bytes back that ReadRaw had handed out; whoever reads next gets them first.
  void UnreadRaw(std::string_view bytes) { read_ahead_.insert(0, bytes); }

  // Without a handler pushed messages are thrown away; kDeliver hands them out as replies.
  void set_push_handler(PushHandler handler);
  void DeliverPushes();

  // When the flag stands while Receive or ReadRaw waits and a signal arrives, they give up with kInterrupted as
  // message. The connection is still whole.
  void set_cancel_flag(const std::atomic<bool>* flag) { cancel_ = flag; }
  static constexpr std::string_view kInterrupted = "Interrupted";

  // True once bytes were lost or nonsense came: the connection is of no more use.
  bool broken() const { return broken_; }
  // The database that Login selected.
  int database() const { return database_; }
  // Login switched to RESP3.
  bool resp3() const { return resp3_; }
  // The version that the server told in its answer to HELLO; empty when it was not asked.
  const std::string& server_version() const { return server_version_; }
  int fd() const { return socket_.fd(); }
  // True when bytes that were read wait to become replies: poll on fd() would not tell.
  bool HasBufferedBytes() const { return parser_.HasBytes() || !read_ahead_.empty(); }

 private:
  enum class Pushes : uint8_t { kDrop, kHandle, kDeliver };

  // Closes what it holds.
  class Socket {
   public:
    explicit Socket(int fd) : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
      std::swap(fd_, other.fd_);
      return *this;
    }
    ~Socket();
    int fd() const { return fd_; }

   private:
    int fd_;
  };

  explicit Connection(int fd) : socket_(fd) {}

  Status Authenticate(const LoginOptions& options);
  Status SelectDatabase(int database);
  Status SwitchToResp3();
  // A reply that stands in the parser already, pushes taken care of.
  std::optional<Result<resp::Reply>> NextParsed();
  // Waits when `wait`; 0 bytes stand for "none now".
  Result<size_t> ReadSome(char* out, size_t capacity, bool wait);
  Status Break(Status why);

  Socket socket_;
  bool broken_ = false;
  int database_ = 0;
  bool resp3_ = false;
  Pushes pushes_ = Pushes::kDrop;
  PushHandler push_handler_;
  const std::atomic<bool>* cancel_ = nullptr;
  std::string server_version_;
  std::string unsent_;
  std::string read_ahead_;  // raw bytes that have been read and belong to nobody yet
  resp::ReplyParser parser_;
};

}  // namespace dunlin::cli
