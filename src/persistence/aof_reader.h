// The bytes of one append-only file to commands: RESP, "#TS:" annotations, and an RDB file in front of them.
//
// Fed and asked like snapshot::RdbReader, whose events it passes on for the RDB part. The commands of a transaction are
// given out when its EXEC has been read, not before, and without MULTI and EXEC: whoever carries out what comes has
// never carried out half a transaction.
//
// The bytes may be hostile: nothing is allocated on the word of a length, and every error is final.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/buffer.h"
#include "base/status.h"
#include "snapshot/rdb_reader.h"

namespace dunlin::persistence {

// What is wrong, and where; in the words of redis-check-aof.
struct AofProblem {
  uint64_t offset = 0;
  std::string why;
  bool at_record_start = false;  // no command begins there
  // The file ends within a command, a transaction or an annotation, and is in order up to there.
  bool unfinished = false;
};

struct AofCommand {
  std::span<const std::string_view> args;  // good until the next call of Next() or Feed()
  uint64_t offset;                         // of its first byte
  bool in_transaction;
};
struct AofTimestamp {
  int64_t seconds;
  uint64_t offset;
};
// The RDB part is over; commands may follow.
struct AofPreambleEnd {
  snapshot::RdbChecksum checksum;
};

using AofEvent =
    std::variant<snapshot::NeedMore, AofCommand, AofTimestamp, AofPreambleEnd, snapshot::RdbAux, snapshot::RdbSelectDb,
                 snapshot::RdbResizeDb, snapshot::RdbFunction, snapshot::RdbKey, snapshot::RdbEmptyKey>;

class AofReader {
 public:
  explicit AofReader(const snapshot::RdbReadOptions& options) : rdb_options_(options) {}

  void Feed(std::string_view bytes);
  // Errors: kCorruption; problem() has it in detail, but for those of the RDB part.
  Result<AofEvent> Next();
  // To be asked when there will be no more bytes and Next() needs more. Nothing when the file ends where it may; else
  // the problem, which is `unfinished` for a command, a transaction or an annotation that is cut off, and for an RDB
  // part that is.
  std::optional<AofProblem> EndOfInput() const;

  // Behind the last whole command (transaction, annotation, or RDB part): where a file that ends too early is to be
  // cut.
  uint64_t valid_up_to() const { return valid_up_to_; }
  const std::optional<AofProblem>& problem() const { return problem_; }
  bool in_preamble() const { return state_ == State::kPreamble; }
  bool has_preamble() const { return has_preamble_; }
  bool in_transaction() const { return in_transaction_; }
  // Of the RDB part, while it lasts.
  const snapshot::RdbReader* preamble() const { return rdb_ ? &*rdb_ : nullptr; }
  // Lines are counted from 1; the one that is being read.
  uint64_t line() const { return line_; }
  // Bytes that have been understood.
  uint64_t offset() const { return rdb_ ? rdb_->offset() : dropped_bytes_ + position_; }

 private:
  enum class State : uint8_t { kStart, kPreamble, kCommands, kFailed };
  enum class Outcome : uint8_t { kOk, kNeedMore, kBad };
  struct Range {
    uint64_t offset;  // in the file
    size_t size;
  };
  struct Parsed {
    uint64_t offset;
    size_t first_range;  // of ranges_
    size_t range_count;
    bool in_transaction;
  };

  // What has not been understood yet.
  std::string_view Unread() const { return in_.view().substr(position_); }
  Result<AofEvent> NextInPreamble();
  // kOk when something has been read, be it nothing to speak of.
  Outcome ReadRecord(std::optional<AofEvent>* event);
  Outcome ReadAnnotation(std::optional<AofEvent>* event);
  Outcome ReadCommand();
  // "<prefix><number>\r\n", from position_ on.
  Outcome ReadNumber(char prefix, int64_t* number);
  Outcome ReadBulk();
  Outcome CommandRead();
  bool CurrentIs(std::string_view name) const;
  std::string_view TextOf(const Range& range) const;
  AofCommand GiveOut(const Parsed& command);
  Outcome Problem(uint64_t offset, std::string why, bool at_record_start = false);
  Status FailureStatus() const;
  // Lets go of what has been given out.
  void Compact();

  const snapshot::RdbReadOptions rdb_options_;
  State state_ = State::kStart;
  bool has_preamble_ = false;
  std::optional<snapshot::RdbReader> rdb_;
  Status rdb_failure_;
  Buffer in_;
  uint64_t dropped_bytes_ = 0;  // of the file, before in_
  size_t position_ = 0;         // in in_: what has been understood
  uint64_t valid_up_to_ = 0;
  uint64_t line_ = 1;
  std::optional<AofProblem> problem_;

  // The command that is being read.
  bool in_command_ = false;
  Parsed current_{};
  int64_t args_left_ = 0;
  int64_t bulk_bytes_ = -1;  // of its next argument, when the length has been read
  // Commands that have been read and not given out; in a transaction they wait for its end.
  std::vector<Range> ranges_;
  std::vector<Parsed> parsed_;
  size_t next_parsed_ = 0;
  bool in_transaction_ = false;
  std::vector<std::string_view> args_;
};

}  // namespace dunlin::persistence
