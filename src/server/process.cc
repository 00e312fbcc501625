#include "server/process.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <utility>

namespace dunlin::server {
namespace {

// What is told through the pipe when all is well; anything else is a reason.
constexpr std::string_view kStartedWord = "started";
constexpr std::string_view kUsualPidFile = "/var/run/redis.pid";

bool WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// What the process in the background has to say, then the end.
[[noreturn]] void WaitAndExit(int pipe_fd) {
  std::string told;
  char piece[1024];
  while (true) {
    ssize_t count = read(pipe_fd, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    told.append(piece, static_cast<size_t>(count));
  }
  if (told == kStartedWord) _exit(0);
  if (told.empty()) told = "The server ended while it was starting.";
  std::fprintf(stderr, "%s\n", told.c_str());
  std::fflush(stderr);
  _exit(1);
}

void LeaveTerminal() {
  setsid();
  int null = open("/dev/null", O_RDWR);
  if (null < 0) return;
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, fd);
  if (null > STDERR_FILENO) close(null);
}

}  // namespace

Result<Background> Background::Enter() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Fail(Status::FromErrno("pipe", errno));
  pid_t child = fork();
  if (child < 0) {
    Status status = Status::FromErrno("fork", errno);
    close(ends[0]);
    close(ends[1]);
    return Fail(std::move(status));
  }
  if (child > 0) {
    close(ends[1]);
    WaitAndExit(ends[0]);
  }
  close(ends[0]);
  LeaveTerminal();
  return Background(ends[1]);
}

Background::Background(Background&& other) noexcept : pipe_fd_(std::exchange(other.pipe_fd_, -1)) {}

Background::~Background() { Tell(""); }

void Background::Started() { Tell(kStartedWord); }

void Background::Failed(std::string_view reason) { Tell(reason); }

void Background::Tell(std::string_view bytes) {
  if (pipe_fd_ < 0) return;
  WriteAll(pipe_fd_, bytes);
  close(std::exchange(pipe_fd_, -1));
}

Supervision SupervisionOf(const Settings& settings) {
  bool upstart = std::getenv("UPSTART_JOB") != nullptr;
  bool systemd = std::getenv("NOTIFY_SOCKET") != nullptr;
  switch (settings.supervised) {
    case Supervision::kNone: break;
    case Supervision::kUpstart: return upstart ? Supervision::kUpstart : Supervision::kNone;
    case Supervision::kSystemd: return systemd ? Supervision::kSystemd : Supervision::kNone;
    case Supervision::kAuto:
      if (upstart) return Supervision::kUpstart;
      if (systemd) return Supervision::kSystemd;
      break;
  }
  return Supervision::kNone;
}

void WaitForUpstart() {
  raise(SIGSTOP);
  unsetenv("UPSTART_JOB");
}

void NotifySystemd(std::string_view text) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || *path == '\0' || std::strlen(path) >= sizeof address.sun_path) return;
  size_t length = std::strlen(path);
  std::memcpy(address.sun_path, path, length);
  // An '@' stands for the byte 0 of names that are no files.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  sendto(fd, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  close(fd);
}

bool RunsInBackground(const Settings& settings) {
  return settings.daemonize && SupervisionOf(settings) == Supervision::kNone;
}

std::string PidFilePath(const Settings& settings) {
  if (settings.pidfile.empty()) return std::string(RunsInBackground(settings) ? kUsualPidFile : "");
  return (std::filesystem::path(settings.dir) / settings.pidfile).string();
}

Status CreatePidFile(const std::string& path) {
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return Status::FromErrno(path, errno);
  Status status = WriteAll(fd, std::to_string(getpid()) + "\n") ? Status::Ok() : Status::FromErrno(path, errno);
  close(fd);
  return status;
}

void RemovePidFile(const std::string& path) {
  if (!path.empty()) unlink(path.c_str());
}

}  // namespace dunlin::server
