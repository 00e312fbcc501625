// Whole nodes, back to back over wires that break: synchronisation, chains, promotions, demotions, failovers.
#include "replication/node.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "replication/effect_words.h"
#include "replication/scripted_world.h"

namespace dunlin::replication {
namespace {

Config Diskless(bool diskless) {
  Config config;
  config.diskless_sync = diskless;
  config.diskless_sync_delay_s = 0;
  return config;
}

class Pair : public ::testing::TestWithParam<std::tuple<bool, DisklessLoad>> {
 protected:
  Pair() : world_(11) {
    Config config = Diskless(std::get<0>(GetParam()));
    config.diskless_load = std::get<1>(GetParam());
    for (int i = 0; i < 2; ++i) world_.Add(config);
  }
  void SetTimes(int64_t timeout_s, int64_t ping_period_s) {
    for (int i = 0; i < 2; ++i) {
      Config config = world_[i].node.config();
      config.repl_timeout_s = timeout_s;
      config.ping_replica_period_s = ping_period_s;
      world_[i].node.SetConfig(config);
    }
  }
  ScriptedWorld world_;
};

TEST_P(Pair, AWholeCopyThenTheStream) {
  WorldNode& primary = world_[0];
  WorldNode& replica = world_[1];
  primary.Set("old", "1");
  replica.data["foreign"] = "x";
  replica.Follow(0);
  ASSERT_TRUE(world_.RunUntil([&] { return primary.node.replicas().replica_count() == 1; }, 1000));
  primary.Set("while the snapshot is made", "2");
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  primary.Set("after", "3");
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(replica.data, (Dataset{{"old", "1"}, {"while the snapshot is made", "2"}, {"after", "3"}}));
  EXPECT_EQ(primary.node.replicas().counts().full, 1);
  EXPECT_EQ(replica.InfoLine("master_link_status"), "up");
  world_.Run(1500);
  EXPECT_EQ(primary.node.replicas().CountAcked(primary.log.end()), 1);
  EXPECT_TRUE(replica.Logged("MASTER <-> REPLICA sync: Finished with success"));
}

TEST_P(Pair, ALogWhoseDataIsGoneSaysNothingOfTheData) {
  WorldNode& replica = world_[1];
  auto held = [&] { return replica.node.DataOffset(replica.facts()); };
  replica.log.CreateBacklog();
  replica.Set("of its own", "1");
  EXPECT_EQ(held(), replica.log.end());
  replica.load_ms = 100;
  replica.Follow(0);
  bool swaps = std::get<1>(GetParam()) == DisklessLoad::kSwapDb;
  ASSERT_TRUE(world_.RunUntil([&] { return replica.loading(); }, 1000));
  EXPECT_EQ(held() == Offset(0), !swaps) << "only a swap keeps the old data until the new is there";
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(held(), replica.log.end());
}

TEST_P(Pair, ContinuesAfterTheLineBroke) {
  WorldNode& primary = world_[0];
  world_[1].Follow(0);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  for (int i = 0; i < 20; ++i) {
    primary.Set(fmt::format("k{}", i), "v");
    world_.Run(150);
    primary.Set("last", fmt::format("{}", i));
    world_.Break(1);
    primary.Set("while it is away", fmt::format("{}", i));
  }
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(primary.node.replicas().counts().full, 1);
  EXPECT_EQ(primary.node.replicas().counts().partial_ok, 20);
}

TEST_P(Pair, ALongSnapshotAndALongLoadAreSurvived) {
  SetTimes(5, 1);
  // A file that takes long to be made is announced by newlines alone; to sockets it must go on and on.
  world_[0].snapshot_ms = world_[0].node.config().diskless_sync ? 3000 : 20'000;
  world_[1].load_ms = 20'000;
  world_[1].Follow(0);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0, 60'000));
  EXPECT_EQ(world_[1].loads, 1);
  EXPECT_EQ(world_[0].node.replicas().counts().full, 1);
}

TEST_P(Pair, ALoadThatFailsIsTriedAgain) {
  world_[0].Set("a", "1");
  world_[1].next_load_fails = true;
  world_[1].Follow(0);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(world_[1].loads, 2);
}

TEST_P(Pair, TheBacklogIsTooShort) {
  WorldNode& primary = world_[0];
  primary.log.SetBacklogBytes(1000);
  world_[1].Follow(0);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  world_.Part(0, 1);
  world_.Break(1);
  // The log keeps whole blocks; write over more than two of them.
  for (int i = 0; i < 700; ++i) {
    primary.Set("big", fmt::format("{}{}", i, std::string(1000, 'x')));
    if (i % 10 == 0) world_.Run(10);
  }
  world_.Heal();
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(primary.node.replicas().counts().full, 2);
  EXPECT_EQ(primary.node.replicas().counts().partial_err, 2);  // the first time it had a history of its own
  EXPECT_TRUE(primary.Logged("Unable to partial resync with replica node:7001 for lack of backlog"));
}

TEST_P(Pair, AStoppedPrimaryIsTimedOutAndFoundAgain) {
  SetTimes(5, 10);
  world_[1].Follow(0);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  world_.Stop(0);
  world_.Run(10'000);
  EXPECT_TRUE(world_[1].Logged("MASTER timeout: no data nor PING received..."));
  EXPECT_EQ(world_[1].InfoLine("master_link_status"), "down");
  world_.Run(10'000);
  EXPECT_TRUE(world_[1].Logged("Timeout connecting to the MASTER..."));
  world_.Continue(0);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(world_[0].node.replicas().counts().partial_ok, 1);
  EXPECT_EQ(world_[0].node.replicas().counts().full, 1);
}

TEST_P(Pair, AReplicaBehindABrokenLineIsDropped) {
  SetTimes(5, 10);
  world_[1].Follow(0);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  world_.Part(0, 1);
  world_.Run(8'000);
  EXPECT_TRUE(world_[0].Logged("Disconnecting timedout replica (streaming sync): node:7001"));
  EXPECT_EQ(world_[0].InfoLine("connected_slaves"), "0");
  world_.Heal();
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(world_[0].node.replicas().counts().partial_ok, 1);
}

INSTANTIATE_TEST_SUITE_P(BothForms, Pair,
                         ::testing::Combine(::testing::Bool(),
                                            ::testing::Values(DisklessLoad::kDisabled, DisklessLoad::kWhenDbEmpty,
                                                              DisklessLoad::kSwapDb)));

// 0 <- 1 <- 2, and 0 <- 3.
class Chain : public ::testing::TestWithParam<bool> {
 protected:
  Chain() : world_(12) {
    for (int i = 0; i < 4; ++i) world_.Add(Diskless(GetParam()));
    world_[0].Set("a", "1");
    world_[1].Follow(0);
    world_[3].Follow(0);
    EXPECT_TRUE(world_.RunUntilInSync(1, 0));
    world_[2].Follow(1);
    EXPECT_TRUE(world_.RunUntilInSync(2, 0));
    EXPECT_TRUE(world_.RunUntilInSync(3, 0));
    for (int i = 0; i < 4; ++i) full_ += world_[i].node.replicas().counts().full;
    EXPECT_EQ(full_, 3);
  }
  int64_t MoreFullSyncs() {
    int64_t full = -full_;
    for (int i = 0; i < 4; ++i) full += world_[i].node.replicas().counts().full;
    return full;
  }
  ScriptedWorld world_;
  int64_t full_ = 0;
};

TEST_P(Chain, EverybodyFollowsTheSameHistory) {
  world_[0].Set("b", "2");
  ASSERT_TRUE(world_.RunUntilInSync(2, 0));
  ASSERT_TRUE(world_.RunUntilInSync(3, 0));
  EXPECT_EQ(world_[2].node.history().id(), world_[0].node.history().id());
}

TEST_P(Chain, APromotionKeepsTheDataAndChangesTheName) {
  world_[0].Set("b", "2");
  ASSERT_TRUE(world_.RunUntilInSync(2, 0));
  ASSERT_TRUE(world_.RunUntilInSync(3, 0));
  ReplicationId old_id = world_[0].node.history().id();
  Offset old_end = world_[1].log.end();
  world_[1].Promote();
  EXPECT_EQ(world_[1].node.history().previous_id(), old_id);
  EXPECT_EQ(world_[1].node.history().second_offset(), old_end.value + 1);
  world_[1].Set("c", "3");
  world_[0].Follow(1);
  world_[3].Follow(1);
  for (int i : {0, 2, 3}) ASSERT_TRUE(world_.RunUntilInSync(i, 1)) << i;
  EXPECT_EQ(MoreFullSyncs(), 0);
  EXPECT_EQ(world_[2].node.history().previous_id(), old_id);
  EXPECT_TRUE(world_[0].Logged("Master replication ID changed to " + world_[1].node.history().id().str()));
  EXPECT_EQ(world_[3].data.at("c"), "3");
}

TEST_P(Chain, ADemotedPrimaryWithWritesOfItsOwnLosesThem) {
  world_.Part(0, 1);
  world_.Part(0, 3);
  world_[0].Set("split", "brain");
  world_[1].Promote();
  world_[1].Set("c", "3");
  world_.Run(2000);
  world_.Heal();
  world_[0].Follow(1);
  ASSERT_TRUE(world_.RunUntilInSync(0, 1));
  EXPECT_FALSE(world_[0].data.contains("split"));
  EXPECT_EQ(MoreFullSyncs(), 1);
  EXPECT_TRUE(world_[1].Logged("Partial resynchronization not accepted: Requested offset for second ID was"));
}

TEST_P(Chain, AFullSyncInTheMiddleReachesTheEnd) {
  // The middle node must take a whole new data set; its own replica cannot go on with a stream.
  WorldNode& stranger = world_.Add(Diskless(GetParam()));
  stranger.Set("other", "world");
  world_[1].Follow(4);
  ASSERT_TRUE(world_.RunUntilInSync(1, 4));
  ASSERT_TRUE(world_.RunUntilInSync(2, 4));
  EXPECT_EQ(world_[2].data, (Dataset{{"other", "world"}}));
}

TEST_P(Chain, TheMiddleServesNobodyWhileItHasNoPrimaryItself) {
  world_.Stop(0);
  world_.Break(1);
  world_.Break(2);
  world_.Run(3000);
  EXPECT_TRUE(
      world_[2].Logged("Master is currently unable to PSYNC but should be in the future: -NOMASTERLINK Can't SYNC "
                       "while not connected with my master"));
  world_.Continue(0);
  ASSERT_TRUE(world_.RunUntilInSync(2, 0));
  EXPECT_EQ(MoreFullSyncs(), 0);
}

TEST_P(Chain, FailoverToTheOneThatIsNamed) {
  world_[0].Set("b", "2");
  EXPECT_EQ(world_[0].Failover({"TO", "node", "7001"}), "+OK");
  EXPECT_EQ(world_[0].InfoLine("master_failover_state"), "waiting-for-sync");
  ASSERT_TRUE(world_.RunUntil([&] { return !world_[1].node.is_replica(); }, 5000));
  ASSERT_TRUE(world_.RunUntilInSync(0, 1));
  EXPECT_EQ(world_[0].InfoLine("master_failover_state"), "no-failover");
  EXPECT_FALSE(world_[0].paused);
  EXPECT_TRUE(world_[1].CanWrite());
  world_[1].Set("c", "3");
  world_[3].Follow(1);
  for (int i : {0, 2, 3}) ASSERT_TRUE(world_.RunUntilInSync(i, 1)) << i;
  EXPECT_EQ(MoreFullSyncs(), 0);
  EXPECT_TRUE(world_[1].Logged("MASTER MODE enabled (failover request from 'id=1')"));
}

TEST_P(Chain, FailoverWithForceToOneThatIsStopped) {
  world_.Stop(1);
  world_[0].Set("b", "2");
  EXPECT_EQ(world_[0].Failover({"TO", "node", "7001", "TIMEOUT", "500", "FORCE"}), "+OK");
  world_.Run(3000);
  EXPECT_EQ(world_[0].InfoLine("master_failover_state"), "failover-in-progress");
  EXPECT_TRUE(world_[0].node.is_replica());
  EXPECT_TRUE(world_[1].node.is_replica()) << "never two primaries";
  world_.Continue(1);
  ASSERT_TRUE(world_.RunUntilInSync(0, 1));
  EXPECT_EQ(world_[0].InfoLine("master_failover_state"), "no-failover");
}

TEST_P(Chain, FailoverThatTimesOut) {
  world_.Stop(1);
  world_[0].Set("b", "2");
  EXPECT_EQ(world_[0].Failover({"TO", "node", "7001", "TIMEOUT", "500"}), "+OK");
  EXPECT_FALSE(world_[0].CanWrite());
  world_.Run(600);
  EXPECT_EQ(world_[0].InfoLine("master_failover_state"), "no-failover");
  EXPECT_TRUE(world_[0].CanWrite());
  world_.Continue(1);
  ASSERT_TRUE(world_.RunUntilInSync(1, 0));
  EXPECT_EQ(MoreFullSyncs(), 0);
}

TEST_P(Chain, FailoverThatIsRefused) {
  world_[1].refuses_psync = true;
  EXPECT_EQ(world_[0].Failover({"TO", "node", "7001"}), "+OK");
  ASSERT_TRUE(world_.RunUntil([&] { return world_[0].Logged("Failover target rejected psync request"); }, 5000));
  EXPECT_TRUE(world_[0].CanWrite());
  world_[1].refuses_psync = false;
  world_[0].Set("b", "2");
  for (int i : {1, 2, 3}) ASSERT_TRUE(world_.RunUntilInSync(i, 0)) << i;
  EXPECT_EQ(MoreFullSyncs(), 0);
}

INSTANTIATE_TEST_SUITE_P(BothForms, Chain, ::testing::Bool());

TEST(Node, PartialSyncAfterARestartFromAFile) {
  for (bool replica_restarts : {true, false}) {
    ScriptedWorld world(13);
    world.Add(Diskless(false));
    world.Add(Diskless(false));
    world[0].Set("a", "1");
    world[1].Follow(0);
    ASSERT_TRUE(world.RunUntilInSync(1, 0));
    // The restarted node is a new one that was given the old one's data and what its file said.
    int old_index = replica_restarts ? 1 : 0;
    WorldNode& old_node = world[old_index];
    WorldNode& new_node = world.Add(Diskless(false));
    new_node.data = old_node.data;
    Effects effects =
        new_node.node.Restore(old_node.node.history().id(), old_node.log.end(), /*as_replica=*/replica_restarts);
    EXPECT_EQ(std::get<RestartLog>(effects.at(0)).offset, old_node.log.end());
    new_node.log.Restart(old_node.log.end());
    world.Stop(old_index);
    if (replica_restarts) {
      EXPECT_EQ(Words(effects).size(), 1u);
      new_node.Follow(0);
      ASSERT_TRUE(world.RunUntilInSync(2, 0));
      EXPECT_EQ(world[0].node.replicas().counts().partial_ok, 1);
    } else {
      EXPECT_EQ(Words(effects).at(1), "backlog on");
      new_node.log.CreateBacklog();
      new_node.Set("b", "2");
      world[1].Follow(2);
      ASSERT_TRUE(world.RunUntilInSync(1, 2));
      EXPECT_EQ(new_node.node.replicas().counts().partial_ok, 1);
      EXPECT_EQ(new_node.node.replicas().counts().full, 0);
    }
  }
}

TEST(Node, OneThatComesLateSharesTheFile) {
  ScriptedWorld world(16);
  for (int i = 0; i < 3; ++i) world.Add(Diskless(false));
  world[0].snapshot_ms = 500;
  world[0].Set("a", "1");
  world[1].Follow(0);
  world.Run(100);
  world[0].Set("b", "2");
  world[2].Follow(0);
  world.Run(100);
  EXPECT_TRUE(world[0].Logged("Waiting for end of BGSAVE for SYNC"));
  world[0].Set("c", "3");
  ASSERT_TRUE(world.RunUntilInSync(1, 0, 1000));
  ASSERT_TRUE(world.RunUntilInSync(2, 0, 100)) << "no second snapshot was needed";
}

TEST(Node, WhatNobodyCountedIsNotSkipped) {
  ScriptedWorld world(17);
  Config config = Diskless(false);
  config.backlog_ttl_s = 3;
  for (int i = 0; i < 3; ++i) world.Add(config);
  world[0].Set("a", "1");
  world[1].Follow(0);
  ASSERT_TRUE(world.RunUntilInSync(1, 0));
  world.Stop(1);
  world.Break(1);
  ASSERT_TRUE(world.RunUntil([&] { return !world[0].log.has_backlog(); }, 10'000));
  world[0].Set("uncounted", "2");
  world[2].Follow(0);
  ASSERT_TRUE(world.RunUntilInSync(2, 0));
  world.Continue(1);
  ASSERT_TRUE(world.RunUntilInSync(1, 0));
  EXPECT_EQ(world[1].data.at("uncounted"), "2");
  EXPECT_EQ(world[0].node.replicas().counts().full, 3);
}

TEST(Node, AReplicaByConfigurationHasNothingToContinue) {
  Node node({}, 1, 0);
  EXPECT_EQ(Deeds(node.StartAsReplica({"10.0.0.1", 6379}, {}, 0)),
            (std::vector<std::string>{"connect 10.0.0.1:6379", "role replica"}));
  EXPECT_TRUE(node.is_replica());
  EXPECT_FALSE(node.history().resumable());
}

TEST(Node, Replicaof) {
  Config config;
  Node node(config, 1, 0);
  Facts facts;
  using Args = std::vector<std::string_view>;
  auto reply = [&](const Args& args) { return node.OnReplicaof(PeerId(9), "id=9", args, facts, 0).reply; };
  EXPECT_EQ(reply({"NO", "ONE"}), "+OK") << "a primary stays one";
  EXPECT_EQ(reply({"h", "port"}), "-ERR Invalid master port");
  EXPECT_EQ(reply({"h", "65536"}), "-ERR Invalid master port");
  CommandResult result = node.OnReplicaof(PeerId(9), "id=9", Args{"h", "6379"}, facts, 0);
  EXPECT_EQ(result.reply, "+OK");
  EXPECT_EQ(Deeds(result.effects), (std::vector<std::string>{"role replica", "connect h:6379"}));
  EXPECT_EQ(Logs(result.effects).back(), "REPLICAOF h:6379 enabled (user request from 'id=9')");
  EXPECT_EQ(reply({"H", "6379"}), "+OK Already connected to specified master");
  result = node.OnReplicaof(PeerId(9), "id=9", Args{"no", "one"}, facts, 0);
  EXPECT_EQ(Deeds(result.effects), (std::vector<std::string>{"disconnect", "forget database", "role primary"}));
  EXPECT_EQ(Logs(result.effects).back(), "MASTER MODE enabled (user request from 'id=9')");
  config.cluster_enabled = true;
  node.SetConfig(config);
  EXPECT_EQ(reply({"h", "1"}), "-ERR REPLICAOF not allowed in cluster mode.");
}

TEST(Node, SyncIsRefused) {
  Node node({}, 1, 0);
  Facts facts;
  using Args = std::vector<std::string_view>;
  auto reply = [&](const Args& args, bool pending = false) {
    return node.OnSync(PeerId(9), "10.0.0.9", "id=9", pending, args, facts, 0).reply;
  };
  EXPECT_EQ(reply({"PSYNC", "?", "-1"}, true), "-ERR SYNC and PSYNC are invalid with pending output");
  EXPECT_EQ(reply({"PSYNC", "?", "-1", "FAILOVER"}), "-ERR PSYNC FAILOVER can't be sent to a master.");
  node.Follow({"h", 1}, facts, 0);
  EXPECT_EQ(reply({"PSYNC", "?", "-1"}), "-NOMASTERLINK Can't SYNC while not connected with my master");
  EXPECT_EQ(reply({"PSYNC", "?", "-1", "FAILOVER"}), "-ERR PSYNC FAILOVER replid must match my replid.");
}

TEST(Node, InfoOfAPrimary) {
  ScriptedWorld world(14);
  world.Add(Diskless(false));
  world.Add(Diskless(false));
  world[0].Set("a", "1");
  EXPECT_EQ(world[0].InfoLine("role"), "master");
  EXPECT_EQ(world[0].InfoLine("repl_backlog_active"), "0");
  EXPECT_EQ(world[0].InfoLine("repl_backlog_first_byte_offset"), "0");
  EXPECT_EQ(world[0].InfoLine("second_repl_offset"), "-1");
  EXPECT_EQ(world[0].InfoLine("master_replid2"), std::string(40, '0'));
  world[0].snapshot_ms = 500;
  world[1].Follow(0);
  world.Run(100);
  EXPECT_EQ(world[0].InfoLine("slave0"), "ip=node,port=7001,state=wait_bgsave,offset=0,lag=0");
  EXPECT_EQ(world[1].InfoLine("master_sync_in_progress"), "1");
  EXPECT_EQ(world[1].InfoLine("master_sync_total_bytes"), "-1");
  EXPECT_EQ(world[1].InfoLine("master_link_down_since_seconds"), "-1");
  ASSERT_TRUE(world.RunUntilInSync(1, 0));
  world.Run(1100);
  std::string end = std::to_string(world[0].log.end().value);
  EXPECT_EQ(world[0].InfoLine("slave0"), "ip=node,port=7001,state=online,offset=" + end + ",lag=0");
  EXPECT_EQ(world[0].InfoLine("connected_slaves"), "1");
  EXPECT_EQ(world[0].InfoLine("master_repl_offset"), end);
  EXPECT_EQ(world[0].InfoLine("repl_backlog_histlen"), end);
  EXPECT_EQ(world[0].InfoLine("repl_backlog_first_byte_offset"), "1");
  EXPECT_EQ(world[1].InfoLine("role"), "slave");
  EXPECT_EQ(world[1].InfoLine("master_host"), "node");
  EXPECT_EQ(world[1].InfoLine("master_port"), "7000");
  EXPECT_EQ(world[1].InfoLine("slave_repl_offset"), end);
  EXPECT_EQ(world[1].InfoLine("slave_read_repl_offset"), end);
  EXPECT_EQ(world[1].InfoLine("slave_read_only"), "1");
  EXPECT_EQ(world[1].InfoLine("master_replid"), world[0].InfoLine("master_replid"));
}

TEST(Node, WaitAsksForAcknowledgements) {
  ScriptedWorld world(15);
  world.Add(Diskless(false));
  world.Add(Diskless(false));
  world[1].Follow(0);
  ASSERT_TRUE(world.RunUntilInSync(1, 0));
  world.Run(50);
  world[0].Set("a", "1");
  Offset written = world[0].log.end();
  EXPECT_EQ(world[0].node.replicas().CountAcked(written), 0);
  Effects effects = world[0].node.RequestAcks(world[0].facts(), world.now_ms);
  ASSERT_EQ(effects.size(), 1u);
  world[0].log.AppendForReplicasOnly(std::get<AppendForReplicas>(effects[0]).bytes);
  // Much sooner than the next second.
  ASSERT_TRUE(world.RunUntil([&] { return world[0].node.replicas().CountAcked(written) == 1; }, 20));
}

// ---- Everything at once ----

struct SoakResult {
  std::vector<std::string> trace;
  int64_t partial = 0;
  int64_t full = 0;
};

bool AnybodyWrites(ScriptedWorld& world) {
  for (int i = 0; i < world.size(); ++i) {
    if (world[i].CanWrite()) return true;
  }
  return false;
}

// Everything may happen for a while; then it must become quiet and equal. ScriptedWorld checks all along that the same
// offset of the same history means the same data.
SoakResult Soak(uint64_t seed) {
  SoakResult result;
  ScriptedWorld world(seed);
  Random& dice = world.random;
  constexpr int kNodes = 4;
  for (int i = 0; i < kNodes; ++i) {
    Config config = Diskless(dice.OneIn(2));
    config.repl_timeout_s = 2;
    config.ping_replica_period_s = 1;
    config.backlog_ttl_s = dice.OneIn(2) ? 3 : 3600;
    config.backlog_size_bytes = dice.OneIn(2) ? 1 : 1024 * 1024;
    config.diskless_load = static_cast<DisklessLoad>(dice.Below(3));
    WorldNode& node = world.Add(config);
    node.snapshot_ms = dice.Between(1, 400);
    node.load_ms = dice.Between(1, 300);
  }
  for (int i = 1; i < kNodes; ++i) world[i].Follow(dice.OneIn(2) ? 0 : i - 1);
  for (int step = 0; step < 300; ++step) {
    int a = static_cast<int>(dice.Below(kNodes));
    int b = static_cast<int>(dice.Below(kNodes));
    switch (dice.Below(9)) {
      case 0: world.Break(a); break;
      case 1:
        if (dice.OneIn(3)) world.Part(a, b);
        break;
      case 2: world.Heal(); break;
      case 3:
        if (dice.OneIn(5)) world.Stop(a);
        break;
      case 4: world.Continue(a); break;
      case 5:
        if (world[a].up && (dice.OneIn(4) || !AnybodyWrites(world))) world[a].Promote();
        break;
      case 6:
        if (world[a].up && a != b && dice.OneIn(2)) world[a].Follow(b);
        break;
      case 7: world[a].next_load_fails = dice.OneIn(4); break;
      case 8:
        if (world[a].up && dice.OneIn(3)) world[a].Failover({"TIMEOUT", "500"});
        break;
    }
    int writes = static_cast<int>(dice.Below(20));
    for (int i = 0; i < writes; ++i) {
      int at = static_cast<int>(dice.Below(kNodes));
      if (!world[at].CanWrite()) continue;
      world[at].Set(fmt::format("k{}", dice.Below(50)), fmt::format("{}", step));
      // Sometimes enough to go beyond the shortest backlog.
      if (dice.OneIn(50)) {
        for (int k = 0; k < 6; ++k) world[at].Set(fmt::format("big{}", k), std::string(100'000, 'x'));
      }
    }
    world.Run(dice.Between(1, 150));
    if (::testing::Test::HasFatalFailure()) return result;
  }
  world.Heal();
  for (int i = 0; i < kNodes; ++i) {
    world.Continue(i);
    world[i].next_load_fails = false;
    world[i].Failover({"ABORT"});
  }
  int leader = static_cast<int>(dice.Below(kNodes));
  world[leader].Promote();
  for (int i = 0; i < kNodes; ++i) {
    if (i != leader) world[i].Follow(dice.OneIn(2) || i < leader ? leader : i - 1);
  }
  // A chain through a node that follows its own follower would never end; all of them end at the leader here.
  for (int i = 0; i < kNodes; ++i) {
    if (i == leader) continue;
    EXPECT_TRUE(world.RunUntilInSync(i, leader, 60'000)) << "seed " << seed << " node " << i;
  }
  EXPECT_TRUE(world[leader].CanWrite()) << "seed " << seed;
  for (int i = 0; i < kNodes; ++i) {
    result.partial += world[i].node.replicas().counts().partial_ok;
    result.full += world[i].node.replicas().counts().full;
    for (const std::string& line : world[i].lines) result.trace.push_back(fmt::format("{} {}", i, line));
  }
  return result;
}

void SoakMany(uint64_t first_seed, uint64_t last_seed) {
  int64_t partial = 0;
  int64_t full = 0;
  for (uint64_t seed = first_seed; seed <= last_seed; ++seed) {
    SoakResult result = Soak(seed);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    partial += result.partial;
    full += result.full;
  }
  // Both ways were really taken.
  auto seeds = static_cast<int64_t>(last_seed - first_seed + 1);
  EXPECT_GT(partial, 5 * seeds);
  EXPECT_GT(full, 5 * seeds);
}

TEST(Soak, EverythingAtOnce) { SoakMany(1, 10); }

// To be asked for: --gtest_also_run_disabled_tests --gtest_filter=Soak.*
TEST(Soak, DISABLED_EverythingAtOnceAThousandTimes) { SoakMany(1001, 2000); }

TEST(Soak, TheSameSeedGivesTheSameTrace) {
  EXPECT_EQ(Soak(7).trace, Soak(7).trace);
  EXPECT_NE(Soak(7).trace, Soak(8).trace);
}

}  // namespace
}  // namespace dunlin::replication
