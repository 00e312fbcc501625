// The server's log, in the line form that supervisors and test suites read:
//
//     <pid>:<role> <dd Mon yyyy HH:MM:SS.mmm> <mark> <text>
//
// role: M primary, S replica, C helper process, X sentinel. mark: '.' debug, '-' verbose, '*' notice, '#' warning.
// (The form is Redis's; reference: what its log readers match.)
//
// A log file is opened for each line, so whoever rotates logs needs to tell nobody. A line that cannot be written is
// lost: there is nowhere left to say so.
//
// Thread: any.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "server/log_level.h"

namespace dunlin::server {

enum class LogRole : char {
  kPrimary = 'M',
  kReplica = 'S',
  kChild = 'C',
  kSentinel = 'X',
};

// One line with its line end. `local` is the broken-down local time. REQUIRES: level is not kNothing.
std::string FormatLogLine(int pid, LogRole role, const std::tm& local, int milliseconds, LogLevel level,
                          std::string_view text);

class Log {
 public:
  // An empty path is standard output. The path should be absolute: it is opened anew for each line.
  explicit Log(std::string path = "", LogLevel level = LogLevel::kNotice) : path_(std::move(path)), level_(level) {}
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  bool Enabled(LogLevel level) const {
    return level != LogLevel::kNothing && level >= level_.load(std::memory_order_relaxed);
  }

  void Write(LogLevel level, std::string_view text);
  // Text as it is, without the head of the line (the logo, a crash report).
  void WriteRaw(LogLevel level, std::string_view text);

  template <typename... Args>
  void Debug(fmt::format_string<Args...> format, Args&&... args) {
    Format(LogLevel::kDebug, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Verbose(fmt::format_string<Args...> format, Args&&... args) {
    Format(LogLevel::kVerbose, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Notice(fmt::format_string<Args...> format, Args&&... args) {
    Format(LogLevel::kNotice, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Warning(fmt::format_string<Args...> format, Args&&... args) {
    Format(LogLevel::kWarning, format, std::forward<Args>(args)...);
  }
  // The text is only built when it will be written.
  template <typename... Args>
  void Format(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (Enabled(level)) Write(level, fmt::format(format, std::forward<Args>(args)...));
  }

  // Lines go to the system's log too, under this name. `facility` is one of syslog(3)'s. Before others write.
  void AlsoToSyslog(std::string ident, int facility);

  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }
  void set_role(LogRole role) { role_.store(role, std::memory_order_relaxed); }
  LogRole role() const { return role_.load(std::memory_order_relaxed); }
  const std::string& path() const { return path_; }

 private:
  void Append(std::string_view bytes);

  const std::string path_;
  bool to_syslog_ = false;    // constant once others write
  std::string syslog_ident_;  // which the system keeps looking at
  std::atomic<LogLevel> level_;
  std::atomic<LogRole> role_{LogRole::kPrimary};
};

}  // namespace dunlin::server
