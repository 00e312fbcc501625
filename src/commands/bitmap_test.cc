#include <gtest/gtest.h>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

TEST(BitmapCommands, SetAndGet) {
  CommandBench b;
  EXPECT_EQ(b.Run("SETBIT k 9 1"), "0");
  EXPECT_EQ(b.events(), "new k, setbit k");
  EXPECT_EQ(b.told(), "SETBIT k 9 1");
  EXPECT_EQ(b.Run("SETBIT k 9 1"), "1");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("STRLEN k"), "2");
  EXPECT_EQ(b.Run("GETBIT k 9"), "1");
  EXPECT_EQ(b.Run("GETBIT k 8"), "0");
  EXPECT_EQ(b.Run("GETBIT k 1000000"), "0");
  EXPECT_EQ(b.Run("GETBIT none 0"), "0");
  EXPECT_EQ(b.Run("SETBIT k 20 0"), "0");
  EXPECT_EQ(b.told(), "SETBIT k 20 0");
  EXPECT_EQ(b.Run("STRLEN k"), "3");
  EXPECT_EQ(b.Run("SETBIT k -1 0"), "-ERR bit offset is not an integer or out of range");
  EXPECT_EQ(b.Run("SETBIT k 4294967296 0"), "-ERR bit offset is not an integer or out of range");
  EXPECT_EQ(b.Run("SETBIT k x 0"), "-ERR bit offset is not an integer or out of range");
  EXPECT_EQ(b.Run("SETBIT k 0 2"), "-ERR bit is not an integer or out of range");
  b.Run("SET number 12");
  EXPECT_EQ(b.Run("SETBIT number 7 0"), "1");
  EXPECT_EQ(b.Run("GET number"), "02");
}

TEST(BitmapCommands, CountAndFind) {
  CommandBench b;
  b.Run("SET k foobar");
  EXPECT_EQ(b.Run("BITCOUNT k"), "26");
  EXPECT_EQ(b.Run("BITCOUNT k 0 0"), "4");
  EXPECT_EQ(b.Run("BITCOUNT k 1 1"), "6");
  EXPECT_EQ(b.Run("BITCOUNT k 5 30 BIT"), "17");
  EXPECT_EQ(b.Run("BITCOUNT k -1 -2"), "0");
  EXPECT_EQ(b.Run("BITCOUNT k 0"), "-ERR syntax error");
  EXPECT_EQ(b.Run("BITCOUNT k 0 1 nibble"), "-ERR syntax error");
  EXPECT_EQ(b.Run("BITCOUNT none 0 x"), "0");
  b.Run("SETBIT ones 7 1");
  b.Run("BITFIELD ones SET u8 0 255 SET u8 8 255");
  EXPECT_EQ(b.Run("BITPOS ones 0"), "16");
  EXPECT_EQ(b.Run("BITPOS ones 0 1"), "16");
  EXPECT_EQ(b.Run("BITPOS ones 0 0 -1"), "-1");
  EXPECT_EQ(b.Run("BITPOS ones 1 9 15 BIT"), "9");
  EXPECT_EQ(b.Run("BITPOS ones 1 5 4"), "-1");
  EXPECT_EQ(b.Run("BITPOS none 0"), "0");
  EXPECT_EQ(b.Run("BITPOS none 1"), "-1");
  EXPECT_EQ(b.Run("BITPOS ones 2"), "-ERR The bit argument must be 1 or 0.");
}

