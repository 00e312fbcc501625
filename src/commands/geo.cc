// The geo family: places as members of sorted sets.
#include "commands/geo_rows.h"
#include "commands/table.h"

namespace dunlin::commands {
namespace {

using namespace geo_commands;

constexpr uint16_t kReadFlags = kKeyRO | kKeyAccess;
constexpr uint16_t kTargetFlags = kKeyOW | kKeyUpdate;

constexpr KeySpec kRead[] = {Key(kReadFlags)};
constexpr KeySpec kAdd[] = {Key(kKeyRW | kKeyUpdate)};
constexpr KeySpec kReadAndStore[] = {Key(kTargetFlags), Key(kReadFlags, 2)};
constexpr KeySpec kRadius[] = {Key(kReadFlags), KeysAfter(kTargetFlags, "STORE", 6, 0, 1, 0),
                               KeysAfter(kTargetFlags, "STOREDIST", 6, 0, 1, 0)};
constexpr KeySpec kRadiusByMember[] = {Key(kReadFlags), KeysAfter(kTargetFlags, "STORE", 5, 0, 1, 0),
                                       KeysAfter(kTargetFlags, "STOREDIST", 5, 0, 1, 0)};

constexpr uint32_t kGrows = kWrite | kDenyOom;

constexpr CommandSpec Row(std::string_view name, int arity, uint32_t flags, std::span<const KeySpec> keys,
                          Handler handler, std::string_view since, std::string_view summary) {
  return {.name = name,
          .arity = arity,
          .flags = flags,
          .categories = kAclGeo,
          .group = Group::kGeo,
          .keys = keys,
          .handler = handler,
          .since = since,
          .summary = summary};
}

constexpr CommandSpec kRows[] = {
    Row("geoadd", -5, kGrows, kAdd, Geoadd, "3.2.0", "Adds places, or moves them."),
    Row("geodist", -4, kReadonly, kRead, Geodist, "3.2.0", "Tells how far two places are apart."),
    Row("geohash", -2, kReadonly, kRead, Geohash, "3.2.0", "Gives places as geohashes that others understand."),
    Row("geopos", -2, kReadonly, kRead, Geopos, "3.2.0", "Gives the longitude and latitude of places."),
    Row("georadius", -6, kGrows, kRadius, Georadius, "3.2.0", "Finds, or stores, the places around a point."),
    Row("georadius_ro", -6, kReadonly, kRead, GeoradiusRo, "3.2.10", "Finds the places around a point."),
    Row("georadiusbymember", -5, kGrows, kRadiusByMember, Georadiusbymember, "3.2.0",
        "Finds, or stores, the places around another one."),
    Row("georadiusbymember_ro", -5, kReadonly, kRead, GeoradiusbymemberRo, "3.2.10",
        "Finds the places around another one."),
    Row("geosearch", -7, kReadonly, kRead, Geosearch, "6.2.0", "Finds the places in a circle or a box."),
    Row("geosearchstore", -8, kGrows, kReadAndStore, Geosearchstore, "6.2.0",
        "Stores the places in a circle or a box."),
};

}  // namespace

std::span<const CommandSpec> GeoCommands() { return kRows; }

}  // namespace dunlin::commands
