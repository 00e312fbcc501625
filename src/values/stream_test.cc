#include "values/stream.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/random.h"

namespace dunlin::values {
namespace {

using Words = std::vector<std::string>;

void Add(Stream& stream, StreamId id, const Words& words, const EncodingLimits& limits = {}) {
  std::vector<std::string_view> fields(words.begin(), words.end());
  stream.Append(id, fields, limits);
}

Words FieldsOf(const StreamEntry& entry) {
  Words words;
  entry.ForEachField([&](std::string_view name, std::string_view value) {
    words.emplace_back(name);
    words.emplace_back(value);
  });
  return words;
}

using Model = std::map<StreamId, Words>;

void ExpectSame(const Stream& stream, const Model& model) {
  ASSERT_EQ(stream.size(), model.size());
  auto expected = model.begin();
  for (StreamCursor at = stream.First(); at.valid(); at.Next(), ++expected) {
    ASSERT_NE(expected, model.end());
    ASSERT_EQ(at.id(), expected->first);
    ASSERT_EQ(at.entry().field_count() * 2, expected->second.size());
    ASSERT_EQ(FieldsOf(at.entry()), expected->second);
  }
  ASSERT_EQ(expected, model.end());
  auto backwards = model.rbegin();
  for (StreamCursor at = stream.Last(); at.valid(); at.Previous(), ++backwards) ASSERT_EQ(at.id(), backwards->first);
  ASSERT_EQ(backwards, model.rend());
}

// Nodes to listpacks and back.
Stream ThroughListpacks(const Stream& stream) {
  Stream copy;
  for (auto at = stream.nodes().First(); at.valid(); at.Next()) {
    std::string blob;
    at.item().AppendListpack(blob);
    EXPECT_TRUE(Listpack::Validate(blob).ok());
    auto node = StreamNode::FromListpack(at.item().id, blob, copy.last_entry_id());
    EXPECT_TRUE(node) << node.error().message();
    copy.AppendNode(*node);
  }
  copy.SetLastId(stream.last_id());
  return copy;
}

TEST(StreamId, Order) {
  EXPECT_LT((StreamId{1, 5}), (StreamId{2, 0}));
  EXPECT_LT((StreamId{2, 0}), (StreamId{2, 1}));
  EXPECT_EQ((StreamId{1, UINT64_MAX}.Next()), (StreamId{2, 0}));
  EXPECT_EQ((StreamId{2, 0}.Previous()), (StreamId{1, UINT64_MAX}));
  EXPECT_EQ((StreamId{1, 1}.Next().Previous()), (StreamId{1, 1}));
  EXPECT_EQ(StreamIdText(StreamId::Max()).view(), "18446744073709551615-18446744073709551615");
  EXPECT_EQ(StreamIdText(StreamId{}).view(), "0-0");
}

TEST(Stream, ANewOneNeedsNoMemory) {
  Stream stream;
  EXPECT_TRUE(stream.empty());
  EXPECT_EQ(stream.memory_bytes(), 0u);
  EXPECT_EQ(stream.last_id(), StreamId());
  EXPECT_FALSE(stream.First().valid());
  EXPECT_FALSE(stream.Last().valid());
  EXPECT_FALSE(stream.AtOrAfter({}).valid());
  EXPECT_FALSE(stream.AtOrBefore({}).valid());
  EXPECT_FALSE(stream.Erase({1, 1}));
  EXPECT_EQ(stream.Trim({.max_size = 0}), 0u);
  EXPECT_EQ(stream.FindGroup("g"), nullptr);
  EXPECT_FALSE(stream.RemoveGroup("g"));
}

TEST(Stream, EntriesOfManyShapes) {
  Stream stream;
  Model model;
  StreamId id{5, 3};
  auto add = [&](StreamId at, Words words) {
    Add(stream, at, words);
    model[at] = std::move(words);
  };
  add(id, {"a", "1", "b", ""});
  add({5, 4}, {"a", "2", "b", "x"});
  add({5, 200}, {"b", "2", "a", "x"});
  add({5, UINT64_MAX}, {"a", "-7", "b", "007"});
  add({6, 0}, {"a", std::string(70, 'y'), "b", std::string(3000, 'z')});
  add({67, 1}, {"a", "9223372036854775807", "b", "-9223372036854775808"});
  add({5 + 62, 2}, {"q", "r"});
  add({68, 0}, {"12", "13"});
  add({5 + 63, 2}, {"q", "r"});
  add({5 + 64, 2}, {"", ""});
  add({1000, 0}, {"a", "1", "b", "2", "c", "3"});
  add({uint64_t{1} << 40, 0}, {"a", "1", "b", "2"});
  add(StreamId::Max(), {"a", "1", "b", "2"});
  ExpectSame(stream, model);
  ExpectSame(ThroughListpacks(stream), model);
  for (const auto& [at, words] : model) {
    EXPECT_TRUE(stream.Contains(at));
    EXPECT_FALSE(stream.Contains(at == StreamId::Max() ? StreamId{7, 7} : at.Next()) && !model.contains(at.Next()));
  }
}

// The sizes by which nodes end are those of the listpack, as clients can see who trim approximately.
TEST(Stream, NodesEndWhereTheirListpacksWould) {
  EncodingLimits limits;
  Stream stream;
  for (uint64_t i = 1; i <= 1000; ++i) Add(stream, {i, 0}, {"f", "v"}, limits);
  EXPECT_EQ(stream.nodes().size(), 10u);
  limits.stream_node_max_entries = 0;
  Stream by_bytes;
  for (uint64_t i = 1; i <= 5000; ++i) Add(by_bytes, {i, 0}, {"f", std::string(50, 'v')}, limits);
  for (auto at = by_bytes.nodes().First(); at.valid(); at.Next()) {
    std::string blob;
    at.item().AppendListpack(blob);
    EXPECT_LT(blob.size(), limits.stream_node_max_bytes + 20);
    if (at.item().id != by_bytes.nodes().Last().item().id) EXPECT_GE(blob.size() + 51, limits.stream_node_max_bytes);
    EXPECT_EQ(at.item().Full(limits.stream_node_max_bytes - blob.size() - 1, limits), false);
    EXPECT_EQ(at.item().Full(limits.stream_node_max_bytes - blob.size(), limits), true);
  }
}

TEST(Stream, ErasedEntriesStillFillTheirNode) {
  EncodingLimits limits{.stream_node_max_entries = 10};
  Stream stream;
  for (uint64_t i = 1; i <= 10; ++i) Add(stream, {i, 0}, {"f", "v"}, limits);
  for (uint64_t i = 1; i <= 5; ++i) EXPECT_TRUE(stream.Erase({i * 2, 0}));
  EXPECT_FALSE(stream.Erase({2, 0}));
  EXPECT_EQ(stream.nodes().size(), 1u);
  Add(stream, {11, 0}, {"f", "v"}, limits);
  EXPECT_EQ(stream.nodes().size(), 2u);
  for (uint64_t i = 0; i < 5; ++i) EXPECT_TRUE(stream.Erase({i * 2 + 1, 0}));
  EXPECT_EQ(stream.nodes().size(), 1u);
  EXPECT_EQ(stream.size(), 1u);
  EXPECT_EQ(stream.first_entry_id(), (StreamId{11, 0}));
}

TEST(Stream, TrimsBySize) {
  auto make = [] {
    Stream stream;
    for (uint64_t i = 1; i <= 1000; ++i) Add(stream, {i, 0}, {"f", "v"});
    return stream;
  };
  Stream stream = make();
  EXPECT_EQ(stream.Trim({.max_size = 1000}), 0u);
  EXPECT_EQ(stream.Trim({.max_size = 955}), 45u);
  EXPECT_EQ(stream.first_entry_id(), (StreamId{46, 0}));
  EXPECT_EQ(stream.Trim({.max_size = 955, .whole_nodes_only = true}), 0u);
  EXPECT_EQ(stream.Trim({.max_size = 950, .whole_nodes_only = true}), 0u);
  EXPECT_EQ(stream.Trim({.max_size = 700, .whole_nodes_only = true}), 255u);
  EXPECT_EQ(stream.size(), 700u);
  EXPECT_EQ(stream.Trim({.max_size = 0, .whole_nodes_only = true, .max_removed = 250}), 200u);
  EXPECT_EQ(stream.Trim({.max_size = 0}), 500u);
  EXPECT_TRUE(stream.empty());
  EXPECT_EQ(stream.nodes().size(), 0u);
  EXPECT_EQ(stream.last_id(), (StreamId{1000, 0}));
  EXPECT_EQ(stream.entries_added(), 1000u);
}

TEST(Stream, TrimsById) {
  Stream stream;
  for (uint64_t i = 1; i <= 1000; ++i) Add(stream, {i, 0}, {"f", "v"});
  EXPECT_EQ(stream.Trim({.max_size = {}, .min_id = {1, 0}}), 0u);
  EXPECT_EQ(stream.Trim({.max_size = {}, .min_id = {250, 0}, .whole_nodes_only = true}), 200u);
  EXPECT_EQ(stream.Trim({.max_size = {}, .min_id = {250, 0}}), 49u);
  EXPECT_EQ(stream.first_entry_id(), (StreamId{250, 0}));
  EXPECT_EQ(stream.Trim({.max_size = {}, .min_id = {500, 1}, .whole_nodes_only = true, .max_removed = 60}), 51u);
  EXPECT_EQ(stream.Trim({.max_size = {}, .min_id = StreamId::Max()}), 700u);
  EXPECT_TRUE(stream.empty());
}

TEST(Stream, BehavesLikeAMap) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Random random(seed);
    EncodingLimits limits;
    if (seed % 2 == 0) limits = {.stream_node_max_bytes = 200, .stream_node_max_entries = 7};
    Stream stream;
    Model model;
    StreamId last;
    for (int step = 0; step < 3000; ++step) {
      if (random.Below(10) < 6) {
        last = random.OneIn(3) ? StreamId{last.ms, last.seq + 1 + random.Below(300)}
                               : StreamId{last.ms + 1 + random.Below(random.OneIn(9) ? 100000 : 30), random.Below(3)};
        Words words;
        for (uint64_t i = 0, fields = 1 + random.Below(3); i < fields; ++i) {
          words.push_back(random.OneIn(5) ? std::to_string(random.Below(300)) : "name" + std::to_string(i));
          words.push_back(random.OneIn(2) ? std::to_string(random.Next()) : std::string(random.Below(90), 'v'));
        }
        Add(stream, last, words, limits);
        model[last] = words;
      } else if (random.OneIn(40)) {
        StreamId min{random.Below(last.ms + 1), 0};
        auto end = model.lower_bound(min);
        auto count = static_cast<uint64_t>(std::distance(model.begin(), end));
        ASSERT_EQ(stream.Trim({.max_size = {}, .min_id = min}), count);
        model.erase(model.begin(), end);
      } else if (!model.empty()) {
        auto victim = model.lower_bound({random.Below(last.ms + 1), random.Below(4)});
        if (victim == model.end()) continue;
        ASSERT_TRUE(stream.Erase(victim->first));
        model.erase(victim);
      }
      StreamId wanted{random.Below(last.ms + 2), random.Below(400)};
      auto after = model.lower_bound(wanted);
      StreamCursor at = stream.AtOrAfter(wanted);
      ASSERT_EQ(at.valid(), after != model.end());
      if (at.valid()) ASSERT_EQ(at.id(), after->first);
      StreamCursor before = stream.AtOrBefore(wanted);
      if (after != model.end() && after->first == wanted) {
        ASSERT_EQ(before.id(), wanted);
      } else {
        ASSERT_EQ(before.valid(), after != model.begin());
        if (before.valid()) ASSERT_EQ(before.id(), std::prev(after)->first);
      }
      if (step % 300 == 0) {
        ExpectSame(stream, model);
        ExpectSame(ThroughListpacks(stream), model);
        ExpectSame(stream.Clone(), model);
      }
    }
    ExpectSame(stream, model);
    size_t memory = stream.memory_bytes();
    EXPECT_GT(memory, 0u);
    EXPECT_LE(stream.Clone().memory_bytes(), memory);
  }
}

