// A file system in memory for tests, which can do all that a real one does to us: fail at the n-th operation, write
// half of what it was given, run full, and lose power.
//
// What is kept over a power failure: the bytes of a file up to its last Sync(), and the names in a folder as they were
// at its last SyncDirectory(). Of what came after, any part may be kept: PowerFailure says how much.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "persistence/files.h"

namespace dunlin::persistence {

enum class PowerFailure : uint8_t {
  kLosesAllUnsynced,
  kKeepsEverything,       // the process died, the machine did not
  kKeepsNamesLosesBytes,  // names as they are, bytes only as synced
  kKeepsBytesLosesNames,
  kKeepsSome,  // each file a part of its unsynced bytes, each operation on names by chance
};

class MemoryFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<ReadableFile>> OpenToRead(const std::string& path) override;
  Result<std::unique_ptr<AppendFile>> OpenToAppend(const std::string& path) override;
  Result<std::unique_ptr<AppendFile>> Create(const std::string& path) override;
  Result<std::unique_ptr<LockedFile>> OpenLocked(const std::string& path) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status Truncate(const std::string& path, uint64_t size) override;
  Status CreateDirectory(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Result<uint64_t> SizeOf(const std::string& path) override;
  bool FileExists(const std::string& path) override;
  bool DirectoryExists(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;

  // --- faults ---

  // Operations that change something, so far.
  int operations() const { return operations_; }
  // The operation with this number (the next one is operations()) fails once. An append writes the first half.
  void FailAt(int operation) { fail_at_ = operation; }
  // From this operation on all fail: the process is as good as dead. An append writes the first half.
  void DieAt(int operation) { die_at_ = operation; }
  // All files together may hold this much.
  void SetCapacity(uint64_t bytes) { capacity_bytes_ = bytes; }
  // The power fails and comes back. Files that were open before fail from now on; locks are gone; faults are forgotten.
  void LosePower(PowerFailure how, Random& random);

  // --- for tests to look and to touch, without counting ---

  std::string Content(const std::string& path);
  void Put(const std::string& path, std::string_view bytes);  // durable at once, with its folder

 private:
  struct Inode {
    std::string bytes;
    std::string synced;
  };
  using InodePtr = std::shared_ptr<Inode>;
  struct Folder {
    std::map<std::string, InodePtr> names;
    std::map<std::string, InodePtr> synced;
  };
  // A name that stands for another file now, or (null) for none.
  struct NameChange {
    std::string folder;
    std::string name;
    InodePtr inode;
  };
  // What one operation did to names; a power failure keeps all of it or nothing.
  using NameOperation = std::vector<NameChange>;
  class File;
  class Reader;
  class Lock;

  // Counts an operation; an error when it is to fail.
  Status Operate(const char* what, const std::string& path);
  Status AppendTo(Inode& inode, const std::string& path, std::string_view bytes);
  uint64_t UsedBytes() const;
  InodePtr Find(const std::string& path);
  Folder* FolderWith(const std::string& path);
  Result<InodePtr> FindOrCreate(const std::string& path);
  // Makes the changes, not durable yet.
  void ChangeNames(NameOperation operation);
  void MakeDurable(const NameOperation& operation);
  static void LoseBytes(Inode& inode, PowerFailure how, Random& random);

  std::map<std::string, Folder> folders_{{".", {}}};
  std::vector<NameOperation> unsynced_;
  std::set<std::string> locks_;
  int generation_ = 0;  // of the power supply
  int operations_ = 0;
  int fail_at_ = -1;
  int die_at_ = -1;
  std::optional<uint64_t> capacity_bytes_;
};

}  // namespace dunlin::persistence
