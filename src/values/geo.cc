#include "values/geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

namespace dunlin::values::geo {
namespace {

constexpr int kMaxSteps = 26;
constexpr double kRadiansPerDegree = std::numbers::pi / 180;
constexpr double kEarthRadiusMeters = 6372797.560856;
constexpr double kHalfMercatorMeters = 20037726.37;

// How far apart degrees of longitude and latitude may be.
struct Frame {
  double max_longitude;
  double max_latitude;
};
constexpr Frame kOurs{kMaxLongitude, kMaxLatitude};
constexpr Frame kStandard{180, 90};

// Every second bit, from the lowest on.
uint64_t Spread(uint32_t value) {
  uint64_t x = value;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x << 2) & 0x3333333333333333;
  return (x | x << 1) & 0x5555555555555555;
}

uint32_t Gather(uint64_t bits) {
  uint64_t x = bits & 0x5555555555555555;
  x = (x | x >> 1) & 0x3333333333333333;
  x = (x | x >> 2) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x >> 4) & 0x00ff00ff00ff00ff;
  x = (x | x >> 8) & 0x0000ffff0000ffff;
  return static_cast<uint32_t>(x | x >> 16);
}

// A square of the map, cut into 2^steps columns and rows.
struct Square {
  int steps;
  uint32_t column;  // from west to east
  uint32_t row;     // from south to north

  static Square Of(const Point& point, int steps, const Frame& frame) {
    double y = (point.latitude + frame.max_latitude) / (frame.max_latitude + frame.max_latitude);
    double x = (point.longitude + frame.max_longitude) / (frame.max_longitude + frame.max_longitude);
    auto count = static_cast<double>(uint64_t{1} << steps);
    return {steps, static_cast<uint32_t>(x * count), static_cast<uint32_t>(y * count)};
  }
  uint64_t bits() const { return Spread(row) | Spread(column) << 1; }
  Square Neighbour(int east, int north) const {
    uint32_t mask = (uint32_t{1} << steps) - 1;
    return {steps, (column + static_cast<uint32_t>(east)) & mask, (row + static_cast<uint32_t>(north)) & mask};
  }

  // The edges, in degrees.
  double west() const { return Edge(column, kMaxLongitude); }
  double east() const { return Edge(column + 1, kMaxLongitude); }
  double south() const { return Edge(row, kMaxLatitude); }
  double north() const { return Edge(row + 1, kMaxLatitude); }

 private:
  double Edge(uint32_t index, double max) const {
    return -max + (index * 1.0 / static_cast<double>(uint64_t{1} << steps)) * (max - -max);
  }
};

double LatitudeDistanceMeters(double a, double b) {
  return kEarthRadiusMeters * std::fabs(b * kRadiansPerDegree - a * kRadiansPerDegree);
}

// The least and greatest degrees of an area.
struct Bounds {
  double west;
  double south;
  double east;
  double north;
};

Bounds BoundsOf(const Area& area) {
  double half_height = area.is_box ? area.height_meters / 2 : area.radius_meters;
  double half_width = area.is_box ? area.width_meters / 2 : area.radius_meters;
  const auto& [longitude, latitude] = area.middle;
  double latitude_delta = half_height / kEarthRadiusMeters / kRadiansPerDegree;
  // A degree of longitude is shortest at the edge that is nearer to a pole.
  double edge = latitude < 0 ? latitude - latitude_delta : latitude + latitude_delta;
  double longitude_delta = half_width / kEarthRadiusMeters / std::cos(edge * kRadiansPerDegree) / kRadiansPerDegree;
  return {longitude - longitude_delta, latitude - latitude_delta, longitude + longitude_delta,
          latitude + latitude_delta};
}

// How finely to cut so that an area of this size is not larger than the squares around its middle.
int StepsFor(double radius_meters, double latitude) {
  if (radius_meters == 0) return kMaxSteps;
  int steps = 1;
  for (; radius_meters < kHalfMercatorMeters; radius_meters *= 2) ++steps;
  steps -= 2;
  if (std::fabs(latitude) > 66) --steps;
  if (std::fabs(latitude) > 80) --steps;
  return std::clamp(steps, 1, kMaxSteps);
}

