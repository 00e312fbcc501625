#include "snapshot/rdb_reader.h"

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/crc.h"

namespace dunlin::snapshot {
namespace {

constexpr std::string_view kMagic = "REDIS";
// Valkey 9's files; six letters and three digits.
constexpr std::string_view kForeignMagic = "VALKEY";
// What has been understood is let go of when there is this much of it.
constexpr size_t kSettleBytes = size_t{64} * 1024;

std::string Hex(uint64_t number) {
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) {
    unsigned digit = (number >> shift) & 15;
    if (digit != 0 || !out.empty() || shift == 0) out.push_back("0123456789abcdef"[digit]);
  }
  return out;
}

// In Redis's words: what the bytes sum up to, and what the file says they do.
std::string WrongChecksumText(uint64_t computed, uint64_t written) {
  return "RDB CRC error. Wrong RDB checksum expected: (" + Hex(computed) + ") but got (" + Hex(written) + ")";
}

bool IsOpcode(uint8_t byte) { return byte >= static_cast<uint8_t>(RdbOpcode::kSlotInfo); }

}  // namespace

values::Value RdbKey::TakeValue() {
  if (text) return values::Value(values::RawString(*text));
  return std::move(value);
}

void RdbReader::Feed(std::string_view bytes) {
  if (position_ >= kSettleBytes || position_ == in_.size()) Settle();
  in_.Append(bytes);
}

void RdbReader::Settle() {
  if (options_.verify_checksum) crc_ = Crc64(crc_, in_.view().substr(0, position_));
  in_.Consume(position_);
  settled_bytes_ += position_;
  position_ = 0;
}

RdbProgress RdbReader::progress() const {
  RdbProgress progress{doing_, std::nullopt, std::nullopt};
  if (in_key_) {
    progress.key = key_;
    progress.type = type_;
  }
  return progress;
}

Status RdbReader::EndOfInput() const {
  if (state_ == State::kEnded) return Status::Ok();
  if (state_ == State::kFailed) return failure_;
  return AtOffset("Unexpected EOF reading RDB file");
}

Status RdbReader::AtOffset(std::string_view why) const {
  std::string message("Internal error in RDB reading offset ");
  AppendInt64(message, static_cast<int64_t>(offset()));
  return Status::Corruption(message.append(" -> ").append(why));
}

std::unexpected<Status> RdbReader::Failed(Status status) {
  state_ = State::kFailed;
  failure_ = std::move(status);
  return Fail(failure_);
}

std::unexpected<Status> RdbReader::Corrupt(std::string_view why) { return Failed(AtOffset(why)); }

RdbReader::Step RdbReader::Unfinished(ReadOutcome outcome, const char* why) {
  if (outcome == ReadOutcome::kBad) return Corrupt(why);
  return NeedMore{};
}

Result<RdbEvent> RdbReader::Next() {
  if (position_ >= kSettleBytes && state_ != State::kEnded) Settle();
  while (true) {
    Step step;
    switch (state_) {
      case State::kMagic: step = ReadMagic(); break;
      case State::kRecord: step = ReadRecord(); break;
      case State::kValue: step = ReadValue(); break;
      case State::kChecksum: step = ReadChecksum(); break;
      case State::kEnded: return NeedMore{};
      case State::kFailed: return Fail(failure_);
    }
    if (!step) return Fail(step.error());
    if (*step) return std::move(**step);
  }
}

RdbReader::Step RdbReader::ReadMagic() {
  std::string_view in = Unread();
  if (in.size() < kRdbMagicBytes) return NeedMore{};
  std::string_view digits;
  if (in.starts_with(kMagic)) {
    digits = in.substr(kMagic.size(), kRdbMagicBytes - kMagic.size());
  } else if (in.starts_with(kForeignMagic)) {
    digits = in.substr(kForeignMagic.size(), kRdbMagicBytes - kForeignMagic.size());
  } else {
    return Failed(Status::Corruption("Wrong signature trying to load DB from file"));
  }
  bool ours = in.starts_with(kMagic);
  for (char c : digits) {
    if (!IsAsciiDigit(c)) break;
    version_ = version_ * 10 + (c - '0');
  }
  if (!ours || version_ < 1 || version_ > kNewestRdbVersion) {
    std::string message("Can't handle RDB format version ");
    AppendInt64(message, version_);
    return Failed(Status::Unsupported(message));
  }
  Advance(in.substr(kRdbMagicBytes));
  state_ = State::kRecord;
  return std::nullopt;
}

RdbReader::Step RdbReader::ReadRecord() {
  doing_ = "read-type";
  std::string_view in = Unread();
  if (in.empty()) return NeedMore{};
  auto byte = static_cast<uint8_t>(in[0]);
  if (!IsOpcode(byte)) return ReadKeyHead(byte, in.substr(1));
  return ReadOpcode(static_cast<RdbOpcode>(byte), in.substr(1));
}

RdbReader::Step RdbReader::ReadOpcode(RdbOpcode opcode, std::string_view rest) {
  switch (opcode) {
    case RdbOpcode::kAux: return ReadAux(rest);
    case RdbOpcode::kSelectDb:
    case RdbOpcode::kResizeDb:
    case RdbOpcode::kSlotInfo: return ReadLengths(opcode, rest);
    case RdbOpcode::kExpireMs:
    case RdbOpcode::kExpireSeconds:
    case RdbOpcode::kFrequency:
    case RdbOpcode::kIdle: return ReadKeyAttribute(opcode, rest);
    case RdbOpcode::kFunction: return ReadFunction(rest);
    case RdbOpcode::kFunctionPreview: return Corrupt("Pre-release function format not supported.");
    case RdbOpcode::kModuleAux: {
      Status status = AtOffset("The RDB file contains AUX module data I can't load");
      return Failed(Status::Unsupported(status.message()));
    }
    case RdbOpcode::kEnd:
      Advance(rest);
      Settle();
      state_ = State::kChecksum;
      return std::nullopt;
  }
  return Corrupt("Unknown opcode");
}

