#include "server/config_files.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <system_error>

#include "base/limits.h"

namespace dunlin::server {
namespace {

Status SystemError(int error) {
  std::string words = std::error_code(error, std::generic_category()).message();
  return error == ENOENT ? Status::NotFound(std::move(words)) : Status::IoError(std::move(words));
}

// A file descriptor that is closed on the way out.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

Result<std::string> ReadToEnd(int fd) {
  std::string text;
  char piece[16384];
  while (true) {
    ssize_t count = read(fd, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Fail(SystemError(errno));
    if (count == 0) return text;
    text.append(piece, static_cast<size_t>(count));
    if (text.size() > limits::kMaxConfigFileBytes) {
      return Fail(Status::InvalidArgument("File too large for a configuration"));
    }
  }
}

Status WriteToEnd(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(errno);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return Status::Ok();
}

std::string FolderOf(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Status SyncFolder(const std::string& folder) {
  Descriptor fd(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || fsync(fd.get()) != 0) return SystemError(errno);
  return Status::Ok();
}

Status WriteNewFile(const std::string& path, std::string_view content, mode_t mode, bool mode_is_exact) {
  Descriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (fd.get() < 0) return SystemError(errno);
  DUNLIN_TRY(WriteToEnd(fd.get(), content));
  if (mode_is_exact && fchmod(fd.get(), mode) != 0) return SystemError(errno);
  if (fsync(fd.get()) != 0) return SystemError(errno);
  return Status::Ok();
}

}  // namespace

Result<std::string> SystemConfigFiles::Read(const std::string& path) {
  Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (fd.get() < 0) return Fail(SystemError(errno));
  return ReadToEnd(fd.get());
}

Result<std::string> SystemConfigFiles::ReadStandardInput() { return ReadToEnd(STDIN_FILENO); }

std::vector<std::string> SystemConfigFiles::Glob(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths;
}

Status SystemConfigFiles::ChangeDirectory(const std::string& path) {
  return chdir(path.c_str()) == 0 ? Status::Ok() : SystemError(errno);
}

std::string SystemConfigFiles::WorkingDirectory() {
  char path[PATH_MAX];
  return getcwd(path, sizeof path) != nullptr ? path : "";
}

Status SystemConfigFiles::CheckAppendable(const std::string& path) {
  Descriptor fd(open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  return fd.get() >= 0 ? Status::Ok() : SystemError(errno);
}

Status SystemConfigFiles::Replace(const std::string& path, std::string_view content) {
  struct stat old{};
  // A file with passwords may have been closed to others; it must not be opened to them by being rewritten.
  bool exists = stat(path.c_str(), &old) == 0;
  std::string next = path + "." + std::to_string(getpid()) + ".tmp";
  unlink(next.c_str());  // what a crash of a process with this number left
  Status status = WriteNewFile(next, content, exists ? old.st_mode & 07777 : 0644, exists);
  if (status.ok() && rename(next.c_str(), path.c_str()) != 0) status = SystemError(errno);
  if (!status.ok()) {
    unlink(next.c_str());
    return status;
  }
  return SyncFolder(FolderOf(path));
}

}  // namespace dunlin::server
