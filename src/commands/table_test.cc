#include "commands/table.h"

#include <gtest/gtest.h>

#include "base/ascii.h"

namespace dunlin::commands {
namespace {

TEST(CommandTableTest, EveryNameIsFoundInEveryCase) {
  CommandTable table;
  for (const CommandSpec* spec : table.all()) {
    EXPECT_EQ(table.Find(spec->name), spec) << spec->name;
    EXPECT_EQ(table.Find(AsciiUppered(spec->name)), spec) << spec->name;
    std::string mixed(spec->name);
    for (size_t i = 0; i < mixed.size(); i += 2) mixed[i] = AsciiUpper(mixed[i]);
    EXPECT_EQ(table.Find(mixed), spec) << mixed;
  }
}

TEST(CommandTableTest, NamesThatDifferInOneByteAreOthers) {
  CommandTable table;
  for (const CommandSpec* spec : table.all()) {
    for (size_t i = 0; i < spec->name.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string other(spec->name);
        other[i] = static_cast<char>(other[i] ^ 1 << bit);
        const CommandSpec* found = table.Find(other);
        EXPECT_TRUE(found == nullptr || EqualsIgnoreCase(found->name, other)) << spec->name << " " << other;
      }
    }
    EXPECT_NE(table.Find(std::string(spec->name) + "x"), spec);
    EXPECT_NE(table.Find(spec->name.substr(1)), spec);
  }
  EXPECT_EQ(table.Find(""), nullptr);
}

TEST(CommandTableTest, EveryRowHasItsNumber) {
  CommandTable table;
  for (size_t id = 0; id < table.id_count(); ++id) {
    EXPECT_EQ(table.IdOf(*table.rows_by_id()[id]), id);
  }
  for (const CommandSpec* spec : table.all()) {
    EXPECT_EQ(table.FullName(*spec), spec->name);
    for (const CommandSpec& sub : spec->subcommands) {
      EXPECT_EQ(table.FullName(sub), std::string(spec->name) + "|" + std::string(sub.name));
    }
  }
}

TEST(CommandTableTest, Renaming) {
  CommandTable table;
  const CommandSpec* flush = table.Find("flushall");
  EXPECT_TRUE(table.Rename("FLUSHALL", "a-much-longer-name-than-others"));
  EXPECT_EQ(table.Find("flushall"), nullptr);
  EXPECT_EQ(table.Find("A-much-longer-name-than-others"), flush);
  EXPECT_EQ(table.Find("A-much-longer-nome-than-others"), nullptr);
  EXPECT_FALSE(table.Rename("get", "set"));
  EXPECT_TRUE(table.Rename("get", ""));
  EXPECT_EQ(table.Find("get"), nullptr);
  EXPECT_EQ(table.Find(""), nullptr);
}

}  // namespace
}  // namespace dunlin::commands
