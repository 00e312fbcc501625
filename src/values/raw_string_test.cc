#include "values/raw_string.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace dunlin::values {
namespace {

using namespace std::string_literals;

TEST(RawString, AnEmptyOneNeedsNoMemory) {
  RawString text;
  EXPECT_EQ(text.view(), "");
  EXPECT_EQ(text.memory_bytes(), 0u);
  text.Assign("x");
  text.Assign("");
  EXPECT_EQ(text.memory_bytes(), 0u);
}

TEST(RawString, AssigningKeepsNoRoomAndAppendingDoes) {
  RawString text{std::string(100, 'a')};
  EXPECT_EQ(text.memory_bytes(), 112u);
  text.Append("bcdefg");
  EXPECT_EQ(text.size(), 106u);
  EXPECT_GE(text.memory_bytes(), 200u);
  text.ShrinkToFit();
  EXPECT_EQ(text.memory_bytes(), 128u);
  EXPECT_EQ(text.view(), std::string(100, 'a') + "bcdefg");
}

TEST(RawString, RoomIsBounded) {
  RawString text{std::string(8 << 20, 'a')};
  text.Append("b");
  EXPECT_LE(text.memory_bytes(), AllocationSize((9 << 20) + 16));
}

TEST(RawString, SetRangeFillsTheGapWithZeros) {
  RawString text{"abc"};
  text.SetRange(5, "xy");
  EXPECT_EQ(text.view(), "abc\0\0xy"s);
  text.SetRange(1, "Z");
  EXPECT_EQ(text.view(), "aZc\0\0xy"s);
  text.SetRange(100, "");
  EXPECT_EQ(text.size(), 7u);
}

TEST(RawString, BytesStandAtAddressesDivisibleByEight) {
  RawString text{"abc"};
  EXPECT_EQ(reinterpret_cast<uintptr_t>(text.view().data()) % 8, 0u);
}

TEST(RawString, DoesWhatAStringDoes) {
  Random random(5);
  RawString text;
  std::string model;
  for (int i = 0; i < 3000; ++i) {
    std::string piece(random.Below(random.OneIn(50) ? 100000 : 200), static_cast<char>('a' + i % 26));
    size_t offset = random.Below(model.size() + 50);
    switch (random.Below(5)) {
      case 0:
        if (!random.OneIn(10)) continue;
        text.Assign(piece);
        model = piece;
        break;
      case 1:
        text.Append(piece);
        model += piece;
        break;
      case 2:
        text.SetRange(offset, piece);
        if (piece.empty()) break;
        if (model.size() < offset + piece.size()) model.resize(offset + piece.size());
        model.replace(offset, piece.size(), piece);
        break;
      case 3:
        text.Resize(offset);
        model.resize(offset);
        break;
      default: text = text.Clone(); break;
    }
    ASSERT_EQ(text.view(), model);
    ASSERT_GE(text.memory_bytes(), model.size());
  }
}

}  // namespace
}  // namespace dunlin::values
