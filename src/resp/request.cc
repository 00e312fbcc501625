#include "resp/request.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/numbers.h"

namespace dunlin::resp {
namespace {

// Counts that are within every limit, and need no look at any.
constexpr int64_t kShortArguments = std::min<int64_t>(9, limits::kMaxArgumentsBeforeAuth);
static_assert(limits::kMaxArgumentBeforeAuthBytes >= 99);

// Room for so many arguments is kept for the next command.
constexpr size_t kKeptArguments = 1024;

// The line that starts at `from`, without its "\r\n"; nothing when its end has not come yet.
std::optional<std::string_view> LineAt(std::string_view all, size_t from) {
  std::string_view bytes = all.substr(from);
  const void* cr = std::memchr(bytes.data(), '\r', bytes.size());
  if (cr == nullptr) return std::nullopt;
  auto length = static_cast<size_t>(static_cast<const char*>(cr) - bytes.data());
  if (length + 1 >= bytes.size()) return std::nullopt;
  return bytes.substr(0, length);
}

// "$3\r\n", "*12\r\n": a kind and a count of one or two digits, as nearly all are. The bytes it takes; 0 when it is
// anything else.
size_t ShortCount(std::string_view bytes, size_t from, char kind, int64_t* count) {
  const char* p = bytes.data() + from;
  size_t available = bytes.size() - from;
  if (available < 4 || p[0] != kind || !IsAsciiDigit(p[1])) return 0;
  if (p[2] == '\r' && p[3] == '\n') {
    *count = p[1] - '0';
    return 4;
  }
  if (available < 5 || p[1] == '0' || !IsAsciiDigit(p[2]) || p[3] != '\r' || p[4] != '\n') return 0;
  *count = (p[1] - '0') * 10 + (p[2] - '0');
  return 5;
}

}  // namespace

RequestLimits::RequestLimits() : max_arguments(INT32_MAX), max_inline_bytes(limits::kInlineMaxBytes) {}

RequestParser::Outcome RequestParser::Error(std::string text) {
  error_ = std::move(text);
  return Outcome::kError;
}

void RequestParser::Reset() {
  begin_ = position_ = 0;
  remaining_ = 0;
  bulk_length_ = -1;
  finished_ = false;
}

void RequestParser::FreeSpareMemory() {
  if (std::exchange(had_many_, false) || ranges_.capacity() <= kKeptArguments) return;
  Reset();
  ranges_ = std::vector<Range>();
  args_ = std::vector<std::string_view>();
}

RequestParser::Outcome RequestParser::Next(std::string_view bytes, const RequestLimits& limits) {
  if (finished_) Reset();
  while (true) {
    if (remaining_ > 0) return NextArray(bytes, limits);
    begin_ = position_;
    if (position_ == bytes.size()) return Outcome::kIncomplete;
    Outcome outcome = bytes[position_] == '*' ? ReadHeader(bytes, limits) : NextInline(bytes, limits);
    if (outcome != Outcome::kCommand || finished_) return outcome;
  }
}

RequestParser::Outcome RequestParser::ReadHeader(std::string_view bytes, const RequestLimits& limits) {
  int64_t short_count;
  size_t taken = ShortCount(bytes, position_, '*', &short_count);
  if (taken != 0 && short_count <= kShortArguments) {
    position_ += taken;
    remaining_ = short_count;
    is_inline_ = false;
    ranges_.clear();
    return Outcome::kCommand;
  }
  auto line = LineAt(bytes, position_);
  if (!line) {
    if (bytes.size() - position_ > limits::kInlineMaxBytes) return Error("Protocol error: too big mbulk count string");
    return Outcome::kIncomplete;
  }
  auto count = ParseInt64(line->substr(1));
  if (!count || *count > limits.max_arguments) return Error("Protocol error: invalid multibulk length");
  if (!limits.authenticated && *count > limits::kMaxArgumentsBeforeAuth) {
    return Error("Protocol error: unauthenticated multibulk length");
  }
  position_ += line->size() + 2;
  remaining_ = *count > 0 ? *count : 0;
  is_inline_ = false;
  ranges_.clear();
  return Outcome::kCommand;
}

RequestParser::Outcome RequestParser::ReadBulk(std::string_view bytes, const RequestLimits& limits) {
  if (size_t taken = bulk_length_ < 0 ? ShortCount(bytes, position_, '$', &bulk_length_) : 0; taken != 0) {
    position_ += taken;
  } else if (bulk_length_ < 0) {
    auto line = LineAt(bytes, position_);
    if (!line) {
      if (bytes.size() - position_ > limits::kInlineMaxBytes) return Error("Protocol error: too big bulk count string");
      return Outcome::kIncomplete;
    }
    if (line->empty() || line->front() != '$') {
      char got = line->empty() ? '\r' : line->front();
      return Error(std::string("Protocol error: expected '$', got '") + got + "'");
    }
    auto length = ParseInt64(line->substr(1));
    if (!length || *length < 0 || *length > limits.max_bulk_bytes) return Error("Protocol error: invalid bulk length");
    if (!limits.authenticated && *length > static_cast<int64_t>(limits::kMaxArgumentBeforeAuthBytes)) {
      return Error("Protocol error: unauthenticated bulk length");
    }
    position_ += line->size() + 2;
    bulk_length_ = *length;
  }
  auto length = static_cast<size_t>(bulk_length_);
  if (bytes.size() - position_ < length + 2) return Outcome::kIncomplete;
  ranges_.push_back({position_, length});
  position_ += length + 2;
  bulk_length_ = -1;
  --remaining_;
  return Outcome::kCommand;
}

RequestParser::Outcome RequestParser::NextArray(std::string_view bytes, const RequestLimits& limits) {
  while (remaining_ > 0) {
    Outcome outcome = ReadBulk(bytes, limits);
    if (outcome != Outcome::kCommand) return outcome;
  }
  args_.clear();
  for (const Range& range : ranges_) args_.push_back(bytes.substr(range.offset, range.length));
  if (ranges_.size() > kKeptArguments) had_many_ = true;
  finished_ = true;
  return Outcome::kCommand;
}

RequestParser::Outcome RequestParser::NextInline(std::string_view bytes, const RequestLimits& limits) {
  std::string_view rest = bytes.substr(position_);
  size_t end = rest.find('\n');
  if (end == std::string_view::npos || end > static_cast<size_t>(limits.max_inline_bytes)) {
    if (rest.size() > static_cast<size_t>(limits.max_inline_bytes))
      return Error("Protocol error: too big inline request");
    return Outcome::kIncomplete;
  }
  std::string_view line = rest.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  inline_args_.clear();
  args_.clear();
  if (!SplitQuoted(line, &inline_args_)) return Error("Protocol error: unbalanced quotes in request");
  for (const std::string& argument : inline_args_) args_.push_back(argument);
  position_ += end + 1;
  is_inline_ = true;
  finished_ = !args_.empty();
  return Outcome::kCommand;
}

size_t RequestParser::missing_bytes(size_t available) const {
  if (bulk_length_ < 0) return 0;
  size_t needed = position_ + static_cast<size_t>(bulk_length_) + 2;
  return needed > available ? needed - available : 0;
}

}  // namespace dunlin::resp
