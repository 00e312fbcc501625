#include "cluster/election.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

using Strings = std::vector<std::string>;

// Three shards, the first with two replicas: d and g follow a.
std::vector<Seed> TwoReplicas() {
  std::vector<Seed> seeds = ThreeShards();
  seeds.push_back({'g', {}, 'a', 0});
  return seeds;
}

// ---- The whole story
// -------------------------------------------------------------------------------------------------

TEST(FailoverTest, AReplicaTakesTheSlotsOfItsDeadPrimaryAndTheOldOneFollowsWhenItComesBack) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Write('a', 1000);
  c.Run(10);
  ASSERT_TRUE(c.AllOk());
  c.Kill('a');
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('d') == '-'; }, 10'000));
  c.Run(200);
  EXPECT_EQ(c.OwnerOf(0), 'd');
  EXPECT_EQ(c.OwnerOf(5460), 'd');
  EXPECT_TRUE(c.Logged('d', "Failover election won: I'm the new master."));
  EXPECT_TRUE(c.Logged('d', "Start of election delayed for "));
  EXPECT_TRUE(c.Logged('d', "(rank #0, offset 1000)."));
  EXPECT_TRUE(c.Logged('d', "Starting a failover election for epoch 4."));
  EXPECT_TRUE(c.Logged('d', "configEpoch set to 4 after successful failover"));
  EXPECT_TRUE(c.Logged('b', "Failover auth granted to " + IdOf('d').str() + " () for epoch 4"));
  EXPECT_FALSE(c['d'].replicates.has_value()) << "its server was told to lead";
  EXPECT_TRUE(c.RunUntil([&] { return c.AllOk(); }, 1000));

  c.Start('a');
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('a') == 'd'; }, 5000));
  EXPECT_TRUE(c.RunUntil([&] { return c['a'].replicates == IdOf('d'); }, 200));
  EXPECT_TRUE(c.RunUntil([&] { return c.AllOk(); }, 5000));
  EXPECT_EQ(c.OwnerOf(0), 'd');
}

TEST(FailoverTest, TheReplicaWithMoreDataGoesFirst) {
  TestCluster c(TwoReplicas());
  c.Run(3000);
  c.Write('a', 1000);
  c.Run(500);
  c.Partition("a", "d");
  c.Run(50);
  c.Write('a', 500);
  c.Run(600);
  ASSERT_EQ(c['g'].facts.replication_offset, Offset(1500));
  ASSERT_EQ(c['d'].facts.replication_offset, Offset(1000));
  c.Kill('a');
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('g') == '-' || c.PrimaryOf('d') == '-'; }, 10'000));
  EXPECT_EQ(c.PrimaryOf('g'), '-');
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('d') == 'g'; }, 5000));
}

TEST(FailoverTest, WithoutAMajorityNobodyIsElected) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('a');
  c.Kill('b');
  c.Run(20'000);
  EXPECT_EQ(c.PrimaryOf('d'), 'a');
  EXPECT_EQ(c.PrimaryOf('e'), 'b');
  EXPECT_FALSE(c.MapOf('c').ok());
  EXPECT_EQ(c.MapOf('c').summary().reason, FailReason::kMinority);
}

TEST(FailoverTest, AReplicaWithOldDataDoesNotStand) {
  TestCluster c(ThreeShards());
  c['d'].config.replica_validity_factor = 1;
  c['d'].config.repl_ping_replica_period_s = 1;
  c.StepOf('d', ConfigChanged{c['d'].config});
  c.Run(3000);
  c.Partition("a", "d");
  c.Run(5000);
  c.Kill('a');
  c.Run(12'000);
  EXPECT_EQ(c.PrimaryOf('d'), 'a');
  EXPECT_TRUE(c.Logged('d', "Currently unable to failover: Disconnected from master for longer than allowed."));
  // With the factor 0 its age does not matter.
  c['d'].config.replica_validity_factor = 0;
  c.StepOf('d', ConfigChanged{c['d'].config});
  EXPECT_TRUE(c.RunUntil([&] { return c.PrimaryOf('d') == '-'; }, 5000));
}

TEST(FailoverTest, AReplicaThatShallNotStandDoesNotAndSaysSo) {
  TestCluster c(ThreeShards());
  c['d'].config.replica_no_failover = true;
  c.StepOf('d', ConfigChanged{c['d'].config});
  c.Run(3000);
  EXPECT_TRUE(c.View('b', 'd')->Has(node_flag::kNoFailover));
  c.Kill('a');
  c.Run(10'000);
  EXPECT_EQ(c.PrimaryOf('d'), 'a');
}

TEST(FailoverTest, APrimaryThatWasPartitionedAwayStepsDownWhenItReturns) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Partition("a", "bcdef");
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('d') == '-'; }, 10'000));
  EXPECT_FALSE(c.MapOf('a').ok()) << "it takes no writes meanwhile";
  EXPECT_EQ(c.PrimaryOf('a'), '-');
  c.Heal();
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('a') == 'd'; }, 5000));
  EXPECT_FALSE(c.Logged('a', "Cluster state changed: ok\nCluster state changed: ok"));
  EXPECT_TRUE(c.RunUntil([&] { return c.AllOk() && c.OwnerOf(0) == 'd'; }, 5000));
}

