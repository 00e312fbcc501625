#include "replication/history.h"

#include <gtest/gtest.h>

namespace dunlin::replication {
namespace {

ReplicationId Id(char c) { return *ReplicationId::Parse(std::string(40, c)); }

Facts Log(int64_t begin, int64_t end) {
  Facts facts;
  facts.log_begin = Offset(begin);
  facts.log_end = Offset(end);
  facts.has_backlog = true;
  return facts;
}

SyncDecision Ask(const History& history, const Facts& facts, std::string_view id, int64_t offset) {
  return DecideSync(history, facts, {id, offset}, "10.0.0.1:6380");
}

TEST(History, ANewNodeSharesNothing) {
  History history(Id('a'));
  EXPECT_EQ(history.id(), Id('a'));
  EXPECT_EQ(history.PreviousIdText(), std::string(40, '0'));
  EXPECT_EQ(history.second_offset(), -1);
  EXPECT_FALSE(history.resumable());
}

TEST(History, PromotionKeepsTheOldNameUpToNow) {
  History history(Id('a'));
  history.Apply({HistoryChange::Kind::kFullSync, Id('p'), Offset(100)});
  EXPECT_TRUE(history.resumable());
  history.Promote(Id('b'), Offset(250));
  EXPECT_EQ(history.id(), Id('b'));
  EXPECT_EQ(history.previous_id(), Id('p'));
  EXPECT_EQ(history.second_offset(), 251);
  EXPECT_FALSE(history.resumable());
}

TEST(History, DemotionMakesTheOwnNameResumable) {
  History history(Id('a'));
  history.Demote();
  EXPECT_TRUE(history.resumable());
  EXPECT_EQ(history.id(), Id('a'));
  history.Apply({HistoryChange::Kind::kPartialSync, Id('b'), Offset(70)});
  EXPECT_EQ(history.id(), Id('b'));
  EXPECT_EQ(history.previous_id(), Id('a'));
  EXPECT_EQ(history.second_offset(), 71);
  EXPECT_TRUE(history.resumable());
}

TEST(History, AFullSyncForgetsThePast) {
  History history(Id('a'));
  history.Promote(Id('b'), Offset(10));
  history.Apply({HistoryChange::Kind::kFullSync, Id('c'), Offset(5)});
  EXPECT_EQ(history.id(), Id('c'));
  EXPECT_TRUE(history.previous_id().empty());
  EXPECT_EQ(history.second_offset(), -1);
}

TEST(History, LostDataIsNobodysAndABrokenStreamIsNotResumed) {
  History history(Id('a'));
  history.Demote();
  history.Apply({HistoryChange::Kind::kUnusable, {}, {}});
  EXPECT_FALSE(history.resumable());
  EXPECT_EQ(history.id(), Id('a'));
  history.Demote();
  history.Apply({HistoryChange::Kind::kDataLost, Id('n'), {}});
  EXPECT_FALSE(history.resumable());
  EXPECT_EQ(history.id(), Id('n'));
}

TEST(History, RestoredFromAFile) {
  History replica(Id('a'));
  replica.RestoreAsReplica(Id('s'));
  EXPECT_EQ(replica.id(), Id('s'));
  EXPECT_TRUE(replica.resumable());
  History primary(Id('a'));
  primary.RestoreAsPrimary(Id('s'), Offset(0));
  EXPECT_EQ(primary.id(), Id('a'));
  EXPECT_EQ(primary.previous_id(), Id('s'));
  EXPECT_EQ(primary.second_offset(), 1);
}

TEST(DecideSync, ContinuesWithinTheBacklog) {
  History history(Id('a'));
  Facts facts = Log(100, 200);
  for (int64_t offset : {101, 150, 201}) {
    SyncDecision decision = Ask(history, facts, Id('a').view(), offset);
    ASSERT_TRUE(decision.from.has_value()) << offset;
    EXPECT_EQ(decision.from->value, offset - 1);
  }
  SyncDecision decision = Ask(history, facts, std::string(40, 'A'), 150);
  ASSERT_TRUE(decision.from.has_value());
  EXPECT_EQ(decision.log.at(0).text,
            "Partial resynchronization request from 10.0.0.1:6380 accepted. Sending 51 bytes of backlog starting from "
            "offset 150.");
}

TEST(DecideSync, OutsideTheBacklog) {
  History history(Id('a'));
  Facts facts = Log(100, 200);
  SyncDecision decision = Ask(history, facts, Id('a').view(), 100);
  EXPECT_FALSE(decision.from.has_value());
  ASSERT_EQ(decision.log.size(), 1u);
  EXPECT_EQ(decision.log[0].text,
            "Unable to partial resync with replica 10.0.0.1:6380 for lack of backlog (Replica request was: 100).");
  decision = Ask(history, facts, Id('a').view(), 202);
  EXPECT_FALSE(decision.from.has_value());
  ASSERT_EQ(decision.log.size(), 2u);
  EXPECT_EQ(decision.log[1].text,
            "Warning: replica 10.0.0.1:6380 tried to PSYNC with an offset that is greater than the master replication "
            "offset.");
  for (int64_t offset : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    EXPECT_FALSE(Ask(history, facts, Id('a').view(), offset).from.has_value()) << offset;
  }
  facts.has_backlog = false;
  EXPECT_FALSE(Ask(history, facts, Id('a').view(), 150).from.has_value());
}

TEST(DecideSync, ForeignAndFormerNames) {
  History history(Id('a'));
  history.Promote(Id('b'), Offset(150));
  Facts facts = Log(100, 200);
  EXPECT_TRUE(Ask(history, facts, Id('a').view(), 151).from.has_value());
  SyncDecision decision = Ask(history, facts, Id('a').view(), 152);
  EXPECT_FALSE(decision.from.has_value());
  EXPECT_EQ(
      decision.log.at(0).text,
      "Partial resynchronization not accepted: Requested offset for second ID was 152, but I can reply up to 151");
  decision = Ask(history, facts, Id('x').view(), 120);
  EXPECT_FALSE(decision.from.has_value());
  EXPECT_EQ(decision.log.at(0).text,
            "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '" + Id('x').str() +
                "', my replication IDs are '" + Id('b').str() + "' and '" + Id('a').str() + "')");
  decision = Ask(history, facts, "?", -1);
  EXPECT_FALSE(decision.from.has_value());
  EXPECT_EQ(decision.log.at(0).text, "Full resync requested by replica 10.0.0.1:6380");
  // Forty zeros are shown for "none" and are not a name.
  History young(Id('a'));
  EXPECT_FALSE(Ask(young, facts, std::string(40, '0'), -1).from.has_value());
}

}  // namespace
}  // namespace dunlin::replication
