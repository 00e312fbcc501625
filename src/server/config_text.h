// The small forms of configuration files: amounts of memory, numbers with some tolerance, lines. Words in quotes are
// those of base/quoted.h.
//
// Splitting a line into words is SplitQuoted(); QuoteWord() is its inverse.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dunlin::server {

// "1024", "10b", "1k" (1000), "1kb" (1024), and so on for m and g, in any case. No sign, no fraction; nothing that does
// not fit into 63 bits.
std::optional<int64_t> ParseMemory(std::string_view text);

// The shortest exact form: "1gb", "64mb", "3kb", "1000".
std::string FormatMemory(int64_t bytes);

// A decimal number that may have leading zeros and a sign, as Redis reads some old directives.
std::optional<int64_t> ParseTolerant(std::string_view text);

// Octal digits only.
std::optional<int64_t> ParseOctal(std::string_view text);
std::string FormatOctal(int64_t value);

// AppendQuoted() as a value.
std::string QuoteWord(std::string_view text);

// The lines of a text, one after the other, without their ends. A last line without an end counts, an empty one does
// not. The text must outlive the reader.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> Next();

 private:
  std::string_view rest_;
};

}  // namespace dunlin::server
