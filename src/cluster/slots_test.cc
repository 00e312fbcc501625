#include "cluster/slots.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

using Strings = std::vector<std::string>;
using Action = SetSlotCommand::Action;

SlotSet Range(int first, int last) {
  return SlotSet::OfRange({static_cast<uint16_t>(first), static_cast<uint16_t>(last)});
}

Message Claim(Solo& n, char peer, uint64_t epoch, const SlotSet& slots) {
  Message ping = n.PingFrom(peer);
  ping.header.config_epoch = Epoch(epoch);
  ping.header.current_epoch = std::max(ping.header.current_epoch, Epoch(epoch));
  ping.header.slots = slots;
  return ping;
}

// ---- Claims
// ----------------------------------------------------------------------------------------------------------

TEST(ClaimTest, ANewerClaimWinsAndIsOnDiskBeforeAnythingElse) {
  Solo n('a');
  SlotSet slots = Range(5461, 10922);
  slots |= Range(10923, 11000);
  n.Hear('b', Claim(n, 'b', 7, slots));
  EXPECT_EQ(n.map().Owner(SlotId(11000)), n.map().Find(IdOf('b')));
  EXPECT_EQ(n.map().Owner(SlotId(11001)), n.map().Find(IdOf('c')));
  EXPECT_EQ(n.Transcript(), (Strings{"persist and sync", "publish", "send pong to b"}));
  EXPECT_TRUE(n.last().persist->nodes_conf.contains(" 5461-11000\n"));
}

TEST(ClaimTest, AnOlderClaimIsAnsweredWithTheTruth) {
  Solo n('a');
  SlotSet slots = Range(5461, 10922);
  slots |= Range(10923, 11000);
  n.Hear('b', Claim(n, 'b', 2, slots));
  EXPECT_EQ(n.map().Owner(SlotId(11000)), n.map().Find(IdOf('c')));
  EXPECT_EQ(n.Sent(), (Strings{"b:pong", "b:update"}));
  const UpdateBody update = std::get<UpdateBody>(n.SentMessage(MessageType::kUpdate)->body);
  EXPECT_EQ(update.owner, IdOf('c'));
  EXPECT_EQ(update.config_epoch, Epoch(3));
  EXPECT_EQ(update.slots, Range(10923, 16383));
}

TEST(ClaimTest, ASlotThatItsOwnerNoLongerClaimsStaysWithItButIsFreeForOthers) {
  Solo n('a');
  n.Hear('c', Claim(n, 'c', 3, Range(10924, 16383)));
  EXPECT_EQ(n.map().Owner(SlotId(10923)), n.map().Find(IdOf('c'))) << "clients are redirected, not refused";
  // Nobody is told that c owns it.
  SlotSet slots = Range(5461, 10922);
  slots |= Range(10924, 10924);
  n.Hear('b', Claim(n, 'b', 2, slots));
  EXPECT_FALSE(std::get<UpdateBody>(n.SentMessage(MessageType::kUpdate)->body).slots.Test(SlotId(10923)));
  // And an old epoch is good enough to take it.
  n.Hear('b', Claim(n, 'b', 2, Range(5461, 10923)));
  EXPECT_EQ(n.map().Owner(SlotId(10923)), n.map().Find(IdOf('b')));
}

TEST(ClaimTest, ASlotThatItsOwnerClaimsAgainIsNotFreeForOlderClaims) {
  Solo n('a');
  n.Hear('c', Claim(n, 'c', 3, Range(10924, 16383)));
  n.Hear('c', Claim(n, 'c', 3, Range(10923, 16383)));
  // This was under way while c gave the slot up and got it back.
  n.Hear('b', Claim(n, 'b', 2, Range(5461, 10923)));
  EXPECT_EQ(n.map().Owner(SlotId(10923)), n.map().Find(IdOf('c')));
  EXPECT_EQ(n.Sent(), (Strings{"b:pong", "b:update"}));
}

TEST(ClaimTest, KeysOfSlotsThatALeadingPrimaryLostAreDeletedAfterTheMapSaysSo) {
  Solo n('a');
  SlotSet slots = Range(5461, 10922);
  slots |= Range(100, 199);
  n.Hear('b', Claim(n, 'b', 7, slots));
  EXPECT_EQ(n.Transcript(), (Strings{"persist and sync", "publish", "send pong to b", "delete keys of slots 100-199"}));
}

