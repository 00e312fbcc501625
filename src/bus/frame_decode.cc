#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/limits.h"
#include "bus/frame.h"
#include "bus/frame_format.h"

namespace dunlin::bus {
namespace {

using namespace cluster;  // NOLINT: the messages' own words, all over this file

using Decoded = std::variant<Message, Dropped>;

Dropped Drop(std::string reason) { return {std::move(reason), true}; }

// What stands before the first NUL.
std::string_view UntilNul(std::string_view field) { return field.substr(0, std::min(field.find('\0'), field.size())); }

// Walks a frame whose size was checked: reads that run past its end are our own mistake, and read as nothing.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : reader_(bytes) {}

  template <typename T>
  T Number() {
    return reader_.Big<T>().value_or(0);
  }
  std::string_view Bytes(size_t n) { return reader_.Take(n).value_or(std::string_view()); }
  void Skip(size_t n) { Bytes(n); }
  std::string_view rest() const { return reader_.rest(); }

 private:
  ByteReader reader_;
};

// An id, or "none" where NULs stand; nullopt for anything else.
std::optional<NodeId> IdOrNone(std::string_view bytes) {
  if (bytes.find_first_not_of('\0') == std::string_view::npos) return NodeId();
  return NodeId::Parse(bytes);
}

struct FullHeader {
  Header header;
  uint16_t gossip_count = 0;
  uint16_t extension_count = 0;
};

// REQUIRES: frame.size() >= kFullHeaderBytes. nullopt when the sender's or its primary's id is none.
std::optional<FullHeader> DecodeHeader(std::string_view frame) {
  FullHeader full;
  Header& header = full.header;
  Fields in(frame);
  in.Skip(kVersionAt + 2);
  header.port = in.Number<uint16_t>();
  in.Skip(2);
  full.gossip_count = in.Number<uint16_t>();
  header.current_epoch = Epoch(in.Number<uint64_t>());
  header.config_epoch = Epoch(in.Number<uint64_t>());
  header.offset = Offset(static_cast<int64_t>(in.Number<uint64_t>()));
  std::optional<NodeId> sender = NodeId::Parse(in.Bytes(NodeId::kSize));
  header.slots = SlotSet::FromBytes(in.Bytes(SlotSet::kBytes));
  std::optional<NodeId> replica_of = IdOrNone(in.Bytes(NodeId::kSize));
  header.announced_ip = UntilNul(in.Bytes(kIpBytes));
  full.extension_count = in.Number<uint16_t>();
  in.Skip(kUnusedBytes);
  header.secondary_port = in.Number<uint16_t>();
  header.bus_port = in.Number<uint16_t>();
  header.flags = in.Number<uint16_t>();
  header.cluster_fails = in.Number<uint8_t>() != 0;
  header.message_flags = in.Number<uint8_t>();
  if (!sender || !replica_of) return std::nullopt;
  header.sender = *sender;
  header.replica_of = *replica_of;
  return full;
}

// One entry without a sound id makes the whole section doubtful: nothing of it is kept.
std::vector<GossipEntry> DecodeGossip(std::string_view bytes, size_t count) {
  std::vector<GossipEntry> gossip;
  gossip.reserve(count);
  Fields in(bytes);
  for (size_t i = 0; i < count; ++i) {
    GossipEntry entry;
    std::optional<NodeId> id = NodeId::Parse(in.Bytes(NodeId::kSize));
    if (!id) return {};
    entry.id = *id;
    entry.ping_sent_s = in.Number<uint32_t>();
    entry.pong_received_s = in.Number<uint32_t>();
    entry.ip = UntilNul(in.Bytes(kIpBytes));
    entry.port = in.Number<uint16_t>();
    entry.bus_port = in.Number<uint16_t>();
    entry.flags = in.Number<uint16_t>();
    entry.secondary_port = in.Number<uint16_t>();
    in.Skip(2);
    gossip.push_back(std::move(entry));
  }
  return gossip;
}

void TakeExtension(Extensions& extensions, uint16_t type, std::string_view data) {
  switch (static_cast<ExtensionType>(type)) {
    case ExtensionType::kHostname: extensions.hostname = UntilNul(data); return;
    case ExtensionType::kHumanName: extensions.human_name = UntilNul(data); return;
    case ExtensionType::kForgottenNode: {
      Fields in(data);
      std::optional<NodeId> id = NodeId::Parse(in.Bytes(NodeId::kSize));
      if (id) extensions.forgotten.push_back({*id, in.Number<uint64_t>()});
      return;
    }
    case ExtensionType::kShardId:
      if (auto shard = ShardId::Parse(data.substr(0, std::min(data.size(), ShardId::kSize)))) extensions.shard = shard;
      return;
  }
  extensions.unknown_types.push_back(type);
}

// Why the extensions are not sound; empty when `bytes` are exactly `count` extensions.
std::string DecodeExtensions(std::string_view bytes, size_t count, uint16_t type, Extensions& extensions) {
  ByteReader in(bytes);
  for (size_t i = 0; i < count; ++i) {
    std::optional<uint32_t> length = in.Big<uint32_t>();
    std::optional<uint16_t> kind = in.Big<uint16_t>();
    if (!length || !kind || !in.Take(2) || *length < kExtensionHeaderBytes ||
        *length - kExtensionHeaderBytes > in.remaining()) {
      return fmt::format("Received invalid {} packet with extension data that exceeds total packet length",
                         MessageTypeName(type));
    }
    if (*length % kExtensionAlignment != 0) {
      return fmt::format("Received a {} packet without proper padding ({} bytes)", MessageTypeName(type), *length);
    }
    TakeExtension(extensions, *kind, *in.Take(*length - kExtensionHeaderBytes));
  }
  if (!in.empty()) {
    return fmt::format("Received invalid {} packet with {} bytes after its end", MessageTypeName(type), in.remaining());
  }
  return {};
}

Dropped WrongLength(uint16_t type, size_t length, size_t expected) {
  return Drop(fmt::format("Received invalid {} packet of length {} but expected length {}", MessageTypeName(type),
                          length, expected));
}

Decoded DecodePing(std::string_view frame, FullHeader full, MessageType type) {
  size_t gossip_end = kFullHeaderBytes + kGossipEntryBytes * full.gossip_count;
  auto number = static_cast<uint16_t>(type);
  bool may_have_extensions = (full.header.message_flags & kExtensionDataFlag) != 0;
  if (frame.size() < gossip_end || (!may_have_extensions && frame.size() != gossip_end)) {
    return WrongLength(number, frame.size(), gossip_end);
  }
  PingBody body;
  body.gossip = DecodeGossip(frame.substr(kFullHeaderBytes), full.gossip_count);
  if (may_have_extensions) {
    std::string why = DecodeExtensions(frame.substr(gossip_end), full.extension_count, number, body.extensions);
    if (!why.empty()) return Drop(std::move(why));
  }
  return Message{.type = type, .header = std::move(full.header), .body = std::move(body)};
}

// The body behind either header, for all types but the three pings.
using Body = decltype(Message::body);

// How long the body must be to be what it says.
size_t ExpectedBodyBytes(MessageType type, std::string_view body) {
  auto u32_at = [&](size_t at) -> size_t {
    return body.size() >= at + sizeof(uint32_t) ? LoadBig<uint32_t>(body.data() + at) : 0;
  };
  switch (type) {
    case MessageType::kFail: return NodeId::kSize;
    case MessageType::kPublish:
    case MessageType::kPublishShard: return kPublishLengthsBytes + u32_at(0) + u32_at(4);
    case MessageType::kUpdate: return kUpdateBytes;
    case MessageType::kModule: return kModuleHeadBytes + u32_at(8);
    default: return 0;
  }
}

// REQUIRES: the body has its expected size. nullopt when an id is none.
std::optional<Body> DecodeBody(MessageType type, std::string_view bytes) {
  Fields in(bytes);
  switch (type) {
    case MessageType::kFail: {
      std::optional<NodeId> failing = NodeId::Parse(in.Bytes(NodeId::kSize));
      if (!failing) return std::nullopt;
      return FailBody{*failing};
    }
    case MessageType::kPublish:
    case MessageType::kPublishShard: {
      auto channel_bytes = in.Number<uint32_t>();
      auto message_bytes = in.Number<uint32_t>();
      std::string channel(in.Bytes(channel_bytes));
      return PublishBody{std::move(channel), std::string(in.Bytes(message_bytes))};
    }
    case MessageType::kUpdate: {
      UpdateBody update;
      update.config_epoch = Epoch(in.Number<uint64_t>());
      std::optional<NodeId> owner = NodeId::Parse(in.Bytes(NodeId::kSize));
      if (!owner) return std::nullopt;
      update.owner = *owner;
      update.slots = SlotSet::FromBytes(in.Bytes(SlotSet::kBytes));
      return update;
    }
    case MessageType::kModule: {
      ModuleBody module;
      module.module_id = LoadLittle<uint64_t>(in.Bytes(8).data());
      in.Skip(4);
      module.type = in.Number<uint8_t>();
      module.payload = in.rest();
      return module;
    }
    default: return std::monostate();
  }
}

Decoded DecodeOther(std::string_view frame, MessageType type, bool light, Header header) {
  size_t header_bytes = light ? kLightHeaderBytes : kFullHeaderBytes;
  std::string_view bytes = frame.substr(header_bytes);
  size_t expected = ExpectedBodyBytes(type, bytes);
  if (bytes.size() != expected) {
    return WrongLength(static_cast<uint16_t>(type), frame.size(), header_bytes + expected);
  }
  std::optional<Body> body = DecodeBody(type, bytes);
  if (!body) return Drop(fmt::format("Received a {} packet about a node id that is none", MessageTypeName(type)));
  return Message{.type = type, .light = light, .header = std::move(header), .body = std::move(*body)};
}

}  // namespace

