#include "dispatch/decide.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace dunlin::dispatch {
namespace {

using cluster::NodeIndex;
using Kind = Decision::Kind;

// A photograph of three nodes: 0 owns slots below 5461, 1 those below 10923, 2 follows node 0; the last slot has no
// owner. Slot 5 is on its way from 0 to 1, slot 6000 from 1 to 0.
class Photograph {
 public:
  explicit Photograph(int myself = 0) : myself_(static_cast<uint16_t>(myself)) {
    for (int i = 0; i < 3; ++i) {
      cluster::NodeInfo& node = nodes_->emplace_back();
      node.live = true;
      node.ip = "10.0.0." + std::to_string(i + 1);
      node.tcp_port = static_cast<uint16_t>(7000 + i);
      node.flags = i < 2 ? cluster::node_flag::kPrimary : cluster::node_flag::kReplica;
    }
    (*nodes_)[1].hostname = "one.example";
    (*nodes_)[2].primary = NodeIndex(0);
    for (int slot = 0; slot < 16383; ++slot) slots_->owner[static_cast<size_t>(slot)] = slot < 5461 ? 0 : 1;
    if (myself == 0) {
      slots_->migrating_set.Set(SlotId(5));
      slots_->migrating.push_back({SlotId(5), NodeIndex(1)});
      slots_->importing_set.Set(SlotId(6000));
      slots_->importing.push_back({SlotId(6000), NodeIndex(1)});
    }
  }
  Photograph& Down() {
    summary_.ok = false;
    return *this;
  }
  const cluster::SlotMap* Take() {
    auto pulses = std::make_shared<cluster::PulseTable>(nodes_->size());
    map_ = std::make_unique<cluster::SlotMap>(
        cluster::SlotMap::Parts{1, NodeIndex(myself_), slots_, nodes_, std::move(pulses), summary_});
    return map_.get();
  }

 private:
  uint16_t myself_;
  std::shared_ptr<cluster::SlotTable> slots_ = std::make_shared<cluster::SlotTable>();
  std::shared_ptr<cluster::NodeTable> nodes_ = std::make_shared<cluster::NodeTable>();
  cluster::Summary summary_{.ok = true};
  std::unique_ptr<cluster::SlotMap> map_;
};

class DecideTest : public ::testing::Test {
 protected:
  // The decision about a command whose keys live in `slots`.
  Decision Ask(std::initializer_list<std::string_view> words, std::vector<SlotId> slots = {}) {
    std::vector<std::string_view> args(words);
    Lookup found = Find(table_, args);
    EXPECT_NE(found.spec, nullptr) << found.error;
    CallFacts call{*found.spec, args, slots};
    call.is_exec = queued_.has_value();
    if (queued_) call.queued_any = call.queued_all = *queued_;
    call.out_of_memory = out_of_memory_;
    return Decide(call, client_, node_);
  }
  Decision Get(int slot) { return Ask({"GET", "k"}, {Slot(slot)}); }
  Decision Set(int slot) { return Ask({"SET", "k", "v"}, {Slot(slot)}); }
  static SlotId Slot(int slot) { return SlotId(static_cast<uint16_t>(slot)); }
  std::string Unknown(std::initializer_list<std::string_view> words) {
    std::vector<std::string_view> args(words);
    Lookup found = Find(table_, args);
    EXPECT_EQ(found.spec, nullptr);
    return found.error;
  }

