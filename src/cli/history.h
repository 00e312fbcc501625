// The lines a user has typed, and the file that keeps them from one session to the next.
//
// Thread: main.
// Format: one line each, oldest first, as redis-cli writes ~/.rediscli_history; readable by its owner alone.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace dunlin::cli {

class History {
 public:
  static constexpr size_t kMaxLines = 1000;

  enum class Keep : bool { kInFile, kInMemoryOnly };

  // A line that is the same as the last one is not kept twice.
  void Add(std::string_view line, Keep keep);

  size_t size() const { return lines_.size(); }
  // 0 is the oldest. REQUIRES: index < size().
  const std::string& line(size_t index) const { return lines_[index].text; }

  // Lines of the file before those there are. A file that is not there is no error.
  Status Load(const std::string& path);
  // Replaces the file.
  Status Save(const std::string& path) const;

 private:
  struct Line {
    std::string text;
    Keep keep;
  };

  std::vector<Line> lines_;
};

}  // namespace dunlin::cli
