#include "cli/cluster_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace dunlin::cli {
namespace {

using Hosts = std::vector<std::string>;

SlotSet Range(int first, int last) {
  SlotSet slots;
  for (int slot = first; slot <= last; ++slot) slots.set(static_cast<size_t>(slot));
  return slots;
}

TEST(DealSlots, ThreeAsInTheWalkthrough) {
  std::vector<SlotRange> ranges = DealSlots(3);
  ASSERT_EQ(ranges.size(), 3u);
  EXPECT_EQ(ranges[0].first, 0);
  EXPECT_EQ(ranges[0].last, 5460);
  EXPECT_EQ(ranges[1].last, 10922);
  EXPECT_EQ(ranges[2].last, 16383);
}

TEST(DealSlots, EverySlotOnceAndEvenly) {
  for (int primaries : {1, 2, 3, 4, 5, 6, 7, 10, 13, 100, 333, 1000, 5000, 16384}) {
    std::vector<SlotRange> ranges = DealSlots(primaries);
    ASSERT_EQ(ranges.size(), static_cast<size_t>(primaries));
    int next = 0;
    for (const SlotRange& range : ranges) {
      ASSERT_EQ(range.first, next) << primaries;
      ASSERT_GE(range.last, range.first) << primaries;
      next = range.last + 1;
    }
    EXPECT_EQ(next, kSlotCount) << primaries;
  }
}

TEST(LayOut, OneHostAsInTheWalkthrough) {
  Hosts hosts(6, "192.168.2.242");
  Layout layout = LayOutCluster(hosts, 3, 1);
  EXPECT_EQ(layout.primaries, (std::vector<size_t>{0, 1, 2}));
  ASSERT_EQ(layout.replicas.size(), 3u);
  // The fifth follows the first, the sixth the second, the fourth the third.
  EXPECT_EQ(layout.replicas[0].replica, 4u);
  EXPECT_EQ(layout.replicas[0].primary, 0u);
  EXPECT_EQ(layout.replicas[1].replica, 5u);
  EXPECT_EQ(layout.replicas[1].primary, 1u);
  EXPECT_EQ(layout.replicas[2].replica, 3u);
  EXPECT_EQ(layout.replicas[2].primary, 2u);
  EXPECT_EQ(layout.extra, 0u);
}

TEST(LayOut, PrimariesTakeTurnsOverHosts) {
  Hosts hosts = {"a", "a", "b", "b", "c", "c"};
  Layout layout = LayOutCluster(hosts, 3, 1);
  EXPECT_EQ(layout.primaries, (std::vector<size_t>{0, 2, 4}));
  EXPECT_EQ(AntiAffinityScore(hosts, layout), 0);
}

TEST(LayOut, LeftOverNodesBecomeReplicasToo) {
  for (size_t nodes : {7u, 8u, 17u, 23u}) {
    Hosts hosts(nodes, "a");
    int each = static_cast<int>(nodes / 3) - 1;
    Layout layout = LayOutCluster(hosts, 3, each);
    std::set<size_t> used(layout.primaries.begin(), layout.primaries.end());
    for (const ReplicaOf& pair : layout.replicas) used.insert(pair.replica);
    EXPECT_EQ(used.size(), nodes);
    EXPECT_EQ(layout.extra, nodes - 3 - 3 * static_cast<size_t>(each));
  }
}

TEST(LayOut, NoReplicasWanted) {
  Hosts hosts(3, "a");
  Layout layout = LayOutCluster(hosts, 3, 0);
  EXPECT_EQ(layout.primaries.size(), 3u);
  EXPECT_TRUE(layout.replicas.empty());
}

TEST(AntiAffinity, ScoreCountsWhoSharesAHost) {
  Hosts hosts = {"a", "b", "a", "b", "b"};
  Layout layout{.primaries = {0, 1}};
  layout.replicas = {{.replica = 2, .primary = 0}};  // beside its primary
  EXPECT_EQ(AntiAffinityScore(hosts, layout), 10000);
  layout.replicas = {{.replica = 3, .primary = 0}, {.replica = 4, .primary = 0}};  // beside each other
  EXPECT_EQ(AntiAffinityScore(hosts, layout), 2);
  layout.replicas = {{.replica = 3, .primary = 0}, {.replica = 2, .primary = 1}};
  EXPECT_EQ(AntiAffinityScore(hosts, layout), 0);
}

TEST(AntiAffinity, OptimizerFindsThePerfectLayout) {
  Hosts hosts = {"a", "b", "c", "a", "b", "c"};
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Layout layout{.primaries = {0, 1, 2}};
    for (size_t i = 0; i < 3; ++i) layout.replicas.push_back({.replica = i + 3, .primary = i});
    ASSERT_EQ(AntiAffinityScore(hosts, layout), 30000);
    Random dice(seed);
    OptimizeAntiAffinity(hosts, dice, layout);
    EXPECT_EQ(AntiAffinityScore(hosts, layout), 0) << seed;
    std::multiset<size_t> primaries;
    for (const ReplicaOf& pair : layout.replicas) primaries.insert(pair.primary);
    EXPECT_EQ(primaries, (std::multiset<size_t>{0, 1, 2}));
  }
}

