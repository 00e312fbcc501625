#include "resp/reply.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "base/ascii.h"
#include "base/limits.h"
#include "base/numbers.h"

namespace dunlin::resp {
namespace {

// Below this, moving the rest of the buffer to the front costs more than it gives back.
constexpr size_t kCompactFromBytes = 64 * 1024;

template <typename Texts>
void AppendTexts(std::string& out, const Texts& arguments) {
  out.push_back('*');
  AppendInt64(out, static_cast<int64_t>(arguments.size()));
  out.append("\r\n");
  for (const auto& argument : arguments) {
    out.push_back('$');
    AppendInt64(out, static_cast<int64_t>(argument.size()));
    out.append("\r\n").append(argument).append("\r\n");
  }
}

// Servers may write a length or an integer with a plus sign.
std::optional<int64_t> ParseWireInteger(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return ParseInt64(text);
}

std::optional<double> ParseWireDouble(std::string_view text) {
  if (EqualsIgnoreCase(text, "nan") || EqualsIgnoreCase(text, "-nan")) return std::numeric_limits<double>::quiet_NaN();
  return ParseDouble(text);
}

bool IsBigNumber(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty()) return false;
  for (char c : text) {
    if (!IsAsciiDigit(c)) return false;
  }
  return true;
}

std::string ShowByte(char c) {
  if (c == '"' || c == '\\') return std::string("\\") + c;
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    case '\a': return "\\a";
    case '\b': return "\\b";
    default: break;
  }
  if (IsAsciiPrintable(c)) return std::string(1, c);
  constexpr char kHex[] = "0123456789abcdef";
  auto byte = static_cast<unsigned char>(c);
  return std::string("\\x") + kHex[byte >> 4] + kHex[byte & 15];
}

ReplyKind AggregateKind(char sign) {
  switch (sign) {
    case '~': return ReplyKind::kSet;
    case '>': return ReplyKind::kPush;
    case '%':
    case '|': return ReplyKind::kMap;
    default: return ReplyKind::kArray;
  }
}

}  // namespace

bool Reply::IsText() const {
  switch (kind) {
    case ReplyKind::kStatus:
    case ReplyKind::kString:
    case ReplyKind::kVerbatim:
    case ReplyKind::kBigNumber:
    case ReplyKind::kDouble: return true;
    default: return false;
  }
}

bool Reply::IsAggregate() const {
  return kind == ReplyKind::kArray || kind == ReplyKind::kSet || kind == ReplyKind::kPush || kind == ReplyKind::kMap;
}

const Reply* Reply::Find(std::string_view key) const {
  if (kind != ReplyKind::kMap && kind != ReplyKind::kArray) return nullptr;
  for (size_t i = 0; i + 1 < elements.size(); i += 2) {
    if (elements[i].IsText() && elements[i].text == key) return &elements[i + 1];
  }
  return nullptr;
}

void ReplyParser::Feed(std::string_view bytes) {
  Compact();
  buffer_.append(bytes);
}

std::optional<Result<Reply>> ReplyParser::Next() {
  if (!failure_.ok()) return Fail(failure_);
  while (true) {
    switch (ReadOne()) {
      case Step::kNeedBytes: return std::nullopt;
      case Step::kFailed: return Fail(failure_);
      case Step::kGotReply: return std::move(done_);
      case Step::kGoOn: break;
    }
  }
}

std::string ReplyParser::TakeRest() {
  std::string rest = buffer_.substr(position_);
  buffer_.clear();
  position_ = scanned_ = 0;
  return rest;
}

void ReplyParser::Compact() {
  if (position_ == buffer_.size()) {
    buffer_.clear();
  } else if (position_ >= kCompactFromBytes && position_ > buffer_.size() / 2) {
    buffer_.erase(0, position_);
  } else {
    return;
  }
  scanned_ = scanned_ > position_ ? scanned_ - position_ : 0;
  position_ = 0;
}

ReplyParser::Step ReplyParser::Broken(std::string why) {
  failure_ = Status::Corruption(std::move(why));
  open_.clear();
  attributes_.clear();
  buffer_.clear();
  position_ = scanned_ = 0;
  return Step::kFailed;
}

std::optional<std::string_view> ReplyParser::TakeLine() {
  if (scanned_ < position_) scanned_ = position_;
  size_t end = buffer_.find("\r\n", scanned_);
  if (end == std::string::npos) {
    // The last byte may be the first half of the end.
    scanned_ = std::max(position_, buffer_.empty() ? 0 : buffer_.size() - 1);
    return std::nullopt;
  }
  std::string_view line(buffer_.data() + position_, end - position_);
  position_ = end + 2;
  return line;
}

ReplyParser::Step ReplyParser::ReadOne() {
  if (bulk_length_ >= 0) return ReadBulkBody();
  if (position_ == buffer_.size()) return Step::kNeedBytes;
  char sign = buffer_[position_];
  if (std::string_view("+-:_,#(*~>%|$!=").find(sign) == std::string_view::npos) {
    return Broken("Protocol error, got \"" + ShowByte(sign) + "\" as reply type byte");
  }
  std::optional<std::string_view> line = TakeLine();
  if (!line) {
    if (buffer_.size() - position_ > limits::kMaxReplyLineBytes) return Broken("Protocol error, a line without an end");
    return Step::kNeedBytes;
  }
  line->remove_prefix(1);
  switch (sign) {
    case '*':
    case '~':
    case '>':
    case '%':
    case '|': return StartAggregate(sign, *line);
    case '$':
    case '!':
    case '=': return StartBulk(sign, *line);
    default: return Scalar(sign, *line);
  }
}

