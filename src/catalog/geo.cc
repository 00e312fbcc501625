// Places.
#include "catalog/groups.h"

namespace dunlin::catalog {
namespace {

constexpr CommandEntry kEntries[] = {
    {"geoadd", "3.2.0", "Adds places with their positions.",
     "O(K log N), K being the places added and N those of the set",
     "key:k condition=[NX|XX]@6.2.0 [change=CH@6.2.0] data=(longitude:d latitude:d member)..."},
    {"geodist", "3.2.0", "The distance between two places.", "O(1)", "key:k member1 member2 unit=[M|KM|FT|MI]"},
    {"geohash", "3.2.0", "Positions as geohash texts.", "O(N), N being the places asked for", "key:k [member...]"},
    {"geopos", "3.2.0", "The positions of places.", "O(N), N being the places asked for", "key:k [member...]"},
    {"georadius", "3.2.0", "Places around a position; may store them.",
     "O(N + log M), N being the places near the area and M those of the set",
     "key:k longitude:d latitude:d radius:d unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] count-block=[COUNT "
     "count:i [ANY@6.2.0]] order=[ASC|DESC] store=[STORE storekey{key}:k1|STOREDIST storedistkey{key}:k2]",
     "", "6.2.0", "GEOSEARCH and GEOSEARCHSTORE with BYRADIUS"},
    {"georadius_ro", "3.2.10", "Places around a position.",
     "O(N + log M), N being the places near the area and M those of the set",
     "key:k longitude:d latitude:d radius:d unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] count-block=[COUNT "
     "count:i [ANY@6.2.0]] order=[ASC|DESC]",
     "", "6.2.0", "GEOSEARCH with BYRADIUS"},
    {"georadiusbymember", "3.2.0", "Places around another place; may store them.",
     "O(N + log M), N being the places near the area and M those of the set",
     "key:k member radius:d unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] count-block=[COUNT count:i [ANY]] "
     "order=[ASC|DESC] store=[STORE storekey{key}:k1|STOREDIST storedistkey{key}:k2]",
     "", "6.2.0", "GEOSEARCH and GEOSEARCHSTORE with FROMMEMBER and BYRADIUS"},
    {"georadiusbymember_ro", "3.2.10", "Places around another place.",
     "O(N + log M), N being the places near the area and M those of the set",
     "key:k member radius:d unit=(M|KM|FT|MI) [WITHCOORD] [WITHDIST] [WITHHASH] count-block=[COUNT count:i [ANY]] "
     "order=[ASC|DESC]",
     "", "6.2.0", "GEOSEARCH with FROMMEMBER and BYRADIUS"},
    {"geosearch", "6.2.0", "Places within a circle or a box.",
     "O(N + log M), N being the places near the area and M those of the set",
     "key:k from=(FROMMEMBER member|FROMLONLAT(longitude:d latitude:d)) by=(circle=(BYRADIUS radius:d "
     "unit=(M|KM|FT|MI))|box=(BYBOX width:d height:d unit=(M|KM|FT|MI))) order=[ASC|DESC] count-block=[COUNT count:i "
     "[ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]"},
    {"geosearchstore", "6.2.0", "Stores places within a circle or a box.",
     "O(N + log M), N being the places near the area and M those of the set",
     "destination:k source:k1 from=(FROMMEMBER member|FROMLONLAT(longitude:d latitude:d)) by=(circle=(BYRADIUS "
     "radius:d unit=(M|KM|FT|MI))|box=(BYBOX width:d height:d unit=(M|KM|FT|MI))) order=[ASC|DESC] count-block=[COUNT "
     "count:i [ANY]] [STOREDIST]"},
};

}  // namespace

std::span<const CommandEntry> GeoEntries() { return kEntries; }

}  // namespace dunlin::catalog