TEST(Stream, HowFarAReaderIs) {
  Stream stream;
  StreamGroup* group = stream.AddGroup("g", {}, 0);
  EXPECT_EQ(stream.AddGroup("g", {}, 0), nullptr);
  EXPECT_EQ(stream.LagOf(*group), 0);
  for (uint64_t i = 1; i <= 5; ++i) Add(stream, {i, 0}, {"f", "v"});
  EXPECT_EQ(stream.LagOf(*group), 5);
  EXPECT_EQ(stream.EntriesReadAt({0, 1}), 0);
  EXPECT_EQ(stream.EntriesReadAt({1, 0}), 1);
  EXPECT_EQ(stream.EntriesReadAt({2, 0}), StreamGroup::kUnknown);
  EXPECT_EQ(stream.EntriesReadAt({5, 0}), 5);
  EXPECT_EQ(stream.EntriesReadAt({6, 0}), StreamGroup::kUnknown);
  stream.Advance(*group, {1, 0});
  stream.Advance(*group, {2, 0});
  EXPECT_EQ(group->entries_read, 2);
  EXPECT_EQ(stream.LagOf(*group), 3);
  stream.Erase({4, 0});
  stream.SetMaxErasedId({4, 0});
  EXPECT_TRUE(stream.HasGapAfter({2, 0}));
  EXPECT_FALSE(stream.HasGapAfter({4, 1}));
  EXPECT_EQ(stream.LagOf(*group), std::nullopt);
  stream.Advance(*group, {3, 0});
  EXPECT_EQ(group->entries_read, StreamGroup::kUnknown);
  stream.Advance(*group, {5, 0});
  EXPECT_EQ(group->entries_read, 5);
  EXPECT_EQ(stream.LagOf(*group), 0);
}

