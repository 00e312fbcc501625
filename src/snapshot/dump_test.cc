#include "snapshot/dump.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/crc.h"
#include "snapshot/testing.h"

namespace dunlin::snapshot {
namespace {

using namespace std::string_literals;

std::string Dump(ValueRef value, int version) {
  std::string out;
  AppendDump(out, value, {version, true});
  return out;
}

// A payload around any bytes.
std::string Wrapped(std::string_view body, uint16_t version = 10) {
  std::string out(body);
  AppendLittle(out, version);
  AppendLittle(out, Crc64(0, out));
  return out;
}

StatusCode CodeOf(std::string_view payload) {
  auto value = DecodeDump(payload, {});
  return value ? StatusCode::kOk : value.error().code();
}

// What Redis 7.0 answers to DUMP of the string "10".
TEST(Dump, IsWhatRedisWrites) {
  EXPECT_EQ(Dump(ValueRef(int64_t{10}), 10),
            "\x00\xc0\n\n\x00n\x9fWE\x0e\xae"
            "c\xbb"s);
}

TEST(Dump, ReadsBack) {
  values::Value list = testing::MakeList({"a", "b", std::string(100000, 'x')});
  for (int version : {9, 10, 11}) {
    auto back = DecodeDump(Dump(ValueRef::Of(list), version), {});
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(testing::Describe(*back), testing::Describe(list));
  }
}

TEST(Dump, InStepsItIsTheSame) {
  Random random(1);
  std::vector<std::string> elements;
  for (int i = 0; i < 3000; ++i) elements.push_back(testing::RandomText(random, 20));
  elements.push_back(testing::RandomText(random, 200000));
  values::Value set = testing::MakeSet(elements);
  DumpEncoder encoder(ValueRef::Of(set), {10, true});
  std::string out;
  int steps = 1;
  while (!encoder.Step(out, 5000)) ++steps;
  EXPECT_GT(steps, 10);
  EXPECT_EQ(out, Dump(ValueRef::Of(set), 10));
}

TEST(Dump, FootersThatDoNotFit) {
  std::string good = Dump(ValueRef("hello"), 10);
  EXPECT_EQ(CodeOf(good), StatusCode::kOk);
  for (size_t size = 0; size < good.size(); ++size) {
    EXPECT_EQ(CodeOf(std::string_view(good).substr(0, size)), StatusCode::kInvalidArgument);
  }
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(CodeOf(changed), StatusCode::kInvalidArgument) << i;
  }
  EXPECT_EQ(CodeOf(Wrapped("\0\x01x"s, 12)), StatusCode::kInvalidArgument);
  std::string unsummed = good;
  unsummed.back() = static_cast<char>(unsummed.back() ^ 1);
  EXPECT_TRUE(DecodeDump(unsummed, {}, /*verify_checksum=*/false));
}

TEST(Dump, ValuesThatAreNotInOrder) {
  EXPECT_EQ(CodeOf(Wrapped("\0\x01x"s)), StatusCode::kOk);
  EXPECT_EQ(CodeOf(Wrapped("\0\x02x"s)), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(Wrapped("\0\x01xy"s)), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(Wrapped("\x02\0"s)), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(Wrapped("\x99\x01x")), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(Wrapped("\x15\0"s)), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(Wrapped("\x07\0"s)), StatusCode::kUnsupported);
}

}  // namespace
}  // namespace dunlin::snapshot