TEST(ClaimTest, WhoLosesTheLastSlotFollowsTheNewOwner) {
  Solo n('a');
  n.Admin(SetSlotCommand{SlotId(5), Action::kMigrating, IdOf('b').str()});
  SlotSet slots = Range(0, 10922);
  n.Hear('b', Claim(n, 'b', 7, slots));
  EXPECT_TRUE(n.map().Myself().IsReplica());
  EXPECT_EQ(n.Transcript(),
            (Strings{"persist and sync", "publish", "send pong to b", "send pong to b", "send pong to c",
                     "send pong to d", "send pong to e", "send pong to f", "follow b at 10.0.0.2:7002"}));
  EXPECT_TRUE(LogHas(n.last().log,
                     "Configuration change detected. Reconfiguring myself as a replica of " + IdOf('b').str() + " ()"));
  EXPECT_EQ(n.map().Migrating(SlotId(5)), kNoNode) << "a replica moves no slots";
  EXPECT_EQ(n.map().Myself().shard, ShardOf('b'));
}

TEST(ClaimTest, WithoutReplicaMigrationAnEmptiedPrimaryStaysOneUnlessItsShardWasTakenWhole) {
  Config config = ConfigOf('a');
  config.allow_replica_migration = false;
  {
    Solo n('a', NodesConf('a', ThreeShards(), 3), config);
    n.Hear('b', Claim(n, 'b', 7, Range(0, 10922)));
    EXPECT_TRUE(n.map().Myself().IsPrimary());
    EXPECT_EQ(n.Transcript().back(), "delete keys of slots 0-5460");
  }
  Solo n('a', NodesConf('a', ThreeShards(), 3), config);
  Message ping = Claim(n, 'd', 7, Range(0, 5460));
  ping.header.replica_of = NodeId();
  n.Hear('d', ping);
  EXPECT_TRUE(n.map().Myself().IsReplica()) << "it was failed over by its replica";
}

TEST(ClaimTest, AReplicaFollowsTheSlotsOfItsPrimary) {
  Solo n('d');
  n.Hear('b', Claim(n, 'b', 7, Range(0, 10922)));
  EXPECT_EQ(n.Transcript().back(), "follow b at 10.0.0.2:7002");
}

TEST(ClaimTest, AnImportingSlotIsNotTouchedByClaims) {
  Solo n('a');
  n.Admin(SetSlotCommand{SlotId(6000), Action::kImporting, IdOf('b').str()});
  SlotSet slots = Range(10923, 16383);
  slots |= Range(6000, 6000);
  n.Hear('c', Claim(n, 'c', 9, slots));
  EXPECT_EQ(n.map().Owner(SlotId(6000)), n.map().Find(IdOf('b')));
}

TEST(ClaimTest, AReplicasWordMovesNoSlots) {
  Solo n('a');
  Message ping = n.PingFrom('e');
  ping.header.config_epoch = Epoch(9);
  ping.header.slots = Range(0, 10922);
  n.Hear('e', ping);
  EXPECT_EQ(n.map().Owner(SlotId(0)), n.map().my_index());
}

TEST(UpdateTest, AnUpdateAboutAThirdNodeIsTaken) {
  Solo n('a');
  Message update = n.From('b', MessageType::kUpdate);
  update.body = UpdateBody{Epoch(8), IdOf('d'), Range(0, 5460)};
  n.Hear('b', update);
  EXPECT_EQ(n.Transcript(),
            (Strings{"persist and sync", "publish", "send pong to b", "send pong to c", "send pong to d",
                     "send pong to e", "send pong to f", "follow d at 10.0.0.4:7004"}));
  EXPECT_TRUE(n.map().Node(n.map().Find(IdOf('d'))).IsPrimary());
  // An old one, and one about myself, are not.
  update.body = UpdateBody{Epoch(9), IdOf('c'), Range(0, 16383)};
  n.Hear('b', update);
  EXPECT_EQ(n.map().Owner(SlotId(0)), n.map().Find(IdOf('c'))) << "9 is newer than 8";
  update.body = UpdateBody{Epoch(9), IdOf('b'), Range(0, 16383)};
  n.Hear('b', update);
  EXPECT_EQ(n.map().Owner(SlotId(0)), n.map().Find(IdOf('c'))) << "9 is not newer than 9";
  update.body = UpdateBody{Epoch(99), IdOf('a'), Range(0, 16383)};
  n.Hear('b', update);
  EXPECT_TRUE(n.map().Myself().IsReplica());
  EXPECT_TRUE(LogHas(n.last().log, "Discarding UPDATE message about myself."));
}

