#include "replication/replica_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/ascii.h"
#include "replication/effect_words.h"

namespace dunlin::replication {
namespace {

using Lines = std::vector<std::string>;

const ReplicationId kMine = *ReplicationId::Parse(std::string(40, 'm'));
const std::string kFull = "+FULLRESYNC " + kMine.str();
constexpr PeerId kA{1};
constexpr PeerId kB{2};
constexpr PeerId kC{3};

class ReplicaSetTest : public ::testing::Test {
 protected:
  ReplicaSetTest() {
    facts_.log_begin = Offset(1000);
    facts_.log_end = Offset(2000);
    facts_.has_backlog = true;
    config_.process_id = 42;
  }
  Situation Now() { return {config_, history_, facts_, now_ms_}; }
  Lines Run(const Effects& effects) {
    for (const std::string& line : Logs(effects)) log_.push_back(line);
    for (const Effect& effect : effects) {
      if (const auto* change = std::get_if<HistoryChange>(&effect)) history_.Apply(*change);
      if (std::holds_alternative<CreateBacklog>(effect)) facts_.has_backlog = true;
      if (std::holds_alternative<DropBacklog>(effect)) facts_.has_backlog = false;
    }
    return Deeds(effects);
  }
  std::string Replconf(PeerId peer, std::string_view words) {
    auto answer = set_.OnReplconf(peer, Ip(peer), Split(words, ' '), Now());
    replconf_deeds_ = Run(answer.result.effects);
    return answer.result.reply.value_or("(nothing)");
  }
  Lines Sync(PeerId peer, std::string_view words = "PSYNC ? -1") {
    CommandResult result = set_.OnSync(peer, Ip(peer), Split(words, ' '), Now());
    reply_ = result.reply.value_or("(nothing)");
    return Run(result.effects);
  }
  static std::string Ip(PeerId peer) { return fmt::format("10.0.0.{}", peer.value); }
  void Introduce(PeerId peer) {
    ASSERT_EQ(Replconf(peer, fmt::format("listening-port {}", 6380 + peer.value)), "+OK");
    ASSERT_EQ(Replconf(peer, "capa eof capa psync2"), "+OK");
  }
  Lines Tick(int64_t after_ms) {
    now_ms_ += after_ms;
    return Run(set_.Tick(primary_, Now()));
  }
  Lines Started(uint64_t id, int64_t cut) { return Run(set_.OnSnapshotStarted(SnapshotId(id), Offset(cut), Now())); }
  Lines Ended(uint64_t id, bool ok, int64_t size) { return Run(set_.OnSnapshotEnded(SnapshotId(id), ok, size, Now())); }
  void PutOnline(PeerId peer) {
    Introduce(peer);
    Sync(peer, fmt::format("PSYNC {} 1501", kMine.view()));
    ASSERT_EQ(set_.Find(peer)->state, PeerState::kOnline);
  }
  bool Logged(std::string_view text) { return std::ranges::find(log_, text) != log_.end(); }
  // The forty characters between "$EOF:" and the line end.
  static std::string MarkIn(const Lines& lines) {
    for (const std::string& line : lines) {
      size_t at = line.find("$EOF:");
      if (at != std::string::npos) return line.substr(at + 5, 40);
    }
    return "(no mark)";
  }

