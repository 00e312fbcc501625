// Ctrl-C while keys are on their way: the signal waits until it is asked for, so that a batch can be finished.
//
// Thread: main; one at a time.
// While a guard lives, SIGINT, SIGTERM and SIGHUP do not end the process and a reader that went away (SIGPIPE) does not
// either. The second signal ends it at once, as if there were no guard.
#pragma once

#include <csignal>

#include "base/status.h"
#include "cli/connection.h"
#include "resp/reply.h"

namespace dunlin::cli {

class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // True once a signal has come.
  bool Interrupted();
  // Waits for a reply and watches for signals meanwhile. The first one is only noted.
  Result<resp::Reply> Receive(Connection& connection);

 private:
  void TakeSignals();

  int signal_fd_ = -1;
  bool interrupted_ = false;
  sigset_t watched_{};
  sigset_t mask_before_{};
  struct sigaction pipe_before_{};
};

}  // namespace dunlin::cli
