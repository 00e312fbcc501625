#include "cluster/manual_failover.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

using Strings = std::vector<std::string>;
using Mode = FailoverCommand::Mode;

TEST(ManualFailoverTest, RolesAreSwappedQuicklyAndNoWriteIsLost) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Write('a', 1000);
  EXPECT_TRUE(c.Admin('d', FailoverCommand{}).status.ok());
  TimeMs start_ms = c.now();
  while (c.PrimaryOf('d') != '-' && c.now() - start_ms < 2000) {
    c.Write('a', 10);
    c.Run(1);
  }
  EXPECT_EQ(c.PrimaryOf('d'), '-');
  EXPECT_LE(c.now() - start_ms, 300);
  EXPECT_EQ(c['d'].facts.replication_offset, c['a'].facts.replication_offset);
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('a') == 'd'; }, 1000));
  EXPECT_FALSE(c['a'].paused) << "the pause ends with the role";
  EXPECT_TRUE(c.Logged('a', "Manual failover requested by replica " + IdOf('d').str() + " ()."));
  EXPECT_TRUE(c.Logged('d', "Manual failover user request accepted."));
  EXPECT_TRUE(c.Logged('d', "Received replication offset for paused master manual failover: "));
  EXPECT_TRUE(c.Logged('d', "All master replication stream processed, manual failover can start."));
  EXPECT_TRUE(c.Logged('d', "Start of election delayed for 0 milliseconds (rank #0, offset "));
  EXPECT_EQ(c.OwnerOf(0), 'd');
  EXPECT_TRUE(c.AllOk());
}

TEST(ManualFailoverTest, ItWorksBackAndForthWithoutWaiting) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  for (char name : {'d', 'a'}) {
    EXPECT_TRUE(c.Admin(name, FailoverCommand{}).status.ok());
    // The other primaries give no second vote for one primary within two node timeouts, but these are two.
    ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf(name) == '-'; }, 1000)) << name;
    ASSERT_TRUE(c.RunUntil([&] { return c.OwnerOf(0) == name; }, 1000)) << name;
  }
  EXPECT_EQ(c.MapOf('a').Myself().config_epoch, Epoch(5));
}

TEST(ManualFailoverTest, ForceDoesNotNeedThePrimary) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('a');
  c.Run(100);
  EXPECT_TRUE(c.Admin('d', FailoverCommand{Mode::kForce}).status.ok());
  EXPECT_TRUE(c.RunUntil([&] { return c.PrimaryOf('d') == '-'; }, 500));
  EXPECT_TRUE(c.Logged('d', "Forced failover user request accepted."));
}

TEST(ManualFailoverTest, ForceNeedsAMajorityAndTakeoverDoesNot) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('a');
  c.Kill('b');
  c.Kill('c');
  EXPECT_TRUE(c.Admin('d', FailoverCommand{Mode::kForce}).status.ok());
  c.Run(6000);
  EXPECT_EQ(c.PrimaryOf('d'), 'a');
  EXPECT_TRUE(c.Logged('d', "Manual failover timed out."));
  uint64_t epoch = c.MapOf('d').summary().current_epoch.value;
  EXPECT_TRUE(c.Admin('d', FailoverCommand{Mode::kTakeover}).status.ok());
  EXPECT_EQ(c.PrimaryOf('d'), '-');
  EXPECT_TRUE(c.Logged('d', "Taking over the master (user request)."));
  EXPECT_EQ(c.MapOf('d').Myself().config_epoch, Epoch(epoch + 1));
  c.Run(10);
  EXPECT_EQ(c.OwnerOf(0), 'd');
}

