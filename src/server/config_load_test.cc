#include <gtest/gtest.h>

#include <set>

#include "server/config.h"
#include "server/config_fake_files.h"
#include "server/config_text.h"

namespace dunlin::server {
namespace {

using Words = std::vector<std::string>;

class ConfigLoadTest : public testing::Test {
 protected:
  // "" or the text for standard error.
  std::string Load(const Words& arguments) { return config_.Load(ParseCommandLine(arguments)).message(); }
  std::string LoadFile(const std::string& text) {
    files_.files["/data/test.conf"] = text;
    return Load({"test.conf"});
  }
  std::string Shown(std::string_view name) const {
    const std::string_view names[] = {name};
    auto values = config_.Get(names);
    return values.size() == 1 ? values[0].second : "(none)";
  }

  FakeConfigFiles files_;
  Config config_{files_, 4,
                 Config::Checks{[](std::string_view name) {
                                  static const std::set<std::string_view> kCommands = {"get", "set", "flushdb"};
                                  return kCommands.contains(name);
                                },
                                [](std::span<const std::string> words) -> std::optional<Config::Checks::UserError> {
                                  for (size_t i = 1; i < words.size(); ++i) {
                                    if (words[i] == "%") return Config::Checks::UserError{i, "Syntax error"};
                                  }
                                  return std::nullopt;
                                }}};
};

std::string Fatal(int line, std::string_view text, std::string_view reason) {
  return "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, at line " +
         std::to_string(line) + "\n>>> '" + std::string(text) + "'\n" + std::string(reason);
}

// --- files ---

TEST_F(ConfigLoadTest, ReadsCommentsBlanksQuotesAndAnyCase) {
  EXPECT_EQ(LoadFile("# a comment\n\n  PORT \"6381\"  \r\n\tappendonly 'yes'\nrequirepass \"a b\\x41\\\"\"\n#port 1"),
            "");
  EXPECT_EQ(config_.settings().port, 6381);
  EXPECT_TRUE(config_.settings().appendonly);
  EXPECT_EQ(config_.settings().requirepass, "a bA\"");
  EXPECT_EQ(config_.config_file(), "/data/test.conf");
}

TEST_F(ConfigLoadTest, NoFileAtAll) {
  EXPECT_EQ(Load({}), "");
  EXPECT_EQ(config_.config_file(), "");
  EXPECT_TRUE(config_.TakeNotes().empty());
}

TEST_F(ConfigLoadTest, SavePointsOfTheFileReplaceTheDefaultsAndAddUp) {
  EXPECT_EQ(LoadFile("save 900 1\nsave 300 10 60 1000\n"), "");
  EXPECT_EQ(Shown("save"), "900 1 300 10 60 1000");
}

TEST_F(ConfigLoadTest, AnEmptySaveForgetsEarlierOnes) {
  EXPECT_EQ(LoadFile("save 900 1\nsave ''\nsave 5 5\n"), "");
  EXPECT_EQ(Shown("save"), "5 5");
}

TEST_F(ConfigLoadTest, LastAliasOrNameCounts) {
  EXPECT_EQ(LoadFile("hash-max-listpack-entries 20\nhash-max-ziplist-entries 21\n"), "");
  EXPECT_EQ(Shown("hash-max-listpack-entries"), "21");
}

TEST_F(ConfigLoadTest, DirCountsForWhatComesAfterIt) {
  files_.files["/other/more.conf"] = "port 7001";
  EXPECT_EQ(LoadFile("dir /other\ninclude more.conf\n"), "");
  EXPECT_EQ(config_.settings().port, 7001);
  EXPECT_EQ(config_.settings().dir, "/other");
}

TEST_F(ConfigLoadTest, IncludesFilesAndPatterns) {
  files_.files["/conf.d/a.conf"] = "port 7001\nmaxclients 5";
  files_.files["/conf.d/b.conf"] = "port 7002";
  EXPECT_EQ(LoadFile("include /conf.d/*.conf\ninclude /none/*.conf\ntimeout 3"), "");
  EXPECT_EQ(config_.settings().port, 7002);
  EXPECT_EQ(config_.settings().maxclients, 5);
  EXPECT_EQ(config_.settings().timeout_s, 3);
}

TEST_F(ConfigLoadTest, AMissingFileIsNamed) {
  EXPECT_EQ(Load({"none.conf"}), "Fatal error, can't open config file '/data/none.conf': No such file or directory");
}

TEST_F(ConfigLoadTest, AMissingIncludeIsNamed) {
  EXPECT_EQ(LoadFile("port 1\ninclude /gone.conf"),
            "Fatal error, can't open config file '/gone.conf': No such file or directory");
}

TEST_F(ConfigLoadTest, AnErrorInAnIncludedFileNamesIt) {
  files_.files["/more.conf"] = "\nport x";
  EXPECT_EQ(LoadFile("timeout 1\ntimeout 2\ninclude /more.conf"),
            Fatal(2, "port x", "argument couldn't be parsed into an integer") + "\nIn the included file '/more.conf'");
}

TEST_F(ConfigLoadTest, AFileThatIncludesItselfEnds) {
  std::string error = LoadFile("include test.conf");
  EXPECT_EQ(error, Fatal(1, "include test.conf", "Configuration files include each other more than 16 deep") +
                       "\nIn the included file 'test.conf'");
}

TEST_F(ConfigLoadTest, IncludesDoNotMultiply) {
  // 2 to the power of 16 files, if nobody counted.
  std::string error = LoadFile("include test.conf\ninclude test.conf");
  EXPECT_NE(error, "");
  files_.files["/data/leaf.conf"] = "port 1";
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "include leaf.conf\n";
  Config other(files_, 1);
  files_.files["/data/many.conf"] = many;
  EXPECT_EQ(other.Load({.config_file = "many.conf"}).message(),
            Fatal(1025, "include leaf.conf", "More than 1024 included files"));
}

struct BadFile {
  std::string text;
  int line;
  std::string shown;
  std::string reason;
};

class BadFileTest : public ConfigLoadTest, public testing::WithParamInterface<BadFile> {};

TEST_P(BadFileTest, NamesLineAndReason) {
  EXPECT_EQ(LoadFile(GetParam().text), Fatal(GetParam().line, GetParam().shown, GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadFileTest,
    testing::Values(
        BadFile{"port 1\n  nonsense 1\n", 2, "nonsense 1", "Bad directive or wrong number of arguments"},
        BadFile{"nonsense", 1, "nonsense", "Bad directive or wrong number of arguments"},
        BadFile{"include", 1, "include", "Bad directive or wrong number of arguments"},
        BadFile{"include a b", 1, "include a b", "Bad directive or wrong number of arguments"},
        BadFile{"rename-command get", 1, "rename-command get", "Bad directive or wrong number of arguments"},
        BadFile{"user", 1, "user", "Bad directive or wrong number of arguments"},
        BadFile{"port", 1, "port", "wrong number of arguments"},
        BadFile{"port 1 2", 1, "port 1 2", "wrong number of arguments"},
        BadFile{"port \"1", 1, "port \"1", "Unbalanced quotes in configuration line"},
        BadFile{"requirepass \"a\"b", 1, "requirepass \"a\"b", "Unbalanced quotes in configuration line"},
        BadFile{"save \"'900\"", 1, "save \"'900\"", "Unbalanced quotes in configuration line"},
        BadFile{std::string("port 1\0 2", 9), 1, std::string("port 1\0 2", 9),
                "Configuration line contains a NUL byte"},
        BadFile{"port 65536", 1, "port 65536", "argument must be between 0 and 65535 inclusive"},
        BadFile{"maxmemory lots", 1, "maxmemory lots", "argument must be a memory value"},
        BadFile{"appendonly on", 1, "appendonly on", "argument must be 'yes' or 'no'"},
        BadFile{"unixsocketperm 888", 1, "unixsocketperm 888", "argument couldn't be parsed as an octal number"},
        BadFile{"unixsocketperm 1000", 1, "unixsocketperm 1000", "argument must be between 0 and 777 inclusive"},
        BadFile{"unixsocketperm -7", 1, "unixsocketperm -7", "argument couldn't be parsed as an octal number"},
        BadFile{"databases 0", 1, "databases 0", "argument must be between 1 and 2147483647 inclusive"},
        BadFile{"io-threads 129", 1, "io-threads 129", "argument must be between 0 and 128 inclusive"},
        BadFile{"io-threads x", 1, "io-threads x", "argument couldn't be parsed into an integer"},
        BadFile{"maxclients 4294967296", 1, "maxclients 4294967296",
                "argument must be between 1 and 4294967295 inclusive"},
        BadFile{"dir /missing", 1, "dir /missing", "No such file or directory"},
        BadFile{"dir", 1, "dir", "wrong number of arguments"},
        BadFile{"dbfilename a/b", 1, "dbfilename a/b", "dbfilename can't be a path, just a filename"},
        BadFile{"appendfilename ''", 1, "appendfilename ''", "appendfilename can't be empty"},
        BadFile{"appendfilename a/b", 1, "appendfilename a/b", "appendfilename can't be a path, just a filename"},
        BadFile{"appenddirname /x", 1, "appenddirname /x", "appenddirname can't be a path, just a dirname"},
        BadFile{"replicaof host", 1, "replicaof host", "wrong number of arguments"},
        BadFile{"replicaof host abc", 1, "replicaof host abc", "Invalid master port"},
        BadFile{"slaveof host 70000", 1, "slaveof host 70000", "Invalid master port"},
        BadFile{"rename-command nope x", 1, "rename-command nope x", "No such command in rename-command"},
        BadFile{"rename-command get set", 1, "rename-command get set", "Target command name already exists"},
        BadFile{"user joe on %", 1, "user joe on %", "Error in user declaration '%': Syntax error"},
        BadFile{"loadmodule /x.so", 1, "loadmodule /x.so",
                "Modules are not supported: loadmodule can't be carried out"},
        BadFile{"search.threads 4", 1, "search.threads 4",
                "Modules are not supported: the setting of a module can't be carried out"},
        BadFile{"search.threads", 1, "search.threads", "Module config specified without value"},
        BadFile{"sentinel monitor a b 1 2", 1, "sentinel monitor a b 1 2",
                "sentinel directive while not in sentinel mode"},
        BadFile{"sentinel", 1, "sentinel", "Sentinel mode is not supported"},
        BadFile{"tls-port 6380", 1, "tls-port 6380", "TLS is not supported: tls-port can only be 0"},
        BadFile{"tls-cluster yes", 1, "tls-cluster yes", "TLS is not supported: tls-cluster can only be no"}));

TEST_F(ConfigLoadTest, ALineTooLongIsRefusedAndNotEchoed) {
  std::string error = LoadFile("requirepass " + std::string(2 << 20, 'x'));
  EXPECT_TRUE(error.ends_with("\nConfiguration line is too long"));
  EXPECT_LT(error.size(), 2000u);
}

TEST_F(ConfigLoadTest, ForgottenDirectivesArePassedOver) {
  EXPECT_EQ(LoadFile("list-max-ziplist-entries 512\nlist-max-ziplist-value 64\nlua-replicate-commands yes\n"), "");
  EXPECT_EQ(Shown("list-max-ziplist-entries"), "(none)");
}

TEST_F(ConfigLoadTest, RenamesAreKeptInOrder) {
  EXPECT_EQ(LoadFile("rename-command FLUSHDB badger\nrename-command badger ''\nrename-command get flushdb\n"), "");
  EXPECT_EQ(config_.settings().rename_commands,
            (std::vector<CommandRename>{{"FLUSHDB", "badger"}, {"badger", ""}, {"get", "flushdb"}}));
}

TEST_F(ConfigLoadTest, UsersAreKept) {
  EXPECT_EQ(LoadFile("user joe on >secret ~* +@all\nuser ann off"), "");
  EXPECT_EQ(config_.settings().users, (std::vector<Words>{{"joe", "on", ">secret", "~*", "+@all"}, {"ann", "off"}}));
}

TEST_F(ConfigLoadTest, UsersAndAclFileExcludeEachOther) {
  std::string error = LoadFile("user joe on\naclfile /users.acl");
  EXPECT_TRUE(error.starts_with("\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nConfiguring Redis with users"))
      << error;
}

TEST_F(ConfigLoadTest, ClusterNodesFollowNobodyByDirective) {
  EXPECT_EQ(LoadFile("replicaof 10.0.0.1 6379\ncluster-enabled yes"),
            "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nreplicaof directive not allowed in cluster mode");
}

TEST_F(ConfigLoadTest, ReplicaOfNoOne) {
  EXPECT_EQ(LoadFile("replicaof 10.0.0.1 6379\nslaveof NO one"), "");
  EXPECT_EQ(config_.settings().replicaof_host, "");
}

TEST_F(ConfigLoadTest, ClusterHasOneDatabase) {
  EXPECT_EQ(LoadFile("cluster-enabled yes"), "");
  EXPECT_EQ(Shown("databases"), "1");
  auto notes = config_.TakeNotes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].text, "WARNING: Changing databases number from 16 to 1 since we are in cluster mode");
}

TEST_F(ConfigLoadTest, ALogFileThatCannotBeOpenedIsFoundBeforeTheStart) {
  EXPECT_EQ(LoadFile("logfile /closed/server.log"),
            "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nCan't open the log file: Permission denied");
}

TEST_F(ConfigLoadTest, TheLogTellsWhatHasNoEffect) {
  EXPECT_EQ(LoadFile("activedefrag yes\nset-proc-title no\ndynamic-hz yes\n"), "");
  EXPECT_EQ(Shown("activedefrag"), "yes");
  auto notes = config_.TakeNotes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].text, "Directives accepted without effect: activedefrag, set-proc-title");
}

