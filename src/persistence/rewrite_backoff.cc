#include "persistence/rewrite_backoff.h"

#include <algorithm>

namespace dunlin::persistence {
namespace {

constexpr int kFailuresBeforeWaiting = 3;
constexpr int kLongestWaitMinutes = 60;
constexpr int64_t kMinuteMs = 60'000;

}  // namespace

bool RewriteBackoff::MustWait(int64_t now_ms, std::optional<std::string>* note) {
  if (failures_ < kFailuresBeforeWaiting) {
    delay_minutes_ = 0;
    wait_until_ms_.reset();
    return false;
  }
  if (wait_until_ms_) {
    if (now_ms < *wait_until_ms_) return true;
    wait_until_ms_.reset();
    return false;
  }
  delay_minutes_ = std::clamp(delay_minutes_ * 2, 1, kLongestWaitMinutes);
  wait_until_ms_ = now_ms + delay_minutes_ * kMinuteMs;
  *note = "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in " +
          std::to_string(delay_minutes_) + " minutes";
  return true;
}

}  // namespace dunlin::persistence
