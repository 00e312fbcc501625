#include "replication/failover.h"

#include <gtest/gtest.h>

#include "base/ascii.h"
#include "replication/effect_words.h"

namespace dunlin::replication {
namespace {

using Lines = std::vector<std::string>;

const ReplicationId kMine = *ReplicationId::Parse(std::string(40, 'm'));

class FailoverTest : public ::testing::Test {
 protected:
  FailoverTest() {
    facts_.log_end = Offset(100);
    facts_.has_backlog = true;
  }
  Situation Now() { return {config_, history_, facts_, now_ms_}; }
  void AddReplica(uint64_t id, std::string_view ip, std::string_view port, bool online = true) {
    replicas_.OnReplconf(PeerId(id), ip, std::vector<std::string_view>{"listening-port", port}, Now());
    std::string offset = online ? "1" : "-1";
    replicas_.OnSync(PeerId(id), ip, std::vector<std::string_view>{"PSYNC", kMine.view(), offset}, Now());
  }
  void Ack(uint64_t id, std::string_view offset) {
    replicas_.OnReplconf(PeerId(id), "", std::vector<std::string_view>{"ACK", offset}, Now());
  }
  Failover::Step Command(std::string_view words) {
    return failover_.OnCommand(SplitBlanks(words), is_replica_, replicas_, Now());
  }
  std::string Reply(std::string_view words) { return Command(words).reply.value_or("(nothing)"); }