// --- the command line ---

struct Given {
  Words arguments;
  CommandLine expected;
};

class CommandLineTest : public testing::TestWithParam<Given> {};

TEST_P(CommandLineTest, BecomesLines) {
  CommandLine line = ParseCommandLine(GetParam().arguments);
  EXPECT_EQ(line.config_file, GetParam().expected.config_file);
  EXPECT_EQ(line.from_standard_input, GetParam().expected.from_standard_input);
  EXPECT_EQ(line.options, GetParam().expected.options);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CommandLineTest,
    testing::Values(
        Given{{}, {"", false, ""}}, Given{{"a.conf"}, {"a.conf", false, ""}}, Given{{"-"}, {"", true, ""}},
        Given{{"a.conf", "-"}, {"a.conf", true, ""}},
        Given{{"a.conf", "--port", "1", "-"}, {"a.conf", true, "port \"1\" "}},
        Given{{"-", "--port", "1"}, {"", true, "port \"1\" "}},
        // A dash in the middle is a value.
        Given{{"--requirepass", "-", "--port", "1"}, {"", false, "requirepass \"-\" \nport \"1\" "}},
        Given{{"--port", "6381", "--appendonly", "yes"}, {"", false, "port \"6381\" \nappendonly \"yes\" "}},
        Given{{"--port 6381", "--appendonly yes"}, {"", false, "port 6381 \nappendonly yes "}},
        Given{{"--save", "900", "1", "300", "10"}, {"", false, "save \"900\" \"1\" \"300\" \"10\" "}},
        Given{{"--save", "--port", "1"}, {"", false, "save \"\"\nport \"1\" "}},
        Given{{"--port", "1", "--save"}, {"", false, "port \"1\" \nsave \"\""}},
        Given{{"--save", ""}, {"", false, "save \"\" "}},
        Given{{"--port", "--loglevel", "verbose"}, {"", false, "port \"--loglevel\" \"verbose\" "}},
        Given{{"--port", "--bla", "--loglevel", "verbose"}, {"", false, "port \"--bla\" \nloglevel \"verbose\" "}},
        Given{{"--port"}, {"", false, "port "}},
        Given{{"--proc-title-template", "--save", "--save", "", "--loglevel", "verbose"},
              {"", false, "proc-title-template \"--save\" \nsave \"\" \nloglevel \"verbose\" "}},
        Given{{"--sentinel", "--port", "1"}, {"", false, "sentinel \nport \"1\" "}},
        Given{{"-p", "1"}, {"", false, "\"-p\" \"1\" "}}));

