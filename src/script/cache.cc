#include "script/cache.h"

#include "base/ascii.h"

namespace dunlin::script {
namespace {

uint64_t BytesOf(const Script& script) { return sizeof(Script) + script.sha.capacity() + script.body.capacity(); }

}  // namespace

std::shared_ptr<const Script> ScriptCache::Find(std::string_view sha) const {
  std::string key = AsciiLowered(sha);
  MutexLock lock(mutex_);
  auto found = scripts_.find(key);
  return found == scripts_.end() ? nullptr : found->second;
}

std::shared_ptr<const Script> ScriptCache::Add(std::shared_ptr<const Script> script) {
  MutexLock lock(mutex_);
  auto [place, added] = scripts_.try_emplace(script->sha, script);
  if (added) bytes_ += BytesOf(*script);
  return place->second;
}

void ScriptCache::Clear() {
  std::unordered_map<std::string, std::shared_ptr<const Script>> dropped;
  {
    MutexLock lock(mutex_);
    dropped.swap(scripts_);
    bytes_ = 0;
  }
  generation_.fetch_add(1, std::memory_order_release);
}

ScriptCache::Stats ScriptCache::stats() const {
  MutexLock lock(mutex_);
  return {scripts_.size(), bytes_};
}

}  // namespace dunlin::script
