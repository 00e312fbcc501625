#include <gtest/gtest.h>

#include <map>
#include <set>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

std::string SortedRun(CommandBench& b, std::string_view line) { return CommandBench::Sorted(b.Run(line)); }

TEST(SetCommands, AddRemoveAsk) {
  CommandBench b;
  EXPECT_EQ(b.Run("SADD s a b a"), "2");
  EXPECT_EQ(b.events(), "new s, sadd s");
  EXPECT_EQ(b.told(), "SADD s a b a");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("SADD s a"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.events(), "");
  EXPECT_EQ(b.Run("SCARD s"), "2");
  EXPECT_EQ(b.Run("SCARD none"), "0");
  EXPECT_EQ(b.Run("SISMEMBER s a"), "1");
  EXPECT_EQ(b.Run("SISMEMBER s x"), "0");
  EXPECT_EQ(b.Run("SISMEMBER none x"), "0");
  EXPECT_EQ(b.Run("SMISMEMBER s a x b"), "[1, 0, 1]");
  EXPECT_EQ(b.Run("SMISMEMBER none a"), "[0]");
  EXPECT_EQ(SortedRun(b, "SMEMBERS s"), "[a, b]");
  EXPECT_EQ(b.Run("SMEMBERS none"), "[]");
  EXPECT_EQ(b.Run("SREM s x"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("SREM none x"), "0");
  EXPECT_EQ(b.Run("SREM s a x"), "1");
  EXPECT_EQ(b.events(), "srem s");
  EXPECT_EQ(b.Run("SREM s b a"), "1");
  EXPECT_EQ(b.events(), "srem s, del s");
  EXPECT_EQ(b.Run("EXISTS s"), "0");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("SMEMBERS none"), "{}");
  b.Run("SADD s a");
  EXPECT_EQ(b.Run("SMEMBERS s"), "{a}");
}

TEST(SetCommands, WrongTypes) {
  CommandBench b;
  b.Run("SET x y");
  b.Run("SADD s a");
  for (const char* line : {"SADD x a",
                           "SREM x a",
                           "SCARD x",
                           "SISMEMBER x a",
                           "SMISMEMBER x a",
                           "SMEMBERS x",
                           "SPOP x",
                           "SPOP x 2",
                           "SRANDMEMBER x",
                           "SRANDMEMBER x 2",
                           "SMOVE x s a",
                           "SMOVE s x a",
                           "SINTER none x",
                           "SINTER s x",
                           "SUNION s x",
                           "SDIFF s x",
                           "SDIFF none x",
                           "SINTERSTORE d s x",
                           "SUNIONSTORE d s x",
                           "SDIFFSTORE d s x",
                           "SINTERCARD 2 none x",
                           "SSCAN x 0"}) {
    EXPECT_EQ(b.Run(line), "-WRONGTYPE Operation against a key holding the wrong kind of value") << line;
    EXPECT_EQ(b.told(), "") << line;
  }
}

TEST(SetCommands, Move) {
  CommandBench b;
  b.Run("SADD a 1 2");
  b.Run("SADD b 2 3");
  EXPECT_EQ(b.Run("SMOVE a b 1"), "1");
  EXPECT_EQ(b.events(), "srem a, sadd b");
  EXPECT_EQ(b.told(), "SMOVE a b 1");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("SMOVE a b 9"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("SMOVE a b 2"), "1");
  EXPECT_EQ(b.events(), "srem a, del a");
  EXPECT_EQ(b.dirty(), 1);
  EXPECT_EQ(b.Run("SMOVE a b 2"), "0");
  EXPECT_EQ(b.Run("SMOVE b b 2"), "1");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("SMOVE b b 9"), "0");
  EXPECT_EQ(b.Run("SMOVE b c 3"), "1");
  EXPECT_EQ(b.events(), "srem b, new c, sadd c");
  EXPECT_EQ(b.Run("OBJECT ENCODING c"), "intset");
}

