#include "server/slot_sampler.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

namespace dunlin::server {
namespace {

TEST(SlotSamplerTest, WhereNothingIsNothingIsDrawn) {
  auto sampler = std::make_unique<SlotSampler>();
  Random random(1);
  EXPECT_EQ(sampler->Draw(random), std::nullopt);
  sampler->Set(SlotId(5), 3);
  EXPECT_EQ(sampler->Draw(random), SlotId(5));
  sampler->Set(SlotId(5), 0);
  EXPECT_EQ(sampler->Draw(random), std::nullopt);
}

TEST(SlotSamplerTest, TheFirstAndTheLastSlotAreDrawnToo) {
  auto sampler = std::make_unique<SlotSampler>();
  Random random(2);
  sampler->Set(SlotId(0), 1);
  sampler->Set(SlotId(16383), 1);
  std::map<uint16_t, int> drawn;
  for (int i = 0; i < 1000; ++i) ++drawn[sampler->Draw(random)->value];
  EXPECT_EQ(drawn.size(), 2u);
  EXPECT_NEAR(drawn[0], 500, 100);
}

TEST(SlotSamplerTest, ASlotIsDrawnAsOftenAsItHasKeys) {
  auto sampler = std::make_unique<SlotSampler>();
  Random random(3);
  for (int i = 0; i < kSlotCount; ++i) sampler->Set(SlotId(static_cast<uint16_t>(i)), 1);
  sampler->Set(SlotId(12345), 3 * kSlotCount);
  EXPECT_EQ(sampler->total(), 4 * kSlotCount - 1);
  int large = 0;
  int lower_half = 0;
  constexpr int kDraws = 10000;
  for (int i = 0; i < kDraws; ++i) {
    SlotId slot = *sampler->Draw(random);
    large += slot == SlotId(12345) ? 1 : 0;
    lower_half += slot.value < kSlotCount / 2 ? 1 : 0;
  }
  EXPECT_NEAR(large, kDraws * 3 / 4, kDraws / 40);
  EXPECT_NEAR(lower_half, kDraws / 8, kDraws / 40);
}

}  // namespace
}  // namespace dunlin::server
