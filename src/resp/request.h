// Requests out of bytes: RESP arrays of bulk strings, and inline commands.
//
// The parser looks at a Buffer and yields one command at a time as views into it: no byte is copied, and what it has
// already understood of an unfinished command is not read again when more bytes arrive. A length alone never makes it
// allocate.
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

#include "base/buffer.h"

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
    kCommand,     // args() holds one command; call Release() when it has been carried out
    kIncomplete,  // more bytes are needed
    kError,       // error() says why; the connection must be closed after the reply
  };

  // Looks for the next command at the front of `in`. An empty command (a bare line end, "*0") is skipped.
  Outcome Next(Buffer& in, const RequestLimits& limits);

  // Views into the buffer (or, for quoted inline arguments, into the parser), until Release() or a change of the
  // buffer.
  Args args() const { return args_; }
  // The bytes of the command as they came.
  std::string_view raw(const Buffer& in) const { return in.view().substr(0, position_); }
  void Release(Buffer& in);

  const std::string& error() const { return error_; }
  // Of an unfinished command: how many bytes it certainly still lacks, so that the reader can make room in one piece.
  size_t missing_bytes(const Buffer& in) const;
  bool in_command() const { return remaining_ > 0 || bulk_length_ >= 0; }

 private:
  struct Range {
    size_t offset;
    size_t length;
  };

  Outcome NextArray(Buffer& in, const RequestLimits& limits);
  Outcome NextInline(Buffer& in, const RequestLimits& limits);
  Outcome ReadHeader(Buffer& in, const RequestLimits& limits, bool* skipped);
  Outcome ReadBulk(Buffer& in, const RequestLimits& limits);
  Outcome Error(std::string text);

  std::vector<Range> ranges_;
  std::vector<std::string_view> args_;
  std::vector<std::string> inline_args_;
  size_t position_ = 0;  // from the front of the buffer: what has been understood
  int64_t remaining_ = 0;
  int64_t bulk_length_ = -1;
  std::string error_;
};

// Splits a line into arguments the way inline commands, config files and the client's prompt do: blanks separate,
// "double quotes" know \n \r \t \b \a \xHH \\ \", 'single quotes' know \'. False when quotes are unbalanced.
bool SplitQuoted(std::string_view line, std::vector<std::string>* out);

}  // namespace dunlin::resp
