#include "snapshot/rdb_strings.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "snapshot/lzf.h"
#include "snapshot/testing.h"

namespace dunlin::snapshot {
namespace {

using namespace std::string_literals;

std::string Length(uint64_t n) {
  std::string out;
  AppendLength(out, n);
  return out;
}

std::string String(std::string_view text, bool compress = true) {
  std::string out;
  AppendString(out, text, compress);
  return out;
}

std::string ReadBack(std::string_view bytes) {
  RdbString string;
  EXPECT_EQ(string.Read(bytes), ReadOutcome::kOk);
  EXPECT_TRUE(bytes.empty());
  return std::string(string.view());
}

TEST(RdbLength, IsWrittenInItsShortestForm) {
  EXPECT_EQ(Length(0), "\x00"s);
  EXPECT_EQ(Length(63), "\x3f");
  EXPECT_EQ(Length(64), "\x40\x40");
  EXPECT_EQ(Length(16383), "\x7f\xff");
  EXPECT_EQ(Length(16384), "\x80\x00\x00\x40\x00"s);
  EXPECT_EQ(Length(UINT32_MAX), "\x80\xff\xff\xff\xff");
  EXPECT_EQ(Length(uint64_t{UINT32_MAX} + 1), "\x81\x00\x00\x00\x01\x00\x00\x00\x00"s);
}

TEST(RdbLength, ReadsBackAndWaitsForItsLastByte) {
  for (uint64_t n : {uint64_t{0}, uint64_t{63}, uint64_t{64}, uint64_t{16383}, uint64_t{16384}, uint64_t{UINT32_MAX},
                     uint64_t{UINT32_MAX} + 1, UINT64_MAX}) {
    std::string bytes = Length(n);
    for (size_t size = 0; size < bytes.size(); ++size) {
      std::string_view part = std::string_view(bytes).substr(0, size);
      uint64_t read = 0;
      EXPECT_EQ(ReadPlainLength(part, &read), ReadOutcome::kNeedMore);
      EXPECT_EQ(part.size(), size);
    }
    bytes.push_back('x');
    std::string_view in = bytes;
    uint64_t read = 0;
    EXPECT_EQ(ReadPlainLength(in, &read), ReadOutcome::kOk);
    EXPECT_EQ(read, n);
    EXPECT_EQ(in, "x");
  }
}

TEST(RdbLength, RefusesUnknownForms) {
  std::string_view in = "\x82zzzzzzzzz";
  RdbLength length;
  EXPECT_EQ(ReadLength(in, &length), ReadOutcome::kBad);
  in = "\xc0z";
  uint64_t plain = 0;
  EXPECT_EQ(ReadPlainLength(in, &plain), ReadOutcome::kBad);
}

TEST(RdbString, IntegersOfUpTo32BitsAreWrittenAsSuch) {
  EXPECT_EQ(String("0"), "\xc0\x00"s);
  EXPECT_EQ(String("-128"), "\xc0\x80");
  EXPECT_EQ(String("128"), "\xc1\x80\x00"s);
  EXPECT_EQ(String("-32768"), "\xc1\x00\x80"s);
  EXPECT_EQ(String("32768"), "\xc2\x00\x80\x00\x00"s);
  EXPECT_EQ(String("-2147483648"), "\xc2\x00\x00\x00\x80"s);
  EXPECT_EQ(String("2147483648"),
            "\x0a"
            "2147483648");
  // Not in the one spelling of a number.
  EXPECT_EQ(String("007"),
            "\x03"
            "007");
  EXPECT_EQ(String("+7"), "\x02+7");
  EXPECT_EQ(String("-0"), "\x02-0");
}

TEST(RdbString, IntegerStringsAreWrittenLikeTheirDigits) {
  for (int64_t n : {int64_t{0}, int64_t{-1}, int64_t{127}, int64_t{-129}, int64_t{70000}, int64_t{INT32_MIN},
                    int64_t{INT32_MAX} + 1, INT64_MIN, INT64_MAX}) {
    std::string out;
    AppendIntegerString(out, n);
    EXPECT_EQ(out, String(std::to_string(n)));
    EXPECT_EQ(ReadBack(out), std::to_string(n));
  }
}

TEST(RdbString, CompressesFrom21BytesOnWhenFourAreSaved) {
  EXPECT_EQ(String(std::string(20, 'a')), "\x14" + std::string(20, 'a'));
  EXPECT_EQ(String(std::string(21, 'a'))[0], '\xc3');
  EXPECT_EQ(String(std::string(21, 'a'), /*compress=*/false), "\x15" + std::string(21, 'a'));
  // Nothing repeats: nothing is gained.
  EXPECT_EQ(String("abcdefghijklmnopqrstuvwxyz"),
            "\x1a"
            "abcdefghijklmnopqrstuvwxyz");
}

TEST(RdbString, ReadsBackWhateverItsLength) {
  Random random(1);
  for (size_t size : {0, 1, 11, 20, 21, 100, 8191, 65535, 65536, 65537, 200000, 1000000}) {
    std::string text = testing::RandomText(random, size);
    EXPECT_EQ(ReadBack(String(text, true)), text);
    EXPECT_EQ(ReadBack(String(text, false)), text);
  }
}

TEST(RdbString, LongStringsInStepsAreTheSameBytes) {
  Random random(2);
  for (size_t size : {65536, 300000, 1500000}) {
    for (bool compressible : {true, false}) {
      std::string text;
      if (compressible) {
        text = testing::RandomText(random, size);
      } else {
        while (text.size() < size) text.push_back(static_cast<char>(random.Next()));
      }
      StringEncoder encoder;
      encoder.Start(text, true);
      std::string out;
      int steps = 1;
      while (!encoder.Step(out, 1000)) ++steps;
      EXPECT_GE(steps, static_cast<int>(size / 65536));
      EXPECT_EQ(out, String(text));
      EXPECT_EQ(out[0] == '\xc3', compressible);
      EXPECT_EQ(ReadBack(out), text);
    }
  }
}

TEST(RdbString, WaitsForItsLastByte) {
  Random random(3);
  for (const std::string& text : {std::string("hello"), std::string("12345"), testing::RandomText(random, 500)}) {
    std::string bytes = String(text);
    for (size_t size = 0; size < bytes.size(); ++size) {
      std::string_view part = std::string_view(bytes).substr(0, size);
      RdbString string;
      ASSERT_EQ(string.Read(part), ReadOutcome::kNeedMore);
      ASSERT_EQ(part.size(), size);
    }
  }
}

TEST(RdbString, FalseLengthsOfCompressedStringsAreFoundWithoutWaiting) {
  std::string bytes = "\xc3\x05";
  AppendLength(bytes, uint64_t{1} << 40);
  std::string_view in = bytes;
  RdbString string;
  EXPECT_EQ(string.Read(in), ReadOutcome::kBad);
  EXPECT_STREQ(string.why(), "Invalid LZF compressed string");
}

TEST(RdbString, CompressedStringsThatLieAreRefused) {
  Random random(4);
  std::string text = testing::RandomText(random, 400);
  std::string packed;
  ASSERT_TRUE(AppendCompressed(packed, text, 396));
  auto with = [](std::string_view body, uint64_t size) {
    std::string bytes = "\xc3";
    AppendLength(bytes, body.size());
    AppendLength(bytes, size);
    return bytes.append(body);
  };
  RdbString string;
  for (uint64_t size : {399, 401, 0, 1}) {
    std::string bytes = with(packed, size);
    std::string_view in = bytes;
    EXPECT_EQ(string.Read(in), ReadOutcome::kBad) << size;
  }
  // A reference to before the beginning.
  std::string bytes = with("\x20\x05\x00\x00"s, 12);
  std::string_view in = bytes;
  EXPECT_EQ(string.Read(in), ReadOutcome::kBad);
}

TEST(RdbString, UnknownSpecialFormsAreRefused) {
  std::string_view in = "\xc4 and more";
  RdbString string;
  EXPECT_EQ(string.Read(in), ReadOutcome::kBad);
  EXPECT_STREQ(string.why(), "Unknown RDB string encoding type");
}

}  // namespace
}  // namespace dunlin::snapshot
