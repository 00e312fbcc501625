// What happened in one run: as a hash that tells two runs apart, and as lines for people when they are wanted.
//
// Thread: one at a time.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "sim/scheduler.h"

namespace dunlin::sim {

class Trace {
 public:
  // `keep` lines are kept, the last ones; `sink`, when there is one, is given each at once. Without either none is
  // made.
  struct Options {
    size_t keep = 0;
    std::function<void(std::string_view)> sink;
  };
  Trace(const Scheduler& scheduler, Options options) : scheduler_(scheduler), options_(std::move(options)) {}

  void Mix(uint64_t value) {
    hash_ ^= value + static_cast<uint64_t>(scheduler_.now_ms());
    hash_ *= 0x9e3779b97f4a7c15;
    hash_ ^= hash_ >> 29;
  }
  void Mix(std::string_view bytes) { Mix(Hash64(bytes, 0)); }
  uint64_t hash() const { return hash_; }

  bool wants_lines() const { return options_.keep > 0 || options_.sink != nullptr; }
  template <typename... Args>
  void Line(fmt::format_string<Args...> format, Args&&... args) {
    if (!wants_lines()) return;
    Keep(fmt::format("{:>9} ", scheduler_.now_ms()) + fmt::format(format, std::forward<Args>(args)...));
  }
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  void Keep(std::string line) {
    if (options_.sink) options_.sink(line);
    if (options_.keep == 0) return;
    lines_.push_back(std::move(line));
    if (lines_.size() > options_.keep) lines_.pop_front();
  }

  const Scheduler& scheduler_;
  const Options options_;
  uint64_t hash_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace dunlin::sim
