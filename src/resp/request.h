// Requests out of bytes: RESP arrays of bulk strings, and inline commands.
//
// The parser looks at bytes and yields one command at a time as views into them: no byte is copied, and what it has
// already understood of an unfinished command is not read again when more bytes have arrived. A length alone never
// makes it allocate.
//
// Errors: a protocol error is final for the connection. Its text is Redis's, without the leading "-ERR ".
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/quoted.h"

namespace dunlin::resp {

using Args = std::span<const std::string_view>;

// What a client may send. Changes between commands, not within one.
struct RequestLimits {
  int64_t max_bulk_bytes = 512ll * 1024 * 1024;
  int64_t max_arguments;
  int64_t max_inline_bytes;
  bool authenticated = true;

  RequestLimits();
};

class RequestParser {
 public:
  enum class Outcome {
    kCommand,     // args() holds one command, which took command_bytes() of the bytes
    kIncomplete,  // more bytes are needed; the next call must begin with the same ones
    kError,       // error() says why; the connection must be closed after the reply
  };

  // Looks for the next command at the front of `bytes`. What is empty (a bare line end, "*0") is skipped and counts as
  // part of the command that follows.
  Outcome Next(std::string_view bytes, const RequestLimits& limits);

  // Views into the bytes, or (inline commands) into the parser until the next call of Next().
  Args args() const { return args_; }
  size_t command_bytes() const { return position_; }
  // The command itself, when it came as an array: fit to be passed on as it is. Empty for inline commands.
  std::string_view array_bytes(std::string_view bytes) const {
    return is_inline_ ? std::string_view() : bytes.substr(begin_, position_ - begin_);
  }
  bool is_inline() const { return is_inline_; }
  // Forgets an unfinished command, so that the next call may begin with other bytes.
  void Reset();

  // Gives back what commands with very many arguments have needed, unless one came since the last call. REQUIRES: no
  // command is unfinished; args() are gone afterwards.
  void FreeSpareMemory();

  const std::string& error() const { return error_; }
  // Of an unfinished command: how many bytes it certainly still lacks when `available` are there, so that the reader
  // can make room in one piece.
  size_t missing_bytes(size_t available) const;

 private:
  struct Range {
    size_t offset;
    size_t length;
  };

  Outcome NextArray(std::string_view bytes, const RequestLimits& limits);
  Outcome NextInline(std::string_view bytes, const RequestLimits& limits);
  Outcome ReadHeader(std::string_view bytes, const RequestLimits& limits);
  Outcome ReadBulk(std::string_view bytes, const RequestLimits& limits);
  Outcome Error(std::string text);

  std::vector<Range> ranges_;
  std::vector<std::string_view> args_;
  std::vector<std::string> inline_args_;
  bool had_many_ = false;  // arguments, since FreeSpareMemory() was called last
  size_t begin_ = 0;       // where the command begins, behind what was skipped
  size_t position_ = 0;    // what has been understood
  int64_t remaining_ = 0;  // arguments that are still to come
  int64_t bulk_length_ = -1;
  bool finished_ = true;
  bool is_inline_ = false;
  std::string error_;
};

using dunlin::SplitQuoted;

}  // namespace dunlin::resp
