// Reads the data of a server from its append-only files, in the order of the manifest, one event at a time.
//
// Knows the rules about the files: an old single file is moved into the folder as the base; files that the manifest
// names must be there; only the last one may end too early, and is then cut where its last whole command ends. What
// Redis would log on the way comes as events, in its words, so that tools which read logs find them.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/status.h"
#include "persistence/aof_reader.h"
#include "persistence/files.h"
#include "persistence/manifest.h"

namespace dunlin::persistence {

// Where the append-only files are.
struct AofPlace {
  std::string server_folder = ".";           // dir
  std::string folder = "appendonlydir";      // appenddirname, within server_folder
  std::string file_name = "appendonly.aof";  // appendfilename

  std::string FolderPath() const { return JoinPath(server_folder, folder); }
  std::string PathOf(std::string_view name) const { return JoinPath(FolderPath(), name); }
};

// A line for the log.
struct LoadNote {
  bool warning;
  std::string text;
};

// The manifest on disk; an empty one when there is none, nor a folder. Errors: kCorruption; `notes` gets what is to be
// logged before the error's message.
Result<Manifest> ReadManifest(FileSystem& files, const AofPlace& place, std::vector<LoadNote>* notes);
// Writes it so that a crash leaves the old or the new one.
Status WriteManifest(FileSystem& files, const AofPlace& place, const Manifest& manifest);

struct LoadFileBegin {
  std::string name;
  uint64_t bytes;
};
struct LoadFileEnd {
  std::string name;
  bool base;
};
// All files have been read.
struct LoadEnd {
  bool truncated = false;    // the last file was cut
  uint64_t total_bytes = 0;  // of base and increments
  uint64_t base_bytes = 0;
};

using LoadEvent = std::variant<LoadNote, LoadFileBegin, LoadFileEnd, LoadEnd, AofCommand, AofTimestamp, AofPreambleEnd,
                               snapshot::RdbAux, snapshot::RdbSelectDb, snapshot::RdbResizeDb, snapshot::RdbFunction,
                               snapshot::RdbKey, snapshot::RdbEmptyKey>;

class AofLoader {
 public:
  struct Options {
    AofPlace place;
    bool load_truncated = true;  // aof-load-truncated
    snapshot::RdbReadOptions rdb;
  };

  AofLoader(FileSystem& files, const Options& options) : files_(files), options_(options) {}

  // Reads the manifest and moves an old single file in. Returns false when there is nothing to load. Errors are final.
  // TakeNotes() has what is to be logged, before the message of an error.
  Result<bool> Open();
  std::vector<LoadNote> TakeNotes();
  const Manifest& manifest() const { return manifest_; }
  uint64_t total_bytes() const { return total_bytes_; }
  // Read so far, of all files.
  uint64_t loaded_bytes() const { return finished_bytes_ + (reader_ ? reader_->offset() : 0); }

  // After Open() returned true. Views are good until the next call. After an error, whose message is the last line to
  // be logged, there are no more events. After LoadEnd neither.
  Result<LoadEvent> Next();

  // The words for a command that the caller does not know; its error is then final too.
  std::string UnknownCommandText(std::string_view command) const;

 private:
  struct Source {
    std::string name;
    uint64_t bytes;
    bool base;
  };

  bool MustUpgrade() const;
  Status Upgrade();
  Status FindSources();
  // These return nothing when there is more to look at.
  using Step = Result<std::optional<LoadEvent>>;
  Step OpenNext();
  Step ReadEvent();
  Step ReadBytes();
  Step EndOfFile();
  Step CutOff(const AofProblem& problem);
  // The words for an error in this file.
  std::unexpected<Status> Broken(const Status& cause);
  void NotePreamble();
  bool IsOldStyle() const { return source().name == options_.place.file_name; }
  const Source& source() const { return sources_[next_source_ - 1]; }
  bool AtLastSource() const { return next_source_ == sources_.size(); }
  void Note(bool warning, std::string text) { notes_.push_back({warning, std::move(text)}); }

  FileSystem& files_;
  const Options options_;
  Manifest manifest_;
  std::vector<Source> sources_;
  size_t next_source_ = 0;
  std::unique_ptr<ReadableFile> file_;
  std::optional<AofReader> reader_;
  std::vector<char> chunk_;
  std::deque<LoadNote> notes_;
  std::optional<LoadEvent> held_;  // given out next, behind the notes
  bool preamble_noted_ = false;
  Status failure_;
  uint64_t total_bytes_ = 0;
  uint64_t finished_bytes_ = 0;
  bool truncated_ = false;
  bool ended_ = false;
};

}  // namespace dunlin::persistence
