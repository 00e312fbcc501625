#include "cli/options.h"

#include <gtest/gtest.h>

#include <map>

namespace dunlin::cli {
namespace {

using Words = std::vector<std::string>;

CommandLine Parse(const Words& words, bool tty = true,
                  const std::map<std::string, std::string, std::less<>>& variables = {}) {
  return ParseCommandLine(words, {.stdout_is_tty = tty, .environment = [variables](std::string_view name) {
                                    auto found = variables.find(name);
                                    return found == variables.end() ? std::nullopt : std::optional(found->second);
                                  }});
}

std::string ErrorOf(const Words& words) {
  CommandLine line = Parse(words);
  EXPECT_EQ(line.exit_code, 1);
  return line.standard_error;
}

TEST(OptionsTest, Defaults) {
  CommandLine line = Parse({});
  const Options& o = line.options;
  EXPECT_FALSE(line.exit_code);
  EXPECT_EQ(o.endpoint.host, "127.0.0.1");
  EXPECT_EQ(o.endpoint.port, 6379);
  EXPECT_EQ(o.repeat, 1);
  EXPECT_EQ(o.output, OutputForm::kStandard);
  EXPECT_TRUE(o.show_pushes);
  EXPECT_EQ(Parse({}, false).options.output, OutputForm::kRaw);
  EXPECT_FALSE(Parse({}, false).options.show_pushes);
  EXPECT_EQ(o.cluster.timeout_ms, 60000);
  EXPECT_EQ(o.cluster.pipeline, 10);
  EXPECT_EQ(o.cluster.threshold, 2);
}

TEST(OptionsTest, OptionsEndAtTheCommand) {
  CommandLine line = Parse({"-h", "host", "-p", "7000", "-n", "3", "-r", "5", "-i", "0.25", "get", "-r", "x"});
  EXPECT_EQ(line.options.endpoint.host, "host");
  EXPECT_EQ(line.options.endpoint.port, 7000);
  EXPECT_EQ(line.options.database, 3);
  EXPECT_EQ(line.options.repeat, 5);
  EXPECT_EQ(line.options.interval_us, 250000);
  EXPECT_EQ(line.arguments, (Words{"get", "-r", "x"}));
}

TEST(OptionsTest, OutputForms) {
  EXPECT_EQ(Parse({"--csv"}).options.output, OutputForm::kCsv);
  EXPECT_EQ(Parse({"--csv", "--raw"}).options.output, OutputForm::kRaw);
  CommandLine json = Parse({"--json"});
  EXPECT_EQ(json.options.resp3, Options::Resp3::kImplied);
  EXPECT_TRUE(json.options.Login().resp3);
  EXPECT_FALSE(Parse({"--json", "-2"}).options.Login().resp3);
  EXPECT_EQ(Parse({"-3", "--json"}).options.resp3, Options::Resp3::kForced);
}

TEST(OptionsTest, MistakesAreNamed) {
  EXPECT_EQ(ErrorOf({"--nothing"}), "Unrecognized option or bad number of args for: '--nothing'\n");
  EXPECT_EQ(ErrorOf({"-p"}), "Unrecognized option or bad number of args for: '-p'\n");
  EXPECT_EQ(ErrorOf({"-p", "65536"}), "Invalid server port.\n");
  EXPECT_EQ(ErrorOf({"-c", "-s", "/x"}), "Options -c and -s are mutually exclusive.\n");
  EXPECT_EQ(ErrorOf({"-2", "-3"}), "Options -2 and -3 are mutually exclusive.\n");
  EXPECT_EQ(ErrorOf({"-4", "-6"}), "Options -4 and -6 are mutually exclusive.\n");
  EXPECT_EQ(ErrorOf({"-x", "-X", "t"}), "Options -x and -X are mutually exclusive.\n");
  EXPECT_EQ(ErrorOf({"--rdb", "a", "--functions-rdb", "b"}),
            "Option --functions-rdb and --rdb are mutually exclusive.\n");
  EXPECT_EQ(ErrorOf({"--tls"}), "TLS support is not built in yet\n");
  EXPECT_EQ(ErrorOf({"--ldb", "--eval", "f"}), "The Lua debugger is not built in yet\n");
  EXPECT_EQ(ErrorOf({"--quoted-pattern", "\"x"}), "Invalid quoted string specified for --quoted-pattern.\n");
}

TEST(OptionsTest, HelpAndVersion) {
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"PING", "-h"}, Words{"--version"}, Words{"-v"}}) {
    CommandLine line = Parse(words);
    if (words[0] == "PING") {
      EXPECT_FALSE(line.exit_code);
      continue;
    }
    EXPECT_EQ(line.exit_code, 0);
    EXPECT_FALSE(line.standard_output.empty());
  }
}

