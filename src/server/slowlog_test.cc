#include "server/slowlog.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

using Args = std::vector<std::string_view>;

TEST(SlowlogTest, TheNewestComesFirstAndIdsGoOn) {
  Slowlog log;
  for (int64_t duration_us : {10, 20, 30}) log.Add({.duration_us = duration_us}, Args{"PING"}, 128);
  std::vector<Slowlog::Entry> entries = log.Newest(2);
  ASSERT_EQ(entries.size(), 2);
  EXPECT_EQ(entries[0].id, 2);
  EXPECT_EQ(entries[0].duration_us, 30);
  EXPECT_EQ(entries[1].id, 1);
  EXPECT_EQ(log.Newest(100).size(), 3);
  EXPECT_TRUE(log.Newest(0).empty());
  log.Clear();
  EXPECT_EQ(log.size(), 0);
  log.Add({}, Args{"PING"}, 128);
  EXPECT_EQ(log.Newest(1)[0].id, 3);
}

TEST(SlowlogTest, TheOldestMakeRoom) {
  Slowlog log;
  for (int i = 0; i < 10; ++i) log.Add({}, Args{"PING"}, 4);
  EXPECT_EQ(log.size(), 4);
  EXPECT_EQ(log.Newest(4).back().id, 6);
  // A bound that became smaller holds from the next entry on.
  log.Add({}, Args{"PING"}, 2);
  EXPECT_EQ(log.size(), 2);
  log.Add({}, Args{"PING"}, 0);
  EXPECT_EQ(log.size(), 0);
}

TEST(SlowlogTest, LongArgumentsAreShortened) {
  Slowlog log;
  std::string fits(128, 'a');
  std::string longer(1000, 'b');
  log.Add({.client_address = "1.2.3.4:5", .client_name = "n"}, Args{"SET", fits, longer}, 128);
  Slowlog::Entry entry = log.Newest(1)[0];
  EXPECT_EQ(entry.args, (std::vector<std::string>{"SET", fits, std::string(128, 'b') + "... (872 more bytes)"}));
  EXPECT_EQ(entry.client_address, "1.2.3.4:5");
  EXPECT_EQ(entry.client_name, "n");
}

TEST(SlowlogTest, ManyArgumentsAreCounted) {
  Slowlog log;
  log.Add({}, Args(32, "x"), 128);
  EXPECT_EQ(log.Newest(1)[0].args.size(), 32);
  EXPECT_EQ(log.Newest(1)[0].args.back(), "x");
  log.Add({}, Args(33, "x"), 128);
  EXPECT_EQ(log.Newest(1)[0].args.size(), 32);
  EXPECT_EQ(log.Newest(1)[0].args.back(), "... (2 more arguments)");
}

}  // namespace
}  // namespace dunlin::server
