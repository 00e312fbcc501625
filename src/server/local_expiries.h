// Keys that clients of a writable replica have given an expiry. The primary knows nothing of them, so nobody but the
// replica itself will ever delete them; all other keys with an expiry are the primary's business.
//
// Thread: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/mutex.h"

namespace dunlin::server {

class LocalExpiries {
 public:
  struct Key {
    DbIndex db;
    std::string key;
  };

  // The key expires at this moment, whatever was said of it before.
  void Add(DbIndex db, std::string_view key, int64_t expire_at_ms);
  // Gives out, and forgets, at most `limit` keys whose moment is past.
  std::vector<Key> TakeDue(int64_t now_ms, size_t limit);
  void Clear();
  size_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  using Name = std::pair<uint16_t, std::string>;

  std::atomic<size_t> count_{0};
  Mutex mutex_;
  std::map<Name, int64_t> moments_ DUNLIN_GUARDED_BY(mutex_);
  std::set<std::pair<int64_t, Name>> order_ DUNLIN_GUARDED_BY(mutex_);
};

}  // namespace dunlin::server