TEST(StreamGroup, PendingPassesFromOneConsumerToAnother) {
  StreamGroup group("g", {}, 0);
  StreamConsumer* alice = group.AddConsumer("alice", 1);
  StreamConsumer* bob = group.AddConsumer("bob", 2);
  EXPECT_EQ(group.AddConsumer("bob", 3), nullptr);
  EXPECT_EQ(group.FindConsumer("bob"), bob);
  EXPECT_EQ(group.FindConsumer("carl"), nullptr);
  for (uint64_t i = 1; i <= 10; ++i) group.Assign({{i, 0}, 100, 1, alice});
  group.Assign({{4, 0}, 200, 2, bob});
  group.Assign({{5, 0}, 300, 3, alice});
  EXPECT_EQ(alice->pending_count(), 9u);
  EXPECT_EQ(bob->pending_count(), 1u);
  EXPECT_EQ(group.FindPending({4, 0})->consumer, bob);
  EXPECT_EQ(group.FindPending({5, 0})->deliveries, 3u);
  EXPECT_TRUE(group.Redeliver({4, 0}, 400, 9));
  EXPECT_FALSE(group.Redeliver({40, 0}, 400, 9));
  EXPECT_EQ(group.FindPending({4, 0})->delivered_at_ms, 400);
  EXPECT_TRUE(group.Forget({1, 0}));
  EXPECT_FALSE(group.Forget({1, 0}));
  auto copy = group.Clone();
  group.RemoveConsumer(alice);
  EXPECT_EQ(group.pending().size(), 1u);
  EXPECT_EQ(group.consumer_count(), 1u);
  EXPECT_EQ(copy->pending().size(), 9u);
  EXPECT_EQ(copy->FindPending({5, 0})->consumer, copy->FindConsumer("alice"));
  EXPECT_EQ(copy->FindConsumer("bob")->seen_at_ms, 2);
}

