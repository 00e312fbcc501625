#include "server/request_batch.h"

#include <gtest/gtest.h>

namespace dunlin::server {
namespace {

using End = RequestBatch::End;

std::string Command(const std::vector<std::string>& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

class RequestBatchTest : public testing::Test {
 protected:
  End Fill(std::string_view bytes) { return batch_.Fill(parser_, bytes, limits_, table_, store_); }
  std::string Words(size_t i) const {
    std::string text;
    for (std::string_view word : batch_[i].args) text.append(text.empty() ? "" : " ").append(word);
    return text;
  }

  resp::RequestLimits limits_;
  resp::RequestParser parser_;
  commands::CommandTable table_;
  store::Store store_{16, 12345};
  RequestBatch batch_;
};

TEST_F(RequestBatchTest, ReadsWhatIsThere) {
  std::string first = Command({"SET", "a", "1"});
  std::string second = Command({"get", "b"});
  EXPECT_EQ(Fill(first + second), End::kIncomplete);
  ASSERT_EQ(batch_.size(), 2u);
  EXPECT_EQ(Words(0), "SET a 1");
  EXPECT_EQ(Words(1), "get b");
  EXPECT_EQ(batch_[0].array_bytes, first);
  EXPECT_EQ(batch_[1].array_bytes, second);
  EXPECT_EQ(batch_.BytesOf(0), 0u);
  EXPECT_EQ(batch_.BytesOf(1), first.size());
  EXPECT_EQ(batch_.BytesOf(2), first.size() + second.size());
  EXPECT_EQ(batch_[1].spec, table_.Find("get"));
}

TEST_F(RequestBatchTest, WhatIsNotWholeIsReadWhenItIs) {
  std::string whole = Command({"GET", "a"});
  std::string later = Command({"GET", "later"});
  EXPECT_EQ(Fill(whole + later.substr(0, 12)), End::kIncomplete);
  ASSERT_EQ(batch_.size(), 1u);
  EXPECT_EQ(Words(0), "GET a");
  EXPECT_EQ(Fill(later), End::kIncomplete);
  ASSERT_EQ(batch_.size(), 1u);
  EXPECT_EQ(Words(0), "GET later");
}

TEST_F(RequestBatchTest, NothingIsThere) {
  EXPECT_EQ(Fill(""), End::kIncomplete);
  EXPECT_EQ(batch_.size(), 0u);
}

TEST_F(RequestBatchTest, ManyComeInSeveralBatches) {
  std::string bytes;
  for (int i = 0; i < 20; ++i) bytes += Command({"GET", std::to_string(i)});
  EXPECT_EQ(Fill(bytes), End::kFull);
  ASSERT_EQ(batch_.size(), RequestBatch::kMaxRequests);
  EXPECT_EQ(Words(0), "GET 0");
  EXPECT_EQ(Words(15), "GET 15");
  EXPECT_EQ(Fill(std::string_view(bytes).substr(batch_.BytesOf(16))), End::kIncomplete);
  ASSERT_EQ(batch_.size(), 4u);
  EXPECT_EQ(Words(3), "GET 19");
}

TEST_F(RequestBatchTest, WhatCannotBeKeptIsTheLast) {
  std::vector<std::string> many = {"DEL"};
  for (int i = 0; i < 100; ++i) many.push_back("key" + std::to_string(i));
  EXPECT_EQ(Fill(Command({"GET", "a"}) + Command(many) + Command({"GET", "b"})), End::kFull);
  ASSERT_EQ(batch_.size(), 2u);
  EXPECT_EQ(batch_[1].args.size(), 101u);
  EXPECT_EQ(Fill("PING\r\n" + Command({"GET", "b"})), End::kFull);
  ASSERT_EQ(batch_.size(), 1u);
  EXPECT_EQ(Words(0), "PING");
  EXPECT_EQ(batch_[0].array_bytes, "");
}

TEST_F(RequestBatchTest, AnErrorComesBehindWhatIsRight) {
  std::string whole = Command({"GET", "a"});
  std::string bytes = whole + "*1\r\n:1\r\n";
  EXPECT_EQ(Fill(bytes), End::kError);
  ASSERT_EQ(batch_.size(), 1u);
  EXPECT_EQ(Words(0), "GET a");
  EXPECT_EQ(parser_.error(), "Protocol error: expected '$', got ':'");
}

TEST_F(RequestBatchTest, WhoeverStopsBeforeTheEndReadsTheRestAnew) {
  std::string first = Command({"BLPOP", "a", "0"});
  std::string bytes = first + Command({"GET", "b"}) + Command({"GET", "c"}).substr(0, 9);
  Fill(bytes);
  ASSERT_EQ(batch_.size(), 2u);
  parser_.Reset();
  EXPECT_EQ(Fill(std::string_view(bytes).substr(batch_.BytesOf(1))), End::kIncomplete);
  ASSERT_EQ(batch_.size(), 1u);
  EXPECT_EQ(Words(0), "GET b");
}

TEST_F(RequestBatchTest, OneByOneBeforeAuth) {
  limits_.authenticated = false;
  EXPECT_EQ(Fill(Command({"AUTH", "x"}) + Command({"GET", "a"})), End::kFull);
  ASSERT_EQ(batch_.size(), 1u);
  EXPECT_EQ(Words(0), "AUTH x");
}

TEST_F(RequestBatchTest, KeysAreLookedUpOnce) {
  Fill(Command({"SET", "{tag}a", "1"}) + Command({"MGET", "a", "b"}) + Command({"PING"}) + Command({"LMOVE", "a"}));
  ASSERT_EQ(batch_.size(), 4u);
  ASSERT_TRUE(batch_[0].has_one_key);
  store::KeyRef expected = store_.Ref("{tag}a");
  EXPECT_EQ(batch_[0].key.bytes, "{tag}a");
  EXPECT_EQ(batch_[0].key.hash, expected.hash);
  EXPECT_EQ(batch_[0].key.slot, expected.slot);
  EXPECT_EQ(batch_[0].key_position.index, 1);
  EXPECT_FALSE(batch_[1].has_one_key);
  EXPECT_FALSE(batch_[2].has_one_key);
  // Too few arguments: no such call.
  EXPECT_EQ(batch_[3].spec, nullptr);
  batch_.Prefetch(store_, DbIndex(3));
}

TEST_F(RequestBatchTest, WhatDoesNotExist) {
  Fill(Command({"NONSENSE", "a"}) + Command({"CONFIG", "NONSENSE"}) + Command({""}));
  ASSERT_EQ(batch_.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(batch_[i].spec, nullptr) << Words(i);
}

}  // namespace
}  // namespace dunlin::server
