#include "cli/line_buffer.h"

#include <gtest/gtest.h>

namespace dunlin::cli {
namespace {

LineBuffer With(std::string text) {
  LineBuffer buffer;
  buffer.Set(std::move(text));
  return buffer;
}

TEST(LineBufferTest, InsertAndDelete) {
  LineBuffer b = With("ac");
  b.MoveLeft();
  b.Insert("b");
  EXPECT_EQ(b.text(), "abc");
  EXPECT_EQ(b.cursor(), 2u);
  b.Backspace();
  b.Delete();
  EXPECT_EQ(b.text(), "a");
  b.Delete();
  b.Backspace();
  b.Backspace();
  EXPECT_TRUE(b.empty());
}

TEST(LineBufferTest, CharactersAreWhole) {
  LineBuffer b = With("aä漢😀");
  b.Backspace();
  EXPECT_EQ(b.text(), "aä漢");
  b.MoveLeft();
  b.MoveLeft();
  EXPECT_EQ(b.cursor(), 1u);
  b.Delete();
  EXPECT_EQ(b.text(), "a漢");
  LineBuffer broken = With("a\x80\xc3");
  broken.MoveLeft();
  EXPECT_EQ(broken.cursor(), 2u);
  broken.MoveLeft();
  EXPECT_EQ(broken.cursor(), 1u);
}

TEST(LineBufferTest, Words) {
  LineBuffer b = With("set  key value");
  b.DeleteWordBefore();
  EXPECT_EQ(b.text(), "set  key ");
  b.MoveWordLeft();
  EXPECT_EQ(b.cursor(), 5u);
  b.MoveWordLeft();
  EXPECT_EQ(b.cursor(), 0u);
  b.MoveWordRight();
  EXPECT_EQ(b.cursor(), 3u);
  b.DeleteToEnd();
  EXPECT_EQ(b.text(), "set");
}

TEST(LineBufferTest, Transpose) {
  LineBuffer b = With("aäb");
  b.MoveLeft();
  b.Transpose();
  EXPECT_EQ(b.text(), "abä");
  EXPECT_EQ(b.cursor(), 4u);
  b.Transpose();
  EXPECT_EQ(b.text(), "aäb");
  LineBuffer one = With("x");
  one.Transpose();
  EXPECT_EQ(one.text(), "x");
}

TEST(DisplayWidthTest, WideAndJoiningCharacters) {
  EXPECT_EQ(DisplayWidth("abc"), 3u);
  EXPECT_EQ(DisplayWidth("äö"), 2u);
  EXPECT_EQ(DisplayWidth("漢字"), 4u);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);
  EXPECT_EQ(DisplayWidth("\xff"), 1u);
}

TEST(AdvanceTest, RowsAndColumns) {
  EXPECT_EQ(Advance({}, "abc", 10).column, 3u);
  ScreenPosition full = Advance({}, "0123456789", 10);
  EXPECT_EQ(full.row, 1u);
  EXPECT_EQ(full.column, 0u);
  ScreenPosition wide = Advance({0, 9}, "漢", 10);  // does not fit behind column 9
  EXPECT_EQ(wide.row, 1u);
  EXPECT_EQ(wide.column, 2u);
}

}  // namespace
}  // namespace dunlin::cli