TEST(BitmapCommands, Combine) {
  CommandBench b;
  b.Run("SET a foobar");
  b.Run("SET b abcdef");
  EXPECT_EQ(b.Run("BITOP AND d a b"), "6");
  EXPECT_EQ(b.events(), "new d, set d");
  EXPECT_EQ(b.Run("GET d"), "`bc`ab");
  EXPECT_EQ(b.Run("BITOP OR d a none"), "6");
  EXPECT_EQ(b.Run("GET d"), "foobar");
  EXPECT_EQ(b.Run("BITOP NOT d a b"), "-ERR BITOP NOT must be called with a single source key.");
  EXPECT_EQ(b.Run("BITOP NAND d a b"), "-ERR syntax error");
  EXPECT_EQ(b.Run("BITOP XOR d none"), "0");
  EXPECT_EQ(b.events(), "del d");
  b.Run("RPUSH l x");
  EXPECT_EQ(b.Run("BITOP AND d a l"), "-WRONGTYPE Operation against a key holding the wrong kind of value");
}

TEST(BitmapCommands, Fields) {
  CommandBench b;
  EXPECT_EQ(b.Run("BITFIELD k INCRBY i5 100 1 GET u4 0"), "[1, 0]");
  EXPECT_EQ(b.Run("BITFIELD k SET u8 0 255 GET i8 0 GET u8 #0"), "[0, -1, 255]");
  EXPECT_EQ(b.Run("BITFIELD k OVERFLOW SAT INCRBY u8 0 10 OVERFLOW FAIL INCRBY u8 0 1 OVERFLOW WRAP INCRBY u8 0 2"),
            "[255, nil, 1]");
  EXPECT_EQ(b.dirty(), 1);
  EXPECT_EQ(b.Run("BITFIELD k SET i64 0 -9223372036854775808"), "[72057594037927936]");
  EXPECT_EQ(b.Run("BITFIELD k INCRBY i64 0 -1"), "[9223372036854775807]");
  EXPECT_EQ(b.Run("BITFIELD k OVERFLOW SAT INCRBY i64 0 1"), "[9223372036854775807]");
  EXPECT_EQ(b.Run("BITFIELD k SET u8 0 -1"), "[127]");
  EXPECT_EQ(b.Run("BITFIELD k OVERFLOW SAT SET i4 0 100"), "[-1]");
  EXPECT_EQ(b.Run("BITFIELD k GET i4 0"), "[7]");
  EXPECT_EQ(b.Run("BITFIELD none GET u8 0"), "[0]");
  EXPECT_EQ(b.Run("EXISTS none"), "0");
  EXPECT_EQ(b.Run("BITFIELD k"), "[]");
  EXPECT_EQ(b.Run("BITFIELD_RO k GET u8 0"), "[127]");
  EXPECT_EQ(b.Run("BITFIELD_RO k SET u8 0 1"), "-ERR BITFIELD_RO only supports the GET subcommand");
  constexpr std::string_view kBadType =
      "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";
  for (const char* type : {"u64", "i65", "u0", "x8", "i", "8"}) {
    EXPECT_EQ(b.Run(std::string("BITFIELD k GET ") + type + " 0"), kBadType);
  }
  EXPECT_EQ(b.Run("BITFIELD k GET u8 #9223372036854775807"), "-ERR bit offset is not an integer or out of range");
  EXPECT_EQ(b.Run("BITFIELD k OVERFLOW maybe"), "-ERR Invalid OVERFLOW type specified");
  EXPECT_EQ(b.Run("BITFIELD k GET u8"), "-ERR syntax error");
}

// A replica must grow as its primary did, even when no number was changed.
TEST(BitmapCommands, GrowingIsTold) {
  CommandBench b;
  EXPECT_EQ(b.Run("BITFIELD k OVERFLOW FAIL SET u8 80 300"), "[nil]");
  EXPECT_EQ(b.Run("STRLEN k"), "11");
  EXPECT_EQ(b.Run("BITFIELD k OVERFLOW FAIL SET u8 800 300"), "[nil]");
  EXPECT_EQ(b.told(), "BITFIELD k OVERFLOW FAIL SET u8 800 300");
  EXPECT_EQ(b.Run("BITFIELD k OVERFLOW FAIL SET u8 800 300"), "[nil]");
  EXPECT_EQ(b.told(), "");
}

}  // namespace
}  // namespace dunlin::commands
