#include <gtest/gtest.h>

#include <set>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

constexpr char kWrongType[] = "-WRONGTYPE Operation against a key holding the wrong kind of value";

TEST(SortedSetCommands, Add) {
  CommandBench b;
  EXPECT_EQ(b.Run("ZADD z 1 a 2 b"), "2");
  EXPECT_EQ(b.events(), "new z, zadd z");
  EXPECT_EQ(b.told(), "ZADD z 1 a 2 b");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("ZADD z 1 a 3 b 4 c"), "1");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("ZADD z CH 1 a 5 b 6 d"), "2");
  EXPECT_EQ(b.Run("ZADD z 1 a"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.events(), "");
  EXPECT_EQ(b.Run("ZRANGE z 0 -1 WITHSCORES"), "[a, 1, c, 4, b, 5, d, 6]");
  EXPECT_EQ(b.Run("ZADD z nx 9 a 9 e"), "1");
  EXPECT_EQ(b.Run("ZADD z xx 8 a 9 f"), "0");
  EXPECT_EQ(b.dirty(), 1);
  EXPECT_EQ(b.Run("ZADD none xx 8 a"), "0");
  EXPECT_EQ(b.Run("EXISTS none"), "0");
  EXPECT_EQ(b.Run("ZADD z gt ch 7 a 10 b"), "1");
  EXPECT_EQ(b.Run("ZADD z lt ch 7 a 20 b"), "1");
  EXPECT_EQ(b.Run("ZMSCORE z a b"), "[7, 10]");
  EXPECT_EQ(b.Run("ZADD z incr 3 a"), "10");
  EXPECT_EQ(b.events(), "zincr z");
  EXPECT_EQ(b.Run("ZADD z nx incr 3 a"), "nil");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("ZADD z xx incr 3 none"), "nil");
  EXPECT_EQ(b.Run("ZADD z gt incr -3 a"), "nil");
  EXPECT_EQ(b.Run("ZADD none xx incr 3 a"), "nil");
  EXPECT_EQ(b.Run("ZINCRBY z 1.5 a"), "11.5");
  EXPECT_EQ(b.Run("ZINCRBY new 2 a"), "2");
  EXPECT_EQ(b.events(), "new new, zincr new");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("ZINCRBY z 0 a"), ",11.5");
}

TEST(SortedSetCommands, AddErrors) {
  CommandBench b;
  EXPECT_EQ(b.Run("ZADD z 1 a 2"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZADD z nx ch"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZADD z foo a"), "-ERR value is not a valid float");
  EXPECT_EQ(b.Run("ZADD z nan a"), "-ERR value is not a valid float");
  EXPECT_EQ(b.Run("ZADD z 1 a foo b"), "-ERR value is not a valid float");
  EXPECT_EQ(b.Run("EXISTS z"), "0");
  EXPECT_EQ(b.Run("ZADD z xx nx 1 a"), "-ERR XX and NX options at the same time are not compatible");
  EXPECT_EQ(b.Run("ZADD z gt lt 1 a"), "-ERR GT, LT, and/or NX options at the same time are not compatible");
  EXPECT_EQ(b.Run("ZADD z gt nx 1 a"), "-ERR GT, LT, and/or NX options at the same time are not compatible");
  EXPECT_EQ(b.Run("ZADD z incr 1 a 2 b"), "-ERR INCR option supports a single increment-element pair");
  b.Run("ZADD z +inf a");
  EXPECT_EQ(b.Run("ZINCRBY z -inf a"), "-ERR resulting score is not a number (NaN)");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("ZSCORE z a"), "inf");
}

