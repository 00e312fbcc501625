#include "server/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "commands/changes.h"
#include "server/config_fake_files.h"

namespace dunlin::server {

void PrintTo(const Directive& directive, std::ostream* out) { *out << directive.name; }

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

class ConfigTest : public testing::Test {
 protected:
  std::string Shown(std::string_view name) const {
    const std::string_view names[] = {name};
    auto values = config_.Get(names);
    return values.size() == 1 ? values[0].second : "(none)";
  }
  // "OK" or the error reply.
  std::string Set(const Pairs& pairs, SetCaller caller = {.is_local = true}) {
    auto change = config_.Set(pairs, caller);
    if (!change) return change.error().message();
    change_ = *change;
    return "OK";
  }
  std::vector<Effect> EffectsOf(const Pairs& pairs) {
    EXPECT_EQ(Set(pairs), "OK");
    std::vector<Effect> effects;
    for (const auto& to_do : change_.effects) effects.push_back(to_do.effect);
    return effects;
  }

  FakeConfigFiles files_;
  Config config_{files_, 4};
  ConfigChange change_;
};

// --- the table ---

TEST(ConfigTable, NamesAreLowerCaseAndGivenOnce) {
  std::set<std::string_view> names;
  for (const Directive& directive : Directives()) {
    for (std::string_view name : {directive.name, directive.alias}) {
      if (name.empty()) continue;
      EXPECT_TRUE(names.insert(name).second) << name << " stands there twice";
      EXPECT_EQ(name.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ \"'*?["), std::string_view::npos) << name;
    }
    EXPECT_EQ(directive.has(kInert), !directive.why_inert.empty()) << directive.name;
  }
  // 183 directives of Redis 7.2, and rdb-version.
  EXPECT_EQ(Directives().size(), 184u);
}

class EveryDirective : public testing::TestWithParam<Directive> {
 protected:
  // A value that is allowed and not the default.
  static std::string OtherValue(const Directive& directive) {
    static const std::map<std::string_view, std::string> kGiven = {
        {"locale-collate", "C"},
        {"proc-title-template", "{title} on {port}"},
        {"maxmemory-clients", "5%"},
        {"hz", "100"},
        {"bind", "127.0.0.1 ::1"},
        {"client-output-buffer-limit", "normal 1 2 3 slave 4 5 6 pubsub 7 8 9"},
        {"dir", "/elsewhere"},
        {"io-threads", "3"},
        {"save", "900 1"},
        {"replicaof", "10.0.0.1 7000"},
        {"notify-keyspace-events", "gnK"},
        {"latency-tracking-info-percentiles", "0.5 100"},
        {"oom-score-adj-values", "-1 2 3"},
    };
    if (auto given = kGiven.find(directive.name); given != kGiven.end()) return given->second;
    if (auto* kind = std::get_if<NumberKind>(&directive.kind)) {
      return kind->form == NumberForm::kOctal ? "770" : std::to_string(kind->lowest);
    }
    if (std::holds_alternative<TextKind>(directive.kind)) return "other\\text-" + std::string(directive.name);
    if (auto* kind = std::get_if<EnumKind>(&directive.kind)) {
      int now = kind->field.get(Settings{});
      for (const EnumWord& word : kind->words) {
        if (word.value != now) return std::string(word.word);
      }
    }
    return std::get<BoolKind>(directive.kind).field.get(Settings{}) ? "no" : "yes";
  }
  static std::string FittingValue(const Directive& directive) {
    std::string value = OtherValue(directive);
    for (std::string_view plain : {"dbfilename", "appendfilename", "appenddirname", "cluster-announce-ip",
                                   "cluster-announce-hostname", "cluster-announce-human-nodename"}) {
      if (directive.name == plain) return "other-text";
    }
    if (auto* kind = std::get_if<NumberKind>(&directive.kind)) {
      if (value == std::to_string(kind->field.get(Settings{}))) return std::to_string(kind->lowest + 1);
    }
    return value;
  }
  static std::string Get(const Config& config, std::string_view name) {
    const std::string_view names[] = {name};
    return config.Get(names).at(0).second;
  }
  static std::string Quoted(const std::string& value) {
    std::string out = "\"";
    for (char c : value) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
    return out + "\"";
  }
};

