#include "cli/sync.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/scripted_server_for_test.h"

namespace dunlin::cli {
namespace {

const std::string kMark(40, 'm');

struct Synced {
  Status status;
  std::string bytes;
  std::string next;  // text of the reply behind the snapshot
};

// Plays `answer` to SYNC and reads the snapshot, then one reply.
Synced ReadFrom(std::string answer) {
  ScriptedServer server({{"SYNC\r\n", std::move(answer)}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  EXPECT_TRUE(connection);
  EXPECT_TRUE(connection->WriteRaw("SYNC\r\n").ok());
  Result<SnapshotReader> reader = SnapshotReader::Start(*connection);
  if (!reader) return {.status = reader.error()};
  Synced synced;
  while (true) {
    Result<std::string> bytes = reader->Read();
    if (!bytes) {
      synced.status = bytes.error();
      return synced;
    }
    if (bytes->empty()) break;
    synced.bytes += *bytes;
  }
  EXPECT_EQ(reader->bytes_read(), synced.bytes.size());
  if (Result<resp::Reply> next = connection->Receive()) synced.next = next->text;
  return synced;
}

TEST(SnapshotReaderTest, WithALength) {
  Synced synced = ReadFrom("\n\n$5\r\nREDIS+NEXT\r\n");
  EXPECT_TRUE(synced.status.ok());
  EXPECT_EQ(synced.bytes, "REDIS");
  EXPECT_EQ(synced.next, "NEXT");
}

TEST(SnapshotReaderTest, WithAMark) {
  // Large enough to come in several pieces; with beginnings of the mark inside, and across each border.
  std::string snapshot;
  while (snapshot.size() < 100'000) snapshot += std::string(39, 'm') + "x" + std::string(snapshot.size() % 7, 'y');
  Synced synced = ReadFrom("$EOF:" + kMark + "\r\n" + snapshot + kMark + "+NEXT\r\n");
  EXPECT_TRUE(synced.status.ok());
  EXPECT_EQ(synced.bytes, snapshot);
  EXPECT_EQ(synced.next, "NEXT");
}

TEST(SnapshotReaderTest, AfterPsync) {
  Synced synced = ReadFrom("+FULLRESYNC abc 0\r\n\n$2\r\nAB+NEXT\r\n");
  EXPECT_EQ(synced.bytes, "AB");
  EXPECT_EQ(synced.next, "NEXT");
  synced = ReadFrom("+CONTINUE abc\r\n+NEXT\r\n");
  EXPECT_EQ(synced.bytes, "");
  EXPECT_EQ(synced.next, "NEXT");
}

TEST(SnapshotReaderTest, FailuresAreNamed) {
  EXPECT_EQ(ReadFrom("-NOPERM no\r\n").status.message(), "SYNC with master failed: -NOPERM no");
  EXPECT_EQ(ReadFrom("").status.message(), "Error reading bulk length while SYNCing");
  EXPECT_EQ(ReadFrom("$12x\r\n").status.message(), "Error reading bulk length while SYNCing");
  EXPECT_EQ(ReadFrom("$EOF:short\r\n").status.message(), "Error reading bulk length while SYNCing");
  EXPECT_EQ(ReadFrom("$10\r\nRED").status.message(), "Server closed the connection");
  EXPECT_EQ(ReadFrom("$EOF:" + kMark + "\r\nREDIS").status.message(), "Server closed the connection");
  EXPECT_EQ(ReadFrom(std::string(100'000, 'x')).status.message(), "Error reading bulk length while SYNCing");
}

TEST(FetchSnapshotTest, WritesTheFile) {
  std::string path = std::filesystem::temp_directory_path() / ("dunlin-cli-sync-" + std::to_string(getpid()) + ".rdb");
  ScriptedServer server({{Wire({"REPLCONF", "capa", "eof"}), "+OK\r\n"},
                         {Wire({"REPLCONF", "rdb-only", "1"}), "-ERR unknown\r\n"},
                         {"SYNC\r\n", "$5\r\nREDIS"}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection);
  Status fetched = FetchSnapshot(*connection, path, SnapshotContent::kEverything);
  EXPECT_TRUE(fetched.ok()) << fetched.message();
  std::stringstream content;
  content << std::ifstream(path).rdbuf();
  EXPECT_EQ(content.str(), "REDIS");
  std::filesystem::remove(path);
}

TEST(FetchSnapshotTest, FunctionsAloneMustBePossible) {
  ScriptedServer server({{Wire({"REPLCONF", "capa", "eof"}), "+OK\r\n"},
                         {Wire({"REPLCONF", "rdb-only", "1"}), "+OK\r\n"},
                         {Wire({"REPLCONF", "rdb-filter-only", "functions"}), "-ERR unknown\r\n"}});
  Result<Connection> connection = Connection::Dial(server.endpoint(), {});
  ASSERT_TRUE(connection);
  EXPECT_EQ(FetchSnapshot(*connection, "/dev/null", SnapshotContent::kFunctions).message(),
            "Failed requesting functions only RDB from server, aborting");
}

}  // namespace
}  // namespace dunlin::cli