TEST(SortedSetCommands, WrongTypes) {
  CommandBench b;
  b.Run("SET x y");
  b.Run("ZADD z 1 a");
  for (const char* line : {"ZADD x 1 a",
                           "ZADD x xx 1 a",
                           "ZINCRBY x 1 a",
                           "ZCARD x",
                           "ZSCORE x a",
                           "ZMSCORE x a",
                           "ZRANK x a",
                           "ZREVRANK x a",
                           "ZCOUNT x 0 1",
                           "ZLEXCOUNT x - +",
                           "ZSCAN x 0",
                           "ZRANDMEMBER x",
                           "ZRANDMEMBER x 2",
                           "ZRANGE x 0 1",
                           "ZRANGEBYSCORE x 0 1",
                           "ZRANGEBYLEX x - +",
                           "ZREVRANGE x 0 1",
                           "ZRANGESTORE d x 0 1",
                           "ZREM x a",
                           "ZREMRANGEBYRANK x 0 1",
                           "ZREMRANGEBYSCORE x 0 1",
                           "ZREMRANGEBYLEX x - +",
                           "ZPOPMIN x",
                           "ZPOPMAX x 2",
                           "ZPOPMIN x 0",
                           "ZMPOP 2 none x MIN",
                           "BZPOPMIN none x 0",
                           "BZPOPMAX x 0",
                           "BZMPOP 0 1 x MAX",
                           "ZUNION 2 z x",
                           "ZINTER 2 none x",
                           "ZDIFF 2 z x",
                           "ZUNIONSTORE d 1 x",
                           "ZINTERSTORE d 1 x",
                           "ZDIFFSTORE d 1 x",
                           "ZINTERCARD 1 x"}) {
    EXPECT_EQ(b.Run(line), kWrongType) << line;
    EXPECT_EQ(b.told(), "") << line;
  }
}

TEST(SortedSetCommands, Read) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 2.5 c inf d");
  EXPECT_EQ(b.Run("ZCARD z"), "4");
  EXPECT_EQ(b.Run("ZCARD none"), "0");
  EXPECT_EQ(b.Run("ZSCORE z c"), "2.5");
  EXPECT_EQ(b.Run("ZSCORE z d"), "inf");
  EXPECT_EQ(b.Run("ZSCORE z none"), "nil");
  EXPECT_EQ(b.Run("ZSCORE none a"), "nil");
  EXPECT_EQ(b.Run("ZMSCORE z a x"), "[1, nil]");
  EXPECT_EQ(b.Run("ZMSCORE none a x"), "[nil, nil]");
  EXPECT_EQ(b.Run("ZRANK z b"), "1");
  EXPECT_EQ(b.Run("ZREVRANK z b"), "2");
  EXPECT_EQ(b.Run("ZRANK z none"), "nil");
  EXPECT_EQ(b.Run("ZRANK none b"), "nil");
  EXPECT_EQ(b.Run("ZRANK z c WITHSCORE"), "[2, 2.5]");
  EXPECT_EQ(b.Run("ZREVRANK z c withscore"), "[1, 2.5]");
  EXPECT_EQ(b.Run("ZRANK z none WITHSCORE"), "nil-array");
  EXPECT_EQ(b.Run("ZRANK none b WITHSCORE"), "nil-array");
  EXPECT_EQ(b.Run("ZRANK z c WITHSCORES"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZRANK z c WITHSCORE x"), "-ERR wrong number of arguments for 'zrank' command");
  EXPECT_EQ(b.Run("ZCOUNT z 1 2"), "2");
  EXPECT_EQ(b.Run("ZCOUNT z (1 +inf"), "3");
  EXPECT_EQ(b.Run("ZCOUNT z 3 1"), "0");
  EXPECT_EQ(b.Run("ZCOUNT none 1 2"), "0");
  EXPECT_EQ(b.Run("ZCOUNT z x 2"), "-ERR min or max is not a float");
  EXPECT_EQ(b.Run("ZCOUNT z nan 2"), "-ERR min or max is not a float");
  EXPECT_EQ(b.Run("ZCOUNT z '' 2"), "2");
  EXPECT_EQ(b.Run("ZSCAN z 0"), "[0, [a, 1, b, 2, c, 2.5, d, inf]]");
  EXPECT_EQ(b.Run("ZSCAN z 0 MATCH [ab]"), "[0, [a, 1, b, 2]]");
  EXPECT_EQ(b.Run("ZSCAN none 0"), "[0, []]");
}

TEST(SortedSetCommands, RangesByRank) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 3 c 4 d");
  EXPECT_EQ(b.Run("ZRANGE z 1 2"), "[b, c]");
  EXPECT_EQ(b.Run("ZRANGE z -2 -1"), "[c, d]");
  EXPECT_EQ(b.Run("ZRANGE z 2 1"), "[]");
  EXPECT_EQ(b.Run("ZRANGE z 4 9"), "[]");
  EXPECT_EQ(b.Run("ZRANGE none 0 -1"), "[]");
  EXPECT_EQ(b.Run("ZRANGE z 0 1 REV"), "[d, c]");
  EXPECT_EQ(b.Run("ZREVRANGE z 0 1 WITHSCORES"), "[d, 4, c, 3]");
  EXPECT_EQ(b.Run("ZREVRANGE z 3 9"), "[a]");
  EXPECT_EQ(b.Run("ZRANGE z x 1"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(b.Run("ZRANGE z 0 1 LIMIT 0 1"),
            "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
  EXPECT_EQ(b.Run("ZRANGE z 0 1 LIMIT 0 -1"), "[a, b]");
  EXPECT_EQ(b.Run("ZREVRANGE z 0 1 REV"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZREVRANGE z 0 1 BYLEX"), "-ERR syntax error");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("ZRANGE z 0 1 WITHSCORES"), "[[a, ,1], [b, ,2]]");
}

TEST(SortedSetCommands, RangesByScore) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 3 c 4 d 5 e");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z 2 4"), "[b, c, d]");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z (2 (4"), "[c]");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z -inf +inf LIMIT 1 2"), "[b, c]");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z -inf +inf LIMIT 3 -1"), "[d, e]");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z -inf +inf LIMIT -1 2"), "[]");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z -inf +inf LIMIT 5 2"), "[]");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z -inf +inf LIMIT 0 0"), "[]");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z 2 3 WITHSCORES LIMIT 0 1"), "[b, 2]");
  EXPECT_EQ(b.Run("ZREVRANGEBYSCORE z 4 2"), "[d, c, b]");
  EXPECT_EQ(b.Run("ZREVRANGEBYSCORE z +inf -inf LIMIT 1 2"), "[d, c]");
  EXPECT_EQ(b.Run("ZREVRANGEBYSCORE z 2 4"), "[]");
  EXPECT_EQ(b.Run("ZRANGE z 4 2 BYSCORE REV LIMIT 1 1"), "[c]");
  EXPECT_EQ(b.Run("ZRANGE z 2 4 BYSCORE"), "[b, c, d]");
  EXPECT_EQ(b.Run("ZRANGE z 2 4 BYSCORE BYLEX"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZRANGE z 2 4 REV REV"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z 2 x"), "-ERR min or max is not a float");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z 2 4 LIMIT 1"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZRANGEBYSCORE z 2 4 LIMIT x 1"), "-ERR value is not an integer or out of range");
}

