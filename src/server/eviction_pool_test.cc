#include "server/eviction_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace dunlin::server {
namespace {

EvictionCandidate Key(uint64_t hash, uint64_t score) { return {score, hash, SlotId(1), DbIndex(0)}; }

TEST(EvictionPoolTest, TheBestGoesFirst) {
  EvictionPool pool;
  EXPECT_FALSE(pool.TakeBest());
  for (uint64_t score : {5, 9, 1, 7}) pool.Offer(Key(score, score));
  for (uint64_t score : {9, 7, 5, 1}) EXPECT_EQ(pool.TakeBest()->score, score);
  EXPECT_EQ(pool.size(), 0u);
}

TEST(EvictionPoolTest, AFullPoolKeepsTheBest) {
  EvictionPool pool;
  Random random(11);
  std::vector<uint64_t> scores;
  for (uint64_t i = 0; i < 500; ++i) {
    scores.push_back(random.Below(1000));
    pool.Offer(Key(i, scores.back()));
    EXPECT_LE(pool.size(), EvictionPool::kCapacity);
  }
  std::sort(scores.rbegin(), scores.rend());
  for (size_t i = 0; i < EvictionPool::kCapacity; ++i) EXPECT_EQ(pool.TakeBest()->score, scores[i]);
}

TEST(EvictionPoolTest, AKeyIsThereOnceWithWhatWasSeenLast) {
  EvictionPool pool;
  for (uint64_t i = 0; i < EvictionPool::kCapacity; ++i) pool.Offer(Key(i, 10 + i));
  pool.Offer(Key(3, 100));
  EXPECT_EQ(pool.size(), EvictionPool::kCapacity);
  EXPECT_EQ(pool.TakeBest()->hash, 3u);
  pool.Offer(Key(4, 0));
  EXPECT_EQ(pool.size(), EvictionPool::kCapacity - 1);
  std::vector<uint64_t> hashes;
  while (auto candidate = pool.TakeBest()) hashes.push_back(candidate->hash);
  EXPECT_EQ(hashes.back(), 4u);
  EXPECT_EQ(std::count(hashes.begin(), hashes.end(), 4u), 1);
  // The same hash elsewhere is another key.
  EvictionCandidate elsewhere = Key(1, 1);
  pool.Offer(elsewhere);
  elsewhere.slot = SlotId(2);
  pool.Offer(elsewhere);
  EXPECT_EQ(pool.size(), 2u);
}

}  // namespace
}  // namespace dunlin::server
