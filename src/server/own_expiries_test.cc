#include "server/own_expiries.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace dunlin::server {
namespace {

using Key = OwnExpiries::Key;

TEST(OwnExpiriesTest, AllComeInTheirTurn) {
  OwnExpiries own;
  EXPECT_TRUE(own.Some(10).empty());
  for (const char* key : {"a", "b", "c"}) own.Add(DbIndex(1), key);
  own.Add(DbIndex(0), "a");
  own.Add(DbIndex(0), "a");
  EXPECT_EQ(own.count(), 4u);
  std::vector<Key> seen = own.Some(3);
  ASSERT_EQ(seen.size(), 3u);
  std::vector<Key> more = own.Some(3);
  ASSERT_EQ(more.size(), 3u);
  EXPECT_EQ(std::count(seen.begin(), seen.end(), more[0]), 0) << "the fourth, before any comes again";
  EXPECT_EQ(own.Some(10).size(), 4u) << "nobody comes twice";
}

TEST(OwnExpiriesTest, WhatIsForgottenComesNoMore) {
  OwnExpiries own;
  own.Add(DbIndex(0), "a");
  own.Add(DbIndex(0), "b");
  own.Forget({DbIndex(0), "a"});
  own.Forget({DbIndex(7), "a"});
  EXPECT_EQ(own.Some(10), (std::vector<Key>{{DbIndex(0), "b"}}));
  own.Clear();
  EXPECT_EQ(own.count(), 0u);
  EXPECT_TRUE(own.Some(10).empty());
}

}  // namespace
}  // namespace dunlin::server