TEST(OptionsTest, PasswordsWarnAndTheEnvironmentStandsIn) {
  EXPECT_EQ(Parse({"-a", "x"}).standard_error,
            "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n");
  EXPECT_EQ(Parse({"-a", "x", "--no-auth-warning"}).standard_error, "");
  CommandLine from_environment = Parse({}, true, {{"REDISCLI_AUTH", "secret"}});
  EXPECT_EQ(from_environment.options.password, "secret");
  EXPECT_EQ(from_environment.standard_error, "");
  EXPECT_EQ(Parse({"--pass", "x"}, true, {{"REDISCLI_AUTH", "secret"}}).options.password, "x");
}

TEST(OptionsTest, ClusterCommand) {
  CommandLine line = Parse({"--cluster", "create", "a:1", "b:2", "--cluster-replicas", "1", "--cluster-yes"});
  EXPECT_EQ(line.options.cluster.command, "create");
  EXPECT_EQ(line.options.cluster.arguments, (Words{"a:1", "b:2"}));
  EXPECT_EQ(line.options.cluster.replicas, 1);
  EXPECT_TRUE(line.options.cluster.yes);
  EXPECT_TRUE(line.arguments.empty());
}

TEST(OptionsTest, ClusterArgumentsMayFollowTheOptions) {
  CommandLine line = Parse({"--cluster", "create", "--cluster-replicas", "1", "a:1", "b:2", "-a", "pw"});
  EXPECT_EQ(line.options.cluster.arguments, (Words{"a:1", "b:2"}));
  EXPECT_EQ(line.options.password, "pw");
}

TEST(OptionsTest, ClusterOldAndNewNames) {
  const Words old_names = {"--cluster",
                           "help",
                           "--cluster-slave",
                           "--cluster-master-id",
                           "i",
                           "--cluster-only-masters",
                           "--cluster-use-empty-masters",
                           "--cluster-fix-with-unreachable-masters"};
  const Words new_names = {"--cluster",
                           "help",
                           "--cluster-replica",
                           "--cluster-primary-id",
                           "i",
                           "--cluster-only-primaries",
                           "--cluster-use-empty-primaries",
                           "--cluster-fix-with-unreachable-primaries"};
  for (const Words& words : {old_names, new_names}) {
    ClusterOptions cluster = Parse(words).options.cluster;
    EXPECT_TRUE(cluster.as_replica);
    EXPECT_EQ(cluster.primary_id, "i");
    EXPECT_TRUE(cluster.only_primaries);
    EXPECT_TRUE(cluster.use_empty_primaries);
    EXPECT_TRUE(cluster.fix_with_unreachable_primaries);
  }
}

