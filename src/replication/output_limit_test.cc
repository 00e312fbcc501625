#include "replication/output_limit.h"

#include <gtest/gtest.h>

namespace dunlin::replication {
namespace {

TEST(OutputLimit, HardLimitIsAtLeastTheBacklog) {
  OutputLimit limit{.hard_bytes = 100, .soft_bytes = 0, .soft_seconds = 0};
  int64_t since = -1;
  EXPECT_FALSE(OverOutputLimit(limit, 10, 99, 0, &since));
  EXPECT_TRUE(OverOutputLimit(limit, 10, 100, 0, &since));
  EXPECT_FALSE(OverOutputLimit(limit, 1000, 999, 0, &since));
  EXPECT_TRUE(OverOutputLimit(limit, 1000, 1000, 0, &since));
}

TEST(OutputLimit, SoftLimitNeedsItsTimeWithoutABreak) {
  OutputLimit limit{.hard_bytes = 0, .soft_bytes = 100, .soft_seconds = 2};
  int64_t since = -1;
  EXPECT_FALSE(OverOutputLimit(limit, 0, 100, 1000, &since));
  EXPECT_EQ(since, 1000);
  EXPECT_FALSE(OverOutputLimit(limit, 0, 500, 3000, &since));
  EXPECT_TRUE(OverOutputLimit(limit, 0, 500, 3001, &since));
  EXPECT_FALSE(OverOutputLimit(limit, 0, 99, 3002, &since));
  EXPECT_EQ(since, -1);
  EXPECT_FALSE(OverOutputLimit(limit, 0, 100, 9000, &since));
}

TEST(OutputLimit, ZeroIsNoLimit) {
  OutputLimit limit{.hard_bytes = 0, .soft_bytes = 0, .soft_seconds = 0};
  int64_t since = -1;
  EXPECT_FALSE(OverOutputLimit(limit, 0, INT64_MAX, 0, &since));
}

}  // namespace
}  // namespace dunlin::replication
