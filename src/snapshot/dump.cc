#include "snapshot/dump.h"

#include "base/bytes.h"
#include "base/crc.h"

namespace dunlin::snapshot {

void AppendDump(std::string& out, ValueRef value, const RdbEncoding& encoding) {
  size_t begin = out.size();
  out.push_back(static_cast<char>(RdbTypeOf(value, encoding)));
  AppendValue(out, value, encoding);
  AppendLittle(out, static_cast<uint16_t>(encoding.version));
  AppendLittle(out, Crc64(0, std::string_view(out).substr(begin)));
}

bool DumpEncoder::Step(std::string& out, size_t budget_bytes) {
  size_t begin = out.size();
  if (begin == 0) out.push_back(static_cast<char>(value_.type()));
  bool whole = value_.Step(out, budget_bytes);
  if (whole) AppendLittle(out, static_cast<uint16_t>(version_));
  crc_ = Crc64(crc_, std::string_view(out).substr(begin));
  if (whole) AppendLittle(out, crc_);
  return whole;
}

Result<values::Value> DecodeDump(std::string_view payload, const DecodeOptions& options, bool verify_checksum) {
  // A type byte before the footer.
  if (payload.size() < kDumpFooterBytes + 1) return Fail(Status::InvalidArgument("the payload is too short"));
  std::string_view checked = payload.substr(0, payload.size() - kRdbChecksumBytes);
  std::string_view body = payload.substr(0, payload.size() - kDumpFooterBytes);
  if (LoadLittle<uint16_t>(body.data() + body.size()) > kNewestRdbVersion) {
    return Fail(Status::InvalidArgument("the payload is of a newer RDB version"));
  }
  if (verify_checksum && Crc64(0, checked) != LoadLittle<uint64_t>(checked.data() + checked.size())) {
    return Fail(Status::InvalidArgument("the payload's checksum does not match"));
  }
  ValueDecoder decoder(options);
  DUNLIN_TRY_RESULT(decoder.Start(static_cast<uint8_t>(body[0])));
  std::string_view rest = body.substr(1);
  auto progress = decoder.Step(rest);
  if (!progress) return Fail(progress.error());
  switch (*progress) {
    case ValueDecoder::Progress::kNeedMore: return Fail(Status::Corruption("the value is cut off"));
    case ValueDecoder::Progress::kEmpty: return Fail(Status::Corruption("the collection is empty"));
    case ValueDecoder::Progress::kDone: break;
  }
  if (!rest.empty()) return Fail(Status::Corruption("the value is followed by other bytes"));
  return decoder.TakeValue();
}

}  // namespace dunlin::snapshot
