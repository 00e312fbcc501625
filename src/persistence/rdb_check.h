// Looks at an RDB file from front to back and prints what it finds, as redis-check-rdb does.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string_view>

#include "persistence/files.h"
#include "snapshot/rdb_reader.h"

namespace dunlin::persistence {

class RdbCheck {
 public:
  // `now_ms` tells which keys have expired.
  RdbCheck(std::FILE* out, int64_t now_ms) : out_(out), now_ms_(now_ms) {}

  void Begin(std::string_view path);
  // True when all is well up to the end of the RDB file; what follows it in `file` is not looked at. end_offset() is
  // where it begins.
  bool Run(ReadableFile& file);
  uint64_t end_offset() const { return end_offset_; }

 private:
  // False when there is nothing more to look at, for better or worse.
  bool Look(snapshot::RdbReader& reader, const snapshot::RdbEvent& event);
  void Info(uint64_t offset, std::string_view text);
  void Failure(const snapshot::RdbReader& reader, std::string_view why);
  void Counts();

  std::FILE* out_;
  const int64_t now_ms_;
  uint64_t keys_ = 0;
  uint64_t expires_ = 0;
  uint64_t expired_ = 0;
  uint64_t end_offset_ = 0;
  bool well_ = false;
};

}  // namespace dunlin::persistence
