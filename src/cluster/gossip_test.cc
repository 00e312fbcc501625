#include "cluster/gossip.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

std::vector<Seed> ManyPrimaries(int count) {
  std::vector<Seed> seeds;
  for (int i = 0; i < count; ++i) {
    auto slot = static_cast<uint16_t>(i);
    seeds.push_back({static_cast<char>('a' + i), {{slot, slot}}, 0, static_cast<uint64_t>(i + 1)});
  }
  return seeds;
}

const PingBody& PingBodyOf(const Message& message) { return std::get<PingBody>(message.body); }

TEST(PingTest, EveryNodeIsPingedWithinHalfTheNodeTimeout) {
  Solo n('a', ManyPrimaries(20));
  n.EverybodyAnswers();
  std::map<std::string, TimeMs> last_ping;
  TimeMs longest_ms = 0;
  for (int i = 0; i < 80; ++i) {
    n.Pass(100);
    for (const std::string& sent : n.Sent()) {
      if (sent.find(":ping") == std::string::npos) continue;
      if (last_ping.contains(sent)) longest_ms = std::max(longest_ms, n.now() - last_ping[sent]);
      last_ping[sent] = n.now();
      n.HearBack(sent[0], n.PingFrom(sent[0], MessageType::kPong));
    }
  }
  EXPECT_EQ(last_ping.size(), 19u);
  EXPECT_LE(longest_ms, 700);
}

TEST(PingTest, ARandomNodeIsPingedOnceASecondUnlessThatIsSwitchedOff) {
  Config config = ConfigOf('a');
  config.node_timeout_ms = 60'000;
  for (bool random : {true, false}) {
    config.ping_random_nodes = random;
    Solo n('a', NodesConf('a', ManyPrimaries(10), 10), config);
    n.EverybodyAnswers();
    int pings = 0;
    for (int i = 0; i < 100; ++i) {
      n.Pass(100);
      for (const std::string& sent : n.Sent()) pings += sent.find(":ping") != std::string::npos ? 1 : 0;
      n.EverybodyAnswers();
    }
    EXPECT_EQ(pings, random ? 10 : 0);
  }
}

TEST(PingTest, APongIsTheAnswerToPingAndMeetOnTheSameLinkEvenForStrangers) {
  Solo n('a');
  n.Hear('b', n.PingFrom('b'));
  EXPECT_EQ(n.Sent(), std::vector<std::string>{"b:pong"});
  n.Hear('z', n.PingFrom('z'));
  EXPECT_EQ(n.Sent(), std::vector<std::string>{"z:pong"});
  EXPECT_EQ(n.map().Find(IdOf('z')), kNoNode) << "a PING makes nobody known";
}

TEST(HeaderTest, APrimarySpeaksForItselfAndAReplicaForItsPrimary) {
  Solo a('a');
  a.facts().replication_offset = Offset(77);
  a.Hear('b', a.PingFrom('b'));
  Header header = a.SentMessage(MessageType::kPong)->header;
  EXPECT_EQ(header.sender, IdOf('a'));
  EXPECT_EQ(header.port, 7001);
  EXPECT_EQ(header.bus_port, 17001);
  EXPECT_EQ(header.current_epoch, Epoch(3));
  EXPECT_EQ(header.config_epoch, Epoch(1));
  EXPECT_EQ(header.offset, Offset(77));
  EXPECT_EQ(header.slots, SlotSet::OfRange({0, 5460}));
  EXPECT_TRUE(header.replica_of.empty());
  EXPECT_EQ(header.flags & 0x3, node_flag::kPrimary);
  EXPECT_TRUE(header.cluster_fails);
  EXPECT_EQ(header.announced_ip, "");

  Solo e('e');
  e.Hear('b', e.PingFrom('b'));
  header = e.SentMessage(MessageType::kPong)->header;
  EXPECT_EQ(header.replica_of, IdOf('b'));
  EXPECT_EQ(header.config_epoch, Epoch(2));
  EXPECT_EQ(header.slots, SlotSet::OfRange({5461, 10922}));
  EXPECT_EQ(header.flags & 0x3, node_flag::kReplica);
}

