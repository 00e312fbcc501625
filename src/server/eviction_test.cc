#include "server/eviction.h"

#include <gtest/gtest.h>

#include "commands/access.h"

namespace dunlin::server {
namespace {

constexpr int64_t kNowMs = 1'700'000'000'000;

uint64_t Score(MaxmemoryPolicy policy, uint32_t access, int64_t expire_at_ms = store::kNoExpiry) {
  store::OwnedEntry entry(store::Entry::NewString("key", "value", expire_at_ms));
  entry->set_access(access);
  return EvictionScore(policy, *entry, kNowMs, 1);
}

TEST(EvictionTest, VolatilePoliciesSpareKeysWithoutExpiry) {
  using enum MaxmemoryPolicy;
  for (auto policy : {kVolatileLru, kVolatileLfu, kVolatileRandom, kVolatileTtl}) EXPECT_TRUE(OnlyVolatile(policy));
  for (auto policy : {kAllKeysLru, kAllKeysLfu, kAllKeysRandom, kNoEviction}) EXPECT_FALSE(OnlyVolatile(policy));
}

TEST(EvictionTest, WhatWasNotUsedForLongGoesFirst) {
  uint32_t now = commands::AccessClock(kNowMs);
  for (auto policy : {MaxmemoryPolicy::kAllKeysLru, MaxmemoryPolicy::kVolatileLru}) {
    EXPECT_EQ(Score(policy, now), 0u);
    EXPECT_EQ(Score(policy, now - 90), 90u);
  }
}

TEST(EvictionTest, WhatIsUsedSeldomGoesFirst) {
  auto counter = [](uint32_t n) { return commands::FrequencyBits(kNowMs, n); };
  constexpr int64_t kMinuteMs = 60'000;
  for (auto policy : {MaxmemoryPolicy::kAllKeysLfu, MaxmemoryPolicy::kVolatileLfu}) {
    EXPECT_GT(Score(policy, counter(5)), Score(policy, counter(6)));
    EXPECT_EQ(Score(policy, counter(255)), 0u);
    // What was used often, but long ago, is not.
    uint32_t old = commands::FrequencyBits(kNowMs - 20 * kMinuteMs, 20);
    EXPECT_GT(Score(policy, old), Score(policy, counter(5)));
  }
}

TEST(EvictionTest, WhatExpiresSoonGoesFirst) {
  EXPECT_GT(Score(MaxmemoryPolicy::kVolatileTtl, 0, kNowMs + 10), Score(MaxmemoryPolicy::kVolatileTtl, 0, kNowMs + 11));
}

TEST(EvictionTest, TenacityIsTime) {
  EXPECT_EQ(EvictionTimeLimitUs(0), 0u);
  EXPECT_EQ(EvictionTimeLimitUs(10), 500u);
  for (int64_t tenacity = 0; tenacity < 100; ++tenacity) {
    EXPECT_LT(EvictionTimeLimitUs(tenacity), EvictionTimeLimitUs(tenacity + 1));
  }
  constexpr uint64_t kMinuteUs = 60'000'000;
  EXPECT_GT(EvictionTimeLimitUs(99), 2 * kMinuteUs);
  EXPECT_LT(EvictionTimeLimitUs(99), 3 * kMinuteUs);
  EXPECT_EQ(EvictionTimeLimitUs(100), UINT64_MAX);
}

}  // namespace
}  // namespace dunlin::server