// ---- Epochs
// ----------------------------------------------------------------------------------------------------------

TEST(EpochTest, TheCurrentEpochGrowsWithEveryMessageAndIsKept) {
  Solo n('a');
  Message ping = n.PingFrom('b');
  ping.header.current_epoch = Epoch(12);
  n.Hear('b', ping);
  EXPECT_EQ(n.map().summary().current_epoch, Epoch(12));
  EXPECT_TRUE(n.last().persist->nodes_conf.ends_with("vars currentEpoch 12 lastVoteEpoch 0\n"));
  ping.header.current_epoch = Epoch(4);
  n.Hear('b', ping);
  EXPECT_EQ(n.map().summary().current_epoch, Epoch(12));
}

TEST(EpochTest, OfTwoWithTheSameEpochTheOneWithTheSmallerIdMoves) {
  Solo n('a', {{'a', {{0, 1}}, 0, 2}, {'b', {{2, 3}}, 0, 2}}, 5);
  n.Hear('b', n.PingFrom('b'));
  EXPECT_EQ(n.map().Myself().config_epoch, Epoch(6));
  EXPECT_EQ(n.map().summary().current_epoch, Epoch(6));
  EXPECT_TRUE(n.last().persist->fsync);
  EXPECT_TRUE(LogHas(n.last().log,
                     "WARNING: configEpoch collision with node " + IdOf('b').str() + " (). configEpoch set to 6"));
  Solo larger('b', {{'a', {{0, 1}}, 0, 2}, {'b', {{2, 3}}, 0, 2}}, 5);
  larger.Hear('a', larger.PingFrom('a'));
  EXPECT_EQ(larger.map().Myself().config_epoch, Epoch(2));
}

TEST(EpochTest, FreshNodesEndWithEpochsOfTheirOwn) {
  TestCluster c;
  for (char name : {'a', 'b', 'c', 'd'}) c.Add(name);
  for (char name : {'b', 'c', 'd'}) c.Meet('a', name);
  c.Run(10'000);
  std::set<Epoch> epochs;
  for (char name : {'a', 'b', 'c', 'd'}) epochs.insert(c.MapOf(name).Myself().config_epoch);
  EXPECT_EQ(epochs.size(), 4u);
}

// ---- Moving a slot by hand
// -------------------------------------------------------------------------------------------

TEST(SetSlotTest, TheMoveOfASlotFromBeginToEnd) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  EXPECT_TRUE(c.Admin('b', SetSlotCommand{SlotId(5), Action::kImporting, IdOf('a').str()}).status.ok());
  EXPECT_TRUE(c.Admin('a', SetSlotCommand{SlotId(5), Action::kMigrating, IdOf('b').str()}).status.ok());
  EXPECT_EQ(c.MapOf('a').Migrating(SlotId(5)), c.MapOf('a').Find(IdOf('b')));
  EXPECT_EQ(c.MapOf('b').Importing(SlotId(5)), c.MapOf('b').Find(IdOf('a')));
  EXPECT_EQ(c.OwnerOf(5), 'a');

  EXPECT_TRUE(c.Admin('b', SetSlotCommand{SlotId(5), Action::kNode, IdOf('b').str()}).status.ok());
  EXPECT_TRUE(c.MapOf('b').IsMine(SlotId(5)));
  EXPECT_EQ(c.MapOf('b').Importing(SlotId(5)), kNoNode);
  EXPECT_EQ(c.MapOf('b').Myself().config_epoch, Epoch(4)) << "newer than all, without a vote";
  EXPECT_TRUE(c.Logged('b', "configEpoch updated after importing slot 5"));
  c.Run(10);
  EXPECT_EQ(c.OwnerOf(5), 'b') << "everybody was told at once";
  EXPECT_NE(c.MapOf('a').Migrating(SlotId(5)), kNoNode);
  EXPECT_TRUE(c.Admin('a', SetSlotCommand{SlotId(5), Action::kNode, IdOf('b').str()}).status.ok());
  EXPECT_EQ(c.MapOf('a').Migrating(SlotId(5)), kNoNode);
}

