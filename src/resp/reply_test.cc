#include "resp/reply.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/limits.h"

namespace dunlin::resp {
namespace {

Result<Reply> Parse(std::string_view bytes) {
  ReplyParser parser;
  parser.Feed(bytes);
  std::optional<Result<Reply>> reply = parser.Next();
  if (!reply) return Fail(Status::Unavailable("more bytes are needed"));
  return *reply;
}

std::string ErrorOf(std::string_view bytes) {
  Result<Reply> reply = Parse(bytes);
  return reply ? "no error" : reply.error().message();
}

TEST(ReplyParserTest, Resp2Kinds) {
  EXPECT_EQ(Parse("+OK\r\n")->kind, ReplyKind::kStatus);
  EXPECT_EQ(Parse("+OK\r\n")->text, "OK");
  EXPECT_TRUE(Parse("-ERR no\r\n")->IsError());
  EXPECT_EQ(Parse("-ERR no\r\n")->text, "ERR no");
  EXPECT_EQ(Parse(":-12\r\n")->integer, -12);
  EXPECT_EQ(Parse(":9223372036854775807\r\n")->integer, INT64_MAX);
  EXPECT_EQ(Parse("$5\r\na\r\nbc\r\n")->text, "a\r\nbc");
  EXPECT_EQ(Parse("$0\r\n\r\n")->kind, ReplyKind::kString);
  EXPECT_TRUE(Parse("$-1\r\n")->IsNull());
  EXPECT_TRUE(Parse("*-1\r\n")->IsNull());
  Result<Reply> array = Parse("*3\r\n:1\r\n*1\r\n$1\r\nx\r\n$-1\r\n");
  ASSERT_EQ(array->elements.size(), 3u);
  EXPECT_EQ(array->elements[1].elements[0].text, "x");
  EXPECT_TRUE(array->elements[2].IsNull());
  EXPECT_EQ(Parse("*0\r\n")->kind, ReplyKind::kArray);
}

TEST(ReplyParserTest, Resp3Kinds) {
  EXPECT_TRUE(Parse("_\r\n")->IsNull());
  EXPECT_EQ(Parse(",1.50\r\n")->number, 1.5);
  EXPECT_EQ(Parse(",1.50\r\n")->text, "1.50");
  EXPECT_TRUE(std::isinf(Parse(",-inf\r\n")->number));
  EXPECT_TRUE(std::isnan(Parse(",nan\r\n")->number));
  EXPECT_EQ(Parse("#t\r\n")->integer, 1);
  EXPECT_EQ(Parse("#f\r\n")->integer, 0);
  EXPECT_EQ(Parse("(-3492890328409238509324850943850943825024385\r\n")->text,
            "-3492890328409238509324850943850943825024385");
  Result<Reply> verbatim = Parse("=8\r\ntxt:some\r\n");
  EXPECT_EQ(verbatim->kind, ReplyKind::kVerbatim);
  EXPECT_EQ(verbatim->text, "some");
  EXPECT_EQ(verbatim->format, "txt");
  EXPECT_EQ(Parse("!5\r\nE a\nb\r\n")->text, "E a\nb");
  EXPECT_TRUE(Parse("!5\r\nE a\nb\r\n")->IsError());
  EXPECT_EQ(Parse("~1\r\n:1\r\n")->kind, ReplyKind::kSet);
  EXPECT_EQ(Parse(">1\r\n:1\r\n")->kind, ReplyKind::kPush);
  Result<Reply> map = Parse("%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n");
  EXPECT_EQ(map->kind, ReplyKind::kMap);
  EXPECT_EQ(map->elements.size(), 4u);
  EXPECT_EQ(map->Find("b")->integer, 2);
  EXPECT_EQ(map->Find("c"), nullptr);
}

TEST(ReplyParserTest, AttributesBelongToTheNextValue) {
  Result<Reply> reply = Parse("|1\r\n+ttl\r\n:10\r\n*2\r\n:1\r\n|1\r\n+x\r\n:2\r\n:3\r\n");
  ASSERT_TRUE(reply);
  ASSERT_EQ(reply->attributes.size(), 2u);
  EXPECT_EQ(reply->attributes[1].integer, 10);
  ASSERT_EQ(reply->elements.size(), 2u);
  EXPECT_EQ(reply->elements[1].integer, 3);
  EXPECT_EQ(reply->elements[1].attributes[0].text, "x");
}

TEST(ReplyParserTest, ARowOfAttributesStaysFlat) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += "|1\r\n+k\r\n:1\r\n";
  bytes += "+OK\r\n";
  Result<Reply> reply = Parse(bytes);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->attributes.size(), 2000u);
  for (const Reply& part : reply->attributes) EXPECT_TRUE(part.attributes.empty());
}

