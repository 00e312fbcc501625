#include "values/value.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "values/ring.h"

namespace dunlin::values {
namespace {

constexpr uint64_t kSeed = 77;

TEST(Type, NamesAreTheFields) {
  EXPECT_EQ(TypeName(Type::kSortedSet), "zset");
  EXPECT_EQ(TypeName(Type::kString), "string");
  EXPECT_EQ(EncodingName(Encoding::kSkiplist), "skiplist");
  EXPECT_EQ(EncodingName(Encoding::kHashtable), "hashtable");
}

TEST(Value, StringsAreIntegersWhenTheyCanBe) {
  EXPECT_EQ(Value().text().view(), "");
  EXPECT_EQ(Value::OfString("123").encoding(), Encoding::kInt);
  EXPECT_EQ(Value::OfString("0123").encoding(), Encoding::kRaw);
  EXPECT_EQ(Value::OfString("-5").text().view(), "-5");
  EXPECT_EQ(Value::OfString("-5").size(), 2u);
  EXPECT_EQ(Value::OfString("text").Clone().text().view(), "text");
}

TEST(Value, ClonesOfCollectionsAreApart) {
  EncodingLimits limits;
  List list;
  list.Push(ListEnd::kBack, "a", limits);
  Value original(std::move(list));
  Value copy = original.Clone();
  copy.list().Push(ListEnd::kBack, "b", limits);
  EXPECT_EQ(original.size(), 1u);
  EXPECT_EQ(copy.size(), 2u);
  EXPECT_EQ(copy.type(), Type::kList);
  EXPECT_EQ(copy.encoding(), Encoding::kListpack);
  EXPECT_GT(copy.memory_bytes(), 0u);
}

TEST(Value, EachTypeSaysWhatItIs) {
  Set set;
  set.Add("1", {}, kSeed);
  Hash hash;
  hash.Set("f", "v", {}, kSeed);
  SortedSet sorted_set;
  sorted_set.Add("m", 1, {}, {}, kSeed);
  EXPECT_EQ(Value(std::move(set)).type(), Type::kSet);
  EXPECT_EQ(Value(std::move(hash)).type(), Type::kHash);
  EXPECT_EQ(Value(std::move(sorted_set)).type(), Type::kSortedSet);
}

// What a store does that keeps the eight bytes in its entries, and moves entries about.
TEST(Value, HandlesSurviveMemmove) {
  EncodingLimits limits;
  alignas(8) char entry[8];
  alignas(8) char moved[8];
  auto* hash = new (entry) Hash();
  for (int i = 0; i < 1000; ++i) hash->Set(std::to_string(i), "v", limits, kSeed);
  std::memmove(moved, entry, sizeof moved);
  hash = reinterpret_cast<Hash*>(moved);
  EXPECT_EQ(hash->size(), 1000u);
  EXPECT_EQ(hash->Get("999")->view(), "v");
  hash->~Hash();
}

TEST(Ring, DoesWhatAVectorDoes) {
  Random random(6);
  Ring<uint64_t> ring;
  std::vector<uint64_t> model;
  for (uint64_t i = 0; i < 5000; ++i) {
    size_t index = random.Below(model.size() + 1);
    if (i / 500 % 2 == 0 ? !random.OneIn(4) : random.OneIn(4)) {
      ring.Insert(index, i);
      model.insert(model.begin() + static_cast<std::ptrdiff_t>(index), i);
    } else {
      size_t count = random.Below(std::min<size_t>(model.size() - index, 5) + 1);
      ring.Erase(index, count);
      auto at = model.begin() + static_cast<std::ptrdiff_t>(index);
      model.erase(at, at + static_cast<std::ptrdiff_t>(count));
    }
    ASSERT_EQ(ring.size(), model.size());
    for (size_t k = 0; k < model.size(); ++k) ASSERT_EQ(ring[k], model[k]);
  }
}

}  // namespace
}  // namespace dunlin::values
