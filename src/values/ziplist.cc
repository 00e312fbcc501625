#include "values/ziplist.h"

#include <optional>

#include "base/bytes.h"

namespace dunlin::values {
namespace {

constexpr size_t kHeaderBytes = 10;
constexpr unsigned char kEnd = 0xff;
constexpr unsigned char kLongPrevious = 0xfe;
constexpr uint16_t kCountUnknown = 0xffff;

Status Corrupt(const char* what) { return Status::Corruption(std::string("ziplist: ") + what); }

// An entry's encoding and data.
class EntryReader {
 public:
  EntryReader(ByteReader& reader, Listpack& out) : reader_(reader), out_(out) {}

  Status Read() {
    auto first = reader_.Little<uint8_t>();
    if (!first) return Corrupt("an entry is cut off");
    switch (*first >> 6) {
      case 0: return ReadText(*first & 0x3f);
      case 1: {
        auto low = reader_.Little<uint8_t>();
        return low ? ReadText(static_cast<size_t>(*first & 0x3f) << 8 | *low) : Corrupt("an entry is cut off");
      }
      case 2: {
        auto size = reader_.Big<uint32_t>();
        return size ? ReadText(*size) : Corrupt("an entry is cut off");
      }
      default: return ReadInteger(*first);
    }
  }

 private:
  Status ReadText(size_t size) {
    auto text = reader_.Take(size);
    if (!text) return Corrupt("a text reaches beyond the end");
    if (out_.bytes() + size + listpack::kMaxEntryOverhead > kMaxListpackTotal) return Corrupt("too large");
    out_.Append(*text);
    return Status::Ok();
  }

  Status ReadInteger(uint8_t encoding) {
    switch (encoding) {
      case 0xc0: return Put(reader_.Little<int16_t>());
      case 0xd0: return Put(reader_.Little<int32_t>());
      case 0xe0: return Put(reader_.Little<int64_t>());
      case 0xfe: return Put(reader_.Little<int8_t>());
      case 0xf0: {
        auto bytes = reader_.Take(3);
        if (!bytes) return Corrupt("an entry is cut off");
        auto low = LoadLittle<uint16_t>(bytes->data());
        auto high = static_cast<int8_t>((*bytes)[2]);
        return Put(std::optional<int32_t>(high * 0x10000 + low));
      }
      default: break;
    }
    if (encoding > 0xf0 && encoding < 0xfe) return Put(std::optional<int>(encoding - 0xf1));
    return Corrupt("an entry of unknown encoding");
  }

  template <typename T>
  Status Put(std::optional<T> integer) {
    if (!integer) return Corrupt("an entry is cut off");
    out_.AppendInteger(*integer);
    return Status::Ok();
  }

  static constexpr size_t kMaxListpackTotal = UINT32_MAX;

  ByteReader& reader_;
  Listpack& out_;
};

// The length of the entry before, as an entry tells it.
std::optional<size_t> ReadPreviousBytes(ByteReader& reader) {
  auto first = reader.Little<uint8_t>();
  if (!first || *first == kEnd) return std::nullopt;
  if (*first != kLongPrevious) return *first;
  return reader.Little<uint32_t>();
}

}  // namespace

Result<Listpack> ListpackFromZiplist(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes + 1) return Fail(Corrupt("shorter than its header"));
  if (LoadLittle<uint32_t>(bytes.data()) != bytes.size()) return Fail(Corrupt("not as long as it says"));
  if (static_cast<unsigned char>(bytes.back()) != kEnd) return Fail(Corrupt("no end mark"));

  Listpack out;
  uint32_t entries = 0;
  size_t previous_bytes = 0;
  size_t last_offset = kHeaderBytes;
  ByteReader reader(bytes.substr(kHeaderBytes, bytes.size() - kHeaderBytes - 1));
  for (; !reader.empty(); ++entries) {
    size_t start = reader.position();
    if (ReadPreviousBytes(reader) != previous_bytes) return Fail(Corrupt("a wrong length of the entry before"));
    DUNLIN_TRY_RESULT(EntryReader(reader, out).Read());
    previous_bytes = reader.position() - start;
    last_offset = kHeaderBytes + start;
  }
  if (LoadLittle<uint32_t>(bytes.data() + 4) != last_offset) return Fail(Corrupt("a wrong offset of the last entry"));
  auto count = LoadLittle<uint16_t>(bytes.data() + 8);
  if (count != kCountUnknown && count != entries) return Fail(Corrupt("a wrong count"));
  return out;
}

}  // namespace dunlin::values
