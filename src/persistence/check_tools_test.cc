#include "persistence/check_tools.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "persistence/memory_files.h"
#include "persistence/testing.h"

namespace dunlin::persistence {
namespace {

using testing::Command;

struct Ran {
  int status;
  std::string out;
};

class CheckToolsTest : public ::testing::Test {
 protected:
  using Tool = int (*)(int, const char* const*, const ToolSurroundings&);

  Ran Run(Tool tool, std::vector<const char*> args, std::string input = "\n") {
    args.insert(args.begin(), "the-tool");
    char* out_bytes = nullptr;
    size_t out_size = 0;
    std::FILE* out = open_memstream(&out_bytes, &out_size);
    std::FILE* in = fmemopen(input.data(), input.size(), "r");
    int status = tool(static_cast<int>(args.size()), args.data(), {&files_, in, out, out, 1700000000000, "7.2.4"});
    std::fclose(in);
    std::fclose(out);
    std::string text(out_bytes, out_size);
    std::free(out_bytes);
    return {status, text};
  }
  Ran Aof(std::vector<const char*> args, std::string input = "\n") {
    return Run(&CheckAof, std::move(args), std::move(input));
  }
  Ran Rdb(std::vector<const char*> args) { return Run(&CheckRdb, std::move(args)); }

  void PutManifest(std::string_view text) { files_.Put("d/a.manifest", text); }

