// Keys whose waiting clients are to be served, in the order in which they became ready. A key that stands here already
// keeps its place; one that was taken may come again.
//
// Thread: one at a time.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "commands/changes.h"

namespace dunlin::server {

class ReadyKeys {
 public:
  using Key = commands::Changes::Key;

  bool empty() const { return line_.empty(); }
  void Add(Key key) {
    if (known_.emplace(key.db, key.key).second) line_.push_back(std::move(key));
  }
  std::optional<Key> Take() {
    if (line_.empty()) return std::nullopt;
    Key key = std::move(line_.front());
    line_.pop_front();
    known_.erase({key.db, key.key});
    return key;
  }

 private:
  std::deque<Key> line_;
  std::set<std::pair<DbIndex, std::string>> known_;
};

}  // namespace dunlin::server
