#include <gtest/gtest.h>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

TEST(ListCommands, PushAndRead) {
  CommandBench b;
  EXPECT_EQ(b.Run("RPUSH k a b c"), "3");
  EXPECT_EQ(b.events(), "new k, rpush k");
  EXPECT_EQ(b.told(), "RPUSH k a b c");
  EXPECT_EQ(b.dirty(), 3);
  EXPECT_EQ(b.Run("LPUSH k 1 2"), "5");
  EXPECT_EQ(b.events(), "lpush k");
  EXPECT_EQ(b.Run("LRANGE k 0 -1"), "[2, 1, a, b, c]");
  EXPECT_EQ(b.Run("LRANGE k -100 100"), "[2, 1, a, b, c]");
  EXPECT_EQ(b.Run("LRANGE k 1 2"), "[1, a]");
  EXPECT_EQ(b.Run("LRANGE k 3 2"), "[]");
  EXPECT_EQ(b.Run("LRANGE k 5 9"), "[]");
  EXPECT_EQ(b.Run("LRANGE k -2 -1"), "[b, c]");
  EXPECT_EQ(b.Run("LRANGE k 0 -6"), "[]");
  EXPECT_EQ(b.Run("LRANGE none 0 -1"), "[]");
  EXPECT_EQ(b.Run("LRANGE k x 1"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(b.Run("LLEN k"), "5");
  EXPECT_EQ(b.Run("LLEN none"), "0");
  EXPECT_EQ(b.Run("LINDEX k 0"), "2");
  EXPECT_EQ(b.Run("LINDEX k -1"), "c");
  EXPECT_EQ(b.Run("LINDEX k 5"), "nil");
  EXPECT_EQ(b.Run("LINDEX none x"), "nil");
  EXPECT_EQ(b.Run("LINDEX k x"), "-ERR value is not an integer or out of range");
}

TEST(ListCommands, PushToWhatExists) {
  CommandBench b;
  EXPECT_EQ(b.Run("LPUSHX k a"), "0");
  EXPECT_EQ(b.Run("RPUSHX k a"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("EXISTS k"), "0");
  b.Run("RPUSH k m");
  EXPECT_EQ(b.Run("LPUSHX k a b"), "3");
  EXPECT_EQ(b.Run("RPUSHX k z"), "4");
  EXPECT_EQ(b.Run("LRANGE k 0 -1"), "[b, a, m, z]");
}

TEST(ListCommands, WrongTypes) {
  CommandBench b;
  b.Run("SET s x");
  b.Run("RPUSH l a");
  for (const char* line : {"LPUSH s a",
                           "RPUSH s a",
                           "LPUSHX s a",
                           "LPOP s",
                           "RPOP s 2",
                           "LLEN s",
                           "LINDEX s 0",
                           "LRANGE s 0 -1",
                           "LPOS s a",
                           "LREM s 0 a",
                           "LTRIM s 0 1",
                           "LSET s 0 a",
                           "LINSERT s before a b",
                           "LMOVE s l left left",
                           "LMOVE l s left left",
                           "RPOPLPUSH s l",
                           "RPOPLPUSH l s",
                           "LMPOP 2 none s left",
                           "BLPOP none s 0",
                           "BRPOP s 0",
                           "BLMOVE s l left left 0",
                           "BLMOVE l s left left 0",
                           "BRPOPLPUSH s l 0",
                           "BLMPOP 0 1 s left"}) {
    EXPECT_EQ(b.Run(line), "-WRONGTYPE Operation against a key holding the wrong kind of value") << line;
    EXPECT_EQ(b.told(), "") << line;
  }
  EXPECT_EQ(b.Run("LRANGE l 0 -1"), "[a]");
}

TEST(ListCommands, Pop) {
  CommandBench b;
  b.Run("RPUSH k 1 2 3 4 5");
  EXPECT_EQ(b.Run("LPOP k"), "1");
  EXPECT_EQ(b.events(), "lpop k");
  EXPECT_EQ(b.told(), "LPOP k");
  EXPECT_EQ(b.Run("RPOP k 2"), "[5, 4]");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("LPOP k 0"), "[]");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("LPOP k -1"), "-ERR value is out of range, must be positive");
  EXPECT_EQ(b.Run("LPOP k 1 2"), "-ERR wrong number of arguments for 'lpop' command");
  EXPECT_EQ(b.Run("LPOP k 100"), "[2, 3]");
  EXPECT_EQ(b.events(), "lpop k, del k");
  EXPECT_EQ(b.Run("LPOP k"), "nil");
  EXPECT_EQ(b.Run("LPOP k 2"), "nil-array");
  EXPECT_EQ(b.Run("LPOP k 0"), "nil-array");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("LPOP k 2"), "nil");
}

