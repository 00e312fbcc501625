#include "server/ready_keys.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

std::string TakeAll(ReadyKeys& ready) {
  std::string text;
  while (auto key = ready.Take()) text.append(key->key).append(std::to_string(key->db.value)).append(" ");
  return text;
}

TEST(ReadyKeysTest, TheFirstReadyComesFirst) {
  ReadyKeys ready;
  EXPECT_TRUE(ready.empty());
  ready.Add({DbIndex(0), "b"});
  ready.Add({DbIndex(0), "a"});
  EXPECT_FALSE(ready.empty());
  EXPECT_EQ(TakeAll(ready), "b0 a0 ");
  EXPECT_TRUE(ready.empty());
}

TEST(ReadyKeysTest, AKeyKeepsItsPlace) {
  ReadyKeys ready;
  ready.Add({DbIndex(0), "b"});
  ready.Add({DbIndex(0), "a"});
  ready.Add({DbIndex(0), "b"});
  ready.Add({DbIndex(1), "b"});
  EXPECT_EQ(TakeAll(ready), "b0 a0 b1 ");
}

TEST(ReadyKeysTest, AKeyThatWasTakenMayComeAgain) {
  ReadyKeys ready;
  ready.Add({DbIndex(0), "a"});
  ready.Add({DbIndex(0), "b"});
  EXPECT_EQ(ready.Take()->key, "a");
  ready.Add({DbIndex(0), "a"});
  EXPECT_EQ(TakeAll(ready), "b0 a0 ");
}

}  // namespace
}  // namespace dunlin::server