TEST_F(ConfigLoadTest, OptionsStandAfterFileAndStandardInput) {
  files_.files["/data/test.conf"] = "port 1\ntimeout 1\nmaxclients 11";
  files_.standard_input = "port 2\ntimeout 2\n";
  EXPECT_EQ(Load({"test.conf", "--port", "3", "-"}), "");
  EXPECT_EQ(config_.settings().port, 3);
  EXPECT_EQ(config_.settings().timeout_s, 2);
  EXPECT_EQ(config_.settings().maxclients, 11);
  auto notes = config_.TakeNotes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].text, "Reading config from stdin");
}

TEST_F(ConfigLoadTest, OptionsAddSavePointsToThoseOfTheFile) {
  files_.files["/data/test.conf"] = "save 900 1\n";
  EXPECT_EQ(Load({"test.conf", "--save", "100", "100"}), "");
  EXPECT_EQ(Shown("save"), "900 1 100 100");
}

TEST_F(ConfigLoadTest, AWordWithBlanksIsSeveralForDirectivesThatTakeSeveral) {
  EXPECT_EQ(Load({"--shutdown-on-sigint", "nosave force now", "--shutdown-on-sigterm", "nosave", "force", "--bind",
                  "127.0.0.1 ::1", "--client-output-buffer-limit", "normal 1 2 3", "--client-output-buffer-limit",
                  "pubsub", "4", "5", "6"}),
            "");
  EXPECT_EQ(Shown("shutdown-on-sigint"), "nosave now force");
  EXPECT_EQ(Shown("shutdown-on-sigterm"), "nosave force");
  EXPECT_EQ(config_.settings().bind, (Words{"127.0.0.1", "::1"}));
  EXPECT_EQ(Shown("client-output-buffer-limit"), "normal 1 2 3 slave 268435456 67108864 60 pubsub 4 5 6");
}