std::variant<Message, Dropped> DecodeFrame(std::string_view frame) {
  if (frame.size() < kLightHeaderBytes) return Drop("Received a packet that is shorter than its header");
  auto version = LoadBig<uint16_t>(frame.data() + kVersionAt);
  // Nodes of another version may be about; that is no reason for noise.
  if (version != kVersion) return Dropped{fmt::format("Ignoring a packet of protocol version {}", version), false};
  auto raw_type = LoadBig<uint16_t>(frame.data() + kTypeAt);
  bool light = (raw_type & kLightBit) != 0;
  auto number = static_cast<uint16_t>(raw_type & ~kLightBit);
  if (number >= kMessageTypeCount || (light && !MayBeLight(number))) {
    return Drop(fmt::format("Received unknown packet type: {}", raw_type));
  }
  auto type = static_cast<MessageType>(number);
  if (light) return DecodeOther(frame, type, true, Header());
  if (frame.size() < kFullHeaderBytes) return WrongLength(number, frame.size(), kFullHeaderBytes);
  std::optional<FullHeader> full = DecodeHeader(frame);
  if (!full) return Drop(fmt::format("Received a {} packet from a node id that is none", MessageTypeName(type)));
  if (IsPingType(type)) return DecodePing(frame, std::move(*full), type);
  return DecodeOther(frame, type, false, std::move(full->header));
}

