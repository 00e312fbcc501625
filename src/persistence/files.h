// The file system as persistence sees it: an interface with a real body (posix_files.cc) and one in memory that can
// fail, run full and lose power (memory_files.h).
//
// Errors: kNotFound when the file or its folder is not there, kUnavailable when a lock is held by somebody else, else
// kIoError. Every message is "<what> <path>: <reason>"; ReasonOf() gives the reason alone.
//
// What is durable: a file's bytes after its Sync(); its name, also after Rename() or Remove(), after SyncDirectory() of
// its folder. Nothing else.
//
// Thread: a FileSystem may be used by any thread; a file by one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace dunlin::persistence {

// A file that is read from front to back. Closed when it goes.
class ReadableFile {
 public:
  virtual ~ReadableFile() = default;
  // The next bytes, as many as there are up to `size`; 0 at the end.
  virtual Result<size_t> Read(char* into, size_t size) = 0;
  // When it was opened.
  virtual uint64_t size() const = 0;
};

// A file that is written at its end. Closed, without Sync(), when it goes.
class AppendFile {
 public:
  virtual ~AppendFile() = default;
  // After an error size() tells how many of the bytes stand in the file: any part of them may.
  virtual Status Append(std::string_view bytes) = 0;
  // After an error nothing is known about what was appended since the last success, and never will be: the caller must
  // not try again and go on.
  virtual Status Sync() = 0;
  // Cuts the file. REQUIRES: size <= size().
  virtual Status Truncate(uint64_t size) = 0;
  virtual uint64_t size() const = 0;
};

// A file that this process alone uses: whoever else opens it so is refused, until the object goes or the process ends.
class LockedFile {
 public:
  virtual ~LockedFile() = default;
  // Empty when the file was created by opening it.
  virtual Result<std::string> Read() = 0;
  // Replaces the content, crash-safe as ReplaceFile(). The lock passes on to the new file before it takes the name.
  virtual Status Replace(std::string_view bytes) = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<ReadableFile>> OpenToRead(const std::string& path) = 0;
  // Created when it is not there.
  virtual Result<std::unique_ptr<AppendFile>> OpenToAppend(const std::string& path) = 0;
  // Emptied when it is there.
  virtual Result<std::unique_ptr<AppendFile>> Create(const std::string& path) = 0;
  // Created when it is not there. Errors: kUnavailable when it is locked.
  virtual Result<std::unique_ptr<LockedFile>> OpenLocked(const std::string& path) = 0;

  // Replaces `to` when it is there.
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status Remove(const std::string& path) = 0;
  // Cuts the file and syncs it.
  virtual Status Truncate(const std::string& path, uint64_t size) = 0;
  // OK when it is there already.
  virtual Status CreateDirectory(const std::string& path) = 0;
  virtual Status SyncDirectory(const std::string& path) = 0;
  virtual Result<uint64_t> SizeOf(const std::string& path) = 0;
  virtual bool FileExists(const std::string& path) = 0;
  virtual bool DirectoryExists(const std::string& path) = 0;
  // Names of files in it, in order.
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;
};

// The one of this machine.
std::unique_ptr<FileSystem> NewPosixFileSystem();

// --- on top of it ---

// All of a file. Errors: also kCorruption when it is larger than `max_bytes`.
Result<std::string> ReadWhole(FileSystem& files, const std::string& path, size_t max_bytes);
// The file has either its old content or the new one, whatever happens, and after OK the new one for good: a temporary
// file is written and synced, renamed, and the folder synced. After an error either may be seen. `temporary` is a path
// in the same folder.
Status ReplaceFile(FileSystem& files, const std::string& path, const std::string& temporary, std::string_view bytes);

// "<folder>/<name>"; the name alone when the folder is empty.
std::string JoinPath(std::string_view folder, std::string_view name);
// The folder of a path; "." when it has none.
std::string FolderOf(std::string_view path);
// What stands behind the last ": " of a message.
std::string_view ReasonOf(const Status& status);

}  // namespace dunlin::persistence