TEST(HeaderTest, AnnouncedAddressesGoOutAndTlsPortsComeFirstWhenTheBusIsTls) {
  Config config = ConfigOf('a');
  config.announce_ip = "192.0.2.9";
  config.announce_port = 1111;
  config.announce_tls_port = 2222;
  config.announce_bus_port = 3333;
  Solo n('a', NodesConf('a', ThreeShards(), 3), config);
  n.Hear('b', n.PingFrom('b'));
  Header header = n.SentMessage(MessageType::kPong)->header;
  EXPECT_EQ(header.announced_ip, "192.0.2.9");
  EXPECT_EQ(header.port, 1111);
  EXPECT_EQ(header.secondary_port, 2222);
  EXPECT_EQ(header.bus_port, 3333);
  EXPECT_EQ(n.map().Myself().ip, "192.0.2.9");
  config.tls_cluster = true;
  n.Step(ConfigChanged{config});
  n.Hear('b', n.PingFrom('b'));
  header = n.SentMessage(MessageType::kPong)->header;
  EXPECT_EQ(header.port, 2222);
  EXPECT_EQ(header.secondary_port, 1111);
}

TEST(GossipTest, AMessageTellsOfATenthOfTheNodesAndOfThreeAtLeast) {
  for (auto [nodes, entries] : {std::pair{3, 1}, {6, 3}, {26, 3}}) {
    Solo n('a', ManyPrimaries(nodes));
    n.EverybodyAnswers();
    size_t most = 0;
    for (int i = 0; i < 30; ++i) {
      n.Hear('b', n.PingFrom('b'));
      const auto& gossip = PingBodyOf(*n.SentMessage(MessageType::kPong)).gossip;
      std::set<NodeId> ids;
      for (const GossipEntry& entry : gossip) ids.insert(entry.id);
      EXPECT_EQ(ids.size(), gossip.size()) << "nobody twice";
      EXPECT_FALSE(ids.contains(IdOf('a'))) << "I am in the header";
      EXPECT_FALSE(ids.contains(IdOf('b'))) << "the peer knows itself";
      most = std::max(most, gossip.size());
    }
    EXPECT_EQ(most, static_cast<size_t>(entries)) << nodes << " nodes";
  }
}

TEST(GossipTest, AllThatCannotBeReachedAreToldOnTop) {
  Solo n('a', ManyPrimaries(12));
  n.Pass(1500, [&] { n.EverybodyAnswers("fgh"); });
  n.Hear('b', n.PingFrom('b'));
  std::set<std::string> failing;
  for (const GossipEntry& entry : PingBodyOf(*n.SentMessage(MessageType::kPong)).gossip) {
    if ((entry.flags & node_flag::kPfail) != 0) failing.insert(NameOf(entry.id));
  }
  EXPECT_EQ(failing, (std::set<std::string>{"f", "g", "h"}));
}

TEST(GossipTest, AKnownSenderMakesOthersKnown) {
  Solo n('a');
  Message ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).gossip = {Solo::Entry('x', node_flag::kPrimary),
                                          Solo::Entry('y', node_flag::kPrimary | node_flag::kNoAddress)};
  n.Hear('b', ping);
  const NodeInfo& x = n.map().Node(n.map().Find(IdOf('x')));
  EXPECT_EQ(x.ip, IpOf('x'));
  EXPECT_EQ(x.tcp_port, PortOf('x'));
  EXPECT_FALSE(x.Has(node_flag::kHandshake));
  EXPECT_EQ(n.map().Find(IdOf('y')), kNoNode) << "it has no address";
  ping = n.PingFrom('z');
  std::get<PingBody>(ping.body).gossip = {Solo::Entry('w', node_flag::kPrimary)};
  n.Hear('z', ping);
  EXPECT_EQ(n.map().Find(IdOf('w')), kNoNode) << "strangers have no friends";
}

TEST(GossipTest, FlagsThatOnlyICanSetAreNotTaken) {
  Solo n('a');
  Message ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).gossip = {
      Solo::Entry('x', node_flag::kPrimary | node_flag::kMyself | node_flag::kHandshake | node_flag::kMeet)};
  n.Hear('b', ping);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('x'))).flags, node_flag::kPrimary);
}

TEST(GossipTest, AddressesThatWouldSpoilNodesConfAreNotTaken) {
  Solo n('a');
  Message ping = n.PingFrom('b');
  GossipEntry bad = Solo::Entry('x', node_flag::kPrimary);
  bad.ip = "1.2.3.4 myself\n";
  std::get<PingBody>(ping.body).gossip = {bad};
  std::get<PingBody>(ping.body).extensions.hostname = "evil host,x=y";
  std::get<PingBody>(ping.body).extensions.human_name = "a b\nc";
  n.Hear('b', ping);
  EXPECT_EQ(n.map().Find(IdOf('x')), kNoNode);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('b'))).hostname, "");
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('b'))).human_name, "");
}

