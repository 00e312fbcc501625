#include "cli/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

namespace dunlin::cli {
namespace {

constinit std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait for a lock");

void HandleExit(int) { _exit(1); }
void HandleRemember(int) { interrupted.store(true); }

}  // namespace

void SetOnInterrupt(OnInterrupt reaction) {
  interrupted.store(false);
  struct sigaction action{};
  action.sa_handler = reaction == OnInterrupt::kExit ? HandleExit : HandleRemember;
  sigemptyset(&action.sa_mask);
  // No SA_RESTART: a read that waits has to be woken.
  sigaction(SIGINT, &action, nullptr);
}

const std::atomic<bool>& InterruptFlag() { return interrupted; }

KeyMode::KeyMode(Signals signals) {
  if (isatty(STDIN_FILENO) == 0 || tcgetattr(STDIN_FILENO, &before_) != 0) return;
  termios mode = before_;
  mode.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
  if (signals == Signals::kOff) {
    mode.c_iflag &= ~static_cast<tcflag_t>(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    mode.c_lflag &= ~static_cast<tcflag_t>(IEXTEN | ISIG);
  }
  mode.c_cc[VMIN] = 1;
  mode.c_cc[VTIME] = 0;
  active_ = tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) == 0;
}

KeyMode::~KeyMode() {
  if (active_) tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

bool StdinIsTerminal() { return isatty(STDIN_FILENO) != 0; }

bool StdoutIsTerminal() { return isatty(STDOUT_FILENO) != 0 || std::getenv("FAKETTY") != nullptr; }

bool HasColors() {
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal).find("xterm") != std::string_view::npos;
}

size_t TerminalColumns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

Readable WaitReadable(int fd, int timeout_ms) {
  pollfd waiting[2] = {{.fd = fd, .events = POLLIN, .revents = 0},
                       {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
  if (poll(waiting, 2, timeout_ms) <= 0) return {};
  return {.connection = waiting[0].revents != 0, .standard_input = waiting[1].revents != 0};
}

}  // namespace dunlin::cli
