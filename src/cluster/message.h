// The messages of the cluster bus as plain values. How they look in bytes is bus/frame.h's business; what they mean is
// in docs of the protocol and in the core.
//
// A message read from the wire has sound shapes (ids are ids, lists end) but its claims are a stranger's: the core
// checks them.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "cluster/slot_set.h"
#include "cluster/types.h"

namespace dunlin::cluster {

// What every message says of its sender (light messages say none of it).
struct Header {
  uint16_t port = 0;            // client port: TLS when the bus runs over TLS, else TCP
  uint16_t secondary_port = 0;  // the other one
  uint16_t bus_port = 0;
  Epoch current_epoch{0};
  Epoch config_epoch{0};  // of the sender, or of its primary when it is a replica
  Offset offset{0};       // replication offset: sent (primary) or applied (replica), in bytes
  NodeId sender;
  SlotSet slots;             // of the sender, or of its primary when it is a replica
  NodeId replica_of;         // empty: a primary
  std::string announced_ip;  // empty: take it from the socket
  uint16_t flags = 0;        // node_flag
  bool cluster_fails = false;
  uint8_t message_flags = 0;  // message_flag
  bool operator==(const Header&) const = default;
};

struct GossipEntry {
  NodeId id;
  uint32_t ping_sent_s = 0;
  uint32_t pong_received_s = 0;
  std::string ip;
  uint16_t port = 0;
  uint16_t secondary_port = 0;
  uint16_t bus_port = 0;
  uint16_t flags = 0;
  bool operator==(const GossipEntry&) const = default;
};

struct ForgottenNode {
  NodeId id;
  uint64_t ttl_s = 0;
  bool operator==(const ForgottenNode&) const = default;
};

// What rides behind the gossip. An absent text is a text that the sender does not have.
struct Extensions {
  std::optional<std::string> hostname;
  std::optional<std::string> human_name;
  std::vector<ForgottenNode> forgotten;
  std::optional<ShardId> shard;
  std::vector<uint16_t> unknown_types;  // of other makers, skipped; only for the log
  bool operator==(const Extensions&) const = default;
  bool empty() const { return *this == Extensions{}; }
};

// PING, PONG, MEET.
struct PingBody {
  std::vector<GossipEntry> gossip;
  Extensions extensions;
  bool operator==(const PingBody&) const = default;
};

struct FailBody {
  NodeId failing;
  bool operator==(const FailBody&) const = default;
};

// PUBLISH, PUBLISHSHARD.
struct PublishBody {
  std::string channel;
  std::string message;
  bool operator==(const PublishBody&) const = default;
};

// Who owns these slots, for somebody who claims them with an older epoch.
struct UpdateBody {
  Epoch config_epoch{0};
  NodeId owner;
  SlotSet slots;
  bool operator==(const UpdateBody&) const = default;
};

struct ModuleBody {
  uint64_t module_id = 0;  // its eight bytes as the sender's machine holds them
  uint8_t type = 0;
  std::string payload;
  bool operator==(const ModuleBody&) const = default;
};

struct Message {
  MessageType type = MessageType::kPing;
  // Came, or shall go, with a header of 16 bytes that names nobody; only for PUBLISH, PUBLISHSHARD and MODULE.
  bool light = false;
  Header header;
  // The alternative that belongs to `type`; monostate for AUTH_REQUEST, AUTH_ACK and MFSTART.
  std::variant<std::monostate, PingBody, FailBody, PublishBody, UpdateBody, ModuleBody> body;
  bool operator==(const Message&) const = default;
};

inline bool IsPingType(MessageType type) {
  return type == MessageType::kPing || type == MessageType::kPong || type == MessageType::kMeet;
}

}  // namespace dunlin::cluster