  commands::CommandTable table_;
  ClientFacts client_;
  NodeFacts node_;
  std::optional<uint32_t> queued_;  // EXEC of commands that have these flags
  bool out_of_memory_ = false;
};

TEST_F(DecideTest, NamesAreFoundInAnyCaseAndOthersAreQuotedBack) {
  std::vector<std::string_view> args{"gEt", "k"};
  ASSERT_NE(Find(table_, args).spec, nullptr);
  EXPECT_EQ(Find(table_, args).spec->name, "get");
  EXPECT_EQ(Unknown({"nope", "a", "b"}), "ERR unknown command 'nope', with args beginning with: 'a' 'b' ");
  EXPECT_EQ(Unknown({"get"}), "ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(Unknown({"get", "a", "b"}), "ERR wrong number of arguments for 'get' command");
  EXPECT_EQ(Unknown({"object", "nope", "k"}), "ERR unknown subcommand 'nope'. Try OBJECT HELP.");
  EXPECT_EQ(Unknown({"object"}), "ERR wrong number of arguments for 'object' command");
  EXPECT_EQ(Unknown({"object", "encoding"}), "ERR wrong number of arguments for 'object|encoding' command");
}

TEST_F(DecideTest, LongUnknownCommandsAreCutShort) {
  std::string name(300, 'n');
  std::string argument(300, 'a');
  std::string error = Unknown({name, argument, argument});
  EXPECT_EQ(error, "ERR unknown command '" + std::string(128, 'n') + "', with args beginning with: '" +
                       std::string(128, 'a') + "' ");
}

TEST_F(DecideTest, WithoutAClusterCommandsRun) {
  EXPECT_EQ(Get(0).kind, Kind::kRun);
  EXPECT_EQ(Set(16383).kind, Kind::kRun);
}

TEST_F(DecideTest, NobodyGetsInWithoutAPassword) {
  client_.authenticated = false;
  EXPECT_EQ(Get(0).error, "NOAUTH Authentication required.");
  EXPECT_EQ(Ask({"HELLO"}).kind, Kind::kRun);
}

TEST_F(DecideTest, ATransactionQueuesAllButWhatEndsIt) {
  client_.in_transaction = true;
  EXPECT_EQ(Set(0).kind, Kind::kQueue);
  EXPECT_EQ(Ask({"EXEC"}).kind, Kind::kRun);
  EXPECT_EQ(Ask({"MULTI"}).kind, Kind::kRun);
}

TEST_F(DecideTest, SubscribersOfTheOldProtocolOnlyListen) {
  client_.subscribed_resp2 = true;
  EXPECT_EQ(Get(0).error,
            "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this "
            "context");
  EXPECT_EQ(Ask({"object", "encoding", "k"}).error.substr(0, 35), "ERR Can't execute 'object|encoding'");
  EXPECT_EQ(Ask({"SUBSCRIBE", "a"}).kind, Kind::kRun);
  EXPECT_EQ(Ask({"PING"}).kind, Kind::kRun);
}

TEST_F(DecideTest, AFullMemoryStopsWhatGrows) {
  out_of_memory_ = true;
  EXPECT_EQ(Set(0).error, "OOM command not allowed when used memory > 'maxmemory'.");
  EXPECT_EQ(Ask({"DEL", "k"}).kind, Kind::kRun);
  client_.from_primary = true;
  EXPECT_EQ(Set(0).kind, Kind::kRun);
}

TEST_F(DecideTest, ABrokenDiskStopsWritesAndPings) {
  node_.disk_error = "MISCONF broken";
  EXPECT_EQ(Set(0).error, "MISCONF broken");
  EXPECT_EQ(Ask({"PING"}).error, "MISCONF broken");
  EXPECT_EQ(Get(0).kind, Kind::kRun);
  client_.from_primary = true;
  EXPECT_EQ(Set(0).kind, Kind::kRun);
}

TEST_F(DecideTest, TooFewReplicasStopWrites) {
  node_.too_few_replicas = true;
  EXPECT_EQ(Set(0).error, "NOREPLICAS Not enough good replicas to write.");
  EXPECT_EQ(Get(0).kind, Kind::kRun);
}

TEST_F(DecideTest, AReplicaTakesWritesFromItsPrimaryOnly) {
  node_.read_only_replica = true;
  EXPECT_EQ(Set(0).error, "READONLY You can't write against a read only replica.");
  EXPECT_EQ(Get(0).kind, Kind::kRun);
  client_.from_primary = true;
  EXPECT_EQ(Set(0).kind, Kind::kRun);
}

TEST_F(DecideTest, AnExecIsJudgedByWhatItRuns) {
  node_.read_only_replica = true;
  queued_ = commands::kWrite;
  client_.in_transaction = true;
  EXPECT_EQ(Ask({"EXEC"}, {Slot(0)}).error, "READONLY You can't write against a read only replica.");
  queued_ = commands::kReadonly;
  EXPECT_EQ(Ask({"EXEC"}, {Slot(0)}).kind, Kind::kRun);
}

TEST_F(DecideTest, StaleDataIsNotServedWhenItMustNotBe) {
  node_.stale = true;
  EXPECT_EQ(Get(0).error, "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
  EXPECT_EQ(Ask({"SUBSCRIBE", "a"}).kind, Kind::kRun);
  client_.in_transaction = true;
  EXPECT_EQ(Ask({"EXEC"}).kind, Kind::kRun);
  queued_ = commands::kReadonly;
  EXPECT_EQ(Ask({"EXEC"}).error, "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.");
  queued_ = commands::kStale;
  EXPECT_EQ(Ask({"EXEC"}).kind, Kind::kRun);
}

TEST_F(DecideTest, WhileLoadingMostMustWait) {
  node_.loading = true;
  EXPECT_EQ(Get(0).error, "LOADING Redis is loading the dataset in memory");
  EXPECT_EQ(Ask({"SUBSCRIBE", "a"}).kind, Kind::kRun);
}

TEST_F(DecideTest, ATransactionThatNeedsMemoryIsNotBegunWithoutIt) {
  out_of_memory_ = true;
  EXPECT_EQ(Ask({"MULTI"}).kind, Kind::kRun);
  client_.in_transaction = true;
  // To queue takes memory, whatever it is.
  constexpr std::string_view kError = "OOM command not allowed when used memory > 'maxmemory'.";
  EXPECT_EQ(Get(0).error, kError);
  EXPECT_TRUE(Get(0).fails_transaction);
  EXPECT_EQ(Ask({"MULTI"}).error, kError);
  EXPECT_EQ(Ask({"WATCH", "k"}).error, kError);
  EXPECT_EQ(Ask({"DISCARD"}).kind, Kind::kRun);
  EXPECT_EQ(Ask({"RESET"}).kind, Kind::kRun);
  EXPECT_EQ(Ask({"EXEC"}).kind, Kind::kRun);
  queued_ = commands::kWrite;
  EXPECT_EQ(Ask({"EXEC"}).kind, Kind::kRun);
  queued_ = commands::kWrite | commands::kDenyOom;
  EXPECT_EQ(Ask({"EXEC"}).error, kError);
}

TEST_F(DecideTest, AReplicasConnectionIsNoClients) {
  client_.is_replica = true;
  Decision d = Get(0);
  EXPECT_EQ(d.error, "ERR Replica can't interact with the keyspace");
  EXPECT_FALSE(d.fails_transaction);
  EXPECT_EQ(Ask({"PUBLISH", "a", "b"}).error, "ERR Replica can't interact with the keyspace");
  EXPECT_EQ(Ask({"PING"}).kind, Kind::kRun);
}

TEST_F(DecideTest, RedirectionsComeBeforeEverythingAboutTheData) {
  Photograph photograph;
  node_.map = photograph.Take();
  out_of_memory_ = true;
  node_.loading = true;
  node_.disk_error = "MISCONF broken";
  EXPECT_EQ(Set(7000).error, "MOVED 7000 10.0.0.2:7001");
}

TEST_F(DecideTest, OwnSlotsAreServedAndOthersAreShown) {
  Photograph photograph;
  node_.map = photograph.Take();
  EXPECT_EQ(Get(0).kind, Kind::kRun);
  EXPECT_EQ(Set(5460).kind, Kind::kRun);
  EXPECT_EQ(Get(5461).error, "MOVED 5461 10.0.0.2:7001");
  EXPECT_TRUE(Get(5461).fails_transaction);
  EXPECT_EQ(Get(16383).error, "CLUSTERDOWN Hash slot not served");
  node_.endpoint_type = NodeFacts::Endpoint::kHostname;
  EXPECT_EQ(Get(5461).error, "MOVED 5461 one.example:7001");
  node_.endpoint_type = NodeFacts::Endpoint::kUnknown;
  EXPECT_EQ(Get(5461).error, "MOVED 5461 :7001");
}

TEST_F(DecideTest, KeysMustLiveTogether) {
  Photograph photograph;
  node_.map = photograph.Take();
  EXPECT_EQ(Ask({"MGET", "a", "b"}, {Slot(1), Slot(2)}).error, "CROSSSLOT Keys in request don't hash to the same slot");
  EXPECT_EQ(Ask({"MGET", "a", "b"}, {Slot(1), Slot(1)}).kind, Kind::kRun);
  // Who owns the first key is asked first.
  EXPECT_EQ(Ask({"MGET", "a", "b"}, {Slot(16383), Slot(1)}).error, "CLUSTERDOWN Hash slot not served");
}

TEST_F(DecideTest, OurPrimarysCommandsAreNotRedirected) {
  Photograph photograph;
  node_.map = photograph.Take();
  client_.from_primary = true;
  EXPECT_EQ(Set(7000).kind, Kind::kRun);
}

TEST_F(DecideTest, AClusterThatIsDownServesNobodyUnlessToldOtherwise) {
  Photograph photograph;
  node_.map = photograph.Down().Take();
  EXPECT_EQ(Get(0).error, "CLUSTERDOWN The cluster is down");
  EXPECT_EQ(Ask({"PING"}).kind, Kind::kRun);
  EXPECT_EQ(Ask({"SPUBLISH", "a", "b"}, {Slot(0)}).kind, Kind::kRun);
  node_.shard_pubsub_when_down = false;
  EXPECT_EQ(Ask({"SPUBLISH", "a", "b"}, {Slot(0)}).error, "CLUSTERDOWN The cluster is down");
  node_.reads_when_down = true;
  EXPECT_EQ(Get(0).kind, Kind::kRun);
  EXPECT_EQ(Set(0).error, "CLUSTERDOWN The cluster is down and only accepts read commands");
}

TEST_F(DecideTest, AReplicaServesReadsToWhomAskedForIt) {
  Photograph photograph(2);
  node_.map = photograph.Take();
  EXPECT_EQ(Get(0).error, "MOVED 0 10.0.0.1:7000");
  client_.read_only_mode = true;
  EXPECT_EQ(Get(0).kind, Kind::kRun);
  EXPECT_EQ(Set(0).error, "MOVED 0 10.0.0.1:7000");
  EXPECT_EQ(Get(7000).error, "MOVED 7000 10.0.0.2:7001");
}

TEST_F(DecideTest, OpenSlotsAreSettledUnderTheLock) {
  Photograph photograph;
  node_.map = photograph.Take();
  Decision leaving = Get(5);
  EXPECT_EQ(leaving.kind, Kind::kRunIfSettled);
  EXPECT_TRUE(leaving.migrating);
  EXPECT_EQ(Get(6000).error, "MOVED 6000 10.0.0.2:7001");
  client_.in_transaction = true;
  EXPECT_EQ(Get(5).kind, Kind::kQueueIfSettled);
  EXPECT_EQ(Get(0).kind, Kind::kQueue);
  client_.in_transaction = false;
  client_.asking = true;
  Decision arriving = Get(6000);
  EXPECT_EQ(arriving.kind, Kind::kRunIfSettled);
  EXPECT_FALSE(arriving.migrating);
  client_.asking = false;
  EXPECT_EQ(Ask({"RESTORE-ASKING", "k", "0", "v"}, {Slot(6000)}).kind, Kind::kRunIfSettled);
  EXPECT_EQ(Ask({"MIGRATE", "h", "1", "k", "0", "9"}, {Slot(5)}).kind, Kind::kRun);
}

TEST_F(DecideTest, SettlingCountsTheKeysThatAreHere) {
  Photograph photograph;
  node_.map = photograph.Take();
  constexpr std::string_view kTryAgain = "TRYAGAIN Multiple keys request during rehashing of slot";
  struct {
    bool migrating;
    size_t present, total;
    std::string_view error;
  } const kCases[] = {
      {true, 1, 1, ""},
      {true, 0, 1, "ASK 5 10.0.0.2:7001"},
      {true, 2, 2, ""},
      {true, 1, 2, kTryAgain},
      {true, 0, 2, "ASK 5 10.0.0.2:7001"},
      {false, 0, 1, ""},
      {false, 1, 1, ""},
      {false, 2, 2, ""},
      {false, 1, 2, kTryAgain},
      {false, 0, 2, kTryAgain},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Settle(c.migrating, c.present, c.total, SlotId(5), node_), c.error)
        << (c.migrating ? "migrating " : "importing ") << c.present << " of " << c.total;
  }
}

}  // namespace
}  // namespace dunlin::dispatch
