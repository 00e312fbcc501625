// RDB bytes to events. Bytes are fed as they come, in pieces of any size, from a file or a socket; no more than one
// value is held.
//
//   reader.Feed(bytes);
//   while (true) {
//     auto event = reader.Next();
//     if (!event) return event.error();
//     if (std::holds_alternative<NeedMore>(*event)) break;     // feed again, or EndOfInput()
//     ...
//   }
//
// The bytes may be hostile: nothing is allocated on the word of a length, and every error is final. Error messages name
// the offset: "Internal error in RDB reading offset <n> -> <what>", but for the two that clients know: "Wrong signature
// trying to load DB from file", and "Can't handle RDB format version <v>" (kUnsupported).
//
// Read: all versions up to 11. Modules are refused (kUnsupported), so are the files of Valkey 9 and Redis 7.4 on.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/buffer.h"
#include "base/ids.h"
#include "base/status.h"
#include "snapshot/rdb_writer.h"
#include "snapshot/value_decoder.h"

namespace dunlin::snapshot {

// Views in events are good until the next call of Next() or Feed().

struct NeedMore {};
// Unknown names are to be passed over.
struct RdbAux {
  std::string_view name;
  std::string_view value;
};
struct RdbSelectDb {
  uint64_t index;  // not checked against the number of databases
};
// Hints, not to be believed.
struct RdbResizeDb {
  uint64_t keys;
  uint64_t expires;
};
struct RdbFunction {
  std::string_view code;
};
struct RdbKey {
  KeyInfo info;
  // A string that is no integer is handed out where it stands, so that it can be stored with one copy; then `value` is
  // empty.
  std::optional<std::string_view> text;
  values::Value value;

  // Either of them as a value.
  values::Value TakeValue();
};
// A key whose collection has no elements, as an old bug left them behind; to be passed over.
struct RdbEmptyKey {
  std::string_view key;
};
enum class RdbChecksum : uint8_t { kMatches, kNotWritten, kNotLookedAt };
// Nothing follows. What was fed beyond is rest().
struct RdbEnd {
  RdbChecksum checksum;
};

using RdbEvent = std::variant<NeedMore, RdbAux, RdbSelectDb, RdbResizeDb, RdbFunction, RdbKey, RdbEmptyKey, RdbEnd>;

struct RdbReadOptions {
  DecodeOptions decode;
  bool verify_checksum = true;
};

// What the reader was at when an error came: the words of redis-check-rdb.
struct RdbProgress {
  std::string_view doing;          // "start", "read-type", "read-key", "read-object-value", ...
  std::optional<std::string> key;  // being read
  std::optional<uint8_t> type;     // of that key
};

class RdbReader {
 public:
  explicit RdbReader(const RdbReadOptions& options) : options_(options), decoder_(options.decode) {}

  void Feed(std::string_view bytes);
  Result<RdbEvent> Next();
  // To be asked when there will be no more bytes: an error unless the end has been read.
  Status EndOfInput() const;

  // Bytes understood so far.
  uint64_t offset() const { return settled_bytes_ + position_; }
  int version() const { return version_; }
  bool at_end() const { return state_ == State::kEnded; }
  // After RdbEnd: what was fed beyond the end. Good until Feed().
  std::string_view rest() const { return Unread(); }
  RdbProgress progress() const;

 private:
  enum class State : uint8_t { kMagic, kRecord, kValue, kChecksum, kEnded, kFailed };

  std::string_view Unread() const { return in_.view().substr(position_); }
  // Everything before `rest`, the tail of what is buffered, is understood.
  void Advance(std::string_view rest) { position_ = in_.size() - rest.size(); }
  // Adds what has been understood to the checksum and lets go of it.
  void Settle();
  // kCorruption, with the offset.
  Status AtOffset(std::string_view why) const;
  std::unexpected<Status> Failed(Status status);
  std::unexpected<Status> Corrupt(std::string_view why);

  // These return no event when they changed the state or took note of something, and there is more to look at.
  using Step = Result<std::optional<RdbEvent>>;
  Step ReadMagic();
  Step ReadRecord();
  Step ReadOpcode(RdbOpcode opcode, std::string_view rest);
  Step ReadAux(std::string_view rest);
  Step ReadLengths(RdbOpcode opcode, std::string_view rest);
  Step ReadKeyAttribute(RdbOpcode opcode, std::string_view rest);
  Step ReadFunction(std::string_view rest);
  Step ReadKeyHead(uint8_t type, std::string_view rest);
  Step ReadValue();
  Step ReadChecksum();
  // The event for an outcome that is not kOk.
  Step Unfinished(ReadOutcome outcome, const char* why);

  const RdbReadOptions options_;
  State state_ = State::kMagic;
  const char* doing_ = "start";
  Buffer in_;
  size_t position_ = 0;         // in in_: what has been understood
  uint64_t settled_bytes_ = 0;  // before in_
  uint64_t crc_ = 0;            // of those
  int version_ = 0;
  Status failure_;

  RdbString name_;
  RdbString text_;
  ValueDecoder decoder_;
  bool in_key_ = false;  // key_ and type_ have been read, their value has not
  std::string key_;
  uint8_t type_ = 0;
  int64_t expire_at_ms_ = kNoExpiry;
  std::optional<uint64_t> idle_seconds_;
  std::optional<uint8_t> frequency_;
};

}  // namespace dunlin::snapshot
