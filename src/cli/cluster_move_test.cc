#include "cli/cluster_move.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "cli/cluster_repair.h"
#include "cli/cluster_stage_for_tests.h"

namespace dunlin::cli {
namespace {

class MoveTest : public testing::Test {
 protected:
  // Fills a slot with `count` keys "<slot>:0" and so on.
  static void Fill(Actor& actor, int slot, int count) {
    for (int i = 0; i < count; ++i) actor.keys[slot][fmt::format("{}:{}", slot, i)] = "value";
  }

  SlotMover::Outcome Move(std::vector<int> slots, const SlotMover::Style& style = {}) {
    Manager m = stage_.manager();
    InterruptGuard interrupts;
    SlotMover mover(m, cluster(), interrupts);
    return mover.Move(stage_.NodeOf(a_), stage_.NodeOf(b_), slots, style);
  }
  Cluster& cluster() {
    if (cluster_ == nullptr) cluster_ = &stage_.Open();
    return *cluster_;
  }
  std::string Line(int slot, int keys) const {
    return fmt::format("Moving slot {} from 127.0.0.1:{} to 127.0.0.1:{}: {:.>{}}\n", slot, a_.port(), b_.port(), "",
                       keys);
  }

  Stage stage_;
  Actor& a_ = stage_.Add('a', {1, 2, 3, 4});
  Actor& b_ = stage_.Add('b', {});
  Actor& c_ = stage_.Add('c', {9});
  Cluster* cluster_ = nullptr;
};

TEST_F(MoveTest, OpensMovesAndClosesInTheRightOrder) {
  Fill(a_, 1, 3);
  SlotMover::Outcome outcome = Move({1});
  EXPECT_TRUE(outcome.done()) << outcome.status.message();
  EXPECT_EQ(outcome.moved, 1);
  std::string migrate = fmt::format("a: MIGRATE 127.0.0.1 {}  0 60000 KEYS 1:0 1:1 1:2", b_.port());
  EXPECT_LT(stage_.When("b: CLUSTER SETSLOT 1 IMPORTING a"), stage_.When("a: CLUSTER SETSLOT 1 MIGRATING b"));
  EXPECT_LT(stage_.When("a: CLUSTER SETSLOT 1 MIGRATING b"), stage_.When(migrate));
  EXPECT_LT(stage_.When(migrate), stage_.When("b: CLUSTER SETSLOT 1 NODE b"));
  EXPECT_LT(stage_.When("b: CLUSTER SETSLOT 1 NODE b"), stage_.When("a: CLUSTER SETSLOT 1 NODE b"));
  EXPECT_TRUE(stage_.Was("c: CLUSTER SETSLOT 1 NODE b"));
  EXPECT_EQ(b_.keys[1].size(), 3u);
  EXPECT_TRUE(stage_.NodeOf(b_).owns(1));
  EXPECT_FALSE(stage_.NodeOf(a_).owns(1));
  EXPECT_EQ(stage_.Out(), Line(1, 3));
}

TEST_F(MoveTest, SmallSlotsGoTogether) {
  Fill(a_, 1, 2);
  Fill(a_, 3, 1);
  int marks = 0;
  SlotMover::Style style;
  style.on_slot = [&] { ++marks; };
  EXPECT_TRUE(Move({1, 2, 3}, style).done());
  EXPECT_EQ(marks, 3);
  EXPECT_LT(stage_.When("b: CLUSTER SETSLOT 3 IMPORTING a"), stage_.When("a: CLUSTER SETSLOT 1 MIGRATING b"));
  EXPECT_EQ(stage_.Out(), Line(1, 2) + Line(2, 0) + Line(3, 1));
}

TEST_F(MoveTest, BigSlotInBatches) {
  Fill(a_, 1, 1000);
  stage_.options.cluster.pipeline = 100;
  EXPECT_TRUE(Move({1, 2}).done());
  EXPECT_EQ(b_.keys[1].size(), 1000u);
  int migrates = 0;
  for (const std::string& command : stage_.Told()) migrates += command.starts_with("a: MIGRATE") ? 1 : 0;
  EXPECT_GE(migrates, 10);
  EXPECT_LE(migrates, 12);
  EXPECT_EQ(stage_.Out(), Line(1, 1000) + Line(2, 0));
}

TEST_F(MoveTest, PasswordGoesAlong) {
  Fill(a_, 1, 1);
  Fill(a_, 2, 1);
  cluster();
  stage_.options.password = "secret";
  EXPECT_TRUE(Move({1}).done());
  stage_.options.user = "joe";
  EXPECT_TRUE(Move({2}).done());
  EXPECT_TRUE(stage_.Was(fmt::format("a: MIGRATE 127.0.0.1 {}  0 60000 AUTH secret KEYS 1:0", b_.port())));
  EXPECT_TRUE(stage_.Was(fmt::format("a: MIGRATE 127.0.0.1 {}  0 60000 AUTH2 joe secret KEYS 2:0", b_.port())));
}

TEST_F(MoveTest, QuietSaysNothing) {
  Fill(a_, 1, 5);
  EXPECT_TRUE(Move({1, 2}, {.quiet = true}).done());
  EXPECT_EQ(stage_.Out(), "");
}

TEST_F(MoveTest, FailureWithNothingMovedPutsEverythingBack) {
  Fill(a_, 1, 2);
  Fill(a_, 2, 2);
  a_.Answer("MIGRATE", "-IOERR error or timeout writing to target instance\r\n");
  a_.Answer("MIGRATE", "-IOERR error or timeout writing to target instance\r\n");
  SlotMover::Outcome outcome = Move({1, 2});
  EXPECT_EQ(outcome.status.message(), "IOERR error or timeout writing to target instance");
  EXPECT_TRUE(outcome.left_open.empty());
  EXPECT_EQ(outcome.moved, 0);
  for (const char* command : {"a: CLUSTER SETSLOT 1 STABLE", "b: CLUSTER SETSLOT 1 STABLE",
                              "a: CLUSTER SETSLOT 2 STABLE", "b: CLUSTER SETSLOT 2 STABLE"}) {
    EXPECT_TRUE(stage_.Was(command)) << command;
  }
  EXPECT_FALSE(stage_.Was("b: CLUSTER SETSLOT 1 NODE b"));
  EXPECT_NE(stage_.Out().find(fmt::format("Node 127.0.0.1:{} replied with error:\nIOERR", a_.port())),
            std::string::npos);
}

TEST_F(MoveTest, FailureHalfWayLeavesOnlyThatSlotOpen) {
  Fill(a_, 1, 2);
  Fill(a_, 2, 20);
  Fill(a_, 3, 2);
  stage_.options.cluster.pipeline = 10;
  // The second batch of slot 2 is refused: the first of them has gone by then.
  a_.Before("MIGRATE", [this, count = 0]() mutable {
    if (++count == 2) a_.Answer(fmt::format("MIGRATE 127.0.0.1 {}  0 60000 KEYS 2:18", b_.port()), "-ERR no\r\n");
  });
  SlotMover::Outcome outcome = Move({1, 2, 3});
  EXPECT_EQ(outcome.status.message(), "ERR no");
  EXPECT_EQ(outcome.left_open, std::vector<int>{2});
  EXPECT_TRUE(stage_.Was("b: CLUSTER SETSLOT 1 NODE b"));
  EXPECT_FALSE(stage_.Was("b: CLUSTER SETSLOT 2 NODE b"));
  EXPECT_FALSE(stage_.Was("a: CLUSTER SETSLOT 2 STABLE"));
  // Slot 3 went entirely or not at all.
  EXPECT_NE(stage_.Was("b: CLUSTER SETSLOT 3 NODE b"), stage_.Was("a: CLUSTER SETSLOT 3 STABLE"));
  EXPECT_EQ(a_.keys[2].size() + b_.keys[2].size(), 20u);
}

TEST_F(MoveTest, RefusedToOpenLeavesOtherPeoplesStateAlone) {
  Fill(a_, 1, 1);
  b_.Answer("CLUSTER SETSLOT 2 IMPORTING", "-ERR I'm already the owner of hash slot 2\r\n");
  SlotMover::Outcome outcome = Move({1, 2, 3});
  EXPECT_EQ(outcome.status.message(), "ERR I'm already the owner of hash slot 2");
  EXPECT_EQ(outcome.moved, 1);
  EXPECT_TRUE(stage_.Was("b: CLUSTER SETSLOT 1 NODE b"));
  EXPECT_FALSE(stage_.Was("a: CLUSTER SETSLOT 2 STABLE"));
  EXPECT_FALSE(stage_.Was("b: CLUSTER SETSLOT 2 STABLE"));
  EXPECT_FALSE(stage_.Was("a: CLUSTER SETSLOT 3 MIGRATING b"));
  EXPECT_TRUE(stage_.Was("b: CLUSTER SETSLOT 3 STABLE"));
  EXPECT_EQ(stage_.Out(), Line(1, 1) + Line(2, 0));
}

TEST_F(MoveTest, RefusedToGiveClosesTheTargetAgain) {
  a_.Answer("CLUSTER SETSLOT 2 MIGRATING", "-ERR I'm not the owner of hash slot 2\r\n");
  SlotMover::Outcome outcome = Move({1, 2, 3});
  EXPECT_EQ(outcome.moved, 1);
  EXPECT_EQ(outcome.status.message(), "ERR I'm not the owner of hash slot 2");
  EXPECT_TRUE(stage_.Was("b: CLUSTER SETSLOT 2 STABLE"));
  EXPECT_FALSE(stage_.Was("a: CLUSTER SETSLOT 2 STABLE"));
  EXPECT_TRUE(stage_.Was("a: CLUSTER SETSLOT 3 STABLE"));
  EXPECT_TRUE(stage_.Was("b: CLUSTER SETSLOT 3 STABLE"));
  EXPECT_TRUE(outcome.left_open.empty());
}

TEST_F(MoveTest, SameKeyOnBothSidesIsReplaced) {
  Fill(a_, 1, 2);
  b_.keys[1]["1:0"] = "value";
  SlotMover::Outcome outcome = Move({1});
  EXPECT_TRUE(outcome.done()) << outcome.status.message();
  EXPECT_EQ(b_.keys[1].size(), 2u);
  EXPECT_NE(stage_.Out().find("\n*** Target key exists\n*** Checking key values on both nodes...\n"
                              "*** Replacing target keys...\n"),
            std::string::npos);
}

TEST_F(MoveTest, DifferentValuesStopTheMove) {
  Fill(a_, 1, 2);
  b_.keys[1]["1:0"] = "another";
  SlotMover::Outcome outcome = Move({1});
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(outcome.left_open, std::vector<int>{1});
  EXPECT_EQ(b_.keys[1]["1:0"], "another");
  EXPECT_EQ(a_.keys[1]["1:0"], "value");
  EXPECT_NE(stage_.Out().find("*** Found 1 key(s) in both source node and target node having different values.\n"),
            std::string::npos);
  EXPECT_NE(stage_.Out().find("    - 1:0\n"), std::string::npos);
}

TEST_F(MoveTest, ReplaceOptionOverridesDifferentValues) {
  Fill(a_, 1, 2);
  b_.keys[1]["1:0"] = "another";
  stage_.options.cluster.replace = true;
  EXPECT_TRUE(Move({1}).done());
  EXPECT_EQ(b_.keys[1]["1:0"], "value");
}

TEST_F(MoveTest, SlowReplicasOfTheTargetGetAnotherChance) {
  b_.Answer("CLUSTER SETSLOT 1 NODE", "-NOREPLICAS Not enough good replicas to write.\r\n");
  EXPECT_TRUE(Move({1}).done());
  EXPECT_TRUE(stage_.NodeOf(b_).owns(1));
  for (int i = 0; i < 3; ++i) {
    b_.Answer("CLUSTER SETSLOT 2 NODE", "-NOREPLICAS Not enough good replicas to write.\r\n");
  }
  SlotMover::Outcome outcome = Move({2});
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(outcome.left_open, std::vector<int>{2});
  EXPECT_FALSE(stage_.Was("a: CLUSTER SETSLOT 2 NODE b"));
}

TEST_F(MoveTest, SourceThatBecameAReplicaNeedsNotBeTold) {
  a_.Answer("CLUSTER SETSLOT 1 NODE", "-ERR Please use SETSLOT only with masters.\r\n");
  EXPECT_TRUE(Move({1}).done());
  a_.Answer("CLUSTER SETSLOT 2 NODE", "-UNBLOCKED force unblock from blocking operation\r\n");
  EXPECT_TRUE(Move({2}).done());
  a_.Answer("CLUSTER SETSLOT 3 NODE", "-ERR Can't assign hashslot 3 to a different node while I still hold keys\r\n");
  EXPECT_FALSE(Move({3}).done());
}

TEST_F(MoveTest, TargetThatIsNotReadyYetIsWaitedFor) {
  Fill(a_, 1, 1);
  a_.Answer("MIGRATE", "-ERR Target instance replied with error: CLUSTERDOWN The cluster is down\r\n");
  b_.Answer("CLUSTER INFO", "$18\r\ncluster_state:fail\r\n");
  EXPECT_TRUE(Move({1}).done());
  EXPECT_EQ(b_.keys[1].size(), 1u);
}

TEST_F(MoveTest, SlotThatNobodyServesIsGivenToTheTargetWhenFixing) {
  Fill(a_, 1, 1);
  a_.Answer("MIGRATE", "-CLUSTERDOWN Hash slot not served\r\n");
  a_.Answer("CLUSTER SLOTS", "*0\r\n");
  // Not for the cluster's own sake: the source is up.
  b_.Answer("CLUSTER INFO", "-ERR no\r\n");
  EXPECT_TRUE(Move({1}, {.fixing = true}).done());
  EXPECT_NE(stage_.Out().find(fmt::format("*** Slot was not served, setting owner to node 127.0.0.1:{}.\n", b_.port())),
            std::string::npos);
}

TEST_F(MoveTest, LostConnectionIsAFailure) {
  Fill(a_, 1, 1);
  cluster();
  a_.Before("MIGRATE", [this] { shutdown(stage_.NodeOf(a_).connection().fd(), SHUT_RDWR); });
  SlotMover::Outcome outcome = Move({1});
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_FALSE(stage_.Was("b: CLUSTER SETSLOT 1 NODE b"));
}

TEST_F(MoveTest, SignalStopsAfterTheBatchesUnderWay) {
  Fill(a_, 1, 600);
  stage_.options.cluster.pipeline = 10;
  a_.Before("MIGRATE", [sent = false]() mutable {
    if (!sent) kill(getpid(), SIGINT);
    sent = true;
  });
  SlotMover::Outcome outcome = Move({1, 2});
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.left_open, std::vector<int>{1});
  EXPECT_EQ(a_.keys[1].size() + b_.keys[1].size(), 600u);
  EXPECT_GE(b_.keys[1].size(), 10u);
  EXPECT_LE(b_.keys[1].size(), 60u);
  EXPECT_FALSE(stage_.Was("b: CLUSTER SETSLOT 1 NODE b"));
  // Slot 2 stood in the next window.
  EXPECT_FALSE(stage_.Was("b: CLUSTER SETSLOT 2 IMPORTING a"));
}

TEST_F(MoveTest, SignalWithTheLastBatchLetsTheSlotGoThrough) {
  Fill(a_, 1, 5);
  a_.Before("MIGRATE", [] { kill(getpid(), SIGTERM); });
  SlotMover::Outcome outcome = Move({1});
  EXPECT_EQ(outcome.moved, 1);
  EXPECT_TRUE(outcome.left_open.empty());
  EXPECT_TRUE(stage_.Was("a: CLUSTER SETSLOT 1 NODE b"));
}

TEST_F(MoveTest, KeysOnlyTellsNobody) {
  Fill(a_, 1, 3);
  cluster();
  Manager m = stage_.manager();
  InterruptGuard interrupts;
  SlotMover mover(m, cluster(), interrupts);
  EXPECT_TRUE(mover.MoveKeysOnly(stage_.NodeOf(a_), stage_.NodeOf(b_), 1, {}).done());
  EXPECT_EQ(b_.keys[1].size(), 3u);
  for (const std::string& command : stage_.Told()) EXPECT_EQ(command.find("SETSLOT"), std::string::npos) << command;
}

}  // namespace
}  // namespace dunlin::cli