TEST(ReplyParserTest, BytesMayComeOneByOne) {
  std::string_view bytes = "*2\r\n$3\r\na\r\n\r\n%1\r\n+k\r\n~1\r\n,2\r\n:7\r\n";
  ReplyParser parser;
  std::vector<Reply> replies;
  for (char c : bytes) {
    parser.Feed(std::string_view(&c, 1));
    while (auto next = parser.Next()) {
      ASSERT_TRUE(next->has_value());
      replies.push_back(**next);
    }
  }
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].elements[0].text, "a\r\n");
  EXPECT_EQ(replies[0].elements[1].elements[1].elements[0].number, 2);
  EXPECT_EQ(replies[1].integer, 7);
  EXPECT_FALSE(parser.HasBytes());
}

TEST(ReplyParserTest, WhatFollowsAReplyCanBeTakenOut) {
  ReplyParser parser;
  parser.Feed("+CONTINUE\r\n$EOF:");
  ASSERT_TRUE(parser.Next()->has_value());
  EXPECT_EQ(parser.TakeRest(), "$EOF:");
  EXPECT_FALSE(parser.HasBytes());
}

TEST(ReplyParserTest, BadBytesAreNamed) {
  EXPECT_EQ(ErrorOf("HTTP/1.1 400\r\n"), "Protocol error, got \"H\" as reply type byte");
  EXPECT_EQ(ErrorOf("\x01"), "Protocol error, got \"\\x01\" as reply type byte");
  EXPECT_EQ(ErrorOf(":12a\r\n"), "Bad integer value");
  EXPECT_EQ(ErrorOf(",x\r\n"), "Bad double value");
  EXPECT_EQ(ErrorOf("#x\r\n"), "Bad bool value");
  EXPECT_EQ(ErrorOf("_x\r\n"), "Bad nil value");
  EXPECT_EQ(ErrorOf("(12x\r\n"), "Bad bignum value");
  EXPECT_EQ(ErrorOf("$x\r\n"), "Bad bulk string length");
  EXPECT_EQ(ErrorOf("$-2\r\n"), "Bulk string length out of range");
  EXPECT_EQ(ErrorOf("$1\r\nabc"), "Bad end of a bulk string");
  EXPECT_EQ(ErrorOf("*-5\r\n"), "Multi-bulk length out of range");
  EXPECT_EQ(ErrorOf("%9223372036854775807\r\n"), "Multi-bulk length out of range");
  EXPECT_EQ(ErrorOf("=3\r\nabc\r\n"), "Verbatim string 4 bytes of content type are missing or incorrectly encoded.");
}

TEST(ReplyParserTest, AFailureIsForGood) {
  ReplyParser parser;
  parser.Feed("?");
  EXPECT_FALSE(parser.Next()->has_value());
  parser.Feed("+OK\r\n");
  EXPECT_FALSE(parser.Next()->has_value());
}

TEST(ReplyParserTest, ClaimedLengthsCostNothing) {
  EXPECT_EQ(ErrorOf("*9223372036854775807\r\n:1\r\n"), "more bytes are needed");
  EXPECT_EQ(ErrorOf("$9223372036854775807\r\nabc"), "more bytes are needed");
}

TEST(ReplyParserTest, NestingIsBounded) {
  std::string deep;
  for (int i = 0; i < limits::kMaxReplyDepth; ++i) deep += "*1\r\n";
  EXPECT_TRUE(Parse(deep + ":1\r\n"));
  EXPECT_EQ(ErrorOf(deep + "*1\r\n:1\r\n"), "No support for nested multi bulk replies with depth > 64");
}

TEST(AppendCommandTest, IsAnArrayOfBulks) {
  std::string out;
  AppendCommand(out, {"SET", "k", std::string_view("a\0b", 3)});
  EXPECT_EQ(out, std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na\0b\r\n", 29));
}

}  // namespace
}  // namespace dunlin::resp
