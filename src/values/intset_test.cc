#include "values/intset.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "values/test_text.h"

namespace dunlin::values {
namespace {

using namespace std::string_literals;

std::vector<int64_t> Members(const Intset& intset) {
  std::vector<int64_t> members;
  intset.view().ForEach([&](int64_t member) { members.push_back(member); });
  return members;
}

TEST(Intset, WritesWhatRedisWrites) {
  Intset intset;
  EXPECT_EQ(intset.blob(), "\x02\0\0\0\0\0\0\0"s);
  EXPECT_TRUE(intset.Add(2));
  EXPECT_TRUE(intset.Add(-3));
  EXPECT_TRUE(intset.Add(1));
  EXPECT_FALSE(intset.Add(1));
  EXPECT_EQ(intset.blob(), "\x02\0\0\0\x03\0\0\0\xfd\xff\x01\0\x02\0"s);
  EXPECT_TRUE(intset.Add(70000));
  EXPECT_EQ(intset.blob(), "\x04\0\0\0\x04\0\0\0\xfd\xff\xff\xff\x01\0\0\0\x02\0\0\0\x70\x11\x01\0"s);
  EXPECT_TRUE(intset.Add(INT64_MIN));
  EXPECT_EQ(intset.blob().size(), 8u + 5 * 8);
  EXPECT_EQ(Members(intset), (std::vector<int64_t>{INT64_MIN, -3, 1, 2, 70000}));
}

TEST(Intset, RefusesWhatIsNoIntset) {
  EXPECT_TRUE(Intset::Validate("\x02\0\0\0\0\0\0\0"s).ok());
  EXPECT_TRUE(Intset::Validate("\x02\0\0\0\x02\0\0\0\x01\0\x02\0"s).ok());
  EXPECT_FALSE(Intset::Validate("").ok());
  EXPECT_FALSE(Intset::Validate("\x02\0\0\0\0\0\0"s).ok());
  EXPECT_FALSE(Intset::Validate("\x03\0\0\0\0\0\0\0"s).ok());
  EXPECT_FALSE(Intset::Validate("\x02\0\0\0\x02\0\0\0\x01\0"s).ok());
  EXPECT_FALSE(Intset::Validate("\x02\0\0\0\x01\0\0\0\x01\0\x02\0"s).ok());
  EXPECT_FALSE(Intset::Validate("\x02\0\0\0\x02\0\0\0\x02\0\x01\0"s).ok()) << "out of order";
  EXPECT_FALSE(Intset::Validate("\x02\0\0\0\x02\0\0\0\x01\0\x01\0"s).ok()) << "twice";
  EXPECT_FALSE(Intset::Validate("\x08\0\0\0\xff\xff\xff\xff"s).ok()) << "a count that cannot be";
}

TEST(Intset, DoesWhatASetDoes) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Intset intset;
    std::set<int64_t> model;
    // Wider and wider values, so that each width is widened from.
    for (int i = 0; i < 600; ++i) {
      int64_t value = static_cast<int64_t>(random.Next()) >> (i < 200 ? 56 : i < 400 ? 40 : random.Below(40));
      if (random.OneIn(3)) {
        ASSERT_EQ(intset.Remove(value), model.erase(value) == 1);
      } else {
        ASSERT_EQ(intset.Add(value), model.insert(value).second);
      }
      ASSERT_EQ(intset.size(), model.size());
      ASSERT_EQ(intset.Contains(value), model.contains(value));
      ASSERT_FALSE(intset.Contains(value ^ INT64_MIN) && !model.contains(value ^ INT64_MIN));
    }
    EXPECT_EQ(Members(intset), std::vector<int64_t>(model.begin(), model.end()));
    EXPECT_TRUE(Intset::Validate(intset.blob()).ok());
    EXPECT_EQ(Members(intset.Clone()), Members(intset));
    while (!model.empty()) {
      ASSERT_TRUE(intset.Remove(*model.begin()));
      model.erase(model.begin());
    }
    EXPECT_EQ(intset.memory_bytes(), 0u);
  }
}

}  // namespace
}  // namespace dunlin::values
