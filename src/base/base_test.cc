#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/crc.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/ids.h"
#include "base/numbers.h"
#include "base/quoted.h"
#include "base/random.h"
#include "base/status.h"

namespace dunlin {
namespace {

TEST(Crc, KnownValues) {
  EXPECT_EQ(Crc16("123456789"), 0x31c3);
  EXPECT_EQ(Crc64(0, "123456789"), 0xe9c6d914c4b8d9caull);
  EXPECT_EQ(Crc64(Crc64(0, "1234"), "56789"), 0xe9c6d914c4b8d9caull);
}

TEST(Crc, PiecesAndWholeAgree) {
  Random random(7);
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text.push_back(static_cast<char>(random.Next()));
    uint16_t slow = 0;
    for (char c : text) {
      slow = static_cast<uint16_t>(slow ^ (static_cast<unsigned char>(c) << 8));
      for (int b = 0; b < 8; ++b) slow = static_cast<uint16_t>(slow & 0x8000 ? (slow << 1) ^ 0x1021 : slow << 1);
    }
    ASSERT_EQ(Crc16(text), slow) << text.size();
    size_t cut = random.Below(text.size() + 1);
    ASSERT_EQ(Crc64(Crc64(0, text.substr(0, cut)), text.substr(cut)), Crc64(0, text));
  }
}

TEST(Slot, TagsDecide) {
  EXPECT_EQ(SlotOfKey("k1").value, 12706);
  EXPECT_EQ(SlotOfKey("{user1000}.following"), SlotOfKey("{user1000}.followers"));
  EXPECT_EQ(HashTag("foo{}{bar}"), "foo{}{bar}");
  EXPECT_EQ(HashTag("foo{{bar}}zap"), "{bar");
  EXPECT_EQ(HashTag("foo{bar}{zap}"), "bar");
  EXPECT_EQ(HashTag("foo{bar"), "foo{bar");
}

TEST(Numbers, IntegersHaveOneSpelling) {
  EXPECT_EQ(ParseInt64("0"), 0);
  EXPECT_EQ(ParseInt64("-1"), -1);
  EXPECT_EQ(ParseInt64("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseInt64("-9223372036854775808"), INT64_MIN);
  for (const char* bad : {"", "-", "+1", "01", "-0", " 1", "1 ", "1a", "9223372036854775808", "-9223372036854775809",
                          "99999999999999999999", "18446744073709551616"}) {
    EXPECT_FALSE(ParseInt64(bad)) << bad;
  }
  EXPECT_EQ(ParseUint64("18446744073709551615"), UINT64_MAX);
  EXPECT_FALSE(ParseUint64("18446744073709551616"));
  EXPECT_FALSE(ParseUint64("-1"));
  for (int64_t v : {int64_t{0}, int64_t{7}, int64_t{-10}, INT64_MAX, INT64_MIN}) {
    std::string text;
    AppendInt64(text, v);
    EXPECT_EQ(ParseInt64(text), v);
  }
}

TEST(Numbers, Doubles) {
  EXPECT_EQ(ParseDouble("3.5"), 3.5);
  EXPECT_EQ(ParseDouble("-inf"), -std::numeric_limits<double>::infinity());
  for (const char* bad : {"", " 1", "1 ", "nan", "1e999", "x", "1.2.3"}) EXPECT_FALSE(ParseDouble(bad)) << bad;
  EXPECT_EQ(FormatDouble(3), "3");
  EXPECT_EQ(FormatDouble(1.1), "1.1");
  EXPECT_EQ(FormatDouble(-0.0), "-0");
  EXPECT_EQ(FormatDouble(1e25), "1e+25");
  EXPECT_EQ(FormatDouble(1.5e-9), "1.5e-9");
  EXPECT_EQ(FormatDouble(0.0001), "0.0001");
  EXPECT_EQ(FormatDouble(123456789012345678.0), "123456789012345680");
  EXPECT_EQ(FormatDouble(INFINITY), "inf");
  EXPECT_EQ(FormatLongDouble(10.5L), "10.5");
  EXPECT_EQ(FormatLongDouble(3.0L), "3");
  EXPECT_EQ(FormatLongDouble(-0.0L), "0");
  Random random(3);
  for (int i = 0; i < 20000; ++i) {
    uint64_t bits = random.Next();
    double v;
    std::memcpy(&v, &bits, sizeof v);
    if (std::isnan(v) || std::isinf(v)) continue;
    auto back = ParseDouble(FormatDouble(v));
    ASSERT_TRUE(back.has_value()) << FormatDouble(v);
    ASSERT_EQ(*back, v);
  }
}

TEST(Glob, Patterns) {
  struct Row {
    const char* pattern;
    const char* text;
    bool match;
  };
  for (const Row& r : {Row{"*", "", true},
                       {"h?llo", "hello", true},
                       {"h?llo", "hllo", false},
                       {"h*llo", "heeeello", true},
                       {"h[ae]llo", "hallo", true},
                       {"h[ae]llo", "hillo", false},
                       {"h[^e]llo", "hbllo", true},
                       {"h[^e]llo", "hello", false},
                       {"h[a-b]llo", "hbllo", true},
                       {"h[b-a]llo", "hallo", true},
                       {"\\*", "*", true},
                       {"\\*", "x", false},
                       {"a*b*c", "aXXbYYc", true},
                       {"a*b*c", "aXXbYY", false},
                       {"[", "[", false},
                       {"a\\", "a\\", true},
                       {"foo*", "foobar", true},
                       {"*bar", "foobar", true},
                       {"**", "x", true},
                       {"?", "", false},
                       {"[a\\]]", "]", true}}) {
    EXPECT_EQ(GlobMatch(r.pattern, r.text), r.match) << r.pattern << " " << r.text;
  }
  EXPECT_TRUE(GlobMatch("MAX*", "maxmemory", Case::kInsensitive));
  EXPECT_FALSE(GlobMatch("MAX*", "maxmemory"));
  // A hostile pattern ends in reasonable time.
  EXPECT_FALSE(GlobMatch("*a*a*a*a*a*a*a*a*a*a*b", std::string(20000, 'a')));
  std::string stars;
  for (int i = 0; i < 1000; ++i) stars += "*?";
  EXPECT_TRUE(GlobMatch(stars, std::string(3000, 'a')));
  EXPECT_TRUE(GlobMatch(stars + "*", std::string(3000, 'a')));
  EXPECT_FALSE(GlobMatch(stars + "*?", std::string(3000, 'a')));
}

TEST(Hash, SeedAndLengthCount) {
  std::set<uint64_t> seen;
  std::string text;
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(seen.insert(Hash64(text, 1)).second);
    EXPECT_TRUE(seen.insert(Hash64(text, 2)).second);
    text.push_back('\0');
  }
}

TEST(Random, SameSeedSameNumbers) {
  Random a(42);
  Random b(42);
  Random c(43);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.Next(), b.Next());
  EXPECT_NE(a.Next(), c.Next());
  for (int i = 0; i < 1000; ++i) {
    int64_t v = a.Between(-3, 3);
    EXPECT_GE(v, -3);
    EXPECT_LE(v, 3);
  }
}

TEST(Bytes, ReaderStopsAtTheEnd) {
  std::string out;
  AppendBig<uint16_t>(out, 0x1234);
  AppendLittle<uint32_t>(out, 7);
  ByteReader reader(out);
  EXPECT_EQ(reader.Big<uint16_t>(), 0x1234);
  EXPECT_FALSE(reader.Big<uint64_t>());
  EXPECT_EQ(reader.position(), 2u);
  EXPECT_EQ(reader.Little<uint32_t>(), 7u);
  EXPECT_TRUE(reader.empty());
}

TEST(Ids, ParseRefusesOthers) {
  EXPECT_TRUE(NodeId::Parse(std::string(40, 'a')));
  EXPECT_FALSE(NodeId::Parse(std::string(39, 'a')));
  EXPECT_FALSE(NodeId::Parse(std::string(40, 'A')));
  EXPECT_TRUE(NodeId().empty());
}

TEST(Status, ContextReadsFromOutsideIn) {
  EXPECT_EQ(Status::Corruption("bad crc").WithContext("dump.rdb").message(), "dump.rdb: bad crc");
  EXPECT_TRUE(Status::Ok().WithContext("x").ok());
  EXPECT_EQ(SplitBlanks("  a b\tc ").size(), 3u);
}

TEST(Quoted, WordsReadBack) {
  Random random(3);
  for (int i = 0; i < 200; ++i) {
    std::string word;
    for (uint64_t k = random.Below(20); k > 0; --k) word.push_back(static_cast<char>(random.Next()));
    std::string line = "before ";
    AppendQuoted(line, word);
    std::vector<std::string> words;
    ASSERT_TRUE(SplitQuoted(line, &words)) << line;
    ASSERT_EQ(words, (std::vector<std::string>{"before", word}));
  }
  std::string out;
  AppendQuoted(out, "a \n\t\"\\\xff");
  EXPECT_EQ(out, "\"a \\n\\t\\\"\\\\\\xff\"");
}

}  // namespace
}  // namespace dunlin
