// Lengths and strings, the two words that everything in an RDB file is made of.
//
// A string is written as Redis writes it: an integer of up to 32 bits as that integer, more than 20 bytes compressed
// with LZF when that saves at least four, else as it is.
//
// Readers take from the front of a view and leave it as it was when they return kNeedMore, so that they can be called
// again with more bytes. The bytes may be hostile: no length is believed before its bytes are there.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/numbers.h"

namespace dunlin::snapshot {

// --- writing ---

void AppendLength(std::string& out, uint64_t length);
void AppendString(std::string& out, std::string_view text, bool compress);
// The string that is this integer's digits.
void AppendIntegerString(std::string& out, int64_t integer);

// The same as AppendString for a long text, in steps.
class StringEncoder {
 public:
  // From here on a string is better encoded in steps.
  static constexpr size_t kLongBytes = size_t{64} * 1024;

  // `text` must stay where it is until Step() has returned true.
  void Start(std::string_view text, bool compress);
  // Reads and writes about `budget_bytes`, at least one piece; true when the string is complete.
  bool Step(std::string& out, size_t budget_bytes);

 private:
  void CompressPiece();

  std::string_view text_;
  std::string packed_;
  size_t position_ = 0;  // in text_ while compressing, then in what is written
  bool compressing_ = false;
  bool header_written_ = false;
  bool use_packed_ = false;
};

// --- reading ---

enum class ReadOutcome : uint8_t { kOk, kNeedMore, kBad };

struct RdbLength {
  uint64_t value = 0;
  bool special = false;  // then value is one of kSpecial...
};

ReadOutcome ReadLength(std::string_view& in, RdbLength* length);
// A length that may not be special.
ReadOutcome ReadPlainLength(std::string_view& in, uint64_t* length);

// One string out of a file.
class RdbString {
 public:
  // On kBad, why() says what is wrong.
  ReadOutcome Read(std::string_view& in);

  // In the bytes that were read, or in this object when they were compressed or an integer.
  std::string_view view() const { return text_; }
  bool is_integer() const { return is_integer_; }
  int64_t integer() const { return integer_; }
  const char* why() const { return why_; }

 private:
  ReadOutcome ReadSpecial(std::string_view& rest, uint64_t kind);
  ReadOutcome ReadInteger(std::string_view& rest, uint64_t kind);
  ReadOutcome ReadCompressed(std::string_view& rest);

  std::string_view text_;
  std::string unpacked_;
  char digits_[kInt64Digits + 1];
  int64_t integer_ = 0;
  bool is_integer_ = false;
  const char* why_ = "";
};

}  // namespace dunlin::snapshot
