#include "store/slot.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"

namespace dunlin::store {
namespace {

constexpr DbIndex kDb(0);

class SlotTest : public ::testing::Test {
 protected:
  KeyRef Ref(std::string_view key) const { return MakeKeyRef(key, context_.hash_seed); }
  void Put(std::string_view key, std::string_view value, int64_t expire_at_ms = kNoExpiry, DbIndex db = kDb) {
    slot_.PutString(context_, db, Ref(key), value, expire_at_ms);
  }
  bool Erase(std::string_view key, DbIndex db = kDb) { return slot_.Erase(context_, db, Ref(key)); }
  static std::string TextOf(const Entry& entry) {
    Entry::Scratch scratch;
    return std::string(entry.StringBytes(scratch));
  }
  std::optional<std::string> Get(std::string_view key, DbIndex db = kDb) {
    const Entry* entry = slot_.Find(db, Ref(key));
    return entry == nullptr ? std::nullopt : std::optional<std::string>(TextOf(*entry));
  }
  void Cut() {
    context_.generation = !context_.generation;
    slot_.BeginSnapshot();
  }

  SlotContext context_{.hash_seed = 7};
  Slot slot_;
};

TEST_F(SlotTest, KeysOfOneDatabaseAreNotInAnother) {
  Put("k", "zero");
  Put("k", "three", kNoExpiry, DbIndex(3));
  EXPECT_EQ(Get("k"), "zero");
  EXPECT_EQ(Get("k", DbIndex(3)), "three");
  EXPECT_EQ(Get("k", DbIndex(1)), std::nullopt);
  EXPECT_EQ(slot_.key_count(kDb), 1u);
  EXPECT_EQ(slot_.key_count(DbIndex(3)), 1u);
  EXPECT_TRUE(Erase("k", DbIndex(3)));
  EXPECT_FALSE(Erase("k", DbIndex(3)));
  EXPECT_EQ(Get("k"), "zero");
}

TEST_F(SlotTest, DatabasesChangePlaces) {
  Put("a", "0");
  Put("b", "2", kNoExpiry, DbIndex(2));
  slot_.SwapTables(kDb, DbIndex(2));
  EXPECT_EQ(Get("a", DbIndex(2)), "0");
  EXPECT_EQ(Get("b"), "2");
  slot_.SwapTables(DbIndex(5), kDb);
  EXPECT_EQ(Get("b", DbIndex(5)), "2");
  EXPECT_EQ(slot_.key_count(kDb), 0u);
}

TEST_F(SlotTest, ValuesOfAnyLengthReplaceEachOther) {
  const size_t kLengths[] = {0, 1, 12, 255, 256, 1024, 1025, 100000, 3, 70000, 0};
  for (size_t length : kLengths) {
    std::string value(length, static_cast<char>('a' + length % 26));
    Put("k", value);
    EXPECT_EQ(Get("k"), value);
  }
  slot_.PutInteger(context_, kDb, Ref("k"), -42, kNoExpiry);
  EXPECT_EQ(Get("k"), "-42");
  slot_.RawStringForWrite(context_, kDb, Ref("k"))->Append("!");
  EXPECT_EQ(Get("k"), "-42!");
  EXPECT_EQ(slot_.key_count(kDb), 1u);
}

TEST_F(SlotTest, TheBoundOfExpiryIsNeverTooLate) {
  auto bound = [&] { return slot_.TableIfAny(kDb)->earliest_expiry_ms; };
  auto count = [&] { return slot_.TableIfAny(kDb)->expiry_count; };
  EXPECT_EQ(bound(), INT64_MAX);
  Put("a", "1", 5000);
  Put("b", "1", 3000);
  EXPECT_LE(bound(), 3000);
  EXPECT_EQ(count(), 2u);
  slot_.SetExpiry(context_, kDb, Ref("a"), 1000);
  EXPECT_LE(bound(), 1000);
  slot_.SetExpiry(context_, kDb, Ref("a"), kNoExpiry);
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(slot_.Find(kDb, Ref("a"))->expire_at_ms(), kNoExpiry);
  EXPECT_EQ(Get("a"), "1");
  Put("b", "2");
  EXPECT_EQ(count(), 0u);
  EXPECT_EQ(bound(), INT64_MAX);
  EXPECT_EQ(slot_.SetExpiry(context_, kDb, Ref("none"), 9), nullptr);
}

TEST_F(SlotTest, AnExtractedEntryBelongsToTheCaller) {
  Put("k", "v", 77);
  Entry* entry = slot_.Extract(context_, kDb, Ref("k"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(TextOf(*entry), "v");
  EXPECT_EQ(entry->expire_at_ms(), 77);
  EXPECT_EQ(slot_.key_count(kDb), 0u);
  Entry::Free(entry);
  EXPECT_EQ(slot_.Extract(context_, kDb, Ref("k")), nullptr);
}

TEST_F(SlotTest, WatchersAreTouchedByTheirKeyOnly) {
  auto mine = std::make_shared<WatchFlag>();
  auto other = std::make_shared<WatchFlag>();
  slot_.Watch(kDb, "k", mine, false);
  slot_.Watch(DbIndex(1), "k", other, false);
  slot_.TouchWatchers(context_, kDb, "x");
  EXPECT_FALSE(mine->touched);
  slot_.TouchWatchers(context_, kDb, "k");
  EXPECT_TRUE(mine->touched);
  EXPECT_FALSE(other->touched);
  mine->touched = false;
  slot_.Unwatch(kDb, "k", mine.get());
  slot_.TouchWatchers(context_, kDb, "k");
  EXPECT_FALSE(mine->touched);
}

TEST_F(SlotTest, ForWhoWatchesAStaleKeyIsNone) {
  Put("k", "v", 10);
  auto flag = std::make_shared<WatchFlag>();
  slot_.Watch(kDb, "k", flag, true);
  EXPECT_TRUE(slot_.WatchedStale(kDb, "k", flag.get()));
  Erase("k");
  slot_.TouchWatchers(context_, kDb, "k");
  EXPECT_FALSE(flag->touched) << "it only went";
  EXPECT_FALSE(slot_.WatchedStale(kDb, "k", flag.get()));
  Put("k", "v");
  slot_.TouchWatchers(context_, kDb, "k");
  EXPECT_TRUE(flag->touched);
}

TEST_F(SlotTest, WatchersOfReplacedDatabasesAreTouchedWhenTheKeyChanges) {
  constexpr int64_t kNowMs = 1000;
  const DbIndex kOther(1);
  auto flag = std::make_shared<WatchFlag>();
  auto touched_after = [&](std::optional<DbIndex> with) {
    flag->touched = false;
    slot_.TouchReplaced(context_, kDb, with ? slot_.TableIfAny(*with) : nullptr, kNowMs);
    return flag->touched.load();
  };
  slot_.Watch(kDb, "k", flag, false);
  EXPECT_FALSE(touched_after(std::nullopt)) << "there was none and there is none";
  EXPECT_FALSE(touched_after(kOther));
  Put("k", "stale", kNowMs - 1, kOther);
  EXPECT_FALSE(touched_after(kOther)) << "a stale key is none";
  EXPECT_TRUE(slot_.WatchedStale(kDb, "k", flag.get()));
  Put("k", "v", kNoExpiry, kOther);
  EXPECT_TRUE(touched_after(kOther));
  Erase("k", kOther);
  slot_.Unwatch(kDb, "k", flag.get());
  Put("k", "v");
  slot_.Watch(kDb, "k", flag, false);
  EXPECT_TRUE(touched_after(std::nullopt));
  EXPECT_TRUE(touched_after(kOther));
}

TEST_F(SlotTest, TheLongestWaitingStandsFirst) {
  auto first = std::make_shared<Waiter>();
  auto second = std::make_shared<Waiter>();
  second->when_gone = true;
  EXPECT_FALSE(slot_.has_waiters());
  EXPECT_EQ(slot_.AddWaiter(kDb, "k", first).keys, 1);
  WaitedKeys change = slot_.AddWaiter(kDb, "k", second);
  EXPECT_EQ(change.keys, 0);
  EXPECT_EQ(change.keys_when_gone, 1);
  EXPECT_EQ(*slot_.WaitersOf(kDb, "k"), (WaitingLine{first, second}));
  EXPECT_EQ(slot_.WaitersOf(DbIndex(1), "k"), nullptr);
  EXPECT_EQ(slot_.RemoveWaiter(kDb, "k", first.get()).keys, 0);
  EXPECT_EQ(slot_.RemoveWaiter(kDb, "k", first.get()).keys, 0);
  change = slot_.RemoveWaiter(kDb, "k", second.get());
  EXPECT_EQ(change.keys, -1);
  EXPECT_EQ(change.keys_when_gone, -1);
  EXPECT_FALSE(slot_.has_waiters());
}

TEST_F(SlotTest, WideWaitersAreCountedByTheirPlaces) {
  auto narrow = std::make_shared<Waiter>();
  auto wide = std::make_shared<Waiter>();
  narrow->slots = {SlotId(1)};
  wide->slots = {SlotId(1), SlotId(2)};
  slot_.AddWaiter(kDb, "a", narrow);
  EXPECT_FALSE(slot_.has_wide_waiters());
  slot_.AddWaiter(kDb, "a", wide);
  slot_.AddWaiter(kDb, "b", wide);
  slot_.RemoveWaiter(kDb, "a", wide.get());
  EXPECT_TRUE(slot_.has_wide_waiters());
  slot_.RemoveWaiter(kDb, "b", wide.get());
  EXPECT_FALSE(slot_.has_wide_waiters());
  EXPECT_TRUE(slot_.has_waiters());
}

TEST_F(SlotTest, ASnapshotEndsAtOnceWhereThereIsNothing) {
  Cut();
  EXPECT_FALSE(slot_.pending_snapshot());
  Put("new", "1");
  EXPECT_FALSE(slot_.SnapshotSome(context_, 1, [](DbIndex, const Entry&) { FAIL(); }));
}

TEST_F(SlotTest, AnAbandonedSnapshotLeavesTheKeysAsTheyAre) {
  Put("a", "1");
  Put("b", "1");
  Cut();
  Put("a", "2");
  Erase("b");
  slot_.AbandonSnapshot(context_);
  EXPECT_FALSE(slot_.pending_snapshot());
  EXPECT_EQ(Get("a"), "2");
  EXPECT_EQ(Get("b"), std::nullopt);
}

// Keys are changed in every way while a snapshot walks: what it saves is the moment of the cut, each key once.
TEST_F(SlotTest, ASnapshotShowsTheMomentOfItsCut) {
  using Model = std::map<std::pair<int, std::string>, std::pair<std::string, int64_t>>;
  Random random(1);
  Model live;
  auto change = [&] {
    DbIndex db(static_cast<uint16_t>(random.Below(3)));
    std::string key = "key" + std::to_string(random.Below(60));
    auto at = live.find({db.value, key});
    std::string value(random.Below(30) * random.Below(60), static_cast<char>('a' + random.Below(26)));
    auto expire_at_ms = random.Below(2) == 0 ? kNoExpiry : static_cast<int64_t>(random.Below(100000));
    switch (random.Below(7)) {
      case 0:
      case 1:
        Put(key, value, expire_at_ms, db);
        live[{db.value, key}] = {value, expire_at_ms};
        return;
      case 2: {
        auto number = static_cast<int64_t>(random.Below(1000));
        slot_.PutInteger(context_, db, Ref(key), number, expire_at_ms);
        live[{db.value, key}] = {std::to_string(number), expire_at_ms};
        return;
      }
      case 3:
        EXPECT_EQ(Erase(key, db), at != live.end());
        if (at != live.end()) live.erase(at);
        return;
      case 4:
        slot_.SetExpiry(context_, db, Ref(key), expire_at_ms);
        if (at != live.end()) at->second.second = expire_at_ms;
        return;
      case 5:
        if (at == live.end()) return;
        slot_.RawStringForWrite(context_, db, Ref(key))->Append("+");
        at->second.first += "+";
        return;
      default:
        if (Entry* entry = slot_.Extract(context_, db, Ref(key))) {
          EXPECT_NE(at, live.end());
          EXPECT_EQ(TextOf(*entry), at->second.first);
          Entry::Free(entry);
          live.erase(at);
        }
    }
  };
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 50; ++i) change();
    Model at_cut = live;
    Model saved;
    Cut();
    auto save = [&](DbIndex db, const Entry& entry) {
      bool fresh = saved
                       .emplace(std::pair(static_cast<int>(db.value), std::string(entry.key())),
                                std::pair(TextOf(entry), entry.expire_at_ms()))
                       .second;
      EXPECT_TRUE(fresh) << "saved twice: " << entry.key();
    };
    size_t budget = 1 + random.Below(500);
    while (slot_.SnapshotSome(context_, budget, save)) {
      for (uint64_t i = random.Below(20); i > 0; --i) change();
    }
    ASSERT_EQ(saved, at_cut) << "round " << round;
    ASSERT_FALSE(slot_.pending_snapshot());
  }
  for (const auto& [name, value] : live) {
    EXPECT_EQ(Get(name.second, DbIndex(static_cast<uint16_t>(name.first))), value.first);
  }
}

TEST_F(SlotTest, WhatIsKeptForASnapshotIsCountedUntilItIsSaved) {
  Put("changed", std::string(5000, 'a'));
  Put("gone", "b");
  Put("stays", "c");
  Cut();
  EXPECT_EQ(context_.kept_bytes.load(), 0);
  Put("changed", "d");
  EXPECT_GT(context_.kept_bytes.load(), 5000);
  int64_t before = context_.kept_bytes.load();
  Erase("gone");
  EXPECT_GT(context_.kept_bytes.load(), before);
  int saved = 0;
  EXPECT_FALSE(slot_.SnapshotSome(context_, SIZE_MAX, [&](DbIndex, const Entry&) { ++saved; }));
  EXPECT_EQ(saved, 3);
  EXPECT_EQ(context_.kept_bytes.load(), 0);
}

TEST_F(SlotTest, ADatabaseWithoutKeysTakesNothing) {
  size_t before = slot_.overhead_bytes();
  Put("a", "1", kNoExpiry, DbIndex(9));
  Put("b", "2", kNoExpiry, DbIndex(2));
  EXPECT_GT(slot_.overhead_bytes(), before);
  Erase("a", DbIndex(9));
  EXPECT_EQ(slot_.table_count(), 3u);
  EXPECT_EQ(Get("b", DbIndex(2)), "2");
  Erase("b", DbIndex(2));
  EXPECT_EQ(slot_.overhead_bytes(), before);
  // Whoever watches is not forgotten.
  auto flag = std::make_shared<WatchFlag>();
  slot_.Watch(DbIndex(4), "w", flag, false);
  Put("w", "1", kNoExpiry, DbIndex(4));
  Erase("w", DbIndex(4));
  slot_.TouchWatchers(context_, DbIndex(4), "w");
  EXPECT_TRUE(flag->touched);
}

TEST_F(SlotTest, AnEntryIsFoundByItsHashAlone) {
  Put("a", "1");
  Put("b", "2", kNoExpiry, DbIndex(1));
  EXPECT_EQ(slot_.FindByHash(context_, kDb, Ref("a").hash), slot_.Find(kDb, Ref("a")));
  EXPECT_EQ(slot_.FindByHash(context_, kDb, Ref("b").hash), nullptr);
  EXPECT_NE(slot_.FindByHash(context_, DbIndex(1), Ref("b").hash), nullptr);
}

}  // namespace
}  // namespace dunlin::store