struct BadArguments {
  Words arguments;
  int line;
  std::string shown;
  std::string reason;
};

class BadArgumentsTest : public ConfigLoadTest, public testing::WithParamInterface<BadArguments> {};

TEST_P(BadArgumentsTest, NamesTheOption) {
  EXPECT_EQ(Load(GetParam().arguments), Fatal(GetParam().line, GetParam().shown, GetParam().reason));
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadArgumentsTest,
    testing::Values(
        BadArguments{{"--invalid"}, 2, "invalid", "Bad directive or wrong number of arguments"},
        BadArguments{{"--port"}, 2, "port", "wrong number of arguments"},
        BadArguments{{"--port", "6380", "--loglevel"}, 3, "loglevel", "wrong number of arguments"},
        BadArguments{{"--port", "6379", "6380"}, 2, "port \"6379\" \"6380\"", "wrong number of arguments"},
        BadArguments{{"--port", "--bla", "--loglevel", "verbose"},
                     2,
                     "port \"--bla\"",
                     "argument couldn't be parsed into an integer"},
        BadArguments{{"--logfile", "--my--log--file", "--loglevel", "--bla"},
                     3,
                     "loglevel \"--bla\"",
                     "argument(s) must be one of the following: debug, verbose, notice, warning, nothing"},
        BadArguments{{"--shutdown-on-sigint"},
                     2,
                     "shutdown-on-sigint",
                     "argument(s) must be one of the following: default, save, nosave, now, force"},
        BadArguments{
            {"--replicaof", "--127.0.0.1", "abc"}, 2, "replicaof \"--127.0.0.1\" \"abc\"", "Invalid master port"},
        BadArguments{
            {"--replicaof", "--127.0.0.1", "--abc"}, 2, "replicaof \"--127.0.0.1\"", "wrong number of arguments"},
        BadArguments{{"--sentinel"}, 2, "sentinel", "Sentinel mode is not supported"},
        BadArguments{{"-p", "1"}, 2, "\"-p\" \"1\"", "Bad directive or wrong number of arguments"}));

