// The writing side of the append-only files: the increment that is being written, the rewrite's life, the manifest.
//
// A crash at any moment leaves files that load, with everything that was synced before.
//
// A rewrite, with the log going on:
//   1. StartRewrite()   the increment so far is synced; a new one is begun and the manifest names it.
//                       Everything appended from here on goes there; the cut of the snapshot must be here.
//   2. The base is written to CreateBase()'s file: an RDB file or commands that make the data as it was at the cut.
//   3. FinishRewrite()  the base is synced and named, the manifest is replaced: old base and old increments are
//   history.
//   4. RemoveHistory()  deletes them.
// AbandonRewrite() in place of 3 keeps all increments: they and the old base are the data.
//
// When appending is switched on in a running server (Start with kWhenRewritten), the first increment is a temporary one
// until the first rewrite is finished: until then the files on disk are the old ones.
//
// Errors: an Append() that failed has left nothing behind and may be tried again. A Sync() that failed is final:
// nothing is accepted any more. A step of a rewrite that failed leaves the data as it was before; the rewrite is then
// over.
//
// Thread: one at a time (the disk thread). Does not know the log or the gate.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "persistence/aof_loader.h"
#include "persistence/files.h"
#include "persistence/manifest.h"

namespace dunlin::persistence {

class AofWriter {
 public:
  enum class State : uint8_t {
    kOff,            // nothing is appended; rewrites make a base alone
    kWhenRewritten,  // what is appended goes to a temporary increment, until a rewrite is finished
    kOn,
  };

  // `manifest` is that on disk: AofLoader's, or ReadManifest's.
  AofWriter(FileSystem& files, const AofPlace& place, Manifest manifest)
      : files_(files), place_(place), manifest_(std::move(manifest)) {}

  // --- switching ---

  // At the start of a server whose append-only file is on: goes on with the last increment or creates one. Without any
  // file, also creates a base out of `empty_base`, the bytes of a base without keys. `sizes` is what was loaded.
  Status StartAfterLoad(std::string_view empty_base, bool base_is_rdb, const LoadEnd& sizes);
  // At run time: from the next rewrite on. Until StartRewrite() nothing is appended.
  void StartWhenRewritten();
  // Syncs and closes, also after an error; the files stay. What has been begun is abandoned.
  Status Stop();

  State state() const { return state_; }
  const Manifest& manifest() const { return manifest_; }
  const AofPlace& place() const { return place_; }

  // --- appending ---

  // Whether Append() has a file to write to.
  bool can_append() const { return increment_.file != nullptr; }
  // All of it or nothing. REQUIRES: can_append().
  Status Append(std::string_view bytes);
  // REQUIRES: can_append().
  Status Sync();
  // The failure that is final.
  const Status& failure() const { return failure_; }

  // --- the rewrite ---

  bool rewriting() const { return rewriting_; }
  // REQUIRES: !rewriting().
  Status StartRewrite();
  // The file for the base. REQUIRES: rewriting(), and not called before in this rewrite.
  Result<AppendFile*> CreateBase();
  // REQUIRES: CreateBase()'s file is complete.
  Status FinishRewrite(bool base_is_rdb);
  void AbandonRewrite();
  // Deletes what is history, and then says so in the manifest. OK also when there is none.
  Status RemoveHistory();

  // What is to be logged since the last call, in Redis's words.
  std::vector<LoadNote> TakeNotes();

  // --- for INFO ---

  // Base and increments together.
  uint64_t current_bytes() const { return settled_bytes_ + increment_.whole_bytes; }
  // That, when the last rewrite was finished or the data was loaded.
  uint64_t base_bytes() const { return base_bytes_; }
  // Of the increment that is being written: appended, and synced of it.
  uint64_t increment_bytes() const { return increment_.whole_bytes; }
  uint64_t synced_increment_bytes() const { return increment_.synced_bytes; }

  // Deletes what an earlier process left unfinished in the folder. Nobody else's: only temporary files with our name.
  Status RemoveLeftovers();

 private:
  struct Increment {
    std::unique_ptr<AppendFile> file;
    uint64_t whole_bytes = 0;  // without the torn tail of an append that failed
    uint64_t synced_bytes = 0;
  };

  // Makes the manifest on disk the one in memory again, when it may be another.
  Status Settle();
  // Replaces the manifest on disk and in memory.
  Status Publish(Manifest manifest);
  Status CreateFolder();
  Status CreateFirstBase(Manifest* manifest, std::string_view empty_base, bool base_is_rdb);
  Result<Increment> OpenIncrement(const std::string& name, bool fresh);
  Status StartNextIncrement();
  Status StartTemporaryIncrement();
  // Gives the base, and a temporary increment, their names; `manifest` becomes what is to be published.
  Status NameFiles(bool base_is_rdb, Manifest* manifest);
  Status CutTornTail();
  Status Latch(Status status);
  void RemoveQuietly(const std::string& name);
  std::string Path(std::string_view name) const { return place_.PathOf(name); }
  void Note(bool warning, std::string text) { notes_.push_back({warning, std::move(text)}); }

  FileSystem& files_;
  const AofPlace place_;
  Manifest manifest_;
  bool manifest_uncertain_ = false;  // the one on disk may be another
  State state_ = State::kOff;
  Increment increment_;
  uint64_t settled_bytes_ = 0;  // of all other files
  uint64_t base_bytes_ = 0;
  Status failure_;
  bool rewriting_ = false;
  std::unique_ptr<AppendFile> base_;
  std::vector<LoadNote> notes_;
};

}  // namespace dunlin::persistence