TEST_P(EveryDirective, AcceptsWhatItShowsByDefault) {
  const Directive& directive = GetParam();
  FakeConfigFiles files;
  Config config(files, 4);
  std::string shown = Get(config, directive.name);
  if (!directive.alias.empty()) {
    EXPECT_EQ(Get(config, directive.alias), shown);
  }
  if (directive.has(kImmutable)) {
    const Pairs pairs = {{std::string(directive.name), shown}};
    auto change = config.Set(pairs, {.is_local = true});
    ASSERT_FALSE(change.has_value());
    EXPECT_EQ(change.error().message(), "ERR CONFIG SET failed (possibly related to argument '" +
                                            std::string(directive.name) + "') - can't set immutable config");
    return;
  }
  FakeConfigFiles open_files;
  Config open(open_files, 4);
  ASSERT_TRUE(open.Load(ParseCommandLine(std::vector<std::string>{"--enable-protected-configs", "yes"})).ok());
  const Pairs pairs = {{std::string(directive.name), shown}};
  auto change = open.Set(pairs, {});
  ASSERT_TRUE(change.has_value()) << change.error().message();
  EXPECT_TRUE(change->changed.empty());
  EXPECT_TRUE(change->effects.empty());
}

TEST_P(EveryDirective, GoesThroughFileGetSetAndRewrite) {
  const Directive& directive = GetParam();
  if (directive.name == "tls-port" || directive.name == "tls-cluster" || directive.name == "tls-replication") {
    return;  // have one value only; TlsCannotBeTurnedOn
  }
  std::string value = FittingValue(directive);
  FakeConfigFiles files;
  Config defaults(files, 4);
  ASSERT_NE(Get(defaults, directive.name), value);

  // From a file.
  files.files["/data/a.conf"] = std::string(directive.name) + " " + Quoted(value) + "\n";
  Config loaded(files, 4);
  Status status = loaded.Load({.config_file = "a.conf"});
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(Get(loaded, directive.name), value);

  // By CONFIG SET, written into a file without it, and from there.
  files.directory = "/data";
  Config set(files, 4);
  files.files["/data/b.conf"] = "enable-protected-configs yes\n";
  ASSERT_TRUE(set.Load({.config_file = "/data/b.conf"}).ok());
  const Config* source = &loaded;
  if (!directive.has(kImmutable) && directive.name != "activedefrag") {
    const Pairs pairs = {{std::string(directive.name), value}};
    auto change = set.Set(pairs, {});
    ASSERT_TRUE(change.has_value()) << change.error().message();
    EXPECT_EQ(change->changed, std::vector<std::string_view>{directive.name});
    EXPECT_EQ(Get(set, directive.name), value);
    source = &set;
  }
  files.directory = "/data";
  std::string text = source->RewriteText("", std::nullopt);
  EXPECT_NE(text.find("\n" + std::string(directive.name) + " "), std::string::npos) << text;
  files.files["/data/c.conf"] = text;
  Config again(files, 4);
  status = again.Load({.config_file = "/data/c.conf"});
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(Get(again, directive.name), value) << text;
}

