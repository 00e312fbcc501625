#include "resp/request.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "resp/writer.h"

namespace dunlin::resp {
namespace {

using Outcome = RequestParser::Outcome;

std::vector<std::vector<std::string>> ParseAll(std::string_view bytes, size_t piece, std::string* error) {
  RequestParser parser;
  RequestLimits limits;
  std::vector<std::vector<std::string>> commands;
  size_t done = 0;
  for (size_t i = 0; i < bytes.size(); i += piece) {
    while (true) {
      std::string_view seen = bytes.substr(done, std::min(i + piece, bytes.size()) - done);
      Outcome outcome = parser.Next(seen, limits);
      if (outcome == Outcome::kError) {
        *error = parser.error();
        return commands;
      }
      if (outcome == Outcome::kIncomplete) break;
      commands.emplace_back(parser.args().begin(), parser.args().end());
      if (!parser.is_inline()) {
        std::string_view array = parser.array_bytes(seen);
        EXPECT_EQ(array.front(), '*');
        EXPECT_EQ(array.data() + array.size(), seen.data() + parser.command_bytes());
      }
      done += parser.command_bytes();
    }
  }
  return commands;
}

TEST(Request, AnyPiecesGiveTheSameCommands) {
  std::string bytes =
      "*2\r\n$3\r\nGET\r\n$1\r\na\r\n*0\r\n\r\nPING\r\n*1\r\n$0\r\n\r\n*3\r\n$3\r\nSET\r\n$2\r\n\r\n\r\n$"
      "5\r\na\r\nb\n\r\n"
      "set \"a b\\x41\\n\" 'it\\'s'\n";
  std::vector<std::vector<std::string>> want = {
      {"GET", "a"}, {"PING"}, {""}, {"SET", "\r\n", "a\r\nb\n"}, {"set", "a bA\n", "it's"}};
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    std::string error;
    EXPECT_EQ(ParseAll(bytes, piece, &error), want) << piece;
    EXPECT_EQ(error, "");
  }
}

TEST(Request, Errors) {
  struct Row {
    std::string bytes;
    const char* error;
  };
  for (const Row& row : {Row{"*x\r\n", "Protocol error: invalid multibulk length"},
                         Row{"*3000000000\r\n", "Protocol error: invalid multibulk length"},
                         Row{"*1\r\nGET\r\n", "Protocol error: expected '$', got 'G'"},
                         Row{"*1\r\n$-5\r\n", "Protocol error: invalid bulk length"},
                         Row{"*1\r\n$2147483648\r\n", "Protocol error: invalid bulk length"},
                         Row{"set \"a\n", "Protocol error: unbalanced quotes in request"},
                         Row{"set \"a\"b\n", "Protocol error: unbalanced quotes in request"},
                         Row{std::string(70000, 'x'), "Protocol error: too big inline request"},
                         Row{"*1\r\n$" + std::string(70000, '1'), "Protocol error: too big bulk count string"},
                         Row{"*" + std::string(70000, '1'), "Protocol error: too big mbulk count string"}}) {
    std::string error;
    ParseAll(row.bytes, row.bytes.size(), &error);
    EXPECT_EQ(error, row.error);
  }
}

TEST(Request, StrangersMaySendLittle) {
  RequestParser parser;
  RequestLimits limits;
  limits.authenticated = false;
  EXPECT_EQ(parser.Next("*11\r\n", limits), Outcome::kError);
  EXPECT_EQ(parser.error(), "Protocol error: unauthenticated multibulk length");
}

TEST(Request, KnowsWhatIsMissing) {
  std::string_view bytes = "*1\r\n$1000\r\nabc";
  RequestParser parser;
  EXPECT_EQ(parser.Next(bytes, RequestLimits()), Outcome::kIncomplete);
  EXPECT_EQ(parser.missing_bytes(bytes.size()), 999u);
  parser.Reset();
  EXPECT_EQ(parser.Next("PING\n", RequestLimits()), Outcome::kCommand);
}

TEST(Writer, BothVersions) {
  for (int version : {2, 3}) {
    Buffer out;
    ReplyWriter w(out, version);
    w.Map(1);
    w.Bulk("k");
    w.Double(1.5);
    w.Null();
    w.Boolean(true);
    w.Verbatim("txt", "hi");
    auto mark = w.BeginDeferred();
    w.Integer(-7);
    w.Integer(12);
    w.EndSet(mark, 2);
    w.Error("ERR two\r\nlines");
    EXPECT_EQ(out.view(),
              version == 2
                  ? "*2\r\n$1\r\nk\r\n$3\r\n1.5\r\n$-1\r\n:1\r\n$2\r\nhi\r\n*2\r\n:-7\r\n:12\r\n-ERR two  lines\r\n"
                  : "%1\r\n$1\r\nk\r\n,1.5\r\n_\r\n#t\r\n=6\r\ntxt:hi\r\n~2\r\n:-7\r\n:12\r\n-ERR two  lines\r\n");
  }
}

}  // namespace
}  // namespace dunlin::resp