TEST(AntiAffinity, SameSeedSameLayout) {
  Hosts hosts;
  for (int i = 0; i < 40; ++i) hosts.push_back(std::string(1, static_cast<char>('a' + i % 3)));
  Layout once = LayOutCluster(hosts, 10, 3);
  Layout twice = once;
  Random first(7);
  Random second(7);
  OptimizeAntiAffinity(hosts, first, once);
  OptimizeAntiAffinity(hosts, second, twice);
  for (size_t i = 0; i < once.replicas.size(); ++i) EXPECT_EQ(once.replicas[i].primary, twice.replicas[i].primary);
}

TEST(AntiAffinity, NothingChangesWhereNothingCanGetBetter) {
  Hosts hosts(6, "a");
  Layout layout = LayOutCluster(hosts, 3, 1);
  Layout before = layout;
  Random dice(1);
  OptimizeAntiAffinity(hosts, dice, layout);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(layout.replicas[i].primary, before.replicas[i].primary);
}

TEST(AntiAffinity, NeverWorse) {
  Random dice(3);
  for (int round = 0; round < 50; ++round) {
    Hosts hosts;
    for (uint64_t i = 0, count = 6 + dice.Below(20); i < count; ++i) hosts.push_back(std::to_string(dice.Below(4)));
    Layout layout = LayOutCluster(hosts, 3, static_cast<int>(hosts.size() / 3) - 1);
    int64_t before = AntiAffinityScore(hosts, layout);
    OptimizeAntiAffinity(hosts, dice, layout);
    EXPECT_LE(AntiAffinityScore(hosts, layout), before);
  }
}

TEST(Reshard, WalkthroughPlan) {
  std::vector<SlotSet> owned = {Range(0, 5460), Range(5461, 10922), Range(10923, 16383)};
  std::vector<SlotMove> moves = PlanReshard(owned, 4096);
  ASSERT_EQ(moves.size(), 4096u);
  // The biggest source first, with the share that is rounded up.
  EXPECT_EQ(moves.front().source, 1u);
  EXPECT_EQ(moves.front().slot, 5461);
  std::map<size_t, std::vector<int>> slots;
  for (const SlotMove& move : moves) slots[move.source].push_back(move.slot);
  EXPECT_EQ(slots[0].front(), 0);
  EXPECT_EQ(slots[0].back(), 1364);
  EXPECT_EQ(slots[1].back(), 6826);
  EXPECT_EQ(slots[2].front(), 10923);
  EXPECT_EQ(slots[2].back(), 12287);
  for (auto& [source, list] : slots) EXPECT_TRUE(std::ranges::is_sorted(list));
}

