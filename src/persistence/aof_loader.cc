#include "persistence/aof_loader.h"

#include <fmt/format.h>

#include <utility>

namespace dunlin::persistence {
namespace {

constexpr size_t kReadBytes = size_t{256} * 1024;
// A manifest has a line for each file; this is for some hundred thousand of them.
constexpr size_t kMaxManifestBytes = size_t{64} * 1024 * 1024;

}  // namespace

Result<Manifest> ReadManifest(FileSystem& files, const AofPlace& place, std::vector<LoadNote>* notes) {
  std::string path = place.PathOf(ManifestName(place.file_name));
  if (!files.DirectoryExists(place.FolderPath()) || !files.FileExists(path)) return Manifest();
  auto text = ReadWhole(files, path, kMaxManifestBytes);
  if (!text) {
    return Fail(Status(
        text.error().code(),
        fmt::format("Fatal error: can't open the AOF manifest file {} for reading: {}", path, ReasonOf(text.error()))));
  }
  auto manifest = ParseManifest(*text);
  if (manifest) return std::move(*manifest);
  std::vector<std::string> lines = manifest.error().LogLines();
  for (size_t i = 0; i + 1 < lines.size(); ++i) notes->push_back({true, std::move(lines[i])});
  return Fail(Status::Corruption(std::move(lines.back())));
}

Status WriteManifest(FileSystem& files, const AofPlace& place, const Manifest& manifest) {
  return ReplaceFile(files, place.PathOf(ManifestName(place.file_name)),
                     place.PathOf(TemporaryManifestName(place.file_name)), manifest.ToText());
}

Result<bool> AofLoader::Open() {
  std::vector<LoadNote> notes;
  auto manifest = ReadManifest(files_, options_.place, &notes);
  for (LoadNote& note : notes) notes_.push_back(std::move(note));
  if (!manifest) return Fail(manifest.error());
  manifest_ = std::move(*manifest);
  if (MustUpgrade()) DUNLIN_TRY_RESULT(Upgrade());
  if (manifest_.empty()) return false;
  DUNLIN_TRY_RESULT(FindSources());
  return total_bytes_ > 0;
}

std::vector<LoadNote> AofLoader::TakeNotes() {
  std::vector<LoadNote> notes(std::make_move_iterator(notes_.begin()), std::make_move_iterator(notes_.end()));
  notes_.clear();
  return notes;
}

// An old single file is there, and either there is no data in the folder, or an upgrade was interrupted before the file
// was moved.
bool AofLoader::MustUpgrade() const {
  const AofPlace& place = options_.place;
  if (!files_.FileExists(JoinPath(place.server_folder, place.file_name))) return false;
  if (manifest_.empty()) return true;
  return manifest_.base && manifest_.increments.empty() && manifest_.base->name == place.file_name &&
         !files_.FileExists(place.PathOf(place.file_name));
}

Status AofLoader::Upgrade() {
  const AofPlace& place = options_.place;
  if (Status status = files_.CreateDirectory(place.FolderPath()); !status.ok()) {
    return {status.code(), fmt::format("Can't open or create append-only dir {}: {}", place.folder, ReasonOf(status))};
  }
  manifest_.base = ManifestFile{place.file_name, 1};
  manifest_.last_base_sequence = 1;
  DUNLIN_TRY(WriteManifest(files_, place, manifest_).WithContext("Error writing the AOF manifest"));
  Status status = files_.Rename(JoinPath(place.server_folder, place.file_name), place.PathOf(place.file_name));
  if (!status.ok()) {
    return {status.code(), fmt::format("Error trying to move the old AOF file {} into dir {}: {}", place.file_name,
                                       place.folder, ReasonOf(status))};
  }
  DUNLIN_TRY(files_.SyncDirectory(place.FolderPath()));
  DUNLIN_TRY(files_.SyncDirectory(place.server_folder));
  Note(false, fmt::format("Successfully migrated an old-style AOF file ({}) into the AOF directory ({}).",
                          place.file_name, place.folder));
  return Status::Ok();
}

Status AofLoader::FindSources() {
  if (manifest_.base) sources_.push_back({manifest_.base->name, 0, true});
  for (const ManifestFile& file : manifest_.increments) sources_.push_back({file.name, 0, false});
  for (Source& source : sources_) {
    auto size = files_.SizeOf(options_.place.PathOf(source.name));
    if (!size) {
      return {size.error().code(),
              fmt::format("Unable to obtain the AOF file {} length. stat: {}", source.name, ReasonOf(size.error()))};
    }
    source.bytes = *size;
    total_bytes_ += *size;
  }
  return Status::Ok();
}

Result<LoadEvent> AofLoader::Next() {
  while (true) {
    if (!notes_.empty()) {
      LoadNote note = std::move(notes_.front());
      notes_.pop_front();
      return note;
    }
    if (held_) return *std::exchange(held_, std::nullopt);
    if (!failure_.ok()) return Fail(failure_);
    if (ended_) return Fail(Status::InvalidArgument("everything has been loaded"));
    // What is noted on the way comes before the event, or the error, that it led to.
    Step step = reader_ ? ReadEvent() : OpenNext();
    if (step) {
      held_ = std::move(*step);
    } else {
      failure_ = step.error();
    }
  }
}

AofLoader::Step AofLoader::OpenNext() {
  if (next_source_ == sources_.size()) {
    ended_ = true;
    return LoadEnd{truncated_, total_bytes_, manifest_.base ? sources_.front().bytes : 0};
  }
  const Source& next = sources_[next_source_++];
  if (next.bytes == 0) return std::nullopt;
  auto file = files_.OpenToRead(options_.place.PathOf(next.name));
  if (!file) {
    return Fail(
        Status(file.error().code(), fmt::format("Fatal error: can't open the append log file {} for reading: {}",
                                                next.name, ReasonOf(file.error()))));
  }
  file_ = std::move(*file);
  reader_.emplace(options_.rdb);
  preamble_noted_ = false;
  return LoadFileBegin{next.name, next.bytes};
}

AofLoader::Step AofLoader::ReadEvent() {
  auto event = reader_->Next();
  if (!event) return Broken(event.error());
  if (reader_->in_preamble()) NotePreamble();
  if (std::holds_alternative<snapshot::NeedMore>(*event)) return ReadBytes();
  if (std::holds_alternative<AofPreambleEnd>(*event) && IsOldStyle()) Note(false, "Reading the remaining AOF tail...");
  return std::visit(
      [](auto&& inner) -> Step {
        if constexpr (std::is_same_v<std::decay_t<decltype(inner)>, snapshot::NeedMore>) {
          return std::nullopt;
        } else {
          return LoadEvent(std::forward<decltype(inner)>(inner));
        }
      },
      std::move(*event));
}

void AofLoader::NotePreamble() {
  if (preamble_noted_) return;
  preamble_noted_ = true;
  Note(false, IsOldStyle() ? "Reading RDB preamble from AOF file..." : "Reading RDB base file on AOF loading...");
}

AofLoader::Step AofLoader::ReadBytes() {
  chunk_.resize(kReadBytes);
  auto read = file_->Read(chunk_.data(), chunk_.size());
  if (!read) {
    return Fail(Status(read.error().code(), fmt::format("Unrecoverable error reading the append only file {}: {}",
                                                        source().name, ReasonOf(read.error()))));
  }
  if (*read == 0) return EndOfFile();
  reader_->Feed({chunk_.data(), *read});
  return std::nullopt;
}

AofLoader::Step AofLoader::EndOfFile() {
  auto problem = reader_->EndOfInput();
  if (problem && !problem->unfinished) return Broken(Status::Corruption(problem->why));
  if (problem) {
    auto cut = CutOff(*problem);
    if (!cut) return cut;
  }
  finished_bytes_ += source().bytes;
  reader_.reset();
  file_.reset();
  return LoadFileEnd{source().name, source().base};
}

AofLoader::Step AofLoader::CutOff(const AofProblem& problem) {
  const std::string& name = source().name;
  uint64_t valid_up_to = reader_->valid_up_to();
  if (reader_->in_transaction()) {
    Note(true, fmt::format("Revert incomplete MULTI/EXEC transaction in AOF file {}", name));
  }
  Note(true, fmt::format("AOF {} is in order up to offset {}: {}", name, valid_up_to, problem.why));
  if (options_.load_truncated) {
    Note(true, fmt::format("!!! Warning: short read while loading the AOF file {}!!!", name));
    // Cutting a file in the middle of the row would make its hole look like the truth at the next start.
    if (!AtLastSource()) return Fail(Status::Corruption("Fatal error: the truncated file is not the last file"));
    Note(true, fmt::format("!!! Truncating the AOF {} at offset {} !!!", name, valid_up_to));
    Status status = files_.Truncate(options_.place.PathOf(name), valid_up_to);
    if (status.ok()) {
      Note(true, fmt::format("AOF {} loaded anyway because aof-load-truncated is enabled", name));
      truncated_ = true;
      total_bytes_ -= source().bytes - valid_up_to;
      sources_[next_source_ - 1].bytes = valid_up_to;
      return std::nullopt;
    }
    Note(true, fmt::format("Error truncating the AOF file {}: {}", name, ReasonOf(status)));
  }
  return Fail(Status::Corruption(fmt::format(
      "Unexpected end of file reading the append only file {}. You can: 1) Make a backup of your AOF file, then use "
      "./redis-check-aof --fix <filename.manifest>. 2) Alternatively you can set the 'aof-load-truncated' "
      "configuration "
      "option to yes and restart the server.",
      name)));
}

std::unexpected<Status> AofLoader::Broken(const Status& cause) {
  const std::string& name = source().name;
  Note(true, fmt::format("AOF {}: {}", name, cause.message()));
  if (reader_->has_preamble() && reader_->preamble() != nullptr) {
    return Fail(Status(cause.code(), fmt::format("Error reading the RDB {} {}, AOF loading aborted",
                                                 IsOldStyle() ? "preamble of the AOF file" : "base file", name)));
  }
  return Fail(Status::Corruption(
      fmt::format("Bad file format reading the append only file {}: make a backup of your AOF file, then use "
                  "./redis-check-aof --fix <filename.manifest>",
                  name)));
}

std::string AofLoader::UnknownCommandText(std::string_view command) const {
  return fmt::format("Unknown command '{}' reading the append only file {}", command, source().name);
}

}  // namespace dunlin::persistence
