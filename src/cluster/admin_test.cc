#include "cluster/admin.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "cluster/core_test_support.h"

namespace dunlin::cluster::testing {
namespace {

using Strings = std::vector<std::string>;

// "" when the words are no command of this header, "OK" when they are one, else the error.
std::string ParseOf(std::string_view line) {
  std::vector<std::string_view> words = SplitBlanks(line);
  std::optional<Result<AdminCommand>> parsed = ParseAdminCommand(words);
  if (!parsed) return "";
  return parsed->has_value() ? "OK" : parsed->error().message();
}

// The same said to a core: what the client sees.
std::string Say(Solo& n, std::string_view line, bool slot_has_keys = false) {
  std::vector<std::string_view> words = SplitBlanks(line);
  std::optional<Result<AdminCommand>> parsed = ParseAdminCommand(words);
  if (!parsed) return "wrong number of arguments";
  if (!parsed->has_value()) return "ERR " + parsed->error().message();
  if (auto* set = std::get_if<SetSlotCommand>(&**parsed)) set->slot_has_keys = slot_has_keys;
  AdminReply reply = n.Admin(**parsed);
  if (!reply.status.ok()) return "ERR " + reply.status.message();
  return reply.integer ? std::to_string(*reply.integer) : reply.text;
}

const std::string kA = IdOf('a').str();
const std::string kB = IdOf('b').str();
const std::string kD = IdOf('d').str();
const std::string kZ = IdOf('z').str();

TEST(ParseTest, WordsBecomeCommandsOrErrors) {
  struct Case {
    std::string_view line;
    std::string_view expected;
  };
  const Case kCases[] = {
      {"", ""},
      {"nodes", ""},
      {"meet 1.2.3.4 7000", "OK"},
      {"MEET 1.2.3.4 7000 17000", "OK"},
      {"meet 1.2.3.4", ""},
      {"meet 1.2.3.4 x", "Invalid base port specified: x"},
      {"meet 1.2.3.4 7000 y", "Invalid bus port specified: y"},
      {"forget id", "OK"},
      {"forget", ""},
      {"replicate id", "OK"},
      {"addslots 1 2 16383", "OK"},
      {"addslots", ""},
      {"addslots 1 16384", "Invalid or out of range slot"},
      {"addslots -1", "Invalid or out of range slot"},
      {"delslots one", "Invalid or out of range slot"},
      {"addslotsrange 0 5 10 20", "OK"},
      {"addslotsrange 0 5 10", "wrong number of arguments for 'cluster|addslotsrange' command"},
      {"delslotsrange 0 5 x", "wrong number of arguments for 'cluster|delslotsrange' command"},
      {"delslotsrange 0 99999", "Invalid or out of range slot"},
      {"flushslots", "OK"},
      {"flushslots now", ""},
      {"setslot 5 stable", "OK"},
      {"setslot 5 migrating id", "OK"},
      {"setslot 5 importing id", "OK"},
      {"setslot 5 NODE id", "OK"},
      {"setslot 5", ""},
      {"setslot x stable", "Invalid or out of range slot"},
      {"setslot 5 node", "Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"},
      {"setslot 5 stable id", "Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"},
      {"setslot 5 moving id", "Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP"},
      {"bumpepoch", "OK"},
      {"set-config-epoch 5", "OK"},
      {"set-config-epoch five", "value is not an integer or out of range"},
      {"failover", "OK"},
      {"failover FORCE", "OK"},
      {"failover takeover", "OK"},
      {"failover please", "syntax error"},
      {"reset", "OK"},
      {"reset SOFT", "OK"},
      {"reset hard", "OK"},
      {"reset medium", "syntax error"},
      {"saveconfig", "OK"},
      {"count-failure-reports id", "OK"},
  };
  for (const Case& c : kCases) EXPECT_EQ(ParseOf(c.line), c.expected) << c.line;
}

TEST(AdminTest, MeetRefusesWhatIsNoAddress) {
  Solo n('a');
  EXPECT_EQ(Say(n, "meet 10.0.0.9 7000"), "OK");
  EXPECT_EQ(Say(n, "meet ::1 7000"), "OK");
  EXPECT_EQ(Say(n, "meet localhost 7000"), "ERR Invalid node address specified: localhost:7000");
  EXPECT_EQ(Say(n, "meet 10.0.0.9 0"), "ERR Invalid node address specified: 10.0.0.9:0");
  EXPECT_EQ(Say(n, "meet 10.0.0.9 60000"), "ERR Invalid node address specified: 10.0.0.9:60000");
  EXPECT_EQ(Say(n, "meet 10.0.0.9 60000 6000"), "OK");
  EXPECT_EQ(Say(n, "meet 10.0.0.9 9223372036854775807"),
            "ERR Invalid node address specified: 10.0.0.9:9223372036854775807");
}

TEST(AdminTest, Forget) {
  Solo n('d');
  EXPECT_EQ(Say(n, "forget " + kZ), "ERR Unknown node " + kZ);
  EXPECT_EQ(Say(n, "forget nonsense"), "ERR Unknown node nonsense");
  EXPECT_EQ(Say(n, "forget " + kD), "ERR I tried hard but I can't forget myself...");
  EXPECT_EQ(Say(n, "forget " + kA), "ERR Can't forget my master!");
  EXPECT_EQ(Say(n, "forget " + kB), "OK");
  EXPECT_EQ(Say(n, "forget " + kB), "OK");
}

TEST(AdminTest, Replicate) {
  Solo n('x', {{'x'}, {'a', {{0, 100}}, 0, 1}, {'d', {}, 'a'}});
  EXPECT_EQ(Say(n, "replicate " + kZ), "ERR Unknown node " + kZ);
  EXPECT_EQ(Say(n, "replicate " + IdOf('x').str()), "ERR Can't replicate myself");
  EXPECT_EQ(Say(n, "replicate " + kD), "ERR I can only replicate a master, not a replica.");
  n.facts().dataset_empty = false;
  EXPECT_EQ(Say(n, "replicate " + kA), "ERR To set a master the node must be empty and without assigned slots.");
  n.facts().dataset_empty = true;
  EXPECT_EQ(Say(n, "addslots 200"), "OK");
  EXPECT_EQ(Say(n, "replicate " + kA), "ERR To set a master the node must be empty and without assigned slots.");
  EXPECT_EQ(Say(n, "delslots 200"), "OK");
  EXPECT_EQ(Say(n, "replicate " + kA), "OK");
  EXPECT_EQ(n.Transcript(),
            (Strings{"persist and sync", "publish", "send pong to a", "send pong to d", "follow a at 10.0.0.1:7001"}));
  EXPECT_EQ(n.map().Myself().shard, ShardOf('a'));
  // Whom it follows already it need not follow again.
  EXPECT_EQ(Say(n, "replicate " + kA), "OK");
  EXPECT_TRUE(n.last().follow_ups.empty());
}

TEST(AdminTest, SlotsAreAssignedAllOrNone) {
  Solo n('a', {{'a', {{0, 10}}, 0, 1}, {'b', {{20, 30}}, 0, 2}});
  EXPECT_EQ(Say(n, "addslots 11 12 5"), "ERR Slot 5 is already busy");
  EXPECT_EQ(Say(n, "addslots 11 12 25"), "ERR Slot 25 is already busy");
  EXPECT_EQ(Say(n, "addslots 11 12 11"), "ERR Slot 11 specified multiple times");
  EXPECT_EQ(n.map().Myself().slot_count, 11);
  EXPECT_EQ(Say(n, "addslotsrange 11 19"), "OK");
  EXPECT_EQ(n.map().Myself().slot_count, 20);
  EXPECT_EQ(Say(n, "addslotsrange 40 35"), "ERR start slot number 40 is greater than end slot number 35");
  EXPECT_EQ(Say(n, "delslots 40"), "ERR Slot 40 is already unassigned");
  EXPECT_EQ(Say(n, "delslotsrange 5 7 6 8"), "ERR Slot 6 specified multiple times");
  EXPECT_EQ(Say(n, "delslotsrange 0 4 25 25"), "OK") << "others' slots too, here";
  EXPECT_EQ(n.map().Owner(SlotId(25)), kNoNode);
  EXPECT_EQ(n.map().summary().slots_assigned, 25);
}

TEST(AdminTest, AddingAnImportedSlotEndsTheImport) {
  Solo n('a', {{'a', {{0, 10}}, 0, 1}, {'b', {{20, 30}}, 0, 2}});
  EXPECT_EQ(Say(n, "setslot 40 importing " + kB), "OK");
  EXPECT_EQ(Say(n, "addslots 40"), "OK");
  EXPECT_EQ(n.map().Importing(SlotId(40)), kNoNode);
}

TEST(AdminTest, FlushSlots) {
  Solo n('a');
  n.facts().dataset_empty = false;
  EXPECT_EQ(Say(n, "flushslots"), "ERR DB must be empty to perform CLUSTER FLUSHSLOTS.");
  n.facts().dataset_empty = true;
  EXPECT_EQ(Say(n, "flushslots"), "OK");
  EXPECT_EQ(n.map().Myself().slot_count, 0);
  EXPECT_EQ(n.map().Owner(SlotId(6000)), n.map().Find(IdOf('b')));
}

TEST(AdminTest, SetSlot) {
  Solo n('a');
  EXPECT_EQ(Say(n, "setslot 6000 migrating " + kB), "ERR I'm not the owner of hash slot 6000");
  EXPECT_EQ(Say(n, "setslot 5 migrating " + kZ), "ERR I don't know about node " + kZ);
  EXPECT_EQ(Say(n, "setslot 5 migrating " + kD), "ERR Target node is not a master");
  EXPECT_EQ(Say(n, "setslot 5 importing " + kB), "ERR I'm already the owner of hash slot 5");
  EXPECT_EQ(Say(n, "setslot 6000 importing " + kZ), "ERR I don't know about node " + kZ);
  EXPECT_EQ(Say(n, "setslot 6000 importing " + kD), "ERR Target node is not a master");
  EXPECT_EQ(Say(n, "setslot 5 node " + kZ), "ERR Unknown node " + kZ);
  EXPECT_EQ(Say(n, "setslot 5 node " + kD), "ERR Target node is not a master");
  EXPECT_EQ(Say(n, "setslot 5 migrating " + kB), "OK");
  EXPECT_EQ(Say(n, "setslot 6000 importing " + kB), "OK");
  EXPECT_EQ(n.last().persist->nodes_conf.find("[5->-" + kB + "] [6000-<-" + kB + "]") != std::string::npos, true);
  EXPECT_EQ(Say(n, "setslot 5 node " + kB, true),
            "ERR Can't assign hashslot 5 to a different node while I still hold keys for this hash slot.");
  EXPECT_EQ(Say(n, "setslot 5 stable"), "OK");
  EXPECT_EQ(Say(n, "setslot 6000 stable"), "OK");
  EXPECT_TRUE(n.map().slots().migrating.empty());
  EXPECT_TRUE(n.map().slots().importing.empty());
  EXPECT_EQ(Say(n, "setslot 5 node " + kB), "OK");
  EXPECT_EQ(n.map().Owner(SlotId(5)), n.map().Find(IdOf('b')));
  Solo d('d');
  EXPECT_EQ(Say(d, "setslot 5 stable"), "ERR Please use SETSLOT only with masters.");
}

TEST(AdminTest, Epochs) {
  Solo n('a', {{'a'}}, 0);
  EXPECT_EQ(Say(n, "set-config-epoch -1"), "ERR Invalid config epoch specified: -1");
  EXPECT_EQ(Say(n, "set-config-epoch 7"), "OK");
  EXPECT_TRUE(LogHas(n.last().log, "configEpoch set to 7 via CLUSTER SET-CONFIG-EPOCH"));
  EXPECT_EQ(n.map().summary().current_epoch, Epoch(7));
  EXPECT_EQ(Say(n, "set-config-epoch 8"), "ERR Node config epoch is already non-zero");
  EXPECT_EQ(Say(n, "bumpepoch"), "STILL 7");
  Solo many('a');
  EXPECT_EQ(Say(many, "set-config-epoch 8"),
            "ERR The user can assign a config epoch only when the node does not know any other node.");
  EXPECT_EQ(Say(many, "bumpepoch"), "BUMPED 4");
  EXPECT_TRUE(many.last().persist->fsync);
  EXPECT_TRUE(LogHas(many.last().log, "New configEpoch set to 4"));
  EXPECT_EQ(Say(many, "bumpepoch"), "STILL 4");
}

TEST(AdminTest, CountFailureReports) {
  Solo n('a');
  EXPECT_EQ(Say(n, "count-failure-reports " + kB), "0");
  EXPECT_EQ(Say(n, "count-failure-reports " + kA), "0");
  EXPECT_EQ(Say(n, "count-failure-reports " + kZ), "ERR Unknown node " + kZ);
}

TEST(AdminTest, SaveConfigSavesAndAFailureIsItsReply) {
  Solo n('a');
  EXPECT_EQ(Say(n, "saveconfig"), "OK");
  EXPECT_TRUE(n.last().persist->fsync);
  EXPECT_TRUE(n.last().persist->failure_is_reply);
}

TEST(ResetTest, APrimaryWithKeysIsNotReset) {
  Solo n('a');
  n.facts().dataset_empty = false;
  EXPECT_EQ(Say(n, "reset"), "ERR CLUSTER RESET can't be called with master nodes containing keys");
}

TEST(ResetTest, SoftForgetsTheClusterAndKeepsTheName) {
  Solo n('a');
  ShardId shard = n.map().Myself().shard;
  EXPECT_EQ(Say(n, "reset"), "OK");
  EXPECT_EQ(n.map().summary().known_nodes, 1);
  EXPECT_EQ(n.map().summary().slots_assigned, 0);
  EXPECT_EQ(n.map().Myself().id, IdOf('a'));
  EXPECT_EQ(n.map().Myself().config_epoch, Epoch(1));
  EXPECT_EQ(n.map().Myself().shard, shard);
  EXPECT_TRUE(n.last().follow_ups.empty());
  EXPECT_EQ(n.Transcript(),
            (Strings{"persist and sync", "publish", "close b", "close c", "close d", "close e", "close f"}));
}

TEST(ResetTest, AReplicaBecomesAnEmptyPrimaryOfAShardOfItsOwn) {
  Solo n('d');
  n.facts().dataset_empty = false;
  EXPECT_EQ(Say(n, "reset soft"), "OK");
  Strings transcript = n.Transcript();
  ASSERT_GE(transcript.size(), 2u);
  EXPECT_EQ(transcript[transcript.size() - 2], "lead");
  EXPECT_EQ(transcript.back(), "flush");
  EXPECT_TRUE(n.map().Myself().IsPrimary());
  EXPECT_NE(n.map().Myself().shard, ShardOf('a'));
}

TEST(ResetTest, HardMakesANewNode) {
  Solo n('a');
  EXPECT_EQ(Say(n, "reset hard"), "OK");
  EXPECT_NE(n.map().Myself().id, IdOf('a'));
  EXPECT_EQ(n.core().my_id(), n.map().Myself().id);
  EXPECT_NE(n.map().Myself().shard, ShardOf('a'));
  EXPECT_EQ(n.map().summary().current_epoch, Epoch(0));
  EXPECT_EQ(n.map().Myself().config_epoch, Epoch(0));
  EXPECT_TRUE(LogHas(n.last().log, "configEpoch set to 0 via CLUSTER RESET HARD"));
  EXPECT_TRUE(LogHas(n.last().log, "Node hard reset, now I'm " + n.core().my_id().str()));
}

TEST(ResetTest, TheBanOfForgottenNodesIsForgottenToo) {
  Solo n('a');
  Say(n, "forget " + kB);
  Say(n, "reset");
  EXPECT_EQ(Say(n, "forget " + kB), "ERR Unknown node " + kB);
}

TEST(AdminTest, AReplicaTakesNoSlots) {
  Solo n('d');
  n.Admin(ForgetCommand{kB});
  EXPECT_EQ(Say(n, "addslots 6000"), "ERR Please use ADDSLOTS only with masters.");
}

}  // namespace
}  // namespace dunlin::cluster::testing