RdbReader::Step RdbReader::ReadAux(std::string_view rest) {
  doing_ = "read-aux";
  for (RdbString* string : {&name_, &text_}) {
    ReadOutcome outcome = string->Read(rest);
    if (outcome != ReadOutcome::kOk) return Unfinished(outcome, string->why());
  }
  Advance(rest);
  return RdbAux{name_.view(), text_.view()};
}

RdbReader::Step RdbReader::ReadLengths(RdbOpcode opcode, std::string_view rest) {
  doing_ = "read-len";
  uint64_t lengths[3] = {0, 0, 0};
  size_t count = opcode == RdbOpcode::kSelectDb ? 1 : opcode == RdbOpcode::kResizeDb ? 2 : 3;
  for (size_t i = 0; i < count; ++i) {
    ReadOutcome outcome = ReadPlainLength(rest, &lengths[i]);
    if (outcome != ReadOutcome::kOk) return Unfinished(outcome, "Unknown length encoding");
  }
  Advance(rest);
  if (opcode == RdbOpcode::kSelectDb) return RdbSelectDb{lengths[0]};
  if (opcode == RdbOpcode::kResizeDb) return RdbResizeDb{lengths[0], lengths[1]};
  return std::nullopt;
}

RdbReader::Step RdbReader::ReadKeyAttribute(RdbOpcode opcode, std::string_view rest) {
  doing_ = "read-expire";
  if (opcode == RdbOpcode::kIdle) {
    uint64_t seconds = 0;
    ReadOutcome outcome = ReadPlainLength(rest, &seconds);
    if (outcome != ReadOutcome::kOk) return Unfinished(outcome, "Unknown length encoding");
    idle_seconds_ = seconds;
    Advance(rest);
    return std::nullopt;
  }
  size_t size = opcode == RdbOpcode::kExpireMs ? 8 : opcode == RdbOpcode::kExpireSeconds ? 4 : 1;
  if (rest.size() < size) return NeedMore{};
  switch (opcode) {
    case RdbOpcode::kExpireMs: expire_at_ms_ = LoadLittle<int64_t>(rest.data()); break;
    case RdbOpcode::kExpireSeconds: expire_at_ms_ = int64_t{1000} * LoadLittle<int32_t>(rest.data()); break;
    default: frequency_ = static_cast<uint8_t>(rest[0]); break;
  }
  Advance(rest.substr(size));
  return std::nullopt;
}

RdbReader::Step RdbReader::ReadFunction(std::string_view rest) {
  doing_ = "read-functions";
  ReadOutcome outcome = text_.Read(rest);
  if (outcome != ReadOutcome::kOk) return Unfinished(outcome, text_.why());
  Advance(rest);
  return RdbFunction{text_.view()};
}

RdbReader::Step RdbReader::ReadKeyHead(uint8_t type, std::string_view rest) {
  doing_ = "read-key";
  ReadOutcome outcome = name_.Read(rest);
  if (outcome != ReadOutcome::kOk) return Unfinished(outcome, name_.why());
  key_ = name_.view();
  type_ = type;
  in_key_ = true;
  doing_ = "read-object-value";
  if (Status status = decoder_.Start(type); !status.ok()) {
    return Failed(Status(status.code(), AtOffset(status.message()).message()));
  }
  Advance(rest);
  state_ = State::kValue;
  return std::nullopt;
}

RdbReader::Step RdbReader::ReadValue() {
  std::string_view rest = Unread();
  auto progress = decoder_.Step(rest);
  Advance(rest);
  if (!progress) return Corrupt(progress.error().message());
  if (*progress == ValueDecoder::Progress::kNeedMore) return NeedMore{};
  in_key_ = false;
  state_ = State::kRecord;
  RdbKey event{{key_, expire_at_ms_, idle_seconds_, frequency_}, std::nullopt, {}};
  expire_at_ms_ = kNoExpiry;
  idle_seconds_.reset();
  frequency_.reset();
  if (*progress == ValueDecoder::Progress::kEmpty) return RdbEmptyKey{key_};
  if (decoder_.is_text()) {
    event.text = decoder_.text();
  } else {
    event.value = decoder_.TakeValue();
  }
  return event;
}

RdbReader::Step RdbReader::ReadChecksum() {
  doing_ = "check-sum";
  RdbChecksum checksum = RdbChecksum::kNotLookedAt;
  if (version_ >= kFirstRdbVersionWithChecksum) {
    std::string_view in = Unread();
    if (in.size() < kRdbChecksumBytes) return NeedMore{};
    auto expected = LoadLittle<uint64_t>(in.data());
    if (expected == 0) {
      checksum = RdbChecksum::kNotWritten;
    } else if (options_.verify_checksum) {
      if (expected != crc_) return Corrupt(WrongChecksumText(crc_, expected));
      checksum = RdbChecksum::kMatches;
    }
    Advance(in.substr(kRdbChecksumBytes));
  }
  state_ = State::kEnded;
  return RdbEnd{checksum};
}

}  // namespace dunlin::snapshot
