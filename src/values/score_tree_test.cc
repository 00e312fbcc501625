#include "values/score_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "values/allocation.h"

namespace dunlin::values {
namespace {

// Owns the items that a tree points to.
class Items {
 public:
  ~Items() {
    for (char* item : items_) Free(item);
  }
  char* New(double score, std::string_view member) {
    char* item = Allocate(sizeof(double) + SizedBytes(member.size()));
    ScoreTree::SetScore(item, score);
    WriteSized(item + sizeof(double), member);
    items_.push_back(item);
    return item;
  }

 private:
  std::vector<char*> items_;
};

std::string Number(int i) {
  std::string digits = std::to_string(i);
  return std::string(9 - digits.size(), '0') + digits;
}

double BytesPerItem(const ScoreTree& tree) {
  return static_cast<double>(tree.memory_bytes()) / static_cast<double>(tree.size());
}

TEST(ScoreTree, AddingAtEitherEndFillsLeaves) {
  for (int direction : {1, -1}) {
    Items items;
    ScoreTree tree;
    for (int i = 0; i < 100000; ++i) tree.Insert(items.New(direction * i, Number(i)));
    tree.CheckInvariants();
    EXPECT_LT(BytesPerItem(tree), 512.0 / 60 + 0.7);
    EXPECT_EQ(ScoreTree::ScoreOf(tree.At(77777).item()), direction > 0 ? 77777 : 77777 - 99999);
  }
}

TEST(ScoreTree, AddingAnywhereFillsLeavesWell) {
  Random random(4);
  Items items;
  ScoreTree tree;
  for (int i = 0; i < 100000; ++i) tree.Insert(items.New(random.Fraction(), Number(i)));
  tree.CheckInvariants();
  EXPECT_LT(BytesPerItem(tree), 11.5);
}

TEST(ScoreTree, InvariantsHoldWhileItGrowsAndShrinks) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    Random random(seed);
    Items items;
    ScoreTree tree;
    std::vector<char*> in_tree;
    auto less = [](const char* a, const char* b) {
      return ScoreTree::ScoreOf(a) != ScoreTree::ScoreOf(b) ? ScoreTree::ScoreOf(a) < ScoreTree::ScoreOf(b)
                                                            : ScoreTree::MemberOf(a) < ScoreTree::MemberOf(b);
    };
    for (int i = 0; i < 12000; ++i) {
      bool grow = i / 3000 % 2 == 0 ? !random.OneIn(10) : random.OneIn(10);
      if (grow || in_tree.empty()) {
        // Mostly in a few places, so that some leaves split again and again.
        double score = random.OneIn(3) ? static_cast<double>(random.Below(5)) : random.Fraction() * 1e9;
        char* item = items.New(score, Number(i));
        in_tree.insert(std::lower_bound(in_tree.begin(), in_tree.end(), item, less), item);
        tree.Insert(item);
      } else {
        size_t index =
            random.OneIn(2) ? random.Below(in_tree.size()) : random.Below(std::min<size_t>(50, in_tree.size()));
        tree.Erase(in_tree[index]);
        in_tree.erase(in_tree.begin() + static_cast<std::ptrdiff_t>(index));
      }
      if (!in_tree.empty() && random.OneIn(3)) {
        size_t index = random.Below(in_tree.size());
        char* item = in_tree[index];
        in_tree.erase(in_tree.begin() + static_cast<std::ptrdiff_t>(index));
        double score = ScoreTree::ScoreOf(item) + (random.Fraction() - 0.5) * 1e6;
        tree.Rescore(item, score);
        in_tree.insert(std::lower_bound(in_tree.begin(), in_tree.end(), item, less), item);
      }
      if (i % 100 == 0) tree.CheckInvariants();
      if (!in_tree.empty()) {
        auto rank = static_cast<uint32_t>(random.Below(in_tree.size()));
        ASSERT_EQ(tree.At(rank).item(), in_tree[rank]);
        ASSERT_EQ(tree.RankOf(in_tree[rank]), rank);
      }
    }
    while (!in_tree.empty()) {
      tree.Erase(in_tree.back());
      in_tree.pop_back();
      if (in_tree.size() % 50 == 0) tree.CheckInvariants();
    }
    EXPECT_EQ(tree.memory_bytes(), 0u);
    EXPECT_FALSE(tree.At(0).valid());
  }
}

TEST(ScoreTree, ASlidingWindowStaysSmall) {
  Items items;
  ScoreTree tree;
  std::vector<char*> window;
  for (int i = 0; i < 50000; ++i) {
    window.push_back(items.New(i, Number(i)));
    tree.Insert(window.back());
    if (i >= 1000) tree.Erase(window[static_cast<size_t>(i) - 1000]);
    if (i % 1000 == 0) tree.CheckInvariants();
  }
  EXPECT_EQ(tree.size(), 1000u);
  EXPECT_LT(tree.memory_bytes(), 20000u);
}

}  // namespace
}  // namespace dunlin::values
