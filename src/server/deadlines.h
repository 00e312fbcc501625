// Moments at which somebody must be looked at, in order.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace dunlin::server {

class Deadlines {
 public:
  void Add(int64_t at_ms, uint64_t id) { in_order_.emplace(at_ms, id); }
  void Remove(int64_t at_ms, uint64_t id) { in_order_.erase({at_ms, id}); }
  // INT64_MAX when there is none.
  int64_t earliest_ms() const { return in_order_.empty() ? INT64_MAX : in_order_.begin()->first; }
  // Removes and returns those whose moment has come, the earliest first.
  std::vector<uint64_t> TakeDue(int64_t now_ms) {
    std::vector<uint64_t> due;
    while (!in_order_.empty() && in_order_.begin()->first <= now_ms) {
      due.push_back(in_order_.begin()->second);
      in_order_.erase(in_order_.begin());
    }
    return due;
  }

 private:
  std::set<std::pair<int64_t, uint64_t>> in_order_;
};

}  // namespace dunlin::server
