#include "snapshot/command_encoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "snapshot/testing.h"

namespace dunlin::snapshot {
namespace {

// The commands in RESP, taken apart. REQUIRES: well formed.
std::vector<std::vector<std::string>> Commands(std::string_view bytes) {
  std::vector<std::vector<std::string>> out;
  auto number = [&](char type) {
    EXPECT_EQ(bytes.at(0), type);
    size_t end = bytes.find("\r\n");
    size_t n = std::stoul(std::string(bytes.substr(1, end - 1)));
    bytes.remove_prefix(end + 2);
    return n;
  };
  while (!bytes.empty()) {
    auto& command = out.emplace_back();
    for (size_t args = number('*'); args > 0; --args) {
      size_t size = number('$');
      command.emplace_back(bytes.substr(0, size));
      EXPECT_EQ(bytes.substr(size, 2), "\r\n");
      bytes.remove_prefix(size + 2);
    }
  }
  return out;
}

std::string Encode(const values::Value& value, size_t budget = SIZE_MAX, int64_t expire_at_ms = -1) {
  CommandEncoder encoder("key", expire_at_ms, ValueRef::Of(value));
  std::string out;
  while (!encoder.Step(out, budget)) {
  }
  return out;
}

// Carries the commands out.
std::string Replayed(std::string_view bytes) {
  values::Value value;
  const values::EncodingLimits limits;
  for (const auto& command : Commands(bytes)) {
    EXPECT_EQ(command[1], "key");
    EXPECT_LE(command.size(), 2u + 2 * 64);
    const std::string& verb = command[0];
    if (value.size() == 0) {
      if (verb == "SET") value = values::Value::OfString(command[2]);
      if (verb == "RPUSH") value = values::Value(values::List());
      if (verb == "SADD") value = values::Value(values::Set());
      if (verb == "HMSET") value = values::Value(values::Hash());
      if (verb == "ZADD") value = values::Value(values::SortedSet());
    }
    bool pairs = verb == "HMSET" || verb == "ZADD";
    for (size_t i = 2; i < command.size(); i += pairs ? 2 : 1) {
      if (verb == "RPUSH") value.list().Push(values::ListEnd::kBack, command[i], limits);
      bool added = true;
      if (verb == "SADD") added = value.set().Add(command[i], limits, 1);
      if (verb == "HMSET") added = value.hash().Set(command[i], command[i + 1], limits, 1);
      EXPECT_TRUE(added);
      if (verb == "ZADD") value.sorted_set().Add(command[i + 1], *ParseDouble(command[i]), {}, limits, 1);
    }
  }
  return testing::Describe(value);
}

TEST(CommandEncoder, WritesSmallValues) {
  EXPECT_EQ(Encode(values::Value(int64_t{12})), "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$2\r\n12\r\n");
  EXPECT_EQ(Encode(testing::MakeSortedSet({{"a", 1.5}, {"b", INFINITY}})),
            "*6\r\n$4\r\nZADD\r\n$3\r\nkey\r\n$3\r\n1.5\r\n$1\r\na\r\n$3\r\ninf\r\n$1\r\nb\r\n");
  EXPECT_EQ(Encode(testing::MakeHash({{"f", "v"}}), SIZE_MAX, 1700000000123),
            "*4\r\n$5\r\nHMSET\r\n$3\r\nkey\r\n$1\r\nf\r\n$1\r\nv\r\n"
            "*3\r\n$9\r\nPEXPIREAT\r\n$3\r\nkey\r\n$13\r\n1700000000123\r\n");
  std::string out;
  AppendSelectCommand(out, DbIndex(11));
  AppendTimestampAnnotation(out, 1700000000);
  EXPECT_EQ(out, "*2\r\n$6\r\nSELECT\r\n$2\r\n11\r\n#TS:1700000000\r\n");
}

TEST(CommandEncoder, WhatItWritesMakesTheValueAgain) {
  std::vector<std::string> texts;
  std::vector<std::pair<std::string, std::string>> fields;
  std::vector<std::pair<std::string, double>> scores;
  for (int i = 0; i < 1000; ++i) {
    texts.push_back(i % 3 == 0 ? std::to_string(i) : "element " + std::to_string(i));
    fields.emplace_back(texts.back(), std::to_string(i * 7));
    scores.emplace_back(texts.back(), i * 0.1);
  }
  std::vector<values::Value> all;
  all.push_back(testing::MakeList(texts));
  all.push_back(testing::MakeList({"a", std::string(100000, 'x'), "b"}));
  all.push_back(testing::MakeSet(texts));
  all.push_back(testing::MakeSet({"1", "2", "3"}));
  all.push_back(testing::MakeSet({"a", "2"}));
  all.push_back(testing::MakeHash(fields));
  all.push_back(testing::MakeHash({{"a", "1"}, {"2", "b"}}));
  all.push_back(testing::MakeSortedSet(scores));
  all.push_back(testing::MakeSortedSet({{"a", 0.1}, {"b", -INFINITY}}));
  all.push_back(values::Value::OfString(""));
  all.push_back(values::Value::OfString(std::string(300000, 'y')));
  for (const values::Value& value : all) {
    std::string whole = Encode(value);
    EXPECT_EQ(Replayed(whole), testing::Describe(value));
    for (size_t budget : {size_t{0}, size_t{1}, size_t{5000}}) EXPECT_EQ(Encode(value, budget), whole);
  }
}

std::string Spelled(std::string_view bytes) {
  std::string out;
  for (const auto& command : Commands(bytes)) {
    for (const std::string& word : command) out.append(&word == &command.front() ? "" : " ").append(word);
    out.push_back('\n');
  }
  return out;
}

TEST(CommandEncoder, Streams) {
  values::Value value = testing::MakeStream(3);
  values::Stream& stream = value.stream();
  stream.SetMaxErasedId({7, 7});
  stream.SetEntriesAdded(9);
  values::StreamGroup* group = stream.AddGroup("g", {1000, 1}, values::StreamGroup::kUnknown);
  group->AddConsumer("idle", 5);
  group->Assign({{1000, 1}, 1234, 3, group->AddConsumer("alice", 5)});
  group->Assign({{1000, 2}, 1235, 1, group->FindConsumer("alice")});
  stream.AddGroup("h", {}, 0);
  std::string whole = Encode(value);
  EXPECT_EQ(Spelled(whole),
            "XADD key 1000-1 name value 1 number 17\n"
            "XADD key 1000-2 name value 4 number 17  value 4\n"
            "XADD key 1001-3 name value 9\n"
            "XSETID key 1001-3 ENTRIESADDED 9 MAXDELETEDID 7-7\n"
            "XGROUP CREATE key g 1000-1 ENTRIESREAD -1\n"
            "XCLAIM key g alice 0 1000-1 TIME 1234 RETRYCOUNT 3 JUSTID FORCE\n"
            "XCLAIM key g alice 0 1000-2 TIME 1235 RETRYCOUNT 1 JUSTID FORCE\n"
            "XGROUP CREATECONSUMER key g idle\n"
            "XGROUP CREATE key h 0-0 ENTRIESREAD 0\n");
  for (size_t budget : {size_t{0}, size_t{100}}) EXPECT_EQ(Encode(value, budget), whole);
  EXPECT_EQ(Spelled(Encode(testing::MakeStream(0))),
            "XADD key MAXLEN 0 0-1 x y\nXSETID key 0-0 ENTRIESADDED 0 MAXDELETEDID 0-0\n");
}

TEST(CommandEncoder, StepsKeepNearTheirBudget) {
  values::Value text = values::Value::OfString(std::string(1000000, 'y'));
  CommandEncoder encoder("key", -1, ValueRef::Of(text));
  size_t before = 0;
  for (std::string out; !encoder.Step(out, 100000); before = out.size()) ASSERT_LE(out.size() - before, 200000u);
}

}  // namespace
}  // namespace dunlin::snapshot
