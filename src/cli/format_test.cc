#include "cli/format.h"

#include <gtest/gtest.h>

namespace dunlin::cli {
namespace {

resp::Reply Parse(std::string_view bytes) {
  resp::ReplyParser parser;
  parser.Feed(bytes);
  std::optional<Result<resp::Reply>> reply = parser.Next();
  EXPECT_TRUE(reply && reply->has_value()) << bytes;
  return reply && reply->has_value() ? **reply : resp::Reply();
}

std::string Format(std::string_view bytes, OutputForm form) { return FormatReply(Parse(bytes), {.form = form}); }

struct FormatCase {
  std::string_view bytes;
  std::string_view standard;
  std::string_view raw;
  std::string_view csv;
  std::string_view json;
};

// Every kind of reply in every form. Raw is shown without the delimiter behind it.
constexpr FormatCase kCases[] = {
    {"+OK\r\n", "OK\n", "OK", "\"OK\"\n", "\"OK\"\n"},
    {"-ERR x\r\n", "(error) ERR x\n", "ERR x\n", "ERROR,\"ERR x\"\n", "error:\"ERR x\"\n"},
    {"!5\r\nERR x\r\n", "(error) ERR x\n", "ERR x\n", "ERROR,\"ERR x\"\n", "error:\"ERR x\"\n"},
    {":-3\r\n", "(integer) -3\n", "-3", "-3\n", "-3\n"},
    {"$5\r\na\"b\n\x01\r\n", "\"a\\\"b\\n\\x01\"\n", "a\"b\n\x01", "\"a\\\"b\\n\\x01\"\n", "\"a\\\"b\\n\\u0001\"\n"},
    {"$0\r\n\r\n", "\"\"\n", "", "\"\"\n", "\"\"\n"},
    {"$-1\r\n", "(nil)\n", "", "NULL\n", "null\n"},
    {"_\r\n", "(nil)\n", "", "NULL\n", "null\n"},
    {",1.50\r\n", "(double) 1.50\n", "1.50", "1.50\n", "1.50\n"},
    {",inf\r\n", "(double) inf\n", "inf", "inf\n", "inf\n"},
    {"#t\r\n", "(true)\n", "(true)", "true\n", "true\n"},
    {"#f\r\n", "(false)\n", "(false)", "false\n", "false\n"},
    {"(12345678901234567890\r\n", "12345678901234567890\n", "12345678901234567890", "12345678901234567890\n",
     "12345678901234567890\n"},
    {"=8\r\ntxt:a\nb!\r\n", "a\nb!\n", "a\nb!", "\"a\\nb!\"\n", "\"a\\nb!\"\n"},
    {"*0\r\n", "(empty array)\n", "", "\n", "[]\n"},
    {"%0\r\n", "(empty hash)\n", "", "\n", "{}\n"},
    {"~0\r\n", "(empty set)\n", "", "\n", "[]\n"},
    {">0\r\n", "(empty push)\n", "", "\n", "[]\n"},
    {"*2\r\n:1\r\n$1\r\na\r\n", "1) (integer) 1\n2) \"a\"\n", "1\na", "1,\"a\"\n", "[1,\"a\"]\n"},
    {"~2\r\n:1\r\n:2\r\n", "1~ (integer) 1\n2~ (integer) 2\n", "1\n2", "1,2\n", "[1,2]\n"},
    {">2\r\n+a\r\n:2\r\n", "1) a\n2) (integer) 2\n", "a\n2", "\"a\",2\n", "[\"a\",2]\n"},
    {"%2\r\n+a\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n",
     "1# a => (integer) 1\n2# (integer) 2 => \n   1) (integer) 3\n   2) (integer) 4\n", "a 1\n2 3\n4",
     "\"a\",1,2,3,4\n", "{\"a\":1,\"2\":[3,4]}\n"},
    {"*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n*1\r\n:3\r\n", "1) 1) (integer) 1\n   2) (integer) 2\n2) 1) 1) (integer) 3\n",
     "1\n2\n3", "1,2,3\n", "[[1,2],[[3]]]\n"},
    {"%1\r\n+k\r\n%1\r\n+x\r\n+y\r\n", "1# k => 1# x => y\n", "k x y", "\"k\",\"x\",\"y\"\n",
     "{\"k\":{\"x\":\"y\"}}\n"},
    {"|1\r\n+ttl\r\n:1\r\n+OK\r\n", "OK\n", "OK", "\"OK\"\n", "\"OK\"\n"},
};

TEST(FormatTest, EveryKindInEveryForm) {
  for (const FormatCase& c : kCases) {
    EXPECT_EQ(Format(c.bytes, OutputForm::kStandard), c.standard) << c.bytes;
    EXPECT_EQ(Format(c.bytes, OutputForm::kRaw), std::string(c.raw) + "\n") << c.bytes;
    EXPECT_EQ(FormatVerbatim(Parse(c.bytes), "\n"), c.raw) << c.bytes;
    EXPECT_EQ(Format(c.bytes, OutputForm::kCsv), c.csv) << c.bytes;
    EXPECT_EQ(Format(c.bytes, OutputForm::kJson), c.json) << c.bytes;
  }
}

TEST(FormatTest, NumbersOfElementsAreAligned) {
  std::string bytes = "*10\r\n";
  for (int i = 0; i < 9; ++i) bytes += ":0\r\n";
  bytes += "*2\r\n:1\r\n:2\r\n";
  std::string text = Format(bytes, OutputForm::kStandard);
  EXPECT_TRUE(text.starts_with(" 1) (integer) 0\n 2) "));
  EXPECT_TRUE(text.ends_with("10) 1) (integer) 1\n    2) (integer) 2\n"));
}

TEST(FormatTest, Delimiters) {
  FormatOptions options{.form = OutputForm::kRaw, .bulk_delimiter = "|", .command_delimiter = "<>"};
  EXPECT_EQ(FormatReply(Parse("*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n"), options), "1|2|3<>");
  EXPECT_EQ(FormatReply(Parse("%2\r\n:1\r\n:2\r\n:3\r\n:4\r\n"), options), "1 2|3 4<>");
}

TEST(FormatTest, QuotedJsonIsAscii) {
  EXPECT_EQ(Format("$3\r\n\xc3\xb0\n\r\n", OutputForm::kQuotedJson), "\"\\\\xc3\\\\xb0\\\\n\"\n");
  EXPECT_EQ(Format("$2\r\n\xc3\xb0\r\n", OutputForm::kJson), "\"\xc3\xb0\"\n");
}

TEST(FormatTest, PushedInvalidations) {
  resp::Reply push = Parse(">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n");
  EXPECT_EQ(FormatPush(push, {}), "-> invalidate: 'a', 'b'\n");
  EXPECT_EQ(FormatPush(push, {.form = OutputForm::kRaw}), "invalidate\na\nb\n");
  resp::Reply flush = Parse(">2\r\n$10\r\ninvalidate\r\n_\r\n");
  EXPECT_EQ(FormatPush(flush, {}), "1) \"invalidate\"\n2) (nil)\n");
}

TEST(FormatTest, CommandsWhoseRepliesArePrintedAsTheyAre) {
  using Words = std::vector<std::string>;
  for (const Words& words :
       {Words{"INFO"}, Words{"info", "server"}, Words{"cluster", "nodes"}, Words{"CLUSTER", "INFO"},
        Words{"client", "list"}, Words{"memory", "doctor"}, Words{"latency", "graph", "fork"}}) {
    EXPECT_TRUE(HasVerbatimReply(words)) << words[0];
  }
  for (const Words& words : {Words{"get", "info"}, Words{"cluster", "nodes", "x"}, Words{"client", "id"},
                             Words{"latency", "graph"}, Words{"cluster"}, Words{}}) {
    EXPECT_FALSE(HasVerbatimReply(words));
  }
}

}  // namespace
}  // namespace dunlin::cli
