// The two checksums of the field.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/ids.h"

namespace dunlin {

// CRC-16/XMODEM (polynomial 0x1021, start 0, not reflected): the slot of a key.
uint16_t Crc16(std::string_view bytes);

// CRC-64/Jones (polynomial 0xad93d23594c935a9, reflected, start 0): the end of an RDB file and of a DUMP payload.
// `crc` is the value so far, 0 at the start, so that a checksum can be taken in pieces.
uint64_t Crc64(uint64_t crc, std::string_view bytes);

// The part of a key that decides its slot: what stands between the first '{' and the next '}' when that is not empty,
// else the whole key.
std::string_view HashTag(std::string_view key);

// The slot that `key` lives in.
inline SlotId SlotOfKey(std::string_view key) {
  return SlotId(static_cast<uint16_t>(Crc16(HashTag(key)) & (kSlotCount - 1)));
}

}  // namespace dunlin
