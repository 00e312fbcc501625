#include "persistence/memory_files.h"

#include <algorithm>
#include <utility>

namespace dunlin::persistence {
namespace {

std::string NameOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

Status Missing(const char* what, const std::string& path) {
  return Status::NotFound(std::string(what) + " " + path + ": No such file or directory");
}

// A part of `now` that begins with `synced` when that is its beginning, else one of the two.
std::string SomeOf(const std::string& synced, const std::string& now, Random& random) {
  if (!now.starts_with(synced)) return random.OneIn(2) ? synced : now;
  return now.substr(0, synced.size() + random.Below(now.size() - synced.size() + 1));
}

}  // namespace

class MemoryFileSystem::Reader : public ReadableFile {
 public:
  explicit Reader(std::string bytes) : bytes_(std::move(bytes)) {}

  Result<size_t> Read(char* into, size_t size) override {
    size_t n = std::min(size, bytes_.size() - position_);
    bytes_.copy(into, n, position_);
    position_ += n;
    return n;
  }
  uint64_t size() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  size_t position_ = 0;
};

class MemoryFileSystem::File : public AppendFile {
 public:
  File(MemoryFileSystem& files, InodePtr inode, std::string path)
      : files_(files), generation_(files.generation_), inode_(std::move(inode)), path_(std::move(path)) {}

  Status Append(std::string_view bytes) override {
    if (generation_ != files_.generation_) return Gone();
    return files_.AppendTo(*inode_, path_, bytes);
  }
  Status Sync() override {
    if (generation_ != files_.generation_) return Gone();
    DUNLIN_TRY(files_.Operate("cannot sync", path_));
    inode_->synced = inode_->bytes;
    return Status::Ok();
  }
  Status Truncate(uint64_t size) override {
    if (generation_ != files_.generation_) return Gone();
    DUNLIN_TRY(files_.Operate("cannot truncate", path_));
    inode_->bytes.resize(size);
    return Status::Ok();
  }
  uint64_t size() const override { return inode_->bytes.size(); }

 private:
  Status Gone() const { return Status::IoError("cannot use " + path_ + ": the power failed"); }

  MemoryFileSystem& files_;
  const int generation_;
  InodePtr inode_;
  const std::string path_;
};

class MemoryFileSystem::Lock : public LockedFile {
 public:
  Lock(MemoryFileSystem& files, std::string path)
      : files_(files), generation_(files.generation_), path_(std::move(path)) {
    files_.locks_.insert(path_);
  }
  ~Lock() override {
    if (generation_ == files_.generation_) files_.locks_.erase(path_);
  }

  Result<std::string> Read() override { return ReadWhole(files_, path_, SIZE_MAX); }
  Status Replace(std::string_view bytes) override { return ReplaceFile(files_, path_, path_ + ".tmp", bytes); }

