#include "values/list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "values/test_text.h"

namespace dunlin::values {
namespace {

std::vector<std::string> Texts(const List& list) {
  std::vector<std::string> texts;
  list.ForEach(0, list.size(), [&](std::string_view text) { texts.emplace_back(text); });
  return texts;
}

std::vector<std::string> TextsBackward(const List& list) {
  std::vector<std::string> texts;
  if (list.empty()) return texts;
  list.ForEachBackward(list.size() - 1, list.size(), [&](std::string_view text) { texts.emplace_back(text); });
  return {texts.rbegin(), texts.rend()};
}

TEST(List, ANewOneIsEmptyAndSmall) {
  List list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  EXPECT_EQ(list.memory_bytes(), 0u);
  EXPECT_EQ(list.node_count(), 0u);
  EXPECT_FALSE(list.At(0).has_value());
  EXPECT_FALSE(list.Peek(ListEnd::kBack).has_value());
}

TEST(List, PushesOneAfterTheOther) {
  List list;
  const std::string_view kElements[] = {"a", "b", "c"};
  list.Push(ListEnd::kFront, kElements, {});
  list.Push(ListEnd::kBack, kElements, {});
  EXPECT_EQ(Texts(list), (std::vector<std::string>{"c", "b", "a", "a", "b", "c"}));
  EXPECT_EQ(list.At(-2)->view(), "b");
  EXPECT_EQ(list.At(5)->view(), "c");
  EXPECT_FALSE(list.At(6).has_value());
  EXPECT_FALSE(list.At(-7).has_value());
}

// The limit is held against the listpack's bytes and the elements' bytes, without what encoding them adds.
TEST(List, BecomesLargeWhenAPushWouldGoBeyondTheLimit) {
  EncodingLimits limits;
  List list;
  list.Push(ListEnd::kBack, std::string(8192 - 7, 'x'), limits);
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  list.Push(ListEnd::kBack, "", limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  List longer;
  longer.Push(ListEnd::kBack, std::string(8192 - 6, 'x'), limits);
  EXPECT_EQ(longer.encoding(), Encoding::kQuicklist);
}

TEST(List, TheLimitCanBeACount) {
  EncodingLimits limits;
  limits.list_max_listpack_size = 3;
  List list;
  for (int i = 0; i < 3; ++i) list.Push(ListEnd::kBack, "x", limits);
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  list.Push(ListEnd::kFront, "y", limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  EXPECT_EQ(list.node_count(), 2u);
  list.Pop(ListEnd::kBack, 1, limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist) << "two nodes are left";
  list.Pop(ListEnd::kFront, 1, limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist) << "two of three are more than half";
  list.Pop(ListEnd::kBack, 1, limits);
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
}

TEST(List, BecomesSmallAgainAtHalfTheLimit) {
  EncodingLimits limits;
  List list;
  // 60 elements of 100 bytes: 6187 bytes in one node, which a huge push and pop has made a large list.
  for (int i = 0; i < 60; ++i) list.Push(ListEnd::kBack, std::string(100, 'x'), limits);
  list.Push(ListEnd::kBack, std::string(9000, 'y'), limits);
  list.Pop(ListEnd::kBack, 1, limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  EXPECT_EQ(list.node_count(), 1u);
  list.Pop(ListEnd::kBack, 20, limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist) << "40 * 103 + 7 > 4096";
  list.Pop(ListEnd::kBack, 1, limits);
  EXPECT_EQ(list.encoding(), Encoding::kListpack);
  EXPECT_EQ(list.size(), 39u);
}

TEST(List, SettleChoosesTheFormOfANewList) {
  EncodingLimits limits;
  List list;
  Listpack node;
  for (int i = 0; i < 70; ++i) node.Append(std::string(100, 'x'));
  list.AppendListpackNode(Listpack());
  list.AppendListpackNode(node.Clone());
  list.Settle(limits);
  EXPECT_EQ(list.encoding(), Encoding::kListpack) << "the whole limit counts, not half of it";
  EXPECT_EQ(list.size(), 70u);
  list.AppendListpackNode(node.Clone());
  list.Settle(limits);
  EXPECT_EQ(list.encoding(), Encoding::kQuicklist);
  EXPECT_EQ(list.node_count(), 2u);
  List plain;
  plain.AppendPlainNode("tiny");
  plain.Settle(limits);
  EXPECT_EQ(plain.encoding(), Encoding::kQuicklist);
  EXPECT_TRUE(plain.NodeAt(0).plain);
  EXPECT_EQ(plain.At(0)->view(), "tiny");
}

TEST(List, HugeElementsStandAlone) {
  EncodingLimits limits;
  limits.list_plain_node_bytes = 1000;
  limits.list_max_listpack_size = 4;
  List list;
  for (int i = 0; i < 8; ++i) list.Push(ListEnd::kBack, std::to_string(i), limits);
  ASSERT_TRUE(list.Set(2, std::string(2000, 'a'), limits));
  EXPECT_EQ(list.node_count(), 4u) << "0 1 | a | 3 | 4 5 6 7";
  EXPECT_TRUE(list.NodeAt(1).plain);
  ASSERT_TRUE(list.InsertBeside("6", false, std::string(1000, 'b'), limits));
  EXPECT_EQ(list.size(), 9u);
  EXPECT_EQ(list.At(6)->view(), std::string(1000, 'b'));
  EXPECT_EQ(list.Remove(0, std::string(2000, 'a'), limits), 1u);
  ASSERT_TRUE(list.Set(5, "small", limits));
  for (size_t i = 0; i < list.node_count(); ++i) EXPECT_FALSE(list.NodeAt(i).plain) << i;
  EXPECT_EQ(Texts(list), (std::vector<std::string>{"0", "1", "3", "4", "5", "small", "6", "7"}));
}

TEST(List, FindTakesRankCountAndMaxlen) {
  List list;
  for (char c : std::string_view("abcabcabc")) list.Push(ListEnd::kBack, std::string(1, c), {});
  using Indexes = std::vector<uint64_t>;
  EXPECT_EQ(list.Find("a", 1, 1, 0), (Indexes{0}));
  EXPECT_EQ(list.Find("a", 2, 1, 0), (Indexes{3}));
  EXPECT_EQ(list.Find("c", -1, 1, 0), (Indexes{8}));
  EXPECT_EQ(list.Find("b", 1, 0, 0), (Indexes{1, 4, 7}));
  EXPECT_EQ(list.Find("b", -2, 0, 0), (Indexes{4, 1}));
  EXPECT_EQ(list.Find("b", 1, 0, 4), (Indexes{1}));
  EXPECT_EQ(list.Find("c", -1, 0, 4), (Indexes{8, 5}));
  EXPECT_EQ(list.Find("d", 1, 0, 0), Indexes());
  EXPECT_EQ(List().Find("d", -1, 0, 0), Indexes());
}

TEST(List, ALongListOfSmallElementsCostsLittleMoreThanItsBytes) {
  EncodingLimits limits;
  for (ListEnd end : {ListEnd::kFront, ListEnd::kBack}) {
    List list;
    for (int i = 0; i < 100000; ++i) list.Push(end, std::string(20, static_cast<char>('a' + i % 26)), limits);
    EXPECT_LT(static_cast<double>(list.memory_bytes()) / 100000, 22.4);
  }
}

TEST(List, AQueueGivesMemoryBack) {
  EncodingLimits limits;
  List list;
  for (int i = 0; i < 50000; ++i) list.Push(ListEnd::kBack, std::string(20, 'q'), limits);
  list.Pop(ListEnd::kFront, 49900, limits);
  EXPECT_LT(list.memory_bytes(), 20000u);
  EXPECT_EQ(list.size(), 100u);
}

class ListModel {
 public:
  ListModel(uint64_t seed, const EncodingLimits& limits, size_t text_bytes)
      : random_(seed), limits_(limits), text_bytes_(text_bytes) {}

  void Step(bool growing) {
    std::string text = RandomText(random_, text_bytes_);
    size_t index = random_.Below(model_.size() + 1);
    switch (random_.Below(14)) {
      case 0:
      case 1:
      case 2: Push(text, growing ? 5 : 1); break;
      case 3:
      case 4: Pop(growing ? 2 : 6); break;
      case 5:
      case 6: SetAt(index, text); break;
      case 7:
      case 8:
      case 9: InsertBeside(index, text); break;
      case 10: Remove(index); break;
      case 11: EraseRange(index, random_.Below(growing ? 4 : 20)); break;
      case 12: list_ = list_.Clone(); break;
      case 13: CheckFind(index); break;
    }
  }

  void Check() {
    ASSERT_EQ(list_.size(), model_.size());
    std::vector<std::string> expected(model_.begin(), model_.end());
    ASSERT_EQ(Texts(list_), expected);
    ASSERT_EQ(TextsBackward(list_), expected);
    size_t memory = list_.encoding() == Encoding::kListpack ? list_.memory_bytes() : 0;
    uint64_t counted = 0;
    for (size_t i = 0; i < list_.node_count(); ++i) {
      ListNodeView node = list_.NodeAt(i);
      counted += node.count;
      ASSERT_GT(node.count, 0u);
      if (!node.plain) {
        ASSERT_TRUE(Listpack::Validate(node.bytes).ok());
        ASSERT_EQ(ListpackView(node.bytes.data()).size(), node.count);
      }
      if (list_.encoding() == Encoding::kQuicklist) memory += node.bytes.size();
    }
    ASSERT_EQ(counted, model_.size());
    ASSERT_GE(list_.memory_bytes(), memory);
  }

  Encoding encoding() const { return list_.encoding(); }

 private:
  auto At(size_t index) { return model_.begin() + static_cast<std::ptrdiff_t>(index); }

  void Push(const std::string& first, size_t most) {
    ListEnd end = random_.OneIn(2) ? ListEnd::kFront : ListEnd::kBack;
    std::vector<std::string> texts{first};
    while (texts.size() < most && !random_.OneIn(3)) texts.push_back(RandomText(random_, text_bytes_));
    list_.Push(end, std::vector<std::string_view>(texts.begin(), texts.end()), limits_);
    for (const std::string& text : texts) {
      if (end == ListEnd::kFront) {
        model_.push_front(text);
      } else {
        model_.push_back(text);
      }
    }
  }
  void Pop(size_t most) {
    ListEnd end = random_.OneIn(2) ? ListEnd::kFront : ListEnd::kBack;
    uint64_t count = random_.Below(most);
    if (!model_.empty()) {
      EXPECT_EQ(list_.Peek(end)->view(), end == ListEnd::kFront ? model_.front() : model_.back());
    }
    list_.Pop(end, count, limits_);
    count = std::min<uint64_t>(count, model_.size());
    end == ListEnd::kFront ? model_.erase(model_.begin(), At(count))
                           : model_.erase(At(model_.size() - count), model_.end());
  }
  void SetAt(size_t index, const std::string& text) {
    bool there = index < model_.size();
    auto asked = static_cast<int64_t>(index);
    if (there && random_.OneIn(2)) asked -= static_cast<int64_t>(model_.size());
    ASSERT_EQ(list_.Set(asked, text, limits_), there);
    if (there) model_[index] = text;
  }
  void InsertBeside(size_t index, const std::string& text) {
    std::string pivot = index < model_.size() ? model_[index] : "no such element";
    bool after = random_.OneIn(2);
    auto found = std::find(model_.begin(), model_.end(), pivot);
    ASSERT_EQ(list_.InsertBeside(pivot, after, text, limits_), found != model_.end());
    if (found != model_.end()) model_.insert(after ? found + 1 : found, text);
  }
  void Remove(size_t index) {
    std::string text = index < model_.size() ? model_[index] : "no such element";
    int64_t count = random_.Between(-3, 3);
    uint64_t left = count == 0 ? UINT64_MAX : static_cast<uint64_t>(std::abs(count));
    uint64_t removed = 0;
    if (count < 0) std::reverse(model_.begin(), model_.end());
    for (auto at = model_.begin(); at != model_.end() && removed < left;) {
      if (*at == text) {
        at = model_.erase(at);
        ++removed;
      } else {
        ++at;
      }
    }
    if (count < 0) std::reverse(model_.begin(), model_.end());
    ASSERT_EQ(list_.Remove(count, text, limits_), removed);
  }
  void EraseRange(size_t index, uint64_t count) {
    list_.EraseRange(index, count, limits_);
    if (index >= model_.size()) return;
    model_.erase(At(index), At(std::min<uint64_t>(model_.size(), index + count)));
  }
  void CheckFind(size_t index) {
    if (index >= model_.size()) return;
    std::vector<uint64_t> expected;
    for (size_t i = 0; i < model_.size(); ++i) {
      if (model_[i] == model_[index]) expected.push_back(i);
    }
    ASSERT_EQ(list_.Find(model_[index], 1, 0, 0), expected);
    std::reverse(expected.begin(), expected.end());
    ASSERT_EQ(list_.Find(model_[index], -1, 0, 0), expected);
    ASSERT_EQ(list_.At(static_cast<int64_t>(index))->view(), model_[index]);
  }

  Random random_;
  EncodingLimits limits_;
  size_t text_bytes_;
  List list_;
  std::deque<std::string> model_;
};

void RunModel(const EncodingLimits& limits, size_t text_bytes, int steps) {
  int forms_seen = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    ListModel model(seed, limits, text_bytes);
    for (int i = 0; i < steps; ++i) {
      Encoding before = model.encoding();
      model.Step(i / 150 % 2 == 0);
      if (i % 7 == 0) model.Check();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << " step " << i;
      forms_seen += before != model.encoding() ? 1 : 0;
    }
    model.Check();
  }
  EXPECT_GT(forms_seen, 0) << "the list was never converted";
}

TEST(List, DoesWhatADequeDoes) { RunModel({}, 3000, 900); }

TEST(List, DoesWhatADequeDoesWithFewElementsANode) {
  EncodingLimits limits;
  limits.list_max_listpack_size = 5;
  RunModel(limits, 60, 900);
}

TEST(List, DoesWhatADequeDoesWithOneElementANode) {
  EncodingLimits limits;
  limits.list_max_listpack_size = 1;
  RunModel(limits, 60, 500);
}

TEST(List, DoesWhatADequeDoesWithHugeElements) {
  EncodingLimits limits;
  limits.list_max_listpack_size = -1;
  limits.list_plain_node_bytes = 100;
  RunModel(limits, 500, 900);
}

}  // namespace
}  // namespace dunlin::values
