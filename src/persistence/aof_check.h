// Looks at append-only files and makes short work of their broken ends, as redis-check-aof does: one old file, or all
// that a manifest names.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "persistence/check_tools.h"
#include "persistence/manifest.h"

namespace dunlin::persistence {

class AofCheck {
 public:
  struct Options {
    bool fix = false;
    // Cut where a later time begins.
    std::optional<int64_t> truncate_to_seconds;
  };

  AofCheck(const ToolSurroundings& around, const Options& options) : around_(around), options_(options) {}

  // False when something is wrong and stays so; everything has been said.
  bool Run(const std::string& path);

 private:
  enum class Verdict : uint8_t { kValid, kEmpty, kTruncated, kTimestampTruncated, kBroken };
  struct File {
    std::string name;  // as it is printed
    std::string path;
    bool last;      // only the last one may be cut
    bool preamble;  // begins with an RDB file
  };
  // What was found in one file.
  struct Findings {
    uint64_t size = 0;
    uint64_t valid_up_to = 0;
    uint64_t line = 1;
    std::optional<uint64_t> cut_at;  // a timestamp that is too late
    bool failed = false;             // and said so
  };

  enum class Format : uint8_t { kManifest, kRdb, kResp };
  std::optional<Format> FormatOf(const std::string& path);
  bool RunMultiPart(const std::string& path);
  bool RunOldStyle(const std::string& path, bool preamble);
  bool RunFile(const File& file, const char* kind);
  Verdict Check(const File& file);
  Verdict CheckPreamble(const File& file);
  Findings Read(const File& file);
  Verdict CutAtTimestamp(const File& file, uint64_t offset);
  Verdict CutTail(const File& file, const Findings& found);
  // Prints the line; kBroken.
  Verdict Broken(const std::string& line);
  void Print(const std::string& line);

  const ToolSurroundings around_;
  const Options options_;
};

}  // namespace dunlin::persistence
