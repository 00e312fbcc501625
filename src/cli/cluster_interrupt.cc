#include "cli/cluster_interrupt.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <optional>

#include "base/invariant.h"

namespace dunlin::cli {

InterruptGuard::InterruptGuard() {
  sigemptyset(&watched_);
  for (int signal_number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&watched_, signal_number);
  sigprocmask(SIG_BLOCK, &watched_, &mask_before_);
  signal_fd_ = signalfd(-1, &watched_, SFD_NONBLOCK | SFD_CLOEXEC);
  DUNLIN_INVARIANT(signal_fd_ >= 0, "a process that has just started has descriptors left");
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, &pipe_before_);
}

InterruptGuard::~InterruptGuard() {
  // What has been noted has been obeyed by now.
  TakeSignals();
  close(signal_fd_);
  sigaction(SIGPIPE, &pipe_before_, nullptr);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void InterruptGuard::TakeSignals() {
  signalfd_siginfo info{};
  while (read(signal_fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (interrupted_) {
      sigprocmask(SIG_UNBLOCK, &watched_, nullptr);
      raise(static_cast<int>(info.ssi_signo));
    }
    interrupted_ = true;
  }
}

bool InterruptGuard::Interrupted() {
  TakeSignals();
  return interrupted_;
}

Result<resp::Reply> InterruptGuard::Receive(Connection& connection) {
  while (true) {
    if (std::optional<Result<resp::Reply>> reply = connection.TryReceive()) return std::move(*reply);
    pollfd waiting[2] = {{.fd = connection.fd(), .events = POLLIN, .revents = 0},
                         {.fd = signal_fd_, .events = POLLIN, .revents = 0}};
    poll(waiting, 2, -1);
    if (waiting[1].revents != 0) TakeSignals();
  }
}

}  // namespace dunlin::cli
