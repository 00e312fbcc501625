// The scripts that clients have sent, by the SHA-1 of their text; the same for all threads.
//
// Thread: any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"

namespace dunlin::script {

struct Script {
  std::string sha;
  std::string body;
  uint32_t flags = 0;      // script::Flag
  size_t code_offset = 0;  // where Lua begins
  // Under slot locks it would have needed a slot that its keys did not name: from then on it runs alone.
  mutable std::atomic<bool> wanders{false};
};

class ScriptCache {
 public:
  // The digits may be in any case. Null when there is none.
  std::shared_ptr<const Script> Find(std::string_view sha) const;
  // Adds it, unless it is there; returns what is there then.
  std::shared_ptr<const Script> Add(std::shared_ptr<const Script> script);
  void Clear();

  // Changes whenever scripts have been dropped.
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  struct Stats {
    uint64_t scripts = 0;
    uint64_t bytes = 0;
  };
  Stats stats() const;

 private:
  mutable Mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const Script>> scripts_ DUNLIN_GUARDED_BY(mutex_);
  uint64_t bytes_ DUNLIN_GUARDED_BY(mutex_) = 0;
  std::atomic<uint64_t> generation_{1};
};

}  // namespace dunlin::script
