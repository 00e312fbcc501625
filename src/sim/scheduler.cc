#include "sim/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"

namespace dunlin::sim {

void Scheduler::At(int64_t at_ms, Action action) {
  DUNLIN_INVARIANT(at_ms >= now_ms_, "nothing happens in the past");
  heap_.push_back({at_ms, next_serial_++, std::move(action)});
  std::ranges::push_heap(heap_, ComesLater);
}

bool Scheduler::RunNext(int64_t until_ms) {
  if (heap_.empty() || heap_.front().at_ms > until_ms) {
    now_ms_ = std::max(now_ms_, until_ms);
    return false;
  }
  std::ranges::pop_heap(heap_, ComesLater);
  Entry entry = std::move(heap_.back());
  heap_.pop_back();
  now_ms_ = entry.at_ms;
  ++steps_;
  entry.action();
  return true;
}

}  // namespace dunlin::sim
