#include "server/log.h"

#include <fcntl.h>
#include <sys/types.h>
#include <syslog.h>
#include <unistd.h>

#include <cerrno>

#include "base/invariant.h"

namespace dunlin::server {
namespace {

// Not strftime's: its month names follow the locale, and readers of the log do not.
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kMarks = ".-*#";
constexpr int kSyslogPriorities[] = {LOG_DEBUG, LOG_INFO, LOG_NOTICE, LOG_WARNING};

void WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

std::string FormatLogLine(int pid, LogRole role, const std::tm& local, int milliseconds, LogLevel level,
                          std::string_view text) {
  DUNLIN_INVARIANT(level < LogLevel::kNothing, "a message has a level of its own");
  return fmt::format("{}:{} {:02} {} {:04} {:02}:{:02}:{:02}.{:03} {} {}\n", pid, static_cast<char>(role),
                     local.tm_mday, kMonths[local.tm_mon], local.tm_year + 1900, local.tm_hour, local.tm_min,
                     local.tm_sec, milliseconds, kMarks[static_cast<size_t>(level)], text);
}

void Log::Write(LogLevel level, std::string_view text) {
  if (!Enabled(level)) return;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm local{};
  localtime_r(&now.tv_sec, &local);
  Append(FormatLogLine(getpid(), role(), local, static_cast<int>(now.tv_nsec / 1000000), level, text));
  if (to_syslog_) {
    syslog(kSyslogPriorities[static_cast<size_t>(level)], "%.*s", static_cast<int>(text.size()), text.data());
  }
}

void Log::AlsoToSyslog(std::string ident, int facility) {
  syslog_ident_ = std::move(ident);
  openlog(syslog_ident_.c_str(), LOG_PID | LOG_NDELAY | LOG_NOWAIT, facility);
  to_syslog_ = true;
}

void Log::WriteRaw(LogLevel level, std::string_view text) {
  if (Enabled(level)) Append(text);
}

void Log::Append(std::string_view bytes) {
  // One write() to a descriptor of its own that appends: lines of several threads do not mix, and no lock is needed.
  if (path_.empty()) return WriteAll(STDOUT_FILENO, bytes);
  int fd = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return;
  WriteAll(fd, bytes);
  close(fd);
}

}  // namespace dunlin::server
