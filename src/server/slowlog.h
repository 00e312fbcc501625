// The commands that took long: SLOWLOG's memory.
//
// Bounds: as many entries as the caller allows, each with at most 32 arguments of 128 bytes.
//
// Thread: any.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace dunlin::server {

class Slowlog {
 public:
  struct Entry {
    int64_t id = 0;  // counts from 0 and never again
    int64_t time_s = 0;
    int64_t duration_us = 0;
    std::vector<std::string> args;
    std::string client_address;
    std::string client_name;
  };

  // Takes over all but the id. What is too long is shortened, as are arguments beyond the bound; the oldest entries
  // make room.
  void Add(Entry entry, std::span<const std::string_view> args, size_t max_entries);
  // The newest first.
  std::vector<Entry> Newest(size_t count) const;
  size_t size() const;
  void Clear();

 private:
  mutable Mutex mutex_;
  std::deque<Entry> entries_ DUNLIN_GUARDED_BY(mutex_);  // the newest first
  int64_t next_id_ DUNLIN_GUARDED_BY(mutex_) = 0;
};

}  // namespace dunlin::server
