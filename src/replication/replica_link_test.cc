#include "replication/replica_link.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "replication/effect_words.h"

namespace dunlin::replication {
namespace {

using Lines = std::vector<std::string>;

const ReplicationId kMine = *ReplicationId::Parse(std::string(40, 'm'));
const ReplicationId kTheirs = *ReplicationId::Parse(std::string(40, 't'));
const std::string kMark = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

// A link and a server that does what it is told, with the history applied as a Node would.
class ReplicaLinkTest : public ::testing::Test {
 protected:
  Situation Now() { return {config_, history_, facts_, now_ms_}; }

  // Carries out what changes the situation, and remembers the log.
  Lines Run(Effects effects) {
    for (const std::string& line : Logs(effects)) log_.push_back(line);
    for (const Effect& effect : effects) {
      if (const auto* change = std::get_if<HistoryChange>(&effect)) {
        HistoryChange applied = *change;
        if (applied.id.empty()) applied.id = *ReplicationId::Parse(std::string(40, 'n'));
        history_.Apply(applied);
      }
      if (const auto* restart = std::get_if<RestartLog>(&effect)) facts_.log_end = restart->offset;
      if (std::holds_alternative<CreateBacklog>(effect)) facts_.has_backlog = true;
    }
    return Deeds(effects);
  }
  Lines Start(bool failover = false) { return Run(link_.Start({"10.0.0.1", 6379}, failover, Now())); }
  Lines Connected() { return Run(link_.Connected(Now())); }
  Lines Receive(std::string_view bytes) {
    buffer_ += bytes;
    std::string offered = buffer_;
    auto received = link_.Receive(offered, Now());
    Lines lines = Run(std::move(received.effects));
    buffer_.erase(0, received.consumed);
    return lines;
  }
  Lines Tick(int64_t after_ms) {
    now_ms_ += after_ms;
    return Run(link_.Tick(Now()));
  }
  bool Logged(std::string_view text) {
    for (const std::string& line : log_) {
      if (line == text) return true;
    }
    return false;
  }
  // Up to the PSYNC, whose effects are returned.
  Lines UpToPsync(bool failover = false) {
    Start(failover);
    Connected();
    Receive("+PONG\r\n");
    return Receive("+OK\r\n+OK\r\n");
  }
  void UpToStream(int64_t offset = 100) {
    UpToPsync();
    Receive(fmt::format("+FULLRESYNC {} {}\r\n$3\r\nrdb", kTheirs.view(), offset));
    Run(link_.RdbLoaded(true, Now()));
    log_.clear();
  }

