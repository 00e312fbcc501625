// The numbers of RDB files and DUMP payloads. They leave the process, so they are for ever; docs/formats-rdb.md shows
// the bytes around them.
//
// Thread: constants; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dunlin::snapshot {

// "REDIS" and four digits.
inline constexpr size_t kRdbMagicBytes = 9;
inline constexpr int kOldestWrittenRdbVersion = 9;
inline constexpr int kDefaultRdbVersion = 10;
inline constexpr int kNewestRdbVersion = 11;  // read and written
// From this version on a file ends with a checksum.
inline constexpr int kFirstRdbVersionWithChecksum = 5;
inline constexpr size_t kRdbChecksumBytes = 8;

// What stands between records. A byte below 128 is the type of a value whose key and bytes follow.
enum class RdbOpcode : uint8_t {
  kSlotInfo = 244,         // slot, keys, expires
  kFunction = 245,         // the code of a library
  kFunctionPreview = 246,  // of 7.0's release candidates; refused
  kModuleAux = 247,        // refused
  kIdle = 248,             // length: seconds; of the key that follows
  kFrequency = 249,        // one byte; of the key that follows
  kAux = 250,              // name, value
  kResizeDb = 251,         // keys, expires: hints
  kExpireMs = 252,         // i64 LE; of the key that follows
  kExpireSeconds = 253,    // i32 LE; of the key that follows; not written any more
  kSelectDb = 254,         // length
  kEnd = 255,              // the checksum follows
};

enum class RdbType : uint8_t {
  kString = 0,
  kList = 1,           // count, elements
  kSet = 2,            // count, members
  kSortedSetText = 3,  // count, (member, score as text)
  kHash = 4,           // count, (field, value)
  kSortedSet = 5,      // count, (member, f64 LE)
  kModulePreview = 6,  // refused
  kModule = 7,         // refused
  kHashZipmap = 9,     // 9 .. 14: a blob, as a string
  kListZiplist = 10,
  kSetIntset = 11,
  kSortedSetZiplist = 12,
  kHashZiplist = 13,
  kListOfZiplists = 14,  // count, blobs
  kStream = 15,          // 15, 19, 21: nodes, what is known of the stream, groups
  kHashListpack = 16,
  kSortedSetListpack = 17,
  kListOfNodes = 18,  // count, (container, blob or element)
  kStream2 = 19,      // with counts of entries added and read
  kSetListpack = 20,  // from version 11 on
  kStream3 = 21,      // with when consumers were last active
};

// What a node of a kListOfNodes holds.
inline constexpr uint64_t kNodePlain = 1;   // one element
inline constexpr uint64_t kNodePacked = 2;  // a listpack

// A length's first byte: the two highest bits, or the whole byte.
inline constexpr uint8_t kLength6Bits = 0x00;
inline constexpr uint8_t kLength14Bits = 0x40;
inline constexpr uint8_t kLength32Bits = 0x80;  // u32 BE follows
inline constexpr uint8_t kLength64Bits = 0x81;  // u64 BE follows
inline constexpr uint8_t kLengthSpecial = 0xc0;
// What the low six bits of a special length say: in place of a string stands ...
inline constexpr uint8_t kSpecialInt8 = 0;
inline constexpr uint8_t kSpecialInt16 = 1;  // LE, as the next
inline constexpr uint8_t kSpecialInt32 = 2;
inline constexpr uint8_t kSpecialLzf = 3;  // compressed length, length, compressed bytes

// Scores of kSortedSetText: a length byte and digits, or one of these bytes alone.
inline constexpr uint8_t kScoreNan = 253;
inline constexpr uint8_t kScoreInfinity = 254;
inline constexpr uint8_t kScoreMinusInfinity = 255;

// Behind the value of a DUMP payload: u16 LE version, u64 LE checksum over all before it.
inline constexpr size_t kDumpFooterBytes = 10;

// The names that redis-check-rdb prints; "unknown" for a number without one.
std::string_view RdbTypeName(uint8_t type);

}  // namespace dunlin::snapshot
