#include "server/oom_score.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::server {
namespace {

constexpr const char* kPath = "/proc/self/oom_score_adj";
constexpr int64_t kHighest = 1000;

Result<int64_t> ReadScore() {
  char text[32];
  int fd = open(kPath, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Fail(Status::FromErrno(kPath, errno));
  ssize_t count = read(fd, text, sizeof text);
  close(fd);
  auto score = ParseInt64(TrimBlanks(std::string_view(text, static_cast<size_t>(std::max<ssize_t>(count, 0)))));
  if (!score) return Fail(Status::Corruption(std::string(kPath) + " does not hold a number"));
  return *score;
}

Status WriteScore(int64_t score) {
  int fd = open(kPath, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return Status::FromErrno("Unable to write oom_score_adj", errno);
  std::string text = std::to_string(score);
  Status status;
  if (write(fd, text.data(), text.size()) < 0) status = Status::FromErrno("Unable to write oom_score_adj", errno);
  close(fd);
  return status;
}

}  // namespace

Status OomScore::Apply(const Settings& settings, bool is_replica) {
  if (settings.oom_score_adj == OomScoreAdj::kNo) {
    return before_ ? WriteScore(*std::exchange(before_, std::nullopt)) : Status::Ok();
  }
  int64_t before = 0;
  if (before_) {
    before = *before_;
  } else {
    auto found = ReadScore();
    if (!found) return found.error();
    before = *found;
  }
  int64_t score = settings.oom_score_adj_values[is_replica ? 1 : 0];
  if (settings.oom_score_adj == OomScoreAdj::kRelative) score += before;
  DUNLIN_TRY(WriteScore(std::clamp(score, -kHighest, kHighest)));
  before_ = before;
  return Status::Ok();
}

}  // namespace dunlin::server
