#include "cli/command_docs.h"

#include <gtest/gtest.h>

#include "cli/help.h"
#include "cli/hints.h"

namespace dunlin::cli {
namespace {

std::string Hint(std::string_view line) {
  static const CommandDocs docs = CommandDocs::Builtin();
  return docs.HintFor(line);
}

struct HintCase {
  std::string_view line;
  std::string_view hint;
};

TEST(HintsTest, FollowWhatIsTyped) {
  constexpr HintCase kCases[] = {
      {"", ""},
      {"GET", ""},  // may still become GETSET
      {"GET ", "key"},
      {"get k ", ""},
      {"get k extra ", ""},
      {"nosuchcommand ", ""},
      {"MGET ", "key [key ...]"},
      {"MGET k k ", "[key ...]"},
      {"SET k v ",
       "[NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]"},
      {"SET k v EX ", "seconds [NX|XX] [GET]"},
      {"SET k v ex 5 nx ", "[GET]"},
      {"SET k v ex x ", ""},
      {"CONFIG SET a ", "value [parameter value ...]"},
      {"config get ", "parameter [parameter ...]"},
      {"ZRANDMEMBER k 3 ", "[WITHSCORES]"},
      {"ZADD k CH LT ", "[NX|XX] [INCR] score member [score member ...]"},
      {"ZADD k 0 ", "member [score member ...]"},
      {"GEOSEARCH k FROMLONLAT 2.34 4.45 BYRADIUS bad ", ""},
      {"GEORADIUS key 1 2 3 M COUNT 12 ",
       "[ANY] [WITHCOORD] [WITHDIST] [WITHHASH] [ASC|DESC] [STORE key|STOREDIST key]"},
      {"GEORADIUS key 1 2 3 M COUNT 12 ASC ", "[WITHCOORD] [WITHDIST] [WITHHASH] [STORE key|STOREDIST key]"},
      {"BITFIELD_RO k GET xyz 12 ", "[GET encoding offset ...]]"},
      {"MIGRATE ",
       "host port key|\"\" destination-db timeout [COPY] [REPLACE] "
       "[AUTH password|AUTH2 username password] [KEYS key [key ...]]"},
      {"XADD k ", "[NOMKSTREAM] [MAXLEN|MINID [=|~] threshold [LIMIT count]] *|id field value [field value ...]"},
      {"ZRANGEBYSCORE k (1 +inf ", "[WITHSCORES] [LIMIT offset count]"},
      {"SET \"open ", ""},
  };
  for (const HintCase& c : kCases) EXPECT_EQ(Hint(c.line), c.hint) << c.line;
}

TEST(CommandDocsTest, EveryBuiltinSyntaxIsComplete) {
  CommandDocs docs = CommandDocs::Builtin();
  EXPECT_GT(docs.commands().size(), 350u);
  for (const CommandDoc& doc : docs.commands()) {
    EXPECT_FALSE(doc.summary.empty()) << doc.name;
    EXPECT_FALSE(doc.group.empty()) << doc.name;
    for (const ArgumentSpec& argument : doc.arguments) {
      bool says_something = argument.has_token || !argument.display.empty() || !argument.parts.empty();
      EXPECT_TRUE(says_something) << doc.name;
    }
  }
}

resp::Reply Parse(std::string_view bytes) {
  resp::ReplyParser parser;
  parser.Feed(bytes);
  return **parser.Next();
}

TEST(CommandDocsTest, FromTheServersReply) {
  CommandDocs docs = CommandDocs::FromReply(
      Parse("%2\r\n"
            "$4\r\nzzap\r\n%4\r\n+summary\r\n+Zaps.\r\n+since\r\n+9.0.0\r\n+group\r\n+odd\r\n+arguments\r\n*2\r\n"
            "%2\r\n+name\r\n+target\r\n+type\r\n+key\r\n"
            "%4\r\n+name\r\n+power\r\n+type\r\n+integer\r\n+token\r\n+POWER\r\n+flags\r\n~1\r\n+optional\r\n"
            "$3\r\nbox\r\n%2\r\n+group\r\n+odd\r\n+subcommands\r\n%1\r\n$8\r\nbox|open\r\n%1\r\n+group\r\n+odd\r\n"));
  ASSERT_EQ(docs.commands().size(), 3u);
  EXPECT_EQ(docs.commands()[1].name, "BOX OPEN");
  EXPECT_EQ(docs.HintFor("zzap "), "target [POWER power]");
  EXPECT_EQ(docs.HintFor("zzap t power "), "power");
  EXPECT_EQ(docs.groups(), std::vector<std::string>{"@odd"});
  EXPECT_EQ(docs.Complete("b"), (std::vector<std::string>{"BOX", "BOX OPEN"}));
  EXPECT_EQ(docs.Complete("help  @"), (std::vector<std::string>{"help  @odd"}));
}

TEST(CommandDocsTest, OddRepliesAreHarmless) {
  for (const char* bytes : {"+OK\r\n", "*1\r\n+a\r\n", "*2\r\n*0\r\n*0\r\n", "*2\r\n+a\r\n:1\r\n",
                            "*2\r\n+a\r\n*2\r\n+arguments\r\n*1\r\n+x\r\n"}) {
    CommandDocs docs = CommandDocs::FromReply(Parse(bytes));
    docs.AddMissing(Parse(bytes));
    EXPECT_LE(docs.commands().size(), 1u) << bytes;
  }
}

TEST(CommandDocsTest, CommandsOfOldServersAreAdded) {
  CommandDocs docs = CommandDocs::Builtin();
  size_t before = docs.commands().size();
  docs.AddMissing(
      Parse("*2\r\n*6\r\n$3\r\nget\r\n:2\r\n*0\r\n:1\r\n:1\r\n:1\r\n"
            "*6\r\n$7\r\nmod.cmd\r\n:-3\r\n*0\r\n:1\r\n:1\r\n:1\r\n"));
  EXPECT_EQ(docs.commands().size(), before + 1);
  EXPECT_EQ(docs.HintFor("mod.cmd "), "key arg ...options...");
  EXPECT_EQ(docs.HintFor("mod.cmd x "), "");
}

TEST(HelpTest, Topics) {
  CommandDocs docs = CommandDocs::Builtin();
  EXPECT_TRUE(HelpText({}, docs).find("help @<group>") != std::string::npos);
  std::vector<std::string> topic = {"config"};
  std::string config = HelpText(topic, docs);
  EXPECT_TRUE(config.find("\r\n  \x1b[1mCONFIG GET\x1b[0m \x1b[90mparameter [parameter ...]\x1b[0m\r\n") !=
              std::string::npos);
  EXPECT_TRUE(config.find("group:") != std::string::npos);
  topic = {"@HASH"};
  std::string hash = HelpText(topic, docs);
  EXPECT_TRUE(hash.find("HGETALL") != std::string::npos);
  EXPECT_TRUE(hash.find("group:") == std::string::npos);
  topic = {"nothing"};
  EXPECT_EQ(HelpText(topic, docs), "\r\n");
}

}  // namespace
}  // namespace dunlin::cli
