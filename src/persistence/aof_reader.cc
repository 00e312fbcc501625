#include "persistence/aof_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin::persistence {
namespace {

constexpr std::string_view kRdbMagic = "REDIS";
constexpr std::string_view kTimestamp = "#TS:";
// Of an annotation, and of a line with a number.
constexpr size_t kMaxLineBytes = 1024;

std::string ExpectedLineEnd(std::string_view got) {
  auto byte = [&](size_t i) { return i < got.size() ? static_cast<unsigned char>(got[i]) : 0u; };
  return fmt::format("Expected \\r\\n, got: {:02x}{:02x}", byte(0), byte(1));
}

}  // namespace

void AofReader::Feed(std::string_view bytes) {
  if (state_ == State::kPreamble) {
    rdb_->Feed(bytes);
    return;
  }
  Compact();
  in_.Append(bytes);
}

void AofReader::Compact() {
  uint64_t keep_from = dropped_bytes_ + position_;
  if (in_command_) keep_from = current_.offset;
  // The first that waits stands before all others.
  if (next_parsed_ < parsed_.size()) keep_from = parsed_[next_parsed_].offset;
  auto dropped = static_cast<size_t>(keep_from - dropped_bytes_);
  in_.Consume(dropped);
  dropped_bytes_ += dropped;
  position_ -= dropped;
}

Result<AofEvent> AofReader::Next() {
  while (true) {
    if (state_ == State::kPreamble) return NextInPreamble();
    if (next_parsed_ < parsed_.size() && !in_transaction_) return GiveOut(parsed_[next_parsed_++]);
    if (!in_transaction_ && !parsed_.empty()) {
      parsed_.clear();
      ranges_.clear();
      next_parsed_ = 0;
    }
    if (state_ == State::kFailed) return Fail(FailureStatus());
    if (state_ == State::kStart) {
      std::string_view begin = in_.view().substr(0, kRdbMagic.size());
      if (begin != kRdbMagic && kRdbMagic.starts_with(begin)) return snapshot::NeedMore{};
      state_ = begin == kRdbMagic ? State::kPreamble : State::kCommands;
      if (state_ == State::kCommands) continue;
      has_preamble_ = true;
      rdb_.emplace(rdb_options_);
      rdb_->Feed(in_.view());
      in_.Clear();
      continue;
    }
    std::optional<AofEvent> event;
    switch (ReadRecord(&event)) {
      case Outcome::kOk: break;
      case Outcome::kNeedMore: return snapshot::NeedMore{};
      case Outcome::kBad: continue;
    }
    if (event) return std::move(*event);
  }
}

Result<AofEvent> AofReader::NextInPreamble() {
  auto event = rdb_->Next();
  if (!event) {
    rdb_failure_ = event.error();
    state_ = State::kFailed;
    return Fail(rdb_failure_);
  }
  if (auto* end = std::get_if<snapshot::RdbEnd>(&*event)) {
    AofPreambleEnd over{end->checksum};
    in_.Append(rdb_->rest());
    dropped_bytes_ = valid_up_to_ = rdb_->offset();
    rdb_.reset();
    state_ = State::kCommands;
    return over;
  }
  return std::visit(
      [](auto&& inner) -> AofEvent {
        if constexpr (std::is_same_v<std::decay_t<decltype(inner)>, snapshot::RdbEnd>) {
          return snapshot::NeedMore{};
        } else {
          return AofEvent(std::forward<decltype(inner)>(inner));
        }
      },
      std::move(*event));
}

std::optional<AofProblem> AofReader::EndOfInput() const {
  switch (state_) {
    case State::kFailed: return problem_;
    case State::kPreamble: return AofProblem{rdb_->offset(), rdb_->EndOfInput().message()};
    case State::kStart:
      if (in_.empty()) return std::nullopt;
      return AofProblem{0, "format error", /*at_record_start=*/true};
    case State::kCommands: break;
  }
  AofProblem problem{offset(), "Unexpected end of file"};
  problem.unfinished = true;
  if (in_command_ && bulk_bytes_ >= 0) {
    problem.why = fmt::format("Expected to read {} bytes, got {} bytes", bulk_bytes_ + 2, Unread().size());
  } else if (!in_command_ && Unread().empty()) {
    if (!in_transaction_) return std::nullopt;
    problem.why = "Reached EOF before reading EXEC for MULTI";
  }
  return problem;
}

AofReader::Outcome AofReader::Problem(uint64_t offset, std::string why, bool at_record_start) {
  problem_ = AofProblem{offset, std::move(why), at_record_start};
  state_ = State::kFailed;
  // What waits for the end of its transaction waits for ever.
  if (in_transaction_) next_parsed_ = parsed_.size();
  return Outcome::kBad;
}

Status AofReader::FailureStatus() const {
  if (!problem_) return rdb_failure_;
  return Status::Corruption(fmt::format("offset {}: {}", problem_->offset, problem_->why));
}