TEST(GossipTest, WhatOthersHeardSparesMeAPing) {
  Solo n('a');
  n.EverybodyAnswers();
  auto pong_of_c = [&] { return n.map().Pulse(n.map().Find(IdOf('c'))).pong_received_ms; };
  n.Pass(400);
  TimeMs before_ms = pong_of_c();
  auto tell = [&](TimeMs pong_ms) {
    Message ping = n.PingFrom('b');
    GossipEntry entry = Solo::Entry('c', node_flag::kPrimary);
    entry.pong_received_s = static_cast<uint32_t>(pong_ms / 1000);
    std::get<PingBody>(ping.body).gossip = {entry};
    n.Hear('b', ping);
    n.Pass(100);
  };
  tell(n.now() + 10'000);
  EXPECT_EQ(pong_of_c(), before_ms) << "nobody hears from the future";
  n.EverybodyAnswers();
  n.Pass(900, [&] { n.EverybodyAnswers(); });
  before_ms = pong_of_c();
  tell(n.now());
  EXPECT_GE(pong_of_c(), before_ms);
}

TEST(GossipTest, AFailingNodeThatOthersReachElsewhereIsFollowedThere) {
  Solo n('a');
  n.Pass(1500, [&] { n.EverybodyAnswers("c"); });
  ASSERT_TRUE(n.map().Node(n.map().Find(IdOf('c'))).Has(node_flag::kPfail));
  Message ping = n.PingFrom('b');
  GossipEntry entry = Solo::Entry('c', node_flag::kPrimary);
  entry.ip = "10.9.9.9";
  std::get<PingBody>(ping.body).gossip = {entry};
  n.Hear('b', ping);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('c'))).ip, "10.9.9.9");
  n.Pass(100);
  bool reopened = false;
  for (const WireEffect& effect : n.last().wire) {
    const auto* open = std::get_if<OpenLink>(&effect);
    reopened = reopened || (open != nullptr && open->node == IdOf('c') && open->ip == "10.9.9.9");
  }
  EXPECT_TRUE(reopened);
}

// ---- Extensions
// ------------------------------------------------------------------------------------------------------

TEST(ExtensionTest, NamesAndShardsAreToldAndTakenAndCleared) {
  TestCluster c(ThreeShards());
  c['a'].config.announce_hostname = "host-a.example";
  c['a'].config.announce_human_name = "anna";
  c.StepOf('a', ConfigChanged{c['a'].config});
  c.Run(2000);
  for (char name : {'b', 'c', 'd', 'e', 'f'}) {
    EXPECT_EQ(c.View(name, 'a')->hostname, "host-a.example") << name;
    EXPECT_EQ(c.View(name, 'a')->human_name, "anna") << name;
  }
  c['a'].config.announce_hostname = "";
  c.StepOf('a', ConfigChanged{c['a'].config});
  c.Run(2000);
  EXPECT_EQ(c.View('b', 'a')->hostname, "");
  EXPECT_EQ(c.View('b', 'a')->human_name, "anna");
}

TEST(ExtensionTest, APeerHearsOfThemOnceItShowedThatItUnderstands) {
  Config config = ConfigOf('a');
  config.announce_human_name = "anna";
  Solo n('a', NodesConf('a', ThreeShards(), 3), config);
  Message old = n.PingFrom('b');
  old.header.message_flags = 0;
  std::get<PingBody>(old.body).extensions = Extensions();
  n.Hear('b', old);
  Message answer = *n.SentMessage(MessageType::kPong);
  EXPECT_TRUE(PingBodyOf(answer).extensions.empty());
  EXPECT_TRUE(answer.header.message_flags & message_flag::kExtensionData) << "this is how it learns that I do";
  n.Hear('b', n.PingFrom('b'));
  answer = *n.SentMessage(MessageType::kPong);
  EXPECT_EQ(PingBodyOf(answer).extensions.human_name, "anna");
  EXPECT_EQ(PingBodyOf(answer).extensions.shard, ShardOf('a'));
}

TEST(ExtensionTest, AHostNameGoesToEverybodyBecauseRedis70UnderstandsItWithoutSayingSo) {
  Config config = ConfigOf('a');
  config.announce_hostname = "host-a";
  Solo n('a', NodesConf('a', ThreeShards(), 3), config);
  Message old = n.PingFrom('b');
  old.header.message_flags = 0;
  std::get<PingBody>(old.body).extensions = Extensions();
  n.Hear('b', old);
  Extensions told = PingBodyOf(*n.SentMessage(MessageType::kPong)).extensions;
  EXPECT_EQ(told.hostname, "host-a");
  EXPECT_FALSE(told.shard.has_value());
}

