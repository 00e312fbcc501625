#include "oplog/log.h"

#include <gtest/gtest.h>

#include <thread>

namespace dunlin::oplog {
namespace {

std::string Drain(Log& log, Log::CursorId cursor, bool for_file) {
  std::string out;
  while (true) {
    Log::Chunk chunk = log.Read(cursor, 1000);
    if (chunk.bytes.empty()) return out;
    if (!for_file || !chunk.replicas_only) out.append(chunk.bytes);
    log.Advance(cursor, chunk.bytes.size());
  }
}

TEST(Log, SelectsWhenTheDatabaseChanges) {
  Log log;
  auto cursor = *log.AddCursor(Offset(0));
  log.Append(DbIndex(0), "A");
  log.Append(DbIndex(0), "B");
  log.Append(DbIndex(3), "C");
  log.ForgetDatabase();
  log.Append(DbIndex(3), "D");
  EXPECT_EQ(Drain(log, cursor, true),
            "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\nAB*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\nC*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\nD");
}

TEST(Log, FilesSkipWhatIsForReplicasOnly) {
  Log log;
  auto file = *log.AddCursor(Offset(0));
  auto replica = *log.AddCursor(Offset(0));
  log.Append(DbIndex(0), "A");
  log.AppendForReplicasOnly("ping");
  log.AppendForReplicasOnly("ping");
  log.Append(DbIndex(0), "B");
  log.AppendForReplicasOnly("ping");
  EXPECT_EQ(Drain(log, file, true), "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\nAB");
  EXPECT_EQ(Drain(log, replica, false), "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\nApingpingBping");
}

TEST(Log, KeepsTheBacklogAndNoMore) {
  Log log;
  EXPECT_FALSE(log.active());
  log.SetBacklogBytes(600 * 1024);
  log.CreateBacklog();
  EXPECT_TRUE(log.active());
  std::string piece(100 * 1024, 'x');
  for (int i = 0; i < 40; ++i) log.Append(DbIndex(0), piece);
  EXPECT_EQ(log.end().value - log.begin().value, 600 * 1024);
  EXPECT_LE(log.memory_bytes(), 600u * 1024 + 2 * 256 * 1024);
  auto first = log.AddCursor(log.begin());
  ASSERT_TRUE(first.has_value());
  log.RemoveCursor(*first);
  EXPECT_FALSE(log.AddCursor(Offset(0)).has_value());
  auto cursor = log.AddCursor(Offset(log.end().value - 1000));
  ASSERT_TRUE(cursor.has_value());
  EXPECT_EQ(Drain(log, *cursor, true).size(), 1000u);
  log.RemoveCursor(*cursor);
  log.DropBacklog();
  EXPECT_FALSE(log.active());
}

TEST(Log, AReplicaThatIsBehindLengthensTheHistoryAndAFileDoesNot) {
  Log log;
  log.SetBacklogBytes(100);
  log.CreateBacklog();
  auto file = *log.AddCursor(Offset(0), Log::Reader::kFile);
  log.AppendForReplicasOnly(std::string(1000, 'x'));
  EXPECT_EQ(log.begin().value, 900);
  auto replica = *log.AddCursor(Offset(900));
  log.AppendForReplicasOnly(std::string(1000, 'y'));
  EXPECT_EQ(log.begin().value, 900);
  log.Advance(replica, 500);
  EXPECT_EQ(log.begin().value, 1400);
  log.RemoveCursor(replica);
  EXPECT_EQ(log.begin().value, 1900);
  EXPECT_EQ(Drain(log, file, false).size(), 2000u);
}

TEST(Log, ACursorHoldsItsBytes) {
  Log log;
  auto cursor = *log.AddCursor(Offset(0));
  std::string piece(100 * 1024, 'x');
  for (int i = 0; i < 40; ++i) log.Append(DbIndex(0), piece);
  EXPECT_GT(log.memory_bytes(), 4000u * 1024);
  EXPECT_EQ(Drain(log, cursor, true).size(), static_cast<size_t>(log.end().value));
  EXPECT_LT(log.memory_bytes(), 600u * 1024);
}

TEST(Log, WritersAndReadersAtOnce) {
  Log log;
  auto cursor = *log.AddCursor(Offset(0));
  constexpr int kPerWriter = 20000;
  std::vector<std::thread> writers;
  for (int w = 0; w < 3; ++w) {
    writers.emplace_back([&log, w] {
      for (int i = 0; i < kPerWriter; ++i) log.Append(DbIndex(0), std::string(8, static_cast<char>('a' + w)));
    });
  }
  std::string seen;
  while (seen.size() < 23 + 3u * kPerWriter * 8) seen += Drain(log, cursor, true);
  for (std::thread& t : writers) t.join();
  // Every record stands whole.
  for (size_t i = 23; i < seen.size(); i += 8) {
    ASSERT_EQ(seen.substr(i, 8), std::string(8, seen[i]));
  }
}

TEST(Log, ANewHistory) {
  Log log;
  log.CreateBacklog();
  log.Append(DbIndex(0), "A");
  log.Restart(Offset(1000));
  EXPECT_EQ(log.end().value, 1000);
  EXPECT_EQ(log.begin().value, 1000);
  log.AppendForwarded("xyz");
  EXPECT_EQ(log.end().value, 1003);
}

}  // namespace
}  // namespace dunlin::oplog
