#include <gtest/gtest.h>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

TEST(StringCommands, OnlyTheFirstValueMakesAKeyNew) {
  CommandBench b;
  b.Run("SET k 1");
  EXPECT_EQ(b.events(), "new k, set k");
  b.Run("SET k 2");
  EXPECT_EQ(b.events(), "set k");
  b.Run("SET other v EX 100");
  EXPECT_EQ(b.events(), "new other, set other, expire other");
  b.Run("INCRBYFLOAT f 1.5");
  EXPECT_EQ(b.events(), "new f, incrbyfloat f");
}

TEST(StringCommands, AKeyThatWasRenamedCopiedOrRestoredIsNew) {
  CommandBench b;
  b.Run("SET a v");
  b.Run("COPY a b");
  EXPECT_EQ(b.events(), "new b, copy_to b");
  b.Run("RENAME b a");
  EXPECT_EQ(b.events(), "new a, rename_from b, rename_to a");
  b.Run("MOVE a 1");
  EXPECT_EQ(b.events(), "new a, move_from a, move_to a");
}

TEST(StringCommands, AnExpiryIsToldAsAMoment) {
  CommandBench b;
  b.Run("SET k v EX 100");
  EXPECT_EQ(b.told(), "SET k v PXAT " + std::to_string(b.now_ms + 100'000));
  std::string moment = std::to_string(b.now_ms + 5000);
  b.Run("SET k v pxat " + moment);
  EXPECT_EQ(b.told(), "SET k v pxat " + moment);
}

}  // namespace
}  // namespace dunlin::commands
