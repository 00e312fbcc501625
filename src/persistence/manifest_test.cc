#include "persistence/manifest.h"

#include <gtest/gtest.h>

namespace dunlin::persistence {
namespace {

std::string Why(std::string_view text) {
  auto manifest = ParseManifest(text);
  return manifest ? "none" : std::string(manifest.error().why);
}

constexpr std::string_view kText =
    "file appendonly.aof.2.base.rdb seq 2 type b\n"
    "file appendonly.aof.1.incr.aof seq 1 type h\n"
    "file appendonly.aof.4.incr.aof seq 4 type i\n"
    "file appendonly.aof.7.incr.aof seq 7 type i\n";

TEST(Manifest, ReadsAndWritesItsText) {
  auto manifest = ParseManifest(kText);
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->base, (ManifestFile{"appendonly.aof.2.base.rdb", 2}));
  EXPECT_EQ(manifest->history, (std::vector<ManifestFile>{{"appendonly.aof.1.incr.aof", 1}}));
  EXPECT_EQ(manifest->increments.size(), 2u);
  EXPECT_EQ(manifest->last_base_sequence, 2);
  EXPECT_EQ(manifest->last_increment_sequence, 7);
  EXPECT_EQ(manifest->ToText(), kText);
}

TEST(Manifest, PassesOverCommentsAndUnknownPairs) {
  auto manifest =
      ParseManifest("# a comment\nfile a.1.base.rdb seq 1 type b newkey newvalue\n#\n  TYPE i  Seq 2 FILE a.2 \r\n");
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->base->name, "a.1.base.rdb");
  EXPECT_EQ(manifest->increments, (std::vector<ManifestFile>{{"a.2", 2}}));
}

TEST(Manifest, QuotesNames) {
  Manifest manifest;
  manifest.ReplaceBase(" file seq \n\n.aof ", true);
  EXPECT_EQ(manifest.ToText(), "file \" file seq \\n\\n.aof .1.base.rdb\" seq 1 type b\n");
  EXPECT_EQ(ParseManifest(manifest.ToText()), manifest);
}

TEST(Manifest, SaysWhatIsWrongInRedisWords) {
  EXPECT_EQ(Why(""), "Found an empty AOF manifest");
  EXPECT_EQ(Why("\n"), "Invalid AOF manifest file format");
  EXPECT_EQ(Why("filx a seq 1 type b\n"), "Invalid AOF manifest file format");
  EXPECT_EQ(Why("file a type i\n"), "Invalid AOF manifest file format");
  EXPECT_EQ(Why("file a seq 1 type i newkey\n"), "Invalid AOF manifest file format");
  EXPECT_EQ(Why("file a seq zero type i\n"), "Invalid AOF manifest file format");
  EXPECT_EQ(Why("file \"a seq 1 type i\n"), "Invalid AOF manifest file format");
  EXPECT_EQ(Why("file a seq 1 type x\n"), "Unknown AOF file type");
  EXPECT_EQ(Why("file ../a seq 1 type i\n"), "File can't be a path, just a filename");
  EXPECT_EQ(Why("file a seq 1 type b\nfile b seq 2 type b\n"), "Found duplicate base file information");
  EXPECT_EQ(Why("file a seq 2 type i\nfile b seq 2 type i\n"), "Found a non-monotonic sequence number");
  EXPECT_EQ(Why("file a seq 1 type b"), "The AOF manifest file contains too long line");
  EXPECT_EQ(Why("file a seq 1 type b " + std::string(1100, 'x') + " y\n"),
            "The AOF manifest file contains too long line");
}

TEST(Manifest, ErrorsNameTheLine) {
  auto error = ParseManifest("# comment\nfile a seq 1 type i\n\nfile b seq 2 type i\n").error();
  EXPECT_EQ(error.LogLines(),
            (std::vector<std::string>{"*** FATAL AOF MANIFEST FILE ERROR ***", "Reading the manifest file, at line 3",
                                      ">>> ''", "Invalid AOF manifest file format"}));
  EXPECT_EQ(error.ToStatus().message(), "AOF manifest, line 3: Invalid AOF manifest file format");
}

TEST(Manifest, Rewrites) {
  Manifest manifest;
  EXPECT_TRUE(manifest.empty());
  EXPECT_EQ(manifest.ReplaceBase("a", false), "a.1.base.aof");
  EXPECT_EQ(manifest.AddIncrement("a"), "a.1.incr.aof");
  EXPECT_EQ(manifest.AddIncrement("a"), "a.2.incr.aof");
  EXPECT_EQ(manifest.ReplaceBase("a", true), "a.2.base.rdb");
  manifest.RetireIncrements(1);
  EXPECT_EQ(manifest.ToText(),
            "file a.2.base.rdb seq 2 type b\nfile a.1.incr.aof seq 1 type h\nfile a.1.base.aof seq 1 type h\n"
            "file a.2.incr.aof seq 2 type i\n");
  manifest.RetireIncrements(0);
  EXPECT_TRUE(manifest.increments.empty());
  EXPECT_FALSE(manifest.empty());
}

TEST(Manifest, NamesInHistoryAreNotUsedAgain) {
  auto manifest = ParseManifest("file a.4.base.rdb seq 4 type b\nfile a.1.incr.aof seq 1 type h\n");
  EXPECT_EQ(manifest->AddIncrement("a"), "a.2.incr.aof");
}

TEST(Manifest, FileNames) {
  EXPECT_EQ(ManifestName("appendonly.aof"), "appendonly.aof.manifest");
  EXPECT_EQ(TemporaryManifestName("appendonly.aof"), "temp-appendonly.aof.manifest");
  EXPECT_EQ(TemporaryIncrementName("appendonly.aof"), "temp-appendonly.aof.incr");
}

}  // namespace
}  // namespace dunlin::persistence