TEST(StreamNode, ListpacksThatAreNone) {
  Stream stream;
  Add(stream, {10, 0}, {"name", "value"});
  Add(stream, {11, 5}, {"other", "value", "name", "1"});
  std::string good;
  stream.nodes().First().item().AppendListpack(good);
  auto decode = [](StreamId id, std::string_view blob, StreamId after = {}) {
    auto node = StreamNode::FromListpack(id, blob, after);
    if (!node) return std::string(node.error().message());
    node->Destroy();
    return std::string("good");
  };
  EXPECT_EQ(decode({10, 0}, good), "good");
  EXPECT_EQ(decode({10, 0}, good, {10, 0}), "stream node: entries are out of order");
  EXPECT_NE(decode({10, 0}, good.substr(1)), "good");
  // The second entry would be beyond the highest id, and so below the node's.
  EXPECT_EQ(decode({UINT64_MAX, 0}, good), "stream node: entries are out of order");
  Random random(11);
  for (int i = 0; i < 20000; ++i) {
    std::string changed = good;
    changed[6 + random.Below(changed.size() - 7)] = static_cast<char>(random.Next());
    auto node = StreamNode::FromListpack({10, 0}, changed, {});
    if (!node) continue;
    for (auto place = node->First(); place != nullptr; place = node->Next(place)) FieldsOf(node->Get(place));
    node->Destroy();
  }
}

// Entries that are marked as erased are not there, but count for how full the node is.
TEST(StreamNode, ErasedEntriesOfAListpack) {
  Listpack blob;
  for (int integer : {1, 1, 1}) blob.AppendInteger(integer);
  blob.Append("name");
  blob.AppendInteger(0);
  for (int entry = 0; entry < 2; ++entry) {
    blob.AppendInteger(entry == 0 ? 3 : 2);
    blob.AppendInteger(entry);
    blob.AppendInteger(0);
    blob.Append("value");
    blob.AppendInteger(4);
  }
  auto node = StreamNode::FromListpack({7, 0}, blob.blob(), {});
  ASSERT_TRUE(node);
  EXPECT_EQ(node->size(), 1u);
  EXPECT_EQ(node->Get(node->First()).id(), (StreamId{8, 0}));
  EXPECT_TRUE(node->Full(0, {.stream_node_max_entries = 2}));
  EXPECT_FALSE(node->Full(0, {.stream_node_max_entries = 3}));
  EXPECT_FALSE(node->Full(4096 - blob.bytes() - 1, {}));
  EXPECT_TRUE(node->Full(4096 - blob.bytes(), {}));
  node->Destroy();
}

}  // namespace
}  // namespace dunlin::values
