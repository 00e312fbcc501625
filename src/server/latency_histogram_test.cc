#include "server/latency_histogram.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

using Steps = std::vector<std::pair<uint64_t, uint64_t>>;

constexpr double kTicksPerUs = 1000;  // a tick is a nanosecond

TEST(LatencyHistogramTest, NothingRecorded) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.Percentile(50, kTicksPerUs), 0);
  EXPECT_TRUE(histogram.Cumulative(kTicksPerUs).empty());
}

TEST(LatencyHistogramTest, PercentilesAreWithinASixteenth) {
  LatencyHistogram histogram;
  for (uint64_t us = 1; us <= 1000; ++us) histogram.Record(us * 1000);
  for (double percent : {1.0, 10.0, 50.0, 99.0, 99.9, 100.0}) {
    double exact = percent * 10;
    EXPECT_GE(histogram.Percentile(percent, kTicksPerUs), exact) << percent;
    EXPECT_LE(histogram.Percentile(percent, kTicksPerUs), exact * 17 / 16) << percent;
  }
  EXPECT_EQ(histogram.Percentile(0, kTicksPerUs), histogram.Percentile(0.1, kTicksPerUs));
}

TEST(LatencyHistogramTest, ShortAndEndlessDurationsHaveTheirPlace) {
  LatencyHistogram histogram;
  histogram.Record(0);
  EXPECT_EQ(histogram.Percentile(100, kTicksPerUs), 0);
  histogram.Record(UINT64_MAX);
  EXPECT_EQ(histogram.count(), 2);
  EXPECT_GT(histogram.Percentile(100, kTicksPerUs), 100e6);
}

TEST(LatencyHistogramTest, CumulativeStepsDoubleAndAreOnlyThoseWithCalls) {
  LatencyHistogram histogram;
  histogram.Record(200);
  histogram.Record(900);
  histogram.Record(1500);
  histogram.Record(3'000'000);
  EXPECT_EQ(histogram.Cumulative(kTicksPerUs), (Steps{{1, 2}, {2, 3}, {4227, 4}}));
}

TEST(LatencyHistogramTest, TheClocksSpeedChangesNothing) {
  LatencyHistogram slow;
  LatencyHistogram fast;
  for (uint64_t us : {5, 50, 500}) {
    slow.Record(us * 100);
    fast.Record(us * 3000);
  }
  EXPECT_EQ(slow.Cumulative(100), fast.Cumulative(3000));
}

TEST(LatencyHistogramTest, SumsAreThoseOfTheParts) {
  LatencyHistogram a;
  LatencyHistogram b;
  LatencyHistogram both;
  for (uint64_t ticks : {10, 1000, 100000}) {
    a.Record(ticks);
    b.Record(ticks * 7);
    both.Record(ticks);
    both.Record(ticks * 7);
  }
  a.Add(b);
  a.Add(LatencyHistogram());
  EXPECT_EQ(a.count(), 6);
  EXPECT_EQ(a.Cumulative(kTicksPerUs), both.Cumulative(kTicksPerUs));
  a.Clear();
  EXPECT_EQ(a.count(), 0);
}

}  // namespace
}  // namespace dunlin::server