  Config config_;
  History history_{kMine};
  Facts facts_;
  int64_t now_ms_ = 1000;
  bool is_replica_ = false;
  ReplicaSet replicas_{7, 0};
  Failover failover_;
};

TEST_F(FailoverTest, WhatIsRefused) {
  EXPECT_EQ(Reply(""), "-ERR FAILOVER requires connected replicas.");
  AddReplica(1, "10.0.0.1", "6380");
  AddReplica(2, "10.0.0.2", "6380", /*online=*/false);
  EXPECT_EQ(Reply("ABORT"), "-ERR No failover in progress.");
  EXPECT_EQ(Reply("FOO"), "-ERR syntax error");
  EXPECT_EQ(Reply("TO 10.0.0.1"), "-ERR syntax error");
  EXPECT_EQ(Reply("TO 10.0.0.1 port"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Reply("TO 10.0.0.1 6380 TO 10.0.0.1 6380"), "-ERR syntax error");
  EXPECT_EQ(Reply("TIMEOUT 0"), "-ERR FAILOVER timeout must be greater than 0");
  EXPECT_EQ(Reply("TIMEOUT x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Reply("FORCE TIMEOUT 100"),
            "-ERR FAILOVER with force option requires both a timeout and target HOST and IP.");
  EXPECT_EQ(Reply("TO 10.0.0.1 6380 FORCE"),
            "-ERR FAILOVER with force option requires both a timeout and target HOST and IP.");
  EXPECT_EQ(Reply("TO 10.0.0.9 6380"), "-ERR FAILOVER target HOST and PORT is not a replica.");
  EXPECT_EQ(Reply("TO 10.0.0.2 6380"), "-ERR FAILOVER target replica is not online.");
  is_replica_ = true;
  EXPECT_EQ(Reply(""), "-ERR FAILOVER is not valid when server is a replica.");
  config_.cluster_enabled = true;
  EXPECT_EQ(Reply(""), "-ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.");
  EXPECT_EQ(failover_.state(), FailoverState::kNone);
}

TEST_F(FailoverTest, ToTheOneThatIsNamed) {
  AddReplica(1, "10.0.0.1", "6380");
  AddReplica(2, "10.0.0.2", "6380");
  Failover::Step step = Command("TO 10.0.0.2 6380");
  EXPECT_EQ(step.reply, "+OK");
  EXPECT_EQ(Words(step.effects), Lines({"log * FAILOVER requested to 10.0.0.2:6380.", "pause"}));
  EXPECT_EQ(FailoverStateName(failover_.state()), "waiting-for-sync");
  EXPECT_EQ(Reply(""), "-ERR FAILOVER already in progress.");
  Ack(1, "100");
  EXPECT_FALSE(failover_.Check(replicas_, Now()).follow.has_value()) << "not the one that was named";
  Ack(2, "99");
  EXPECT_FALSE(failover_.Check(replicas_, Now()).follow.has_value());
  Ack(2, "100");
  step = failover_.Check(replicas_, Now());
  EXPECT_EQ(step.follow, (PrimaryAddress{"10.0.0.2", 6380}));
  EXPECT_EQ(Words(step.effects), Lines({"log * Failover target 10.0.0.2:6380 is synced, failing over."}));
  EXPECT_EQ(FailoverStateName(failover_.state()), "failover-in-progress");
  EXPECT_FALSE(failover_.Check(replicas_, Now()).follow.has_value());
  step = failover_.OnAnswer(true);
  EXPECT_EQ(Words(step.after), Lines({"resume"}));
  EXPECT_FALSE(step.become_primary);
  EXPECT_EQ(FailoverStateName(failover_.state()), "no-failover");
}

TEST_F(FailoverTest, ToWhoeverIsFirst) {
  AddReplica(1, "10.0.0.1", "6380");
  AddReplica(2, "10.0.0.2", "6381");
  EXPECT_EQ(Words(Command("").effects), Lines({"log * FAILOVER requested to any replica.", "pause"}));
  Ack(2, "100");
  EXPECT_EQ(failover_.Check(replicas_, Now()).follow, (PrimaryAddress{"10.0.0.2", 6381}));
}

TEST_F(FailoverTest, OneThatCannotBeReachedIsNoTarget) {
  AddReplica(1, "10.0.0.1", "70000");
  EXPECT_EQ(Reply("TO 10.0.0.1 70000"), "-ERR FAILOVER target HOST and PORT is not a replica.");
  Command("");
  Ack(1, "100");
  EXPECT_FALSE(failover_.Check(replicas_, Now()).follow.has_value());
}

TEST_F(FailoverTest, TimeRunsOut) {
  AddReplica(1, "10.0.0.1", "6380");
  Command("TO 10.0.0.1 6380 TIMEOUT 500");
  now_ms_ += 499;
  EXPECT_TRUE(failover_.Check(replicas_, Now()).effects.empty());
  now_ms_ += 1;
  Failover::Step step = failover_.Check(replicas_, Now());
  EXPECT_EQ(Words(step.effects),
            Lines({"log * FAILOVER to 10.0.0.1:6380 aborted: Replica never caught up before timeout"}));
  EXPECT_EQ(Words(step.after), Lines({"resume"}));
  EXPECT_FALSE(step.become_primary) << "it never was anything else";
  EXPECT_EQ(failover_.state(), FailoverState::kNone);
}

TEST_F(FailoverTest, TimeRunsOutWithForce) {
  AddReplica(1, "10.0.0.1", "6380");
  Command("TO 10.0.0.1 6380 TIMEOUT 500 FORCE");
  now_ms_ += 500;
  Failover::Step step = failover_.Check(replicas_, Now());
  EXPECT_EQ(Words(step.effects), Lines({"log * FAILOVER to 10.0.0.1:6380 time out exceeded, failing over."}));
  EXPECT_EQ(step.follow, (PrimaryAddress{"10.0.0.1", 6380}));
}

TEST_F(FailoverTest, ATimeoutBeyondAllTime) {
  AddReplica(1, "10.0.0.1", "6380");
  EXPECT_EQ(Reply("TIMEOUT 9223372036854775807"), "+OK");
  EXPECT_TRUE(failover_.Check(replicas_, Now()).effects.empty());
}

TEST_F(FailoverTest, TheTargetRefuses) {
  AddReplica(1, "10.0.0.1", "6380");
  Command("");
  Ack(1, "100");
  failover_.Check(replicas_, Now());
  Failover::Step step = failover_.OnAnswer(false);
  EXPECT_EQ(Words(step.effects),
            Lines({"log * FAILOVER to 10.0.0.1:6380 aborted: Failover target rejected psync request"}));
  EXPECT_TRUE(step.become_primary);
  EXPECT_EQ(Words(step.after), Lines({"resume"}));
}

TEST_F(FailoverTest, AbortedByHand) {
  AddReplica(1, "10.0.0.1", "6380");
  Command("");
  Failover::Step step = Command("ABORT");
  EXPECT_EQ(step.reply, "+OK");
  EXPECT_EQ(Words(step.effects), Lines({"log * FAILOVER to any replica aborted: Failover manually aborted"}));
  EXPECT_FALSE(step.become_primary);
  Command("");
  Ack(1, "100");
  failover_.Check(replicas_, Now());
  EXPECT_TRUE(Command("abort").become_primary);
}

}  // namespace
}  // namespace dunlin::replication
