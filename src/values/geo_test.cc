#include "values/geo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/random.h"

namespace dunlin::values::geo {
namespace {

constexpr Point kPalermo{13.361389, 38.115556};
constexpr Point kCatania{15.087269, 37.502669};

TEST(Geo, WhatTheManualsShow) {
  EXPECT_EQ(ScoreOf(kPalermo), 3479099956230698u);
  EXPECT_EQ(ScoreOf(kCatania), 3479447370796909u);
  EXPECT_EQ(StandardHash(PointOf(3479099956230698)), "sqc8b49rny0");
  EXPECT_EQ(StandardHash(PointOf(3479447370796909)), "sqdtr74hyu0");
  EXPECT_NEAR(DistanceMeters(PointOf(3479099956230698), PointOf(3479447370796909)), 166274.1516, 0.0001);
}

TEST(Geo, AScoreIsNearItsPoint) {
  Random random(1);
  for (int i = 0; i < 10000; ++i) {
    Point point{(random.Fraction() - 0.5) * 2 * kMaxLongitude, (random.Fraction() - 0.5) * 2 * kMaxLatitude};
    Point back = PointOf(static_cast<double>(ScoreOf(point)));
    ASSERT_LT(DistanceMeters(point, back), 0.6);
    ASSERT_EQ(ScoreOf(back), ScoreOf(point));
  }
  for (double longitude : {-kMaxLongitude, kMaxLongitude}) {
    for (double latitude : {-kMaxLatitude, kMaxLatitude})
      ASSERT_TRUE(PointOf(static_cast<double>(ScoreOf({longitude, latitude}))).is_valid());
  }
}

TEST(Geo, AnyScoreIsSomePoint) {
  for (double score : {-1.0, -1e300, 1e300, 1e19, HUGE_VAL, -HUGE_VAL, 4503599627370496.0, 0.5}) {
    EXPECT_TRUE(PointOf(score).is_valid()) << score;
  }
}

// Whatever lies in an area lies in one of its cells, unless it is a good part of the globe.
TEST(Geo, CellsHoldTheirArea) {
  Random random(2);
  for (int round = 0; round < 2000; ++round) {
    Area area;
    area.middle = {(random.Fraction() - 0.5) * 340, (random.Fraction() - 0.5) * 150};
    area.is_box = random.OneIn(2);
    double size = std::pow(10.0, static_cast<double>(random.Below(6)));
    area.radius_meters = size;
    area.width_meters = size * 2 * random.Fraction();
    area.height_meters = size * 2 * random.Fraction();
    auto cells = CellsOf(area);
    ASSERT_LE(cells.size(), 9u);
    std::set<double> firsts;
    for (const Cell& cell : cells) ASSERT_TRUE(firsts.insert(cell.first).second);
    for (int i = 0; i < 20; ++i) {
      double reach = size / 100000 * (random.OneIn(4) ? 1.2 : 0.7);
      Point point{area.middle.longitude + (random.Fraction() - 0.5) * 2 * reach,
                  area.middle.latitude + (random.Fraction() - 0.5) * 2 * reach};
      if (!point.is_valid() || !DistanceInside(area, point)) continue;
      auto score = static_cast<double>(ScoreOf(point));
      bool found = false;
      for (const Cell& cell : cells) found = found || (cell.first <= score && score < cell.end);
      ASSERT_TRUE(found) << point.longitude << " " << point.latitude << " " << size;
    }
  }
}

TEST(Geo, BoxesAndCircles) {
  Area area{.middle = {15, 37}, .radius_meters = 200000};
  EXPECT_NEAR(*DistanceInside(area, kPalermo), 190442.4, 1);
  EXPECT_TRUE(DistanceInside(area, kCatania));
  area.radius_meters = 100000;
  EXPECT_FALSE(DistanceInside(area, kPalermo));
  Area box{.middle = {15, 37}, .is_box = true, .width_meters = 400000, .height_meters = 400000};
  EXPECT_TRUE(DistanceInside(box, kPalermo));
  box.height_meters = 200000;
  EXPECT_FALSE(DistanceInside(box, kPalermo));
  box = {.middle = {15, 37}, .is_box = true, .width_meters = 200000, .height_meters = 400000};
  EXPECT_FALSE(DistanceInside(box, kPalermo));
}

}  // namespace
}  // namespace dunlin::values::geo
