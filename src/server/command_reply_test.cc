#include "server/command_reply.h"

#include <gtest/gtest.h>

#include "catalog/catalog.h"

namespace dunlin::server {
namespace {

using commands::CommandSpec;
using commands::CommandTable;

TEST(CommandReplyTest, TableAndCatalogAgree) {
  CommandTable table;
  for (const CommandSpec* spec : table.rows_by_id()) {
    const std::string& name = table.FullName(*spec);
    catalog::Found found = catalog::Find(name);
    ASSERT_NE(found.entry, nullptr) << name;
    EXPECT_EQ(found.group->name, commands::GroupName(spec->group)) << name;
    EXPECT_EQ(found.entry->since, spec->since) << name;
  }
}

KeyRange RangeOf(std::initializer_list<commands::KeySpec> specs) {
  CommandSpec spec;
  spec.keys = {specs.begin(), specs.size()};
  return KeyRangeOf(spec);
}

TEST(CommandReplyTest, OldKeyRange) {
  using commands::CountedKeys;
  using commands::Key;
  using commands::Keys;
  using commands::KeysAfter;

  KeyRange none = RangeOf({});
  EXPECT_EQ(none.first, 0);
  EXPECT_FALSE(none.movable);
  // MGET
  KeyRange all = RangeOf({Keys(0, 1, -1, 1)});
  EXPECT_EQ(all.first, 1);
  EXPECT_EQ(all.last, -1);
  EXPECT_EQ(all.step, 1);
  // MSET
  EXPECT_EQ(RangeOf({Keys(0, 1, -1, 2)}).step, 2);
  // LMOVE: two specs side by side
  KeyRange two = RangeOf({Key(0, 1), Key(0, 2)});
  EXPECT_EQ(two.first, 1);
  EXPECT_EQ(two.last, 2);
  EXPECT_FALSE(two.movable);
  // ZUNIONSTORE: the destination, then counted ones
  KeyRange store = RangeOf({Key(0, 1), CountedKeys(0, 2)});
  EXPECT_EQ(store.first, 1);
  EXPECT_EQ(store.last, 1);
  EXPECT_TRUE(store.movable);
  // GEORADIUS: one, and one behind a word
  KeyRange word = RangeOf({Key(0, 1), KeysAfter(0, "STORE", 6, 0, 1, 0)});
  EXPECT_EQ(word.last, 1);
  EXPECT_TRUE(word.movable);
  // EVAL
  KeyRange counted = RangeOf({CountedKeys(0, 2)});
  EXPECT_EQ(counted.first, 0);
  EXPECT_TRUE(counted.movable);
}

}  // namespace
}  // namespace dunlin::server
