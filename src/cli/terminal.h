// The terminal and the signals of the process.
//
// Thread: main. The interrupt flag alone is set by a signal.
#pragma once

#include <termios.h>

#include <atomic>
#include <string>

namespace dunlin::cli {

// Ctrl-C. A signal handler can reach nothing but what is static, so there is one flag for the process.
enum class OnInterrupt : uint8_t {
  kExit,      // the process ends with status 1
  kRemember,  // the flag is set and waiting system calls are woken
};
// Decides what SIGINT does from now on; clears the flag.
void SetOnInterrupt(OnInterrupt reaction);
const std::atomic<bool>& InterruptFlag();

// Standard input gives each key at once and shows none of them, until the object is gone. Does nothing when it is no
// terminal.
class KeyMode {
 public:
  enum class Signals : bool { kOff, kOn };  // whether Ctrl-C is a signal or a byte
  explicit KeyMode(Signals signals);
  ~KeyMode();
  KeyMode(const KeyMode&) = delete;
  KeyMode& operator=(const KeyMode&) = delete;

  bool active() const { return active_; }

 private:
  bool active_ = false;
  termios before_{};
};

bool StdinIsTerminal();
// Standard output is a terminal, or FAKETTY asks to behave as if.
bool StdoutIsTerminal();
// TERM names a terminal that understands colours.
bool HasColors();
// Columns of the terminal; 80 when it does not tell.
size_t TerminalColumns();

// Waits until `fd` (or standard input) has something to read.
struct Readable {
  bool connection = false;
  bool standard_input = false;
};
Readable WaitReadable(int fd, int timeout_ms);

}  // namespace dunlin::cli
