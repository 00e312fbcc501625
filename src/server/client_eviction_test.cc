#include "server/client_eviction.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

TEST(ClientEvictionTest, TheLimitIsANumberOrAPartOfMaxmemory) {
  Settings settings;
  EXPECT_EQ(ClientMemoryLimitBytes(settings), 0u);
  settings.maxmemory_clients = 12345;
  EXPECT_EQ(ClientMemoryLimitBytes(settings), 12345u);
  settings.maxmemory_clients = -5;
  // A part of no limit is none.
  EXPECT_EQ(ClientMemoryLimitBytes(settings), 0u);
  settings.maxmemory_bytes = 1050;
  EXPECT_EQ(ClientMemoryLimitBytes(settings), 52u);
  settings.maxmemory_clients = -100;
  settings.maxmemory_bytes = INT64_MAX;
  EXPECT_EQ(ClientMemoryLimitBytes(settings), static_cast<uint64_t>(INT64_MAX));
}

}  // namespace
}  // namespace dunlin::server
