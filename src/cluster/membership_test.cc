#include "cluster/membership.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

using Strings = std::vector<std::string>;

// ---- MEET
// ------------------------------------------------------------------------------------------------------------

TEST(MeetTest, TwoStrangersBecomeACluster) {
  TestCluster c;
  c.Add('a');
  c.Add('b');
  c.Meet('a', 'b');
  EXPECT_EQ(c.MapOf('a').summary().known_nodes, 2);
  NodeIndex stranger = c.MapOf('a').my_index() == NodeIndex(0) ? NodeIndex(1) : NodeIndex(0);
  EXPECT_TRUE(c.MapOf('a').Node(stranger).Has(node_flag::kHandshake));
  c.Run(1000);
  ASSERT_NE(c.View('a', 'b'), nullptr);
  ASSERT_NE(c.View('b', 'a'), nullptr);
  EXPECT_EQ(c.View('a', 'b')->flags, node_flag::kPrimary);
  EXPECT_EQ(c.View('b', 'a')->ip, IpOf('a'));
  EXPECT_EQ(c.View('b', 'a')->tcp_port, PortOf('a'));
  EXPECT_EQ(c.View('b', 'a')->shard, c.MapOf('a').Myself().shard);
  EXPECT_TRUE(c.MapOf('a').Pulse(c.MapOf('a').Find(IdOf('b'))).connected);
}

TEST(MeetTest, FriendsOfFriendsAreFoundThroughGossip) {
  TestCluster c;
  for (char name : {'a', 'b', 'c', 'd', 'e', 'f'}) c.Add(name);
  for (char name : {'b', 'c', 'd', 'e', 'f'}) c.Meet('a', name);
  c.Run(5000);
  for (char x : {'a', 'b', 'c', 'd', 'e', 'f'}) {
    EXPECT_EQ(c.MapOf(x).summary().known_nodes, 6) << x;
    for (char y : {'a', 'b', 'c', 'd', 'e', 'f'}) {
      ASSERT_NE(c.View(x, y), nullptr) << x << y;
      EXPECT_TRUE(c.MapOf(x).Pulse(c.MapOf(x).Find(IdOf(y))).connected) << x << y;
    }
  }
}

TEST(MeetTest, MyOwnAddressIsLearnedFromTheSocketThatMeetCameOn) {
  Config config;
  Solo n('a', "", config);
  EXPECT_EQ(n.map().Myself().ip, "");
  n.Hear('b', n.PingFrom('b', MessageType::kMeet));
  EXPECT_EQ(n.map().Myself().ip, IpOf('a'));
  EXPECT_TRUE(LogHas(n.last().log, "IP address for this node updated to 10.0.0.1"));
  EXPECT_TRUE(n.last().persist.has_value());
}

TEST(MeetTest, AnAnnouncedAddressIsNotUnlearned) {
  Config config;
  config.announce_ip = "192.0.2.1";
  Solo n('a', "", config);
  n.Hear('b', n.PingFrom('b', MessageType::kMeet));
  EXPECT_EQ(n.map().Myself().ip, "192.0.2.1");
  // Taken away it is learned again, already from a PING.
  config.announce_ip = "";
  n.Step(ConfigChanged{config});
  EXPECT_EQ(n.map().Myself().ip, "");
  n.Hear('b', n.PingFrom('b'));
  EXPECT_EQ(n.map().Myself().ip, IpOf('a'));
}

TEST(MeetTest, TheConversationOfAHandshake) {
  Solo n('a', {{'a'}});
  n.Admin(MeetCommand{IpOf('b'), "7002", 7002, 17002});
  n.Pass(100);
  ASSERT_EQ(n.Transcript().size(), 3u);
  EXPECT_EQ(n.Transcript()[0], "publish");
  EXPECT_EQ(n.Transcript()[1], "open ?") << "under a made-up name";
  EXPECT_EQ(n.Transcript()[2], "send meet to ?");
  const auto& open = std::get<OpenLink>(n.last().wire[0]);
  EXPECT_EQ(open.ip, IpOf('b'));
  EXPECT_EQ(open.bus_port, 17002);
  LinkId link = open.link;
  n.Step(MessageReceived{link, n.PingFrom('b', MessageType::kPong)});
  EXPECT_EQ(n.Transcript(), (Strings{"persist and sync", "publish"})) << "both had epoch 0, so one takes another";
  NodeIndex b = n.map().Find(IdOf('b'));
  ASSERT_NE(b, kNoNode);
  EXPECT_EQ(n.map().Node(b).flags, node_flag::kPrimary);
  EXPECT_EQ(n.map().summary().known_nodes, 2);
}