AofReader::Outcome AofReader::ReadRecord(std::optional<AofEvent>* event) {
  if (in_command_) return ReadCommand();
  std::string_view unread = Unread();
  if (unread.empty()) return Outcome::kNeedMore;
  if (unread[0] == '#') return ReadAnnotation(event);
  if (unread[0] != '*') return Problem(offset(), "format error", /*at_record_start=*/true);
  current_ = Parsed{offset(), ranges_.size(), 0, in_transaction_};
  Outcome outcome = ReadNumber('*', &args_left_);
  if (outcome != Outcome::kOk) return outcome;
  if (args_left_ < 1) return Problem(current_.offset, "Expected a command of one argument or more");
  in_command_ = true;
  return Outcome::kOk;
}

AofReader::Outcome AofReader::ReadAnnotation(std::optional<AofEvent>* event) {
  std::string_view unread = Unread();
  size_t end = unread.find('\n');
  if (end == std::string_view::npos) {
    return unread.size() < kMaxLineBytes ? Outcome::kNeedMore : Problem(offset(), "Annotation without an end");
  }
  std::string_view line = unread.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with(kTimestamp)) {
    if (auto seconds = ParseInt64(line.substr(kTimestamp.size()))) *event = AofTimestamp{*seconds, offset()};
  }
  position_ += end + 1;
  ++line_;
  if (!in_transaction_) valid_up_to_ = offset();
  return Outcome::kOk;
}

AofReader::Outcome AofReader::ReadNumber(char prefix, int64_t* number) {
  std::string_view unread = Unread();
  if (unread.empty()) return Outcome::kNeedMore;
  if (unread[0] != prefix) {
    return Problem(offset(), fmt::format("Expected prefix '{}', got: '{}'", prefix, unread[0]));
  }
  std::string_view line = unread.substr(1, kMaxLineBytes);
  auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), *number);
  auto digits = static_cast<size_t>(end - line.data());
  std::string_view rest = line.substr(digits);
  // The number may go on in the next piece, and so may the end of the line.
  bool may_go_on = (rest.empty() && line.size() < kMaxLineBytes) || rest == "\r" || line == "-";
  if (may_go_on) return Outcome::kNeedMore;
  if (digits == 0 || error != std::errc() || !rest.starts_with("\r\n")) {
    return Problem(offset(), ExpectedLineEnd(rest));
  }
  position_ += 1 + digits + 2;
  ++line_;
  return Outcome::kOk;
}

AofReader::Outcome AofReader::ReadCommand() {
  for (; args_left_ > 0; --args_left_) {
    Outcome outcome = ReadBulk();
    if (outcome != Outcome::kOk) return outcome;
  }
  in_command_ = false;
  return CommandRead();
}

AofReader::Outcome AofReader::ReadBulk() {
  if (bulk_bytes_ < 0) {
    uint64_t begin = offset();
    Outcome outcome = ReadNumber('$', &bulk_bytes_);
    if (outcome != Outcome::kOk) {
      bulk_bytes_ = -1;
      return outcome;
    }
    if (bulk_bytes_ < 0 || bulk_bytes_ > INT64_MAX - 2) {
      int64_t claimed = std::exchange(bulk_bytes_, -1);
      return Problem(begin,
                     fmt::format("Expected to read string of {} bytes, which is not in the suitable range", claimed));
    }
  }
  std::string_view unread = Unread();
  auto size = static_cast<uint64_t>(bulk_bytes_);
  if (unread.size() < size + 2) return Outcome::kNeedMore;
  if (unread.substr(size, 2) != "\r\n") return Problem(offset(), ExpectedLineEnd(unread.substr(size, 2)));
  ranges_.push_back({offset(), size});
  ++current_.range_count;
  position_ += size + 2;
  ++line_;
  bulk_bytes_ = -1;
  return Outcome::kOk;
}

std::string_view AofReader::TextOf(const Range& range) const {
  return in_.view().substr(static_cast<size_t>(range.offset - dropped_bytes_), range.size);
}

bool AofReader::CurrentIs(std::string_view name) const {
  return EqualsIgnoreCase(TextOf(ranges_[current_.first_range]), name);
}

AofReader::Outcome AofReader::CommandRead() {
  bool begins = CurrentIs("multi");
  bool ends = CurrentIs("exec");
  if (begins == in_transaction_ && (begins || ends)) {
    return Problem(current_.offset, begins ? "Unexpected MULTI in AOF" : "Unexpected EXEC in AOF");
  }
  if (ends && !in_transaction_) return Problem(current_.offset, "Unexpected EXEC in AOF");
  if (begins || ends) {
    in_transaction_ = begins;
    ranges_.resize(current_.first_range);
  } else {
    parsed_.push_back(current_);
  }
  if (!in_transaction_) valid_up_to_ = offset();
  return Outcome::kOk;
}

AofCommand AofReader::GiveOut(const Parsed& command) {
  args_.clear();
  for (size_t i = 0; i < command.range_count; ++i) args_.push_back(TextOf(ranges_[command.first_range + i]));
  return {args_, command.offset, command.in_transaction};
}

}  // namespace dunlin::persistence