TEST(SortedSetCommands, RangesByMember) {
  CommandBench b;
  b.Run("ZADD z 0 a 0 b 0 c 0 d");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z - +"), "[a, b, c, d]");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z [b (d"), "[b, c]");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z (b + LIMIT 1 5"), "[d]");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z + -"), "[]");
  EXPECT_EQ(b.Run("ZREVRANGEBYLEX z + [c"), "[d, c]");
  EXPECT_EQ(b.Run("ZRANGE z [c - BYLEX REV"), "[c, b, a]");
  EXPECT_EQ(b.Run("ZLEXCOUNT z [b +"), "3");
  EXPECT_EQ(b.Run("ZLEXCOUNT none - +"), "0");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z b +"), "-ERR min or max not valid string range item");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z -x +"), "-ERR min or max not valid string range item");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z '' +"), "-ERR min or max not valid string range item");
  EXPECT_EQ(b.Run("ZRANGEBYLEX z - + WITHSCORES"),
            "-ERR syntax error, WITHSCORES not supported in combination with BYLEX");
}

TEST(SortedSetCommands, RangeStore) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 3 c 4 d");
  EXPECT_EQ(b.Run("ZRANGESTORE d z 1 2"), "2");
  EXPECT_EQ(b.events(), "new d, zrangestore d");
  EXPECT_EQ(b.told(), "ZRANGESTORE d z 1 2");
  EXPECT_EQ(b.Run("ZRANGE d 0 -1 WITHSCORES"), "[b, 2, c, 3]");
  EXPECT_EQ(b.Run("ZRANGESTORE d z 4 2 BYSCORE REV LIMIT 0 2"), "2");
  EXPECT_EQ(b.Run("ZRANGE d 0 -1"), "[c, d]");
  EXPECT_EQ(b.Run("ZRANGESTORE z z 0 0"), "1");
  EXPECT_EQ(b.Run("ZRANGE z 0 -1"), "[a]");
  EXPECT_EQ(b.Run("ZRANGESTORE d none 0 -1"), "0");
  EXPECT_EQ(b.events(), "del d");
  EXPECT_EQ(b.Run("ZRANGESTORE d z 5 9"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("ZRANGESTORE d z 0 1 WITHSCORES"), "-ERR syntax error");
}