TEST(SetSlotTest, AHandoverHoldsThoughTheOldOwnersEpochHasJustGrown) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Admin('a', BumpEpochCommand{});
  c.Run(3000);
  // From here on a would believe that its epoch is the greatest, if it did not hear of this one at once.
  c.Admin('b', BumpEpochCommand{});
  c.Run(5);
  SlotId slot(6000);
  EXPECT_TRUE(c.Admin('a', SetSlotCommand{slot, Action::kImporting, IdOf('b').str()}).status.ok());
  EXPECT_TRUE(c.Admin('b', SetSlotCommand{slot, Action::kMigrating, IdOf('a').str()}).status.ok());
  EXPECT_TRUE(c.Admin('b', SetSlotCommand{slot, Action::kNode, IdOf('a').str()}).status.ok());
  EXPECT_TRUE(c.Admin('a', SetSlotCommand{slot, Action::kNode, IdOf('a').str()}).status.ok());
  c.Run(3000);
  EXPECT_EQ(c.OwnerOf(slot.value), 'a');
}

TEST(SetSlotTest, TheNewEpochIsOnDiskBeforeItIsTold) {
  Solo n('a');
  n.Admin(SetSlotCommand{SlotId(6000), Action::kImporting, IdOf('b').str()});
  n.Admin(SetSlotCommand{SlotId(6000), Action::kNode, IdOf('a').str()});
  ASSERT_GE(n.Transcript().size(), 3u);
  EXPECT_EQ(n.Transcript()[0], "persist and sync");
  EXPECT_EQ(n.Transcript()[1], "publish");
  EXPECT_TRUE(n.Transcript()[2].starts_with("send pong to "));
  EXPECT_TRUE(n.last().persist->nodes_conf.contains("vars currentEpoch 4 "));
}

TEST(SetSlotTest, WhoHasTheGreatestEpochAlreadyKeepsIt) {
  Solo n('c');
  n.Admin(SetSlotCommand{SlotId(6000), Action::kImporting, IdOf('b').str()});
  n.Admin(SetSlotCommand{SlotId(6000), Action::kNode, IdOf('c').str()});
  EXPECT_EQ(n.map().Myself().config_epoch, Epoch(3));
  EXPECT_TRUE(n.map().IsMine(SlotId(6000)));
}

TEST(SetSlotTest, GivingAwayTheLastSlotMakesAReplica) {
  Solo n('a', {{'a', {{7, 7}}, 0, 1}, {'b', {{8, 9}}, 0, 2}});
  n.Admin(SetSlotCommand{SlotId(7), Action::kNode, IdOf('b').str()});
  EXPECT_EQ(n.Transcript().back(), "follow b at 10.0.0.2:7002");
}

TEST(DataLoadedTest, KeysOfUnownedSlotsAreOwnedAndKeysOfOthersAreImported) {
  Solo n('a', {{'a', {{0, 10}}, 0, 1}, {'b', {{20, 30}}, 0, 2}});
  SlotSet keys = Range(5, 5);
  keys |= Range(15, 15);
  keys |= Range(25, 25);
  n.Step(DataLoaded{keys});
  EXPECT_TRUE(n.map().IsMine(SlotId(15)));
  EXPECT_EQ(n.map().Importing(SlotId(25)), n.map().Find(IdOf('b')));
  EXPECT_TRUE(LogHas(n.last().log, "I have keys for unassigned slot 15. Taking responsibility for it."));
  EXPECT_TRUE(n.last().persist->fsync);
  n.Step(DataLoaded{keys});
  EXPECT_FALSE(n.last().persist.has_value()) << "once is enough";
}

}  // namespace
}  // namespace dunlin::cluster::testing
