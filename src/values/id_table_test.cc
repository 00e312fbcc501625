#include "values/id_table.h"

#include <gtest/gtest.h>

#include <map>

#include "base/random.h"

namespace dunlin::values {
namespace {

struct Item {
  StreamId id;
  uint64_t value;
};
using Table = IdTable<Item>;
using Model = std::map<StreamId, uint64_t>;

void ExpectSame(const Table& table, const Model& model) {
  ASSERT_EQ(table.size(), model.size());
  auto expected = model.begin();
  for (auto at = table.First(); at.valid(); at.Next(), ++expected) {
    ASSERT_NE(expected, model.end());
    ASSERT_EQ(at.item().id, expected->first);
    ASSERT_EQ(at.item().value, expected->second);
  }
  ASSERT_EQ(expected, model.end());
  auto backwards = model.rbegin();
  for (auto at = table.Last(); at.valid(); at.Previous(), ++backwards) ASSERT_EQ(at.item().id, backwards->first);
  ASSERT_EQ(backwards, model.rend());
}

TEST(IdTable, ANewOneIsEmpty) {
  Table table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.memory_bytes(), 0u);
  EXPECT_FALSE(table.First().valid());
  EXPECT_FALSE(table.Last().valid());
  EXPECT_FALSE(table.AtOrAfter({}).valid());
  EXPECT_FALSE(table.AtOrBefore(StreamId::Max()).valid());
  EXPECT_EQ(table.Find({1, 1}), nullptr);
  EXPECT_FALSE(table.Erase(StreamId{1, 1}));
}

TEST(IdTable, NothingStandsTwice) {
  Table table;
  EXPECT_TRUE(table.Insert({{5, 0}, 1}));
  EXPECT_FALSE(table.Insert({{5, 0}, 2}));
  EXPECT_TRUE(table.Insert({{4, 9}, 3}));
  EXPECT_FALSE(table.Insert({{4, 9}, 4}));
  EXPECT_EQ(table.Find({5, 0})->value, 1u);
  EXPECT_EQ(table.Find({4, 9})->value, 3u);
  EXPECT_EQ(table.size(), 2u);
}

TEST(IdTable, NeighboursOfAnyId) {
  Table table;
  for (uint64_t i = 1; i <= 1000; ++i) table.Insert({{i * 2, 7}, i});
  for (uint64_t i = 1; i <= 1000; ++i) {
    EXPECT_EQ(table.AtOrAfter({i * 2, 7}).item().value, i);
    EXPECT_EQ(table.AtOrBefore({i * 2, 7}).item().value, i);
    EXPECT_EQ(table.AtOrAfter({i * 2, 6}).item().value, i);
    EXPECT_EQ(table.AtOrBefore({i * 2, 8}).item().value, i);
  }
  EXPECT_FALSE(table.AtOrBefore({2, 6}).valid());
  EXPECT_FALSE(table.AtOrAfter({2000, 8}).valid());
  EXPECT_EQ(table.AtOrBefore(StreamId::Max()).item().value, 1000u);
}

TEST(IdTable, AppendingLeavesFullChunksBehind) {
  Table table;
  for (uint64_t i = 0; i < 100000; ++i) table.Insert({{i, 0}, i});
  EXPECT_LT(table.memory_bytes(), 100000 * sizeof(Item) * 11 / 10);
}

TEST(IdTable, ErasingGivesMemoryBack) {
  Random random(3);
  Table table;
  for (uint64_t i = 0; i < 20000; ++i) table.Insert({{i, 0}, i});
  for (uint64_t i = 0; i < 20000; ++i) {
    if (i % 100 != 0) table.Erase(StreamId{i, 0});
  }
  EXPECT_EQ(table.size(), 200u);
  EXPECT_LT(table.memory_bytes(), 200 * sizeof(Item) * 6);
  for (uint64_t i = 0; i < 20000; i += 100) EXPECT_TRUE(table.Erase(StreamId{i, 0}));
  EXPECT_TRUE(table.empty());
}

TEST(IdTable, BehavesLikeAMap) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed);
    Table table;
    Model model;
    for (int step = 0; step < 20000; ++step) {
      StreamId id{random.Below(40), random.Below(60)};
      if (random.OneIn(3) && step % 4000 < 2500) id.ms = 100 + static_cast<uint64_t>(step);
      if (random.Below(100) < (step % 4000 < 2500 ? 70u : 20u)) {
        ASSERT_EQ(table.Insert({id, static_cast<uint64_t>(step)}), model.emplace(id, step).second);
      } else if (random.OneIn(2) && !model.empty()) {
        table.Erase(table.First());
        model.erase(model.begin());
      } else {
        ASSERT_EQ(table.Erase(id), model.erase(id) > 0);
      }
      auto expected = model.lower_bound(id);
      auto at = table.AtOrAfter(id);
      ASSERT_EQ(at.valid(), expected != model.end());
      if (at.valid()) ASSERT_EQ(at.item().id, expected->first);
      if (step % 500 == 0) ExpectSame(table, model);
    }
    ExpectSame(table, model);
  }
}

}  // namespace
}  // namespace dunlin::values