// Whether the squares around this one reach beyond the bounds on all sides.
bool Covers(const Square& middle, const Bounds& bounds) {
  return !(middle.Neighbour(0, 1).north() < bounds.north || middle.Neighbour(0, -1).south() > bounds.south ||
           middle.Neighbour(1, 0).east() < bounds.east || middle.Neighbour(-1, 0).west() > bounds.west);
}

Cell CellOf(const Square& square) {
  int shift = 2 * (kMaxSteps - square.steps);
  return {static_cast<double>(square.bits() << shift), static_cast<double>((square.bits() + 1) << shift)};
}

// East and north of the middle, in the order in which cells are looked at.
constexpr int kAround[][2] = {{0, 0}, {0, 1}, {0, -1}, {1, 0}, {-1, 0}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};

}  // namespace

uint64_t ScoreOf(const Point& point) { return Square::Of(point, kMaxSteps, kOurs).bits(); }

Point PointOf(double score) {
  // Scores that never were a place may be anything.
  uint64_t bits = score >= 0 && score < 18446744073709551616.0 ? static_cast<uint64_t>(score) : 0;
  Square square{kMaxSteps, Gather(bits >> 1), Gather(bits)};
  double longitude = (square.west() + square.east()) / 2;
  double latitude = (square.south() + square.north()) / 2;
  return {std::clamp(longitude, -kMaxLongitude, kMaxLongitude), std::clamp(latitude, -kMaxLatitude, kMaxLatitude)};
}

std::string StandardHash(const Point& point) {
  constexpr std::string_view kAlphabet = "0123456789bcdefghjkmnpqrstuvwxyz";
  constexpr int kBits = 2 * kMaxSteps;
  uint64_t bits = Square::Of(point, kMaxSteps, kStandard).bits();
  std::string text;
  for (int shift = kBits - 5; shift >= 0; shift -= 5) text.push_back(kAlphabet[bits >> shift & 0x1f]);
  // Two bits are left, which say nothing that clients expect.
  return text + '0';
}

double DistanceMeters(const Point& a, const Point& b) {
  double v = std::sin((b.longitude * kRadiansPerDegree - a.longitude * kRadiansPerDegree) / 2);
  if (v == 0) return LatitudeDistanceMeters(a.latitude, b.latitude);
  double latitude_a = a.latitude * kRadiansPerDegree;
  double latitude_b = b.latitude * kRadiansPerDegree;
  double u = std::sin((latitude_b - latitude_a) / 2);
  double h = u * u + std::cos(latitude_a) * std::cos(latitude_b) * v * v;
  return 2.0 * kEarthRadiusMeters * std::asin(std::sqrt(h));
}

std::optional<double> DistanceInside(const Area& area, const Point& point) {
  if (!area.is_box) {
    double distance = DistanceMeters(area.middle, point);
    return distance > area.radius_meters ? std::nullopt : std::optional(distance);
  }
  // The cheaper question first.
  if (LatitudeDistanceMeters(point.latitude, area.middle.latitude) > area.height_meters / 2) return std::nullopt;
  double across = DistanceMeters(point, {area.middle.longitude, point.latitude});
  if (across > area.width_meters / 2) return std::nullopt;
  return DistanceMeters(area.middle, point);
}

std::vector<Cell> CellsOf(const Area& area) {
  Bounds bounds = BoundsOf(area);
  double to_corner = std::sqrt((area.width_meters / 2) * (area.width_meters / 2) +
                               (area.height_meters / 2) * (area.height_meters / 2));
  int steps = StepsFor(area.is_box ? to_corner : area.radius_meters, area.middle.latitude);
  Square middle = Square::Of(area.middle, steps, kOurs);
  if (steps > 1 && !Covers(middle, bounds)) middle = Square::Of(area.middle, --steps, kOurs);
  std::vector<Cell> cells;
  for (const auto& [east, north] : kAround) {
    // Sides on which the middle's square reaches beyond the area need no neighbours.
    bool useless = (north < 0 && middle.south() < bounds.south) || (north > 0 && middle.north() > bounds.north) ||
                   (east < 0 && middle.west() < bounds.west) || (east > 0 && middle.east() > bounds.east);
    if (useless && steps >= 2) continue;
    Cell cell = CellOf(middle.Neighbour(east, north));
    // With few columns, going either way leads to the same.
    bool known = std::any_of(cells.begin(), cells.end(), [&](const Cell& seen) { return seen.first == cell.first; });
    if (!known) cells.push_back(cell);
  }
  return cells;
}

}  // namespace dunlin::values::geo
