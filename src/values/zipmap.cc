#include "values/zipmap.h"

#include <optional>

#include "base/bytes.h"

namespace dunlin::values {
namespace {

constexpr unsigned char kEnd = 0xff;
constexpr unsigned char kLong = 0xfe;

Status Corrupt(const char* what) { return Status::Corruption(std::string("zipmap: ") + what); }

std::optional<size_t> ReadLength(ByteReader& reader) {
  auto first = reader.Little<uint8_t>();
  if (!first || *first == kEnd) return std::nullopt;
  if (*first != kLong) return *first;
  return reader.Little<uint32_t>();
}

Status ReadPair(ByteReader& reader, Listpack& out) {
  auto field_size = ReadLength(reader);
  auto field = field_size ? reader.Take(*field_size) : std::nullopt;
  if (!field) return Corrupt("a field is cut off");
  auto value_size = ReadLength(reader);
  auto unused = value_size ? reader.Little<uint8_t>() : std::nullopt;
  auto value = unused ? reader.Take(*value_size) : std::nullopt;
  if (!value || !reader.Take(*unused)) return Corrupt("a value is cut off");
  size_t grown = out.bytes() + field->size() + value->size() + 2 * listpack::kMaxEntryOverhead;
  if (grown > UINT32_MAX) return Corrupt("too large");
  out.Append(*field);
  out.Append(*value);
  return Status::Ok();
}

}  // namespace

Result<Listpack> ListpackFromZipmap(std::string_view bytes) {
  if (bytes.size() < 2) return Fail(Corrupt("shorter than its header"));
  if (static_cast<unsigned char>(bytes.back()) != kEnd) return Fail(Corrupt("no end mark"));
  Listpack out;
  uint32_t pairs = 0;
  ByteReader reader(bytes.substr(1, bytes.size() - 2));
  for (; !reader.empty(); ++pairs) DUNLIN_TRY_RESULT(ReadPair(reader, out));
  auto count = static_cast<unsigned char>(bytes.front());
  if (count < kLong && count != pairs) return Fail(Corrupt("a wrong count"));
  return out;
}

}  // namespace dunlin::values