TEST(SetCommands, Algebra) {
  CommandBench b;
  b.Run("SADD a 1 2 3 4");
  b.Run("SADD b 2 3 x");
  b.Run("SADD c 3");
  EXPECT_EQ(SortedRun(b, "SINTER a b"), "[2, 3]");
  EXPECT_EQ(SortedRun(b, "SINTER a a"), "[1, 2, 3, 4]");
  EXPECT_EQ(b.Run("SINTER a none b"), "[]");
  EXPECT_EQ(SortedRun(b, "SUNION a b none c"), "[1, 2, 3, 4, x]");
  EXPECT_EQ(SortedRun(b, "SDIFF a b c none"), "[1, 4]");
  EXPECT_EQ(b.Run("SDIFF a b a"), "[]");
  EXPECT_EQ(b.Run("SDIFF none a"), "[]");
  EXPECT_EQ(SortedRun(b, "SDIFF a"), "[1, 2, 3, 4]");
  EXPECT_EQ(b.Run("SINTERCARD 2 a b"), "2");
  EXPECT_EQ(b.Run("SINTERCARD 2 a b LIMIT 1"), "1");
  EXPECT_EQ(b.Run("SINTERCARD 2 a b LIMIT 0"), "2");
  EXPECT_EQ(b.Run("SINTERCARD 2 a none"), "0");
  EXPECT_EQ(b.Run("SINTERCARD 0 a"), "-ERR numkeys should be greater than 0");
  EXPECT_EQ(b.Run("SINTERCARD x a"), "-ERR numkeys should be greater than 0");
  EXPECT_EQ(b.Run("SINTERCARD 3 a b"), "-ERR Number of keys can't be greater than number of args");
  EXPECT_EQ(b.Run("SINTERCARD 2 a b LIMIT -1"), "-ERR LIMIT can't be negative");
  EXPECT_EQ(b.Run("SINTERCARD 2 a b LIMIT"), "-ERR syntax error");
  EXPECT_EQ(b.Run("SINTERCARD 2 a b c"), "-ERR syntax error");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("SINTER b c"), "{3}");
  EXPECT_EQ(b.Run("SDIFF c b"), "{}");
}

TEST(SetCommands, DifferencesAgree) {
  // Small first set against large ones, and the other way round: two ways to compute the same.
  CommandBench b;
  for (int i = 0; i < 500; ++i) b.Run({"SADD", "large", std::to_string(i) + "x"});
  for (int i = 495; i < 505; ++i) b.Run({"SADD", "small", std::to_string(i) + "x"});
  EXPECT_EQ(SortedRun(b, "SDIFF small large"), "[500x, 501x, 502x, 503x, 504x]");
  EXPECT_EQ(b.Run("SDIFFSTORE d large small small small small"), "495");
  EXPECT_EQ(b.Run("SISMEMBER d 494x"), "1");
  EXPECT_EQ(b.Run("SISMEMBER d 495x"), "0");
}

