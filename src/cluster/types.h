// The small words of the cluster: times, node indices, links, node flags, kinds of bus messages.
//
// The numbers in this header are the bus protocol's and nodes.conf's; they are for ever.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/ids.h"

namespace dunlin::cluster {

// Milliseconds since 1970. The core is handed the time; it should come from a clock that starts at the wall clock and
// then runs with the monotonic one, because intervals are measured with it.
using TimeMs = int64_t;

// The place of a node in one SlotMap, or in one core. Places are reused after a node was forgotten: an index says
// nothing about another map, its id does.
using NodeIndex = StrongInt<struct NodeIndexTag, uint16_t>;
inline constexpr NodeIndex kNoNode{0xffff};

// One bus connection. The core numbers the outbound ones (1, 2, ...); whoever accepts connections numbers the inbound
// ones with InboundLinkId, so that the two never meet. Numbers are not reused during the life of a process.
using LinkId = StrongInt<struct LinkIdTag, uint64_t>;
inline constexpr LinkId kNoLink{0};
inline constexpr uint64_t kInboundLinkBit = uint64_t{1} << 63;
constexpr LinkId InboundLinkId(uint64_t serial) { return LinkId(serial | kInboundLinkBit); }
constexpr bool IsInbound(LinkId link) { return (link.value & kInboundLinkBit) != 0; }

// Node flags as in the message header, the gossip entries and (some of them, in words) nodes.conf.
namespace node_flag {
inline constexpr uint16_t kPrimary = 1;             // "master"
inline constexpr uint16_t kReplica = 2;             // "slave"
inline constexpr uint16_t kPfail = 4;               // "fail?": I cannot reach it
inline constexpr uint16_t kFail = 8;                // "fail": a majority cannot reach it
inline constexpr uint16_t kMyself = 16;             // "myself"
inline constexpr uint16_t kHandshake = 32;          // "handshake": its id is made up until it answers
inline constexpr uint16_t kNoAddress = 64;          // "noaddr"
inline constexpr uint16_t kMeet = 128;              // greet it with MEET, not PING; internal
inline constexpr uint16_t kMigrateTo = 256;         // a primary that has, or should have, replicas
inline constexpr uint16_t kNoFailover = 512;        // "nofailover": a replica that will not stand for election
inline constexpr uint16_t kExtensions = 1024;       // understands ping extensions (Valkey)
inline constexpr uint16_t kLightPublish = 2048;     // understands light PUBLISH headers (Valkey 8.0)
inline constexpr uint16_t kLightModule = 4096;      // understands light MODULE headers (Valkey 8.1)
inline constexpr uint16_t kMyPrimaryFailed = 8192;  // a replica that sees its primary in FAIL (Valkey 9.1)
}  // namespace node_flag

// Flags of one message, byte 0 of three.
namespace message_flag {
inline constexpr uint8_t kPaused = 1;         // the sender's writes are paused, its offset is final
inline constexpr uint8_t kForceAck = 2;       // vote even though the primary is up
inline constexpr uint8_t kExtensionData = 4;  // the sender understands extensions, and may have sent some
}  // namespace message_flag

enum class MessageType : uint16_t {
  kPing = 0,
  kPong = 1,
  kMeet = 2,
  kFail = 3,
  kPublish = 4,
  kAuthRequest = 5,
  kAuthAck = 6,
  kUpdate = 7,
  kManualFailoverStart = 8,
  kModule = 9,
  kPublishShard = 10,
};
inline constexpr int kMessageTypeCount = 11;

// "ping", "auth-req", ... as CLUSTER INFO and log lines say; "unknown" for other numbers.
std::string_view MessageTypeName(uint16_t type);
inline std::string_view MessageTypeName(MessageType type) { return MessageTypeName(static_cast<uint16_t>(type)); }

}  // namespace dunlin::cluster