TEST(Reshard, AsManyAsWantedAlsoWhereSharesAreFractions) {
  std::vector<SlotSet> owned;
  for (int i = 0; i < 10; ++i) owned.push_back(Range(i * 1000, i * 1000 + 999));
  EXPECT_EQ(PlanReshard(owned, 15).size(), 15u);
  EXPECT_EQ(PlanReshard(owned, 1).size(), 1u);
  EXPECT_EQ(PlanReshard(owned, 9999).size(), 9999u);
}

TEST(Reshard, NoMoreThanThereIs) {
  std::vector<SlotSet> owned = {Range(0, 9), SlotSet(), Range(20, 20)};
  EXPECT_EQ(PlanReshard(owned, 100).size(), 11u);
  EXPECT_TRUE(PlanReshard({}, 5).empty());
  std::vector<SlotSet> nothing(2);
  EXPECT_TRUE(PlanReshard(nothing, 5).empty());
}

TEST(Rebalance, NotNeededWithinTheThreshold) {
  std::vector<Load> nodes = {{.slots = 5461}, {.slots = 5462}, {.slots = 5461}};
  RebalancePlan plan = PlanRebalance(nodes, 2);
  EXPECT_FALSE(plan.needed);
  EXPECT_TRUE(plan.transfers.empty());
  EXPECT_FLOAT_EQ(plan.total_weight, 3);
}

// Applies the transfers and checks that nobody gives what it does not have.
std::vector<int> After(const std::vector<Load>& nodes, const RebalancePlan& plan) {
  std::vector<int> slots;
  for (const Load& node : nodes) slots.push_back(node.slots);
  for (const Transfer& transfer : plan.transfers) {
    EXPECT_GT(transfer.slots, 0);
    EXPECT_NE(transfer.source, transfer.target);
    slots[transfer.source] -= transfer.slots;
    slots[transfer.target] += transfer.slots;
    EXPECT_GE(slots[transfer.source], 0);
  }
  return slots;
}

TEST(Rebalance, EmptyNodeGetsItsShare) {
  std::vector<Load> nodes = {{.slots = 5461}, {.slots = 5462}, {.slots = 5461}, {.slots = 0}};
  RebalancePlan plan = PlanRebalance(nodes, 2);
  EXPECT_TRUE(plan.needed);
  EXPECT_EQ(After(nodes, plan), (std::vector<int>{4096, 4096, 4096, 4096}));
}

TEST(Rebalance, Weights) {
  std::vector<Load> nodes = {{.slots = 8192, .weight = 3}, {.slots = 8192, .weight = 1}};
  EXPECT_EQ(After(nodes, PlanRebalance(nodes, 2)), (std::vector<int>{12288, 4096}));
  nodes = {{.slots = 8192, .weight = 1}, {.slots = 8192, .weight = 0}};
  EXPECT_EQ(After(nodes, PlanRebalance(nodes, 2)), (std::vector<int>{16384, 0}));
}

TEST(Rebalance, NobodyIsLeftFarFromItsShare) {
  Random dice(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<Load> nodes(3 + dice.Below(20));
    int left = kSlotCount;
    float total_weight = 0;
    for (Load& node : nodes) {
      node.slots = static_cast<int>(dice.Below(static_cast<uint64_t>(left) + 1));
      left -= node.slots;
      node.weight = static_cast<float>(1 + dice.Below(5));
      total_weight += node.weight;
    }
    nodes[0].slots += left;
    RebalancePlan plan = PlanRebalance(nodes, 0.01F);
    std::vector<int> slots = After(nodes, plan);
    EXPECT_EQ(std::accumulate(slots.begin(), slots.end(), 0), kSlotCount);
    for (size_t i = 0; i < nodes.size() && plan.needed; ++i) {
      EXPECT_NEAR(static_cast<float>(slots[i]), kSlotCount / total_weight * nodes[i].weight,
                  static_cast<float>(nodes.size()));
    }
  }
}

}  // namespace
}  // namespace dunlin::cli
