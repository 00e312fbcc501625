#include "values/set.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "values/test_text.h"

namespace dunlin::values {
namespace {

constexpr uint64_t kSeed = 77;

std::set<std::string> Members(const Set& set) {
  std::set<std::string> members;
  set.ForEach([&](std::string_view member) { EXPECT_TRUE(members.emplace(member).second) << member; });
  return members;
}

TEST(Set, ANewOneIsEmpty) {
  Set set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.memory_bytes(), 0u);
  EXPECT_FALSE(set.Contains("x"));
  EXPECT_FALSE(set.Contains("1"));
  EXPECT_FALSE(set.Remove("x"));
}

TEST(Set, TheFirstMemberAndTheirNumberChooseTheForm) {
  EncodingLimits limits;
  auto form = [&](std::string_view first, size_t count) {
    Set set;
    set.PrepareToAdd(first, count, limits, kSeed);
    return set.encoding();
  };
  EXPECT_EQ(form("1", 512), Encoding::kIntset);
  EXPECT_EQ(form("1", 513), Encoding::kHashtable);
  EXPECT_EQ(form("x", 128), Encoding::kListpack);
  EXPECT_EQ(form("x", 129), Encoding::kHashtable);
  limits.set_max_intset_entries = 10;
  EXPECT_EQ(form("1", 100), Encoding::kListpack) << "too many for an intset, not for a listpack";
}

TEST(Set, ManyNewMembersMakeASmallSetLarge) {
  EncodingLimits limits;
  Set integers;
  integers.Add("1", limits, kSeed);
  integers.PrepareToAdd("x", 512, limits, kSeed);
  EXPECT_EQ(integers.encoding(), Encoding::kIntset);
  integers.PrepareToAdd("x", 513, limits, kSeed);
  EXPECT_EQ(integers.encoding(), Encoding::kHashtable);
  EXPECT_TRUE(integers.Contains("1"));
  Set texts;
  texts.Add("x", limits, kSeed);
  texts.PrepareToAdd("1", 129, limits, kSeed);
  EXPECT_EQ(texts.encoding(), Encoding::kHashtable);
}

TEST(Set, IntegersBecomeATableBeyondTheirLimit) {
  EncodingLimits limits;
  Set set;
  for (int i = 0; i < 512; ++i) EXPECT_TRUE(set.Add(std::to_string(i), limits, kSeed));
  EXPECT_FALSE(set.Add("5", limits, kSeed));
  EXPECT_EQ(set.encoding(), Encoding::kIntset);
  EXPECT_TRUE(set.Add("512", limits, kSeed));
  EXPECT_EQ(set.encoding(), Encoding::kHashtable);
  EXPECT_EQ(set.size(), 513u);
}

TEST(Set, ATextAmongIntegersMakesAListpack) {
  EncodingLimits limits;
  auto with_text = [&](int integers, const std::string& text) {
    Set set;
    for (int i = 0; i < integers; ++i) set.Add(std::to_string(i), limits, kSeed);
    EXPECT_TRUE(set.Add(text, limits, kSeed));
    EXPECT_TRUE(set.Contains(text));
    EXPECT_EQ(set.size(), static_cast<uint32_t>(integers) + 1);
    return set.encoding();
  };
  EXPECT_EQ(with_text(3, "x"), Encoding::kListpack);
  EXPECT_EQ(with_text(127, "x"), Encoding::kListpack);
  EXPECT_EQ(with_text(128, "x"), Encoding::kHashtable);
  EXPECT_EQ(with_text(3, std::string(64, 'x')), Encoding::kListpack);
  EXPECT_EQ(with_text(3, std::string(65, 'x')), Encoding::kHashtable);
  limits.set_max_listpack_value_bytes = 2;
  EXPECT_EQ(with_text(100, "x"), Encoding::kListpack);
  EXPECT_EQ(with_text(101, "x"), Encoding::kHashtable) << "100 has three digits";
}

TEST(Set, AListpackBecomesATableBeyondItsLimits) {
  EncodingLimits limits;
  Set set;
  for (int i = 0; i < 128; ++i) set.Add("m" + std::to_string(i), limits, kSeed);
  EXPECT_EQ(set.encoding(), Encoding::kListpack);
  EXPECT_FALSE(set.Add("m5", limits, kSeed));
  EXPECT_EQ(set.encoding(), Encoding::kListpack);
  EXPECT_TRUE(set.Add("129", limits, kSeed));
  EXPECT_EQ(set.encoding(), Encoding::kHashtable);
  Set with_long;
  with_long.Add("x", limits, kSeed);
  with_long.Add(std::string(65, 'y'), limits, kSeed);
  EXPECT_EQ(with_long.encoding(), Encoding::kHashtable);
}

TEST(Set, CanBecomeAnIntsetAgain) {
  EncodingLimits limits;
  Set set;
  set.PrepareToAdd("x", 1000, limits, kSeed);
  for (int i = 0; i < 100; ++i) set.Add(std::to_string(i * 1000), limits, kSeed);
  std::set<std::string> before = Members(set);
  EXPECT_TRUE(set.BecomeIntsetIfPossible(limits));
  EXPECT_EQ(set.encoding(), Encoding::kIntset);
  EXPECT_EQ(Members(set), before);
  set.Add("x", limits, kSeed);
  EXPECT_FALSE(set.BecomeIntsetIfPossible(limits));
  EXPECT_EQ(set.encoding(), Encoding::kListpack);
}

TEST(Set, AdoptsBlobs) {
  EncodingLimits limits;
  auto blob = [](int count) {
    Listpack listpack;
    for (int i = 0; i < count; ++i) listpack.AppendInteger(i);
    return listpack;
  };
  EXPECT_EQ(Set::FromListpack(blob(128), Duplicates::kCheck, limits, kSeed)->encoding(), Encoding::kListpack);
  EXPECT_EQ(Set::FromListpack(blob(129), Duplicates::kTrust, limits, kSeed)->encoding(), Encoding::kHashtable);
  Listpack twice = blob(3);
  twice.AppendInteger(1);
  EXPECT_FALSE(Set::FromListpack(twice.Clone(), Duplicates::kCheck, limits, kSeed).has_value());
  EXPECT_TRUE(Set::FromListpack(twice.Clone(), Duplicates::kTrust, limits, kSeed).has_value());
  limits.set_max_listpack_entries = 2;
  EXPECT_FALSE(Set::FromListpack(twice.Clone(), Duplicates::kTrust, limits, kSeed).has_value());
  Intset intset;
  for (int i = 0; i < 513; ++i) intset.Add(i);
  EXPECT_EQ(Set::FromIntset(intset.Clone(), limits, kSeed).encoding(), Encoding::kHashtable);
  intset.Remove(7);
  Set adopted = Set::FromIntset(std::move(intset), limits, kSeed);
  EXPECT_EQ(adopted.encoding(), Encoding::kIntset);
  EXPECT_EQ(adopted.size(), 512u);
  EXPECT_FALSE(adopted.Contains("7"));
}

void RunModel(const EncodingLimits& limits, bool start_with_integers) {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    Random random(seed);
    Set set;
    std::set<std::string> model;
    for (int i = 0; i < 1500; ++i) {
      bool integer = start_with_integers && i < 600;
      std::string member = integer ? RandomInteger(random) : RandomText(random, 60);
      switch (random.Below(6)) {
        case 0:
        case 1:
        case 2: ASSERT_EQ(set.Add(member, limits, kSeed), model.insert(member).second); break;
        case 3:
          if (!model.empty() && random.OneIn(2)) member = *model.begin();
          ASSERT_EQ(set.Remove(member), model.erase(member) == 1);
          break;
        case 4: ASSERT_EQ(set.Contains(member), model.contains(member)); break;
        default:
          if (!model.empty()) {
            ASSERT_TRUE(model.contains(set.RandomMember(random).ToString()));
          }
          if (random.OneIn(20)) set = set.Clone();
          if (random.OneIn(50)) set.BecomeIntsetIfPossible(limits);
          break;
      }
      ASSERT_EQ(set.size(), model.size());
    }
    ASSERT_EQ(Members(set), model);
    std::set<std::string> scanned;
    uint64_t cursor = 0;
    do {
      cursor = set.Scan(cursor, [&](std::string_view seen) { scanned.emplace(seen); });
    } while (cursor != 0);
    ASSERT_EQ(scanned, model);
  }
}

TEST(Set, DoesWhatAStdSetDoes) { RunModel({}, false); }
TEST(Set, DoesWhatAStdSetDoesFromIntegersOn) { RunModel({}, true); }
TEST(Set, DoesWhatAStdSetDoesWithRoomForAll) {
  EncodingLimits limits;
  limits.set_max_listpack_entries = 10000;
  limits.set_max_intset_entries = 10000;
  RunModel(limits, true);
}

TEST(Set, RandomMembersAreSpreadOverAll) {
  EncodingLimits limits;
  Set set;
  for (int i = 0; i < 2000; ++i) set.Add("m" + std::to_string(i), limits, kSeed);
  Random random(3);
  std::set<std::string> drawn;
  for (int i = 0; i < 20000; ++i) drawn.insert(set.RandomMember(random).ToString());
  EXPECT_GT(drawn.size(), 1900u);
}

}  // namespace
}  // namespace dunlin::values