TEST(SortedSetCommands, Remove) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g");
  EXPECT_EQ(b.Run("ZREM z a x"), "1");
  EXPECT_EQ(b.events(), "zrem z");
  EXPECT_EQ(b.Run("ZREM z x"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("ZREMRANGEBYRANK z 0 1"), "2");
  EXPECT_EQ(b.events(), "zremrangebyrank z");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("ZREMRANGEBYRANK z 9 12"), "0");
  EXPECT_EQ(b.Run("ZREMRANGEBYSCORE z (4 5"), "1");
  EXPECT_EQ(b.events(), "zremrangebyscore z");
  EXPECT_EQ(b.Run("ZREMRANGEBYSCORE none 1 2"), "0");
  EXPECT_EQ(b.Run("ZREMRANGEBYSCORE z a 2"), "-ERR min or max is not a float");
  EXPECT_EQ(b.Run("ZREMRANGEBYLEX z a 2"), "-ERR min or max not valid string range item");
  EXPECT_EQ(b.Run("ZREMRANGEBYLEX z - +"), "3");
  EXPECT_EQ(b.events(), "zremrangebylex z, del z");
  b.Run("ZADD z 1 a");
  EXPECT_EQ(b.Run("ZREM z a b"), "1");
  EXPECT_EQ(b.events(), "zrem z, del z");
}

