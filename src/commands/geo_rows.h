// The handlers of the geo family, by the file that has them. The rows stand in geo.cc.
//
// Thread: as handlers.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "values/geo.h"

namespace dunlin::commands {

class Context;

namespace geo_commands {

// geo_points.cc
void Geoadd(Context& ctx);
void Geodist(Context& ctx);
void Geohash(Context& ctx);
void Geopos(Context& ctx);

// geo_search.cc
void Georadius(Context& ctx);
void GeoradiusRo(Context& ctx);
void Georadiusbymember(Context& ctx);
void GeoradiusbymemberRo(Context& ctx);
void Geosearch(Context& ctx);
void Geosearchstore(Context& ctx);

// Longitude and latitude at arguments i and i + 1; otherwise replies the error.
std::optional<values::geo::Point> PointArg(Context& ctx, size_t i);
// How many meters a unit has that argument i names; otherwise replies the error.
std::optional<double> UnitArg(Context& ctx, size_t i);
// With four decimals.
void ReplyDistance(Context& ctx, double distance);
void ReplyPoint(Context& ctx, const values::geo::Point& point);

}  // namespace geo_commands
}  // namespace dunlin::commands