TEST(MeetTest, AHandshakeThatNobodyAnswersIsGivenUp) {
  Solo n('a', {{'a'}});
  n.Admin(MeetCommand{IpOf('b'), "7002", 7002, 17002});
  n.Pass(1000);
  EXPECT_EQ(n.map().summary().known_nodes, 2);
  n.Pass(200);
  EXPECT_EQ(n.map().summary().known_nodes, 1);
  EXPECT_FALSE(n.core().NodesConf().contains("handshake"));
}

TEST(MeetTest, MeetIsSaidAgainWhenTheConnectionWasLostBeforeTheAnswer) {
  Solo n('a', {{'a'}});
  n.Admin(MeetCommand{IpOf('b'), "7002", 7002, 17002});
  n.Pass(100);
  LinkId link = std::get<OpenLink>(n.last().wire[0]).link;
  n.Step(LinkClosed{link, "Connection reset by peer"});
  n.Pass(100);
  EXPECT_TRUE(n.SentMessage(MessageType::kMeet).has_value());
}

TEST(MeetTest, TheSameAddressIsGreetedOnceAtATime) {
  Solo n('a', {{'a'}});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(n.Admin(MeetCommand{IpOf('b'), "7002", 7002, 17002}).status.ok());
  EXPECT_EQ(n.map().summary().known_nodes, 2);
  for (int i = 0; i < 3; ++i) n.Hear('c', n.PingFrom('c', MessageType::kMeet));
  EXPECT_EQ(n.map().summary().known_nodes, 3);
}

TEST(MeetTest, MeetingSomebodyKnownChangesNothingButItsAddress) {
  TestCluster c(ThreeShards());
  c.Run(1000);
  c.Meet('a', 'b');
  c.Run(1000);
  EXPECT_EQ(c.MapOf('a').summary().known_nodes, 6);
  EXPECT_EQ(c.MapOf('b').summary().known_nodes, 6);
}

TEST(MeetTest, MeetingMyselfComesToNothing) {
  TestCluster c;
  c.Add('a');
  c.Meet('a', 'a');
  c.Run(2000);
  EXPECT_EQ(c.MapOf('a').summary().known_nodes, 1);
}

TEST(MeetTest, AStrangerWithoutAUsableAddressIsNotGreeted) {
  Solo n('a', {{'a'}});
  Message meet = n.PingFrom('b', MessageType::kMeet);
  meet.header.announced_ip = "not an address";
  n.Hear('b', meet);
  EXPECT_EQ(n.map().summary().known_nodes, 1);
  EXPECT_EQ(n.Sent(), Strings{"b:pong"});
}

// ---- Addresses
// -------------------------------------------------------------------------------------------------------

TEST(AddressTest, ANodeThatMovedIsFoundThroughItsOwnPing) {
  Solo n('a');
  Message ping = n.PingFrom('b');
  ping.header.announced_ip = "10.9.9.9";
  ping.header.port = 9999;
  ping.header.bus_port = 19999;
  n.Hear('b', ping);
  const NodeInfo& b = n.map().Node(n.map().Find(IdOf('b')));
  EXPECT_EQ(b.ip, "10.9.9.9");
  EXPECT_EQ(b.tcp_port, 9999);
  EXPECT_EQ(b.bus_port, 19999);
  EXPECT_EQ(n.Transcript(), (Strings{"persist", "publish", "send pong to b", "close b"}));
  EXPECT_TRUE(LogHas(n.last().log, "Address updated for node " + IdOf('b').str() + " (), now 10.9.9.9:9999"));
}

TEST(AddressTest, AReplicaFollowsItsPrimaryThatMoved) {
  Solo n('d');
  EXPECT_EQ(n.Words(n.follow_ups().at(0)), "follow a at 10.0.0.1:7001");
  Message ping = n.PingFrom('a');
  ping.header.announced_ip = "10.9.9.9";
  n.Hear('a', ping);
  EXPECT_EQ(n.Transcript().back(), "follow a at 10.9.9.9:7001");
}

TEST(AddressTest, AnotherNodeAtAnAddressMakesTheOldOneLoseIt) {
  Solo n('a');
  Message pong = n.PingFrom('z', MessageType::kPong);
  pong.header.current_epoch = Epoch(99);
  n.HearBack('b', pong);
  const NodeInfo& b = n.map().Node(n.map().Find(IdOf('b')));
  EXPECT_TRUE(b.Has(node_flag::kNoAddress));
  EXPECT_EQ(b.ip, "");
  EXPECT_EQ(n.map().summary().current_epoch, Epoch(3)) << "what it said is not b's word";
  n.Pass(300);
  EXPECT_EQ(n.OutboundOf('b'), kNoLink);
  // Until it calls by itself.
  n.Hear('b', n.PingFrom('b'));
  EXPECT_FALSE(n.map().Node(n.map().Find(IdOf('b'))).Has(node_flag::kNoAddress));
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('b'))).ip, IpOf('b'));
}

