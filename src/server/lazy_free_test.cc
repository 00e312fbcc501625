#include "server/lazy_free.h"

#include <gtest/gtest.h>

#include "store/store.h"

namespace dunlin::server {
namespace {

store::OwnedEntry LargeEntry() {
  values::Set set;
  for (int i = 0; i < 1000; ++i) set.Add("member" + std::to_string(i), {}, 1);
  return store::OwnedEntry(store::Entry::NewValue("key", values::Value(std::move(set)), store::kNoExpiry));
}

TEST(LazyFreeTest, FreesWhatItIsGiven) {
  LazyFree lazy;
  std::vector<store::OwnedEntry> entries;
  entries.push_back(LargeEntry());
  entries.push_back(LargeEntry());
  lazy.Add(std::move(entries));
  store::Store store(1, 7);
  for (int i = 0; i < 100; ++i) {
    store::KeyRef key = store.Ref("key");
    store.slot(key.slot).PutString(store.context(), DbIndex(0), key, "value", store::kNoExpiry);
  }
  lazy.Add(store.ExtractDatabase(DbIndex(0)), 1);
  EXPECT_EQ(lazy.pending(), 3u);
  MemoryMeter meter;
  lazy.Start(meter, [] {});
  lazy.Stop();
  EXPECT_EQ(lazy.pending(), 0u);
  EXPECT_EQ(lazy.freed(), 3u);
  lazy.ResetCount();
  EXPECT_EQ(lazy.freed(), 0u);
}

TEST(LazyFreeTest, WithoutAThreadTheEndFrees) {
  LazyFree lazy;
  std::vector<store::OwnedEntry> entries;
  entries.push_back(LargeEntry());
  lazy.Add(std::move(entries));
  lazy.Stop();
  EXPECT_EQ(lazy.freed(), 1u);
}

TEST(LazyFreeTest, EffortIsTheNumberOfAllocations) {
  EXPECT_EQ(LargeEntry()->free_effort(), 1000u);
  store::OwnedEntry text(store::Entry::NewString("key", std::string(100000, 'x'), store::kNoExpiry));
  EXPECT_EQ(text->free_effort(), 1u);
}

}  // namespace
}  // namespace dunlin::server
