#include "catalog/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace dunlin::catalog {
namespace {

TEST(CatalogTest, GroupsAreSortedAndNothingIsThereTwice) {
  std::set<std::string_view> names;
  for (const Group& group : Groups()) {
    EXPECT_TRUE(std::ranges::is_sorted(group.entries, {}, &CommandEntry::name)) << group.name;
    for (const CommandEntry& entry : group.entries) {
      EXPECT_TRUE(names.insert(entry.name).second) << entry.name;
      EXPECT_EQ(Find(entry.name).entry, &entry);
      EXPECT_EQ(Find(entry.name).group, &group);
    }
  }
  EXPECT_EQ(Find("nothing").entry, nullptr);
}

TEST(CatalogTest, EveryEntrySaysSomething) {
  for (const Group& group : Groups()) {
    for (const CommandEntry& entry : group.entries) {
      EXPECT_TRUE(entry.summary.ends_with('.')) << entry.name;
      EXPECT_EQ(std::ranges::count(entry.since, '.'), 2) << entry.name;
      EXPECT_EQ(entry.deprecated_since.empty(), entry.replaced_by.empty()) << entry.name;
    }
  }
}

TEST(CatalogTest, SubcommandsHaveTheirContainer) {
  for (const Group& group : Groups()) {
    for (const CommandEntry& entry : group.entries) {
      size_t bar = entry.name.find('|');
      if (bar != std::string_view::npos) EXPECT_NE(Find(entry.name.substr(0, bar)).entry, nullptr) << entry.name;
    }
  }
}

TEST(CatalogTest, TipsAreThoseThatProxiesKnow) {
  const std::set<std::string_view> known = {
      "nondeterministic_output",       "nondeterministic_output_order", "request_policy:all_nodes",
      "request_policy:all_shards",     "request_policy:multi_shard",    "request_policy:special",
      "response_policy:one_succeeded", "response_policy:all_succeeded", "response_policy:agg_logical_and",
      "response_policy:agg_sum",       "response_policy:agg_min",       "response_policy:special"};
  for (const Group& group : Groups()) {
    for (const CommandEntry& entry : group.entries) {
      for (std::string_view rest = entry.tips; !rest.empty();) {
        std::string_view tip = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), tip.size() + 1));
        EXPECT_TRUE(known.contains(tip)) << entry.name << ": " << tip;
      }
    }
  }
}

}  // namespace
}  // namespace dunlin::catalog
