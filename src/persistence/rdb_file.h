// An RDB file on disk: written beside the old one and put in its place when it is complete, and read in pieces.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "persistence/files.h"
#include "snapshot/rdb_reader.h"

namespace dunlin::persistence {

// The new file. Until Finish() the old one stays as it is; an object that goes without Finish() removes what it wrote.
class RdbFileWriter {
 public:
  // `temporary_name` is a name in the folder of `path` that nobody else uses ("temp-<pid>.rdb").
  static Result<std::unique_ptr<RdbFileWriter>> Create(FileSystem& files, const std::string& path,
                                                       std::string_view temporary_name);
  ~RdbFileWriter();

  // Syncs now and then when `incremental_sync` (rdb-save-incremental-fsync), so that the disk gets its work evenly.
  Status Append(std::string_view bytes, bool incremental_sync);
  // Syncs, renames, syncs the folder. After an error the old file is still there, or the new one.
  Status Finish();
  uint64_t bytes() const { return file_ ? file_->size() : 0; }

 private:
  RdbFileWriter(FileSystem& files, std::string path, std::string temporary)
      : files_(files), path_(std::move(path)), temporary_(std::move(temporary)) {}

  FileSystem& files_;
  const std::string path_;
  const std::string temporary_;
  std::unique_ptr<AppendFile> file_;
  uint64_t synced_bytes_ = 0;
};

// Pulls events out of a file: never returns NeedMore. After RdbEnd, or an error, there are no more.
class RdbFileReader {
 public:
  // Errors: kNotFound when there is none.
  static Result<std::unique_ptr<RdbFileReader>> Open(FileSystem& files, const std::string& path,
                                                     const snapshot::RdbReadOptions& options);

  // Errors: as snapshot::RdbReader; kCorruption with "Unexpected EOF reading RDB file" when the file ends too early.
  Result<snapshot::RdbEvent> Next();

  uint64_t file_bytes() const { return file_->size(); }
  const snapshot::RdbReader& reader() const { return reader_; }

 private:
  RdbFileReader(std::unique_ptr<ReadableFile> file, const snapshot::RdbReadOptions& options);

  std::unique_ptr<ReadableFile> file_;
  snapshot::RdbReader reader_;
  std::vector<char> chunk_;
};

}  // namespace dunlin::persistence