TEST(FailoverTest, AReturningPrimaryHearsTheTruthFromOthersWhenItsHeirIsAway) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('a');
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('d') == '-'; }, 10'000));
  c.Run(200);
  c.Kill('d');
  c.Start('a');
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('a') == 'd'; }, 5000)) << "an UPDATE makes it step down";
}

TEST(FailoverTest, NoVoteAndNoEpochIsLostInACrash) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('a');
  ASSERT_TRUE(c.RunUntil([&] { return c.Logged('b', "Failover auth granted"); }, 10'000));
  c.Kill('b');
  c.Start('b');
  EXPECT_EQ(c['b'].core->last_vote_epoch(), Epoch(4));
  EXPECT_EQ(c.MapOf('b').summary().current_epoch, Epoch(4));
}

// ---- The candidate
// ---------------------------------------------------------------------------------------------------

// A replica d of a; all know each other, a has been marked as failing.
Solo CandidateD(std::vector<Seed> seeds = ThreeShards()) {
  Solo n('d', std::move(seeds));
  n.facts() = {.replication_offset = Offset(100), .primary_link_up = true, .primary_last_io_ms = n.now()};
  n.Tick();
  Message fail = n.From('b', MessageType::kFail);
  fail.body = FailBody{IdOf('a')};
  n.Hear('b', fail);
  return n;
}

// Everybody but the dead primary answers meanwhile.
void Answered(Solo& n, int64_t ms) {
  n.Pass(ms, [&] { n.EverybodyAnswers("a"); });
}

TEST(CandidateTest, WaitsHalfASecondAndChanceAndTellsItsSiblings) {
  Solo n = CandidateD(TwoReplicas());
  Answered(n, 100);
  EXPECT_TRUE(LogHas(n.last().log, "Start of election delayed for "));
  EXPECT_TRUE(n.HasSent("g:pong"));
  EXPECT_FALSE(n.HasSent("b:pong"));
  TimeMs planned_ms = n.now();
  while (!n.SentMessage(MessageType::kAuthRequest) && n.now() - planned_ms < 3000) Answered(n, 100);
  EXPECT_GE(n.now() - planned_ms, 500);
  EXPECT_LE(n.now() - planned_ms, 1100);
}

TEST(CandidateTest, ASiblingWithMoreDataCostsASecondEvenWhenItIsHeardOfLate) {
  Solo n = CandidateD(TwoReplicas());
  Answered(n, 100);
  Message ping = n.PingFrom('g');
  ping.header.offset = Offset(500);
  n.Hear('g', ping);
  TimeMs planned_ms = n.now();
  Answered(n, 100);
  EXPECT_TRUE(LogHas(n.last().log, "Replica rank updated to #1, added 1000 milliseconds of delay."));
  while (!n.SentMessage(MessageType::kAuthRequest) && n.now() - planned_ms < 4000) Answered(n, 100);
  EXPECT_GE(n.now() - planned_ms, 1500);
  EXPECT_LE(n.now() - planned_ms, 2100);
}

TEST(CandidateTest, ItsEpochIsOnDiskBeforeItAsks) {
  Solo n = CandidateD();
  while (!n.SentMessage(MessageType::kAuthRequest)) Answered(n, 100);
  Strings t = n.Transcript();
  EXPECT_EQ(t[0], "persist and sync");
  EXPECT_TRUE(n.last().persist->nodes_conf.contains("vars currentEpoch 4 lastVoteEpoch 0\n"));
  Message request = *n.SentMessage(MessageType::kAuthRequest);
  EXPECT_EQ(request.header.current_epoch, Epoch(4));
  EXPECT_EQ(request.header.config_epoch, Epoch(1));
  EXPECT_EQ(request.header.slots, SlotSet::OfRange({0, 5460}));
  EXPECT_EQ(request.header.message_flags & message_flag::kForceAck, 0);
}

Message VoteFrom(Solo& n, char voter, uint64_t epoch) {
  Message vote = n.From(voter, MessageType::kAuthAck);
  vote.header.current_epoch = Epoch(epoch);
  return vote;
}

TEST(CandidateTest, AWinIsOnDiskAndPublishedBeforeItIsToldAndThenTheServerLeads) {
  Solo n = CandidateD();
  while (!n.SentMessage(MessageType::kAuthRequest)) Answered(n, 100);
  n.Hear('b', VoteFrom(n, 'b', 4));
  EXPECT_TRUE(n.Transcript().empty()) << "two of three are needed";
  n.Hear('b', VoteFrom(n, 'b', 4));
  n.Hear('e', VoteFrom(n, 'e', 4));
  n.Hear('c', VoteFrom(n, 'c', 3));
  EXPECT_TRUE(n.map().Myself().IsReplica()) << "a second vote, a replica's, and one of another time do not count";
  n.Hear('c', VoteFrom(n, 'c', 4));
  Strings transcript = n.Transcript();
  std::erase(transcript, "send pong to a");  // its link may be up or not
  EXPECT_EQ(transcript, (Strings{"persist and sync", "publish", "send pong to b", "send pong to c", "send pong to e",
                                 "send pong to f", "lead"}));
  EXPECT_TRUE(n.map().IsMine(SlotId(0)));
  EXPECT_EQ(n.map().Myself().config_epoch, Epoch(4));
  EXPECT_EQ(n.SentMessage(MessageType::kPong)->header.slots, SlotSet::OfRange({0, 5460}));
  EXPECT_TRUE(n.SentMessage(MessageType::kPong)->header.replica_of.empty());
}

TEST(CandidateTest, VotesAfterTheElectionExpiredAreTooLateAndANewOneIsPlannedLater) {
  Solo n = CandidateD();
  while (!n.SentMessage(MessageType::kAuthRequest)) Answered(n, 100);
  TimeMs asked_ms = n.now();
  Answered(n, 2200);
  n.Hear('b', VoteFrom(n, 'b', 4));
  n.Hear('c', VoteFrom(n, 'c', 4));
  EXPECT_TRUE(n.map().Myself().IsReplica());
  do {
    Answered(n, 100);
  } while (!n.SentMessage(MessageType::kAuthRequest) && n.now() - asked_ms < 10'000);
  EXPECT_GE(n.now() - asked_ms, 4000) << "two timeouts of two seconds";
  EXPECT_EQ(n.SentMessage(MessageType::kAuthRequest)->header.current_epoch, Epoch(5));
  n.Hear('b', VoteFrom(n, 'b', 4));
  n.Hear('c', VoteFrom(n, 'c', 4));
  EXPECT_TRUE(n.map().Myself().IsReplica()) << "votes for the first election say nothing about the second";
}

TEST(CandidateTest, SaysWhyItDoesNotTakeOverWhenThatLasts) {
  Solo n = CandidateD();
  Answered(n, 5000);
  EXPECT_FALSE(LogHas(n.log(), "Currently unable to failover"));
  Answered(n, 10'000);
  EXPECT_TRUE(LogHas(n.log(), "Currently unable to failover: Waiting for votes, but majority still not reached."));
  EXPECT_TRUE(LogHas(n.log(), "Needed quorum: 2. Number of votes received so far: 0"));
}

// ---- The voter
// -------------------------------------------------------------------------------------------------------

// d asks b for a vote in epoch 4. a is down unless told otherwise.
struct Poll {
  explicit Poll(bool primary_is_down = true) : n('b', ThreeShards(), 3) {
    if (!primary_is_down) return;
    Message fail = n.From('c', MessageType::kFail);
    fail.body = FailBody{IdOf('a')};
    n.Hear('c', fail);
  }
  Message Request(uint64_t epoch = 4) {
    Message request = n.From('d', MessageType::kAuthRequest);
    request.header.current_epoch = Epoch(epoch);
    return request;
  }
  bool Granted(Message request) {
    n.Hear('d', std::move(request));
    return n.SentMessage(MessageType::kAuthAck).has_value();
  }
  bool LastLogHas(std::string_view text) { return LogHas(n.last().log, text); }

  Solo n;
};

TEST(VoterTest, AVoteIsOnDiskBeforeItLeaves) {
  Poll poll;
  ASSERT_TRUE(poll.Granted(poll.Request()));
  EXPECT_EQ(poll.n.Transcript(), (Strings{"persist and sync", "publish", "send auth-ack to d"}));
  EXPECT_TRUE(poll.n.last().persist->nodes_conf.ends_with("vars currentEpoch 4 lastVoteEpoch 4\n"));
  EXPECT_EQ(poll.n.SentMessage(MessageType::kAuthAck)->header.current_epoch, Epoch(4));
}

TEST(VoterTest, OneVoteAnEpoch) {
  Poll poll;
  EXPECT_TRUE(poll.Granted(poll.Request(4)));
  EXPECT_FALSE(poll.Granted(poll.Request(4)));
  EXPECT_TRUE(poll.LastLogHas("Failover auth denied to " + IdOf('d').str() + " (): already voted for epoch 4"));
  EXPECT_FALSE(poll.n.last().persist.has_value());
}

TEST(VoterTest, NoVoteForAnOldEpoch) {
  Poll poll;
  Message ping = poll.n.PingFrom('c');
  ping.header.current_epoch = Epoch(9);
  poll.n.Hear('c', ping);
  EXPECT_FALSE(poll.Granted(poll.Request(8)));
  EXPECT_TRUE(poll.LastLogHas("reqEpoch (8) < curEpoch(9)"));
}

TEST(VoterTest, NoVoteWhileThePrimaryIsUpUnlessAnAdminWantsIt) {
  Poll poll(false);
  EXPECT_FALSE(poll.Granted(poll.Request(4)));
  EXPECT_TRUE(poll.LastLogHas("its master is up"));
  Message forced = poll.Request(5);
  forced.header.message_flags |= message_flag::kForceAck;
  EXPECT_TRUE(poll.Granted(forced));
}

TEST(VoterTest, NoSecondVoteForOnePrimaryWithinTwoNodeTimeouts) {
  Poll poll;
  EXPECT_TRUE(poll.Granted(poll.Request(4)));
  poll.n.Pass(1900);
  EXPECT_FALSE(poll.Granted(poll.Request(5)));
  EXPECT_TRUE(poll.LastLogHas("can't vote about this master before 100 milliseconds"));
  poll.n.Pass(100);
  EXPECT_TRUE(poll.Granted(poll.Request(6)));
}

TEST(VoterTest, NoVoteForSlotsThatSomebodyOwnsWithANewerEpoch) {
  Poll poll;
  Message request = poll.Request();
  request.header.slots.Set(SlotId(16000));
  EXPECT_FALSE(poll.Granted(request));
  EXPECT_TRUE(poll.LastLogHas("slot 16000 epoch (3) > reqEpoch (1)"));
}

TEST(VoterTest, NoVoteForPrimariesStrangersAndTheUnattached) {
  Poll poll;
  Message request = poll.n.From('c', MessageType::kAuthRequest);
  request.header.current_epoch = Epoch(4);
  poll.n.Hear('c', request);
  EXPECT_FALSE(poll.n.SentMessage(MessageType::kAuthAck));
  EXPECT_TRUE(poll.LastLogHas("it is a master node"));
  request = poll.n.From('z', MessageType::kAuthRequest);
  request.header.current_epoch = Epoch(4);
  poll.n.Hear('z', request);
  EXPECT_TRUE(poll.n.Transcript().empty() || poll.n.Transcript()[0] == "publish");
  poll.n.Admin(ForgetCommand{IdOf('a').str()});
  EXPECT_FALSE(poll.Granted(poll.Request()));
  EXPECT_TRUE(poll.LastLogHas("I don't know its master"));
}

TEST(VoterTest, ReplicasAndPrimariesWithoutSlotsHaveNoVote) {
  for (Seed me : {Seed{'q', {}, 0, 9}, Seed{'q', {}, 'b'}}) {
    std::vector<Seed> seeds = ThreeShards();
    seeds.push_back(me);
    Solo n('q', seeds);
    Message request = n.From('d', MessageType::kAuthRequest);
    request.header.current_epoch = Epoch(14);
    request.header.message_flags |= message_flag::kForceAck;
    n.Hear('d', request);
    EXPECT_FALSE(n.SentMessage(MessageType::kAuthAck));
  }
}

TEST(VoterTest, AVoteFindsItsWayWhenMyLinkToTheCandidateIsDown) {
  Poll poll;
  poll.n.Hear('d', poll.n.PingFrom('d'));
  poll.n.Step(LinkClosed{poll.n.OutboundOf('d'), "Connection reset by peer"});
  EXPECT_TRUE(poll.Granted(poll.Request()));
}

}  // namespace
}  // namespace dunlin::cluster::testing