TEST(AddressTest, ANewInboundLinkOfANodeReplacesItsOldOne) {
  Solo n('a');
  n.Hear('b', n.PingFrom('b'));
  LinkId old = n.InboundOf('b');
  LinkId fresh = InboundLinkId(1000);
  n.Step(LinkAccepted{fresh, IpOf('b'), IpOf('a')});
  n.Step(MessageReceived{fresh, n.PingFrom('b')});
  EXPECT_EQ(std::get<CloseLink>(n.last().wire.at(0)).link, old);
  EXPECT_EQ(n.map().Pulse(n.map().Find(IdOf('b'))).inbound, fresh);
}

// ---- FORGET
// ----------------------------------------------------------------------------------------------------------

TEST(ForgetTest, AForgottenNodeIsForgottenByAllForAMinute) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('d');
  EXPECT_TRUE(c.Admin('b', ForgetCommand{IdOf('d').str()}).status.ok());
  EXPECT_EQ(c.View('b', 'd'), nullptr);
  c.Run(3000);
  for (char name : {'a', 'b', 'c', 'e', 'f'}) EXPECT_EQ(c.View(name, 'd'), nullptr) << name;
  EXPECT_TRUE(c.Admin('a', ForgetCommand{IdOf('d').str()}).status.ok()) << "it was told already";
  c.Start('d');
  c.Run(55'000);
  for (char name : {'a', 'b', 'c', 'e', 'f'}) EXPECT_EQ(c.View(name, 'd'), nullptr) << name;
}