TEST(OptionsTest, ClusterValues) {
  ClusterOptions cluster = Parse({"--cluster",
                                  "rebalance",
                                  "h:1",
                                  "--cluster-weight",
                                  "a=1",
                                  "b=2.5",
                                  "--cluster-threshold",
                                  "0.5",
                                  "--cluster-timeout",
                                  "100",
                                  "--cluster-pipeline",
                                  "20",
                                  "--cluster-slots",
                                  "9",
                                  "--cluster-from",
                                  "x",
                                  "--cluster-to",
                                  "y",
                                  "--cluster-from-user",
                                  "u",
                                  "--cluster-from-pass",
                                  "p",
                                  "--cluster-from-askpass",
                                  "--cluster-simulate",
                                  "--cluster-replace",
                                  "--cluster-copy",
                                  "--cluster-search-multiple-owners",
                                  "--cluster-only-replicas",
                                  "--cluster-use-atomic-slot-migration"})
                               .options.cluster;
  EXPECT_EQ(cluster.weights, (Words{"a=1", "b=2.5"}));
  EXPECT_EQ(cluster.threshold, 0.5f);
  EXPECT_EQ(cluster.timeout_ms, 100);
  EXPECT_EQ(cluster.pipeline, 20);
  EXPECT_EQ(cluster.slots, 9);
  EXPECT_EQ(cluster.from, "x");
  EXPECT_EQ(cluster.to, "y");
  EXPECT_EQ(cluster.from_user, "u");
  EXPECT_EQ(cluster.from_password, "p");
  EXPECT_TRUE(cluster.from_askpass && cluster.simulate && cluster.replace && cluster.copy);
  EXPECT_TRUE(cluster.search_multiple_owners && cluster.only_replicas && cluster.use_atomic_slot_migration);
  EXPECT_TRUE(ErrorOf({"--cluster", "x", "--cluster-weight", "a=1", "--cluster-weight", "b=1"})
                  .starts_with("WARNING: you cannot use --cluster-weight more than once.\n"));
  EXPECT_TRUE(Parse({"--cluster", "help"}, true, {{"REDISCLI_CLUSTER_YES", "1"}}).options.cluster.yes);
  EXPECT_TRUE(Parse({"--cluster", "help"}, true, {{"TERM", "xterm-256color"}}).options.cluster.color);
  EXPECT_FALSE(Parse({"--cluster", "help"}, true, {{"TERM", "dumb"}}).options.cluster.color);
  EXPECT_EQ(Parse({"--cluster"}).exit_code, 1);
}

struct UriCase {
  std::string_view uri;
  std::string_view user, password, host;
  int port, database;
};

TEST(ParseUriTest, Parts) {
  constexpr UriCase kCases[] = {
      {"redis://", "-", "-", "127.0.0.1", 6379, 0},
      {"redis://host", "-", "-", "host", 6379, 0},
      {"valkey://host:1", "-", "-", "host", 1, 0},
      {"REDIS://host:1/5", "-", "-", "host", 1, 5},
      {"redis://host/5", "-", "-", "host", 6379, 5},
      {"redis:///5", "-", "-", "127.0.0.1", 6379, 5},
      {"redis://pw@host", "-", "pw", "host", 6379, 0},
      {"redis://u:pw@", "u", "pw", "127.0.0.1", 6379, 0},
      {"redis://u%3a:p%40w%2F@host:2/1", "u:", "p@w/", "host", 2, 1},
      {"redis://:pw@host", "", "pw", "host", 6379, 0},
      {"redis://[::1]:7/2", "-", "-", "::1", 7, 2},
      {"redis://[fe80::1]", "-", "-", "fe80::1", 6379, 0},
  };
  for (const UriCase& c : kCases) {
    Options o;
    ASSERT_TRUE(ParseUri(c.uri, o).ok()) << c.uri;
    EXPECT_EQ(o.user.value_or("-"), c.user) << c.uri;
    EXPECT_EQ(o.password.value_or("-"), c.password) << c.uri;
    EXPECT_EQ(o.endpoint.host, c.host) << c.uri;
    EXPECT_EQ(o.endpoint.port, c.port) << c.uri;
    EXPECT_EQ(o.database, c.database) << c.uri;
  }
}

TEST(ParseUriTest, Mistakes) {
  Options o;
  EXPECT_EQ(ParseUri("http://x", o).message(), "Invalid URI scheme");
  EXPECT_EQ(ParseUri("redis://a%@x", o).message(), "Incomplete URI encoding");
  EXPECT_EQ(ParseUri("redis://a%zz@x", o).message(), "Illegal character in URI encoding");
  EXPECT_EQ(ParseUri("rediss://x", o).message(), "TLS support is not built in yet");
}

}  // namespace
}  // namespace dunlin::cli