TEST(ManualFailoverTest, TheConversationOnThePrimary) {
  Solo n('a');
  n.Hear('d', n.PingFrom('d'));
  n.Hear('d', n.From('d', MessageType::kManualFailoverStart));
  EXPECT_EQ(n.Transcript(), Strings{"pause writes"});
  EXPECT_EQ(FollowUpsOf<PauseWrites>(n.last())[0].until_ms, n.now() + 10'000);
  // Not before the writes stand still may the offset be told as the final one.
  n.Hear('d', n.PingFrom('d'));
  EXPECT_EQ(n.SentMessage(MessageType::kPong)->header.message_flags & message_flag::kPaused, 0);
  n.Step(WritesPaused{Offset(1234)});
  EXPECT_EQ(n.Transcript(), Strings{"send ping to d"});
  EXPECT_EQ(n.SentMessage(MessageType::kPing)->header.offset, Offset(1234));
  EXPECT_TRUE(n.SentMessage(MessageType::kPing)->header.message_flags & message_flag::kPaused);
  n.facts().replication_offset = Offset(1234);
  n.Pass(100);
  EXPECT_TRUE(n.HasSent("d:ping")) << "again and again";
  n.Pass(5000, [&] { n.EverybodyAnswers(); });
  EXPECT_TRUE(LogHas(n.log(), "Manual failover timed out."));
  EXPECT_EQ(Solo::Words(n.follow_ups().back()), "resume writes");
  n.Hear('d', n.PingFrom('d'));
  EXPECT_EQ(n.SentMessage(MessageType::kPong)->header.message_flags & message_flag::kPaused, 0);
}

TEST(ManualFailoverTest, TheConversationOnTheReplica) {
  Solo n('d');
  n.facts() = {.replication_offset = Offset(900), .primary_link_up = true, .primary_last_io_ms = n.now()};
  EXPECT_TRUE(n.Admin(FailoverCommand{}).status.ok());
  EXPECT_EQ(n.Transcript(), Strings{"send mfstart to a"});
  Message ping = n.PingFrom('a');
  ping.header.offset = Offset(1234);
  n.Hear('a', ping);
  n.Pass(200);
  EXPECT_FALSE(n.SentMessage(MessageType::kAuthRequest)) << "the offset is not final";
  ping.header.message_flags |= message_flag::kPaused;
  n.Hear('a', ping);
  n.Pass(200);
  EXPECT_FALSE(n.SentMessage(MessageType::kAuthRequest)) << "not all is applied";
  n.facts().replication_offset = Offset(1234);
  n.Tick();
  n.Step(PublishRequest{"any", "thing", false});
  ASSERT_TRUE(n.SentMessage(MessageType::kAuthRequest)) << "whatever happens next is the occasion";
  EXPECT_TRUE(n.SentMessage(MessageType::kAuthRequest)->header.message_flags & message_flag::kForceAck);
}

TEST(ManualFailoverTest, AReplicaWithoutItsPrimarysDataDoesNotTakeOver) {
  Solo n('d');
  // A primary that never had a replica has counted nothing; this one has its first, and that has no copy yet.
  n.facts() = {.replication_offset = Offset(0), .primary_link_up = false};
  EXPECT_TRUE(n.Admin(FailoverCommand{}).status.ok());
  Message ping = n.PingFrom('a');
  ping.header.offset = Offset(0);
  ping.header.message_flags |= message_flag::kPaused;
  n.Hear('a', ping);
  n.Pass(200);
  EXPECT_FALSE(n.SentMessage(MessageType::kAuthRequest)) << "equal offsets say nothing";
  n.facts() = {.replication_offset = Offset(0), .primary_link_up = true, .primary_last_io_ms = n.now()};
  n.Tick();
  n.Step(PublishRequest{"any", "thing", false});
  EXPECT_TRUE(n.SentMessage(MessageType::kAuthRequest)) << "now it has all";
}

TEST(ManualFailoverTest, OnlyAReplicaOfMineMayAskMeToStop) {
  Solo n('a');
  n.Hear('e', n.From('e', MessageType::kManualFailoverStart));
  EXPECT_TRUE(n.last().follow_ups.empty());
  n.Hear('z', n.From('z', MessageType::kManualFailoverStart));
  EXPECT_TRUE(n.last().follow_ups.empty());
}

TEST(ManualFailoverTest, WhoCannotIsToldWhy) {
  Solo a('a');
  EXPECT_EQ(a.Admin(FailoverCommand{}).status.message(), "You should send CLUSTER FAILOVER to a replica");
  Solo d('d');
  d.Step(LinkClosed{d.OutboundOf('a'), "Connection reset by peer"});
  EXPECT_EQ(d.Admin(FailoverCommand{}).status.message(), "Master is down or failed, please use CLUSTER FAILOVER FORCE");
  EXPECT_TRUE(d.Admin(FailoverCommand{Mode::kForce}).status.ok());
}

TEST(ManualFailoverTest, VotesOfAnEarlierElectionDoNotWinALaterOne) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  ASSERT_TRUE(c.Admin('d', FailoverCommand{}).status.ok());
  ASSERT_TRUE(c.RunUntil([&] { return c.OwnerOf(0) == 'd'; }, 1000));
  ASSERT_TRUE(c.Admin('a', FailoverCommand{}).status.ok());
  ASSERT_TRUE(c.RunUntil([&] { return c.OwnerOf(0) == 'a'; }, 1000));
  // Everybody else is away: d must not win with the votes that it got a moment ago.
  c.Partition("d", "bc");
  ASSERT_TRUE(c.Admin('d', FailoverCommand{Mode::kForce}).status.ok());
  c.Run(1000);
  EXPECT_EQ(c.PrimaryOf('d'), 'a');
}

}  // namespace
}  // namespace dunlin::cluster::testing