// --- small forms ---

TEST(ConfigText, MemoryIsWrittenInTheLargestUnitThatFits) {
  EXPECT_EQ(FormatMemory(0), "0");
  EXPECT_EQ(FormatMemory(1000), "1000");
  EXPECT_EQ(FormatMemory(1024), "1kb");
  EXPECT_EQ(FormatMemory(3 << 20), "3mb");
  EXPECT_EQ(FormatMemory(5ll << 30), "5gb");
  EXPECT_EQ(ParseMemory(""), std::nullopt);
  EXPECT_EQ(ParseMemory("kb"), std::nullopt);
  EXPECT_EQ(ParseMemory("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(ParseMemory("9223372036854775808"), std::nullopt);
  EXPECT_EQ(ParseMemory("8589934592gb"), std::nullopt);
}

TEST(ConfigText, LinesEndWithOrWithoutAnEnd) {
  auto lines = [](std::string_view text) {
    std::vector<std::string> out;
    LineReader reader(text);
    while (auto line = reader.Next()) out.emplace_back(*line);
    return out;
  };
  EXPECT_EQ(lines(""), (Words{}));
  EXPECT_EQ(lines("a"), (Words{"a"}));
  EXPECT_EQ(lines("a\n"), (Words{"a"}));
  EXPECT_EQ(lines("\na\n\nb"), (Words{"", "a", "", "b"}));
}

TEST(ConfigText, QuotedWordsEscapeWhatDoesNotPrint) {
  EXPECT_EQ(QuoteWord(std::string_view("a \"\\\n\r\t\a\b\0\xff", 11)), "\"a \\\"\\\\\\n\\r\\t\\a\\b\\x00\\xff\"");
}

}  // namespace
}  // namespace dunlin::server
