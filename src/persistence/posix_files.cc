#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "persistence/files.h"

namespace dunlin::persistence {
namespace {

constexpr mode_t kFileMode = 0644;
constexpr mode_t kFolderMode = 0755;

Status FromErrno(const char* what, const std::string& path, int error = errno) {
  Status status = Status::FromErrno(std::string(what).append(" ").append(path), error);
  return error == ENOENT ? Status::NotFound(status.message()) : status;
}

// A file descriptor that is closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

Result<Descriptor> Open(const std::string& path, int flags) {
  while (true) {
    int fd = open(path.c_str(), flags | O_CLOEXEC, kFileMode);
    if (fd >= 0) return Descriptor(fd);
    if (errno != EINTR) return Fail(FromErrno("cannot open", path));
  }
}

// Writes all of it; how much of it stands in the file is added to `written`.
Status WriteAll(int fd, const std::string& path, std::string_view bytes, uint64_t* written) {
  while (!bytes.empty()) {
    ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FromErrno("cannot write", path);
    *written += static_cast<uint64_t>(n);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Status::Ok();
}

class PosixReadableFile : public ReadableFile {
 public:
  PosixReadableFile(Descriptor fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Result<size_t> Read(char* into, size_t size) override {
    while (true) {
      ssize_t n = read(fd_.get(), into, size);
      if (n >= 0) return static_cast<size_t>(n);
      if (errno != EINTR) return Fail(FromErrno("cannot read", path_));
    }
  }
  uint64_t size() const override { return size_; }

 private:
  Descriptor fd_;
  const std::string path_;
  const uint64_t size_;
};

class PosixAppendFile : public AppendFile {
 public:
  PosixAppendFile(Descriptor fd, std::string path, uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}

  Status Append(std::string_view bytes) override { return WriteAll(fd_.get(), path_, bytes, &size_); }
  Status Sync() override {
    // The size is what matters of the metadata, and fdatasync keeps that.
    if (fdatasync(fd_.get()) != 0) return FromErrno("cannot sync", path_);
    return Status::Ok();
  }
  Status Truncate(uint64_t size) override {
    if (ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) return FromErrno("cannot truncate", path_);
    size_ = size;
    return Status::Ok();
  }
  uint64_t size() const override { return size_; }

 private:
  Descriptor fd_;
  const std::string path_;
  uint64_t size_;
};

Result<uint64_t> SizeOfDescriptor(const Descriptor& fd, const std::string& path) {
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return Fail(FromErrno("cannot stat", path));
  return static_cast<uint64_t>(info.st_size);
}

Result<std::unique_ptr<AppendFile>> OpenAppendFile(const std::string& path, int flags) {
  auto fd = Open(path, O_WRONLY | O_APPEND | O_CREAT | flags);
  if (!fd) return Fail(fd.error());
  auto size = SizeOfDescriptor(*fd, path);
  if (!size) return Fail(size.error());
  return std::make_unique<PosixAppendFile>(std::move(*fd), path, *size);
}

class PosixLockedFile : public LockedFile {
 public:
  PosixLockedFile(FileSystem& files, Descriptor fd, std::string path)
      : files_(files), fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::string> Read() override { return ReadWhole(files_, path_, SIZE_MAX); }

  Status Replace(std::string_view bytes) override {
    std::string temporary = path_ + ".tmp";
    auto fd = Open(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (!fd) return fd.error();
    Status status = LockAndFill(*fd, temporary, bytes);
    if (status.ok()) status = files_.Rename(temporary, path_);
    if (!status.ok()) {
      (void)files_.Remove(temporary);
      return status;
    }
    fd_ = std::move(*fd);
    return files_.SyncDirectory(FolderOf(path_));
  }

 private:
  static Status LockAndFill(const Descriptor& fd, const std::string& path, std::string_view bytes) {
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return FromErrno("cannot lock", path);
    uint64_t written = 0;
    DUNLIN_TRY(WriteAll(fd.get(), path, bytes, &written));
    if (fsync(fd.get()) != 0) return FromErrno("cannot sync", path);
    return Status::Ok();
  }

  FileSystem& files_;
  Descriptor fd_;  // holds the lock of the file that has the name now
  const std::string path_;
};

// Whether the name still stands for this file.
bool IsNamed(const Descriptor& fd, const std::string& path) {
  struct stat opened;
  struct stat named;
  if (fstat(fd.get(), &opened) != 0 || stat(path.c_str(), &named) != 0) return false;
  return opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

class PosixFileSystem : public FileSystem {
 public:
  Result<std::unique_ptr<ReadableFile>> OpenToRead(const std::string& path) override {
    auto fd = Open(path, O_RDONLY);
    if (!fd) return Fail(fd.error());
    auto size = SizeOfDescriptor(*fd, path);
    if (!size) return Fail(size.error());
    return std::make_unique<PosixReadableFile>(std::move(*fd), path, *size);
  }

  Result<std::unique_ptr<AppendFile>> OpenToAppend(const std::string& path) override { return OpenAppendFile(path, 0); }

  Result<std::unique_ptr<AppendFile>> Create(const std::string& path) override { return OpenAppendFile(path, O_TRUNC); }

  Result<std::unique_ptr<LockedFile>> OpenLocked(const std::string& path) override {
    while (true) {
      auto fd = Open(path, O_RDWR | O_CREAT);
      if (!fd) return Fail(fd.error());
      if (flock(fd->get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return Fail(FromErrno("cannot lock", path));
        return Fail(Status::Unavailable("cannot lock " + path + ": another process holds it"));
      }
      // Between opening and locking, its owner may have put another file in its place.
      if (IsNamed(*fd, path)) return std::make_unique<PosixLockedFile>(*this, std::move(*fd), path);
    }
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return FromErrno("cannot rename", from + " to " + to);
    return Status::Ok();
  }

  Status Remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0) return FromErrno("cannot remove", path);
    return Status::Ok();
  }

  Status Truncate(const std::string& path, uint64_t size) override {
    auto fd = Open(path, O_WRONLY);
    if (!fd) return fd.error();
    if (ftruncate(fd->get(), static_cast<off_t>(size)) != 0) return FromErrno("cannot truncate", path);
    if (fsync(fd->get()) != 0) return FromErrno("cannot sync", path);
    return Status::Ok();
  }

  Status CreateDirectory(const std::string& path) override {
    if (mkdir(path.c_str(), kFolderMode) == 0) return Status::Ok();
    int error = errno;
    if (error == EEXIST && DirectoryExists(path)) return Status::Ok();
    return FromErrno("cannot create folder", path, error);
  }

  Status SyncDirectory(const std::string& path) override {
    auto fd = Open(path, O_RDONLY | O_DIRECTORY);
    if (!fd) return fd.error();
    // Some file systems know no sync of a folder and say so with EINVAL; there is nothing more to be had from them.
    if (fsync(fd->get()) != 0 && errno != EINVAL) return FromErrno("cannot sync folder", path);
    return Status::Ok();
  }

  Result<uint64_t> SizeOf(const std::string& path) override {
    struct stat info;
    if (stat(path.c_str(), &info) != 0) return Fail(FromErrno("cannot stat", path));
    return static_cast<uint64_t>(info.st_size);
  }

  bool FileExists(const std::string& path) override {
    struct stat info;
    return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
  }

  bool DirectoryExists(const std::string& path) override {
    struct stat info;
    return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  }

  Result<std::vector<std::string>> List(const std::string& path) override {
    DIR* folder = opendir(path.c_str());
    if (folder == nullptr) return Fail(FromErrno("cannot list", path));
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = readdir(folder)) {
      if (FileExists(JoinPath(path, entry->d_name))) names.emplace_back(entry->d_name);
      errno = 0;
    }
    int error = errno;
    closedir(folder);
    if (error != 0) return Fail(FromErrno("cannot list", path, error));
    std::sort(names.begin(), names.end());
    return names;
  }
};

}  // namespace

std::unique_ptr<FileSystem> NewPosixFileSystem() { return std::make_unique<PosixFileSystem>(); }

}  // namespace dunlin::persistence
