#include <string>

#include "base/bytes.h"
#include "base/invariant.h"
#include "base/limits.h"
#include "bus/frame.h"
#include "bus/frame_format.h"

namespace dunlin::bus {
namespace {

using namespace cluster;  // NOLINT: the messages' own words, all over this file

void AppendPadded(std::string& out, std::string_view text, size_t size) {
  DUNLIN_INVARIANT(text.size() <= size, "a text fits its field");
  out.append(text);
  out.append(size - text.size(), '\0');
}

template <typename Id>
void AppendId(std::string& out, const Id& id) {
  out.append(id.data(), Id::kSize);
}

void AppendGossip(std::string& out, const GossipEntry& entry) {
  AppendId(out, entry.id);
  AppendBig(out, entry.ping_sent_s);
  AppendBig(out, entry.pong_received_s);
  AppendPadded(out, entry.ip, kIpBytes);
  AppendBig(out, entry.port);
  AppendBig(out, entry.bus_port);
  AppendBig(out, entry.flags);
  AppendBig(out, entry.secondary_port);
  out.append(2, '\0');
}

void AppendExtension(std::string& out, ExtensionType type, std::string_view data) {
  size_t padded = (data.size() + kExtensionAlignment - 1) / kExtensionAlignment * kExtensionAlignment;
  AppendBig(out, static_cast<uint32_t>(kExtensionHeaderBytes + padded));
  AppendBig(out, static_cast<uint16_t>(type));
  out.append(2, '\0');
  AppendPadded(out, data, padded);
}

// Returns how many there were.
size_t AppendExtensions(std::string& out, const Extensions& extensions) {
  size_t count = 0;
  auto text = [&](ExtensionType type, const std::optional<std::string>& value) {
    if (!value) return;
    AppendExtension(out, type, *value + '\0');
    ++count;
  };
  text(ExtensionType::kHostname, extensions.hostname);
  text(ExtensionType::kHumanName, extensions.human_name);
  for (const ForgottenNode& forgotten : extensions.forgotten) {
    std::string data;
    AppendId(data, forgotten.id);
    AppendBig(data, forgotten.ttl_s);
    AppendExtension(out, ExtensionType::kForgottenNode, data);
    ++count;
  }
  if (extensions.shard) {
    AppendExtension(out, ExtensionType::kShardId, {extensions.shard->data(), ShardId::kSize});
    ++count;
  }
  return count;
}

// How many gossip entries and extensions the body has, for the header.
struct Counts {
  size_t gossip = 0;
  size_t extensions = 0;
};

struct BodyEncoder {
  std::string& out;

  Counts operator()(const std::monostate&) const { return {}; }
  Counts operator()(const PingBody& body) const {
    for (const GossipEntry& entry : body.gossip) AppendGossip(out, entry);
    return {body.gossip.size(), AppendExtensions(out, body.extensions)};
  }
  Counts operator()(const FailBody& body) const {
    AppendId(out, body.failing);
    return {};
  }
  Counts operator()(const PublishBody& body) const {
    AppendBig(out, static_cast<uint32_t>(body.channel.size()));
    AppendBig(out, static_cast<uint32_t>(body.message.size()));
    out.append(body.channel).append(body.message);
    return {};
  }
  Counts operator()(const UpdateBody& body) const {
    AppendBig(out, body.config_epoch.value);
    AppendId(out, body.owner);
    out.append(body.slots.bytes());
    return {};
  }
  Counts operator()(const ModuleBody& body) const {
    AppendLittle(out, body.module_id);
    AppendBig(out, static_cast<uint32_t>(body.payload.size()));
    out.push_back(static_cast<char>(body.type));
    out.append(body.payload);
    return {};
  }
};

size_t BodyIndexOf(MessageType type) {
  switch (type) {
    case MessageType::kPing:
    case MessageType::kPong:
    case MessageType::kMeet: return 1;
    case MessageType::kFail: return 2;
    case MessageType::kPublish:
    case MessageType::kPublishShard: return 3;
    case MessageType::kUpdate: return 4;
    case MessageType::kModule: return 5;
    case MessageType::kAuthRequest:
    case MessageType::kAuthAck:
    case MessageType::kManualFailoverStart: return 0;
  }
  return std::variant_npos;
}

void AppendRestOfHeader(std::string& out, const Header& header) {
  AppendBig(out, header.current_epoch.value);
  AppendBig(out, header.config_epoch.value);
  AppendBig(out, static_cast<uint64_t>(header.offset.value));
  AppendId(out, header.sender);
  out.append(header.slots.bytes());
  AppendId(out, header.replica_of);
  AppendPadded(out, header.announced_ip, kIpBytes);
  out.append(kExtensionCountBytes + kUnusedBytes, '\0');
  AppendBig(out, header.secondary_port);
  AppendBig(out, header.bus_port);
  AppendBig(out, header.flags);
  out.push_back(header.cluster_fails ? 1 : 0);
  out.push_back(static_cast<char>(header.message_flags));
  out.append(2, '\0');
}

}  // namespace

std::string EncodeFrame(const Message& message) {
  DUNLIN_INVARIANT(message.body.index() == BodyIndexOf(message.type), "a body belongs to its type");
  DUNLIN_INVARIANT(!message.light || MayBeLight(static_cast<uint16_t>(message.type)), "this type needs a full header");
  std::string out;
  auto type = static_cast<uint16_t>(message.type);
  out.append(kSignature);
  AppendBig(out, uint32_t{0});
  AppendBig(out, kVersion);
  AppendBig(out, message.light ? uint16_t{0} : message.header.port);
  AppendBig(out, message.light ? static_cast<uint16_t>(type | kLightBit) : type);
  AppendBig(out, uint16_t{0});
  if (!message.light) {
    AppendRestOfHeader(out, message.header);
    DUNLIN_INVARIANT(out.size() == kFullHeaderBytes, "the header has its size");
  }
  Counts counts = std::visit(BodyEncoder{out}, message.body);
  DUNLIN_INVARIANT(counts.gossip <= UINT16_MAX && counts.extensions <= UINT16_MAX, "counts fit their fields");
  DUNLIN_INVARIANT(out.size() <= limits::kMaxBusPacketBytes, "a frame's size is bounded");
  StoreBig(out.data() + kLengthAt, static_cast<uint32_t>(out.size()));
  if (!message.light) {
    StoreBig(out.data() + kGossipCountAt, static_cast<uint16_t>(counts.gossip));
    StoreBig(out.data() + kExtensionCountAt, static_cast<uint16_t>(counts.extensions));
  }
  return out;
}

}  // namespace dunlin::bus
