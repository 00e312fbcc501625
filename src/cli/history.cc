#include "cli/history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

namespace dunlin::cli {

void History::Add(std::string_view line, Keep keep) {
  if (line.empty() || (!lines_.empty() && lines_.back().text == line)) return;
  lines_.push_back({std::string(line), keep});
  if (lines_.size() > kMaxLines) lines_.erase(lines_.begin());
}

Status History::Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return errno == ENOENT ? Status::Ok() : Status::FromErrno("Cannot read " + path, errno);
  std::string line;
  while (std::getline(file, line)) {
    while (line.ends_with('\r')) line.pop_back();
    Add(line, Keep::kInFile);
  }
  return Status::Ok();
}

Status History::Save(const std::string& path) const {
  std::string content;
  for (const Line& line : lines_) {
    if (line.keep == Keep::kInFile) content.append(line.text).push_back('\n');
  }
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return Status::FromErrno("Cannot write " + path, errno);
  std::string_view rest(content);
  int error = 0;
  while (!rest.empty() && error == 0) {
    ssize_t n = write(fd, rest.data(), rest.size());
    if (n >= 0) {
      rest.remove_prefix(static_cast<size_t>(n));
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  fchmod(fd, S_IRUSR | S_IWUSR);
  close(fd);
  return error == 0 ? Status::Ok() : Status::FromErrno("Cannot write " + path, error);
}

}  // namespace dunlin::cli
