#include <gtest/gtest.h>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

void AddSicily(CommandBench& b) { b.Run("GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"); }

TEST(GeoCommands, Points) {
  CommandBench b;
  EXPECT_EQ(b.Run("GEOADD s 13.361389 38.115556 Palermo 15.087269 37.502669 Catania"), "2");
  EXPECT_EQ(b.told(), "ZADD s 3479099956230698 Palermo 3479447370796909 Catania");
  EXPECT_EQ(b.events(), "new s, zadd s");
  EXPECT_EQ(b.Run("GEOADD s NX CH 13 38 Palermo"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("GEODIST s Palermo Catania"), "166274.1516");
  EXPECT_EQ(b.Run("GEODIST s Palermo Catania KM"), "166.2742");
  EXPECT_EQ(b.Run("GEODIST s Palermo nowhere"), "nil");
  EXPECT_EQ(b.Run("GEODIST s Palermo Palermo mi"), "0.0000");
  EXPECT_EQ(b.Run("GEODIST none Palermo Catania"), "nil");
  EXPECT_EQ(b.Run("GEODIST s Palermo Catania x"), "-ERR unsupported unit provided. please use M, KM, FT, MI");
  EXPECT_EQ(b.Run("GEODIST s Palermo Catania m m"), "-ERR syntax error");
  EXPECT_EQ(b.Run("GEOHASH s Palermo nowhere"), "[sqc8b49rny0, nil]");
  EXPECT_EQ(b.Run("GEOPOS s Catania nowhere"), "[[15.08726745843887329, 37.50266842333162032], nil-array]");
  EXPECT_EQ(b.Run("GEOADD s 181 0 a"), "-ERR invalid longitude,latitude pair 181.000000,0.000000");
  EXPECT_EQ(b.Run("GEOADD s x 0 a"), "-ERR value is not a valid float");
  EXPECT_EQ(b.Run("GEOADD s NX XX 1 1 a"), "-ERR syntax error");
  EXPECT_EQ(b.Run("GEOADD s 1 1 a 2"), "-ERR syntax error");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("GEOPOS s Catania"), "[[,15.08726745843887329, ,37.50266842333162032]]");
}

TEST(GeoCommands, Search) {
  CommandBench b;
  AddSicily(b);
  b.Run("GEOADD s 12.758489 38.788135 edge1 17.241510 38.788135 edge2");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 200 km ASC"), "[Catania, Palermo]");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST"),
            "[[Catania, 56.4413], [Palermo, 190.4424], [edge2, 279.7403], [edge1, 279.7405]]");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMMEMBER Palermo BYRADIUS 10 km WITHHASH WITHCOORD"),
            "[[Palermo, 3479099956230698, [13.36138933897018433, 38.11555639549629859]]]");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 500 km COUNT 1"), "[Catania]");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 15 37 BYRADIUS 500 km DESC COUNT 1"), "[edge1]");
  EXPECT_EQ(b.Run("GEOSEARCH none FROMMEMBER x BYRADIUS 1 m"), "[]");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMMEMBER x BYRADIUS 1 m"), "-ERR could not decode requested zset member");
  EXPECT_EQ(b.Run("geosearch s BYRADIUS 1 m ASC ASC"),
            "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch");
  EXPECT_EQ(b.Run("geosearch s FROMLONLAT 1 1 ASC ASC"),
            "-ERR exactly one of BYRADIUS and BYBOX can be specified for geosearch");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 FROMMEMBER a BYRADIUS 1 m"), "-ERR syntax error");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 m BYBOX 1 1 m"), "-ERR syntax error");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 BYRADIUS -1 m"), "-ERR radius cannot be negative");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 BYRADIUS x m"), "-ERR need numeric radius");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 BYBOX 1 x m"), "-ERR need numeric height");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 BYBOX -1 1 m"), "-ERR height or width cannot be negative");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 m ANY"), "-ERR the ANY argument requires COUNT argument");
  EXPECT_EQ(b.Run("GEOSEARCH s FROMLONLAT 1 1 BYRADIUS 1 m COUNT 0"), "-ERR COUNT must be > 0");
}

TEST(GeoCommands, Store) {
  CommandBench b;
  AddSicily(b);
  EXPECT_EQ(b.Run("GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km"), "2");
  EXPECT_EQ(b.events(), "new d, geosearchstore d");
  EXPECT_EQ(b.Run("ZRANGE d 0 -1 WITHSCORES"), "[Palermo, 3479099956230698, Catania, 3479447370796909]");
  EXPECT_EQ(b.Run("GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST COUNT 1"), "1");
  EXPECT_EQ(b.Run("GEOSEARCHSTORE d s FROMLONLAT 15 37 BYRADIUS 1 km WITHDIST"),
            "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
  EXPECT_EQ(b.Run("GEORADIUS s 15 37 200 km STORE e"), "2");
  EXPECT_EQ(b.events(), "new e, georadiusstore e");
  EXPECT_EQ(b.Run("GEORADIUS s 15 37 1 km STORE e"), "0");
  EXPECT_EQ(b.events(), "del e");
  EXPECT_EQ(b.Run("GEORADIUS s 15 37 1 km STORE e WITHDIST"),
            "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
  EXPECT_EQ(b.Run("GEORADIUS_RO s 15 37 1 km STORE e"), "-ERR syntax error");
  EXPECT_EQ(b.Run("GEORADIUSBYMEMBER s Palermo 200 km DESC"), "[Catania, Palermo]");
  EXPECT_EQ(b.Run("GEORADIUSBYMEMBER_RO s Palermo 0 km"), "[Palermo]");
  EXPECT_EQ(b.Run("GEORADIUSBYMEMBER none Palermo nonsense x STORE d"), "0");
  EXPECT_EQ(b.events(), "del d");
}

TEST(GeoCommands, StoreKeysAreFound) {
  CommandBench b;
  std::vector<std::string_view> words{"GEORADIUS", "s", "1", "1", "1", "km", "COUNT", "3", "STOREDIST", "d"};
  std::vector<KeyPosition> keys;
  ASSERT_TRUE(FindKeys(*b.table().Find("georadius"), words, &keys));
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].index, 1);
  EXPECT_EQ(keys[1].index, 9);
}

}  // namespace
}  // namespace dunlin::commands
