#include "persistence/rdb_file.h"

#include <gtest/gtest.h>

#include "persistence/memory_files.h"

namespace dunlin::persistence {
namespace {

std::string SmallRdb(std::string_view key) {
  snapshot::RdbWriter writer({}, true);
  writer.Begin({"7.2.4", 1, 1, {}, false});
  writer.Key({key}, snapshot::ValueRef("x"));
  writer.End();
  return std::string(writer.bytes());
}

Status Save(FileSystem& files, std::string_view bytes) {
  auto writer = RdbFileWriter::Create(files, "dump.rdb", "temp-1.rdb");
  if (!writer) return writer.error();
  for (; !bytes.empty(); bytes.remove_prefix(std::min<size_t>(20, bytes.size()))) {
    DUNLIN_TRY((*writer)->Append(bytes.substr(0, 20), /*incremental_sync=*/true));
  }
  return (*writer)->Finish();
}

// The key in the file, or what is wrong.
std::string Loaded(FileSystem& files) {
  auto reader = RdbFileReader::Open(files, "dump.rdb", {});
  if (!reader) return reader.error().message();
  std::string key;
  while (true) {
    auto event = (*reader)->Next();
    if (!event) return event.error().message();
    if (auto* found = std::get_if<snapshot::RdbKey>(&*event)) key = found->info.key;
    if (std::holds_alternative<snapshot::RdbEnd>(*event)) return key;
  }
}

TEST(RdbFile, SavesAndLoads) {
  MemoryFileSystem files;
  EXPECT_EQ(RdbFileReader::Open(files, "dump.rdb", {}).error().code(), StatusCode::kNotFound);
  ASSERT_TRUE(Save(files, SmallRdb("one")).ok());
  EXPECT_EQ(Loaded(files), "one");
  EXPECT_EQ(files.List("."), std::vector<std::string>{"dump.rdb"});
}

TEST(RdbFile, ReadsNothingBehindTheEnd) {
  MemoryFileSystem files;
  files.Put("./dump.rdb", SmallRdb("one"));
  auto reader = RdbFileReader::Open(files, "./dump.rdb", {});
  int events = 0;
  while ((*reader)->Next()) ++events;
  EXPECT_EQ(events, 7);
  EXPECT_FALSE((*reader)->Next());
}

TEST(RdbFile, AnUnfinishedOneIsRemoved) {
  MemoryFileSystem files;
  {
    auto writer = RdbFileWriter::Create(files, "dump.rdb", "temp-1.rdb");
    ASSERT_TRUE((*writer)->Append("REDIS", false).ok());
    EXPECT_EQ((*writer)->bytes(), 5u);
  }
  EXPECT_EQ(files.List("."), std::vector<std::string>{});
}

TEST(RdbFile, ACutFileIsNamed) {
  MemoryFileSystem files;
  files.Put("./dump.rdb", SmallRdb("one").substr(0, 50));
  EXPECT_NE(Loaded(files).find("Unexpected EOF reading RDB file"), std::string::npos);
}

TEST(RdbFile, WhateverFailsThereIsTheOldFileOrTheNew) {
  Random random(1);
  for (bool dies : {false, true}) {
    for (auto how :
         {PowerFailure::kLosesAllUnsynced, PowerFailure::kKeepsEverything, PowerFailure::kKeepsNamesLosesBytes,
          PowerFailure::kKeepsBytesLosesNames, PowerFailure::kKeepsSome}) {
      for (int operation = 0; operation < 16; ++operation) {
        MemoryFileSystem files;
        files.Put("./dump.rdb", SmallRdb("old"));
        dies ? files.DieAt(operation) : files.FailAt(operation);
        bool saved = Save(files, SmallRdb("new")).ok();
        files.LosePower(how, random);
        std::string loaded = Loaded(files);
        ASSERT_TRUE(loaded == "new" || (!saved && loaded == "old")) << loaded;
      }
    }
  }
}

}  // namespace
}  // namespace dunlin::persistence
