#include "values/hyperloglog.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace dunlin::values::hyperloglog {
namespace {

constexpr size_t kLimit = 3000;

Registers RegistersOf(const RawString& string) {
  Registers registers{};
  EXPECT_TRUE(MergeInto(registers, string.view()));
  return registers;
}

TEST(Hyperloglog, ANewOne) {
  RawString string = New();
  EXPECT_EQ(string.view(), std::string_view("HYLL\1\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", 18));
  EXPECT_TRUE(Looks(string.view()));
  EXPECT_FALSE(IsDense(string.view()));
  EXPECT_EQ(Estimate(string.view()), 0u);
  EXPECT_EQ(KnownCount(string.view()), 0u);
  EXPECT_EQ(SpellRuns(string.view()), "Z:16384");
}

// What other servers make of the same elements.
TEST(Hyperloglog, BytesThatOthersMake) {
  RawString string = New();
  for (const char* element : {"a", "b", "c"}) EXPECT_EQ(Add(string, element, kLimit), Outcome::kChanged);
  EXPECT_EQ(Add(string, "a", kLimit), Outcome::kUnchanged);
  EXPECT_EQ(Estimate(string.view()), 3u);
  EXPECT_EQ(KnownCount(string.view()), std::nullopt);
  EXPECT_EQ(string.view().substr(4, 12), std::string_view("\1\0\0\0\0\0\0\0\0\0\0\x80", 12));
}

TEST(Hyperloglog, RunsSplitAndJoin) {
  RawString string = New();
  Raise(string, 100, 3, kLimit);
  EXPECT_EQ(SpellRuns(string.view()), "Z:100 v:3,1 Z:16283");
  Raise(string, 101, 3, kLimit);
  Raise(string, 102, 3, kLimit);
  Raise(string, 103, 3, kLimit);
  EXPECT_EQ(SpellRuns(string.view()), "Z:100 v:3,4 Z:16280");
  Raise(string, 104, 3, kLimit);
  EXPECT_EQ(SpellRuns(string.view()), "Z:100 v:3,4 v:3,1 Z:16279");
  Raise(string, 101, 2, kLimit);
  EXPECT_EQ(SpellRuns(string.view()), "Z:100 v:3,4 v:3,1 Z:16279");
  Raise(string, 101, 7, kLimit);
  EXPECT_EQ(SpellRuns(string.view()), "Z:100 v:3,1 v:7,1 v:3,3 Z:16279");
  Raise(string, 16383, 32, kLimit);
  Raise(string, 0, 1, kLimit);
  EXPECT_EQ(SpellRuns(string.view()), "v:1,1 Z:99 v:3,1 v:7,1 v:3,3 Z:16278 v:32,1");
  Raise(string, 50, 1, kLimit);
  EXPECT_EQ(SpellRuns(string.view()), "v:1,1 z:49 v:1,1 z:49 v:3,1 v:7,1 v:3,3 Z:16278 v:32,1");
  EXPECT_FALSE(IsDense(string.view()));
  Raise(string, 7, 33, kLimit);
  EXPECT_TRUE(IsDense(string.view()));
  EXPECT_EQ(string.size(), kDenseBytes);
  EXPECT_EQ(RegistersOf(string)[7], 33);
  EXPECT_EQ(RegistersOf(string)[16383], 32);
}

TEST(Hyperloglog, BothFormsHoldTheSame) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    Random random(seed);
    RawString sparse = New();
    RawString dense = New();
    ASSERT_TRUE(BecomeDense(dense));
    Registers expected{};
    for (int i = 0; i < 20000; ++i) {
      size_t index = random.OneIn(3) ? random.Below(200) : random.Below(kRegisterCount);
      auto value = static_cast<uint8_t>(1 + random.Below(seed == 4 ? 63 : 1 + random.Below(32)));
      Outcome outcome = expected[index] < value ? Outcome::kChanged : Outcome::kUnchanged;
      ASSERT_EQ(Raise(sparse, index, value, kLimit * seed), outcome);
      ASSERT_EQ(Raise(dense, index, value, kLimit), outcome);
      expected[index] = std::max(expected[index], value);
      if (i % 1000 != 0) continue;
      ASSERT_EQ(RegistersOf(sparse), expected);
      ASSERT_EQ(RegistersOf(dense), expected);
      ASSERT_EQ(Estimate(sparse.view()), Estimate(expected));
      ASSERT_EQ(Estimate(dense.view()), Estimate(expected));
      if (!IsDense(sparse.view())) ASSERT_LE(sparse.size(), kLimit * seed);
    }
  }
}

TEST(Hyperloglog, EstimatesAreNear) {
  RawString string = New();
  uint64_t checkpoint = 1;
  for (uint64_t i = 1; i <= 1000000; ++i) {
    Add(string, "element " + std::to_string(i), kLimit);
    if (i != checkpoint) continue;
    checkpoint *= 10;
    double estimate = static_cast<double>(*Estimate(string.view()));
    EXPECT_NEAR(estimate, static_cast<double>(i), std::ceil(static_cast<double>(i) * 0.04));
  }
}

TEST(Hyperloglog, StringsThatAreNone) {
  for (std::string_view bytes :
       {std::string_view(""), std::string_view("HYLL"), std::string_view("HYLX\1\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", 18),
        std::string_view("HYLL\2\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", 18),
        std::string_view("HYLL\0\0\0\0\0\0\0\0\0\0\0\0\x7f\xff", 18)}) {
    EXPECT_FALSE(Looks(bytes));
  }
}

TEST(Hyperloglog, CorruptRunsAreFound) {
  using namespace std::string_literals;
  const std::string head = "HYLL\1\0\0\0\0\0\0\0\0\0\0\x80"s;
  for (const std::string& runs :
       {""s, "\x7f"s, "\x7f\xfe"s, "\x7f\xff\0"s, "\x7f\xff\x80"s, "\x80\x7f\xff"s, "\x84\x7f"s}) {
    RawString string(head + runs);
    ASSERT_TRUE(Looks(string.view()));
    Registers registers{};
    EXPECT_FALSE(MergeInto(registers, string.view()));
    EXPECT_EQ(Estimate(string.view()), std::nullopt);
    EXPECT_FALSE(BecomeDense(string));
    EXPECT_EQ(Raise(string, 9, 40, kLimit), Outcome::kCorrupt);
  }
  RawString cut(head + "\x7f");
  EXPECT_EQ(Raise(cut, 9, 4, kLimit), Outcome::kCorrupt);
  Random random(5);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = head;
    for (uint64_t n = random.Below(40); n > 0; --n) bytes.push_back(static_cast<char>(random.Next()));
    RawString string(bytes);
    for (int j = 0; j < 10; ++j) {
      Raise(string, random.Below(kRegisterCount), static_cast<uint8_t>(1 + random.Below(40)), 60);
      SpellRuns(IsDense(string.view()) ? head : string.view());
    }
  }
}

}  // namespace
}  // namespace dunlin::values::hyperloglog
