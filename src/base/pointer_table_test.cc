#include "base/pointer_table.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "base/hash.h"

namespace dunlin {
namespace {

struct Item {
  uint64_t key;
};

// An adversary's hash: few positions, few tags.
uint64_t PoorHash(uint64_t key) { return (key % 3) << 40 | (key % 5); }
uint64_t GoodHash(uint64_t key) {
  return Hash64(std::string_view(reinterpret_cast<const char*>(&key), sizeof key), 99);
}

using HashFn = uint64_t (*)(uint64_t);

class Model {
 public:
  explicit Model(HashFn hash) : hash_(hash) {}
  ~Model() {
    for (auto& [key, item] : items_) delete item;
  }

  auto HashOf() {
    return [this](const Item* item) { return hash_(item->key); };
  }
  void Put(uint64_t key) {
    if (items_.contains(key)) return;
    auto* item = new Item{key};
    items_[key] = item;
    table_.Insert(hash_(key), item, HashOf());
  }
  void Drop(uint64_t key) {
    auto place = Find(key);
    ASSERT_EQ(static_cast<bool>(place), items_.contains(key));
    if (!place) return;
    table_.Erase(hash_(key), place, HashOf());
    delete items_[key];
    items_.erase(key);
  }
  PointerTable<Item>::Place Find(uint64_t key) {
    return table_.Find(hash_(key), [key](const Item* item) { return item->key == key; });
  }
  void Check() {
    ASSERT_EQ(table_.size(), items_.size());
    for (auto& [key, item] : items_) {
      auto place = Find(key);
      ASSERT_TRUE(place) << key;
      ASSERT_EQ(place.get(), item);
    }
    std::set<uint64_t> seen;
    table_.ForEach([&](Item* item) { seen.insert(item->key); });
    ASSERT_EQ(seen.size(), items_.size());
  }

  HashFn hash_;
  std::map<uint64_t, Item*> items_;
  PointerTable<Item> table_;
};

TEST(PointerTable, AgreesWithAMap) {
  for (HashFn hash : {&GoodHash, &PoorHash}) {
    Model model(hash);
    Random random(11);
    for (int round = 0; round < 40; ++round) {
      bool growing = round % 4 < 2;
      for (int i = 0; i < 60; ++i) {
        uint64_t key = random.Below(500);
        if (growing ? !random.OneIn(4) : random.OneIn(4)) {
          model.Put(key);
        } else {
          model.Drop(key);
        }
      }
      model.Check();
    }
  }
}

TEST(PointerTable, LargeTablesResizeInSteps) {
  Model model(&GoodHash);
  bool stepwise = false;
  for (uint64_t key = 0; key < 60000; ++key) {
    model.Put(key);
    stepwise |= model.table_.resizing();
    if (key % 7001 == 0) model.Check();
  }
  EXPECT_TRUE(stepwise);
  model.Check();
  for (uint64_t key = 0; key < 59990; ++key) model.Drop(key);
  model.Check();
  EXPECT_LT(model.table_.bytes(), 100u * 64);
}

// The promise of SCAN: what is there from the first call to the last is seen, whatever grows and shrinks in between.
TEST(PointerTable, ScanMissesNothingThatStays) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Model model(&GoodHash);
    Random random(seed);
    uint64_t lasting = 20 + random.Below(12000);
    for (uint64_t key = 0; key < lasting; ++key) model.Put(key);
    std::set<uint64_t> seen;
    uint64_t extra = 1000000;
    uint64_t dropped = 1000000;
    for (uint64_t cursor = 0; cursor < PointerTable<Item>::kScanEnd;) {
      cursor = model.table_.Scan(cursor, [&](Item* item) { seen.insert(item->key); });
      bool grow = (seed + cursor / (PointerTable<Item>::kScanEnd / 4)) % 2 == 0;
      for (int i = 0; i < 20; ++i) {
        if (grow) {
          model.Put(extra++);
        } else if (dropped < extra) {
          model.Drop(dropped++);
        }
      }
    }
    for (uint64_t key = 0; key < lasting; ++key) ASSERT_TRUE(seen.contains(key)) << "seed " << seed << " key " << key;
  }
}

TEST(PointerTable, RandomItemsAreFair) {
  Model model(&GoodHash);
  for (uint64_t key = 0; key < 200; ++key) model.Put(key);
  Random random(5);
  std::vector<int> hits(200);
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) ++hits[model.table_.RandomItem(random)->key];
  for (int h : hits) {
    EXPECT_GT(h, kDraws / 200 * 7 / 10);
    EXPECT_LT(h, kDraws / 200 * 13 / 10);
  }
  Model one(&GoodHash);
  one.Put(1);
  EXPECT_EQ(one.table_.RandomItem(random)->key, 1u);
}

TEST(PointerTable, ItemsMayMove) {
  Model model(&GoodHash);
  for (uint64_t key = 0; key < 50; ++key) model.Put(key);
  auto* moved = new Item{7};
  auto place = model.Find(7);
  delete place.get();
  place.set(moved);
  model.items_[7] = moved;
  model.Check();
}

}  // namespace
}  // namespace dunlin