ReplyParser::Step ReplyParser::Scalar(char sign, std::string_view line) {
  Reply reply;
  switch (sign) {
    case '+':
    case '-':
      reply.kind = sign == '+' ? ReplyKind::kStatus : ReplyKind::kError;
      reply.text = line;
      break;
    case ':': {
      std::optional<int64_t> value = ParseWireInteger(line);
      if (!value) return Broken("Bad integer value");
      reply.kind = ReplyKind::kInteger;
      reply.integer = *value;
      break;
    }
    case '_':
      if (!line.empty()) return Broken("Bad nil value");
      break;
    case ',': {
      std::optional<double> value = ParseWireDouble(line);
      if (!value) return Broken("Bad double value");
      reply.kind = ReplyKind::kDouble;
      reply.number = *value;
      reply.text = line;
      break;
    }
    case '#':
      if (line.size() != 1 || std::string_view("tTfF").find(line[0]) == std::string_view::npos) {
        return Broken("Bad bool value");
      }
      reply.kind = ReplyKind::kBool;
      reply.integer = AsciiLower(line[0]) == 't';
      break;
    default:
      if (!IsBigNumber(line)) return Broken("Bad bignum value");
      reply.kind = ReplyKind::kBigNumber;
      reply.text = line;
  }
  return Close(std::move(reply));
}

ReplyParser::Step ReplyParser::StartBulk(char sign, std::string_view line) {
  std::optional<int64_t> length = ParseWireInteger(line);
  if (!length) return Broken("Bad bulk string length");
  if (*length < -1) return Broken("Bulk string length out of range");
  if (*length == -1) return Close(Reply());
  bulk_length_ = *length;
  bulk_sign_ = sign;
  return Step::kGoOn;
}

ReplyParser::Step ReplyParser::ReadBulkBody() {
  size_t have = buffer_.size() - position_;
  if (have < 2 || have - 2 < static_cast<uint64_t>(bulk_length_)) return Step::kNeedBytes;
  auto length = static_cast<size_t>(bulk_length_);
  bulk_length_ = -1;
  std::string_view body(buffer_.data() + position_, length);
  if (buffer_.compare(position_ + length, 2, "\r\n") != 0) return Broken("Bad end of a bulk string");
  Reply reply;
  reply.kind = bulk_sign_ == '!' ? ReplyKind::kError : ReplyKind::kString;
  if (bulk_sign_ == '=') {
    if (length < 4 || body[3] != ':') {
      return Broken("Verbatim string 4 bytes of content type are missing or incorrectly encoded.");
    }
    reply.kind = ReplyKind::kVerbatim;
    reply.format = body.substr(0, 3);
    body.remove_prefix(4);
  }
  reply.text = body;
  position_ += length + 2;
  return Close(std::move(reply));
}

ReplyParser::Step ReplyParser::StartAggregate(char sign, std::string_view line) {
  std::optional<int64_t> count = ParseWireInteger(line);
  if (!count) return Broken("Bad multi-bulk length");
  bool is_map = sign == '%' || sign == '|';
  if (*count < -1 || (is_map && *count > std::numeric_limits<int64_t>::max() / 2)) {
    return Broken("Multi-bulk length out of range");
  }
  if (*count == -1) return Close(Reply());
  if (open_.size() >= static_cast<size_t>(limits::kMaxReplyDepth)) {
    return Broken("No support for nested multi bulk replies with depth > " + std::to_string(limits::kMaxReplyDepth));
  }
  Open open;
  open.reply.kind = AggregateKind(sign);
  open.missing = is_map ? *count * 2 : *count;
  open.is_attribute = sign == '|';
  if (open.missing == 0 && open.is_attribute) return Step::kGoOn;
  // Also for an attribute: it must not give what was told before it to its own first key, or a long row of attributes
  // would become a deep tree.
  open.reply.attributes = std::exchange(attributes_, {});
  if (open.missing == 0) return Close(std::move(open.reply));
  open_.push_back(std::move(open));
  return Step::kGoOn;
}

// Hands a complete value to the aggregate that waits for it, and closes each one that is complete with it.
ReplyParser::Step ReplyParser::Close(Reply reply) {
  if (!attributes_.empty()) reply.attributes = std::exchange(attributes_, {});
  while (!open_.empty()) {
    Open& parent = open_.back();
    parent.reply.elements.push_back(std::move(reply));
    if (--parent.missing > 0) return Step::kGoOn;
    bool is_attribute = parent.is_attribute;
    reply = std::move(parent.reply);
    open_.pop_back();
    if (is_attribute) {
      attributes_ = std::move(reply.attributes);
      std::ranges::move(reply.elements, std::back_inserter(attributes_));
      return Step::kGoOn;
    }
  }
  done_ = std::move(reply);
  return Step::kGotReply;
}

void AppendCommand(std::string& out, std::span<const std::string_view> arguments) { AppendTexts(out, arguments); }
void AppendCommand(std::string& out, std::span<const std::string> arguments) { AppendTexts(out, arguments); }
void AppendCommand(std::string& out, std::initializer_list<std::string_view> arguments) { AppendTexts(out, arguments); }

}  // namespace dunlin::resp
