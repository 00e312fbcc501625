#include "persistence/aof_loader.h"

#include <gtest/gtest.h>

#include "persistence/memory_files.h"
#include "persistence/testing.h"

namespace dunlin::persistence {
namespace {

using testing::Command;
using testing::LoadTranscript;

std::string Set(const std::string& key) { return Command({"set", key, "v"}); }

bool Contains(const std::vector<std::string>& lines, std::string_view part) {
  for (const std::string& line : lines) {
    if (line.find(part) != std::string::npos) return true;
  }
  return false;
}

std::string RdbWith(std::string_view key, bool aof_base = true) {
  snapshot::RdbWriter writer({}, true);
  writer.Begin({"7.2.4", 1, 1, {}, aof_base});
  writer.Key({key}, snapshot::ValueRef("x"));
  writer.End();
  return std::string(writer.bytes());
}

class AofLoaderTest : public ::testing::Test {
 protected:
  void Put(const std::string& name, std::string_view bytes) { files_.Put("./appendonlydir/" + name, bytes); }
  void PutManifest(std::string_view text) { Put("appendonly.aof.manifest", text); }
  LoadTranscript Load(bool load_truncated = true) {
    AofLoader::Options options;
    options.load_truncated = load_truncated;
    return LoadTranscript(files_, options);
  }
  std::string ManifestOnDisk() { return files_.Content("./appendonlydir/appendonly.aof.manifest"); }

