// When an automatic rewrite of the append-only file may be tried again after failures: at once up to three failures in
// a row, then after a minute, then two, four ... up to an hour. A rewrite that somebody asked for is always tried.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dunlin::persistence {

class RewriteBackoff {
 public:
  void Failed() { ++failures_; }
  void Succeeded() { failures_ = 0; }
  // Somebody asked for a rewrite.
  void Forget() { failures_ = 0; }

  // Whether an automatic rewrite must wait. When a wait begins, `note` gets the line to be logged.
  bool MustWait(int64_t now_ms, std::optional<std::string>* note);
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
  int delay_minutes_ = 0;
  std::optional<int64_t> wait_until_ms_;
};

}  // namespace dunlin::persistence