// ---- FrameReader
// -----------------------------------------------------------------------------------------------------

void FrameReader::Feed(std::string_view bytes) {
  if (broken_) return;
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  buffer_.append(bytes);
}

std::string FrameReader::WhyBroken(std::string_view bytes) const {
  size_t compared = std::min(bytes.size(), kSignature.size());
  if (bytes.substr(0, compared) != kSignature.substr(0, compared)) return "bad signature";
  if (bytes.size() < kPrefixBytes) return {};
  size_t length = LoadBig<uint32_t>(bytes.data() + kLengthAt);
  if (length < kLightHeaderBytes) return fmt::format("bad length {}", length);
  if (length > limits::kMaxBusPacketBytes) return fmt::format("length {} is over the limit", length);
  if (bytes.size() < kTypeAt + sizeof(uint16_t)) return {};
  // Another version may have other types, and we know nothing of their lengths.
  auto type = LoadBig<uint16_t>(bytes.data() + kTypeAt);
  bool carries_payload = CarriesPayload(static_cast<uint16_t>(type & ~kLightBit));
  if (!carries_payload && length > kMaxControlFrameBytes) {
    return fmt::format("length {} is over the limit for type {}", length, type);
  }
  return {};
}

std::variant<Message, Dropped, Broken, Incomplete> FrameReader::Next() {
  if (broken_) return Incomplete{};
  std::string_view bytes = std::string_view(buffer_).substr(begin_);
  if (std::string why = WhyBroken(bytes); !why.empty()) {
    broken_ = true;
    buffer_ = std::string();
    begin_ = 0;
    return Broken{fmt::format("Bad message length or signature received on the Cluster bus ({}).", why)};
  }
  if (bytes.size() < kPrefixBytes) return Incomplete{};
  size_t length = LoadBig<uint32_t>(bytes.data() + kLengthAt);
  if (bytes.size() < length) return Incomplete{};
  begin_ += length;
  std::variant<Message, Dropped> decoded = DecodeFrame(bytes.substr(0, length));
  // A large PUBLISH must not keep its memory for ever.
  if (begin_ == buffer_.size() && buffer_.capacity() > 64 * 1024) {
    buffer_ = std::string();
    begin_ = 0;
  }
  return std::visit([](auto&& d) -> std::variant<Message, Dropped, Broken, Incomplete> { return std::move(d); },
                    std::move(decoded));
}

}  // namespace dunlin::bus
