#include "server/latency_monitor.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

class LatencyMonitorTest : public testing::Test {
 protected:
  LatencyMonitorTest() { monitor_.set_threshold_ms(10); }
  LatencyMonitor monitor_;
};

TEST_F(LatencyMonitorTest, OnlyWhatReachesTheThreshold) {
  monitor_.Note("command", 9, 100);
  EXPECT_TRUE(monitor_.Histories().empty());
  monitor_.Note("command", 10, 100);
  EXPECT_EQ(monitor_.HistoryOf("COMMAND").samples.size(), 1);
  monitor_.set_threshold_ms(0);
  monitor_.Note("other", 1000, 100);
  EXPECT_EQ(monitor_.Histories().size(), 1);
}

TEST_F(LatencyMonitorTest, ASecondKeepsItsWorst) {
  for (int64_t ms : {20, 50, 30}) monitor_.Note("command", ms, 100);
  monitor_.Note("command", 15, 101);
  LatencyMonitor::History history = monitor_.HistoryOf("command");
  ASSERT_EQ(history.samples.size(), 2);
  EXPECT_EQ(history.samples[0].latency_ms, 50);
  EXPECT_EQ(history.samples[1].latency_ms, 15);
  EXPECT_EQ(history.highest_ms, 50);
}

TEST_F(LatencyMonitorTest, TheHistoryIsBoundedAndTheHighestIsNotForgotten) {
  monitor_.Note("command", 999, 0);
  for (int64_t s = 1; s <= 500; ++s) monitor_.Note("command", 10 + s % 7, s);
  LatencyMonitor::History history = monitor_.HistoryOf("command");
  EXPECT_EQ(history.samples.size(), 160);
  EXPECT_EQ(history.samples.back().time_s, 500);
  EXPECT_EQ(history.highest_ms, 999);
}

TEST_F(LatencyMonitorTest, Forgetting) {
  for (const char* event : {"a", "b", "c"}) monitor_.Note(event, 10, 1);
  std::vector<std::string_view> some = {"A", "none"};
  EXPECT_EQ(monitor_.Forget(some), 1);
  EXPECT_EQ(monitor_.Forget({}), 2);
  EXPECT_TRUE(monitor_.HistoryOf("a").samples.empty());
}

TEST_F(LatencyMonitorTest, TheSummary) {
  for (int64_t s : {0, 1, 2, 3}) monitor_.Note("command", 10 * (s + 1), 100 + s);
  LatencySummary summary = Summarize(monitor_.HistoryOf("command"), 110);
  EXPECT_EQ(summary.samples, 4);
  EXPECT_EQ(summary.lowest_ms, 10);
  EXPECT_EQ(summary.highest_ms, 40);
  EXPECT_DOUBLE_EQ(summary.average_ms, 25);
  EXPECT_DOUBLE_EQ(summary.mean_deviation_ms, 10);
  EXPECT_EQ(summary.period_s, 10);
  EXPECT_EQ(Summarize({}, 5).samples, 0);
}

TEST_F(LatencyMonitorTest, ThePicture) {
  monitor_.Note("command", 300, 1000);
  monitor_.Note("command", 400, 4000);
  monitor_.Note("command", 500, 4590);
  EXPECT_EQ(DrawLatency("command", monitor_.HistoryOf("command"), 4600),
            "command - high 500 ms, low 300 ms (all time high 500 ms)\n" + std::string(80, '-') +
                "\n"
                "  |\n"
                "  |\n"
                " ||\n"
                "_||\n"
                "\n"
                "111\n"
                "h00\n"
                " ms\n");
}

TEST_F(LatencyMonitorTest, ALongPictureIsBroken) {
  for (int64_t s = 0; s < 100; ++s) monitor_.Note("command", 10, s);
  std::string picture = DrawLatency("command", monitor_.HistoryOf("command"), 100);
  size_t longest = 0;
  for (size_t at = 0; at < picture.size();) {
    size_t end = picture.find('\n', at);
    longest = std::max(longest, end - at);
    at = end + 1;
  }
  EXPECT_EQ(longest, 80);
}

}  // namespace
}  // namespace dunlin::server
