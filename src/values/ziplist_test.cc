#include "values/ziplist.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/bytes.h"
#include "values/test_text.h"
#include "values/zipmap.h"

namespace dunlin::values {
namespace {

using namespace std::string_literals;

// Writes what the reader has to understand, with every choice the format leaves.
class ZiplistWriter {
 public:
  explicit ZiplistWriter(Random* random) : random_(random) {}

  void Add(const std::string& text) {
    size_t start = body_.size();
    AddPrevious();
    if (auto integer = ParseInt64(text)) {
      AddInteger(*integer);
    } else {
      AddText(text);
    }
    previous_bytes_ = body_.size() - start;
    last_offset_ = 10 + start;
    ++count_;
  }
  std::string Finish() const {
    std::string out;
    AppendLittle(out, static_cast<uint32_t>(10 + body_.size() + 1));
    AppendLittle(out, static_cast<uint32_t>(last_offset_));
    AppendLittle(out, static_cast<uint16_t>(count_));
    return out + body_ + "\xff";
  }

 private:
  void AddPrevious() {
    if (previous_bytes_ < 254 && !random_->OneIn(5)) {
      body_.push_back(static_cast<char>(previous_bytes_));
    } else {
      body_.push_back('\xfe');
      AppendLittle(body_, static_cast<uint32_t>(previous_bytes_));
    }
  }
  void AddInteger(int64_t value) {
    if (value >= 0 && value <= 12) {
      body_.push_back(static_cast<char>(0xf1 + value));
    } else if (value >= INT8_MIN && value <= INT8_MAX) {
      body_.push_back('\xfe');
      body_.push_back(static_cast<char>(value));
    } else if (value >= INT16_MIN && value <= INT16_MAX) {
      body_.push_back('\xc0');
      AppendLittle(body_, static_cast<int16_t>(value));
    } else if (value >= -(1 << 23) && value < 1 << 23) {
      body_.push_back('\xf0');
      std::string bytes;
      AppendLittle(bytes, static_cast<int32_t>(value));
      body_ += bytes.substr(0, 3);
    } else if (value >= INT32_MIN && value <= INT32_MAX) {
      body_.push_back('\xd0');
      AppendLittle(body_, static_cast<int32_t>(value));
    } else {
      body_.push_back('\xe0');
      AppendLittle(body_, value);
    }
  }
  void AddText(const std::string& text) {
    if (text.size() < 64) {
      body_.push_back(static_cast<char>(text.size()));
    } else if (text.size() < 16384) {
      body_.push_back(static_cast<char>(0x40 | text.size() >> 8));
      body_.push_back(static_cast<char>(text.size()));
    } else {
      body_.push_back('\x80');
      AppendBig(body_, static_cast<uint32_t>(text.size()));
    }
    body_ += text;
  }

  Random* random_;
  std::string body_;
  size_t previous_bytes_ = 0;
  size_t last_offset_ = 10;
  size_t count_ = 0;
};

std::vector<std::string> Texts(const Listpack& listpack) {
  std::vector<std::string> texts;
  listpack.view().ForEach([&](std::string_view text) { texts.emplace_back(text); });
  return texts;
}

TEST(Ziplist, ReadsTwoSmallIntegers) {
  auto listpack = ListpackFromZiplist("\x0f\0\0\0\x0c\0\0\0\x02\0\0\xf3\x02\xf6\xff"s);
  ASSERT_TRUE(listpack.has_value()) << listpack.error().ToString();
  EXPECT_EQ(Texts(*listpack), (std::vector<std::string>{"2", "5"}));
}

TEST(Ziplist, ReadsAnEmptyOne) {
  auto listpack = ListpackFromZiplist("\x0b\0\0\0\x0a\0\0\0\0\0\xff"s);
  ASSERT_TRUE(listpack.has_value()) << listpack.error().ToString();
  EXPECT_TRUE(listpack->empty());
}

TEST(Ziplist, ReadsWhatWasWritten) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    ZiplistWriter writer(&random);
    std::vector<std::string> model;
    for (uint64_t n = random.Below(40); n > 0; --n) {
      model.push_back(RandomText(random, random.OneIn(10) ? 40000 : 300));
      writer.Add(model.back());
    }
    std::string bytes = writer.Finish();
    auto listpack = ListpackFromZiplist(bytes);
    ASSERT_TRUE(listpack.has_value()) << listpack.error().ToString();
    EXPECT_EQ(Texts(*listpack), model);
    EXPECT_TRUE(Listpack::Validate(listpack->blob()).ok());
    EXPECT_FALSE(ListpackFromZiplist(bytes.substr(0, random.Below(bytes.size()))).has_value());
  }
}

