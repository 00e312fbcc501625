#include "cli/arguments.h"

#include <gtest/gtest.h>

namespace dunlin::cli {
namespace {

using Words = std::vector<std::string>;

TEST(SplitArgumentsTest, BlanksSeparate) {
  EXPECT_EQ(SplitArguments("  set\tk  v\r\n"), (Words{"set", "k", "v"}));
  EXPECT_EQ(SplitArguments(""), Words{});
  EXPECT_EQ(SplitArguments(" \t "), Words{});
}

TEST(SplitArgumentsTest, Quotes) {
  EXPECT_EQ(SplitArguments(R"(set "a b" 'c d')"), (Words{"set", "a b", "c d"}));
  EXPECT_EQ(SplitArguments(R"("\x41\x0a\n\r\t\b\a\q\"")"), (Words{"A\n\n\r\t\b\aq\""}));
  EXPECT_EQ(SplitArguments(R"("\x4g")"), (Words{"x4g"}));
  EXPECT_EQ(SplitArguments(R"('it\'s \n')"), (Words{"it's \\n"}));
  EXPECT_EQ(SplitArguments(R"(key"" x)"), (Words{"key", "x"}));
  EXPECT_EQ(SplitArguments(R"("" '')"), (Words{"", ""}));
}

TEST(SplitArgumentsTest, Malformed) {
  for (const char* line : {R"("open)", R"('open)", R"("a"b)", R"('a'b)", R"(""key)", R"("\)", R"("\")"}) {
    EXPECT_EQ(SplitArguments(line), std::nullopt) << line;
  }
}

TEST(UnquoteArgumentTest, OneWordOnly) {
  EXPECT_EQ(UnquoteArgument(R"("a\x00b")"), std::string("a\0b", 3));
  EXPECT_EQ(UnquoteArgument("plain"), "plain");
  EXPECT_EQ(UnquoteArgument("two words"), std::nullopt);
  EXPECT_EQ(UnquoteArgument(""), std::nullopt);
}

TEST(QuotedTest, EveryByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  EXPECT_EQ(UnquoteArgument(Quoted(bytes)), bytes);
  EXPECT_EQ(Quoted("a\"\\\n\xff"), R"("a\"\\\n\xff")");
}

}  // namespace
}  // namespace dunlin::cli