  MemoryFileSystem files_;
};

const std::string kFoo = Command({"set", "foo", "hello"});
const std::string kBar = Command({"set", "bar", "world"});

std::string SmallRdb(int64_t expire_at_ms = snapshot::kNoExpiry) {
  snapshot::RdbWriter writer({}, true);
  writer.Begin({"7.2.4", 1, 1, {}, false});
  writer.SelectDb(DbIndex(3));
  writer.Key({"key", expire_at_ms}, snapshot::ValueRef("x"));
  writer.End();
  return std::string(writer.bytes());
}

// --- redis-check-aof ---

TEST_F(CheckToolsTest, AofUsage) {
  for (const auto& args : {std::vector<const char*>{}, {"--mend", "a"}, {"--fix", "a", "b"}}) {
    Ran ran = Aof(args);
    EXPECT_EQ(ran.status, 1);
    EXPECT_EQ(ran.out, "Usage: the-tool [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>\n");
  }
  EXPECT_EQ(Aof({"--truncate-to-timestamp", "12x", "a"}).out, "Invalid timestamp, aborting...\n");
  EXPECT_EQ(Aof({"nowhere"}).out, "Cannot open file nowhere: No such file or directory\n");
}

TEST_F(CheckToolsTest, AnOldStyleAof) {
  files_.Put("a.aof", kFoo + kBar);
  Ran ran = Aof({"a.aof"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_EQ(ran.out,
            "Start checking Old-Style AOF\n"
            "AOF analyzed: filename=a.aof, size=66, ok_up_to=66, ok_up_to_line=15, diff=0\n"
            "AOF a.aof is valid\n");
  // With words in it that a manifest has.
  files_.Put("a.aof", Command({"set", "file", "file"}));
  EXPECT_EQ(Aof({"a.aof"}).status, 0);
}

TEST_F(CheckToolsTest, AnOldStyleAofWithAnRdbInFront) {
  files_.Put("a.aof", SmallRdb() + kFoo);
  Ran ran = Aof({"a.aof"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("[offset 0] Checking RDB file a.aof\n"), std::string::npos);
  EXPECT_NE(ran.out.find("RDB preamble is OK, proceeding with AOF tail...\n"), std::string::npos);
  EXPECT_TRUE(ran.out.ends_with("AOF a.aof is valid\n"));
  files_.Put("a.aof", SmallRdb().substr(0, 50));
  ran = Aof({"a.aof"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.out.ends_with("RDB preamble of AOF file is not sane, aborting.\n"));
}

TEST_F(CheckToolsTest, AManifest) {
  PutManifest("file b seq 1 type b\nfile old seq 9 type h\nfile i1 seq 1 type i\nfile i2 seq 2 type i\n");
  files_.Put("d/b", SmallRdb());
  files_.Put("d/i1", "");
  files_.Put("d/i2", kFoo);
  Ran ran = Aof({"d/a.manifest"});
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_TRUE(ran.out.starts_with("Start checking Multi Part AOF\nStart to check BASE AOF (RDB format).\n"));
  EXPECT_TRUE(
      ran.out.ends_with("BASE AOF b is valid\nStart to check INCR files.\nINCR AOF i1 is empty\n"
                        "AOF analyzed: filename=i2, size=33, ok_up_to=33, ok_up_to_line=8, diff=0\n"
                        "INCR AOF i2 is valid\nAll AOF files and manifest are valid\n"))
      << ran.out;
}

TEST_F(CheckToolsTest, ABrokenManifestAndAMissingFile) {
  PutManifest("file b seq 1 type b\n!!!\n");
  Ran ran = Aof({"d/a.manifest"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.out.ends_with("Reading the manifest file, at line 2\n>>> '!!!'\nInvalid AOF manifest file format\n"));
  PutManifest("file i1 seq 1 type i\n");
  ran = Aof({"d/a.manifest"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.out.ends_with("Cannot open file d/i1: No such file or directory, aborting...\n"));
}

TEST_F(CheckToolsTest, ABrokenTailIsFoundAndMended) {
  PutManifest("file i1 seq 1 type i\n");
  files_.Put("d/i1", kFoo + "!!!");
  Ran ran = Aof({"d/a.manifest"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("AOF i1 format error\n"), std::string::npos);
  EXPECT_NE(ran.out.find("size=36, ok_up_to=33, ok_up_to_line=8, diff=3\n"), std::string::npos);
  EXPECT_TRUE(ran.out.ends_with("AOF i1 is not valid. Use the --fix option to try fixing it.\n"));
  ran = Aof({"--fix", "d/a.manifest"}, "n\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.out.ends_with("Continue? [y/N]: Aborting...\n"));
  EXPECT_EQ(files_.Content("d/i1").size(), 36u);
  ran = Aof({"--fix", "d/a.manifest"}, "y\n");
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.out.find("This will shrink the AOF i1 from 36 bytes, with 3 bytes, to 33 bytes\n"), std::string::npos);
  EXPECT_NE(ran.out.find("Successfully truncated AOF i1\n"), std::string::npos);
  EXPECT_EQ(files_.Content("d/i1"), kFoo);
}

TEST_F(CheckToolsTest, ProblemsAreNamedWithTheirOffset) {
  files_.Put("a.aof", kFoo + Command({"multi"}) + kBar);
  Ran ran = Aof({"a.aof"});
  EXPECT_NE(ran.out.find(": Reached EOF before reading EXEC for MULTI\n"), std::string::npos);
  EXPECT_NE(ran.out.find("ok_up_to=33,"), std::string::npos);
  files_.Put("a.aof", kFoo + kBar.substr(0, 28));
  EXPECT_NE(Aof({"a.aof"}).out.find("Expected to read 7 bytes, got 2 bytes\n"), std::string::npos);
  files_.Put("a.aof", kFoo + "*1\r\n!");
  EXPECT_NE(Aof({"a.aof"}).out.find("0x              25: Expected prefix '$', got: '!'\n"), std::string::npos);
  files_.Put("a.aof", Command({"exec"}));
  EXPECT_NE(Aof({"a.aof"}).out.find("0x               0: Unexpected EXEC in AOF a.aof\n"), std::string::npos);
}

TEST_F(CheckToolsTest, OnlyTheLastFileIsMended) {
  PutManifest("file b seq 1 type b\nfile i1 seq 1 type i\n");
  files_.Put("d/b", kFoo + Command({"multi"}) + kBar);
  files_.Put("d/i1", kFoo);
  EXPECT_TRUE(Aof({"d/a.manifest"}).out.ends_with("is not valid. Use the --fix option to try fixing it.\n"));
  Ran ran = Aof({"--fix", "d/a.manifest"}, "y\n");
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.out.ends_with("Failed to truncate AOF b because it is not the last file\n"));
}

const std::string kTimes = "#TS:1628217470\r\n" + Command({"set", "foo1", "bar1"}) + "#TS:1628217471\r\n" +
                           Command({"set", "foo2", "bar2"}) + "#TS:1628217472\r\n#TS:1628217473\r\n" +
                           Command({"set", "foo3", "bar3"}) + "#TS:1628217474\r\n";

TEST_F(CheckToolsTest, CutsAtATimestamp) {
  files_.Put("a.aof", kTimes);
  EXPECT_EQ(
      Aof({"--truncate-to-timestamp", "1628217474", "a.aof"}).out,
      "Start checking Old-Style AOF\nTruncate nothing in AOF a.aof to timestamp 1628217474\nAOF a.aof is valid\n");
  EXPECT_EQ(Aof({"--truncate-to-timestamp", "1628217473", "a.aof"}).out,
            "Start checking Old-Style AOF\nSuccessfully truncated AOF a.aof to timestamp 1628217473\n");
  EXPECT_EQ(files_.Content("a.aof") + "#TS:1628217474\r\n", kTimes);
  EXPECT_EQ(Aof({"--truncate-to-timestamp", "1628217470", "a.aof"}).status, 0);
  EXPECT_EQ(files_.Content("a.aof"), "#TS:1628217470\r\n" + Command({"set", "foo1", "bar1"}));
  Ran ran = Aof({"--truncate-to-timestamp", "1628217469", "a.aof"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(ran.out.ends_with("AOF a.aof has nothing before timestamp 1628217469, aborting...\n"));
}

TEST_F(CheckToolsTest, CutsOnlyTheLastFileAtATimestamp) {
  PutManifest("file b seq 1 type b\nfile i1 seq 1 type i\n");
  files_.Put("d/b", kTimes);
  files_.Put("d/i1", kFoo);
  Ran ran = Aof({"--truncate-to-timestamp", "1628217473", "d/a.manifest"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("Failed to truncate AOF d/b to timestamp 1628217473 to offset"), std::string::npos);
  EXPECT_NE(ran.out.find("because it is not the last file."), std::string::npos);
  EXPECT_EQ(files_.Content("d/b"), kTimes);
}

// --- redis-check-rdb ---

TEST_F(CheckToolsTest, RdbUsageAndVersion) {
  EXPECT_EQ(Rdb({}).out, "Usage: the-tool <rdb-file-name>\n");
  EXPECT_EQ(Rdb({"--version"}).out, "redis-check-rdb 7.2.4\n");
  EXPECT_EQ(Rdb({"nowhere"}).status, 1);
}

TEST_F(CheckToolsTest, AGoodRdb) {
  files_.Put("dump.rdb", SmallRdb(1600000000000));
  Ran ran = Rdb({"dump.rdb"});
  EXPECT_EQ(ran.status, 0);
  EXPECT_TRUE(ran.out.starts_with("[offset 0] Checking RDB file dump.rdb\n[offset 26] AUX FIELD redis-ver = '7.2.4'\n"))
      << ran.out;
  EXPECT_NE(ran.out.find("] Selecting DB ID 3\n"), std::string::npos);
  EXPECT_NE(ran.out.find("] Checksum OK\n"), std::string::npos);
  EXPECT_TRUE(
      ran.out.ends_with("] \\o/ RDB looks OK! \\o/\n[info] 1 keys read\n[info] 1 expires\n"
                        "[info] 1 already expired\n"));
}

TEST_F(CheckToolsTest, ABrokenRdb) {
  files_.Put("dump.rdb", SmallRdb().substr(0, 81));
  Ran ran = Rdb({"dump.rdb"});
  EXPECT_EQ(ran.status, 1);
  EXPECT_NE(ran.out.find("--- RDB ERROR DETECTED ---\n"), std::string::npos);
  EXPECT_NE(ran.out.find("] Unexpected EOF reading RDB file\n[additional info] While doing: read-object-value\n"
                         "[additional info] Reading key 'key'\n[additional info] Reading type 0 (string)\n"),
            std::string::npos)
      << ran.out;
  files_.Put("dump.rdb", "REDIS0099.......");
  EXPECT_NE(Rdb({"dump.rdb"}).out.find("] Can't handle RDB format version 99\n"), std::string::npos);
  std::string wrong = SmallRdb();
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  files_.Put("dump.rdb", wrong);
  EXPECT_NE(Rdb({"dump.rdb"}).out.find("RDB CRC error"), std::string::npos);
}

}  // namespace
}  // namespace dunlin::persistence
