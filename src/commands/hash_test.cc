#include <gtest/gtest.h>

#include <set>

#include "commands/testing.h"

namespace dunlin::commands {
namespace {

TEST(HashCommands, SetAndGet) {
  CommandBench b;
  EXPECT_EQ(b.Run("HSET h a 1 b 2"), "2");
  EXPECT_EQ(b.events(), "new h, hset h");
  EXPECT_EQ(b.told(), "HSET h a 1 b 2");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("HSET h a 3 c 4"), "1");
  EXPECT_EQ(b.Run("HMSET h d 5"), "+OK");
  EXPECT_EQ(b.events(), "hset h");
  EXPECT_EQ(b.Run("HSET h a 1 b"), "-ERR wrong number of arguments for 'hset' command");
  EXPECT_EQ(b.Run("HMSET h a 1 b"), "-ERR wrong number of arguments for 'hmset' command");
  EXPECT_EQ(b.Run("HGET h a"), "3");
  EXPECT_EQ(b.Run("HGET h none"), "nil");
  EXPECT_EQ(b.Run("HGET none a"), "nil");
  EXPECT_EQ(b.Run("HMGET h a none d"), "[3, nil, 5]");
  EXPECT_EQ(b.Run("HMGET none a b"), "[nil, nil]");
  EXPECT_EQ(b.Run("HLEN h"), "4");
  EXPECT_EQ(b.Run("HLEN none"), "0");
  EXPECT_EQ(b.Run("HEXISTS h a"), "1");
  EXPECT_EQ(b.Run("HEXISTS h x"), "0");
  EXPECT_EQ(b.Run("HEXISTS none x"), "0");
  EXPECT_EQ(b.Run("HSTRLEN h a"), "1");
  EXPECT_EQ(b.Run("HSTRLEN h none"), "0");
  EXPECT_EQ(b.Run("HKEYS h"), "[a, b, c, d]");
  EXPECT_EQ(b.Run("HVALS h"), "[3, 2, 4, 5]");
  EXPECT_EQ(b.Run("HGETALL h"), "[a, 3, b, 2, c, 4, d, 5]");
  EXPECT_EQ(b.Run("HGETALL none"), "[]");
  b.resp_version = 3;
  EXPECT_EQ(b.Run("HGETALL h"), "{a: 3, b: 2, c: 4, d: 5}");
  EXPECT_EQ(b.Run("HGETALL none"), "{}");
  EXPECT_EQ(b.Run("HKEYS none"), "[]");
}

TEST(HashCommands, Setnx) {
  CommandBench b;
  EXPECT_EQ(b.Run("HSETNX h a 1"), "1");
  EXPECT_EQ(b.events(), "new h, hset h");
  EXPECT_EQ(b.Run("HSETNX h a 2"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("HGET h a"), "1");
}

TEST(HashCommands, Delete) {
  CommandBench b;
  b.Run("HSET h a 1 b 2 c 3");
  EXPECT_EQ(b.Run("HDEL h a x b"), "2");
  EXPECT_EQ(b.events(), "hdel h");
  EXPECT_EQ(b.dirty(), 2);
  EXPECT_EQ(b.Run("HDEL h x"), "0");
  EXPECT_EQ(b.told(), "");
  EXPECT_EQ(b.Run("HDEL none x"), "0");
  EXPECT_EQ(b.Run("HDEL h c d"), "1");
  EXPECT_EQ(b.events(), "hdel h, del h");
  EXPECT_EQ(b.Run("EXISTS h"), "0");
}

TEST(HashCommands, WrongTypes) {
  CommandBench b;
  b.Run("SET s x");
  for (const char* line : {"HSET s a 1", "HMSET s a 1", "HSETNX s a 1", "HGET s a", "HMGET s a", "HDEL s a", "HLEN s",
                           "HSTRLEN s a", "HEXISTS s a", "HGETALL s", "HKEYS s", "HVALS s", "HSCAN s 0", "HRANDFIELD s",
                           "HRANDFIELD s 2", "HINCRBY s a 1", "HINCRBYFLOAT s a 1"}) {
    EXPECT_EQ(b.Run(line), "-WRONGTYPE Operation against a key holding the wrong kind of value") << line;
    EXPECT_EQ(b.told(), "") << line;
  }
}

TEST(HashCommands, Increments) {
  CommandBench b;
  EXPECT_EQ(b.Run("HINCRBY h a 5"), "5");
  EXPECT_EQ(b.events(), "new h, hincrby h");
  EXPECT_EQ(b.told(), "HINCRBY h a 5");
  EXPECT_EQ(b.Run("HINCRBY h a -7"), "-2");
  EXPECT_EQ(b.Run("HINCRBY h a x"), "-ERR value is not an integer or out of range");
  b.Run("HSET h text abc big 9223372036854775807 padded ' 11'");
  EXPECT_EQ(b.Run("HINCRBY h text 1"), "-ERR hash value is not an integer");
  EXPECT_EQ(b.Run("HINCRBY h padded 1"), "-ERR hash value is not an integer");
  EXPECT_EQ(b.Run("HINCRBY h big 1"), "-ERR increment or decrement would overflow");
  EXPECT_EQ(b.Run("HINCRBYFLOAT h f 10.5"), "10.5");
  EXPECT_EQ(b.events(), "hincrbyfloat h");
  EXPECT_EQ(b.told(), "HSET h f 10.5");
  EXPECT_EQ(b.Run("HINCRBYFLOAT h f 0.1"), "10.6");
  EXPECT_EQ(b.Run("HINCRBYFLOAT h a 2.5"), "0.5");
  EXPECT_EQ(b.Run("HINCRBYFLOAT h text 1"), "-ERR hash value is not a float");
  EXPECT_EQ(b.Run("HINCRBYFLOAT h f x"), "-ERR value is not a valid float");
  EXPECT_EQ(b.Run("HINCRBYFLOAT h f +inf"), "-ERR value is NaN or Infinity");
}

TEST(HashCommands, Scan) {
  CommandBench b;
  b.Run("HSET h a 1 b 2 ab 3");
  EXPECT_EQ(b.Run("HSCAN h 0"), "[0, [a, 1, b, 2, ab, 3]]");
  EXPECT_EQ(b.Run("HSCAN h 0 MATCH a* COUNT 1"), "[0, [a, 1, ab, 3]]");
  EXPECT_EQ(b.Run("HSCAN none 0 nonsense"), "[0, []]");
  EXPECT_EQ(b.Run("HSCAN h 0 nonsense"), "-ERR syntax error");
  EXPECT_EQ(b.Run("HSCAN h 0 COUNT 0"), "-ERR syntax error");
  EXPECT_EQ(b.Run("HSCAN h 0 COUNT x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(b.Run("HSCAN h x"), "-ERR invalid cursor");
}

TEST(HashCommands, ScanOfALargeOneSeesEverything) {
  CommandBench b;
  constexpr int kFields = 1000;
  for (int i = 0; i < kFields; ++i) b.Run({"HSET", "h", "f" + std::to_string(i), std::to_string(i)});
  EXPECT_EQ(b.Run("OBJECT ENCODING h"), "hashtable");
  std::set<std::string> fields;
  std::string cursor = "0";
  int calls = 0;
  do {
    std::string reply = b.Run({"HSCAN", "h", cursor, "COUNT", "20"});
    cursor = reply.substr(1, reply.find(',') - 1);
    size_t at = reply.find('[', 1) + 1;
    while (reply[at] != ']') {
      size_t end = reply.find(", ", at);
      fields.insert(reply.substr(at, end - at));
      at = reply.find_first_of(",]", end + 2);
      if (reply[at] == ',') at += 2;
    }
    ++calls;
  } while (cursor != "0" && calls < kFields);
  EXPECT_EQ(fields.size(), static_cast<size_t>(kFields));
  EXPECT_GT(calls, 10);
}

TEST(HashCommands, RandomFields) {
  CommandBench b;
  b.Run("HSET h a 1 b 2 c 3");
  EXPECT_EQ(b.Run("HRANDFIELD none"), "nil");
  EXPECT_EQ(b.Run("HRANDFIELD none 3"), "[]");
  EXPECT_EQ(b.Run("HRANDFIELD h 0"), "[]");
  EXPECT_EQ(b.Run("HRANDFIELD h 3"), "[a, b, c]");
  EXPECT_EQ(b.Run("HRANDFIELD h 10 withvalues"), "[a, 1, b, 2, c, 3]");
  EXPECT_EQ(b.Run("HRANDFIELD h 3 novalues"), "-ERR syntax error");
  EXPECT_EQ(b.Run("HRANDFIELD h 3 withvalues x"), "-ERR syntax error");
  EXPECT_EQ(b.Run("HRANDFIELD h -9223372036854775808"),
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
  EXPECT_EQ(b.Run("HRANDFIELD h -9223372036854770000 withvalues"), "-ERR value is out of range");
  EXPECT_EQ(b.Run("HRANDFIELD h -9223372036854775808 withvalues"),
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(b.Run("HRANDFIELD h 2"));
  EXPECT_EQ(seen, (std::set<std::string>{"[a, b]", "[a, c]", "[b, c]"}));
  seen.clear();
  for (int i = 0; i < 100; ++i) seen.insert(b.Run("HRANDFIELD h"));
  EXPECT_EQ(seen, (std::set<std::string>{"a", "b", "c"}));
  seen.clear();
  for (int i = 0; i < 100; ++i) seen.insert(b.Run("HRANDFIELD h -2"));
  EXPECT_EQ(seen.size(), 9u);
  b.resp_version = 3;
  EXPECT_EQ(b.Run("HRANDFIELD h 3 WITHVALUES"), "[[a, 1], [b, 2], [c, 3]]");
  EXPECT_EQ(b.Run("HRANDFIELD none"), "nil");
}

TEST(HashCommands, RandomFieldsOfALargeOneAreDifferent) {
  CommandBench b;
  for (int i = 0; i < 1000; ++i) b.Run({"HSET", "h", "f" + std::to_string(i), "v"});
  for (const char* count : {"5", "300", "900"}) {
    std::string reply = CommandBench::Sorted(b.Run({"HRANDFIELD", "h", count}));
    std::set<std::string> fields;
    size_t at = 1;
    while (at < reply.size()) {
      size_t end = std::min(reply.find(", ", at), reply.size() - 1);
      fields.insert(reply.substr(at, end - at));
      at = end + 2;
    }
    EXPECT_EQ(std::to_string(fields.size()), count);
  }
}

TEST(HashCommands, Encodings) {
  CommandBench b;
  b.settings.encoding.hash_max_listpack_entries = 2;
  b.settings.encoding.hash_max_listpack_value_bytes = 5;
  b.Run("HSET h a 1 b 2");
  EXPECT_EQ(b.Run("OBJECT ENCODING h"), "listpack");
  b.Run("HSETNX h c 3");
  EXPECT_EQ(b.Run("OBJECT ENCODING h"), "hashtable");
  b.Run("HSET long a 123456");
  EXPECT_EQ(b.Run("OBJECT ENCODING long"), "hashtable");
}

}  // namespace
}  // namespace dunlin::commands