TEST(SetCommands, StoreForms) {
  CommandBench b;
  b.Run("SADD a 1 2 3");
  b.Run("SADD b 2 3 x");
  b.Run("SET d text");
  EXPECT_EQ(b.Run("SINTERSTORE d a b"), "2");
  EXPECT_EQ(b.events(), "sinterstore d");
  EXPECT_EQ(b.told(), "SINTERSTORE d a b");
  EXPECT_EQ(b.dirty(), 1);
  EXPECT_EQ(b.Run("OBJECT ENCODING d"), "intset");
  EXPECT_EQ(b.Run("SUNIONSTORE u a b"), "4");
  EXPECT_EQ(b.events(), "new u, sunionstore u");
  EXPECT_EQ(b.Run("SDIFFSTORE a a b"), "1");
  EXPECT_EQ(b.events(), "sdiffstore a");
  EXPECT_EQ(b.Run("SMEMBERS a"), "[1]");
  EXPECT_EQ(b.Run("SINTERSTORE d none a"), "0");
  EXPECT_EQ(b.events(), "del d");
  EXPECT_EQ(b.told(), "SINTERSTORE d none a");
  EXPECT_EQ(b.Run("SINTERSTORE d none a"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("SDIFFSTORE a a a"), "0");
  EXPECT_EQ(b.events(), "del a");
  EXPECT_EQ(b.Run("EXISTS a"), "0");
}

TEST(SetCommands, StoreTakesTheExpiryAway) {
  CommandBench b;
  b.Run("SADD a 1");
  b.Run("SADD d 2");
  b.Run("PEXPIRE d 1000");
  b.Run("SUNIONSTORE d a");
  EXPECT_EQ(b.Run("PTTL d"), "-1");
}

TEST(SetCommands, Pop) {
  CommandBench b;
  b.Run("SADD s a");
  EXPECT_EQ(b.Run("SPOP s"), "a");
  EXPECT_EQ(b.told(), "SREM s a");
  EXPECT_EQ(b.events(), "spop s, del s");
  EXPECT_EQ(b.Run("SPOP s"), "nil");
  EXPECT_EQ(b.Run("SPOP s 3"), "[]");
  EXPECT_EQ(b.Run("SPOP s -1"), "-ERR value is out of range, must be positive");
  EXPECT_EQ(b.Run("SPOP s 1 2"), "-ERR syntax error");
  b.Run("SADD s a b c");
  EXPECT_EQ(b.Run("SPOP s 0"), "[]");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(SortedRun(b, "SPOP s 3"), "[a, b, c]");
  EXPECT_EQ(b.told(), "DEL s");
  EXPECT_EQ(b.events(), "spop s, del s");
  EXPECT_EQ(b.dirty(), 3);
  b.settings.lazy_server_delete = true;
  b.Run("SADD s a b c");
  b.Run("SPOP s 100");
  EXPECT_EQ(b.told(), "UNLINK s");
}

TEST(SetCommands, PopSeveral) {
  // Few of many, many of many; from each form of a set.
  struct Case {
    int size;
    int count;
    const char* suffix;
  };
  for (Case c : {Case{10, 2, ""}, Case{10, 9, ""}, Case{100, 20, "x"}, Case{100, 95, "x"}, Case{2000, 5, "x"},
                 Case{2000, 1500, "x"}, Case{2000, 1990, "x"}}) {
    CommandBench b;
    std::set<std::string> all;
    for (int i = 0; i < c.size; ++i) {
      all.insert(std::to_string(i) + c.suffix);
      b.Run({"SADD", "s", std::to_string(i) + c.suffix});
    }
    b.Run({"SPOP", "s", std::to_string(c.count)});
    EXPECT_EQ(b.dirty(), c.count);
    EXPECT_EQ(b.changes().told().size(), static_cast<size_t>((c.count + 1023) / 1024));
    std::set<std::string> popped;
    for (const Told& told : b.changes().told()) {
      EXPECT_EQ(told.args[0], "SREM");
      EXPECT_EQ(told.args[1], "s");
      popped.insert(told.args.begin() + 2, told.args.end());
    }
    EXPECT_EQ(popped.size(), static_cast<size_t>(c.count));
    EXPECT_EQ(b.Run("SCARD s"), std::to_string(c.size - c.count));
    for (const std::string& member : all) {
      EXPECT_EQ(b.Run({"SISMEMBER", "s", member}), popped.contains(member) ? "0" : "1");
    }
  }
}

TEST(SetCommands, RandomMembers) {
  CommandBench b;
  b.Run("SADD s a b c d");
  EXPECT_EQ(b.Run("SRANDMEMBER none"), "nil");
  EXPECT_EQ(b.Run("SRANDMEMBER none 2"), "[]");
  EXPECT_EQ(b.Run("SRANDMEMBER s 0"), "[]");
  EXPECT_EQ(SortedRun(b, "SRANDMEMBER s 9"), "[a, b, c, d]");
  EXPECT_EQ(b.Run("SRANDMEMBER s 1 2"), "-ERR syntax error");
  EXPECT_EQ(b.Run("SRANDMEMBER s -9223372036854775808"),
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
  std::map<std::string, int> seen;
  constexpr int kRounds = 4000;
  for (int i = 0; i < kRounds; ++i) ++seen[b.Run("SRANDMEMBER s 1")];
  EXPECT_EQ(seen.size(), 4u);
  for (const auto& [reply, times] : seen) {
    EXPECT_GT(times, kRounds / 5) << reply;
    EXPECT_LT(times, kRounds / 3) << reply;
  }
  std::string many = b.Run("SRANDMEMBER s -100");
  EXPECT_EQ(std::count(many.begin(), many.end(), ','), 99);
}

TEST(SetCommands, Scan) {
  CommandBench b;
  b.Run("SADD s 1 2 33");
  EXPECT_EQ(b.Run("SSCAN s 0"), "[0, [1, 2, 33]]");
  EXPECT_EQ(b.Run("SSCAN s 0 MATCH 3*"), "[0, [33]]");
  EXPECT_EQ(b.Run("SSCAN none 0"), "[0, []]");
  EXPECT_EQ(b.Run("SSCAN s 5 COUNT 1"), "[0, [1, 2, 33]]");
}

TEST(SetCommands, Encodings) {
  CommandBench b;
  b.Run("SADD ints 1 2");
  EXPECT_EQ(b.Run("OBJECT ENCODING ints"), "intset");
  b.Run("SADD ints a");
  EXPECT_EQ(b.Run("OBJECT ENCODING ints"), "listpack");
  b.Run({"SADD", "ints", std::string(65, 'x')});
  EXPECT_EQ(b.Run("OBJECT ENCODING ints"), "hashtable");
}

}  // namespace
}  // namespace dunlin::commands
