#include "persistence/aof_writer.h"

#include <fmt/format.h>

#include "base/invariant.h"

namespace dunlin::persistence {
namespace {

// The same failure in Redis's words.
Status Worded(const Status& status, std::string_view words) {
  if (status.ok()) return status;
  return {status.code(), fmt::format("{}: {}", words, ReasonOf(status))};
}

}  // namespace

// --- switching ---

Status AofWriter::CreateFolder() {
  bool is_new = !files_.DirectoryExists(place_.FolderPath());
  Status status = files_.CreateDirectory(place_.FolderPath());
  if (status.ok() && is_new) status = files_.SyncDirectory(place_.server_folder);
  return Worded(status, fmt::format("Can't open or create append-only dir {}", place_.folder));
}

Status AofWriter::CreateFirstBase(Manifest* manifest, std::string_view empty_base, bool base_is_rdb) {
  const std::string& name = manifest->ReplaceBase(place_.file_name, base_is_rdb);
  Status status = ReplaceFile(files_, Path(name), Path(TemporaryBaseName(place_.file_name)), empty_base);
  DUNLIN_TRY(Worded(status, "Write error writing append only file on disk"));
  Note(false, fmt::format("Creating AOF base file {} on server start", name));
  settled_bytes_ += empty_base.size();
  return Status::Ok();
}

Result<AofWriter::Increment> AofWriter::OpenIncrement(const std::string& name, bool fresh) {
  auto file = fresh ? files_.Create(Path(name)) : files_.OpenToAppend(Path(name));
  if (!file) return Fail(Worded(file.error(), fmt::format("Can't open the append-only file {}", name)));
  uint64_t bytes = (*file)->size();
  return Increment{std::move(*file), bytes, fresh ? bytes : 0};
}

Status AofWriter::StartAfterLoad(std::string_view empty_base, bool base_is_rdb, const LoadEnd& sizes) {
  DUNLIN_INVARIANT(state_ == State::kOff && !rewriting_, "a writer is started once");
  DUNLIN_TRY(CreateFolder());
  Manifest manifest = manifest_;
  settled_bytes_ = sizes.total_bytes;
  if (manifest.empty()) DUNLIN_TRY(CreateFirstBase(&manifest, empty_base, base_is_rdb));
  bool fresh = manifest.increments.empty();
  if (fresh) manifest.AddIncrement(place_.file_name);
  const std::string name = manifest.increments.back().name;
  auto increment = OpenIncrement(name, fresh);
  if (!increment) return increment.error();
  // What was read may not be on the disk yet; what is appended must not get there before it.
  if (!fresh) DUNLIN_TRY(increment->file->Sync());
  increment->synced_bytes = increment->whole_bytes;
  // The manifest must not name what could be missing.
  DUNLIN_TRY(files_.SyncDirectory(place_.FolderPath()));
  if (manifest != manifest_) DUNLIN_TRY(Publish(std::move(manifest)));
  Note(false, fmt::format("{} AOF incr file {} on server start", fresh ? "Creating" : "Opening", name));
  increment_ = std::move(*increment);
  settled_bytes_ -= increment_.whole_bytes;
  base_bytes_ = sizes.base_bytes;
  state_ = State::kOn;
  return Status::Ok();
}

void AofWriter::StartWhenRewritten() {
  DUNLIN_INVARIANT(state_ == State::kOff && !rewriting_, "appending is switched on once");
  // The first rewrite makes a base out of memory: what went wrong with older files is of no interest any more.
  failure_ = Status::Ok();
  state_ = State::kWhenRewritten;
}

Status AofWriter::Stop() {
  if (rewriting_) AbandonRewrite();
  Status status;
  if (can_append()) {
    status = failure_;
    if (status.ok()) status = CutTornTail();
    if (status.ok()) status = increment_.file->Sync();
  }
  settled_bytes_ += increment_.whole_bytes;
  increment_ = {};
  state_ = State::kOff;
  return status;
}

// --- appending ---

Status AofWriter::Latch(Status status) {
  failure_ = status;
  return status;
}

Status AofWriter::CutTornTail() {
  if (increment_.file->size() == increment_.whole_bytes) return Status::Ok();
  return increment_.file->Truncate(increment_.whole_bytes);
}

Status AofWriter::Append(std::string_view bytes) {
  DUNLIN_INVARIANT(can_append(), "there is a file to append to");
  if (!failure_.ok()) return failure_;
  DUNLIN_TRY(Settle());
  DUNLIN_TRY(CutTornTail());
  if (Status status = increment_.file->Append(bytes); !status.ok()) {
    // If this does not work either, it is tried again before anything else is written.
    (void)CutTornTail();
    return status;
  }
  increment_.whole_bytes += bytes.size();
  return Status::Ok();
}

Status AofWriter::Sync() {
  DUNLIN_INVARIANT(can_append(), "there is a file to sync");
  if (!failure_.ok()) return failure_;
  DUNLIN_TRY(CutTornTail());
  if (Status status = increment_.file->Sync(); !status.ok()) return Latch(std::move(status));
  increment_.synced_bytes = increment_.whole_bytes;
  return Status::Ok();
}

// --- the manifest ---

Status AofWriter::Publish(Manifest manifest) {
  Status status = WriteManifest(files_, place_, manifest);
  if (!status.ok()) {
    // It may have come as far as the disk: neither this manifest's files nor the old one's may be touched.
    manifest_uncertain_ = true;
    return status;
  }
  manifest_uncertain_ = false;
  manifest_ = std::move(manifest);
  return Status::Ok();
}

Status AofWriter::Settle() {
  if (!manifest_uncertain_) return Status::Ok();
  if (!manifest_.ToText().empty()) return Publish(manifest_);
  // There was none, and an empty one would be an error.
  Status status = files_.Remove(Path(ManifestName(place_.file_name)));
  if (!status.ok() && status.code() != StatusCode::kNotFound) return status;
  DUNLIN_TRY(files_.SyncDirectory(place_.FolderPath()));
  manifest_uncertain_ = false;
  return Status::Ok();
}

// --- the rewrite ---

Status AofWriter::StartRewrite() {
  DUNLIN_INVARIANT(!rewriting_, "one rewrite at a time");
  DUNLIN_TRY(CreateFolder());
  switch (state_) {
    case State::kOff: DUNLIN_TRY(Settle()); break;
    case State::kWhenRewritten: DUNLIN_TRY(StartTemporaryIncrement()); break;
    case State::kOn: DUNLIN_TRY(StartNextIncrement()); break;
  }
  rewriting_ = true;
  return Status::Ok();
}

Status AofWriter::StartTemporaryIncrement() {
  DUNLIN_TRY(Settle());
  std::string name = TemporaryIncrementName(place_.file_name);
  auto increment = OpenIncrement(name, /*fresh=*/true);
  if (!increment) return increment.error();
  increment_ = std::move(*increment);
  Note(false, fmt::format("Creating AOF incr file {} on background rewrite", name));
  return Status::Ok();
}

Status AofWriter::StartNextIncrement() {
  // The old increment is complete before anything comes behind it: one with a hole would not load.
  DUNLIN_TRY(Sync());
  DUNLIN_TRY(Settle());
  Manifest manifest = manifest_;
  const std::string name = manifest.AddIncrement(place_.file_name);
  auto increment = OpenIncrement(name, /*fresh=*/true);
  if (!increment) return increment.error();
  Status status = files_.SyncDirectory(place_.FolderPath());
  if (!status.ok()) {
    RemoveQuietly(name);
    return status;
  }
  DUNLIN_TRY(Publish(std::move(manifest)));
  settled_bytes_ += increment_.whole_bytes;
  increment_ = std::move(*increment);
  Note(false, fmt::format("Creating AOF incr file {} on background rewrite", name));
  return Status::Ok();
}

Result<AppendFile*> AofWriter::CreateBase() {
  DUNLIN_INVARIANT(rewriting_ && base_ == nullptr, "a rewrite has one base");
  auto file = files_.Create(Path(TemporaryBaseName(place_.file_name)));
  if (!file) return Fail(file.error());
  base_ = std::move(*file);
  return base_.get();
}

Status AofWriter::NameFiles(bool base_is_rdb, Manifest* manifest) {
  std::string temporary = TemporaryBaseName(place_.file_name);
  const std::string& base_name = manifest->ReplaceBase(place_.file_name, base_is_rdb);
  DUNLIN_TRY(
      Worded(files_.Rename(Path(temporary), Path(base_name)),
             fmt::format("Error trying to rename the temporary AOF base file {} into {}", temporary, base_name)));
  Note(false, fmt::format("Successfully renamed the temporary AOF base file {} into {}", temporary, base_name));
  if (state_ == State::kWhenRewritten) {
    temporary = TemporaryIncrementName(place_.file_name);
    const std::string& name = manifest->AddIncrement(place_.file_name);
    DUNLIN_TRY(Worded(files_.Rename(Path(temporary), Path(name)),
                      fmt::format("Error trying to rename the temporary AOF incr file {} into {}", temporary, name)));
    Note(false, fmt::format("Successfully renamed the temporary AOF incr file {} into {}", temporary, name));
  }
  manifest->RetireIncrements(state_ == State::kOff ? 0 : 1);
  // The manifest must not name what could be missing.
  return files_.SyncDirectory(place_.FolderPath());
}

Status AofWriter::FinishRewrite(bool base_is_rdb) {
  DUNLIN_INVARIANT(rewriting_ && base_ != nullptr, "a rewrite is finished when it has a base");
  uint64_t base_bytes = base_->size();
  Manifest manifest = manifest_;
  Status status = failure_;
  if (status.ok()) status = base_->Sync();
  base_.reset();
  if (status.ok()) status = Settle();
  if (status.ok()) status = NameFiles(base_is_rdb, &manifest);
  if (status.ok()) status = Publish(std::move(manifest));
  if (!status.ok()) {
    AbandonRewrite();
    return status;
  }
  settled_bytes_ = base_bytes;
  base_bytes_ = current_bytes();
  if (state_ == State::kWhenRewritten) state_ = State::kOn;
  rewriting_ = false;
  Note(false, "Background AOF rewrite finished successfully");
  return Status::Ok();
}

void AofWriter::AbandonRewrite() {
  DUNLIN_INVARIANT(rewriting_, "there is a rewrite to abandon");
  rewriting_ = false;
  base_.reset();
  RemoveQuietly(TemporaryBaseName(place_.file_name));
  if (state_ != State::kWhenRewritten) return;
  std::string name = TemporaryIncrementName(place_.file_name);
  Note(false, fmt::format("Removing the temp incr aof file {} in the background", name));
  increment_ = {};
  RemoveQuietly(name);
}

Status AofWriter::RemoveHistory() {
  DUNLIN_TRY(Settle());
  if (manifest_.history.empty()) return Status::Ok();
  for (const ManifestFile& file : manifest_.history) {
    Note(false, fmt::format("Removing the history file {} in the background", file.name));
    Status status = files_.Remove(Path(file.name));
    if (!status.ok() && status.code() != StatusCode::kNotFound) return status;
  }
  Manifest manifest = manifest_;
  manifest.history.clear();
  return Publish(std::move(manifest));
}

void AofWriter::RemoveQuietly(const std::string& name) { (void)files_.Remove(Path(name)); }

Status AofWriter::RemoveLeftovers() {
  if (!files_.DirectoryExists(place_.FolderPath())) return Status::Ok();
  auto names = files_.List(place_.FolderPath());
  if (!names) return names.error();
  for (const std::string& name : *names) {
    bool ours = name == TemporaryManifestName(place_.file_name) || name == TemporaryBaseName(place_.file_name) ||
                name == TemporaryIncrementName(place_.file_name);
    if (ours) DUNLIN_TRY(files_.Remove(Path(name)));
  }
  return Status::Ok();
}

std::vector<LoadNote> AofWriter::TakeNotes() { return std::exchange(notes_, {}); }

}  // namespace dunlin::persistence
