// A core that is told anything: bytes from peers that it knows and peers that it does not, sound messages with unsound
// claims, links that come and go, admins, time. Its own invariants are the judge, and a nodes.conf that reads again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/invariant.h"
#include "bus/frame.h"
#include "cluster/config_file.h"
#include "cluster/core.h"

namespace {

using namespace dunlin;           // NOLINT
using namespace dunlin::cluster;  // NOLINT

constexpr TimeMs kStartMs = 1'700'000'000'000;
constexpr int kNames = 6;

// The fuzzer's bytes, spent one choice at a time; zeros once they are gone.
class Choices {
 public:
  Choices(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool empty() const { return at_ >= size_; }
  uint8_t Byte() { return at_ < size_ ? data_[at_++] : 0; }
  uint16_t Pair() { return static_cast<uint16_t>(Byte() * 256 + Byte()); }
  std::string_view Bytes(size_t n) {
    n = std::min(n, size_ - std::min(at_, size_));
    std::string_view bytes(reinterpret_cast<const char*>(data_) + at_, n);
    at_ += n;
    return bytes;
  }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

NodeId IdOf(int name) { return NodeId::FromBytes(std::string(40, static_cast<char>('a' + name))); }

std::string FirstNodesConf() {
  SavedCluster saved{.current_epoch = Epoch(5)};
  for (int i = 0; i < kNames - 2; ++i) {
    NodeRecord node{.id = IdOf(i), .ip = "10.0.0.1", .tcp_port = 7000, .bus_port = 17000};
    node.flags = i < 3 ? node_flag::kPrimary : node_flag::kReplica;
    if (i == 0) node.flags |= node_flag::kMyself;
    if (i < 3) node.slots = {{static_cast<uint16_t>(i * 5000), static_cast<uint16_t>(i * 5000 + 4999)}};
    if (i == 3) node.primary = IdOf(1);
    node.config_epoch = Epoch(static_cast<uint64_t>(i + 1));
    saved.nodes.push_back(node);
  }
  return FormatConfigFile(saved);
}

class Driver {
 public:
  explicit Driver(Choices& choices) : in_(choices), core_(*Core::Open(Config{}, FirstNodesConf(), 1, kStartMs)) {
    Take(core_.Start(now_));
    for (int i = 1; i <= kNames; ++i) {
      links_.push_back(InboundLinkId(static_cast<uint64_t>(i)));
      Take(core_.Step(LinkAccepted{links_.back(), "10.0.0.1", "10.0.0.2"}, now_));
    }
  }

  void Run() {
    for (int steps = 0; !in_.empty() && steps < 500; ++steps) One();
    Result<SavedCluster> saved = ParseConfigFile(core_.NodesConf(), false);
    DUNLIN_INVARIANT(saved.has_value(), "what a core would save can be read");
    Result<Core> again = Core::Open(Config{}, core_.NodesConf(), 2, now_);
    DUNLIN_INVARIANT(again.has_value(), "and started from");
  }

 private:
  LinkId SomeLink() { return links_[in_.Byte() % links_.size()]; }

  void Take(const Effects& effects) {
    if (effects.persist) {
      DUNLIN_INVARIANT(ParseConfigFile(effects.persist->nodes_conf, false).has_value(), "what is saved can be read");
    }
    for (const WireEffect& effect : effects.wire) {
      if (const auto* open = std::get_if<OpenLink>(&effect)) {
        links_.push_back(open->link);
        opened_.push_back(open->link);
      }
      if (const auto* send = std::get_if<Send>(&effect)) bus::EncodeFrame(*send->message);
    }
  }

  Message SomeMessage() {
    Message message{.type = static_cast<MessageType>(in_.Byte() % kMessageTypeCount)};
    Header& header = message.header;
    header.sender = IdOf(in_.Byte() % kNames);
    header.current_epoch = Epoch(in_.Byte());
    header.config_epoch = Epoch(in_.Byte());
    header.offset = Offset(in_.Byte());
    header.flags = in_.Pair();
    header.message_flags = in_.Byte();
    header.port = in_.Byte();
    header.bus_port = in_.Byte();
    if (int primary = in_.Byte() % (kNames * 3); primary < kNames) header.replica_of = IdOf(primary);
    uint16_t first = in_.Pair() % kSlotCount;
    header.slots = SlotSet::OfRange({first, static_cast<uint16_t>(std::min(first + in_.Pair() / 4, kSlotCount - 1))});
    if (IsPingType(message.type)) {
      PingBody body;
      for (int i = in_.Byte() % 4; i > 0; --i) {
        body.gossip.push_back({.id = IdOf(in_.Byte() % kNames),
                               .pong_received_s = in_.Byte() * 100'000'000u,
                               .ip = std::string(in_.Bytes(in_.Byte() % 12)),
                               .port = in_.Byte(),
                               .bus_port = in_.Byte(),
                               .flags = in_.Pair()});
      }
      if (in_.Byte() % 4 == 0) body.extensions.hostname = std::string(in_.Bytes(in_.Byte() % 8));
      if (in_.Byte() % 4 == 0) body.extensions.human_name = std::string(in_.Bytes(in_.Byte() % 8));
      if (in_.Byte() % 8 == 0) body.extensions.forgotten.push_back({IdOf(in_.Byte() % kNames), in_.Byte()});
      message.body = body;
    } else if (message.type == MessageType::kFail) {
      message.body = FailBody{IdOf(in_.Byte() % kNames)};
    } else if (message.type == MessageType::kUpdate) {
      message.body = UpdateBody{Epoch(in_.Byte()), IdOf(in_.Byte() % kNames), header.slots};
    } else if (message.type == MessageType::kPublish || message.type == MessageType::kPublishShard) {
      message.body = PublishBody{"c", "m"};
      message.light = in_.Byte() % 4 == 0;
    }
    return message;
  }

  AdminCommand SomeCommand() {
    std::string node = IdOf(in_.Byte() % kNames).str();
    SlotId slot(in_.Pair() % kSlotCount);
    switch (in_.Byte() % 10) {
      case 0: return MeetCommand{"10.0.0.9", "1", in_.Byte(), in_.Byte()};
      case 1: return ForgetCommand{node};
      case 2: return ReplicateCommand{node};
      case 3: return AssignSlotsCommand{in_.Byte() % 2 == 0, {{slot.value, slot.value}}};
      case 4:
        return SetSlotCommand{slot, static_cast<SetSlotCommand::Action>(in_.Byte() % 4), node, in_.Byte() % 2 == 0};
      case 5: return BumpEpochCommand{};
      case 6: return FailoverCommand{static_cast<FailoverCommand::Mode>(in_.Byte() % 3)};
      case 7: return ResetCommand{in_.Byte() % 2 == 0};
      case 8: return FlushSlotsCommand{};
      default: return CountFailureReportsCommand{node};
    }
  }

  void Hear(LinkId link, std::string_view bytes) {
    bus::FrameReader reader;
    reader.Feed(bytes);
    auto next = reader.Next();
    if (auto* message = std::get_if<Message>(&next)) Take(core_.Step(MessageReceived{link, std::move(*message)}, now_));
  }

  void One() {
    switch (in_.Byte() % 10) {
      case 0:
        now_ += in_.Pair();
        Take(core_.Tick(now_));
        break;
      case 1: Take(core_.Step(LinkClosed{SomeLink(), "x"}, now_)); break;
      case 2:
        if (!opened_.empty())
          Take(core_.Step(LinkConnected{opened_[in_.Byte() % opened_.size()], "1.2.3.4", ""}, now_));
        break;
      case 3: Take(core_.Step(SomeCommand(), now_)); break;
      case 4:
        core_.SetFacts({.replication_offset = Offset(in_.Byte()),
                        .primary_link_up = in_.Byte() % 2 == 0,
                        .primary_last_io_ms = now_,
                        .dataset_empty = in_.Byte() % 2 == 0});
        break;
      case 5: Take(core_.Step(WritesPaused{Offset(in_.Byte())}, now_)); break;
      default: {
        std::string frame = bus::EncodeFrame(SomeMessage());
        // Sometimes a few bytes of it are others.
        for (int i = in_.Byte() % 8; i > 5; --i) frame[in_.Pair() % frame.size()] = static_cast<char>(in_.Byte());
        Hear(SomeLink(), frame);
      }
    }
  }

  Choices& in_;
  TimeMs now_ = kStartMs;
  Core core_;
  std::vector<LinkId> links_;
  std::vector<LinkId> opened_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  Driver(choices).Run();
  return 0;
}
