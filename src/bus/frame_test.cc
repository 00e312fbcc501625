#include "bus/frame.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/numbers.h"
#include "bus/frame_capture_data.h"

namespace dunlin::bus {
namespace {

using namespace cluster;  // NOLINT: the messages' own words

NodeId Id(char c) { return NodeId::FromBytes(std::string(40, c)); }

Header SomeHeader() {
  Header header;
  header.port = 0x1234;
  header.secondary_port = 0x2345;
  header.bus_port = 0x3456;
  header.current_epoch = Epoch(0x0102030405060708);
  header.config_epoch = Epoch(0x1112131415161718);
  header.offset = Offset(0x2122232425262728);
  header.sender = Id('s');
  header.slots.Set(SlotId(0));
  header.slots.Set(SlotId(9));
  header.slots.Set(SlotId(16383));
  header.replica_of = Id('p');
  header.announced_ip = "192.0.2.1";
  header.flags = 0x0412;
  header.cluster_fails = true;
  header.message_flags = message_flag::kForceAck;
  return header;
}

GossipEntry SomeEntry(char id) {
  return {.id = Id(id),
          .ping_sent_s = 0x31323334,
          .pong_received_s = 0x41424344,
          .ip = "2001:db8::7",
          .port = 0x5152,
          .secondary_port = 0x6162,
          .bus_port = 0x7172,
          .flags = 0x0204};
}

Message SomePing(MessageType type) {
  Message message{.type = type, .header = SomeHeader()};
  message.header.message_flags |= message_flag::kExtensionData;
  PingBody body;
  body.gossip = {SomeEntry('a'), SomeEntry('b')};
  body.extensions.hostname = "host.example";
  body.extensions.human_name = "seven77";
  body.extensions.forgotten = {{Id('f'), 60}};
  body.extensions.shard = ShardId::FromBytes(std::string(40, 'h'));
  message.body = body;
  return message;
}

Message Bare(MessageType type) { return {.type = type, .header = SomeHeader()}; }

std::vector<Message> OneOfEach() {
  std::vector<Message> all = {SomePing(MessageType::kPing), SomePing(MessageType::kPong),
                              SomePing(MessageType::kMeet), Bare(MessageType::kAuthRequest),
                              Bare(MessageType::kAuthAck),  Bare(MessageType::kManualFailoverStart)};
  Message fail = Bare(MessageType::kFail);
  fail.body = FailBody{Id('x')};
  all.push_back(fail);
  for (MessageType type : {MessageType::kPublish, MessageType::kPublishShard}) {
    Message publish = Bare(type);
    publish.body = PublishBody{"channel", std::string("a\0b", 3)};
    all.push_back(publish);
    publish.light = true;
    publish.header = Header();
    all.push_back(publish);
  }
  Message update = Bare(MessageType::kUpdate);
  update.body = UpdateBody{Epoch(0x7172737475767778), Id('o'), SlotSet::OfRange({8, 15})};
  all.push_back(update);
  Message module = Bare(MessageType::kModule);
  module.body = ModuleBody{0x0123456789abcdef, 7, "payload"};
  all.push_back(module);
  return all;
}

template <typename T, typename V>
const T& As(const V& v) {
  const T* t = std::get_if<T>(&v);
  EXPECT_NE(t, nullptr);
  static const T kNone{};
  return t == nullptr ? kNone : *t;
}

std::string Decode(std::string_view frame) {
  auto decoded = DecodeFrame(frame);
  if (const auto* dropped = std::get_if<Dropped>(&decoded)) return dropped->reason;
  return "ok";
}

TEST(FrameTest, EveryMessageSurvivesTheWire) {
  for (const Message& message : OneOfEach()) {
    std::string frame = EncodeFrame(message);
    auto decoded = DecodeFrame(frame);
    EXPECT_EQ(As<Message>(decoded), message) << MessageTypeName(message.type);
  }
}

TEST(FrameTest, FramesHaveTheSizesOfTheProtocol) {
  auto size = [](const Message& m) { return EncodeFrame(m).size(); };
  EXPECT_EQ(size(Bare(MessageType::kAuthRequest)), 2256u);
  EXPECT_EQ(size(Bare(MessageType::kAuthAck)), 2256u);
  EXPECT_EQ(size(Bare(MessageType::kManualFailoverStart)), 2256u);
  Message m = Bare(MessageType::kFail);
  m.body = FailBody{Id('x')};
  EXPECT_EQ(size(m), 2296u);
  m = Bare(MessageType::kUpdate);
  m.body = UpdateBody{};
  EXPECT_EQ(size(m), 4352u);
  m = Bare(MessageType::kPublish);
  m.body = PublishBody{"abc", "defgh"};
  EXPECT_EQ(size(m), 2256u + 8 + 3 + 5);
  m.light = true;
  EXPECT_EQ(size(m), 16u + 8 + 3 + 5);
  m = Bare(MessageType::kModule);
  m.body = ModuleBody{1, 2, "abc"};
  EXPECT_EQ(size(m), 2256u + 13 + 3);
  m = Bare(MessageType::kPing);
  m.body = PingBody{.gossip = {SomeEntry('a'), SomeEntry('b'), SomeEntry('c')}};
  EXPECT_EQ(size(m), 2256u + 3 * 104);
  // A forgotten node is 56 bytes in all, a shard id 48, a text is padded with its NUL to eight.
  Extensions& extensions = std::get<PingBody>(m.body).extensions;
  extensions.forgotten = {{Id('f'), 1}};
  EXPECT_EQ(size(m), 2256u + 3 * 104 + 56);
  extensions.shard = ShardId();
  EXPECT_EQ(size(m), 2256u + 3 * 104 + 56 + 48);
  extensions.hostname = "1234567";
  EXPECT_EQ(size(m), 2256u + 3 * 104 + 56 + 48 + 16);
  extensions.hostname = "12345678";
  EXPECT_EQ(size(m), 2256u + 3 * 104 + 56 + 48 + 24);
}

TEST(FrameTest, TheHeaderLiesWhereTheProtocolSays) {
  std::string f = EncodeFrame(SomePing(MessageType::kMeet));
  auto u16 = [&](size_t at) { return LoadBig<uint16_t>(f.data() + at); };
  auto u64 = [&](size_t at) { return LoadBig<uint64_t>(f.data() + at); };
  EXPECT_EQ(f.substr(0, 4), "RCmb");
  EXPECT_EQ(LoadBig<uint32_t>(f.data() + 4), f.size());
  EXPECT_EQ(u16(8), 1);
  EXPECT_EQ(u16(10), 0x1234);
  EXPECT_EQ(u16(12), 2);
  EXPECT_EQ(u16(14), 2);
  EXPECT_EQ(u64(16), 0x0102030405060708u);
  EXPECT_EQ(u64(24), 0x1112131415161718u);
  EXPECT_EQ(u64(32), 0x2122232425262728u);
  EXPECT_EQ(f.substr(40, 40), std::string(40, 's'));
  EXPECT_EQ(f[80], '\x01');         // slot 0
  EXPECT_EQ(f[81], '\x02');         // slot 9
  EXPECT_EQ(f[80 + 2047], '\x80');  // slot 16383
  EXPECT_EQ(f.substr(2128, 40), std::string(40, 'p'));
  EXPECT_EQ(f.substr(2168, 46), std::string("192.0.2.1") + std::string(37, '\0'));
  EXPECT_EQ(u16(2214), 4);
  EXPECT_EQ(f.substr(2216, 30), std::string(30, '\0'));
  EXPECT_EQ(u16(2246), 0x2345);
  EXPECT_EQ(u16(2248), 0x3456);
  EXPECT_EQ(u16(2250), 0x0412);
  EXPECT_EQ(f[2252], '\x01');
  EXPECT_EQ(f[2253], '\x06');
  EXPECT_EQ(f.substr(2254, 2), std::string(2, '\0'));
}

TEST(FrameTest, GossipAndExtensionsLieWhereTheProtocolSays) {
  std::string f = EncodeFrame(SomePing(MessageType::kPing));
  std::string entry = f.substr(2256 + 104, 104);
  EXPECT_EQ(entry.substr(0, 40), std::string(40, 'b'));
  EXPECT_EQ(LoadBig<uint32_t>(entry.data() + 40), 0x31323334u);
  EXPECT_EQ(LoadBig<uint32_t>(entry.data() + 44), 0x41424344u);
  EXPECT_EQ(entry.substr(48, 46), std::string("2001:db8::7") + std::string(35, '\0'));
  EXPECT_EQ(LoadBig<uint16_t>(entry.data() + 94), 0x5152);
  EXPECT_EQ(LoadBig<uint16_t>(entry.data() + 96), 0x7172);
  EXPECT_EQ(LoadBig<uint16_t>(entry.data() + 98), 0x0204);
  EXPECT_EQ(LoadBig<uint16_t>(entry.data() + 100), 0x6162);
  EXPECT_EQ(entry.substr(102), std::string(2, '\0'));

  std::string x = f.substr(2256 + 208);
  EXPECT_EQ(x.substr(0, 8), std::string("\0\0\0\x18\0\0\0\0", 8));  // 24 bytes, host name
  EXPECT_EQ(x.substr(8, 16), std::string("host.example\0\0\0\0", 16));
  EXPECT_EQ(x.substr(24, 8), std::string("\0\0\0\x10\0\x01\0\0", 8));  // 16 bytes, human name
  EXPECT_EQ(x.substr(32, 8), std::string("seven77\0", 8));
  EXPECT_EQ(x.substr(40, 8), std::string("\0\0\0\x38\0\x02\0\0", 8));  // 56 bytes, forgotten node
  EXPECT_EQ(x.substr(48, 40), std::string(40, 'f'));
  EXPECT_EQ(x.substr(88, 8), std::string("\0\0\0\0\0\0\0\x3c", 8));
  EXPECT_EQ(x.substr(96, 8), std::string("\0\0\0\x30\0\x03\0\0", 8));  // 48 bytes, shard
  EXPECT_EQ(x.substr(104), std::string(40, 'h'));
}

TEST(FrameTest, OtherBodiesLieWhereTheProtocolSays) {
  Message m = Bare(MessageType::kUpdate);
  m.body = UpdateBody{Epoch(0x7172737475767778), Id('o'), SlotSet::OfRange({8, 15})};
  std::string f = EncodeFrame(m);
  EXPECT_EQ(LoadBig<uint64_t>(f.data() + 2256), 0x7172737475767778u);
  EXPECT_EQ(f.substr(2264, 40), std::string(40, 'o'));
  EXPECT_EQ(f.substr(2304, 3), std::string("\0\xff\0", 3));

  m = Bare(MessageType::kPublish);
  m.body = PublishBody{"ab", "xyz"};
  EXPECT_EQ(EncodeFrame(m).substr(2256), std::string("\0\0\0\x02\0\0\0\x03", 8) + "abxyz");

  // The module id is its sender's memory, here of a little-endian machine.
  m = Bare(MessageType::kModule);
  m.body = ModuleBody{0x0123456789abcdef, 7, "xyz"};
  EXPECT_EQ(EncodeFrame(m).substr(2256),
            std::string("\xef\xcd\xab\x89\x67\x45\x23\x01", 8) + std::string("\0\0\0\x03\x07", 5) + "xyz");

  m = Bare(MessageType::kPublishShard);
  m.light = true;
  m.body = PublishBody{"ab", "xyz"};
  EXPECT_EQ(EncodeFrame(m),
            std::string("RCmb\0\0\0\x1d\0\x01\0\0\x80\x0a\0\0", 16) + std::string("\0\0\0\x02\0\0\0\x03", 8) + "abxyz");
}

// ---- What others send
// ------------------------------------------------------------------------------------------------

std::string FromCapture(std::string_view hex) {
  std::string out;
  auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::string_view token : SplitBlanks(hex)) {
    auto byte = [&](size_t at) { return static_cast<char>(nibble(token[at]) * 16 + nibble(token[at + 1])); };
    if (size_t star = token.find('*'); star != std::string_view::npos) {
      out.append(static_cast<size_t>(*ParseInt64(token.substr(star + 1))), byte(0));
      continue;
    }
    for (size_t i = 0; i + 1 < token.size(); i += 2) out.push_back(byte(i));
  }
  return out;
}

Message Captured(std::string_view what) {
  for (const CapturedFrame& captured : kCapturedFrames) {
    if (captured.what != what) continue;
    auto decoded = DecodeFrame(FromCapture(captured.hex));
    return As<Message>(decoded);
  }
  ADD_FAILURE() << "no frame '" << what << "' was captured";
  return {};
}

TEST(CapturedFrameTest, OurEncodingOfWhatRedisSentIsTheSameByteForByte) {
  for (const CapturedFrame& captured : kCapturedFrames) {
    std::string frame = FromCapture(captured.hex);
    auto decoded = DecodeFrame(frame);
    ASSERT_TRUE(std::holds_alternative<Message>(decoded)) << captured.what << ": " << std::get<Dropped>(decoded).reason;
    EXPECT_EQ(EncodeFrame(std::get<Message>(decoded)), frame) << captured.what;
  }
}

TEST(CapturedFrameTest, WhatRedisSentIsUnderstood) {
  constexpr std::string_view kA = "3bca8a4ff5d62ae0327eb36d59d5bda99587b110";
  constexpr std::string_view kB = "9119c7345c5a6ecd4505335194123d386a50f77b";
  constexpr std::string_view kC = "9a92077d1ef5e29a13b8b1422a96c4fd246ac95f";

  Message ping = Captured("ping with a hostname");
  EXPECT_EQ(ping.type, MessageType::kPing);
  EXPECT_EQ(ping.header.sender.view(), kB);
  EXPECT_EQ(ping.header.port, 21802);
  EXPECT_EQ(ping.header.bus_port, 31802);
  EXPECT_EQ(ping.header.flags, node_flag::kPrimary | node_flag::kMyself);
  EXPECT_EQ(ping.header.slots, SlotSet::OfRange({8192, 16383}));
  EXPECT_TRUE(ping.header.replica_of.empty());
  const auto& body = std::get<PingBody>(ping.body);
  EXPECT_EQ(body.extensions.hostname, "host-b.example.com");
  ASSERT_EQ(body.gossip.size(), 1u);
  EXPECT_EQ(body.gossip[0].id.view(), kA);
  EXPECT_EQ(body.gossip[0].ip, "127.0.0.1");
  EXPECT_EQ(body.gossip[0].port, 21801);
  EXPECT_EQ(body.gossip[0].bus_port, 31801);
  EXPECT_EQ(body.gossip[0].flags, node_flag::kPrimary);

  EXPECT_EQ(Captured("meet").type, MessageType::kMeet);
  EXPECT_EQ(std::get<FailBody>(Captured("fail").body).failing.view(), kB);
  EXPECT_EQ(std::get<PublishBody>(Captured("publish").body), (PublishBody{"news", "hello"}));
  EXPECT_EQ(std::get<PublishBody>(Captured("publishshard").body), (PublishBody{"news", "hi"}));
  Message update = Captured("update");
  EXPECT_EQ(update.header.sender.view(), kB);
  const auto& truth = std::get<UpdateBody>(update.body);
  EXPECT_EQ(truth.owner.view(), kA);
  EXPECT_EQ(truth.config_epoch, Epoch(1));
  EXPECT_EQ(truth.slots, SlotSet::OfRange({0, 8191}));
  Message request = Captured("auth-req");
  EXPECT_EQ(request.header.sender.view(), kC);
  EXPECT_EQ(request.header.replica_of.view(), kB);
  EXPECT_EQ(request.header.current_epoch, Epoch(51));
  EXPECT_EQ(request.header.slots, SlotSet::OfRange({8192, 16383}));
  EXPECT_EQ(Captured("auth-ack").header.current_epoch, Epoch(50));
}

TEST(FrameTest, UnknownExtensionsAreSkippedByTheirLength) {
  std::string f = EncodeFrame(SomePing(MessageType::kPing));
  std::string other = std::string("\0\0\0\x10\0\x04\0\0", 8) + "secrets!";
  f.insert(2256 + 208, other);
  StoreBig(f.data() + 4, static_cast<uint32_t>(f.size()));
  StoreBig(f.data() + 2214, uint16_t{5});
  auto decoded = DecodeFrame(f);
  Extensions extensions = std::get<PingBody>(As<Message>(decoded).body).extensions;
  EXPECT_EQ(extensions.unknown_types, std::vector<uint16_t>{4});
  EXPECT_EQ(extensions.hostname, "host.example");
  EXPECT_EQ(extensions.shard->view(), std::string(40, 'h'));
}

// ---- What is wrong
// ---------------------------------------------------------------------------------------------------

TEST(FrameTest, AFrameOfTheWrongLengthIsDropped) {
  for (const Message& message : OneOfEach()) {
    std::string longer = EncodeFrame(message) + "x";
    StoreBig(longer.data() + 4, static_cast<uint32_t>(longer.size()));
    EXPECT_NE(Decode(longer), "ok") << MessageTypeName(message.type);
    std::string shorter = EncodeFrame(message);
    shorter.pop_back();
    StoreBig(shorter.data() + 4, static_cast<uint32_t>(shorter.size()));
    EXPECT_NE(Decode(shorter), "ok") << MessageTypeName(message.type);
  }
  Message fail = Bare(MessageType::kFail);
  fail.body = FailBody{Id('x')};
  EXPECT_EQ(Decode(EncodeFrame(fail) + "x"), "Received invalid fail packet of length 2297 but expected length 2296");
}

TEST(FrameTest, LengthsThatLieAreNotBelieved) {
  Message m = Bare(MessageType::kPublish);
  m.body = PublishBody{"ab", "xyz"};
  std::string f = EncodeFrame(m);
  StoreBig(f.data() + 2256, uint32_t{0xffffffff});
  EXPECT_EQ(Decode(f), "Received invalid publish packet of length 2269 but expected length 4294969562");
  f = EncodeFrame(SomePing(MessageType::kPing));
  StoreBig(f.data() + 14, uint16_t{65535});
  EXPECT_NE(Decode(f), "ok");
  f = EncodeFrame(SomePing(MessageType::kPing));
  StoreBig(f.data() + 2256 + 208, uint32_t{0xfffffff8});
  EXPECT_EQ(Decode(f), "Received invalid ping packet with extension data that exceeds total packet length");
  f = EncodeFrame(SomePing(MessageType::kPing));
  StoreBig(f.data() + 2256 + 208, uint32_t{23});
  EXPECT_EQ(Decode(f), "Received a ping packet without proper padding (23 bytes)");
  f = EncodeFrame(SomePing(MessageType::kPing));
  StoreBig(f.data() + 2256 + 208, uint32_t{0});
  EXPECT_NE(Decode(f), "ok");
}

TEST(FrameTest, IdsThatAreNoneAreNotBelieved) {
  std::string f = EncodeFrame(SomePing(MessageType::kPing));
  f[40] = 'S';
  EXPECT_EQ(Decode(f), "Received a ping packet from a node id that is none");
  f[40] = 's';
  f[2128] = '\0';
  EXPECT_NE(Decode(f), "ok");
  f[2128] = 'p';
  // One bad entry voids the whole section, not the message.
  f[2256 + 104] = ' ';
  auto decoded = DecodeFrame(f);
  const auto& body = std::get<PingBody>(As<Message>(decoded).body);
  EXPECT_TRUE(body.gossip.empty());
  EXPECT_EQ(body.extensions.hostname, "host.example");
}

TEST(FrameTest, AnotherVersionIsIgnoredQuietly) {
  std::string f = EncodeFrame(Bare(MessageType::kAuthAck));
  StoreBig(f.data() + 8, uint16_t{2});
  auto decoded = DecodeFrame(f);
  EXPECT_FALSE(As<Dropped>(decoded).worth_a_warning);
}

TEST(FrameTest, UnknownTypesAndLightVotesAreDropped) {
  std::string f = EncodeFrame(Bare(MessageType::kAuthAck));
  StoreBig(f.data() + 12, uint16_t{11});
  EXPECT_EQ(Decode(f), "Received unknown packet type: 11");
  StoreBig(f.data() + 12, static_cast<uint16_t>(0x8000 | 6));
  EXPECT_NE(Decode(f), "ok");
}

// ---- A stream
// --------------------------------------------------------------------------------------------------------

std::vector<Message> Drain(FrameReader& reader) {
  std::vector<Message> messages;
  while (true) {
    auto next = reader.Next();
    if (auto* message = std::get_if<Message>(&next)) {
      messages.push_back(std::move(*message));
    } else if (std::holds_alternative<Incomplete>(next)) {
      return messages;
    } else {
      ADD_FAILURE() << "neither a message nor the end";
      return messages;
    }
  }
}

TEST(FrameReaderTest, FramesMayComeInAnyPieces) {
  std::vector<Message> sent = OneOfEach();
  std::string stream;
  for (const Message& message : sent) stream += EncodeFrame(message);
  for (size_t piece : {size_t{1}, size_t{7}, size_t{2256}, size_t{4000}, stream.size()}) {
    FrameReader reader;
    std::vector<Message> received;
    for (size_t at = 0; at < stream.size(); at += piece) {
      reader.Feed(std::string_view(stream).substr(at, piece));
      for (Message& message : Drain(reader)) received.push_back(std::move(message));
    }
    EXPECT_EQ(received, sent) << "in pieces of " << piece;
    EXPECT_EQ(reader.buffered(), 0u);
  }
}

TEST(FrameReaderTest, ADroppedFrameDoesNotSpoilTheNext) {
  std::string bad = EncodeFrame(Bare(MessageType::kAuthAck));
  StoreBig(bad.data() + 12, uint16_t{99});
  FrameReader reader;
  reader.Feed(bad + EncodeFrame(Bare(MessageType::kAuthRequest)));
  EXPECT_TRUE(std::holds_alternative<Dropped>(reader.Next()));
  auto next = reader.Next();
  EXPECT_EQ(As<Message>(next).type, MessageType::kAuthRequest);
}

TEST(FrameReaderTest, WhatIsNoBusIsBrokenAtItsFirstByte) {
  FrameReader reader;
  reader.Feed("G");
  auto next = reader.Next();
  EXPECT_EQ(As<Broken>(next).reason, "Bad message length or signature received on the Cluster bus (bad signature).");
  // And stays so, without keeping what comes.
  reader.Feed(std::string(100000, 'x'));
  EXPECT_TRUE(std::holds_alternative<Incomplete>(reader.Next()));
  EXPECT_EQ(reader.buffered(), 0u);
}

TEST(FrameReaderTest, AbsurdLengthsAreBrokenBeforeAnythingIsHeld) {
  auto first_bytes = [](uint32_t length, uint16_t type) {
    std::string bytes = "RCmb";
    AppendBig(bytes, length);
    AppendBig(bytes, uint16_t{1});
    AppendBig(bytes, uint16_t{0});
    AppendBig(bytes, type);
    return bytes;
  };
  for (auto [length, type] : {std::pair{15u, 0}, {0xffffffffu, 4}, {100u << 20, 0}, {100u << 20, 7}}) {
    FrameReader reader;
    reader.Feed(first_bytes(length, static_cast<uint16_t>(type)));
    EXPECT_TRUE(std::holds_alternative<Broken>(reader.Next())) << length << " " << type;
  }
  FrameReader reader;
  reader.Feed(first_bytes(100u << 20, 4));
  EXPECT_TRUE(std::holds_alternative<Incomplete>(reader.Next())) << "a PUBLISH may be large";
}

}  // namespace
}  // namespace dunlin::bus
