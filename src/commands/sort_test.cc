#include <gtest/gtest.h>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

TEST(SortCommands, NumbersAndTexts) {
  CommandBench b;
  b.Run("RPUSH l 10 9 100 -1 2.5");
  EXPECT_EQ(b.Run("SORT l"), "[-1, 2.5, 9, 10, 100]");
  EXPECT_EQ(b.Run("SORT l DESC LIMIT 1 2"), "[10, 9]");
  EXPECT_EQ(b.Run("SORT l ALPHA"), "[-1, 10, 100, 2.5, 9]");
  EXPECT_EQ(b.Run("SORT l LIMIT 10 5"), "[]");
  EXPECT_EQ(b.Run("SORT l LIMIT -5 2"), "[-1, 2.5]");
  EXPECT_EQ(b.Run("SORT l LIMIT 0 0"), "[]");
  EXPECT_EQ(b.Run("SORT none"), "[]");
  b.Run("RPUSH l x");
  EXPECT_EQ(b.Run("SORT l"), "-ERR One or more scores can't be converted into double");
  b.Run("SET text x");
  EXPECT_EQ(b.Run("SORT text"), "-WRONGTYPE Operation against a key holding the wrong kind of value");
  EXPECT_EQ(b.Run("SORT l LIMIT 1"), "-ERR syntax error");
  EXPECT_EQ(b.Run("SORT_RO l STORE d"), "-ERR syntax error");
}

TEST(SortCommands, PatternsAndStore) {
  CommandBench b;
  b.Run("SADD s 1 2 3");
  b.Run("MSET w_1 30 w_2 20 w_3 10 name_1 one name_2 two");
  b.Run("HSET h_1 f b");
  b.Run("HSET h_2 f a");
  EXPECT_EQ(b.Run("SORT s BY w_*"), "[3, 2, 1]");
  EXPECT_EQ(b.Run("SORT s BY w_* GET # GET name_*"), "[3, nil, 2, two, 1, one]");
  EXPECT_EQ(b.Run("SORT s BY h_*->f ALPHA"), "[3, 2, 1]");
  EXPECT_EQ(b.Run("SORT s BY w_* DESC GET name_* STORE d"), "3");
  EXPECT_EQ(b.events(), "new d, sortstore d");
  EXPECT_EQ(b.Run("LRANGE d 0 -1"), "[one, two, ]");
  EXPECT_EQ(b.Run("SORT none STORE d"), "0");
  EXPECT_EQ(b.events(), "del d");
  EXPECT_EQ(b.Run("SORT s BY nosort STORE d"), "3");
  EXPECT_EQ(b.Run("LRANGE d 0 -1"), "[1, 2, 3]");
}

TEST(SortCommands, KeptOrder) {
  CommandBench b;
  b.Run("RPUSH l c a b");
  b.Run("ZADD z 1 c 2 a 3 b");
  for (const char* key : {"l", "z"}) {
    std::string sort = std::string("SORT ") + key + " BY nosort";
    EXPECT_EQ(b.Run(sort), "[c, a, b]");
    EXPECT_EQ(b.Run(sort + " DESC"), "[b, a, c]");
    EXPECT_EQ(b.Run(sort + " DESC LIMIT 1 1"), "[a]");
  }
}

TEST(SortCommands, KeysAndWhoMustWait) {
  CommandBench b;
  const CommandSpec& sort = *b.table().Find("sort");
  std::vector<std::string_view> words{"SORT", "l", "BY", "store", "GET", "#", "STORE", "d", "STORE", "e"};
  std::vector<KeyPosition> keys;
  ASSERT_TRUE(FindKeys(sort, words, &keys));
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[1].index, 9);
  EXPECT_FALSE(MustRunAlone(sort, words));
  words[3] = "w_*";
  EXPECT_TRUE(MustRunAlone(sort, words));
  words = {"SORT", "l", "STORE", "w_*"};
  EXPECT_FALSE(MustRunAlone(sort, words));
}

}  // namespace
}  // namespace dunlin::commands