TEST(ForgetTest, TheBanEndsAfterItsTime) {
  Config config = ConfigOf('a');
  config.blacklist_ttl_s = 5;
  Solo n('a', NodesConf('a', ThreeShards(), 3), config);
  n.Admin(ForgetCommand{IdOf('f').str()});
  auto gossip = [&] {
    Message ping = n.PingFrom('b');
    std::get<PingBody>(ping.body).gossip = {Solo::Entry('f', node_flag::kReplica)};
    n.Hear('b', ping);
    return n.map().Find(IdOf('f')) != kNoNode;
  };
  EXPECT_FALSE(gossip());
  n.Pass(4'900, [&] { n.EverybodyAnswers(); });
  EXPECT_FALSE(gossip());
  n.Pass(300, [&] { n.EverybodyAnswers(); });
  EXPECT_TRUE(gossip());
}

TEST(ForgetTest, TheBanIsToldWithTheTimeThatIsLeft) {
  Solo n('a');
  n.Hear('b', n.PingFrom('b'));
  n.Admin(ForgetCommand{IdOf('f').str()});
  n.Pass(10'000, [&] { n.EverybodyAnswers(); });
  n.Hear('b', n.PingFrom('b'));
  const auto& forgotten = std::get<PingBody>(n.SentMessage(MessageType::kPong)->body).extensions.forgotten;
  EXPECT_EQ(forgotten, (std::vector<ForgottenNode>{{IdOf('f'), 50}}));
}

TEST(ForgetTest, TheBanGrowsNoLongerOnItsWayFromNodeToNode) {
  Solo n('a');
  n.Hear('b', n.PingFrom('b'));
  n.Admin(ForgetCommand{IdOf('f').str()});
  n.Pass(50'100, [&] { n.EverybodyAnswers(); });
  auto told = [&] {
    n.Hear('b', n.PingFrom('b'));
    return std::get<PingBody>(n.SentMessage(MessageType::kPong)->body).extensions.forgotten;
  };
  EXPECT_EQ(told(), (std::vector<ForgottenNode>{{IdOf('f'), 9}})) << "of 9.9 seconds";
  n.Pass(9'500, [&] { n.EverybodyAnswers(); });
  EXPECT_TRUE(told().empty()) << "of less than a second";
}

TEST(ForgetTest, NobodyCanMakeMeForgetMyselfOrMyPrimary) {
  Solo n('d');
  Message ping = n.PingFrom('b');
  std::get<PingBody>(ping.body).extensions.forgotten = {{IdOf('d'), 60}, {IdOf('a'), 60}, {IdOf('f'), UINT64_MAX}};
  n.Hear('b', ping);
  EXPECT_NE(n.map().Find(IdOf('a')), kNoNode);
  EXPECT_NE(n.map().Find(IdOf('d')), kNoNode);
  EXPECT_EQ(n.map().Find(IdOf('f')), kNoNode);
}

TEST(ForgetTest, WithANodeGoItsSlotsAndLinks) {
  Solo n('a');
  n.Hear('b', n.PingFrom('b'));
  n.Admin(SetSlotCommand{SlotId(5), SetSlotCommand::Action::kMigrating, IdOf('b').str()});
  n.Admin(ForgetCommand{IdOf('b').str()});
  EXPECT_EQ(n.map().Owner(SlotId(6000)), kNoNode);
  EXPECT_EQ(n.map().Migrating(SlotId(5)), kNoNode);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('e'))).primary, kNoNode);
  EXPECT_EQ(n.Transcript(), (Strings{"persist", "publish", "close b", "close ?"}));
}

// ---- Roles
// -----------------------------------------------------------------------------------------------------------

TEST(RoleTest, AReplicaOfAReplicaGoesToTheTop) {
  Solo n('d');
  Message ping = n.PingFrom('a');
  ping.header.replica_of = IdOf('b');
  ping.header.slots = SlotSet::OfRange({5461, 10922});
  ping.header.config_epoch = Epoch(2);
  n.Hear('a', ping);
  EXPECT_TRUE(LogHas(n.last().log,
                     "I'm a sub-replica! Reconfiguring myself as a replica of grandmaster " + IdOf('b').str() + " ()"));
  EXPECT_EQ(n.Transcript().back(), "follow b at 10.0.0.2:7002");
  EXPECT_EQ(n.map().Myself().shard, n.map().Node(n.map().Find(IdOf('b'))).shard);
}

TEST(RoleTest, TwoThatSeemToFollowEachOtherDoNotMakeMeRunInCircles) {
  Solo n('d', {{'a', {{0, 16383}}, 0, 1}, {'d', {}, 'a'}, {'e', {}, 'a'}});
  Message ping = n.PingFrom('a');
  ping.header.replica_of = IdOf('e');
  n.Hear('a', ping);
  EXPECT_EQ(n.map().Myself().primary, n.map().Find(IdOf('a'))) << "e does not lead yet";
  ping = n.PingFrom('e');
  ping.header.replica_of = NodeId();
  ping.header.config_epoch = Epoch(4);
  ping.header.slots = SlotSet::All();
  n.Hear('e', ping);
  n.Hear('a', n.PingFrom('a'));
  EXPECT_EQ(n.map().Myself().primary, n.map().Find(IdOf('e')));
}

TEST(RoleTest, APrimaryThatBecomesAReplicaLosesItsSlotsHere) {
  Solo n('a');
  Message ping = n.PingFrom('b');
  ping.header.replica_of = IdOf('c');
  ping.header.slots = SlotSet::OfRange({10923, 16383});
  ping.header.config_epoch = Epoch(3);
  std::get<PingBody>(ping.body).extensions.shard = ShardOf('c');
  n.Hear('b', ping);
  const NodeInfo& b = n.map().Node(n.map().Find(IdOf('b')));
  EXPECT_TRUE(b.IsReplica());
  EXPECT_EQ(b.primary, n.map().Find(IdOf('c')));
  EXPECT_EQ(b.shard, n.map().Node(n.map().Find(IdOf('c'))).shard);
  EXPECT_EQ(n.map().Owner(SlotId(6000)), kNoNode);
}

TEST(RoleTest, NobodyFollowsItself) {
  Solo n('a');
  Message ping = n.PingFrom('e');
  ping.header.replica_of = IdOf('e');
  n.Hear('e', ping);
  EXPECT_EQ(n.map().Node(n.map().Find(IdOf('e'))).primary, n.map().Find(IdOf('b')));
}

TEST(RoleTest, ARestartedReplicaIsToldToFollowAtItsFirstTick) {
  auto core = Core::Open(ConfigOf('d'), NodesConf('d', ThreeShards(), 3), 1, kStartMs);
  EXPECT_TRUE(core->Start(kStartMs).follow_ups.empty()) << "the data set may still be loading";
  Effects effects = core->Tick(kStartMs + 100);
  ASSERT_EQ(FollowUpsOf<BecomeReplica>(effects).size(), 1u);
  EXPECT_EQ(FollowUpsOf<BecomeReplica>(effects)[0].port, 7001);
  EXPECT_TRUE(FollowUpsOf<BecomeReplica>(core->Tick(kStartMs + 200)).empty()) << "once";
}

}  // namespace
}  // namespace dunlin::cluster::testing
