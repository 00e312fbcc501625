#include "cluster/replica_migration.h"

#include <gtest/gtest.h>

#include <vector>

#include "cluster/core_test_cluster.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

// a with the replicas d, g, h; b with e; c with f.
std::vector<Seed> ARichShard() {
  std::vector<Seed> seeds = ThreeShards();
  seeds.push_back({'g', {}, 'a'});
  seeds.push_back({'h', {}, 'a'});
  return seeds;
}

TEST(ReplicaMigrationTest, TheSmallestOfTheManyGoesToTheOrphanAfterFiveSeconds) {
  TestCluster c(ARichShard());
  c.Run(3000);
  ASSERT_TRUE(c.AllOk());
  c.Kill('e');
  TimeMs killed_ms = c.now();
  ASSERT_TRUE(c.RunUntil([&] { return c.PrimaryOf('d') == 'b'; }, 12'000));
  EXPECT_GE(c.now() - killed_ms, 6000) << "a node timeout to see it and five seconds of patience";
  EXPECT_TRUE(c.Logged('d', "Migrating to orphaned master " + IdOf('b').str()));
  EXPECT_EQ(c['d'].replicates, IdOf('b'));
  c.Run(10'000);
  EXPECT_EQ(c.PrimaryOf('g'), 'a');
  EXPECT_EQ(c.PrimaryOf('h'), 'a');
}

TEST(ReplicaMigrationTest, NobodyGoesBelowTheBarrierOrWhenItIsNotAllowed) {
  for (bool allowed : {true, false}) {
    TestCluster c(ARichShard());
    for (char name : {'d', 'g', 'h'}) {
      c[name].config.allow_replica_migration = allowed;
      c[name].config.migration_barrier = allowed ? 3 : 1;
      c.StepOf(name, ConfigChanged{c[name].config});
    }
    c.Run(3000);
    c.Kill('e');
    c.Run(12'000);
    for (char name : {'d', 'g', 'h'}) EXPECT_EQ(c.PrimaryOf(name), 'a') << name << allowed;
  }
}

TEST(ReplicaMigrationTest, NobodyGivesAwayItsOnlyReplica) {
  TestCluster c(ThreeShards());
  c.Run(3000);
  c.Kill('e');
  c.Run(12'000);
  EXPECT_EQ(c.PrimaryOf('d'), 'a');
  EXPECT_EQ(c.PrimaryOf('f'), 'c');
}

TEST(ReplicaMigrationTest, APrimaryThatNeverHadReplicasIsNoOrphan) {
  // b got its slots in a cluster without replicas; those of a came later.
  Solo n('d', {{'a', {{0, 8000}}, 0, 1}, {'b', {{8001, 16383}}, 0, 2}, {'d', {}, 'a'}, {'e', {}, 'a'}});
  NodeIndex b = n.map().Find(IdOf('b'));
  ASSERT_FALSE(n.map().Node(b).Has(node_flag::kMigrateTo));
  n.Pass(12'000, [&] { n.EverybodyAnswers(); });
  EXPECT_EQ(n.map().Myself().primary, n.map().Find(IdOf('a')));
}

TEST(ReplicaMigrationTest, APrimaryThatGetsItsFirstSlotWhereOthersHaveReplicasIsOne) {
  Solo n('d', {{'a', {{0, 16383}}, 0, 1}, {'b', {}, 0, 2}, {'d', {}, 'a'}, {'e', {}, 'a'}});
  Message ping = n.PingFrom('b');
  ping.header.slots = SlotSet::OfRange({0, 100});
  n.Hear('b', ping);
  NodeIndex b = n.map().Find(IdOf('b'));
  ASSERT_TRUE(n.map().Node(b).Has(node_flag::kMigrateTo));
  n.Pass(6000, [&] { n.EverybodyAnswers(); });
  EXPECT_EQ(n.map().Myself().primary, b);
}

}  // namespace
}  // namespace dunlin::cluster::testing
