// The numbers of the bus's bytes; for ever. The layout they belong to is drawn in frame.h.
//
// Thread: constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dunlin::bus {

inline constexpr std::string_view kSignature = "RCmb";
inline constexpr uint16_t kVersion = 1;
inline constexpr uint16_t kLightBit = 0x8000;

inline constexpr size_t kLengthAt = 4;
inline constexpr size_t kPrefixBytes = 8;  // signature and length
inline constexpr size_t kVersionAt = 8;
inline constexpr size_t kTypeAt = 12;
inline constexpr size_t kGossipCountAt = 14;
inline constexpr size_t kExtensionCountAt = 2214;

inline constexpr size_t kIpBytes = 46;
inline constexpr size_t kExtensionCountBytes = 2;
inline constexpr size_t kUnusedBytes = 30;

inline constexpr size_t kPublishLengthsBytes = 8;
inline constexpr size_t kModuleHeadBytes = 13;
inline constexpr size_t kUpdateBytes = 8 + 40 + 2048;

inline constexpr size_t kExtensionHeaderBytes = 8;
inline constexpr size_t kExtensionAlignment = 8;
inline constexpr uint8_t kExtensionDataFlag = 4;  // in the first byte of the message flags
inline constexpr size_t kMessageFlagsAt = 2253;

enum class ExtensionType : uint16_t {
  kHostname = 0,
  kHumanName = 1,
  kForgottenNode = 2,
  kShardId = 3,
  // From 4 on Redis and Valkey disagree; they are skipped.
};

inline constexpr size_t kMaxControlFrameBytes = 16u << 20;  // of all types but those that carry a payload

constexpr bool CarriesPayload(uint16_t type) { return type == 4 || type == 9 || type == 10; }
// PUBLISH, MODULE, PUBLISHSHARD.
constexpr bool MayBeLight(uint16_t type) { return CarriesPayload(type); }

}  // namespace dunlin::bus