  Config config_;
  History history_{kMine};
  Facts facts_;
  int64_t now_ms_ = 1'000'000;
  ReplicaLink link_;
  std::string buffer_;
  Lines log_;
};

TEST_F(ReplicaLinkTest, AWholeCopyWithALength) {
  EXPECT_EQ(Start(), Lines({"connect 10.0.0.1:6379"}));
  EXPECT_EQ(log_, Lines({"Connecting to MASTER 10.0.0.1:6379", "MASTER <-> REPLICA sync started"}));
  EXPECT_EQ(Connected(), Lines({"send PING"}));
  EXPECT_EQ(Receive("+PONG\r\n"), Lines({"send REPLCONF listening-port 6379; REPLCONF capa eof capa psync2"}));
  EXPECT_EQ(Receive("+OK\r\n"), Lines());
  EXPECT_EQ(Receive("+OK\r\n"), Lines({"send PSYNC ? -1"}));
  log_.clear();
  EXPECT_EQ(Receive("\n\n"), Lines());
  EXPECT_EQ(Receive("+FULLRESYNC " + kTheirs.str() + " 4711\r\n"), Lines());
  EXPECT_EQ(LinkStateName(link_.state()), "sync");
  EXPECT_EQ(Receive("\n"), Lines());
  EXPECT_EQ(Receive("$10\r\nREDIS"), Lines({"rdb-begin file 10", "rdb REDIS"}));
  LinkView view = link_.View(Now());
  EXPECT_TRUE(view.sync_in_progress);
  EXPECT_EQ(view.transfer_total_bytes, 10);
  EXPECT_EQ(view.transfer_read_bytes, 5);
  EXPECT_EQ(Receive("00011*1\r\n$4\r\nPING\r\n"), Lines({"rdb 00011", "rdb-end", "history data-lost", "load-file"}));
  EXPECT_FALSE(link_.wants_bytes());
  EXPECT_EQ(Receive("*1\r\n"), Lines()) << "while loading nothing is consumed";
  EXPECT_EQ(log_,
            Lines({"Full resync from master: " + kTheirs.str() + ":4711",
                   "MASTER <-> REPLICA sync: receiving 10 bytes from master to disk",
                   "MASTER <-> REPLICA sync: Flushing old data", "MASTER <-> REPLICA sync: Loading DB in memory"}));
  EXPECT_EQ(Run(link_.RdbLoaded(true, Now())),
            Lines({"history full tttt:4711", "log at 4711", "backlog on", "link up"}));
  EXPECT_EQ(log_.back(), "MASTER <-> REPLICA sync: Finished with success");
  EXPECT_EQ(history_.id(), kTheirs);
  EXPECT_TRUE(history_.resumable());
  EXPECT_TRUE(link_.View(Now()).up);
  EXPECT_EQ(Receive("$4\r\nPING\r\n"), Lines({"stream PING; PING"}));
  EXPECT_EQ(link_.View(Now()).read_offset.value, 4711 + 28);
}

TEST_F(ReplicaLinkTest, AWholeCopyWithAMarkIsAcknowledgedAtOnce) {
  UpToPsync();
  EXPECT_EQ(Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$EOF:" + kMark + "\r\nREDIS" + kMark.substr(0, 30)),
            Lines({"rdb-begin file marked", "rdb REDIS"}));
  EXPECT_EQ(buffer_.size(), 30u) << "what may be the mark stays outside";
  EXPECT_EQ(Receive(kMark.substr(30)), Lines({"rdb-end", "history data-lost", "load-file"}));
  EXPECT_EQ(Run(link_.RdbLoaded(true, Now())),
            Lines({"history full tttt:7", "log at 7", "backlog on", "link up", "send REPLCONF ACK 7"}));
  EXPECT_TRUE(Logged("MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to disk"));
}

TEST_F(ReplicaLinkTest, LoadedWhileItArrives) {
  config_.diskless_load = DisklessLoad::kWhenDbEmpty;
  UpToPsync();
  EXPECT_EQ(Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$4\r\n"),
            Lines({"history data-lost", "rdb-begin parser 4"}));
  EXPECT_TRUE(Logged("MASTER <-> REPLICA sync: receiving 4 bytes from master to parser"));
  EXPECT_EQ(Tick(1000), Lines({"send \\n"}));
  EXPECT_EQ(Receive("rdb!"), Lines({"rdb rdb!", "rdb-end"}));
  EXPECT_EQ(Run(link_.RdbLoaded(true, Now())), Lines({"history full tttt:7", "log at 7", "backlog on", "link up"}));
}

TEST_F(ReplicaLinkTest, ADatasetThatIsNotEmptyGoesThroughAFile) {
  config_.diskless_load = DisklessLoad::kWhenDbEmpty;
  facts_.dataset_empty = false;
  UpToPsync();
  EXPECT_EQ(Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$4\r\n"), Lines({"rdb-begin file 4"}));
}

TEST_F(ReplicaLinkTest, LoadedBesideTheOldData) {
  config_.diskless_load = DisklessLoad::kSwapDb;
  history_.Apply({HistoryChange::Kind::kFullSync, kTheirs, Offset(5)});
  UpToPsync();
  EXPECT_EQ(Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$4\r\nrdb!"),
            Lines({"rdb-begin swap 4 async", "rdb rdb!", "rdb-end"}));
  EXPECT_EQ(Run(link_.RdbLoaded(true, Now())),
            Lines({"history data-lost", "swap-dataset", "history full tttt:7", "log at 7", "backlog on", "link up"}));
  EXPECT_TRUE(Logged("MASTER <-> REPLICA sync: Swapping active DB with loaded DB"));
}

TEST_F(ReplicaLinkTest, ABadSnapshotBesideTheOldDataLosesNothing) {
  config_.diskless_load = DisklessLoad::kSwapDb;
  history_.Demote();
  UpToPsync();
  Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$4\r\nrd");
  now_ms_ += 500;
  EXPECT_EQ(Run(link_.RdbLoaded(false, Now())), Lines({"abandon-rdb", "disconnect", "connect 10.0.0.1:6379"}));
  EXPECT_EQ(history_.id(), kMine);
  EXPECT_TRUE(history_.resumable());
}

TEST_F(ReplicaLinkTest, ASnapshotThatDoesNotLoadIsAskedForAgain) {
  UpToPsync();
  Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$3\r\nbad");
  now_ms_ += 500;
  EXPECT_EQ(Run(link_.RdbLoaded(false, Now())), Lines({"abandon-rdb", "disconnect", "connect 10.0.0.1:6379"}));
  EXPECT_TRUE(Logged("Failed trying to load the MASTER synchronization DB from disk, check server logs."));
  EXPECT_TRUE(Logged("Reconnecting to MASTER 10.0.0.1:6379 after failure"));
  EXPECT_FALSE(history_.resumable());
  EXPECT_EQ(Run(link_.RdbLoaded(true, Now())), Lines()) << "an answer that comes too late is nobody's";
}

TEST_F(ReplicaLinkTest, AnEmptyTransferEndsAtOnce) {
  UpToPsync();
  EXPECT_EQ(Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$0\r\n"),
            Lines({"rdb-begin file 0", "rdb-end", "history data-lost", "load-file"}));
}

TEST_F(ReplicaLinkTest, ContinuesWhereItWas) {
  UpToStream(100);
  facts_.log_end = Offset(150);
  now_ms_ += 5000;
  EXPECT_EQ(Run(link_.Closed("connection lost", Now())), Lines({"disconnect", "link down", "connect 10.0.0.1:6379"}));
  EXPECT_EQ(log_, Lines({"Connection with master lost.", "Caching the disconnected master state.",
                         "Reconnecting to MASTER 10.0.0.1:6379", "MASTER <-> REPLICA sync started"}));
  EXPECT_EQ(link_.View(Now()).down_since_ms, now_ms_);
  Connected();
  Receive("+PONG\r\n");
  log_.clear();
  EXPECT_EQ(Receive("+OK\r\n+OK\r\n"), Lines({"send PSYNC " + kTheirs.str() + " 151"}));
  EXPECT_EQ(Receive("+CONTINUE\r\n*1\r\n$4\r\nPING\r\n"), Lines({"link up", "stream PING"}));
  EXPECT_EQ(log_, Lines({"Trying a partial resynchronization (request " + kTheirs.str() + ":151).",
                         "Successful partial resynchronization with master.",
                         "MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization."}));
  EXPECT_EQ(link_.View(Now()).down_since_ms, -1);
}

TEST_F(ReplicaLinkTest, ThePrimaryHasANewName) {
  history_.Demote();
  facts_.log_end = Offset(150);
  EXPECT_EQ(UpToPsync(), Lines({"send PSYNC " + kMine.str() + " 151"}));
  EXPECT_EQ(Receive("+CONTINUE " + kTheirs.str() + "\r\n"),
            Lines({"history renamed tttt:150", "close replicas", "backlog on", "link up"}));
  EXPECT_TRUE(Logged("Master replication ID changed to " + kTheirs.str()));
  EXPECT_EQ(history_.id(), kTheirs);
  EXPECT_EQ(history_.previous_id(), kMine);
  EXPECT_EQ(history_.second_offset(), 151);
}

TEST_F(ReplicaLinkTest, AuthAndWhatIsAnnounced) {
  config_.primary_user = "repl";
  config_.primary_auth = "secret";
  config_.announce_ip = "192.0.2.1";
  config_.announce_port = 7000;
  config_.announce_version = "7.2.4";
  Start();
  Connected();
  EXPECT_EQ(Receive("-NOAUTH Authentication required.\r\n"),
            Lines({"send AUTH repl secret; REPLCONF listening-port 7000; REPLCONF ip-address 192.0.2.1; REPLCONF capa "
                   "eof capa psync2; REPLCONF version 7.2.4"}));
  EXPECT_EQ(Receive("+OK\r\n-ERR x\r\n-ERR y\r\n+OK\r\n"), Lines());
  EXPECT_EQ(Receive("-ERR Unrecognized REPLCONF option: version\r\n"), Lines({"send PSYNC ? -1"}));
  EXPECT_TRUE(Logged("(Non critical) Master does not understand REPLCONF listening-port: -ERR x"));
  EXPECT_TRUE(Logged("(Non critical) Master does not understand REPLCONF ip-address: -ERR y"));
}

TEST_F(ReplicaLinkTest, AWrongPasswordWaitsForTheNextSecond) {
  config_.primary_auth = "wrong";
  Start();
  Connected();
  Receive("+PONG\r\n");
  EXPECT_EQ(Receive("-WRONGPASS invalid username-password pair or user is disabled.\r\n"), Lines({"disconnect"}));
  EXPECT_TRUE(Logged("Unable to AUTH to MASTER: -WRONGPASS invalid username-password pair or user is disabled."));
  EXPECT_EQ(Tick(900), Lines());
  EXPECT_EQ(Tick(100), Lines({"connect 10.0.0.1:6379"}));
}

TEST_F(ReplicaLinkTest, RepliesToPing) {
  for (std::string_view fine : {"+PONG", "+whatever", "-NOAUTH x", "-NOPERM x", "-ERR operation not permitted"}) {
    buffer_.clear();
    Start();
    Connected();
    Receive(std::string(fine) + "\r\n");
    EXPECT_EQ(link_.state(), LinkState::kHandshake) << fine;
  }
  for (std::string_view bad : {"-LOADING Redis is loading the dataset in memory", "-ERR no", "", "HTTP/1.1 400"}) {
    buffer_.clear();
    Start();
    Connected();
    EXPECT_EQ(Receive(std::string(bad) + "\r\n"), Lines({"disconnect"})) << bad;
    EXPECT_TRUE(Logged(fmt::format("Error reply to PING from master: '{}'", bad)));
  }
}

TEST_F(ReplicaLinkTest, APrimaryThatCannotNow) {
  for (std::string_view line : {"-NOMASTERLINK Can't SYNC while not connected with my master", "-LOADING x"}) {
    buffer_.clear();
    UpToPsync();
    EXPECT_EQ(Receive(std::string(line) + "\r\n"), Lines({"disconnect"}));
    EXPECT_TRUE(Logged(fmt::format("Master is currently unable to PSYNC but should be in the future: {}", line)));
    EXPECT_EQ(LinkStateName(link_.state()), "connect");
  }
}

TEST_F(ReplicaLinkTest, APrimaryThatKnowsOnlySync) {
  UpToPsync();
  EXPECT_EQ(Receive("-ERR unknown command 'PSYNC'\r\n"), Lines({"send SYNC\\r\\n"}));
  EXPECT_TRUE(Logged("Master does not support PSYNC or is in error state (reply: -ERR unknown command 'PSYNC')"));
  EXPECT_TRUE(Logged("Retrying with SYNC..."));
  EXPECT_EQ(Receive("$3\r\nrdb"), Lines({"rdb-begin file 3", "rdb rdb", "rdb-end", "history data-lost", "load-file"}));
  EXPECT_EQ(Run(link_.RdbLoaded(true, Now())), Lines({"history new", "log at 0", "backlog on", "link up"}));
  EXPECT_EQ(Tick(1000), Lines()) << "such a primary wants no acknowledgements";
  EXPECT_FALSE(history_.resumable());
}

TEST_F(ReplicaLinkTest, APrimaryThatKnowsSyncAndMarksIsAcknowledged) {
  UpToPsync();
  Receive("-ERR unknown command 'PSYNC'\r\n");
  Receive("$EOF:" + kMark + "\r\nrdb" + kMark);
  EXPECT_EQ(Run(link_.RdbLoaded(true, Now())).back(), "send REPLCONF ACK 0");
  EXPECT_EQ(Tick(1000), Lines({"send REPLCONF ACK 0"})) << "the first one may have come too soon";
}

TEST_F(ReplicaLinkTest, APasswordThatIsMissingEndsAtSync) {
  Start();
  Connected();
  Receive("-NOAUTH Authentication required.\r\n");
  Receive("-NOAUTH Authentication required.\r\n-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(Receive("-NOAUTH Authentication required.\r\n"), Lines({"send SYNC\\r\\n"}));
  EXPECT_EQ(Receive("-NOAUTH Authentication required.\r\n"), Lines({"disconnect"}));
  EXPECT_TRUE(Logged("Unexpected reply to PSYNC from master: -NOAUTH Authentication required."));
  EXPECT_TRUE(Logged("MASTER aborted replication with an error: NOAUTH Authentication required."));
}

TEST_F(ReplicaLinkTest, AcknowledgesOnceASecond) {
  UpToStream(100);
  facts_.log_end = Offset(120);
  EXPECT_EQ(Tick(1000), Lines({"send REPLCONF ACK 120"}));
  EXPECT_EQ(Tick(900), Lines());
  facts_.fsynced = Offset(110);
  EXPECT_EQ(Tick(100), Lines({"send REPLCONF ACK 120 FACK 110"}));
  EXPECT_EQ(Run(link_.SendAck(Now())), Lines({"send REPLCONF ACK 120 FACK 110"}));
  Run(link_.Stop(Now()));
  EXPECT_EQ(Run(link_.SendAck(Now())), Lines());
}

TEST_F(ReplicaLinkTest, NewlinesWhileLoading) {
  UpToPsync();
  Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$3\r\nrdb");
  EXPECT_EQ(Tick(100), Lines({"send \\n"}));
  EXPECT_EQ(Tick(900), Lines());
  EXPECT_EQ(Tick(100), Lines({"send \\n"}));
  EXPECT_EQ(Tick(1'000'000), Lines({"send \\n"})) << "loading takes as long as it takes";
}

TEST_F(ReplicaLinkTest, ConnectingTimesOut) {
  Start();
  EXPECT_EQ(Tick(60'000), Lines());
  EXPECT_EQ(Tick(1'000), Lines({"disconnect", "connect 10.0.0.1:6379"}));
  EXPECT_TRUE(Logged("Timeout connecting to the MASTER..."));
}

TEST_F(ReplicaLinkTest, TheHandshakeTimesOutButNewlinesKeepItAlive) {
  UpToPsync();
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Tick(50'000), Lines());
    Receive("\n");
  }
  EXPECT_EQ(Tick(61'000), Lines({"disconnect", "connect 10.0.0.1:6379"}));
}

TEST_F(ReplicaLinkTest, TheTransferTimesOut) {
  UpToPsync();
  Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n");
  Tick(59'000);
  Receive("\n");
  EXPECT_EQ(Tick(59'000), Lines());
  Receive("$30\r\nr");
  EXPECT_EQ(Tick(59'000), Lines());
  Receive("d");
  EXPECT_EQ(Tick(59'000), Lines());
  EXPECT_EQ(Tick(2'000), Lines({"abandon-rdb", "disconnect", "connect 10.0.0.1:6379"}));
  EXPECT_TRUE(
      Logged("Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' "
             "parameter in redis.conf to a larger value."));
}

TEST_F(ReplicaLinkTest, TheStreamTimesOut) {
  UpToStream();
  EXPECT_EQ(Tick(61'000), Lines({"disconnect", "link down", "connect 10.0.0.1:6379"}));
  EXPECT_EQ(log_.at(0), "MASTER timeout: no data nor PING received...");
}

TEST_F(ReplicaLinkTest, ALinkThatBreaksAtOnceIsNotMadeAgainAtOnce) {
  UpToPsync();
  Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$30\r\nr");
  EXPECT_EQ(Run(link_.Closed("connection lost", Now())), Lines({"abandon-rdb", "disconnect"}));
  EXPECT_EQ(Tick(1000), Lines({"connect 10.0.0.1:6379"}));
}

TEST_F(ReplicaLinkTest, ATransferThatBreaksIsBegunAgainAtOnce) {
  UpToPsync();
  Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n$30\r\nr");
  now_ms_ += 200;
  EXPECT_EQ(Run(link_.Closed("connection lost", Now())), Lines({"abandon-rdb", "disconnect", "connect 10.0.0.1:6379"}));
  EXPECT_TRUE(Logged("I/O error trying to sync with MASTER: connection lost"));
}

TEST_F(ReplicaLinkTest, ARefusedConnectionIsTriedOnceASecond) {
  Start();
  EXPECT_EQ(Run(link_.Closed("Connection refused", Now())), Lines({"disconnect"}));
  EXPECT_TRUE(Logged("Error condition on socket for SYNC: Connection refused"));
  EXPECT_EQ(Tick(500), Lines());
  EXPECT_EQ(Tick(500), Lines({"connect 10.0.0.1:6379"}));
}

TEST_F(ReplicaLinkTest, ABrokenStreamIsNotContinued) {
  UpToStream();
  now_ms_ += 1000;
  EXPECT_EQ(Run(link_.StreamBroken(Now())),
            Lines({"history unusable", "disconnect", "link down", "connect 10.0.0.1:6379"}));
  Connected();
  Receive("+PONG\r\n");
  EXPECT_EQ(Receive("+OK\r\n+OK\r\n"), Lines({"send PSYNC ? -1"}));
  EXPECT_TRUE(Logged("Partial resynchronization not possible (no cached master)"));
}

TEST_F(ReplicaLinkTest, GarbageFromALyingPeer) {
  const std::string id = kTheirs.str();
  const std::string full = "+FULLRESYNC " + id + " 7\r\n";
  const Lines lies =

      {"+FULLRESYNC\r\n", "+FULLRESYNC x 7\r\n", "+FULLRESYNC " + id + "\r\n", "+FULLRESYNC " + id + " seven\r\n",
       "+FULLRESYNC " + id + " -7\r\n", "+FULLRESYNC " + id + " 7 8\r\n", "+FULLRESYNCED " + id + " 7\r\n",
       // We had nothing to continue from.
       std::string("+CONTINUE\r\n"), "+CONTINUE " + id + "\r\n",
       // No line end for too long.
       std::string(2000, 'x'), std::string(2000, 'x') + "\r\n",
       // The frame of the snapshot.
       full + "$-1\r\n", full + "$abc\r\n", full + "PING\r\n", full + "$EOF:short\r\n", full + std::string(2000, '$'),
       full + "-ERR BGSAVE failed, replication can't continue\r\n"};
  for (const std::string& bytes : lies) {
    buffer_.clear();
    UpToPsync();
    EXPECT_EQ(Receive(bytes), Lines({"disconnect"})) << bytes;
    EXPECT_EQ(buffer_, "") << "what a dead connection said is not kept";
    EXPECT_EQ(link_.state(), LinkState::kWaiting);
  }
}

TEST_F(ReplicaLinkTest, ANameThatIsNoneIsNotTaken) {
  history_.Demote();
  for (std::string_view line : {"+CONTINUE short\r\n", "+CONTINUED\r\n", "+CONTINUE a b\r\n"}) {
    buffer_.clear();
    UpToPsync();
    EXPECT_EQ(Receive(line), Lines({"disconnect"})) << line;
  }
}

TEST_F(ReplicaLinkTest, ANewPrimaryInTheMiddleOfEverything) {
  const std::string full = "+FULLRESYNC " + kTheirs.str() + " 7\r\n";
  for (const std::string& bytes : {std::string(), std::string("+PONG\r\n"), "+PONG\r\n+OK\r\n+OK\r\n" + full,
                                   "+PONG\r\n+OK\r\n+OK\r\n" + full + "$9\r\nabc"}) {
    buffer_.clear();
    Start();
    Connected();
    Receive(bytes);
    bool transfer = link_.state() == LinkState::kTransfer;
    Lines expected = {"disconnect", "connect 10.0.0.2:6380"};
    if (transfer) expected.insert(expected.begin(), "abandon-rdb");
    EXPECT_EQ(Run(link_.Start({"10.0.0.2", 6380}, false, Now())), expected);
  }
  EXPECT_EQ(Run(link_.Stop(Now())), Lines({"disconnect"}));
  EXPECT_EQ(Run(link_.Stop(Now())), Lines());
  EXPECT_EQ(Tick(5000), Lines());
  EXPECT_EQ(Run(link_.Closed("late", Now())), Lines());
  EXPECT_EQ(Connected(), Lines());
}

TEST_F(ReplicaLinkTest, FailoverIsSaidWithPsyncUntilItIsAnswered) {
  history_.Demote();
  facts_.has_backlog = true;
  EXPECT_EQ(UpToPsync(true), Lines({"send PSYNC " + kMine.str() + " 1 FAILOVER"}));
  EXPECT_EQ(Receive("+CONTINUE " + kTheirs.str() + "\r\n"),
            Lines({"history renamed tttt:0", "close replicas", "link up", "failover accepted"}));
}

TEST_F(ReplicaLinkTest, FailoverRefused) {
  history_.Demote();
  for (std::string_view line : {"-ERR PSYNC FAILOVER replid must match my replid.\r\n", "-NOPERM x\r\n",
                                "-LOADING x\r\n", "+FULLRESYNC bad\r\n"}) {
    buffer_.clear();
    UpToPsync(true);
    EXPECT_EQ(Receive(line), Lines({"disconnect", "failover refused"})) << line;
  }
  buffer_.clear();
  UpToPsync(true);
  EXPECT_EQ(Run(link_.Closed("connection lost", Now())), Lines({"disconnect", "failover refused"}));
  EXPECT_TRUE(Logged("Master did not reply to PSYNC, will try later"));
}

TEST_F(ReplicaLinkTest, FailoverKeepsKnockingTenTimesASecond) {
  history_.Demote();
  Start(true);
  Run(link_.Closed("Connection refused", Now()));
  EXPECT_EQ(Tick(100), Lines({"connect 10.0.0.1:6379"}));
  Run(link_.Closed("Connection refused", Now()));
  EXPECT_EQ(Tick(100), Lines({"connect 10.0.0.1:6379"}));
  Connected();
  Receive("+PONG\r\n");
  EXPECT_EQ(Receive("+OK\r\n+OK\r\n"), Lines({"send PSYNC " + kMine.str() + " 1 FAILOVER"}));
}

TEST_F(ReplicaLinkTest, FailoverMayEndInAWholeCopy) {
  history_.Demote();
  UpToPsync(true);
  EXPECT_EQ(Receive("+FULLRESYNC " + kTheirs.str() + " 7\r\n"), Lines({"failover accepted"}));
}

TEST_F(ReplicaLinkTest, OneByteAtATime) {
  Start();
  Connected();
  std::string script =
      "+PONG\r\n+OK\r\n+OK\r\n+FULLRESYNC " + kTheirs.str() + " 7\r\n\n$EOF:" + kMark + "\r\nrdb" + kMark;
  std::string rdb;
  for (char c : script) {
    for (const std::string& line : Receive(std::string(1, c))) {
      if (line.starts_with("rdb ")) rdb += line.substr(4);
    }
  }
  EXPECT_EQ(rdb, "rdb");
  EXPECT_EQ(link_.state(), LinkState::kLoading);
}

}  // namespace
}  // namespace dunlin::replication
