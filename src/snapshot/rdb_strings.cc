#include "snapshot/rdb_strings.h"

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "snapshot/lzf.h"
#include "snapshot/rdb_format.h"

namespace dunlin::snapshot {
namespace {

constexpr size_t kLongestIntegerText = 11;  // "-2147483648"
constexpr size_t kShortestCompressed = 21;
constexpr size_t kLeastGain = 4;
// What one call compresses; a longer text goes in parts.
constexpr size_t kCompressPiece = size_t{64} * 1024;

// False when it does not fit into 32 bits.
bool AppendSpecialInteger(std::string& out, int64_t integer) {
  if (integer >= INT8_MIN && integer <= INT8_MAX) {
    out.push_back(static_cast<char>(kLengthSpecial | kSpecialInt8));
    out.push_back(static_cast<char>(integer));
  } else if (integer >= INT16_MIN && integer <= INT16_MAX) {
    out.push_back(static_cast<char>(kLengthSpecial | kSpecialInt16));
    AppendLittle(out, static_cast<int16_t>(integer));
  } else if (integer >= INT32_MIN && integer <= INT32_MAX) {
    out.push_back(static_cast<char>(kLengthSpecial | kSpecialInt32));
    AppendLittle(out, static_cast<int32_t>(integer));
  } else {
    return false;
  }
  return true;
}

void AppendCompressedHeader(std::string& out, size_t packed_size, size_t size) {
  out.push_back(static_cast<char>(kLengthSpecial | kSpecialLzf));
  AppendLength(out, packed_size);
  AppendLength(out, size);
}

// Whether a text is worth a try. The decompressors of the field count in 32 bits.
bool MayCompress(size_t size) { return size >= kShortestCompressed && size <= UINT32_MAX; }

bool AppendAsCompressed(std::string& out, std::string_view text) {
  std::string packed;
  if (!AppendCompressed(packed, text, text.size() - kLeastGain)) return false;
  AppendCompressedHeader(out, packed.size(), text.size());
  out.append(packed);
  return true;
}

}  // namespace

void AppendLength(std::string& out, uint64_t length) {
  if (length < 1 << 6) {
    out.push_back(static_cast<char>(kLength6Bits | length));
  } else if (length < 1 << 14) {
    AppendBig(out, static_cast<uint16_t>(kLength14Bits << 8 | length));
  } else if (length <= UINT32_MAX) {
    out.push_back(static_cast<char>(kLength32Bits));
    AppendBig(out, static_cast<uint32_t>(length));
  } else {
    out.push_back(static_cast<char>(kLength64Bits));
    AppendBig(out, length);
  }
}

void AppendString(std::string& out, std::string_view text, bool compress) {
  if (text.size() >= StringEncoder::kLongBytes) {
    StringEncoder encoder;
    encoder.Start(text, compress);
    while (!encoder.Step(out, SIZE_MAX)) {
    }
    return;
  }
  if (text.size() <= kLongestIntegerText) {
    auto integer = ParseInt64(text);
    if (integer && AppendSpecialInteger(out, *integer)) return;
  }
  if (compress && MayCompress(text.size()) && AppendAsCompressed(out, text)) return;
  AppendLength(out, text.size());
  out.append(text);
}

void AppendIntegerString(std::string& out, int64_t integer) {
  if (AppendSpecialInteger(out, integer)) return;
  char digits[kInt64Digits];
  auto size = static_cast<size_t>(FormatInt64(integer, digits));
  AppendLength(out, size);
  out.append(digits, size);
}

void StringEncoder::Start(std::string_view text, bool compress) {
  text_ = text;
  packed_.clear();
  position_ = 0;
  compressing_ = compress && MayCompress(text.size());
  header_written_ = false;
  use_packed_ = compressing_;
}

void StringEncoder::CompressPiece() {
  std::string_view piece = text_.substr(position_, kCompressPiece);
  AppendCompressedAnyway(packed_, piece);
  position_ += piece.size();
  bool gains = packed_.size() + kLeastGain <= text_.size();
  if (gains && position_ < text_.size()) return;
  compressing_ = false;
  use_packed_ = gains;
  position_ = 0;
  if (!gains) packed_ = std::string();
}

bool StringEncoder::Step(std::string& out, size_t budget_bytes) {
  size_t spent = 0;
  while (compressing_) {
    CompressPiece();
    spent += kCompressPiece;
    if (spent >= budget_bytes) return false;
  }
  std::string_view bytes = use_packed_ ? std::string_view(packed_) : text_;
  if (!header_written_) {
    if (use_packed_) {
      AppendCompressedHeader(out, packed_.size(), text_.size());
    } else {
      AppendLength(out, text_.size());
    }
    header_written_ = true;
  }
  std::string_view piece = bytes.substr(position_, std::max(budget_bytes - spent, kCompressPiece));
  out.append(piece);
  position_ += piece.size();
  if (position_ < bytes.size()) return false;
  packed_ = std::string();
  return true;
}

ReadOutcome ReadLength(std::string_view& in, RdbLength* length) {
  if (in.empty()) return ReadOutcome::kNeedMore;
  auto first = static_cast<uint8_t>(in[0]);
  size_t size = 1;
  length->special = false;
  switch (first & 0xc0) {
    case kLength6Bits: length->value = first & 0x3f; break;
    case kLengthSpecial:
      length->special = true;
      length->value = first & 0x3f;
      break;
    case kLength14Bits:
      size = 2;
      if (in.size() < size) return ReadOutcome::kNeedMore;
      length->value = LoadBig<uint16_t>(in.data()) & 0x3fff;
      break;
    default:
      if (first != kLength32Bits && first != kLength64Bits) return ReadOutcome::kBad;
      size = first == kLength32Bits ? 5 : 9;
      if (in.size() < size) return ReadOutcome::kNeedMore;
      length->value = size == 5 ? LoadBig<uint32_t>(in.data() + 1) : LoadBig<uint64_t>(in.data() + 1);
  }
  in.remove_prefix(size);
  return ReadOutcome::kOk;
}

ReadOutcome ReadPlainLength(std::string_view& in, uint64_t* length) {
  std::string_view rest = in;
  RdbLength read;
  ReadOutcome outcome = ReadLength(rest, &read);
  if (outcome != ReadOutcome::kOk) return outcome;
  if (read.special) return ReadOutcome::kBad;
  *length = read.value;
  in = rest;
  return ReadOutcome::kOk;
}

ReadOutcome RdbString::Read(std::string_view& in) {
  std::string_view rest = in;
  RdbLength length;
  is_integer_ = false;
  ReadOutcome outcome = ReadLength(rest, &length);
  if (outcome == ReadOutcome::kBad) why_ = "Unknown length encoding";
  if (outcome != ReadOutcome::kOk) return outcome;
  if (length.special) {
    outcome = ReadSpecial(rest, length.value);
    if (outcome == ReadOutcome::kOk) in = rest;
    return outcome;
  }
  if (length.value > rest.size()) return ReadOutcome::kNeedMore;
  text_ = rest.substr(0, length.value);
  in = rest.substr(length.value);
  return ReadOutcome::kOk;
}

ReadOutcome RdbString::ReadSpecial(std::string_view& rest, uint64_t kind) {
  switch (kind) {
    case kSpecialInt8:
    case kSpecialInt16:
    case kSpecialInt32: return ReadInteger(rest, kind);
    case kSpecialLzf: return ReadCompressed(rest);
    default: why_ = "Unknown RDB string encoding type"; return ReadOutcome::kBad;
  }
}

ReadOutcome RdbString::ReadInteger(std::string_view& rest, uint64_t kind) {
  size_t size = size_t{1} << kind;
  if (rest.size() < size) return ReadOutcome::kNeedMore;
  switch (kind) {
    case kSpecialInt8: integer_ = LoadLittle<int8_t>(rest.data()); break;
    case kSpecialInt16: integer_ = LoadLittle<int16_t>(rest.data()); break;
    default: integer_ = LoadLittle<int32_t>(rest.data()); break;
  }
  rest.remove_prefix(size);
  is_integer_ = true;
  text_ = std::string_view(digits_, static_cast<size_t>(FormatInt64(integer_, digits_)));
  return ReadOutcome::kOk;
}

ReadOutcome RdbString::ReadCompressed(std::string_view& rest) {
  uint64_t packed_size = 0;
  uint64_t size = 0;
  for (uint64_t* length : {&packed_size, &size}) {
    ReadOutcome outcome = ReadPlainLength(rest, length);
    if (outcome == ReadOutcome::kBad) why_ = "Unknown length encoding";
    if (outcome != ReadOutcome::kOk) return outcome;
  }
  // Found out at once, not when the bytes of a false length have been waited for.
  if (size / kLzfMaxExpansion > packed_size) {
    why_ = "Invalid LZF compressed string";
    return ReadOutcome::kBad;
  }
  if (packed_size > rest.size()) return ReadOutcome::kNeedMore;
  if (!Decompress(rest.substr(0, packed_size), size, &unpacked_)) {
    why_ = "Invalid LZF compressed string";
    return ReadOutcome::kBad;
  }
  rest.remove_prefix(packed_size);
  text_ = unpacked_;
  return ReadOutcome::kOk;
}

}  // namespace dunlin::snapshot