INSTANTIATE_TEST_SUITE_P(Table, EveryDirective, testing::ValuesIn(Directives().begin(), Directives().end()),
                         [](const auto& row) {
                           std::string name(row.param.name);
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// --- GET ---

TEST_F(ConfigTest, GetAnswersNamesAsSpelledAndPatternsByTheirNames) {
  const std::string_view names[] = {"MaxMemory", "maxmemory", "MAX*samples", "maxmemory-samples"};
  EXPECT_EQ(config_.Get(names), (Pairs{{"MaxMemory", "0"}, {"maxmemory-samples", "5"}}));
}

TEST_F(ConfigTest, GetAnswersNamesAndAliasesEachUnderItsOwnName) {
  const std::string_view names[] = {"*of", "slaveof"};
  EXPECT_EQ(config_.Get(names), (Pairs{{"replicaof", ""}, {"slaveof", ""}}));
}

TEST_F(ConfigTest, GetHidesHiddenOnesFromPatternsOnly) {
  const std::string_view pattern[] = {"key-load-*"};
  EXPECT_TRUE(config_.Get(pattern).empty());
  EXPECT_EQ(Shown("key-load-delay"), "0");
  const std::string_view unknown[] = {"no-such-directive", ""};
  EXPECT_TRUE(config_.Get(unknown).empty());
}

TEST_F(ConfigTest, GetShowsWorkersInForce) {
  EXPECT_EQ(Shown("io-threads"), "4");
  EXPECT_EQ(config_.settings().io_threads, 0);
  Config many(files_, 64);
  EXPECT_EQ(many.settings().worker_count, 8);
  Config asked(files_, 2);
  ASSERT_TRUE(asked.Load(ParseCommandLine(std::vector<std::string>{"--io-threads", "100"})).ok());
  EXPECT_EQ(asked.settings().worker_count, 64);
  EXPECT_EQ(asked.settings().io_threads, 100);
}

// --- SET ---

TEST_F(ConfigTest, SetTakesSeveralPairs) {
  EXPECT_EQ(Set({{"maxmemory", "10000001"}, {"repl-backlog-size", "10mb"}, {"save", "3000 5"}}), "OK");
  EXPECT_EQ(Shown("maxmemory"), "10000001");
  EXPECT_EQ(Shown("repl-backlog-size"), "10485760");
  EXPECT_EQ(Shown("save"), "3000 5");
  EXPECT_EQ(change_.changed, (std::vector<std::string_view>{"maxmemory", "repl-backlog-size", "save"}));
  EXPECT_EQ(config_.settings().save, (std::vector<SavePoint>{{3000, 5}}));
}

struct BadSet {
  Pairs pairs;
  std::string reply;
};

class BadSetTest : public ConfigTest, public testing::WithParamInterface<BadSet> {};

TEST_P(BadSetTest, AnswersRedisTextAndChangesNothing) {
  Settings before = config_.settings();
  EXPECT_EQ(Set(GetParam().pairs), GetParam().reply);
  EXPECT_EQ(config_.settings(), before);
  EXPECT_EQ(files_.directory, "/data");
}

std::string Failed(std::string_view name, std::string_view reason) { return Config::SetFailure(name, reason); }

INSTANTIATE_TEST_SUITE_P(
    Table, BadSetTest,
    testing::Values(
        BadSet{{{"nope", "1"}}, "ERR Unknown option or number of arguments for CONFIG SET - 'nope'"},
        BadSet{{{"maxmemory", "1"}, {"NoPe", "1"}},
               "ERR Unknown option or number of arguments for CONFIG SET - 'NoPe'"},
        BadSet{{{"DAEMONIZE", "yes"}}, Failed("DAEMONIZE", "can't set immutable config")},
        BadSet{{{"replicaof", "a 1"}}, Failed("replicaof", "can't set immutable config")},
        BadSet{{{"dir", "/tmp"}}, Failed("dir", "can't set protected config")},
        BadSet{{{"dbfilename", "x"}}, Failed("dbfilename", "can't set protected config")},
        BadSet{{{"maxmemory", "1"}, {"maxmemory", "2"}}, Failed("maxmemory", "duplicate parameter")},
        BadSet{{{"maxmemory", "10000001"}, {"maxmemory-clients", "200%"}, {"client-query-buffer-limit", "invalid"}},
               Failed("maxmemory-clients", "percentage argument must be less or equal to 100")},
        BadSet{{{"maxmemory-clients", "x"}}, Failed("maxmemory-clients", "argument must be a memory or percent value")},
        BadSet{{{"maxmemory", "-1"}}, Failed("maxmemory", "argument must be a memory value")},
        BadSet{{{"maxmemory", "1tb"}}, Failed("maxmemory", "argument must be a memory value")},
        BadSet{{{"maxmemory", "99999999999gb"}}, Failed("maxmemory", "argument must be a memory value")},
        BadSet{{{"proto-max-bulk-len", "1kb"}},
               Failed("proto-max-bulk-len", "argument must be between 1048576 and 9223372036854775807 inclusive")},
        BadSet{{{"appendonly", "maybe"}}, Failed("appendonly", "argument must be 'yes' or 'no'")},
        BadSet{{{"port", "65536"}}, Failed("port", "argument must be between 0 and 65535 inclusive")},
        BadSet{{{"port", "-1"}}, Failed("port", "argument must be between 0 and 65535 inclusive")},
        BadSet{{{"port", "63x"}}, Failed("port", "argument couldn't be parsed into an integer")},
        BadSet{{{"port", " 6379"}}, Failed("port", "argument couldn't be parsed into an integer")},
        BadSet{{{"port", ""}}, Failed("port", "argument couldn't be parsed into an integer")},
        BadSet{{{"timeout", "99999999999999999999"}}, Failed("timeout", "argument couldn't be parsed into an integer")},
        BadSet{{{"appendfsync", "often"}},
               Failed("appendfsync", "argument(s) must be one of the following: everysec, always, no")},
        BadSet{
            {{"loglevel", "notice debug"}},
            Failed("loglevel", "argument(s) must be one of the following: debug, verbose, notice, warning, nothing")},
        BadSet{{{"shutdown-on-sigint", ""}},
               Failed("shutdown-on-sigint",
                      "argument(s) must be one of the following: default, save, nosave, now, force")},
        BadSet{{{"shutdown-on-sigterm", "save nosave"}},
               Failed("shutdown-on-sigterm", "shutdown options SAVE and NOSAVE can't be used simultaneously")},
        BadSet{{{"save", "900"}}, Failed("save", "Invalid save parameters")},
        BadSet{{{"save", "0 1"}}, Failed("save", "Invalid save parameters")},
        BadSet{{{"save", "900 -1"}}, Failed("save", "Invalid save parameters")},
        BadSet{{{"save", "900 1 "}}, Failed("save", "Invalid save parameters")},
        BadSet{{{"notify-keyspace-events", "KEy"}},
               Failed("notify-keyspace-events", "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")},
        BadSet{{{"client-output-buffer-limit", "wrong number"}},
               Failed("client-output-buffer-limit", "Wrong number of arguments in buffer limit configuration.")},
        BadSet{{{"client-output-buffer-limit", "invalid_class 10mb 10mb 60"}},
               Failed("client-output-buffer-limit", "Invalid client class specified in buffer limit configuration.")},
        BadSet{{{"client-output-buffer-limit", "master 10mb 10mb 60"}},
               Failed("client-output-buffer-limit", "Invalid client class specified in buffer limit configuration.")},
        BadSet{{{"client-output-buffer-limit", "normal 10mbs 10mb 60"}},
               Failed("client-output-buffer-limit",
                      "Error in hard, soft or soft_seconds setting in buffer limit configuration.")},
        BadSet{{{"client-output-buffer-limit", "normal 0 0 0 replica 1mb 1mb -1"}},
               Failed("client-output-buffer-limit",
                      "Error in hard, soft or soft_seconds setting in buffer limit configuration.")},
        BadSet{{{"bind", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17"}},
               Failed("bind", "Too many bind addresses specified.")},
        BadSet{{{"bind", "127.0.0.1\nrequirepass x"}}, Failed("bind", "Invalid bind address '127.0.0.1\nrequirepass'")},
        BadSet{{{"latency-tracking-info-percentiles", "50 x"}},
               Failed("latency-tracking-info-percentiles", "Invalid latency-tracking-info-percentiles parameters")},
        BadSet{{{"latency-tracking-info-percentiles", "100.1"}},
               Failed("latency-tracking-info-percentiles",
                      "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")},
        BadSet{{{"oom-score-adj-values", "1 2"}}, Failed("oom-score-adj-values", "wrong number of arguments")},
        BadSet{
            {{"oom-score-adj-values", "1 2 3000"}},
            Failed("oom-score-adj-values", "Invalid oom-score-adj-values, elements must be between -2000 and 2000.")},
        BadSet{
            {{"cluster-announce-hostname", "with space"}},
            Failed("cluster-announce-hostname", "Hostnames may only contain alphanumeric characters, hyphens or dots")},
        BadSet{{{"cluster-announce-hostname", std::string(256, 'a')}},
               Failed("cluster-announce-hostname", "Hostnames must be less than 256 characters")},
        BadSet{{{"cluster-announce-human-nodename", "a,b"}},
               Failed("cluster-announce-human-nodename", "Announced human node name contained invalid character")},
        BadSet{{{"cluster-announce-ip", "1.2.3.4 5"}},
               Failed("cluster-announce-ip", "Announced address contained invalid character")},
        BadSet{{{"proc-title-template", "{nope}"}},
               Failed("proc-title-template", "template format is invalid or contains unknown variables")},
        BadSet{{{"proc-title-template", "{title"}},
               Failed("proc-title-template", "template format is invalid or contains unknown variables")},
        BadSet{{{"proc-title-template", " {title} "}},
               Failed("proc-title-template", "template format is invalid or contains unknown variables")},
        BadSet{{{"locale-collate", "no_SUCH.locale"}}, Failed("locale-collate", "Invalid locale name")},
        BadSet{{{"activedefrag", "yes"}},
               Failed("activedefrag",
                      "Active defragmentation cannot be enabled: the allocator is not asked to move memory")},
        BadSet{{{"rdb-version", "12"}}, Failed("rdb-version", "argument must be between 9 and 11 inclusive")},
        BadSet{{{"replica-announce-ip", std::string("a\0b", 3)}},
               Failed("replica-announce-ip", "argument must not contain a NUL byte")},
        // By the alias: Redis names what was asked for.
        BadSet{{{"slave-priority", "x"}}, Failed("slave-priority", "argument couldn't be parsed into an integer")}));

TEST_F(ConfigTest, TlsCannotBeTurnedOn) {
  EXPECT_EQ(Set({{"tls-port", "6380"}}), Failed("tls-port", "TLS is not supported: tls-port can only be 0"));
  EXPECT_EQ(Set({{"tls-cluster", "yes"}}), Failed("tls-cluster", "TLS is not supported: tls-cluster can only be no"));
  EXPECT_EQ(Set({{"tls-replication", "yes"}}),
            Failed("tls-replication", "TLS is not supported: tls-replication can only be no"));
  EXPECT_EQ(Set({{"tls-port", "0"}, {"tls-cluster", "no"}, {"tls-replication", "no"}}), "OK");
}

TEST_F(ConfigTest, RefusesSomeWhileLoading) {
  const Pairs pairs = {{"appendonly", "yes"}};
  EXPECT_EQ(Set(pairs, {.is_loading = true}), "LOADING Redis is loading the dataset in memory");
  EXPECT_EQ(Set({{"loglevel", "debug"}}, {.is_loading = true}), "OK");
}

TEST_F(ConfigTest, ProtectedDirectivesAskWhoCalls) {
  Config local(files_, 1);
  ASSERT_TRUE(local.Load(ParseCommandLine(std::vector<std::string>{"--enable-protected-configs", "local"})).ok());
  const Pairs pairs = {{"dbfilename", "other.rdb"}};
  EXPECT_FALSE(local.Set(pairs, {.is_local = false}).has_value());
  EXPECT_TRUE(local.Set(pairs, {.is_local = true}).has_value());
  EXPECT_TRUE(Config::Allows(ProtectedAction::kEverybody, false));
  EXPECT_FALSE(Config::Allows(ProtectedAction::kNobody, true));
}

TEST_F(ConfigTest, DirMovesAndMovesBackWhenAnotherPairFails) {
  Config open(files_, 1);
  ASSERT_TRUE(open.Load(ParseCommandLine(std::vector<std::string>{"--enable-protected-configs", "yes"})).ok());
  const Pairs bad = {{"dir", "sub"}, {"port", "x"}};
  EXPECT_FALSE(open.Set(bad, {}).has_value());
  EXPECT_EQ(files_.directory, "/data");
  const Pairs missing = {{"dir", "/missing"}};
  EXPECT_EQ(open.Set(missing, {}).error().message(), Failed("dir", "No such file or directory"));
  const Pairs good = {{"dir", "sub"}};
  auto change = open.Set(good, {});
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(open.settings().dir, "/data/sub");
  open.Undo(*change);
  EXPECT_EQ(files_.directory, "/data");
  EXPECT_EQ(open.settings().dir, "/data");
}

TEST_F(ConfigTest, EffectsComeOnceAndInOrderAndUndoTakesThemBack) {
  Settings before = config_.settings();
  EXPECT_EQ(EffectsOf({{"maxmemory", "1gb"},
                       {"min-slaves-to-write", "1"},
                       {"port", "7000"},
                       {"min-replicas-max-lag", "3"},
                       {"timeout", "5"},
                       {"bind", "* -::*"}}),
            (std::vector<Effect>{Effect::kMaxmemory, Effect::kGoodReplicas, Effect::kPort}));
  EXPECT_EQ(change_.effects[1].directive, "min-slaves-to-write");
  EXPECT_EQ(Config::SetFailure(change_.effects[2].directive, "Unable to listen on this port. Check server logs."),
            "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server "
            "logs.");
  config_.Undo(change_);
  EXPECT_EQ(config_.settings(), before);
}

TEST_F(ConfigTest, SnapshotsDoNotChange) {
  auto snapshot = config_.Snapshot();
  EXPECT_EQ(Set({{"maxmemory", "1mb"}}), "OK");
  EXPECT_EQ(snapshot->maxmemory_bytes, 0);
  EXPECT_EQ(config_.Snapshot()->maxmemory_bytes, 1 << 20);
}

// --- values of a form of their own ---

TEST_F(ConfigTest, MemoryHasDecimalAndBinaryUnits) {
  const std::pair<const char*, const char*> kRows[] = {
      {"1", "1"},        {"1b", "1"},        {"1k", "1000"},       {"1KB", "1024"},
      {"1m", "1000000"}, {"2mB", "2097152"}, {"1G", "1000000000"}, {"1gb", "1073741824"},
  };
  for (const auto& [given, shown] : kRows) {
    EXPECT_EQ(Set({{"maxmemory", given}}), "OK");
    EXPECT_EQ(Shown("maxmemory"), shown) << given;
  }
  EXPECT_EQ(Set({{"maxmemory-clients", "7%"}}), "OK");
  EXPECT_EQ(Shown("maxmemory-clients"), "7%");
  EXPECT_EQ(config_.settings().maxmemory_clients, -7);
}

TEST_F(ConfigTest, SaveCanBeEmptied) {
  EXPECT_EQ(Shown("save"), "3600 1 300 100 60 10000");
  EXPECT_EQ(Set({{"save", ""}}), "OK");
  EXPECT_EQ(Shown("save"), "");
  EXPECT_TRUE(config_.settings().save.empty());
}

TEST_F(ConfigTest, OutputBufferLimitsChangeByClass) {
  EXPECT_EQ(Shown("client-output-buffer-limit"), "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60");
  EXPECT_EQ(Set({{"client-output-buffer-limit", "Replica 1mb 1kb 5 normal 7 6 5"}}), "OK");
  EXPECT_EQ(Shown("client-output-buffer-limit"), "normal 7 6 5 slave 1048576 1024 5 pubsub 33554432 8388608 60");
  EXPECT_EQ(config_.settings().client_output_buffer_limit[kOutputReplica], (OutputBufferLimit{1 << 20, 1 << 10, 5}));
}

TEST_F(ConfigTest, NotifyLettersAreShownInOneOrder) {
  const std::pair<const char*, const char*> kRows[] = {
      {"", ""},     {"KEA", "AKE"},      {"gKE", "gKE"}, {"$lshzxeKE", "$lshzxeKE"},
      {"KA", "AK"}, {"g$lshzxetd", "A"}, {"Anm", "Anm"}, {"mK", "Km"},
  };
  for (const auto& [given, shown] : kRows) {
    EXPECT_EQ(Set({{"notify-keyspace-events", given}}), "OK");
    EXPECT_EQ(Shown("notify-keyspace-events"), shown) << given;
  }
  EXPECT_EQ(config_.settings().notify_keyspace_events,
            static_cast<uint32_t>(commands::kEventKeyMiss | commands::kEventKeyspace));
}

TEST_F(ConfigTest, ShutdownFlagsStandTogetherInTheOrderOfTheWords) {
  EXPECT_EQ(Set({{"shutdown-on-sigint", "force NOSAVE now"}}), "OK");
  EXPECT_EQ(Shown("shutdown-on-sigint"), "nosave now force");
  EXPECT_EQ(config_.settings().shutdown_on_sigint, kShutdownNoSave | kShutdownNow | kShutdownForce);
  EXPECT_EQ(Set({{"shutdown-on-sigint", "default"}}), "OK");
  EXPECT_EQ(Shown("shutdown-on-sigint"), "default");
}

TEST_F(ConfigTest, PercentilesLoseTrailingZeros) {
  EXPECT_EQ(Shown("latency-tracking-info-percentiles"), "50 99 99.9");
  EXPECT_EQ(Set({{"latency-tracking-info-percentiles", "0 50.50 100.0"}}), "OK");
  EXPECT_EQ(Shown("latency-tracking-info-percentiles"), "0 50.5 100");
  EXPECT_EQ(Set({{"latency-tracking-info-percentiles", ""}}), "OK");
  EXPECT_EQ(Shown("latency-tracking-info-percentiles"), "");
}

TEST_F(ConfigTest, BindIsAListAndMayBeEmpty) {
  EXPECT_EQ(Shown("bind"), "* -::*");
  EXPECT_EQ(Set({{"bind", "127.0.0.1 -::1"}}), "OK");
  EXPECT_EQ(config_.settings().bind, (std::vector<std::string>{"127.0.0.1", "-::1"}));
  EXPECT_EQ(Set({{"bind", ""}}), "OK");
  EXPECT_TRUE(config_.settings().bind.empty());
}

TEST_F(ConfigTest, HzIsHeldInItsRange) {
  EXPECT_EQ(Set({{"hz", "100000"}}), "OK");
  EXPECT_EQ(Shown("hz"), "500");
  EXPECT_EQ(Set({{"hz", "0"}}), "OK");
  EXPECT_EQ(Shown("hz"), "1");
}

TEST_F(ConfigTest, OomScoresWarnWhenTheyFall) {
  EXPECT_EQ(Set({{"oom-score-adj-values", "5 4 3"}}), "OK");
  auto notes = config_.TakeNotes();
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].level, LogLevel::kWarning);
  EXPECT_TRUE(config_.TakeNotes().empty());
}

TEST_F(ConfigTest, KnowsWhatMustNotBeShown) {
  for (std::string_view name : {"requirepass", "MasterAuth", "masteruser"}) EXPECT_TRUE(config_.IsSensitive(name));
  for (std::string_view name : {"port", "nope", ""}) EXPECT_FALSE(config_.IsSensitive(name));
}

TEST_F(ConfigTest, SecretsMayHoldAnyByte) {
  std::string secret("a\0\n\"\\\xff", 6);
  EXPECT_EQ(Set({{"requirepass", secret}}), "OK");
  EXPECT_EQ(Shown("requirepass"), secret);
  files_.files["/data/r.conf"] = config_.RewriteText("", std::nullopt);
  Config again(files_, 1);
  ASSERT_TRUE(again.Load({.config_file = "/data/r.conf"}).ok());
  EXPECT_EQ(again.settings().requirepass, secret);
}

TEST_F(ConfigTest, ReplicaOfFollowsTheServersLife) {
  config_.SetReplicaOf("10.0.0.1", 7000);
  EXPECT_EQ(Shown("replicaof"), "10.0.0.1 7000");
  EXPECT_EQ(Shown("slaveof"), "10.0.0.1 7000");
  config_.SetReplicaOf("", 7000);
  EXPECT_EQ(Shown("replicaof"), "");
  EXPECT_EQ(config_.settings().replicaof_port, 0);
}

}  // namespace
}  // namespace dunlin::server
