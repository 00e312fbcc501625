#include "script/call_rules.h"

#include <gtest/gtest.h>

#include "script/cache.h"
#include "script/flags.h"

namespace dunlin::script {
namespace {

using commands::CommandSpec;

constexpr CommandSpec kGet{.name = "get", .arity = 2, .flags = commands::kReadonly};
constexpr CommandSpec kSet{.name = "set", .arity = -3, .flags = commands::kWrite | commands::kDenyOom};
constexpr CommandSpec kDel{.name = "del", .arity = -2, .flags = commands::kWrite};
constexpr CommandSpec kPublish{.name = "publish", .arity = 3, .flags = commands::kMayReplicate | commands::kStale};
constexpr CommandSpec kAuth{.name = "auth", .arity = -2, .flags = commands::kNoscript | commands::kStale};

std::string Refuse(const CommandSpec& spec, const RunState& run, const NodeState& node) {
  std::string error = RefuseCommand(spec, run, node);
  return error.empty() ? RefuseWrite(spec, run, node) : error;
}

TEST(Shebang, Flags) {
  EXPECT_EQ(ParseShebang("return 1")->flags, kUndeclared);
  EXPECT_EQ(ParseShebang("#!lua\nreturn 1")->flags, 0u);
  EXPECT_EQ(ParseShebang("#!lua\nreturn 1")->code_offset, 5u);
  EXPECT_EQ(ParseShebang("#!lua flags=\n")->flags, 0u);
  EXPECT_EQ(ParseShebang("#!lua flags=no-writes,allow-stale\n")->flags, kNoWrites | kAllowStale);
}

TEST(Shebang, Errors) {
  EXPECT_EQ(ParseShebang("#!lua").error(), "Invalid script shebang");
  EXPECT_EQ(ParseShebang("#!not-lua\n").error(), "Unexpected engine in script shebang: #!not-lua");
  EXPECT_EQ(ParseShebang("#!lua badger=data\n").error(), "Unknown lua shebang option: badger=data");
  EXPECT_EQ(ParseShebang("#!lua flags=allow-oom,what?\n").error(), "Unexpected flag in script shebang: what?");
  EXPECT_EQ(ParseShebang("#!lua 'x\n").error(), "Invalid engine in script shebang");
}

TEST(Runs, ScriptsThatDeclareNothingAreOnlyRefusedOnStaleReplicas) {
  EXPECT_EQ(RefuseRun(kUndeclared, false, false, {.cluster = true, .read_only_replica = true, .out_of_memory = true}),
            "");
  EXPECT_EQ(RefuseRun(kUndeclared, false, false, {.stale = true}).substr(0, 10), "MASTERDOWN");
}

TEST(Runs, WhatDeclaredScriptsAreRefusedFor) {
  EXPECT_EQ(RefuseRun(0, false, false, {}), "");
  EXPECT_EQ(RefuseRun(kNoCluster, false, false, {.cluster = true}),
            "ERR Can not run script on cluster, 'no-cluster' flag is set.");
  EXPECT_EQ(RefuseRun(kNoWrites, false, false, {.stale = true}).substr(0, 10), "MASTERDOWN");
  EXPECT_EQ(RefuseRun(kNoWrites | kAllowStale, false, false, {.stale = true}), "");
  EXPECT_EQ(RefuseRun(0, false, false, {.read_only_replica = true}),
            "READONLY Can not run script with write flag on readonly replica");
  EXPECT_EQ(RefuseRun(0, false, true, {.read_only_replica = true}), "");
  EXPECT_EQ(RefuseRun(kNoWrites, false, false, {.read_only_replica = true, .too_few_replicas = true}), "");
  EXPECT_EQ(RefuseRun(0, true, false, {}), "ERR Can not execute a script with write flag using *_ro command.");
  EXPECT_EQ(RefuseRun(0, false, false, {.too_few_replicas = true}).substr(0, 10), "NOREPLICAS");
  EXPECT_EQ(RefuseRun(0, false, false, {.disk_error = "x"}).substr(0, 7), "MISCONF");
  EXPECT_EQ(RefuseRun(0, false, false, {.out_of_memory = true}).substr(0, 4), "OOM ");
  EXPECT_EQ(RefuseRun(kAllowOom, false, false, {.out_of_memory = true}), "");
  EXPECT_EQ(RefuseRun(kNoWrites, false, false, {.out_of_memory = true}), "");
}

TEST(Calls, WhatCommandsAreRefusedFor) {
  EXPECT_EQ(Refuse(kGet, {}, {}), "");
  EXPECT_EQ(Refuse(kAuth, {}, {}), "ERR This Redis command is not allowed from script");
  EXPECT_EQ(Refuse(kAuth, {.any_command = true}, {}), "");
  EXPECT_EQ(Refuse(kGet, {}, {.stale = true}), "ERR Can not execute the command on a stale replica");
  EXPECT_EQ(Refuse(kPublish, {}, {.stale = true}), "");
  EXPECT_EQ(Refuse(kSet, {.read_only = true}, {}), "ERR Write commands are not allowed from read-only scripts.");
  EXPECT_EQ(Refuse(kPublish, {.read_only = true}, {}), "ERR Write commands are not allowed from read-only scripts.");
  EXPECT_EQ(Refuse(kSet, {}, {.read_only_replica = true}), "READONLY You can't write against a read only replica.");
  EXPECT_EQ(Refuse(kSet, {.obeyed = true}, {.read_only_replica = true}), "");
  EXPECT_EQ(Refuse(kSet, {}, {.disk_error = "MISCONF x"}), "MISCONF x");
  EXPECT_EQ(Refuse(kSet, {}, {.too_few_replicas = true}), "NOREPLICAS Not enough good replicas to write.");
  EXPECT_EQ(Refuse(kSet, {}, {.out_of_memory = true}), "OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(Refuse(kDel, {}, {.out_of_memory = true}), "");
  EXPECT_EQ(Refuse(kSet, {.allow_oom = true}, {.out_of_memory = true}), "");
}

TEST(Calls, AScriptThatHasWrittenIsNotStopped) {
  NodeState worst{
      .read_only_replica = true, .too_few_replicas = true, .out_of_memory = true, .disk_error = "MISCONF x"};
  EXPECT_EQ(Refuse(kSet, {.wrote = true}, worst), "");
  EXPECT_EQ(Refuse(kSet, {.read_only = true, .wrote = true}, worst).substr(0, 3), "ERR");
}

TEST(Calls, FlagsOfTheCommandFollowThoseOfTheScript) {
  constexpr uint32_t kRow = commands::kNoscript | commands::kStale | commands::kMayReplicate;
  EXPECT_EQ(CommandFlags(kRow, kUndeclared), kRow);
  EXPECT_EQ(CommandFlags(kRow, 0), commands::kNoscript | commands::kDenyOom | commands::kWrite);
  EXPECT_EQ(CommandFlags(kRow, kNoWrites), commands::kNoscript);
  EXPECT_EQ(CommandFlags(kRow, kAllowOom | kAllowStale), commands::kNoscript | commands::kStale | commands::kWrite);
}

TEST(Cache, KeepsScriptsUntilTheyAreFlushed) {
  ScriptCache cache;
  auto script = std::make_shared<Script>();
  script->sha = "abc0";
  script->body = "return 1";
  EXPECT_EQ(cache.Find("abc0"), nullptr);
  EXPECT_EQ(cache.Add(script), script);
  auto same = std::make_shared<Script>();
  same->sha = "abc0";
  EXPECT_EQ(cache.Add(same), script) << "the first stays";
  EXPECT_EQ(cache.Find("ABC0"), script);
  EXPECT_EQ(cache.stats().scripts, 1u);
  EXPECT_GT(cache.stats().bytes, 8u);
  uint64_t generation = cache.generation();
  cache.Clear();
  EXPECT_EQ(cache.Find("abc0"), nullptr);
  EXPECT_NE(cache.generation(), generation);
  EXPECT_EQ(cache.stats().bytes, 0u);
}

}  // namespace
}  // namespace dunlin::script
