#include "server/local_expiries.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

std::vector<std::string> NamesOf(const std::vector<LocalExpiries::Key>& keys) {
  std::vector<std::string> names;
  for (const auto& key : keys) names.push_back(std::to_string(key.db.value) + ":" + key.key);
  return names;
}

using Names = std::vector<std::string>;

TEST(LocalExpiriesTest, GivesOutWhatIsDueInTheOrderOfMoments) {
  LocalExpiries expiries;
  EXPECT_EQ(expiries.count(), 0u);
  expiries.Add(DbIndex(0), "late", 300);
  expiries.Add(DbIndex(2), "early", 100);
  expiries.Add(DbIndex(0), "middle", 200);
  EXPECT_GT(expiries.count(), 0u);
  EXPECT_EQ(NamesOf(expiries.TakeDue(100, 10)), Names{});
  EXPECT_EQ(NamesOf(expiries.TakeDue(201, 10)), (Names{"2:early", "0:middle"}));
  EXPECT_GT(expiries.count(), 0u);
  EXPECT_EQ(NamesOf(expiries.TakeDue(1000, 10)), Names{"0:late"});
  EXPECT_EQ(expiries.count(), 0u);
}

TEST(LocalExpiriesTest, TheLastMomentOfAKeyCounts) {
  LocalExpiries expiries;
  expiries.Add(DbIndex(0), "key", 100);
  expiries.Add(DbIndex(1), "key", 150);
  expiries.Add(DbIndex(0), "key", 500);
  EXPECT_EQ(NamesOf(expiries.TakeDue(400, 10)), Names{"1:key"});
  EXPECT_EQ(NamesOf(expiries.TakeDue(501, 10)), Names{"0:key"});
}

TEST(LocalExpiriesTest, GivesOutNoMoreThanAskedFor) {
  LocalExpiries expiries;
  for (int i = 0; i < 5; ++i) expiries.Add(DbIndex(0), std::to_string(i), i);
  EXPECT_EQ(expiries.TakeDue(100, 3).size(), 3u);
  EXPECT_EQ(NamesOf(expiries.TakeDue(100, 3)), (Names{"0:3", "0:4"}));
}

TEST(LocalExpiriesTest, ForgetsAll) {
  LocalExpiries expiries;
  expiries.Add(DbIndex(0), "key", 1);
  expiries.Clear();
  EXPECT_EQ(expiries.count(), 0u);
  EXPECT_TRUE(expiries.TakeDue(100, 10).empty());
}

}  // namespace
}  // namespace dunlin::server