TEST(ListCommands, Edit) {
  CommandBench b;
  b.Run("RPUSH k a b a c a");
  EXPECT_EQ(b.Run("LINSERT k before b x"), "6");
  EXPECT_EQ(b.events(), "linsert k");
  EXPECT_EQ(b.Run("LINSERT k AFTER b y"), "7");
  EXPECT_EQ(b.Run("LINSERT k after none y"), "-1");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("LINSERT none after b y"), "0");
  EXPECT_EQ(b.Run("LINSERT k beside b y"), "-ERR syntax error");
  EXPECT_EQ(b.Run("LRANGE k 0 -1"), "[a, x, b, y, a, c, a]");
  EXPECT_EQ(b.Run("LSET k 1 X"), "+OK");
  EXPECT_EQ(b.events(), "lset k");
  EXPECT_EQ(b.Run("LSET k -7 A"), "+OK");
  EXPECT_EQ(b.Run("LSET k 7 A"), "-ERR index out of range");
  EXPECT_EQ(b.Run("LSET k -8 A"), "-ERR index out of range");
  EXPECT_EQ(b.Run("LSET k foo A"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(b.Run("LSET none foo A"), "-ERR no such key");
  EXPECT_EQ(b.Run("LRANGE k 0 -1"), "[A, X, b, y, a, c, a]");
  EXPECT_EQ(b.Run("LREM k -1 a"), "1");
  EXPECT_EQ(b.events(), "lrem k");
  EXPECT_EQ(b.Run("LRANGE k 0 -1"), "[A, X, b, y, a, c]");
  EXPECT_EQ(b.Run("LREM k 0 none"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("LTRIM k 1 -2"), "+OK");
  EXPECT_EQ(b.events(), "ltrim k");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("LRANGE k 0 -1"), "[X, b, y, a]");
  EXPECT_EQ(b.Run("LTRIM k 0 -1"), "+OK");
  EXPECT_EQ(b.events(), "ltrim k");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("LTRIM k 3 1"), "+OK");
  EXPECT_EQ(b.events(), "ltrim k, del k");
  EXPECT_EQ(b.dirty(), 4);
  EXPECT_EQ(b.Run("EXISTS k"), "0");
  b.Run("RPUSH k a a");
  EXPECT_EQ(b.Run("LREM k 0 a"), "2");
  EXPECT_EQ(b.events(), "lrem k, del k");
}

