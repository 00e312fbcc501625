// The manifest of the append-only files: which files make up the data, and in which order.
//
//   file appendonly.aof.2.base.rdb seq 2 type b
//   file appendonly.aof.1.incr.aof seq 1 type h
//   file appendonly.aof.2.incr.aof seq 2 type i
//
// One base file at most, b; then history, h, which is no longer needed and about to be removed; then increments, i, in
// their order. Lines that begin with '#' are comments. A name is quoted when it has blanks, quotes or unprintable
// characters. Unknown pairs of words are passed over.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace dunlin::persistence {

struct ManifestFile {
  std::string name;  // without a folder
  int64_t sequence = 0;

  bool operator==(const ManifestFile&) const = default;
};

struct Manifest {
  std::optional<ManifestFile> base;
  std::vector<ManifestFile> history;
  std::vector<ManifestFile> increments;  // sequence numbers rise
  // The highest ones given out; those of files are not above them.
  int64_t last_base_sequence = 0;
  int64_t last_increment_sequence = 0;

  bool empty() const { return !base && increments.empty(); }
  // Whether it has a file of this name, history included.
  bool Names(std::string_view name) const;
  std::string ToText() const;

  // These change the struct alone, and return the new file's name. `file_name` is appendfilename.
  const std::string& AddIncrement(std::string_view file_name);
  // The base so far becomes history.
  const std::string& ReplaceBase(std::string_view file_name, bool rdb_format);
  // All increments but the last `keep` become history.
  void RetireIncrements(size_t keep);

  bool operator==(const Manifest&) const = default;
};

// Why a text is no manifest.
struct ManifestError {
  int line = 0;          // 0: no line in particular
  std::string text;      // of the line
  std::string_view why;  // in Redis's words

  // As Redis logs it.
  std::vector<std::string> LogLines() const;
  // kCorruption, with all of it in one line.
  Status ToStatus() const;
};

std::expected<Manifest, ManifestError> ParseManifest(std::string_view text);

// "appendonly.aof" -> "appendonly.aof.manifest", and the file that is written before it is renamed to that.
std::string ManifestName(std::string_view file_name);
std::string TemporaryManifestName(std::string_view file_name);
// What an unfinished rewrite leaves behind.
std::string TemporaryBaseName(std::string_view file_name);
std::string TemporaryIncrementName(std::string_view file_name);

}  // namespace dunlin::persistence
