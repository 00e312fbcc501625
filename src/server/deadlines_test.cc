#include "server/deadlines.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

using Ids = std::vector<uint64_t>;

TEST(DeadlinesTest, TheEarliestComesFirst) {
  Deadlines deadlines;
  EXPECT_EQ(deadlines.earliest_ms(), INT64_MAX);
  deadlines.Add(30, 1);
  deadlines.Add(10, 2);
  deadlines.Add(20, 3);
  EXPECT_EQ(deadlines.earliest_ms(), 10);
  EXPECT_EQ(deadlines.TakeDue(9), Ids());
  EXPECT_EQ(deadlines.TakeDue(20), Ids({2, 3}));
  EXPECT_EQ(deadlines.earliest_ms(), 30);
}

TEST(DeadlinesTest, OneMomentMayBeThatOfMany) {
  Deadlines deadlines;
  deadlines.Add(10, 1);
  deadlines.Add(10, 2);
  deadlines.Remove(10, 1);
  EXPECT_EQ(deadlines.TakeDue(10), Ids({2}));
  EXPECT_EQ(deadlines.TakeDue(INT64_MAX), Ids());
}

TEST(DeadlinesTest, WhatIsNotThereCanBeRemoved) {
  Deadlines deadlines;
  deadlines.Add(10, 1);
  deadlines.Remove(11, 1);
  deadlines.Remove(10, 2);
  EXPECT_EQ(deadlines.TakeDue(10), Ids({1}));
}

}  // namespace
}  // namespace dunlin::server
