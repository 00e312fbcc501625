// The bytes of an RDB file or of a full synchronisation, from the magic to the checksum, into a buffer that the caller
// empties.
//
//   RdbWriter writer({.version = 10}, /*checksum=*/true);
//   writer.Begin(info);
//   for each database: writer.SelectDb(db), writer.ResizeDb(...), writer.Key(info, value) ...
//   writer.End();
//   file.Append(writer.bytes()), writer.Clear()     as often as there is something
//
// Keys may also be encoded elsewhere, by many threads, with AppendKeyRecord(); Records() takes their bytes.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "snapshot/value_encoder.h"

namespace dunlin::snapshot {

inline constexpr int64_t kNoExpiry = -1;

// What an RDB file says of a key besides its value. At most one of idle and frequency is set.
struct KeyInfo {
  std::string_view key;
  int64_t expire_at_ms = kNoExpiry;
  std::optional<uint64_t> idle_seconds;
  std::optional<uint8_t> frequency;
};

// The fields at the beginning of a file.
struct RdbInfo {
  std::string_view redis_version;
  int64_t created_at_seconds = 0;
  uint64_t used_memory_bytes = 0;
  // Of the history that the data belongs to.
  struct Replication {
    int stream_db = 0;
    ReplicationId id;
    Offset offset;
  };
  std::optional<Replication> replication;
  bool aof_base = false;
};

// A key's record: expiry, idle time or frequency, type, key, value.
void AppendKeyRecord(std::string& out, const KeyInfo& info, ValueRef value, const RdbEncoding& encoding);

// The same in steps.
class KeyEncoder {
 public:
  // As ValueEncoder: the value must not change, nor move, until Step() has returned true. The key is copied at the
  // first step.
  KeyEncoder(const KeyInfo& info, ValueRef value, const RdbEncoding& encoding)
      : info_(info), encoding_(encoding), value_(value, encoding) {}
  bool Step(std::string& out, size_t budget_bytes);

 private:
  KeyInfo info_;
  RdbEncoding encoding_;
  ValueEncoder value_;
  bool head_written_ = false;
};

class RdbWriter {
 public:
  // Without a checksum the file says so.
  RdbWriter(const RdbEncoding& encoding, bool checksum) : encoding_(encoding), checksum_(checksum) {}

  const RdbEncoding& encoding() const { return encoding_; }

  // Magic and standard fields.
  void Begin(const RdbInfo& info);
  void Aux(std::string_view name, std::string_view value);
  void Aux(std::string_view name, int64_t value);
  // A library's code. Version 9 knows none: then nothing is written.
  void Function(std::string_view code);
  // Written only when the database changes.
  void SelectDb(DbIndex db);
  // Hints for the database that was selected last.
  void ResizeDb(uint64_t keys, uint64_t expires);
  void Key(const KeyInfo& info, ValueRef value);
  // Whole records of one database, encoded elsewhere with this encoding.
  void Records(DbIndex db, std::string_view records);
  void End();

  // What has been written since Clear(). The checksum follows what is cleared, so clear only what was taken.
  std::string_view bytes() const { return out_; }
  void Clear();
  uint64_t total_bytes() const { return cleared_bytes_ + out_.size(); }

 private:
  RdbEncoding encoding_;
  bool checksum_;
  std::string out_;
  uint64_t crc_ = 0;  // of what was cleared
  uint64_t cleared_bytes_ = 0;
  std::optional<DbIndex> db_;
};

}  // namespace dunlin::snapshot