TEST(SortedSetCommands, Pop) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 3 c 4 d 5 e");
  EXPECT_EQ(b.Run("ZPOPMIN z"), "[a, 1]");
  EXPECT_EQ(b.events(), "zpopmin z");
  EXPECT_EQ(b.told(), "ZPOPMIN z");
  EXPECT_EQ(b.Run("ZPOPMAX z 2"), "[e, 5, d, 4]");
  EXPECT_EQ(b.events(), "zpopmax z");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("ZPOPMIN z 0"), "[]");
  EXPECT_EQ(b.Run("ZPOPMIN z -1"), "-ERR value is out of range, must be positive");
  EXPECT_EQ(b.Run("ZPOPMIN z 1 2"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZPOPMIN none"), "[]");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("ZPOPMIN z"), "[b, ,2]");
  EXPECT_EQ(b.Run("ZPOPMIN z 5"), "[[c, ,3]]");
  EXPECT_EQ(b.events(), "zpopmin z, del z");
  EXPECT_EQ(b.Run("ZPOPMIN z 5"), "[]");
}

TEST(SortedSetCommands, PopFromSeveralKeys) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 3 c 4 d 5 e");
  EXPECT_EQ(b.Run("ZMPOP 2 none z MIN"), "[z, [[a, 1]]]");
  EXPECT_EQ(b.told(), "ZPOPMIN z 1");
  EXPECT_EQ(b.Run("ZMPOP 1 z max COUNT 2"), "[z, [[e, 5], [d, 4]]]");
  EXPECT_EQ(b.told(), "ZPOPMAX z 2");
  EXPECT_EQ(b.Run("ZMPOP 1 none max"), "nil-array");
  EXPECT_EQ(b.Run("ZMPOP 1 z up"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZMPOP 0 z min"), "-ERR numkeys should be greater than 0");
  EXPECT_EQ(b.Run("BZPOPMIN none z 0"), "[z, b, 2]");
  EXPECT_EQ(b.told(), "ZPOPMIN z");
  EXPECT_EQ(b.Run("BZMPOP 0 1 z max count 9"), "[z, [[c, 3]]]");
  EXPECT_EQ(b.told(), "ZPOPMAX z 1");
  EXPECT_EQ(b.events(), "zpopmax z, del z");
  EXPECT_EQ(b.Run("BZPOPMAX z y 1"), "(waits)");
  EXPECT_EQ(b.wait()->type, values::Type::kSortedSet);
  EXPECT_EQ(b.wait()->key_count, 2u);
  EXPECT_EQ(b.wait()->deadline_ms, b.now_ms + 1000);
  EXPECT_EQ(b.Run("BZMPOP 0.5 1 z min"), "(waits)");
  EXPECT_EQ(b.wait()->first_key, 3u);
  b.may_wait = false;
  EXPECT_EQ(b.Run("BZPOPMIN z 0"), "nil-array");
  EXPECT_EQ(b.Run("BZMPOP 0 1 z min"), "nil-array");
  EXPECT_EQ(b.Run("BZPOPMIN z -1"), "-ERR timeout is negative");
}

TEST(SortedSetCommands, Algebra) {
  CommandBench b;
  b.Run("ZADD a 1 x 2 y 3 z");
  b.Run("ZADD b 10 y 20 z 30 w");
  b.Run("SADD s x y");
  EXPECT_EQ(b.Run("ZUNION 2 a b WITHSCORES"), "[x, 1, y, 12, z, 23, w, 30]");
  EXPECT_EQ(b.Run("ZUNION 2 a b AGGREGATE max WITHSCORES"), "[x, 1, y, 10, z, 20, w, 30]");
  EXPECT_EQ(b.Run("ZUNION 2 a b WEIGHTS 2 1 AGGREGATE min WITHSCORES"), "[x, 2, y, 4, z, 6, w, 30]");
  EXPECT_EQ(b.Run("ZUNION 2 a s WITHSCORES"), "[x, 2, y, 3, z, 3]");
  EXPECT_EQ(b.Run("ZUNION 1 none"), "[]");
  EXPECT_EQ(b.Run("ZINTER 2 a b"), "[y, z]");
  EXPECT_EQ(b.Run("ZINTER 3 a b s WITHSCORES"), "[y, 13]");
  EXPECT_EQ(b.Run("ZINTER 2 a a WITHSCORES"), "[x, 2, y, 4, z, 6]");
  EXPECT_EQ(b.Run("ZINTER 2 a none"), "[]");
  EXPECT_EQ(b.Run("ZDIFF 2 a b WITHSCORES"), "[x, 1]");
  EXPECT_EQ(b.Run("ZDIFF 2 a a"), "[]");
  EXPECT_EQ(b.Run("ZDIFF 3 b s none"), "[z, w]");
  EXPECT_EQ(b.Run("ZDIFF 2 none a"), "[]");
  EXPECT_EQ(b.Run("ZINTERCARD 2 a b"), "2");
  EXPECT_EQ(b.Run("ZINTERCARD 2 a b LIMIT 1"), "1");
  EXPECT_EQ(b.Run("ZINTERCARD 2 a b LIMIT -1"), "-ERR LIMIT can't be negative");
  EXPECT_EQ(b.Run("ZINTERCARD 2 a b WITHSCORES"), "-ERR syntax error");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("ZDIFF 2 a b WITHSCORES"), "[[x, ,1]]");
}

TEST(SortedSetCommands, AlgebraWithInfinities) {
  CommandBench b;
  b.Run("ZADD a inf x");
  b.Run("ZADD b -inf x");
  EXPECT_EQ(b.Run("ZUNION 2 a b WITHSCORES"), "[x, 0]");
  EXPECT_EQ(b.Run("ZINTER 2 a b WITHSCORES"), "[x, 0]");
  EXPECT_EQ(b.Run("ZUNION 1 a WEIGHTS 0 WITHSCORES"), "[x, 0]");
}

TEST(SortedSetCommands, AlgebraErrors) {
  CommandBench b;
  b.Run("ZADD a 1 x");
  EXPECT_EQ(b.Run("ZUNION 0 a"), "-ERR at least 1 input key is needed for 'zunion' command");
  EXPECT_EQ(b.Run("ZINTERSTORE d 0 a"), "-ERR at least 1 input key is needed for 'zinterstore' command");
  EXPECT_EQ(b.Run("ZUNION x a"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(b.Run("ZUNION 2 a"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZUNION 1 a WEIGHTS"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZUNION 1 a WEIGHTS x"), "-ERR weight value is not a float");
  EXPECT_EQ(b.Run("ZUNION 1 a AGGREGATE avg"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZDIFF 1 a WEIGHTS 1"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZUNIONSTORE d 1 a WITHSCORES"), "-ERR syntax error");
}

TEST(SortedSetCommands, AlgebraStores) {
  CommandBench b;
  b.Run("ZADD a 1 x 2 y");
  b.Run("ZADD b 10 y");
  EXPECT_EQ(b.Run("ZUNIONSTORE d 2 a b"), "2");
  EXPECT_EQ(b.events(), "new d, zunionstore d");
  EXPECT_EQ(b.told(), "ZUNIONSTORE d 2 a b");
  EXPECT_EQ(b.Run("ZINTERSTORE d 2 a b"), "1");
  EXPECT_EQ(b.events(), "zinterstore d");
  EXPECT_EQ(b.Run("ZDIFFSTORE d 2 a b"), "1");
  EXPECT_EQ(b.Run("ZRANGE d 0 -1 WITHSCORES"), "[x, 1]");
  EXPECT_EQ(b.Run("OBJECT ENCODING d"), "listpack");
  EXPECT_EQ(b.Run("ZDIFFSTORE d 2 a a"), "0");
  EXPECT_EQ(b.events(), "del d");
}

TEST(SortedSetCommands, DifferencesAgree) {
  CommandBench b;
  for (int i = 0; i < 500; ++i) b.Run({"ZADD", "large", std::to_string(i), "m" + std::to_string(i)});
  for (int i = 495; i < 505; ++i) b.Run({"ZADD", "small", std::to_string(i), "m" + std::to_string(i)});
  EXPECT_EQ(b.Run("ZDIFF 2 small large"), "[m500, m501, m502, m503, m504]");
  EXPECT_EQ(b.Run("ZDIFFSTORE d 6 large small small small small small"), "495");
  EXPECT_EQ(b.Run("ZSCORE d m494"), "494");
  EXPECT_EQ(b.Run("ZSCORE d m495"), "nil");
}

TEST(SortedSetCommands, LargeOnes) {
  CommandBench b;
  for (int i = 0; i < 300; ++i) b.Run({"ZADD", "z", std::to_string(i) + ".5", "m" + std::to_string(i)});
  EXPECT_EQ(b.Run("OBJECT ENCODING z"), "skiplist");
  EXPECT_EQ(b.Run("ZRANK z m250"), "250");
  EXPECT_EQ(b.Run("ZREVRANK z m250"), "49");
  EXPECT_EQ(b.Run("ZCOUNT z 10 20"), "10");
  EXPECT_EQ(b.Run("ZREVRANGEBYSCORE z +inf -inf LIMIT 1 2"), "[m298, m297]");
  EXPECT_EQ(b.Run("ZPOPMAX z 2"), "[m299, 299.5, m298, 298.5]");
  EXPECT_EQ(b.Run("ZREMRANGEBYRANK z 0 295"), "296");
  EXPECT_EQ(b.Run("ZRANGE z 0 -1 WITHSCORES"), "[m296, 296.5, m297, 297.5]");
  b.Run("ZADD z 0.1 tenth");
  EXPECT_EQ(b.Run("ZSCORE z tenth"), "0.1");
  EXPECT_EQ(b.Run("ZSCAN z 0 MATCH tenth COUNT 1000"), "[0, [tenth, 0.10000000000000001]]");
}

TEST(SortedSetCommands, RandomMembers) {
  CommandBench b;
  b.Run("ZADD z 1 a 2 b 3 c");
  EXPECT_EQ(b.Run("ZRANDMEMBER none"), "nil");
  EXPECT_EQ(b.Run("ZRANDMEMBER none 2"), "[]");
  EXPECT_EQ(b.Run("ZRANDMEMBER z 5 WITHSCORES"), "[a, 1, b, 2, c, 3]");
  EXPECT_EQ(b.Run("ZRANDMEMBER z 5 SCORES"), "-ERR syntax error");
  EXPECT_EQ(b.Run("ZRANDMEMBER z -9223372036854770000 withscores"), "-ERR value is out of range");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(b.Run("ZRANDMEMBER z"));
  EXPECT_EQ(seen.size(), 3u);
  b.resp_version = 3;
  EXPECT_EQ(b.Run("ZRANDMEMBER z 3 WITHSCORES"), "[[a, ,1], [b, ,2], [c, ,3]]");
}

}  // namespace
}  // namespace dunlin::commands
