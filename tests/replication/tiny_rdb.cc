#include "tiny_rdb.h"

#include <fmt/format.h>

#include <optional>

#include "base/bytes.h"
#include "base/crc.h"

namespace dunlin {
namespace {

constexpr uint8_t kAux = 0xFA;
constexpr uint8_t kResizeDb = 0xFB;
constexpr uint8_t kSelectDb = 0xFE;
constexpr uint8_t kEnd = 0xFF;
constexpr uint8_t kFunction = 0xF5;
constexpr uint8_t kStringType = 0;

void AppendLength(std::string& out, size_t length) {
  if (length < 64) {
    out.push_back(static_cast<char>(length));
  } else if (length < 16384) {
    out.push_back(static_cast<char>(0x40 | (length >> 8)));
    out.push_back(static_cast<char>(length & 0xFF));
  } else {
    out.push_back(static_cast<char>(0x80));
    AppendBig<uint32_t>(out, static_cast<uint32_t>(length));
  }
}

void AppendString(std::string& out, std::string_view text) {
  AppendLength(out, text.size());
  out += text;
}

struct Length {
  uint64_t value = 0;
  bool special = false;  // an integer written as a string, or a compressed one
};

std::optional<Length> TakeLength(ByteReader& reader) {
  auto first = reader.Little<uint8_t>();
  if (!first) return std::nullopt;
  switch (*first >> 6) {
    case 0: return Length{.value = *first & 63u};
    case 1: {
      auto second = reader.Little<uint8_t>();
      if (!second) return std::nullopt;
      return Length{.value = ((*first & 63u) << 8) | *second};
    }
    case 2: {
      auto length = *first == 0x80 ? std::optional<uint64_t>(reader.Big<uint32_t>()) : reader.Big<uint64_t>();
      if (!length) return std::nullopt;
      return Length{.value = *length};
    }
    default: return Length{.value = *first & 63u, .special = true};
  }
}

std::optional<std::string> TakeString(ByteReader& reader) {
  auto length = TakeLength(reader);
  if (!length) return std::nullopt;
  if (!length->special) {
    auto bytes = reader.Take(length->value);
    return bytes ? std::optional(std::string(*bytes)) : std::nullopt;
  }
  std::optional<int64_t> number;
  if (length->value == 0) number = reader.Little<int8_t>();
  if (length->value == 1) number = reader.Little<int16_t>();
  if (length->value == 2) number = reader.Little<int32_t>();
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

}  // namespace

std::string WriteTinyRdb(const StringDataset& data) {
  std::string rdb = "REDIS0009";
  rdb.push_back(static_cast<char>(kAux));
  AppendString(rdb, "repl-stream-db");
  AppendString(rdb, "0");
  if (!data.empty()) {
    rdb.push_back(static_cast<char>(kSelectDb));
    AppendLength(rdb, 0);
  }
  for (const auto& [key, value] : data) {
    rdb.push_back(static_cast<char>(kStringType));
    AppendString(rdb, key);
    AppendString(rdb, value);
  }
  rdb.push_back(static_cast<char>(kEnd));
  AppendLittle<uint64_t>(rdb, Crc64(0, rdb));
  return rdb;
}

Result<StringDataset> ReadTinyRdb(std::string_view rdb) {
  ByteReader reader(rdb);
  StringDataset data;
  auto magic = reader.Take(9);
  if (!magic || !magic->starts_with("REDIS00")) return Fail(Status::Corruption("no RDB magic"));
  while (auto opcode = reader.Little<uint8_t>()) {
    bool fine = false;
    if (*opcode == kEnd) {
      if (reader.remaining() != 8) return Fail(Status::Corruption("bytes behind the end"));
      uint64_t sum = LoadLittle<uint64_t>(reader.rest().data());
      if (sum != 0 && sum != Crc64(0, rdb.substr(0, rdb.size() - 8))) return Fail(Status::Corruption("wrong checksum"));
      return data;
    }
    if (*opcode == kAux) {
      fine = TakeString(reader) && TakeString(reader);
    } else if (*opcode == kSelectDb) {
      auto db = TakeLength(reader);
      fine = db && db->value == 0;
    } else if (*opcode == kResizeDb) {
      fine = TakeLength(reader) && TakeLength(reader);
    } else if (*opcode == kFunction) {
      fine = TakeString(reader).has_value();
    } else if (*opcode == kStringType) {
      auto key = TakeString(reader);
      auto value = key ? TakeString(reader) : std::nullopt;
      fine = value.has_value();
      if (fine) data[*key] = *value;
    }
    if (!fine) return Fail(Status::Unsupported(fmt::format("opcode {} before byte {}", *opcode, reader.position())));
  }
  return Fail(Status::Corruption("the file has no end"));
}

}  // namespace dunlin
