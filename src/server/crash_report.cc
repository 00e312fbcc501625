#include "server/crash_report.h"

#include <execinfo.h>
#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/invariant.h"
#include "base/numbers.h"
#include "server/config.h"

namespace dunlin::server {
namespace {

constexpr int kFaults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int kMaxFrames = 100;

char log_path[PATH_MAX];
volatile sig_atomic_t reporting = 0;

// A line in a buffer of its own, because nothing may be allocated.
class Line {
 public:
  Line& operator<<(std::string_view text) {
    size_t size = std::min(text.size(), sizeof bytes_ - size_);
    std::memcpy(bytes_ + size_, text.data(), size);
    size_ += size;
    return *this;
  }
  Line& operator<<(int64_t number) {
    char digits[kInt64Digits];
    auto size = static_cast<size_t>(FormatInt64(number, digits));
    return *this << std::string_view(digits, size);
  }
  Line& Hex(uint64_t number) {
    char digits[2 + 2 * sizeof number] = {'0', 'x'};
    for (size_t i = 0; i < 2 * sizeof number; ++i)
      digits[sizeof digits - 1 - i] = "0123456789abcdef"[number >> 4 * i & 15];
    return *this << std::string_view(digits, sizeof digits);
  }
  void WriteTo(int fd) { [[maybe_unused]] ssize_t n = write(fd, bytes_, size_); }

 private:
  char bytes_[1024];
  size_t size_ = 0;
};

int OpenLog() {
  return log_path[0] == '\0' ? STDOUT_FILENO : open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
}

void WriteStack(int fd) {
  (Line() << "\n------ STACK TRACE ------\n").WriteTo(fd);
  void* frames[kMaxFrames];
  backtrace_symbols_fd(frames, backtrace(frames, kMaxFrames), fd);
}

void OnFault(int signal_number, siginfo_t* info, void*) {
  // A second fault, while the first is told, ends it.
  if (reporting == 0) {
    reporting = 1;
    int fd = OpenLog();
    (Line() << "\n\n=== REDIS BUG REPORT START ===\n").WriteTo(fd);
    (Line() << int64_t{getpid()} << " # Redis " << kCompatibleRedisVersion
            << " crashed by signal: " << int64_t{signal_number} << ", si_code: " << int64_t{info->si_code} << "\n")
        .WriteTo(fd);
    if (info->si_code == SI_USER) {
      (Line() << "Killed by PID: " << int64_t{info->si_pid} << ", UID: " << int64_t{info->si_uid} << "\n").WriteTo(fd);
    } else if (signal_number == SIGSEGV || signal_number == SIGBUS) {
      (Line() << "Accessing address: ").Hex(reinterpret_cast<uint64_t>(info->si_addr)).operator<<("\n").WriteTo(fd);
    }
    WriteStack(fd);
    (Line() << "\n=== REDIS BUG REPORT END ===\n").WriteTo(fd);
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

void OnInvariantBroken(const char* text) {
  (Line() << "=== ASSERTION FAILED ===\n==> " << text << "\n").WriteTo(OpenLog());
}

}  // namespace

void InstallCrashReport(const std::string& path) {
  if (path.size() >= sizeof log_path) return;
  std::memcpy(log_path, path.c_str(), path.size() + 1);
  void* frame;
  backtrace(&frame, 1);
  SetLastWords(OnInvariantBroken);
  struct sigaction action = {};
  action.sa_sigaction = OnFault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  for (int fault : kFaults) sigaction(fault, &action, nullptr);
}

void RemoveCrashReport() {
  SetLastWords(nullptr);
  for (int fault : kFaults) std::signal(fault, SIG_DFL);
}

}  // namespace dunlin::server
