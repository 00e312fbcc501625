#include <gtest/gtest.h>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

TEST(HyperloglogCommands, AddAndCount) {
  CommandBench b;
  EXPECT_EQ(b.Run("PFADD k"), "1");
  EXPECT_EQ(b.events(), "new k, pfadd k");
  EXPECT_EQ(b.Run("PFADD k"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("PFADD k a b c"), "1");
  EXPECT_EQ(b.dirty(), 3);
  EXPECT_EQ(b.Run("PFADD k b"), "0");
  EXPECT_EQ(b.Run("PFCOUNT k"), "3");
  // The count is kept, and replicas learn of it.
  EXPECT_EQ(b.told(), "PFCOUNT k");
  EXPECT_EQ(b.Run("PFCOUNT k"), "3");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("PFADD j c d"), "1");
  EXPECT_EQ(b.Run("PFCOUNT k none j"), "4");
  EXPECT_EQ(b.Run("PFCOUNT none"), "0");
  EXPECT_EQ(b.Run("PFMERGE m k j"), "+OK");
  EXPECT_EQ(b.events(), "new m, pfadd m");
  EXPECT_EQ(b.Run("PFCOUNT m"), "4");
  b.Run("PFADD k e");
  // On a replica as well.
  b.expiry = ExpiryRule::kHide;
  EXPECT_EQ(b.Run("PFCOUNT k"), "4");
  EXPECT_EQ(b.told(), "PFCOUNT k");
  EXPECT_EQ(b.Run("PFCOUNT k"), "4");
  EXPECT_EQ(b.told(), "");
}

TEST(HyperloglogCommands, BecomesDense) {
  CommandBench b;
  b.settings.encoding.hll_sparse_max_bytes = 100;
  for (int i = 0; i < 200; ++i) b.Run("PFADD k " + std::to_string(i));
  EXPECT_EQ(b.Run("PFDEBUG ENCODING k"), "+dense");
  EXPECT_EQ(b.Run("STRLEN k"), "12304");
  EXPECT_EQ(b.Run("PFDEBUG DECODE k"), "-ERR HLL encoding is not sparse");
  EXPECT_EQ(b.Run("PFADD s 1"), "1");
  EXPECT_EQ(b.Run("PFDEBUG ENCODING s"), "+sparse");
  EXPECT_EQ(b.Run("PFMERGE s k"), "+OK");
  EXPECT_EQ(b.Run("PFDEBUG ENCODING s"), "+dense");
  EXPECT_EQ(b.Run("PFDEBUG TODENSE s"), "0");
  b.Run("PFADD t 1");
  EXPECT_EQ(b.Run("PFDEBUG TODENSE t"), "1");
  EXPECT_EQ(b.told(), "PFDEBUG TODENSE t");
  EXPECT_EQ(b.Run("PFCOUNT t"), "1");
}

TEST(HyperloglogCommands, WhatIsNone) {
  CommandBench b;
  constexpr std::string_view kNone = "-WRONGTYPE Key is not a valid HyperLogLog string value.";
  b.Run("SET text hello");
  b.Run("SET number 12");
  b.Run("RPUSH list x");
  for (const char* line : {"PFADD text a", "PFCOUNT text", "PFCOUNT text none", "PFMERGE none text", "PFMERGE text",
                           "PFDEBUG ENCODING text", "PFADD number a"}) {
    EXPECT_EQ(b.Run(line), kNone) << line;
  }
  EXPECT_EQ(b.Run("PFADD list a"), "-WRONGTYPE Operation against a key holding the wrong kind of value");
  EXPECT_EQ(b.Run("PFDEBUG ENCODING none"), "-ERR The specified key does not exist");
  b.Run("PFADD k a");
  EXPECT_EQ(b.Run("PFDEBUG WHAT k"), "-ERR Unknown PFDEBUG subcommand 'WHAT'");
  b.Run("SETRANGE k 16 zzzz");
  EXPECT_EQ(b.Run("PFCOUNT k"), "-INVALIDOBJ Corrupted HLL object detected");
  EXPECT_EQ(b.Run("PFCOUNT k none"), "-INVALIDOBJ Corrupted HLL object detected");
}

TEST(HyperloglogCommands, SelfTest) {
  CommandBench b;
  EXPECT_EQ(b.Run("PFSELFTEST"), "+OK");
}

}  // namespace
}  // namespace dunlin::commands
