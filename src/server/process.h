// The process among others: its parent, its supervisor, its pid file, its terminal.
//
// Thread: main, before the server's threads start, but for NotifySystemd() and RemovePidFile(), which any thread may
// call.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "server/settings.h"

namespace dunlin::server {

// A process that goes on in the background while the one that was started waits to hear how the start went and ends
// with that: with status 0, or with status 1 and the reason on standard error. So whoever starts a daemon learns of a
// port in use as if it had stayed in the foreground.
class Background {
 public:
  // Forks. Returns only in the process that goes on, which has left its terminal and group; its standard input and
  // outputs are /dev/null.
  static Result<Background> Enter();
  Background(Background&& other) noexcept;
  Background& operator=(Background&&) = delete;
  ~Background();

  // One of the two, once. The destructor says Failed() when neither was called.
  void Started();
  void Failed(std::string_view reason);

 private:
  explicit Background(int pipe_fd) : pipe_fd_(pipe_fd) {}
  void Tell(std::string_view bytes);

  int pipe_fd_;
};

// What `supervised` comes to here: "auto" looks who started us, and a supervisor that cannot be talked to is none.
Supervision SupervisionOf(const Settings& settings);
// Stops this process until upstart lets it go on.
void WaitForUpstart();
// Tells systemd a line or more of its notification protocol ("READY=1\n"). What cannot be said is lost.
void NotifySystemd(std::string_view text);

// A supervised process stays where its supervisor sees it.
bool RunsInBackground(const Settings& settings);

// The path of the pid file that the settings ask for, absolute; empty: none.
std::string PidFilePath(const Settings& settings);
Status CreatePidFile(const std::string& path);
void RemovePidFile(const std::string& path);

}  // namespace dunlin::server