  MemoryFileSystem files_;
};

TEST_F(AofLoaderTest, NothingAtAll) {
  EXPECT_EQ(Load().lines, std::vector<std::string>{"nothing"});
  ASSERT_TRUE(files_.CreateDirectory("./appendonlydir").ok());
  EXPECT_EQ(Load().lines, std::vector<std::string>{"nothing"});
}

TEST_F(AofLoaderTest, BaseAndIncrementsInTheirOrder) {
  PutManifest(
      "file b seq 1 type b newkey newvalue\nfile old seq 1 type h\nfile i1 seq 1 type i\nfile i3 seq 3 type i\n");
  Put("b", RdbWith("k1"));
  Put("i1", "");
  Put("i3", Set("k3") + Command({"MULTI"}) + Set("k4") + Command({"EXEC"}));
  LoadTranscript load = Load();
  EXPECT_EQ(load.lines, (std::vector<std::string>{
                            "file b " + std::to_string(RdbWith("k1").size()),
                            "notice: Reading RDB base file on AOF loading...", "key: k1 = x", "end of preamble",
                            "end of base b", "file i3 " + std::to_string(2 * Set("k3").size() + 29),
                            "command: set k3 v", "in transaction: set k4 v", "end of incr i3", "end"}));
  EXPECT_EQ(load.end.base_bytes, RdbWith("k1").size());
  EXPECT_EQ(load.end.total_bytes, load.loader().loaded_bytes());
  EXPECT_FALSE(load.end.truncated);
}

TEST_F(AofLoaderTest, AllFilesEmptyIsNothing) {
  PutManifest("file b seq 1 type b\nfile i seq 1 type i\n");
  Put("b", "");
  Put("i", "");
  EXPECT_EQ(Load().lines, std::vector<std::string>{"nothing"});
}

TEST_F(AofLoaderTest, AFileThatIsMissing) {
  PutManifest("file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
  Put("appendonly.aof.1.base.aof", Set("k"));
  LoadTranscript load = Load();
  EXPECT_EQ(load.lines,
            std::vector<std::string>{"error: Unable to obtain the AOF file appendonly.aof.1.incr.aof length. "
                                     "stat: No such file or directory"});
}

TEST_F(AofLoaderTest, ABrokenManifest) {
  PutManifest("file i1 seq 1 type i\n\n");
  LoadTranscript load = Load();
  EXPECT_EQ(load.lines, (std::vector<std::string>{"warning: *** FATAL AOF MANIFEST FILE ERROR ***",
                                                  "warning: Reading the manifest file, at line 2", "warning: >>> ''",
                                                  "error: Invalid AOF manifest file format"}));
}

TEST_F(AofLoaderTest, ATruncatedTailIsCut) {
  PutManifest("file i1 seq 1 type i\n");
  std::string whole = Set("a") + Set("b");
  Put("i1", whole + Set("c").substr(0, 10));
  LoadTranscript load = Load();
  EXPECT_TRUE(load.ok());
  EXPECT_TRUE(load.end.truncated);
  EXPECT_EQ(load.end.total_bytes, whole.size());
  EXPECT_EQ(load.commands, (std::vector<std::string>{"set a v", "set b v"}));
  EXPECT_EQ(files_.Content("./appendonlydir/i1"), whole);
  EXPECT_TRUE(Contains(load.notes, "!!! Warning: short read while loading the AOF file i1!!!"));
  EXPECT_TRUE(Contains(load.notes, "!!! Truncating the AOF i1 at offset 54 !!!"));
  EXPECT_TRUE(Contains(load.notes, "AOF i1 loaded anyway because aof-load-truncated is enabled"));
  EXPECT_FALSE(Load().end.truncated);
}

TEST_F(AofLoaderTest, ATruncatedTransactionIsCutAtItsMulti) {
  PutManifest("file i1 seq 1 type i\n");
  Put("i1", Set("a") + Command({"MULTI"}) + Set("b"));
  LoadTranscript load = Load();
  EXPECT_TRUE(load.ok());
  EXPECT_EQ(load.commands, std::vector<std::string>{"set a v"});
  EXPECT_TRUE(Contains(load.notes, "Revert incomplete MULTI/EXEC transaction in AOF file i1"));
  EXPECT_EQ(files_.Content("./appendonlydir/i1"), Set("a"));
}

TEST_F(AofLoaderTest, ATruncatedTailIsAnErrorWhenSoConfigured) {
  PutManifest("file i1 seq 1 type i\n");
  std::string bytes = Set("a") + Set("c").substr(0, 10);
  Put("i1", bytes);
  LoadTranscript load = Load(/*load_truncated=*/false);
  EXPECT_NE(load.lines.back().find("error: Unexpected end of file reading the append only file i1. You can: "),
            std::string::npos);
  EXPECT_EQ(files_.Content("./appendonlydir/i1"), bytes);
}

TEST_F(AofLoaderTest, OnlyTheLastFileMayBeTruncatedAndNoOtherIsTouched) {
  PutManifest("file i1 seq 1 type i\nfile i2 seq 2 type i\n");
  std::string bytes = Set("a") + Set("c").substr(0, 10);
  Put("i1", bytes);
  Put("i2", Set("d"));
  for (int i = 0; i < 2; ++i) {
    LoadTranscript load = Load();
    EXPECT_EQ(load.lines.back(), "error: Fatal error: the truncated file is not the last file");
    EXPECT_EQ(files_.Content("./appendonlydir/i1"), bytes);
  }
}

TEST_F(AofLoaderTest, ABadFormat) {
  PutManifest("file i1 seq 1 type i\n");
  Put("i1", Set("a") + "!!!" + Set("a"));
  LoadTranscript load = Load();
  EXPECT_EQ(load.lines.back(),
            "error: Bad file format reading the append only file i1: make a backup of your AOF file, then use "
            "./redis-check-aof --fix <filename.manifest>");
  EXPECT_TRUE(Contains(load.notes, "offset 27: format error"));
  EXPECT_EQ(load.commands.size(), 1u);
}

TEST_F(AofLoaderTest, ABrokenRdbBase) {
  PutManifest("file b seq 1 type b\n");
  Put("b", RdbWith("k").substr(0, 60));
  LoadTranscript load = Load();
  EXPECT_EQ(load.lines.back(), "error: Error reading the RDB base file b, AOF loading aborted");
  EXPECT_TRUE(Contains(load.notes, "Unexpected EOF reading RDB file"));
  std::string broken = RdbWith("k");
  broken[broken.size() - 10] = 'y';
  Put("b", broken);
  EXPECT_TRUE(Contains(Load().notes, "RDB CRC error"));
}

TEST_F(AofLoaderTest, ATruncationThatCannotBeMade) {
  PutManifest("file i1 seq 1 type i\n");
  Put("i1", Set("a").substr(0, 10));
  files_.FailAt(0);
  LoadTranscript load = Load();
  EXPECT_TRUE(Contains(load.notes, "Error truncating the AOF file i1: Input/output error"));
  EXPECT_NE(load.lines.back().find("error: Unexpected end of file"), std::string::npos);
}

// --- the old single file ---

TEST_F(AofLoaderTest, AnOldSingleFileIsMovedIn) {
  files_.Put("./appendonly.aof", RdbWith("k1", false) + Set("k2"));
  LoadTranscript load = Load();
  EXPECT_EQ(load.commands, (std::vector<std::string>{"k1 = x", "set k2 v"}));
  EXPECT_TRUE(Contains(load.notes,
                       "Successfully migrated an old-style AOF file (appendonly.aof) into the AOF directory "
                       "(appendonlydir)."));
  EXPECT_TRUE(Contains(load.notes, "Reading RDB preamble from AOF file..."));
  EXPECT_TRUE(Contains(load.notes, "Reading the remaining AOF tail..."));
  EXPECT_EQ(ManifestOnDisk(), "file appendonly.aof seq 1 type b\n");
  EXPECT_FALSE(files_.FileExists("./appendonly.aof"));
  EXPECT_TRUE(files_.FileExists("./appendonlydir/appendonly.aof"));
  // And found there again.
  EXPECT_EQ(Load().commands.size(), 2u);
}

TEST_F(AofLoaderTest, AnInterruptedUpgradeGoesOn) {
  PutManifest("file appendonly.aof seq 1 type b\n");
  files_.Put("./appendonly.aof", Set("k1"));
  EXPECT_EQ(Load().commands, std::vector<std::string>{"set k1 v"});
  EXPECT_FALSE(files_.FileExists("./appendonly.aof"));
}

TEST_F(AofLoaderTest, WhatIsInTheFolderGoesBeforeAnOldFile) {
  PutManifest("file appendonly.aof seq 1 type b\n");
  Put("appendonly.aof", Set("k4"));
  files_.Put("./appendonly.aof", Set("k1"));
  EXPECT_EQ(Load().commands, std::vector<std::string>{"set k4 v"});
  EXPECT_TRUE(files_.FileExists("./appendonly.aof"));
}

TEST_F(AofLoaderTest, AnOldFileThatIsNowhere) {
  PutManifest("file appendonly.aof seq 1 type b\n");
  EXPECT_EQ(Load().lines.back(),
            "error: Unable to obtain the AOF file appendonly.aof length. stat: No such file or directory");
}

TEST_F(AofLoaderTest, AnUpgradeSurvivesAnyCrash) {
  Random random(4);
  for (auto how : {PowerFailure::kLosesAllUnsynced, PowerFailure::kKeepsEverything, PowerFailure::kKeepsNamesLosesBytes,
                   PowerFailure::kKeepsBytesLosesNames, PowerFailure::kKeepsSome}) {
    for (int operation = 0; operation < 14; ++operation) {
      for (int round = 0; round < 20; ++round) {
        MemoryFileSystem files;
        files.Put("./appendonly.aof", Set("k1"));
        files.DieAt(operation);
        {
          LoadTranscript first(files, {});
        }
        files.LosePower(how, random);
        LoadTranscript second(files, {});
        ASSERT_TRUE(second.ok()) << second.lines.back();
        ASSERT_EQ(second.commands, std::vector<std::string>{"set k1 v"}) << operation;
      }
    }
  }
}

}  // namespace
}  // namespace dunlin::persistence