 private:
  MemoryFileSystem& files_;
  const int generation_;
  const std::string path_;
};

Status MemoryFileSystem::Operate(const char* what, const std::string& path) {
  int operation = operations_++;
  if (operation == fail_at_ || (die_at_ >= 0 && operation >= die_at_)) {
    return Status::IoError(std::string(what) + " " + path + ": Input/output error");
  }
  return Status::Ok();
}

Status MemoryFileSystem::AppendTo(Inode& inode, const std::string& path, std::string_view bytes) {
  if (die_at_ >= 0 && operations_ > die_at_) return Operate("cannot write", path);  // the dead write nothing
  if (Status status = Operate("cannot write", path); !status.ok()) {
    inode.bytes.append(bytes.substr(0, bytes.size() / 2));
    return status;
  }
  uint64_t room = capacity_bytes_ ? *capacity_bytes_ - std::min(*capacity_bytes_, UsedBytes()) : bytes.size();
  inode.bytes.append(bytes.substr(0, room));
  if (room >= bytes.size()) return Status::Ok();
  return Status::IoError("cannot write " + path + ": No space left on device");
}

uint64_t MemoryFileSystem::UsedBytes() const {
  uint64_t used = 0;
  for (const auto& [path, folder] : folders_) {
    for (const auto& [name, inode] : folder.names) used += inode->bytes.size();
  }
  return used;
}

MemoryFileSystem::Folder* MemoryFileSystem::FolderWith(const std::string& path) {
  auto folder = folders_.find(FolderOf(path));
  return folder == folders_.end() ? nullptr : &folder->second;
}

MemoryFileSystem::InodePtr MemoryFileSystem::Find(const std::string& path) {
  Folder* folder = FolderWith(path);
  if (folder == nullptr) return nullptr;
  auto file = folder->names.find(NameOf(path));
  return file == folder->names.end() ? nullptr : file->second;
}

Result<MemoryFileSystem::InodePtr> MemoryFileSystem::FindOrCreate(const std::string& path) {
  Folder* folder = FolderWith(path);
  if (folder == nullptr) return Fail(Missing("cannot open", path));
  DUNLIN_TRY_RESULT(Operate("cannot open", path));
  InodePtr inode = Find(path);
  if (inode == nullptr) {
    inode = std::make_shared<Inode>();
    ChangeNames({{FolderOf(path), NameOf(path), inode}});
  }
  return inode;
}

void MemoryFileSystem::ChangeNames(NameOperation operation) {
  for (const NameChange& change : operation) {
    auto& names = folders_[change.folder].names;
    if (change.inode == nullptr) {
      names.erase(change.name);
    } else {
      names[change.name] = change.inode;
    }
  }
  unsynced_.push_back(std::move(operation));
}

void MemoryFileSystem::MakeDurable(const NameOperation& operation) {
  for (const NameChange& change : operation) {
    auto& names = folders_[change.folder].synced;
    if (change.inode == nullptr) {
      names.erase(change.name);
    } else {
      names[change.name] = change.inode;
    }
  }
}

Result<std::unique_ptr<ReadableFile>> MemoryFileSystem::OpenToRead(const std::string& path) {
  InodePtr inode = Find(path);
  if (inode == nullptr) return Fail(Missing("cannot open", path));
  return std::make_unique<Reader>(inode->bytes);
}

Result<std::unique_ptr<AppendFile>> MemoryFileSystem::OpenToAppend(const std::string& path) {
  auto inode = FindOrCreate(path);
  if (!inode) return Fail(inode.error());
  return std::make_unique<File>(*this, *inode, path);
}

Result<std::unique_ptr<AppendFile>> MemoryFileSystem::Create(const std::string& path) {
  auto inode = FindOrCreate(path);
  if (!inode) return Fail(inode.error());
  (*inode)->bytes.clear();
  return std::make_unique<File>(*this, *inode, path);
}

Result<std::unique_ptr<LockedFile>> MemoryFileSystem::OpenLocked(const std::string& path) {
  if (locks_.contains(path)) {
    return Fail(Status::Unavailable("cannot lock " + path + ": another process holds it"));
  }
  auto inode = FindOrCreate(path);
  if (!inode) return Fail(inode.error());
  return std::make_unique<Lock>(*this, path);
}

Status MemoryFileSystem::Rename(const std::string& from, const std::string& to) {
  InodePtr inode = Find(from);
  Folder* target = FolderWith(to);
  if (inode == nullptr || target == nullptr) return Missing("cannot rename", from + " to " + to);
  DUNLIN_TRY(Operate("cannot rename", from + " to " + to));
  ChangeNames({{FolderOf(from), NameOf(from), nullptr}, {FolderOf(to), NameOf(to), inode}});
  return Status::Ok();
}

Status MemoryFileSystem::Remove(const std::string& path) {
  if (Find(path) == nullptr) return Missing("cannot remove", path);
  DUNLIN_TRY(Operate("cannot remove", path));
  ChangeNames({{FolderOf(path), NameOf(path), nullptr}});
  return Status::Ok();
}

Status MemoryFileSystem::Truncate(const std::string& path, uint64_t size) {
  InodePtr inode = Find(path);
  if (inode == nullptr) return Missing("cannot truncate", path);
  DUNLIN_TRY(Operate("cannot truncate", path));
  inode->bytes.resize(size);
  inode->synced = inode->bytes;
  return Status::Ok();
}

Status MemoryFileSystem::CreateDirectory(const std::string& path) {
  if (DirectoryExists(path)) return Status::Ok();
  DUNLIN_TRY(Operate("cannot create folder", path));
  folders_.try_emplace(path);
  return Status::Ok();
}

Status MemoryFileSystem::SyncDirectory(const std::string& path) {
  auto folder = folders_.find(path);
  if (folder == folders_.end()) return Missing("cannot sync folder", path);
  DUNLIN_TRY(Operate("cannot sync folder", path));
  std::vector<NameOperation> others;
  for (NameOperation& operation : unsynced_) {
    bool here = std::ranges::any_of(operation, [&](const NameChange& change) { return change.folder == path; });
    if (here) {
      MakeDurable(operation);
    } else {
      others.push_back(std::move(operation));
    }
  }
  unsynced_ = std::move(others);
  return Status::Ok();
}

Result<uint64_t> MemoryFileSystem::SizeOf(const std::string& path) {
  InodePtr inode = Find(path);
  if (inode == nullptr) return Fail(Missing("cannot stat", path));
  return inode->bytes.size();
}

bool MemoryFileSystem::FileExists(const std::string& path) { return Find(path) != nullptr; }

bool MemoryFileSystem::DirectoryExists(const std::string& path) { return folders_.contains(path); }

Result<std::vector<std::string>> MemoryFileSystem::List(const std::string& path) {
  auto folder = folders_.find(path);
  if (folder == folders_.end()) return Fail(Missing("cannot list", path));
  std::vector<std::string> names;
  for (const auto& [name, inode] : folder->second.names) names.push_back(name);
  return names;
}

void MemoryFileSystem::LosePower(PowerFailure how, Random& random) {
  ++generation_;
  fail_at_ = die_at_ = -1;
  capacity_bytes_.reset();
  locks_.clear();
  bool keeps_all_names = how == PowerFailure::kKeepsEverything || how == PowerFailure::kKeepsNamesLosesBytes;
  for (const NameOperation& operation : unsynced_) {
    if (keeps_all_names || (how == PowerFailure::kKeepsSome && random.OneIn(2))) MakeDurable(operation);
  }
  unsynced_.clear();
  for (auto& [path, folder] : folders_) folder.names = folder.synced;
  std::set<Inode*> seen;
  for (auto& [path, folder] : folders_) {
    for (auto& [name, inode] : folder.names) {
      if (seen.insert(inode.get()).second) LoseBytes(*inode, how, random);
    }
  }
}

void MemoryFileSystem::LoseBytes(Inode& inode, PowerFailure how, Random& random) {
  switch (how) {
    case PowerFailure::kKeepsEverything:
    case PowerFailure::kKeepsBytesLosesNames: break;
    case PowerFailure::kLosesAllUnsynced:
    case PowerFailure::kKeepsNamesLosesBytes: inode.bytes = inode.synced; break;
    case PowerFailure::kKeepsSome: inode.bytes = SomeOf(inode.synced, inode.bytes, random); break;
  }
  inode.synced = inode.bytes;
}

std::string MemoryFileSystem::Content(const std::string& path) {
  InodePtr inode = Find(path);
  return inode == nullptr ? std::string() : inode->bytes;
}

void MemoryFileSystem::Put(const std::string& path, std::string_view bytes) {
  auto inode = std::make_shared<Inode>();
  inode->bytes = inode->synced = bytes;
  Folder& folder = folders_[FolderOf(path)];
  folder.names[NameOf(path)] = inode;
  folder.synced[NameOf(path)] = inode;
}

}  // namespace dunlin::persistence