TEST(ListCommands, Positions) {
  CommandBench b;
  b.Run("RPUSH k a b c 1 2 3 c c");
  EXPECT_EQ(b.Run("LPOS k c"), "2");
  EXPECT_EQ(b.Run("LPOS k none"), "nil");
  EXPECT_EQ(b.Run("LPOS none c"), "nil");
  EXPECT_EQ(b.Run("LPOS none c COUNT 2"), "[]");
  EXPECT_EQ(b.Run("LPOS k c RANK 2"), "6");
  EXPECT_EQ(b.Run("LPOS k c RANK -1 COUNT 0"), "[7, 6, 2]");
  EXPECT_EQ(b.Run("LPOS k c COUNT 2 RANK 2"), "[6, 7]");
  EXPECT_EQ(b.Run("LPOS k c COUNT 0 MAXLEN 3"), "[2]");
  EXPECT_EQ(b.Run("LPOS k c COUNT 0 MAXLEN 2"), "[]");
  EXPECT_EQ(b.Run("LPOS k c RANK 0"),
            "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to "
            "start from the end of the list");
  EXPECT_EQ(b.Run("LPOS k c COUNT -1"), "-ERR COUNT can't be negative");
  EXPECT_EQ(b.Run("LPOS k c MAXLEN x"), "-ERR MAXLEN can't be negative");
  EXPECT_EQ(b.Run("LPOS k c RANK -9223372036854775808"),
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
  EXPECT_EQ(b.Run("LPOS k c COUNT"), "-ERR syntax error");
}

TEST(ListCommands, Move) {
  CommandBench b;
  b.Run("RPUSH a 1 2 3");
  EXPECT_EQ(b.Run("LMOVE a b left right"), "1");
  EXPECT_EQ(b.events(), "new b, rpush b, lpop a");
  EXPECT_EQ(b.told(), "LMOVE a b left right");
  EXPECT_EQ(b.dirty(), 1);
  EXPECT_EQ(b.Run("RPOPLPUSH a b"), "3");
  EXPECT_EQ(b.events(), "lpush b, rpop a");
  EXPECT_EQ(b.Run("LRANGE b 0 -1"), "[3, 1]");
  EXPECT_EQ(b.Run("LMOVE a b LEFT up"), "-ERR syntax error");
  EXPECT_EQ(b.Run("LMOVE none b LEFT LEFT"), "nil");
  EXPECT_EQ(b.Run("RPOPLPUSH a b"), "2");
  EXPECT_EQ(b.events(), "lpush b, rpop a, del a");
  EXPECT_EQ(b.Run("RPOPLPUSH b b"), "1");
  EXPECT_EQ(b.events(), "lpush b, rpop b");
  EXPECT_EQ(b.Run("LRANGE b 0 -1"), "[1, 2, 3]");
  b.Run("RPUSH one x");
  EXPECT_EQ(b.Run("LMOVE one one left right"), "x");
  EXPECT_EQ(b.events(), "rpush one, lpop one");
  EXPECT_EQ(b.Run("LRANGE one 0 -1"), "[x]");
}

TEST(ListCommands, PopFromSeveralKeys) {
  CommandBench b;
  b.Run("RPUSH k 1 2 3 4");
  EXPECT_EQ(b.Run("LMPOP 2 none k LEFT"), "[k, [1]]");
  EXPECT_EQ(b.told(), "LPOP k 1");
  EXPECT_EQ(b.events(), "lpop k");
  EXPECT_EQ(b.Run("LMPOP 2 none k right count 2"), "[k, [4, 3]]");
  EXPECT_EQ(b.told(), "RPOP k 2");
  EXPECT_EQ(b.Run("LMPOP 1 k left count 10"), "[k, [2]]");
  EXPECT_EQ(b.told(), "LPOP k 1");
  EXPECT_EQ(b.events(), "lpop k, del k");
  EXPECT_EQ(b.Run("LMPOP 1 k left"), "nil-array");
  EXPECT_EQ(b.Run("LMPOP 0 k left"), "-ERR numkeys should be greater than 0");
  EXPECT_EQ(b.Run("LMPOP x k left"), "-ERR numkeys should be greater than 0");
  EXPECT_EQ(b.Run("LMPOP 2 k left"), "-ERR syntax error");
  EXPECT_EQ(b.Run("LMPOP 9223372036854775807 k left"), "-ERR syntax error");
  EXPECT_EQ(b.Run("LMPOP 1 k up"), "-ERR syntax error");
  EXPECT_EQ(b.Run("LMPOP 1 k left count 0"), "-ERR count should be greater than 0");
  EXPECT_EQ(b.Run("LMPOP 1 k left count"), "-ERR syntax error");
  EXPECT_EQ(b.Run("LMPOP 1 k left count 1 count 2"), "-ERR syntax error");
}

TEST(ListCommands, BlockingFormsWhenThereIsSomething) {
  CommandBench b;
  b.Run("RPUSH k 1 2 3 4 5 6");
  EXPECT_EQ(b.Run("BLPOP none k 0"), "[k, 1]");
  EXPECT_EQ(b.told(), "LPOP k");
  EXPECT_EQ(b.Run("BRPOP k 1"), "[k, 6]");
  EXPECT_EQ(b.told(), "RPOP k");
  EXPECT_EQ(b.Run("BLMPOP 0 1 k right count 2"), "[k, [5, 4]]");
  EXPECT_EQ(b.told(), "RPOP k 2");
  EXPECT_EQ(b.Run("BLMOVE k to Left Right 0"), "2");
  EXPECT_EQ(b.told(), "LMOVE k to Left Right");
  EXPECT_EQ(b.Run("BRPOPLPUSH k to 0"), "3");
  EXPECT_EQ(b.told(), "RPOPLPUSH k to");
  EXPECT_EQ(b.events(), "lpush to, rpop k, del k");
}

TEST(ListCommands, BlockingFormsWhenThereIsNothing) {
  CommandBench b;
  EXPECT_EQ(b.Run("BLPOP a b 0"), "(waits)");
  EXPECT_EQ(b.wait()->first_key, 1u);
  EXPECT_EQ(b.wait()->key_count, 2u);
  EXPECT_EQ(b.wait()->deadline_ms, 0);
  EXPECT_EQ(b.Run("BRPOP a 0.0015"), "(waits)");
  EXPECT_EQ(b.wait()->deadline_ms, b.now_ms + 2);
  EXPECT_EQ(b.Run("BLMPOP 1.5 2 a b left"), "(waits)");
  EXPECT_EQ(b.wait()->first_key, 3u);
  EXPECT_EQ(b.wait()->key_count, 2u);
  EXPECT_EQ(b.wait()->deadline_ms, b.now_ms + 1500);
  EXPECT_EQ(b.Run("BLMOVE a b left right 0"), "(waits)");
  EXPECT_EQ(b.wait()->key_count, 1u);
  EXPECT_EQ(b.Run("BRPOPLPUSH a b 2"), "(waits)");
  EXPECT_EQ(b.wait()->key_count, 1u);
  b.may_wait = false;
  EXPECT_EQ(b.Run("BLPOP a b 0"), "nil-array");
  EXPECT_EQ(b.Run("BLMPOP 0 1 a left"), "nil-array");
  EXPECT_EQ(b.Run("BLMOVE a b left right 0"), "nil");
  EXPECT_EQ(b.Run("BRPOPLPUSH a b 0"), "nil");
}

TEST(ListCommands, Timeouts) {
  CommandBench b;
  EXPECT_EQ(b.Run("BLPOP k -1"), "-ERR timeout is negative");
  EXPECT_EQ(b.Run("BLPOP k -0.01"), "-ERR timeout is negative");
  EXPECT_EQ(b.Run("BLPOP k x"), "-ERR timeout is not a float or out of range");
  EXPECT_EQ(b.Run("BLPOP k inf"), "-ERR timeout is out of range");
  EXPECT_EQ(b.Run("BLPOP k 9223372036854775"), "-ERR timeout is out of range");
  EXPECT_EQ(b.Run("BLPOP k 0x7FFFFFFFFFFFFF"), "-ERR timeout is out of range");
  EXPECT_EQ(b.Run("BLPOP k 1e30"), "-ERR timeout is out of range");
  EXPECT_EQ(b.Run("BLMOVE k l up left x"), "-ERR syntax error");
  EXPECT_EQ(b.Run("BRPOPLPUSH k l x"), "-ERR timeout is not a float or out of range");
}

TEST(ListCommands, ExpiredOnes) {
  CommandBench b;
  b.Run("RPUSH k a");
  b.Run("PEXPIRE k 100");
  b.now_ms += 200;
  EXPECT_EQ(b.Run("RPUSH k b"), "1");
  EXPECT_EQ(b.told(), "DEL k; RPUSH k b");
  EXPECT_EQ(b.events(), "expired k, new k, rpush k");
  b.Run("PEXPIRE k 100");
  b.now_ms += 200;
  EXPECT_EQ(b.Run("BLPOP k 0"), "(waits)");
  EXPECT_EQ(b.told(), "DEL k");
}

TEST(ListCommands, PushKeepsTheExpiry) {
  CommandBench b;
  b.Run("RPUSH k a");
  b.Run("PEXPIRE k 100");
  b.Run("RPUSH k b");
  EXPECT_EQ(b.Run("PTTL k"), "100");
}

TEST(ListCommands, Encodings) {
  CommandBench b;
  b.settings.encoding.list_max_listpack_size = 3;
  b.Run("RPUSH k 1 2 3");
  EXPECT_EQ(b.Run("OBJECT ENCODING k"), "listpack");
  b.Run("RPUSH k 4");
  EXPECT_EQ(b.Run("OBJECT ENCODING k"), "quicklist");
  b.Run("LTRIM k 0 0");
  EXPECT_EQ(b.Run("OBJECT ENCODING k"), "listpack");
}

}  // namespace
}  // namespace dunlin::commands
