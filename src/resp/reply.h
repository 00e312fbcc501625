// What a server answers: RESP2 and RESP3 bytes into a tree of replies, and a command into bytes.
//
// Thread: values; a parser belongs to one thread at a time.
// Errors: a Status of kCorruption says in one line what was wrong with the bytes. A parser that failed stays failed.
// Format: https://github.com/redis/redis-specifications/tree/master/protocol (RESP2.md, RESP3.md), streamed types left
// out, because no server sends them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace dunlin::resp {

enum class ReplyKind : uint8_t {
  kStatus,     // +OK: `text`
  kError,      // -ERR ... and the long form !21: `text`, without the sign
  kInteger,    // :1: `integer`
  kString,     // $5: `text`
  kNull,       // _, and RESP2's $-1 and *-1
  kDouble,     // ,1.5: `number`, and `text` as it was spelled
  kBool,       // #t: `integer` is 0 or 1
  kBigNumber,  // (123: `text`
  kVerbatim,   // =15: `text` without the format, which stands in `format`
  kArray,      // *2: `elements`
  kSet,        // ~2: `elements`
  kPush,       // >2: `elements`
  kMap,        // %2: `elements`: key, value, key, value ...
};

struct Reply {
  ReplyKind kind = ReplyKind::kNull;
  int64_t integer = 0;
  double number = 0;
  std::string text;
  std::string format;  // of verbatim text: three characters, such as "txt"
  std::vector<Reply> elements;
  std::vector<Reply> attributes;  // RESP3's |: key, value, key, value ... told about this reply

  bool IsError() const { return kind == ReplyKind::kError; }
  bool IsNull() const { return kind == ReplyKind::kNull; }
  // Bytes to read as a string: a status, a string, verbatim text, a big number, a spelled double.
  bool IsText() const;
  // Array, set, push or map.
  bool IsAggregate() const;
  // The value that stands behind `key` in a map, or in the flat array that RESP2 has instead; null when there is none.
  const Reply* Find(std::string_view key) const;
};

// Takes bytes in pieces of any size and gives whole replies back, in order. No length that the other end claims is
// believed: memory grows with the bytes that have come. Nesting is followed to limits::kMaxReplyDepth, a line to
// limits::kMaxReplyLineBytes.
class ReplyParser {
 public:
  void Feed(std::string_view bytes);

  // The next whole reply; nothing when more bytes are needed; or what was wrong with the bytes.
  std::optional<Result<Reply>> Next();

  // True when part of a reply, or a whole one, waits in here.
  bool HasBytes() const { return position_ < buffer_.size() || !open_.empty(); }

  // Takes out the bytes that no reply has claimed: what follows a reply that announced a change of protocol.
  // REQUIRES: Next() has just given a reply, or nothing was fed.
  std::string TakeRest();

 private:
  struct Open {
    Reply reply;
    int64_t missing = 0;  // elements still to come
    bool is_attribute = false;
  };
  enum class Step : uint8_t { kNeedBytes, kGotReply, kGoOn, kFailed };

  Step ReadOne();
  Step ReadBulkBody();
  Step StartAggregate(char sign, std::string_view line);
  Step StartBulk(char sign, std::string_view line);
  Step Scalar(char sign, std::string_view line);
  Step Close(Reply reply);
  Step Broken(std::string why);
  std::optional<std::string_view> TakeLine();
  void Compact();

  std::string buffer_;
  size_t position_ = 0;            // everything before it has been taken
  size_t scanned_ = 0;             // no end of line stands between position_ and here
  std::vector<Open> open_;         // aggregates whose elements are still coming, outermost first
  std::vector<Reply> attributes_;  // told before the value that they belong to
  int64_t bulk_length_ = -1;       // of the bulk whose header has been read; -1 for none
  char bulk_sign_ = 0;
  Reply done_;
  Status failure_;
};

// Appends `arguments` as a command: an array of bulk strings.
void AppendCommand(std::string& out, std::span<const std::string_view> arguments);
void AppendCommand(std::string& out, std::span<const std::string> arguments);
void AppendCommand(std::string& out, std::initializer_list<std::string_view> arguments);

}  // namespace dunlin::resp
