// Places on the globe as scores of a sorted set: longitude and latitude cut into 2^26 steps each, their bits
// interleaved (latitude lowest), 52 bits that a double holds exactly. Members that are near each other have, mostly,
// scores that are.
//
// An area is looked for in at most nine cells around its middle. A cell is a range of scores.
//
// Thread: pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace dunlin::values::geo {

inline constexpr double kMaxLongitude = 180;
// Where a Mercator map is a square.
inline constexpr double kMaxLatitude = 85.05112878;

// Degrees.
struct Point {
  double longitude;
  double latitude;

  bool is_valid() const {
    return longitude >= -kMaxLongitude && longitude <= kMaxLongitude && latitude >= -kMaxLatitude &&
           latitude <= kMaxLatitude;
  }
};

// REQUIRES: the point is valid.
uint64_t ScoreOf(const Point& point);
// The middle of what has that score. Any score is some point.
Point PointOf(double score);
// The eleven characters that others call a geohash, which cut the latitude from pole to pole.
std::string StandardHash(const Point& point);

// Along a great circle.
double DistanceMeters(const Point& a, const Point& b);

// All points within a radius, or in a box whose sides lie north, south, east and west.
struct Area {
  Point middle;
  bool is_box = false;
  double radius_meters = 0;
  double width_meters = 0;
  double height_meters = 0;
};

// How far the point is from the middle; nothing when it lies outside.
std::optional<double> DistanceInside(const Area& area, const Point& point);

// Scores from `first` to before `end`.
struct Cell {
  double first;
  double end;
};
// The cells that hold all of the area: its middle's first, no cell twice.
std::vector<Cell> CellsOf(const Area& area);

}  // namespace dunlin::values::geo
