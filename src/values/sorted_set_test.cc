#include "values/sorted_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "values/test_text.h"

namespace dunlin::values {
namespace {

constexpr uint64_t kSeed = 77;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Scored = std::pair<double, std::string>;

std::vector<Scored> Elements(const SortedSet& set) {
  std::vector<Scored> elements;
  set.ForEach([&](std::string_view member, double score) { elements.emplace_back(score, member); });
  return elements;
}

AddResult Add(SortedSet& set, std::string_view member, double score, AddOptions options = {},
              const EncodingLimits& limits = {}) {
  return set.Add(member, score, options, limits, kSeed);
}

EncodingLimits AlwaysLarge() {
  EncodingLimits limits;
  limits.zset_max_listpack_entries = 0;
  return limits;
}

TEST(SortedSet, ANewOneIsEmptyAndSmall) {
  SortedSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.encoding(), Encoding::kListpack);
  EXPECT_EQ(set.memory_bytes(), 0u);
  EXPECT_FALSE(set.Score("a").has_value());
  EXPECT_FALSE(set.Remove("a"));
  EXPECT_EQ(set.RanksOf(ScoreRange{-kInfinity, kInfinity}).count, 0u);
  EXPECT_EQ(set.RemoveRanks({0, 5}), 0u);
}

TEST(SortedSet, BecomesLargeBeyondItsLimits) {
  SortedSet set;
  for (int i = 0; i < 128; ++i) Add(set, "m" + std::to_string(i), i);
  EXPECT_EQ(set.encoding(), Encoding::kListpack);
  Add(set, "m5", 1000);
  EXPECT_EQ(set.encoding(), Encoding::kListpack);
  Add(set, "one more", 1);
  EXPECT_EQ(set.encoding(), Encoding::kSkiplist);
  EXPECT_EQ(set.size(), 129u);
  SortedSet with_long;
  Add(with_long, std::string(64, 'x'), 1);
  EXPECT_EQ(with_long.encoding(), Encoding::kListpack);
  Add(with_long, std::string(65, 'x'), 1);
  EXPECT_EQ(with_long.encoding(), Encoding::kSkiplist);
  SortedSet prepared;
  prepared.PrepareToAdd("m", 128, {}, kSeed);
  EXPECT_EQ(prepared.encoding(), Encoding::kListpack);
  prepared.PrepareToAdd("m", 129, {}, kSeed);
  EXPECT_EQ(prepared.encoding(), Encoding::kSkiplist);
  SortedSet long_first;
  long_first.PrepareToAdd(std::string(65, 'x'), 1, {}, kSeed);
  EXPECT_EQ(long_first.encoding(), Encoding::kSkiplist);
}

TEST(SortedSet, BecomesPackedAgainOnRequestOnly) {
  SortedSet set;
  for (int i = 0; i < 200; ++i) Add(set, "m" + std::to_string(i), i % 7);
  set.RemoveRanks({50, 150});
  EXPECT_EQ(set.encoding(), Encoding::kSkiplist);
  std::vector<Scored> before = Elements(set);
  set.BecomePackedIfPossible({});
  EXPECT_EQ(set.encoding(), Encoding::kListpack);
  EXPECT_EQ(Elements(set), before);
}

TEST(SortedSet, PacksScoresAsRedisDoes) {
  SortedSet set;
  Add(set, "a", 1);
  Add(set, "b", 1.5);
  Add(set, "c", -kInfinity);
  Add(set, "d", kInfinity);
  Add(set, "e", 3);
  Add(set, "f", 1e20);
  Add(set, "h", -0.0);
  std::vector<std::string> texts;
  ListpackView(set.packed().data()).ForEach([&](std::string_view text) { texts.emplace_back(text); });
  EXPECT_EQ(texts, (std::vector<std::string>{"c", "-inf", "h", "0", "a", "1", "b", "1.5", "e", "3", "f", "1e+20", "d",
                                             "inf"}));
  EXPECT_EQ(set.Score("f"), 1e20);
  EXPECT_EQ(set.Score("c"), -kInfinity);
}

TEST(SortedSet, ConditionsDecide) {
  for (const EncodingLimits& limits : {EncodingLimits(), AlwaysLarge()}) {
    SortedSet set;
    auto add = [&](std::string_view member, double score, AddOptions options) {
      return Add(set, member, score, options, limits);
    };
    EXPECT_EQ(add("a", 1, {.only_existing = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(add("a", 1, {.only_new = true}).outcome, AddOutcome::kAdded);
    EXPECT_EQ(add("a", 2, {.only_new = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(add("a", 1, {}).outcome, AddOutcome::kUnchanged);
    EXPECT_EQ(add("a", 1, {.only_greater = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(add("a", 0, {.only_greater = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(add("a", 2, {.only_greater = true}).outcome, AddOutcome::kUpdated);
    EXPECT_EQ(add("a", 3, {.only_less = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(add("a", 1, {.only_existing = true, .only_less = true}).outcome, AddOutcome::kUpdated);
    EXPECT_EQ(add("b", 5, {.only_greater = true}).outcome, AddOutcome::kAdded);
    EXPECT_EQ(add("b", 5, {.increment = true}).score, 10);
    EXPECT_EQ(add("b", -1, {.only_greater = true, .increment = true}).outcome, AddOutcome::kRefused);
    EXPECT_EQ(add("c", 7, {.increment = true}).score, 7);
    EXPECT_EQ(add("c", 0, {.increment = true}).outcome, AddOutcome::kUnchanged);
    EXPECT_EQ(add("d", kInfinity, {}).outcome, AddOutcome::kAdded);
    EXPECT_EQ(add("d", -kInfinity, {.increment = true}).outcome, AddOutcome::kNotANumber);
    EXPECT_EQ(set.Score("d"), kInfinity);
    EXPECT_EQ(Elements(set), (std::vector<Scored>{{1, "a"}, {7, "c"}, {10, "b"}, {kInfinity, "d"}}));
  }
}

TEST(SortedSet, ZerosOfBothSignsAreOneScore) {
  for (const EncodingLimits& limits : {EncodingLimits(), AlwaysLarge()}) {
    SortedSet set;
    Add(set, "b", 0.0, {}, limits);
    Add(set, "a", -0.0, {}, limits);
    Add(set, "c", -0.0, {}, limits);
    Add(set, "d", -5e-324, {}, limits);
    EXPECT_EQ(set.Rank("d"), 0u);
    EXPECT_EQ(set.Rank("a"), 1u);
    EXPECT_EQ(set.Rank("c"), 3u);
    EXPECT_EQ(set.RanksOf(ScoreRange{0, 0}).count, 3u);
    EXPECT_EQ(Add(set, "b", -0.0, {}, limits).outcome, AddOutcome::kUnchanged);
  }
}

TEST(SortedSet, RangesByMember) {
  for (const EncodingLimits& limits : {EncodingLimits(), AlwaysLarge()}) {
    SortedSet set;
    for (char c = 'a'; c <= 'j'; ++c) Add(set, std::string(1, c), 0, {}, limits);
    auto range = [&](LexBound min, LexBound max) {
      std::string members;
      set.ForEach(set.RanksOf(LexRange{min, max}), [&](std::string_view member, double) { members += member; });
      return members;
    };
    LexBound lowest{LexBound::kLowest, {}};
    LexBound highest{LexBound::kHighest, {}};
    EXPECT_EQ(range(lowest, highest), "abcdefghij");
    EXPECT_EQ(range({LexBound::kInclusive, "c"}, {LexBound::kInclusive, "e"}), "cde");
    EXPECT_EQ(range({LexBound::kExclusive, "c"}, {LexBound::kExclusive, "e"}), "d");
    EXPECT_EQ(range(lowest, {LexBound::kExclusive, "bb"}), "ab");
    EXPECT_EQ(range({LexBound::kInclusive, "e"}, {LexBound::kInclusive, "c"}), "");
    EXPECT_EQ(range(highest, lowest), "");
    EXPECT_EQ(range({LexBound::kExclusive, "j"}, highest), "");
  }
}

TEST(SortedSet, AdoptsBlobs) {
  EncodingLimits limits;
  auto blob = [](const std::vector<std::string>& texts) {
    Listpack listpack;
    for (const std::string& text : texts) listpack.Append(text);
    return listpack;
  };
  auto adopt = [&](const std::vector<std::string>& texts, Duplicates duplicates = Duplicates::kCheck) {
    return SortedSet::FromListpack(blob(texts), duplicates, limits, kSeed);
  };
  auto set = adopt({"a", "1", "b", "1.25", "c", "inf"});
  ASSERT_TRUE(set.has_value());
  EXPECT_EQ(set->encoding(), Encoding::kListpack);
  EXPECT_EQ(set->Score("b"), 1.25);
  EXPECT_FALSE(adopt({"a", "1", "b"}).has_value());
  EXPECT_FALSE(adopt({"a", "x"}).has_value());
  EXPECT_FALSE(adopt({"a", "nan"}).has_value());
  EXPECT_FALSE(adopt({"a", ""}).has_value());
  EXPECT_FALSE(adopt({"a", "1", "a", "2"}).has_value());
  EXPECT_TRUE(adopt({"a", "1", "a", "2"}, Duplicates::kTrust).has_value());
  auto unordered = adopt({"b", "2", "c", "1", "a", "2"});
  ASSERT_TRUE(unordered.has_value());
  EXPECT_EQ(unordered->encoding(), Encoding::kListpack);
  EXPECT_EQ(Elements(*unordered), (std::vector<Scored>{{1, "c"}, {2, "a"}, {2, "b"}}));
  limits.zset_max_listpack_entries = 1;
  EXPECT_EQ(adopt({"a", "1", "b", "2"})->encoding(), Encoding::kSkiplist);
  EXPECT_FALSE(adopt({"a", "1", "a", "2"}, Duplicates::kTrust).has_value());
}

class SortedSetModel {
 public:
  enum Scores { kFew, kAnywhere, kRising, kFalling, kAllEqual };

  SortedSetModel(uint64_t seed, Scores scores, const EncodingLimits& limits)
      : random_(seed), scores_(scores), limits_(limits) {}

  void Step(int percent_removed) {
    std::string member = "m" + std::to_string(random_.Below(4000));
    if (static_cast<int>(random_.Below(100)) < percent_removed) {
      Remove(member);
    } else {
      AddOne(member, NextScore());
    }
    // A small step, as a leaderboard makes.
    auto known = scores_of_.find(member);
    if (known != scores_of_.end() && random_.OneIn(2)) AddOne(member, known->second + (random_.OneIn(2) ? 1 : -0.5));
  }

  void Check() {
    ASSERT_EQ(set_.size(), order_.size());
    ASSERT_EQ(Elements(set_), std::vector<Scored>(order_.begin(), order_.end()));
    std::vector<Scored> backward;
    set_.ForEachBackward({0, set_.size()},
                         [&](std::string_view member, double score) { backward.emplace_back(score, member); });
    ASSERT_EQ(backward, std::vector<Scored>(order_.rbegin(), order_.rend()));
    std::set<std::string> scanned;
    uint64_t cursor = 0;
    do {
      cursor = set_.Scan(cursor, [&](std::string_view member, double) { scanned.emplace(member); });
    } while (cursor != 0);
    ASSERT_EQ(scanned.size(), order_.size());
  }

  void CheckRanges() {
    if (order_.empty()) return;
    std::vector<Scored> all(order_.begin(), order_.end());
    auto rank = static_cast<uint32_t>(random_.Below(all.size()));
    ScoredElement at = set_.At(rank);
    ASSERT_EQ(Scored(at.score, at.member.view()), all[rank]);
    ASSERT_EQ(set_.Rank(all[rank].second), rank);
    ASSERT_EQ(set_.Score(all[rank].second), all[rank].first);
    ScoreRange range{all[rank].first, all[random_.Below(all.size())].first, random_.OneIn(2), random_.OneIn(2)};
    if (random_.OneIn(4)) range.min -= 0.5;
    if (random_.OneIn(4)) range.max += 0.5;
    if (random_.OneIn(9)) range.max = kInfinity;
    auto inside = [&](const Scored& element) {
      return (range.min_exclusive ? element.first > range.min : element.first >= range.min) &&
             (range.max_exclusive ? element.first < range.max : element.first <= range.max);
    };
    RankRange ranks = set_.RanksOf(range);
    ASSERT_EQ(ranks.count, std::count_if(all.begin(), all.end(), inside));
    if (ranks.count > 0) {
      ASSERT_EQ(ranks.first, std::find_if(all.begin(), all.end(), inside) - all.begin());
    }
    ScoredElement drawn = set_.RandomMember(random_);
    ASSERT_EQ(scores_of_.at(drawn.member.ToString()), drawn.score);
  }

  void CloneIt() { set_ = set_.Clone(); }

  void RemoveSomeRanks() {
    auto first = static_cast<uint32_t>(random_.Below(order_.size() + 1));
    auto count = static_cast<uint32_t>(random_.Below(60));
    std::vector<Scored> all(order_.begin(), order_.end());
    uint32_t removed = 0;
    for (size_t i = first; i < all.size() && i < first + count; ++i, ++removed) Forget(all[i].second);
    ASSERT_EQ(set_.RemoveRanks({first, count}), removed);
  }

  void PopAll(bool from_front) {
    while (!order_.empty()) {
      uint32_t rank = from_front ? 0 : set_.size() - 1;
      Scored expected = from_front ? *order_.begin() : *order_.rbegin();
      ScoredElement at = set_.At(rank);
      ASSERT_EQ(Scored(at.score, at.member.view()), expected);
      ASSERT_EQ(set_.RemoveRanks({rank, 1}), 1u);
      Forget(expected.second);
      if (order_.size() % 100 == 0) Check();
    }
    ASSERT_TRUE(set_.empty());
  }

  size_t size() const { return order_.size(); }

 private:
  double NextScore() {
    switch (scores_) {
      case kFew: return static_cast<double>(random_.Below(10));
      case kAnywhere: {
        double score;
        do {
          uint64_t bits = random_.Next();
          std::memcpy(&score, &bits, sizeof score);
        } while (std::isnan(score));
        return score;
      }
      case kRising: return 1.7e12 + 100 * ++steps_ + static_cast<double>(random_.Below(50));
      case kFalling: return -1e6 * ++steps_;
      case kAllEqual: return 3;
    }
    return 0;
  }

  void AddOne(const std::string& member, double score) {
    AddResult result = set_.Add(member, score, {}, limits_, kSeed);
    auto known = scores_of_.find(member);
    AddOutcome expected = known == scores_of_.end() ? AddOutcome::kAdded
                          : known->second == score  ? AddOutcome::kUnchanged
                                                    : AddOutcome::kUpdated;
    ASSERT_EQ(result.outcome, expected);
    if (known != scores_of_.end()) order_.erase({known->second, member});
    scores_of_[member] = score;
    order_.insert({score, member});
  }
  void Remove(const std::string& member) {
    ASSERT_EQ(set_.Remove(member), scores_of_.contains(member));
    Forget(member);
  }
  void Forget(const std::string& member) {
    auto known = scores_of_.find(member);
    if (known == scores_of_.end()) return;
    order_.erase({known->second, member});
    scores_of_.erase(known);
  }

  Random random_;
  Scores scores_;
  EncodingLimits limits_;
  double steps_ = 0;
  SortedSet set_;
  std::map<std::string, double> scores_of_;
  std::set<Scored> order_;
};

void RunModel(SortedSetModel::Scores scores, const EncodingLimits& limits, int steps) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    SortedSetModel model(seed, scores, limits);
    // Grows, stays, shrinks.
    for (int i = 0; i < steps; ++i) {
      model.Step(i < steps / 2 ? 10 : i < steps * 3 / 4 ? 50 : 90);
      if (i % 50 == 0) model.CheckRanges();
      if (i % 997 == 0) model.Check();
      if (i % 1500 == 1499) model.CloneIt();
      if (i % 2000 == 1999) model.RemoveSomeRanks();
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << " step " << i;
    }
    model.Check();
    model.PopAll(seed % 2 == 0);
    if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed;
  }
}

TEST(SortedSet, DoesWhatAnOrderedSetDoesSmall) {
  EncodingLimits limits;
  limits.zset_max_listpack_entries = 100000;
  RunModel(SortedSetModel::kFew, limits, 700);
  RunModel(SortedSetModel::kAnywhere, limits, 700);
}
TEST(SortedSet, DoesWhatAnOrderedSetDoesAcrossForms) { RunModel(SortedSetModel::kFew, {}, 3000); }
TEST(SortedSet, DoesWhatAnOrderedSetDoesWithFewScores) { RunModel(SortedSetModel::kFew, AlwaysLarge(), 6000); }
TEST(SortedSet, DoesWhatAnOrderedSetDoesWithAnyScore) { RunModel(SortedSetModel::kAnywhere, AlwaysLarge(), 6000); }
TEST(SortedSet, DoesWhatAnOrderedSetDoesWithRisingScores) { RunModel(SortedSetModel::kRising, AlwaysLarge(), 6000); }
TEST(SortedSet, DoesWhatAnOrderedSetDoesWithFallingScores) { RunModel(SortedSetModel::kFalling, AlwaysLarge(), 6000); }
TEST(SortedSet, DoesWhatAnOrderedSetDoesWithOneScore) { RunModel(SortedSetModel::kAllEqual, AlwaysLarge(), 6000); }

}  // namespace
}  // namespace dunlin::values
