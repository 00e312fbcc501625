#include "replication/rdb_frame.h"

#include <gtest/gtest.h>

#include <string>

namespace dunlin::replication {
namespace {

const std::string kMark = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

TEST(RdbFrame, Headers) {
  ASSERT_TRUE(RdbFrame::Parse("$0").has_value());
  EXPECT_EQ(RdbFrame::Parse("$175")->size_bytes(), 175);
  auto marked = RdbFrame::Parse("$EOF:" + kMark);
  ASSERT_TRUE(marked.has_value());
  EXPECT_FALSE(marked->size_bytes().has_value());
  for (const std::string& line :
       {std::string(), std::string("$"), std::string("$-1"), std::string("$12x"), std::string("+OK"),
        "$EOF:" + kMark.substr(1), std::string("$99999999999999999999"), std::string("$ 12"), std::string("hello")}) {
    EXPECT_FALSE(RdbFrame::Parse(line).has_value()) << line;
  }
}

// Feeds `wire` in pieces of `step` bytes the way a server does: what was not consumed is offered again.
struct Fed {
  std::string rdb;
  std::string rest;
  bool end = false;
};
Fed Feed(RdbFrame frame, const std::string& wire, size_t step) {
  Fed fed;
  std::string buffer;
  for (size_t at = 0; at < wire.size(); at += step) {
    buffer += wire.substr(at, step);
    if (fed.end) continue;
    RdbFrame::Piece piece = frame.Next(buffer);
    fed.rdb += piece.rdb;
    fed.end = piece.end;
    buffer.erase(0, piece.consumed);
    if (!fed.end) {
      EXPECT_LT(buffer.size(), RdbFrame::kMarkSize);
    }
  }
  EXPECT_EQ(frame.read_bytes(), static_cast<int64_t>(fed.rdb.size()));
  fed.rest = buffer;
  return fed;
}

TEST(RdbFrame, SizedInPiecesOfEverySize) {
  const std::string rdb = "REDIS0011 and what belongs to it";
  for (size_t step = 1; step < 60; ++step) {
    Fed fed = Feed(*RdbFrame::Parse("$" + std::to_string(rdb.size())), rdb + "*1\r\n$4\r\nPING\r\n", step);
    EXPECT_TRUE(fed.end);
    EXPECT_EQ(fed.rdb, rdb);
    EXPECT_EQ(fed.rest, "*1\r\n$4\r\nPING\r\n");
  }
}

TEST(RdbFrame, MarkedInPiecesOfEverySize) {
  // The data holds all but the last byte of the mark, and ends with its first half.
  const std::string rdb = "REDIS0011" + kMark.substr(0, 39) + "-" + kMark.substr(0, 20);
  for (size_t step = 1; step < 130; ++step) {
    Fed fed = Feed(*RdbFrame::Parse("$EOF:" + kMark), rdb + kMark + "rest", step);
    EXPECT_TRUE(fed.end) << step;
    EXPECT_EQ(fed.rdb, rdb) << step;
    EXPECT_EQ(fed.rest, "rest") << step;
  }
}

TEST(RdbFrame, AMarkOfOneCharacterRepeated) {
  const std::string mark(40, 'a');
  for (size_t step = 1; step < 60; ++step) {
    Fed fed = Feed(*RdbFrame::Parse("$EOF:" + mark), "bbb" + std::string(39, 'a') + "b" + mark, step);
    EXPECT_TRUE(fed.end);
    EXPECT_EQ(fed.rdb, "bbb" + std::string(39, 'a') + "b");
  }
}

}  // namespace
}  // namespace dunlin::replication
