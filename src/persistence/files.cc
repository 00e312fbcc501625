#include "persistence/files.h"

namespace dunlin::persistence {

Result<std::string> ReadWhole(FileSystem& files, const std::string& path, size_t max_bytes) {
  auto file = files.OpenToRead(path);
  if (!file) return Fail(file.error());
  std::string out;
  while (true) {
    constexpr size_t kPiece = size_t{64} * 1024;
    size_t before = out.size();
    out.resize(before + kPiece);
    auto read = (*file)->Read(out.data() + before, kPiece);
    if (!read) return Fail(read.error());
    out.resize(before + *read);
    if (*read == 0) return out;
    if (out.size() > max_bytes) return Fail(Status::Corruption("cannot read " + path + ": it is too large"));
  }
}

Status ReplaceFile(FileSystem& files, const std::string& path, const std::string& temporary, std::string_view bytes) {
  {
    auto file = files.Create(temporary);
    if (!file) return file.error();
    Status status = (*file)->Append(bytes);
    if (status.ok()) status = (*file)->Sync();
    if (!status.ok()) {
      file->reset();
      (void)files.Remove(temporary);  // a leftover does no harm
      return status;
    }
  }
  if (Status status = files.Rename(temporary, path); !status.ok()) {
    (void)files.Remove(temporary);
    return status;
  }
  return files.SyncDirectory(FolderOf(path));
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  std::string out(folder);
  if (!out.empty() && out.back() != '/') out.push_back('/');
  return out.append(name);
}

std::string FolderOf(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string_view ReasonOf(const Status& status) {
  std::string_view message = status.message();
  size_t colon = message.rfind(": ");
  return colon == std::string_view::npos ? message : message.substr(colon + 2);
}

}  // namespace dunlin::persistence