TEST(Ziplist, RefusesWhatIsNoZiplist) {
  EXPECT_FALSE(ListpackFromZiplist("").has_value());
  EXPECT_FALSE(ListpackFromZiplist("\x0f\0\0\0\x0c\0\0\0\x03\0\0\xf3\x02\xf6\xff"s).has_value()) << "count";
  EXPECT_FALSE(ListpackFromZiplist("\x0f\0\0\0\x0b\0\0\0\x02\0\0\xf3\x02\xf6\xff"s).has_value()) << "last";
  EXPECT_FALSE(ListpackFromZiplist("\x0f\0\0\0\x0c\0\0\0\x02\0\0\xf3\x03\xf6\xff"s).has_value()) << "previous";
  EXPECT_FALSE(ListpackFromZiplist("\x0f\0\0\0\x0c\0\0\0\x02\0\0\xf3\x02\xff\xff"s).has_value()) << "encoding";
  EXPECT_FALSE(ListpackFromZiplist("\x0f\0\0\0\x0c\0\0\0\x02\0\0\xf3\x02\x05\xff"s).has_value()) << "text";
  EXPECT_FALSE(ListpackFromZiplist("\x0f\0\0\0\x0c\0\0\0\x02\0\0\xf3\x02\xf6\xfe"s).has_value()) << "end";
}

TEST(Zipmap, ReadsPairsAndPassesOverUnusedBytes) {
  auto listpack = ListpackFromZipmap(
      "\x02\x03"s
      "foo\x03\0"s
      "bar\x05"s
      "hello\x05\x02"s
      "worldxx\xff"s);
  ASSERT_TRUE(listpack.has_value()) << listpack.error().ToString();
  EXPECT_EQ(Texts(*listpack), (std::vector<std::string>{"foo", "bar", "hello", "world"}));
}

TEST(Zipmap, ReadsLongLengths) {
  std::string value(300, 'v');
  auto listpack = ListpackFromZipmap("\x01\x01k\xfe\x2c\x01\0\0\0"s + value + "\xff"s);
  ASSERT_TRUE(listpack.has_value()) << listpack.error().ToString();
  EXPECT_EQ(Texts(*listpack), (std::vector<std::string>{"k", value}));
}

TEST(Zipmap, RefusesWhatIsNoZipmap) {
  EXPECT_TRUE(ListpackFromZipmap("\0\xff"s).has_value());
  EXPECT_FALSE(ListpackFromZipmap("").has_value());
  EXPECT_FALSE(ListpackFromZipmap("\xff").has_value());
  EXPECT_FALSE(ListpackFromZipmap("\x02\x03"s
                                  "foo\x03\0"s
                                  "bar\xff"s)
                   .has_value())
      << "count";
  EXPECT_FALSE(ListpackFromZipmap("\x01\x03"s
                                  "foo\xff"s)
                   .has_value())
      << "no value";
  EXPECT_FALSE(ListpackFromZipmap("\x01\x03"s
                                  "foo\x09\0"s
                                  "bar\xff"s)
                   .has_value())
      << "value too long";
  EXPECT_FALSE(ListpackFromZipmap("\x01\x03"s
                                  "foo\xfe\xff\xff\xff\xff\0"s
                                  "bar\xff"s)
                   .has_value())
      << "4 GB";
  EXPECT_FALSE(ListpackFromZipmap("\x01\x03"s
                                  "foo\x03\x09"s
                                  "bar\xff"s)
                   .has_value())
      << "unused bytes too many";
}

}  // namespace
}  // namespace dunlin::values
