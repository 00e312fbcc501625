#include "server/own_expiries.h"

namespace dunlin::server {

void OwnExpiries::Add(DbIndex db, std::string key) {
  MutexLock lock(mutex_);
  keys_.emplace(db, std::move(key));
  count_.store(keys_.size(), std::memory_order_relaxed);
}

void OwnExpiries::Forget(const Key& key) {
  MutexLock lock(mutex_);
  keys_.erase(key);
  count_.store(keys_.size(), std::memory_order_relaxed);
}

void OwnExpiries::Clear() {
  if (count() == 0) return;
  MutexLock lock(mutex_);
  keys_.clear();
  count_.store(0, std::memory_order_relaxed);
}

std::vector<OwnExpiries::Key> OwnExpiries::Some(size_t limit) {
  std::vector<Key> some;
  if (count() == 0) return some;
  MutexLock lock(mutex_);
  auto at = keys_.upper_bound(last_);
  while (some.size() < limit && some.size() < keys_.size()) {
    if (at == keys_.end()) at = keys_.begin();
    some.push_back(*at++);
  }
  if (!some.empty()) last_ = some.back();
  return some;
}

}  // namespace dunlin::server
