#include "persistence/rdb_file.h"

#include <utility>

namespace dunlin::persistence {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;
constexpr uint64_t kSyncEveryBytes = uint64_t{4} * 1024 * 1024;

}  // namespace

Result<std::unique_ptr<RdbFileWriter>> RdbFileWriter::Create(FileSystem& files, const std::string& path,
                                                             std::string_view temporary_name) {
  std::string temporary = JoinPath(FolderOf(path), temporary_name);
  auto file = files.Create(temporary);
  if (!file) return Fail(file.error());
  std::unique_ptr<RdbFileWriter> writer(new RdbFileWriter(files, path, std::move(temporary)));
  writer->file_ = std::move(*file);
  return writer;
}

RdbFileWriter::~RdbFileWriter() {
  if (file_ == nullptr) return;
  file_.reset();
  (void)files_.Remove(temporary_);  // a leftover does no harm
}

Status RdbFileWriter::Append(std::string_view bytes, bool incremental_sync) {
  DUNLIN_TRY(file_->Append(bytes));
  if (!incremental_sync || file_->size() - synced_bytes_ < kSyncEveryBytes) return Status::Ok();
  synced_bytes_ = file_->size();
  return file_->Sync();
}

Status RdbFileWriter::Finish() {
  DUNLIN_TRY(file_->Sync());
  DUNLIN_TRY(files_.Rename(temporary_, path_));
  file_.reset();
  return files_.SyncDirectory(FolderOf(path_));
}

RdbFileReader::RdbFileReader(std::unique_ptr<ReadableFile> file, const snapshot::RdbReadOptions& options)
    : file_(std::move(file)), reader_(options), chunk_(kReadBytes) {}

Result<std::unique_ptr<RdbFileReader>> RdbFileReader::Open(FileSystem& files, const std::string& path,
                                                           const snapshot::RdbReadOptions& options) {
  auto file = files.OpenToRead(path);
  if (!file) return Fail(file.error());
  return std::unique_ptr<RdbFileReader>(new RdbFileReader(std::move(*file), options));
}

Result<snapshot::RdbEvent> RdbFileReader::Next() {
  while (true) {
    auto event = reader_.Next();
    if (!event || !std::holds_alternative<snapshot::NeedMore>(*event)) return event;
    auto read = file_->Read(chunk_.data(), chunk_.size());
    if (!read) return Fail(read.error());
    if (*read == 0) {
      Status status = reader_.EndOfInput();
      return Fail(status.ok() ? Status::InvalidArgument("the RDB file has been read to its end") : status);
    }
    reader_.Feed({chunk_.data(), *read});
  }
}

}  // namespace dunlin::persistence