TEST(ExtensionTest, AMeetTellsOfThemOnlyTheHostNameBecauseNobodyIsKnownYet) {
  Solo n('a', {{'a'}});
  n.Admin(MeetCommand{IpOf('b'), "7002", 7002, 17002});
  n.Pass(100);
  Message meet = *n.SentMessage(MessageType::kMeet);
  EXPECT_TRUE(PingBodyOf(meet).extensions.empty());
  EXPECT_TRUE(meet.header.message_flags & message_flag::kExtensionData);
}

TEST(ExtensionTest, WhatAPeerDoesNotSayYetIsNotCleared) {
  Solo n('a');
  Message ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).extensions.hostname = "host-b";
  n.Hear('b', ping);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('b'))).hostname, "host-b");
  ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).extensions = Extensions();
  n.Hear('b', ping);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('b'))).hostname, "host-b") << "it does not know me yet";
  ping.header.message_flags = 0;
  n.Hear('b', ping);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('b'))).hostname, "") << "Redis 7.0 without a host name";
}

TEST(ExtensionTest, AReplicaTakesItsPrimarysShard) {
  Solo n('d');
  Message ping = n.PingFrom('a');
  std::get<PingBody>(ping.body).extensions.shard = ShardOf('q');
  n.Hear('a', ping);
  EXPECT_EQ(n.map().Myself().shard, ShardOf('q'));
  EXPECT_TRUE(n.last().persist->fsync);
}

// ---- PUBLISH
// ---------------------------------------------------------------------------------------------------------

TEST(PublishTest, EverybodyHearsPublishAndTheShardHearsShardPublish) {
  TestCluster c(ThreeShards());
  c.Run(1000);
  c.StepOf('d', PublishRequest{"news", "hello", false});
  c.StepOf('d', PublishRequest{"shard-news", "hi", true});
  c.Run(10);
  for (char name : {'b', 'c', 'e', 'f'}) EXPECT_EQ(c[name].heard, std::vector<std::string>{"news hello"}) << name;
  EXPECT_EQ(c['a'].heard, (std::vector<std::string>{"news hello", "shard-news hi"}));
  EXPECT_TRUE(c['d'].heard.empty()) << "its own subscribers are not the core's business";
}

TEST(PublishTest, OneMessageIsMadeForAll) {
  Solo n('a');
  n.Step(PublishRequest{"news", "hello", false});
  ASSERT_EQ(n.last().wire.size(), 1u);
  EXPECT_EQ(std::get<Send>(n.last().wire[0]).links.size(), 5u);
  EXPECT_FALSE(n.last().persist.has_value());
}

TEST(PublishTest, StrangersAreNotHeard) {
  Solo n('a');
  Message publish = n.From('z', MessageType::kPublish);
  publish.body = PublishBody{"news", "hello"};
  n.Hear('z', publish);
  EXPECT_TRUE(n.last().follow_ups.empty());
}

TEST(PublishTest, ALightMessageIsHeardOnAnIdentifiedLinkAndClosesAnyOther) {
  Solo n('a');
  Message light{.type = MessageType::kPublish, .light = true, .body = PublishBody{"news", "hello"}};
  n.Hear('b', n.PingFrom('b'));
  n.Hear('b', light);
  EXPECT_EQ(n.Transcript(), std::vector<std::string>{"deliver news hello"});
  n.Hear('c', light);
  EXPECT_EQ(n.last().follow_ups.size(), 0u);
  ASSERT_EQ(n.last().wire.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<CloseLink>(n.last().wire[0]));
}

TEST(DropFilterTest, MessagesOfTheChosenTypeAreDropped) {
  Config config = ConfigOf('a');
  config.drop_message_type = static_cast<int>(MessageType::kPing);
  Solo n('a', NodesConf('a', ThreeShards(), 3), config);
  n.Hear('b', n.PingFrom('b'));
  EXPECT_TRUE(n.last().wire.empty());
  EXPECT_TRUE(LogHas(n.last().log, "Dropping packet that matches debug drop filter"));
  config.close_link_on_drop = true;
  n.Step(ConfigChanged{config});
  n.Hear('b', n.PingFrom('b'));
  EXPECT_TRUE(std::holds_alternative<CloseLink>(n.last().wire.at(0)));
}

}  // namespace
}  // namespace dunlin::cluster::testing
