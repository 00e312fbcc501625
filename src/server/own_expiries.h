// Keys to which clients of a writable replica gave a time to live. The primary knows nothing of them and will not tell
// when they are to go, so the replica deletes them by itself.
//
// Thread: any.
#pragma once

#include <atomic>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"

namespace dunlin::server {

class OwnExpiries {
 public:
  using Key = std::pair<DbIndex, std::string>;

  void Add(DbIndex db, std::string key);
  void Forget(const Key& key);
  void Clear();
  size_t count() const { return count_.load(std::memory_order_relaxed); }
  // At most so many of them, each call those behind the ones of the last; all in their turn.
  std::vector<Key> Some(size_t limit);

 private:
  std::atomic<size_t> count_{0};
  Mutex mutex_;
  std::set<Key> keys_ DUNLIN_GUARDED_BY(mutex_);
  Key last_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
