#include "values/hash.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "values/test_text.h"

namespace dunlin::values {
namespace {

constexpr uint64_t kSeed = 77;

std::map<std::string, std::string> Pairs(const Hash& hash) {
  std::map<std::string, std::string> pairs;
  hash.ForEach([&](std::string_view field, std::string_view value) {
    EXPECT_TRUE(pairs.emplace(field, value).second) << field;
  });
  return pairs;
}

TEST(Hash, ANewOneIsEmptyAndSmall) {
  Hash hash;
  EXPECT_TRUE(hash.empty());
  EXPECT_EQ(hash.encoding(), Encoding::kListpack);
  EXPECT_EQ(hash.memory_bytes(), 0u);
  EXPECT_FALSE(hash.Get("f").has_value());
  EXPECT_FALSE(hash.Erase("f"));
}

TEST(Hash, TenSmallFieldsStayPackedInTheOrderTheyCame) {
  Hash hash;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(hash.Set("field" + std::to_string(i), std::to_string(i * 100), {}, kSeed));
  }
  EXPECT_FALSE(hash.Set("field3", "new", {}, kSeed));
  EXPECT_EQ(hash.encoding(), Encoding::kListpack);
  EXPECT_LE(hash.memory_bytes(), 128u);
  ListpackView packed(hash.packed().data());
  EXPECT_EQ(ListpackView::Get(packed.Seek(6)).view(), "field3");
  EXPECT_EQ(ListpackView::Get(packed.Seek(7)).view(), "new");
}

TEST(Hash, BecomesLargeBeyondItsEntries) {
  EncodingLimits limits;
  Hash hash;
  for (int i = 0; i < 512; ++i) hash.Set("f" + std::to_string(i), "v", limits, kSeed);
  EXPECT_EQ(hash.encoding(), Encoding::kListpack);
  hash.Set("f7", "again", limits, kSeed);
  EXPECT_EQ(hash.encoding(), Encoding::kListpack);
  hash.Set("one more", "v", limits, kSeed);
  EXPECT_EQ(hash.encoding(), Encoding::kHashtable);
  EXPECT_EQ(hash.size(), 513u);
  EXPECT_EQ(hash.Get("f7")->view(), "again");
  while (!hash.empty()) hash.Erase(Pairs(hash).begin()->first);
  EXPECT_EQ(hash.encoding(), Encoding::kHashtable) << "it never goes back";
}

TEST(Hash, BecomesLargeForALongFieldOrValue) {
  EncodingLimits limits;
  Hash by_value;
  by_value.Set("f", std::string(64, 'v'), limits, kSeed);
  EXPECT_EQ(by_value.encoding(), Encoding::kListpack);
  by_value.Set("f", std::string(65, 'v'), limits, kSeed);
  EXPECT_EQ(by_value.encoding(), Encoding::kHashtable);
  Hash by_field;
  by_field.Set(std::string(65, 'f'), "", limits, kSeed);
  EXPECT_EQ(by_field.encoding(), Encoding::kHashtable);
}

TEST(Hash, OneCommandsArgumentsDecideTogether) {
  EncodingLimits limits;
  limits.hash_max_listpack_entries = 2;
  Hash hash;
  hash.PrepareToSet(std::vector<std::string_view>{"a", "1", "a", "2"}, limits, kSeed);
  EXPECT_EQ(hash.encoding(), Encoding::kListpack);
  hash.PrepareToSet(std::vector<std::string_view>{"a", "1", "a", "2", "a", "3"}, limits, kSeed);
  EXPECT_EQ(hash.encoding(), Encoding::kHashtable) << "though all are one field";
  Hash by_value;
  by_value.PrepareToSet(std::vector<std::string_view>{"a", std::string_view(std::string(65, 'x'))}, limits, kSeed);
  EXPECT_EQ(by_value.encoding(), Encoding::kHashtable);
}

TEST(Hash, AdoptsBlobs) {
  EncodingLimits limits;
  auto blob = [](const std::vector<std::string>& texts) {
    Listpack listpack;
    for (const std::string& text : texts) listpack.Append(text);
    return listpack;
  };
  auto small = Hash::FromListpack(blob({"f", "1", "g", "2"}), Duplicates::kCheck, limits, kSeed);
  ASSERT_TRUE(small.has_value());
  EXPECT_EQ(small->encoding(), Encoding::kListpack);
  EXPECT_EQ(small->Get("g")->integer(), 2);
  EXPECT_FALSE(Hash::FromListpack(blob({"f", "1", "g"}), Duplicates::kTrust, limits, kSeed).has_value());
  EXPECT_FALSE(Hash::FromListpack(blob({"f", "1", "f", "2"}), Duplicates::kCheck, limits, kSeed).has_value());
  EXPECT_TRUE(Hash::FromListpack(blob({"f", "1", "f", "2"}), Duplicates::kTrust, limits, kSeed).has_value());
  EXPECT_TRUE(Hash::FromListpack(Listpack(), Duplicates::kCheck, limits, kSeed)->empty());
  limits.hash_max_listpack_entries = 1;
  auto large = Hash::FromListpack(blob({"f", "1", "g", "2"}), Duplicates::kTrust, limits, kSeed);
  ASSERT_TRUE(large.has_value());
  EXPECT_EQ(large->encoding(), Encoding::kHashtable);
  EXPECT_FALSE(Hash::FromListpack(blob({"f", "1", "f", "2"}), Duplicates::kTrust, limits, kSeed).has_value());
}

TEST(Hash, ChangingAValueWithinItsSizeClassKeepsTheBlock) {
  EncodingLimits limits;
  limits.hash_max_listpack_entries = 0;
  Hash hash;
  hash.Set("field", "12345678", limits, kSeed);
  const char* before = hash.Get("field")->view().data();
  hash.Set("field", "12", limits, kSeed);
  EXPECT_EQ(hash.Get("field")->view().data(), before);
  EXPECT_EQ(hash.Get("field")->view(), "12");
  size_t memory = hash.memory_bytes();
  hash.Set("field", std::string(1000, 'x'), limits, kSeed);
  EXPECT_EQ(hash.memory_bytes(), memory - 16 + 1024);
  hash.Set("field", "12", limits, kSeed);
  EXPECT_EQ(hash.memory_bytes(), memory);
}

TEST(Hash, AScanSeesWhatIsThereThroughout) {
  EncodingLimits limits;
  limits.hash_max_listpack_entries = 0;
  Hash hash;
  for (int i = 0; i < 3000; ++i) hash.Set("stays" + std::to_string(i), "v", limits, kSeed);
  std::set<std::string> seen;
  uint64_t cursor = 0;
  int round = 0;
  do {
    cursor = hash.Scan(cursor, [&](std::string_view field, std::string_view) { seen.emplace(field); });
    for (int i = 0; i < 20 && round < 300; ++i) {
      hash.Set("comes" + std::to_string(round * 20 + i), "v", limits, kSeed);
    }
    if (round > 100) hash.Erase("comes" + std::to_string(round * 7));
    ++round;
  } while (cursor != 0 && round < 10000);
  EXPECT_EQ(cursor, 0u);
  for (int i = 0; i < 3000; ++i) EXPECT_TRUE(seen.contains("stays" + std::to_string(i))) << i;
}

void RunModel(const EncodingLimits& limits, size_t text_bytes) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Random random(seed);
    Hash hash;
    std::map<std::string, std::string> model;
    for (int i = 0; i < 1500; ++i) {
      std::string field = RandomText(random, text_bytes);
      switch (random.Below(8)) {
        case 0:
        case 1:
        case 2:
        case 3: {
          std::string value = RandomText(random, text_bytes);
          ASSERT_EQ(hash.Set(field, value, limits, kSeed), !model.contains(field));
          model[field] = value;
          break;
        }
        case 4:
        case 5: ASSERT_EQ(hash.Erase(field), model.erase(field) == 1); break;
        case 6: {
          auto value = hash.Get(field);
          ASSERT_EQ(value.has_value(), model.contains(field));
          if (value) {
            ASSERT_EQ(value->view(), model[field]);
          }
          break;
        }
        default:
          if (!model.empty()) {
            ElementPair pair = hash.RandomPair(random);
            ASSERT_EQ(pair.value.view(), model.at(pair.field.ToString()));
          }
          if (random.OneIn(20)) hash = hash.Clone();
          break;
      }
      ASSERT_EQ(hash.size(), model.size());
    }
    ASSERT_EQ(Pairs(hash), model);
  }
}

TEST(Hash, DoesWhatAMapDoes) { RunModel({}, 60); }
TEST(Hash, DoesWhatAMapDoesAcrossForms) {
  EncodingLimits limits;
  limits.hash_max_listpack_entries = 100;
  RunModel(limits, 60);
}
TEST(Hash, DoesWhatAMapDoesWithLongTexts) { RunModel({}, 5000); }

}  // namespace
}  // namespace dunlin::values
