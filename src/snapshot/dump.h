// The payload of DUMP, RESTORE and MIGRATE: a type byte, the value as in an RDB file, u16 LE RDB version, u64 LE CRC-64
// over all before it.
//
// Thread: pure functions; any thread that may read the value.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "snapshot/value_decoder.h"
#include "snapshot/value_encoder.h"
#include "snapshot/value_ref.h"

namespace dunlin::snapshot {

// What RESTORE answers for kInvalidArgument, and for the other two errors, of DecodeDump().
inline constexpr std::string_view kDumpFooterWrong = "DUMP payload version or checksum are wrong";
inline constexpr std::string_view kDumpValueWrong = "Bad data format";

void AppendDump(std::string& out, ValueRef value, const RdbEncoding& encoding);

// The same in steps, for values of any size.
class DumpEncoder {
 public:
  DumpEncoder(ValueRef value, const RdbEncoding& encoding) : version_(encoding.version), value_(value, encoding) {}
  // As ValueEncoder::Step. REQUIRES: always the same `out`, to which nobody else writes, empty at first.
  bool Step(std::string& out, size_t budget_bytes);

 private:
  int version_;
  ValueEncoder value_;
  uint64_t crc_ = 0;
};

// Errors: kInvalidArgument when the payload is too short, its version is newer than kNewestRdbVersion or its checksum
// does not match (unless `verify_checksum` is false); kCorruption when the value's bytes are not in order, are followed
// by others, or make an empty collection; kUnsupported for modules. Messages say what, for the log.
Result<values::Value> DecodeDump(std::string_view payload, const DecodeOptions& options, bool verify_checksum = true);

}  // namespace dunlin::snapshot
