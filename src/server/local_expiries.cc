#include "server/local_expiries.h"

namespace dunlin::server {

void LocalExpiries::Add(DbIndex db, std::string_view key, int64_t expire_at_ms) {
  MutexLock lock(mutex_);
  Name name(db.value, key);
  auto [known, is_new] = moments_.try_emplace(name, expire_at_ms);
  if (!is_new) {
    order_.erase({known->second, name});
    known->second = expire_at_ms;
  }
  order_.emplace(expire_at_ms, std::move(name));
  count_.store(order_.size(), std::memory_order_relaxed);
}

std::vector<LocalExpiries::Key> LocalExpiries::TakeDue(int64_t now_ms, size_t limit) {
  std::vector<Key> due;
  MutexLock lock(mutex_);
  while (!order_.empty() && order_.begin()->first < now_ms && due.size() < limit) {
    Name name = order_.extract(order_.begin()).value().second;
    moments_.erase(name);
    due.push_back({DbIndex(name.first), std::move(name.second)});
  }
  count_.store(order_.size(), std::memory_order_relaxed);
  return due;
}

void LocalExpiries::Clear() {
  MutexLock lock(mutex_);
  moments_.clear();
  order_.clear();
  count_.store(0, std::memory_order_relaxed);
}

}  // namespace dunlin::server
