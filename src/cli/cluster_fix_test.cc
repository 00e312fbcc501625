#include "cli/cluster_fix.h"

#include <gtest/gtest.h>

#include "cli/cluster_check.h"
#include "cli/cluster_stage_for_tests.h"

namespace dunlin::cli {
namespace {

NodeLine Importing(int slot, char from) {
  NodeLine line;
  line.importing.push_back({.slot = slot, .peer_id = std::string(40, from)});
  return line;
}

NodeLine Migrating(int slot, char to) {
  NodeLine line;
  line.migrating.push_back({.slot = slot, .peer_id = std::string(40, to)});
  return line;
}

class FixTest : public testing::Test {
 protected:
  bool Fix(int slot, const std::map<char, NodeLine>& open) {
    Cluster& cluster = stage_.Open(open);
    Manager m = stage_.manager();
    return FixOpenSlots(m, cluster, {slot});
  }

  Stage stage_;
  Actor& a_ = stage_.Add('a', {1, 2});
  Actor& b_ = stage_.Add('b', {3});
  Actor& c_ = stage_.Add('c', {4});
};

TEST_F(FixTest, Case1MovesOn) {
  a_.keys[1]["k"] = "v";
  EXPECT_TRUE(Fix(1, {{'a', Migrating(1, 'b')}, {'b', Importing(1, 'a')}})) << stage_.Out();
  EXPECT_NE(stage_.Out().find(">>> Case 1: Moving slot 1 from"), std::string::npos);
  EXPECT_TRUE(b_.owned.contains(1));
  EXPECT_EQ(b_.keys[1].size(), 1u);
}

TEST_F(FixTest, Case2BringsKeysBackToTheOwner) {
  EXPECT_TRUE(Fix(1, {{'b', Importing(1, 'a')}})) << stage_.Out();
  EXPECT_NE(stage_.Out().find(">>> Case 2: Moving all the 1 slot keys to its owner"), std::string::npos);
  EXPECT_TRUE(stage_.Was("b: CLUSTER SETSLOT 1 STABLE"));
  EXPECT_TRUE(stage_.Was("c: CLUSTER SETSLOT 1 NODE a"));
}

// Both sides hold keys: the one with more becomes the owner. The other must import the slot before that is announced,
// or it throws its keys away as soon as it hears of the new owner.
TEST_F(FixTest, KeysOnBothSidesAreSafeBeforeTheOwnerClaims) {
  a_.keys[1] = {{"k1", "v"}};
  b_.keys[1] = {{"k2", "v"}, {"k3", "v"}};
  EXPECT_TRUE(Fix(1, {{'a', Migrating(1, 'b')}, {'b', Importing(1, 'a')}})) << stage_.Out();
  EXPECT_LT(stage_.When("a: CLUSTER DELSLOTS 1"), stage_.When("a: CLUSTER SETSLOT 1 NODE b"));
  EXPECT_LT(stage_.When("a: CLUSTER SETSLOT 1 NODE b"), stage_.When("a: CLUSTER SETSLOT 1 IMPORTING b"));
  EXPECT_LT(stage_.When("a: CLUSTER SETSLOT 1 IMPORTING b"), stage_.When("b: EXEC"));
  EXPECT_EQ(b_.keys[1].size(), 3u);
  EXPECT_TRUE(a_.keys[1].empty());
  EXPECT_TRUE(b_.owned.contains(1));
  EXPECT_FALSE(a_.owned.contains(1));
  EXPECT_TRUE(stage_.Was("a: CLUSTER SETSLOT 1 STABLE"));
}

TEST_F(FixTest, Case3MovesToTheOneItWasMeantFor) {
  a_.keys[1]["k"] = "v";
  EXPECT_TRUE(Fix(1, {{'a', Migrating(1, 'c')}, {'b', Importing(1, 'a')}, {'c', Importing(1, 'a')}})) << stage_.Out();
  EXPECT_TRUE(c_.owned.contains(1));
  EXPECT_EQ(c_.keys[1].size(), 1u);
  EXPECT_TRUE(stage_.Was("b: CLUSTER SETSLOT 1 STABLE"));
}

TEST_F(FixTest, Case3ClosesEverywhereWhenItWasMeantForNobodyThere) {
  EXPECT_TRUE(Fix(1, {{'a', Migrating(1, 'x')}, {'b', Importing(1, 'a')}, {'c', Importing(1, 'a')}})) << stage_.Out();
  EXPECT_NE(stage_.Out().find(">>> Case 3: Closing slot 1 on both migrating and importing nodes."), std::string::npos);
  EXPECT_TRUE(a_.owned.contains(1));
}

TEST_F(FixTest, Case4ClosesAMoveThatNeverBegan) {
  a_.keys[1]["k"] = "v";
  EXPECT_TRUE(Fix(1, {{'a', Migrating(1, 'b')}})) << stage_.Out();
  EXPECT_NE(stage_.Out().find(">>> Case 4: Closing slot 1 on"), std::string::npos);
  EXPECT_TRUE(stage_.Was("a: CLUSTER SETSLOT 1 STABLE"));
  EXPECT_EQ(a_.keys[1].size(), 1u);
}

TEST_F(FixTest, RefusedStepStopsTheRepair) {
  a_.Answer("CLUSTER SETSLOT 1 STABLE", "-ERR no\r\n");
  EXPECT_FALSE(Fix(1, {{'a', Migrating(1, 'b')}}));
  EXPECT_NE(stage_.Out().find("replied with error:\nERR no\n"), std::string::npos);
}

TEST_F(FixTest, OneOfSeveralOwnersIsLeft) {
  b_.owned.insert(1);
  a_.keys[1] = {{"k1", "v"}, {"k2", "v"}};
  b_.keys[1] = {{"k3", "v"}};
  Cluster& cluster = stage_.Open();
  Manager m = stage_.manager();
  EXPECT_TRUE(FixMultipleOwners(m, cluster, 1, {&stage_.NodeOf(a_), &stage_.NodeOf(b_)})) << stage_.Out();
  EXPECT_EQ(a_.keys[1].size(), 3u);
  EXPECT_FALSE(b_.owned.contains(1));
  EXPECT_LT(stage_.When("b: CLUSTER SETSLOT 1 IMPORTING a"), stage_.When("a: EXEC"));
}

TEST_F(FixTest, CountsKeysOfManySlotsAtOnce) {
  a_.keys[7]["k"] = "v";
  a_.keys[16383]["l"] = "v";
  stage_.Open();
  std::vector<int64_t> counts = CountKeysInSlots(stage_.manager(), stage_.NodeOf(a_), SlotSet().set().reset(7));
  ASSERT_EQ(counts.size(), static_cast<size_t>(kSlotCount));
  EXPECT_EQ(counts[7], 0) << "it was not asked for";
  EXPECT_EQ(counts[16383], 1);
}

}  // namespace
}  // namespace dunlin::cli