  Config config_;
  History history_{kMine};
  Facts facts_;
  int64_t now_ms_ = 1'000'000;
  bool primary_ = true;
  ReplicaSet set_{7, now_ms_};
  Lines log_;
  Lines replconf_deeds_;
  std::string reply_;
};

// ---- REPLCONF ----

TEST_F(ReplicaSetTest, ReplconfReplies) {
  EXPECT_EQ(Replconf(kA, "listening-port 6380"), "+OK");
  EXPECT_EQ(Replconf(kA, "LISTENING-PORT 6381 capa eof CAPA psync2 capa future ip-address host.example"), "+OK");
  EXPECT_EQ(Replconf(kA, "version 8.0.1"), "+OK");
  EXPECT_EQ(Replconf(kA, "listening-port"), "-ERR syntax error");
  EXPECT_EQ(Replconf(kA, "listening-port x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Replconf(kA, "rdb-only 2"), "-ERR value is out of range, value must between 0 and 1");
  EXPECT_EQ(Replconf(kA, "rdb-only x"), "-ERR value is not an integer or out of range");
  EXPECT_EQ(Replconf(kA, "foo bar"), "-ERR Unrecognized REPLCONF option: foo");
  EXPECT_EQ(Replconf(kA, "rdb-filter-only keys"), "-ERR Unsupported rdb-filter-only option: keys");
  EXPECT_EQ(Replconf(kA, "ip-address " + std::string(256, 'x')),
            "-ERR REPLCONF ip-address provided by replica instance is too long: 256 bytes");
  const ReplicaPeer* peer = set_.Find(kA);
  EXPECT_EQ(peer->listening_port, 6381);
  EXPECT_TRUE(peer->can_eof);
  EXPECT_TRUE(peer->can_psync2);
  EXPECT_EQ(peer->version, "8.0.1");
  EXPECT_EQ(peer->Name(), "host.example:6381");
  EXPECT_EQ(Replconf(kA, "ack 5"), "(nothing)") << "of no replica";
  EXPECT_EQ(peer->acked.value, 0);
  EXPECT_EQ(Replconf(kA, "getack *"), "(nothing)");
}

TEST_F(ReplicaSetTest, Names) {
  ReplicaPeer peer;
  peer.id = PeerId(9);
  EXPECT_EQ(peer.Name(), "client id #9");
  peer.socket_ip = "10.0.0.1";
  EXPECT_EQ(peer.Name(), "10.0.0.1:<unknown-replica-port>");
  peer.listening_port = 6380;
  EXPECT_EQ(peer.Name(), "10.0.0.1:6380");
  peer.announced_ip = "::1";
  EXPECT_EQ(peer.Name(), "[::1]:6380");
}

TEST_F(ReplicaSetTest, AcknowledgementsOnlyRise) {
  PutOnline(kA);
  EXPECT_EQ(Replconf(kA, "ACK 1600 FACK 1550"), "(nothing)");
  EXPECT_EQ(Replconf(kA, "ACK 1590 FACK 1540"), "(nothing)");
  EXPECT_EQ(Replconf(kA, "ACK junk"), "(nothing)");
  EXPECT_EQ(Replconf(kA, "ACK 1601 FACK junk"), "(nothing)");
  EXPECT_EQ(set_.Find(kA)->acked.value, 1601);
  EXPECT_EQ(set_.Find(kA)->fsynced.value, 1550);
}

// ---- Partial synchronisation ----

TEST_F(ReplicaSetTest, Continues) {
  Introduce(kA);
  EXPECT_EQ(Sync(kA, fmt::format("PSYNC {} 1501", kMine.view())),
            Lines({"peer 1 <- +CONTINUE " + kMine.str() + "\\r\\n", "peer 1 holds 1500", "peer 1 streams"}));
  EXPECT_EQ(log_, Lines({"Replica 10.0.0.1:6381 asks for synchronization",
                         "Partial resynchronization request from 10.0.0.1:6381 accepted. Sending 500 bytes of backlog "
                         "starting from offset 1501."}));
  EXPECT_EQ(reply_, "(nothing)");
  EXPECT_EQ(set_.counts().partial_ok, 1);
  EXPECT_EQ(Sync(kA), Lines()) << "a replica need not ask twice";
  EXPECT_EQ(set_.replica_count(), 1u);
}

TEST_F(ReplicaSetTest, AnOldReplicaIsNotToldTheName) {
  EXPECT_EQ(Sync(kA, fmt::format("psync {} 2001", kMine.view())).at(0), "peer 1 <- +CONTINUE\\r\\n");
}

TEST_F(ReplicaSetTest, RefusedPartialsAreCounted) {
  config_.diskless_sync = false;
  Sync(kA, "PSYNC ? -1");
  EXPECT_EQ(set_.counts().partial_err, 0);
  Sync(kB, fmt::format("PSYNC {} 5", kMine.view()));
  EXPECT_EQ(set_.counts().partial_err, 1);
  EXPECT_EQ(set_.counts().full, 2);
}

TEST_F(ReplicaSetTest, AWrongOffset) {
  Sync(kA, "PSYNC x offset_str");
  EXPECT_EQ(reply_, "-ERR value is not an integer or out of range");
  EXPECT_TRUE(Logged("Replica 10.0.0.1:<unknown-replica-port> asks for synchronization but with a wrong offset"));
  EXPECT_EQ(set_.replica_count(), 0u);
}

// ---- Whole copies through a file ----

TEST_F(ReplicaSetTest, AWholeCopyThroughAFile) {
  config_.diskless_sync = false;
  Introduce(kA);
  EXPECT_EQ(Sync(kA), Lines({"snapshot 1 to file"}));
  EXPECT_TRUE(Logged("Full resync requested by replica 10.0.0.1:6381"));
  EXPECT_TRUE(Logged("Starting BGSAVE for SYNC with target: disk"));
  EXPECT_EQ(Started(1, 2000), Lines({"peer 1 holds 2000", "peer 1 <- " + kFull + " 2000\\r\\n"}));
  EXPECT_EQ(PeerStateName(set_.Find(kA)->state), "wait_bgsave");
  EXPECT_EQ(Ended(1, true, 555), Lines({"peer 1 <- $555\\r\\n", "snapshot 1 file to peer 1"}));
  EXPECT_EQ(PeerStateName(set_.Find(kA)->state), "send_bulk");
  EXPECT_EQ(Run(set_.OnSnapshotFileSent(kA, Now())), Lines({"peer 1 streams"}));
  EXPECT_EQ(PeerStateName(set_.Find(kA)->state), "online");
  EXPECT_TRUE(Logged("Synchronization with replica 10.0.0.1:6381 succeeded"));
  EXPECT_EQ(set_.counts().full, 1);
  EXPECT_FALSE(set_.snapshot_running());
}

TEST_F(ReplicaSetTest, TwoShareAFileAndOneComesLate) {
  config_.diskless_sync = false;
  Introduce(kA);
  Introduce(kB);
  Introduce(kC);
  Sync(kA);
  EXPECT_EQ(Sync(kB), Lines()) << "the cut was not made yet";
  EXPECT_EQ(Started(1, 2000).size(), 4u);
  facts_.log_end = Offset(2500);
  EXPECT_EQ(Sync(kC), Lines({"peer 3 holds 2000", "peer 3 <- " + kFull + " 2000\\r\\n"}));
  EXPECT_TRUE(Logged("Waiting for end of BGSAVE for SYNC"));
  EXPECT_EQ(Ended(1, true, 9).size(), 6u);
}

TEST_F(ReplicaSetTest, AFilteredSnapshotIsNotForEverybody) {
  Introduce(kA);
  Introduce(kB);
  auto answer = set_.OnReplconf(kA, Ip(kA), std::vector<std::string_view>{"rdb-filter-only", "functions"}, Now());
  EXPECT_EQ(answer.result.reply, "+OK");
  config_.diskless_sync = false;
  EXPECT_EQ(Sync(kA), Lines({"snapshot 1 to sockets -data"})) << "a filtered one must not replace the file";
  EXPECT_EQ(Sync(kB), Lines());
  EXPECT_TRUE(Logged("Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC"));
  EXPECT_EQ(Started(1, 2000).size(), 3u);
  Lines after = Ended(1, true, 0);
  EXPECT_EQ(after.back(), "snapshot 2 to file");
  // A filter needs the form with a mark.
  auto other = set_.OnReplconf(kC, Ip(kC), std::vector<std::string_view>{"rdb-filter-only", ""}, Now());
  EXPECT_EQ(other.result.reply, "+OK");
  Sync(kC);
  EXPECT_EQ(reply_, "-ERR Filtered replica requires EOF capability");
}

TEST_F(ReplicaSetTest, AnotherSnapshotIsInTheWay) {
  config_.diskless_sync = false;
  Introduce(kA);
  facts_.other_work = OtherWork::kSave;
  EXPECT_EQ(Sync(kA), Lines());
  EXPECT_TRUE(Logged("Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC"));
  Tick(100);
  EXPECT_FALSE(set_.snapshot_running());
  facts_.other_work = OtherWork::kNone;
  EXPECT_EQ(Tick(100), Lines({"snapshot 1 to file"}));
  Introduce(kB);
  Started(1, 2000);
  Ended(1, true, 1);
  facts_.other_work = OtherWork::kRewrite;
  EXPECT_EQ(Sync(kB), Lines());
  EXPECT_TRUE(Logged("No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed"));
}

TEST_F(ReplicaSetTest, ASnapshotThatCannotStart) {
  config_.diskless_sync = false;
  Introduce(kA);
  Sync(kA);
  EXPECT_EQ(Run(set_.OnSnapshotRefused(SnapshotId(1), "Can't save in background: no disk", Now())),
            Lines({"peer 1 <- -ERR BGSAVE failed, replication can't continue\\r\\n", "peer 1 closes after the reply"}));
  EXPECT_TRUE(Logged("BGSAVE for replication failed"));
  EXPECT_EQ(set_.replica_count(), 0u);
}

TEST_F(ReplicaSetTest, ASnapshotThatFails) {
  config_.diskless_sync = false;
  Introduce(kA);
  Sync(kA);
  Started(1, 2000);
  Introduce(kB);
  Run(set_.OnClosed(kA, Now()));
  Sync(kB);
  EXPECT_EQ(Ended(1, false, 0), Lines({"snapshot 2 to file"})) << "B waits for the next one";
  Started(2, 2000);
  EXPECT_EQ(Ended(2, false, 0), Lines({"peer 2 closes"}));
  EXPECT_TRUE(Logged("SYNC failed. BGSAVE child returned an error"));
}

TEST_F(ReplicaSetTest, AFileNobodyWaitsForIsAbortedUnlessItIsWantedAnyway) {
  config_.diskless_sync = false;
  for (bool save_points : {false, true}) {
    facts_.has_save_points = save_points;
    Introduce(kA);
    Sync(kA);
    uint64_t id = save_points ? 2 : 1;
    Started(id, 2000);
    Lines expected = save_points ? Lines() : Lines({"snapshot 1 aborts"});
    EXPECT_EQ(Run(set_.OnClosed(kA, Now())), expected);
    EXPECT_EQ(Ended(id, save_points, 3), Lines());
  }
}

TEST_F(ReplicaSetTest, NewDataAbortsEverySnapshot) {
  config_.diskless_sync = false;
  facts_.has_save_points = true;
  Introduce(kA);
  Sync(kA);
  EXPECT_EQ(Run(set_.CloseAllForNewData(Now())), Lines({"peer 1 closes", "snapshot 1 aborts"}));
  Introduce(kB);
  EXPECT_EQ(Sync(kB), Lines());
  EXPECT_TRUE(Logged("Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC"));
  EXPECT_EQ(Started(1, 2000), Lines()) << "it was asked for before the data went";
  EXPECT_EQ(Ended(1, false, 0), Lines({"snapshot 2 to file"}));
}

// ---- Whole copies straight to sockets ----

TEST_F(ReplicaSetTest, DisklessWaitsForACrowd) {
  Tick(0);
  Introduce(kA);
  EXPECT_EQ(Sync(kA), Lines());
  EXPECT_TRUE(Logged("Delay next BGSAVE for diskless SYNC"));
  now_ms_ += 3000;
  Introduce(kB);
  Sync(kB);
  EXPECT_EQ(Tick(1900), Lines({"peer 1 <- \\n", "peer 2 <- \\n"}));
  EXPECT_EQ(Tick(100), Lines({"snapshot 1 to sockets"}));
  EXPECT_TRUE(Logged("Starting BGSAVE for SYNC with target: replicas sockets"));
  Lines started = Started(1, 2000);
  EXPECT_TRUE(Logged("Background RDB transfer started by pid 42"));
  std::string mark = MarkIn(started);
  EXPECT_EQ(started, Lines({"peer 1 holds 2000", "peer 1 <- " + kFull + " 2000\\r\\n$EOF:" + mark + "\\r\\n",
                            "snapshot 1 goes to peer 1", "peer 2 holds 2000",
                            "peer 2 <- " + kFull + " 2000\\r\\n$EOF:" + mark + "\\r\\n", "snapshot 1 goes to peer 2"}));
  EXPECT_EQ(Tick(1000), Lines()) << "no newline into a snapshot";
  EXPECT_EQ(Ended(1, true, 0), Lines({"peer 1 <- " + mark, "peer 2 <- " + mark}));
  EXPECT_TRUE(Logged("Diskless rdb transfer, done reading from pipe, 2 replicas still up."));
  EXPECT_TRUE(
      Logged("Streamed RDB transfer with replica 10.0.0.1:6381 succeeded (socket). Waiting for REPLCONF ACK from "
             "replica to enable streaming"));
  EXPECT_EQ(set_.Find(kA)->state, PeerState::kOnline);
  EXPECT_EQ(Replconf(kA, "ACK 2000"), "(nothing)");
  EXPECT_EQ(replconf_deeds_, Lines({"peer 1 streams"}));
  EXPECT_EQ(Replconf(kA, "ACK 2000"), "(nothing)");
  EXPECT_EQ(replconf_deeds_, Lines());
}

TEST_F(ReplicaSetTest, DisklessDoesNotWaitWhenTheCrowdIsThere) {
  config_.diskless_sync_max_replicas = 2;
  Introduce(kA);
  Sync(kA);
  Tick(100);
  EXPECT_FALSE(set_.snapshot_running());
  Introduce(kB);
  Sync(kB);
  EXPECT_EQ(Tick(100), Lines({"snapshot 1 to sockets"}));
}

TEST_F(ReplicaSetTest, DisklessWithoutDelayStartsAtOnce) {
  config_.diskless_sync_delay_s = 0;
  Introduce(kA);
  EXPECT_EQ(Sync(kA), Lines({"snapshot 1 to sockets"}));
}

TEST_F(ReplicaSetTest, OneThatDoesNotKnowTheMarkMakesItAFile) {
  Introduce(kA);
  Sync(kA);
  Replconf(kB, "listening-port 1");
  EXPECT_EQ(Sync(kB), Lines({"snapshot 1 to file"}));
  EXPECT_EQ(Started(1, 2000).size(), 4u) << "the first one shares it";
}

TEST_F(ReplicaSetTest, OneThatCameTooLateForTheMarkWaits) {
  config_.diskless_sync_delay_s = 0;
  Introduce(kA);
  Sync(kA);
  Sync(kB, "SYNC");
  Lines started = Started(1, 2000);
  EXPECT_EQ(started.size(), 3u);
  EXPECT_EQ(set_.Find(kB)->state, PeerState::kWaitStart);
}

TEST_F(ReplicaSetTest, TheLastSocketThatDropsEndsTheSnapshot) {
  config_.diskless_sync_delay_s = 0;
  Introduce(kA);
  Introduce(kB);
  Sync(kA);
  Started(1, 2000);
  Sync(kB);
  EXPECT_EQ(Run(set_.OnClosed(kA, Now())), Lines({"snapshot 1 aborts"}));
  EXPECT_TRUE(Logged("Diskless rdb transfer, last replica dropped, killing fork child."));
  EXPECT_TRUE(Logged("Connection with replica 10.0.0.1:6381 lost."));
  EXPECT_EQ(Ended(1, false, 0), Lines({"snapshot 2 to sockets"}));
}

TEST_F(ReplicaSetTest, OneThatLeavesBeforeTheCut) {
  config_.diskless_sync_delay_s = 0;
  Introduce(kA);
  Sync(kA);
  EXPECT_EQ(Run(set_.OnClosed(kA, Now())), Lines());
  EXPECT_EQ(Started(1, 2000), Lines({"snapshot 1 aborts"}));
}

TEST_F(ReplicaSetTest, ASocketThatIsStuckIsDropped) {
  config_.diskless_sync_delay_s = 0;
  config_.ping_replica_period_s = 1'000'000;
  Introduce(kA);
  Sync(kA);
  Started(1, 2000);
  Tick(1000);
  set_.OnWriteBlocked(kA, true, now_ms_);
  EXPECT_EQ(Tick(60'000), Lines());
  set_.OnWriteBlocked(kA, true, now_ms_);  // some bytes went
  EXPECT_EQ(Tick(60'000), Lines());
  EXPECT_EQ(Tick(1'000), Lines({"peer 1 closes", "snapshot 1 aborts"}));
  EXPECT_TRUE(Logged("Disconnecting timedout replica (full sync): 10.0.0.1:6381"));
}

TEST_F(ReplicaSetTest, OneThatWantsTheSnapshotAlone) {
  config_.diskless_sync_delay_s = 0;
  Introduce(kA);
  EXPECT_EQ(Replconf(kA, "rdb-only 1"), "+OK");
  Sync(kA, "SYNC");
  Lines started = Started(1, 2000);
  std::string mark = MarkIn(started);
  EXPECT_EQ(started, Lines({"peer 1 <- $EOF:" + mark + "\\r\\n", "snapshot 1 goes to peer 1"}));
  EXPECT_EQ(Ended(1, true, 0), Lines({"peer 1 <- " + mark, "peer 1 closes after the reply"}));
  EXPECT_TRUE(Logged("RDB transfer completed, rdb only replica (10.0.0.1:6381) should be disconnected asap"));
}

TEST_F(ReplicaSetTest, PlainSync) {
  config_.diskless_sync = false;
  Sync(kA, "SYNC");
  EXPECT_EQ(Started(1, 2000), Lines({"peer 1 holds 2000"})) << "no +FULLRESYNC for SYNC";
  EXPECT_EQ(Ended(1, true, 4), Lines({"peer 1 <- $4\\r\\n", "snapshot 1 file to peer 1"}));
  EXPECT_EQ(Run(set_.OnSnapshotFileSent(kA, Now())), Lines({"peer 1 streams"}));
  EXPECT_EQ(Tick(1'000'000), Lines({"append PING"})) << "it acknowledges nothing and is not timed out";
  EXPECT_EQ(set_.replica_count(), 1u);
}

// ---- The backlog ----

TEST_F(ReplicaSetTest, TheFirstReplicaBeginsANewHistory) {
  facts_.has_backlog = false;
  config_.diskless_sync = false;
  Introduce(kA);
  EXPECT_EQ(Sync(kA, fmt::format("PSYNC {} 1501", kMine.view())),
            Lines({"history new", "backlog on", "snapshot 1 to file"}));
  EXPECT_NE(history_.id(), kMine);
  EXPECT_TRUE(Logged("Replication backlog created, my new replication IDs are '" + history_.id().str() + "' and '" +
                     std::string(40, '0') + "'"));
  EXPECT_EQ(Started(1, 2000).at(1), "peer 1 <- +FULLRESYNC " + history_.id().str() + " 2000\\r\\n");
}

TEST_F(ReplicaSetTest, TheBacklogGoesWhenNobodyCameForLong) {
  config_.backlog_ttl_s = 10;
  PutOnline(kA);
  Tick(20'000);
  Run(set_.OnClosed(kA, Now()));
  EXPECT_EQ(Tick(10'000), Lines());
  primary_ = false;
  EXPECT_EQ(Tick(1'000), Lines()) << "a replica keeps it, it may be promoted";
  primary_ = true;
  EXPECT_EQ(Tick(1'000), Lines({"history new", "backlog off"}));
  EXPECT_TRUE(Logged("Replication backlog freed after 10 seconds without connected replicas."));
  EXPECT_NE(history_.id(), kMine);
  EXPECT_EQ(Tick(100'000), Lines());
}

TEST_F(ReplicaSetTest, ABacklogForEver) {
  config_.backlog_ttl_s = 0;
  EXPECT_EQ(Tick(1'000'000'000), Lines());
}

// ---- Time ----

TEST_F(ReplicaSetTest, PingsInTheirPeriod) {
  PutOnline(kA);
  EXPECT_EQ(Tick(0), Lines({"append PING"}));
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(Tick(1000), Lines()) << i;
    Replconf(kA, "ACK 2000");
  }
  EXPECT_EQ(Tick(1000), Lines({"append PING"}));
  config_.ping_replica_period_s = 1;
  EXPECT_EQ(Tick(1000), Lines({"append PING"}));
  facts_.stream_paused = true;
  EXPECT_EQ(Tick(1000), Lines());
  facts_.stream_paused = false;
  primary_ = false;
  EXPECT_EQ(Tick(1000), Lines());
}

TEST_F(ReplicaSetTest, ASilentReplicaIsDropped) {
  config_.ping_replica_period_s = 1'000'000;
  PutOnline(kA);
  Tick(0);
  EXPECT_EQ(Tick(59'000), Lines());
  Replconf(kA, "ACK 1500");
  EXPECT_EQ(Tick(59'000), Lines());
  set_.OnNewline(kA, now_ms_);  // it loads
  EXPECT_EQ(Tick(60'000), Lines());
  EXPECT_EQ(Tick(1'000), Lines({"peer 1 closes"}));
  EXPECT_TRUE(Logged("Disconnecting timedout replica (streaming sync): 10.0.0.1:6381"));
}

TEST_F(ReplicaSetTest, AskingForAcknowledgements) {
  EXPECT_EQ(Run(set_.RequestAcks(Now())), Lines()) << "nobody to ask";
  PutOnline(kA);
  Tick(0);
  EXPECT_EQ(Run(set_.RequestAcks(Now())), Lines({"append REPLCONF GETACK *"}));
  facts_.stream_paused = true;
  EXPECT_EQ(Run(set_.RequestAcks(Now())), Lines());
  EXPECT_EQ(Tick(100), Lines());
  facts_.stream_paused = false;
  EXPECT_EQ(Tick(100), Lines({"append REPLCONF GETACK *"}));
  EXPECT_EQ(Tick(100), Lines());
}

// ---- Questions ----

TEST_F(ReplicaSetTest, CountsForWaitAndFriends) {
  config_.min_replicas_to_write = 2;
  PutOnline(kA);
  PutOnline(kB);
  config_.diskless_sync = false;
  Introduce(kC);
  Sync(kC);
  Replconf(kC, "ACK 2000 FACK 2000");
  EXPECT_EQ(set_.CountAcked(Offset(0)), 2) << "C is not online";
  Replconf(kA, "ACK 2000 FACK 1900");
  Replconf(kB, "ACK 1800");
  EXPECT_EQ(set_.CountAcked(Offset(1800)), 2);
  EXPECT_EQ(set_.CountAcked(Offset(1801)), 1);
  EXPECT_EQ(set_.CountAcked(Offset(2001)), 0);
  EXPECT_EQ(set_.CountFsynced(Offset(1900)), 1);
  EXPECT_EQ(set_.CountFsynced(Offset(1901)), 0);
  EXPECT_TRUE(set_.EnoughGood(Now()));
  now_ms_ += 10'900;
  Replconf(kA, "ACK 2000");
  EXPECT_TRUE(set_.EnoughGood(Now())) << "lag is counted in whole seconds";
  now_ms_ += 100;
  EXPECT_EQ(set_.CountGood(Now()), 1);
  EXPECT_FALSE(set_.EnoughGood(Now()));
  config_.min_replicas_max_lag_s = 0;
  EXPECT_TRUE(set_.EnoughGood(Now()));
}

TEST_F(ReplicaSetTest, WhatAShutdownSays) {
  EXPECT_TRUE(set_.AllAcked(Offset(2000)));
  EXPECT_TRUE(set_.DescribeLagging(Now()).empty());
  PutOnline(kA);
  PutOnline(kB);
  Replconf(kA, "ACK 2000");
  Replconf(kB, "ACK 1900");
  EXPECT_FALSE(set_.AllAcked(Offset(2000)));
  now_ms_ += 3000;
  std::vector<LogLine> lines = set_.DescribeLagging(Now());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].text, "Lagging replica 10.0.0.2:6382 reported offset 100 behind master, lag=3, state=online.");
  EXPECT_EQ(lines[1].text, "1 of 2 replicas are in sync when shutting down.");
}

TEST_F(ReplicaSetTest, LookingUp) {
  PutOnline(kA);
  EXPECT_EQ(set_.FindByAddress("10.0.0.1", 6381), set_.Find(kA));
  EXPECT_EQ(set_.FindByAddress("10.0.0.1", 6382), nullptr);
  EXPECT_EQ(set_.Find(kB), nullptr);
  EXPECT_EQ(Run(set_.CloseAll(Now())), Lines({"peer 1 closes"}));
  EXPECT_EQ(set_.Find(kA), nullptr);
}

TEST_F(ReplicaSetTest, AnswersAboutWhatIsGoneAreIgnored) {
  EXPECT_EQ(Started(9, 0), Lines());
  EXPECT_EQ(Ended(9, true, 0), Lines());
  EXPECT_EQ(Run(set_.OnSnapshotRefused(SnapshotId(9), "x", Now())), Lines());
  EXPECT_EQ(Run(set_.OnSnapshotFileSent(kA, Now())), Lines());
  EXPECT_EQ(Run(set_.OnClosed(kA, Now())), Lines());
  set_.OnNewline(kA, now_ms_);
  set_.OnWriteBlocked(kA, true, now_ms_);
}

}  // namespace
}  // namespace dunlin::replication
