#include "cli/sync.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/numbers.h"
#include "cli/format.h"

namespace dunlin::cli {
namespace {

constexpr size_t kMarkBytes = 40;
constexpr size_t kMaxLineBytes = 4096;
constexpr size_t kReadBytes = 16 * 1024;

// A line without its end. Servers send empty lines while they prepare the snapshot, to show that they are alive.
Result<std::string> ReadLine(Connection& connection) {
  std::string line;
  while (line.size() < kMaxLineBytes) {
    char c;
    Result<size_t> n = connection.ReadRaw(&c, 1);
    if (!n || *n == 0) return Fail(Status::IoError("Error reading bulk length while SYNCing"));
    if (c == '\n' && !line.empty()) return line;
    if (c != '\n' && c != '\r') line.push_back(c);
  }
  return Fail(Status::Corruption("Error reading bulk length while SYNCing"));
}

// A file that is written from its beginning, or standard output.
class Sink {
 public:
  explicit Sink(const std::string& file) : file_(file) {
    fd_ = ToStdout() ? STDOUT_FILENO : open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
    error_ = fd_ < 0 ? errno : 0;
  }
  ~Sink() {
    if (fd_ >= 0 && !ToStdout()) close(fd_);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  Status Opened() const {
    return fd_ >= 0 ? Status::Ok() : Status::FromErrno(fmt::format("Error opening '{}'", file_), error_);
  }

  Status Write(std::string_view bytes) {
    while (!bytes.empty()) {
      ssize_t n = write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return Status::FromErrno("Error writing data to file", errno);
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return Status::Ok();
  }

  Status Sync() {
    if (ToStdout() || fsync(fd_) == 0) return Status::Ok();
    return Status::FromErrno(fmt::format("Fail to fsync '{}'", file_), errno);
  }

 private:
  bool ToStdout() const { return file_ == "-"; }

  std::string file_;
  int fd_ = -1;
  int error_ = 0;
};

// The line for the user, without the code that Status::FromErrno may carry in its own words.
Status AsTransferError(const Status& failure) {
  return failure.message().starts_with("Error") ? failure
                                                : Status::IoError("I/O Error reading RDB payload from socket");
}

}  // namespace

Result<SnapshotReader> SnapshotReader::Start(Connection& connection) {
  Result<std::string> line = ReadLine(connection);
  if (!line) return Fail(line.error());
  if (line->starts_with('-')) return Fail(Status::Unavailable("SYNC with master failed: " + *line));
  SnapshotReader reader(connection);
  if (line->starts_with("+FULLRESYNC") || line->starts_with("+CONTINUE")) {
    fmt::print(stderr, "PSYNC replied {}\n", *line);
    reader.is_partial_ = line->starts_with("+CONTINUE");
    if (reader.is_partial_) {
      reader.at_end_ = true;
      return reader;
    }
    line = ReadLine(connection);
    if (!line) return Fail(line.error());
  }
  if (line->starts_with("$EOF:") && line->size() >= 5 + kMarkBytes) {
    reader.mark_ = line->substr(5, kMarkBytes);
    return reader;
  }
  std::optional<uint64_t> length =
      line->starts_with('$') ? ParseUint64(std::string_view(*line).substr(1)) : std::nullopt;
  if (!length) return Fail(Status::Corruption("Error reading bulk length while SYNCing"));
  reader.length_ = length;
  return reader;
}

Result<std::string> SnapshotReader::Read() {
  if (at_end_) return std::string();
  if (!length_) return ReadUpToMark();
  uint64_t missing = *length_ - bytes_read_;
  if (missing == 0) {
    at_end_ = true;
    return std::string();
  }
  std::string bytes(std::min<uint64_t>(missing, kReadBytes), '\0');
  Result<size_t> n = connection_->ReadRaw(bytes.data(), bytes.size());
  if (!n) return Fail(n.error());
  if (*n == 0) return Fail(Status::Unavailable("Server closed the connection"));
  bytes.resize(*n);
  bytes_read_ += *n;
  return bytes;
}

// Everything that cannot be part of the mark any more.
Result<std::string> SnapshotReader::ReadUpToMark() {
  while (true) {
    size_t mark = held_.find(mark_);
    if (mark != std::string::npos) {
      connection_->UnreadRaw(std::string_view(held_).substr(mark + kMarkBytes));
      held_.resize(mark);
      at_end_ = true;
      bytes_read_ += mark;
      return std::move(held_);
    }
    if (held_.size() >= kReadBytes) {
      std::string bytes = held_.substr(0, held_.size() - (kMarkBytes - 1));
      held_.erase(0, bytes.size());
      bytes_read_ += bytes.size();
      return bytes;
    }
    char buffer[kReadBytes];
    Result<size_t> n = connection_->ReadRaw(buffer, sizeof buffer);
    if (!n) return Fail(n.error());
    if (*n == 0) return Fail(Status::Unavailable("Server closed the connection"));
    held_.append(buffer, *n);
  }
}

Result<bool> SendReplConf(Connection& connection, std::string_view name, std::string_view value) {
  fmt::print(stderr, "sending REPLCONF {} {}\n", name, value);
  Result<resp::Reply> reply = connection.Command({"REPLCONF", name, value});
  if (!reply) return Fail(Status::IoError("\nI/O error"));
  if (reply->IsError()) fmt::print(stderr, "REPLCONF {} error: {}\n", name, reply->text);
  return !reply->IsError();
}

Status FetchSnapshot(Connection& connection, const std::string& file, SnapshotContent content) {
  if (Result<bool> sent = SendReplConf(connection, "capa", "eof"); !sent) return sent.error();
  if (Result<bool> sent = SendReplConf(connection, "rdb-only", "1"); !sent) return sent.error();
  if (content == SnapshotContent::kFunctions) {
    Result<bool> sent = SendReplConf(connection, "rdb-filter-only", "functions");
    if (!sent) return sent.error();
    if (!*sent) return Status::Unsupported("Failed requesting functions only RDB from server, aborting");
  }
  DUNLIN_TRY(connection.WriteRaw("SYNC\r\n"));
  Result<SnapshotReader> reader = SnapshotReader::Start(connection);
  if (!reader) return reader.error();
  if (reader->length()) {
    fmt::print(stderr, "SYNC sent to master, writing {} bytes to '{}'\n", *reader->length(), file);
  } else {
    fmt::print(stderr, "SYNC sent to master, writing bytes of bulk transfer until EOF marker to '{}'\n", file);
  }
  Sink sink(file);
  DUNLIN_TRY(sink.Opened());
  while (true) {
    Result<std::string> bytes = reader->Read();
    if (!bytes) return AsTransferError(bytes.error());
    if (bytes->empty()) break;
    DUNLIN_TRY(sink.Write(*bytes));
  }
  if (reader->length()) {
    fmt::print(stderr, "Transfer finished with success.\n");
  } else {
    fmt::print(stderr, "Transfer finished with success after {} bytes\n", reader->bytes_read());
  }
  return sink.Sync();
}

namespace {

Status DiscardSnapshot(Connection& connection) {
  Result<SnapshotReader> reader = SnapshotReader::Start(connection);
  if (!reader) return reader.error();
  if (reader->is_partial()) {
    fmt::print(stderr, "Partial resync with master...\n");
  } else if (reader->length()) {
    fmt::print(stderr, "Full resync with master, discarding {} bytes of bulk transfer...\n", *reader->length());
  } else {
    fmt::print(stderr, "Full resync with master, discarding bytes of bulk transfer until EOF marker...\n");
  }
  while (true) {
    Result<std::string> bytes = reader->Read();
    if (!bytes) return Status::IoError("Error reading RDB payload while Full resyncing");
    if (bytes->empty()) break;
  }
  if (reader->length() || reader->is_partial()) {
    fmt::print(stderr, "{} done. Logging commands from master.\n",
               reader->is_partial() ? "Partial resync" : "Full resync");
    return Status::Ok();
  }
  fmt::print(stderr, "Full resync done after {} bytes. Logging commands from master.\n", reader->bytes_read());
  return Status::Ok();
}

Status Acknowledge(Connection& connection) {
  std::string bytes;
  resp::AppendCommand(bytes, {"REPLCONF", "ACK", "0"});
  return connection.WriteRaw(bytes);
}

}  // namespace

Status FollowReplication(Connection& connection) {
  DUNLIN_TRY(DiscardSnapshot(connection));
  // A primary that streamed the snapshot keeps the commands back until its replica has spoken, and does not hear what
  // is said before it has noticed the end of its own sending. So it is said again while nothing comes.
  constexpr int kRepeatMs = 1000;
  bool heard = false;
  while (true) {
    std::optional<Result<resp::Reply>> command = connection.TryReceive();
    if (!command) {
      if (!heard) DUNLIN_TRY(Acknowledge(connection));
      pollfd waiting{.fd = connection.fd(), .events = POLLIN, .revents = 0};
      poll(&waiting, 1, heard ? -1 : kRepeatMs);
      continue;
    }
    if (!command->has_value()) return command->error();
    heard = true;
    std::string line = FormatReply(**command, {.form = OutputForm::kCsv});
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fflush(stdout);
  }
}

}  // namespace dunlin::cli
