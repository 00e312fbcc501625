// The order of a large sorted set: its items by score, then by member, in a B+tree that counts, so that an item's rank
// and the item of a rank are found in O(log n).
//
// An item is a block: f64 score, then the member with its length in front (sized_bytes.h). The tree holds pointers and
// owns no items. A pointer in a leaf has in its upper 16 bits roughly where the item's score lies between the leaf's
// lowest and highest, so that a search seldom touches items that it does not want.
//
// Leaves are linked for walking. A full leaf gives to its neighbours before it splits, so leaves are well filled;
// adding at either end leaves full leaves behind.
//
// Thread: one at a time.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "values/sized_bytes.h"

namespace dunlin::values {

namespace score_tree {

inline constexpr uint64_t kPointerMask = (uint64_t{1} << 48) - 1;
inline constexpr int kLeafItems = 60;
inline constexpr int kInnerChildren = 63;

// A number that orders as scores do; both zeros are the same.
inline uint64_t OrderKey(double score) {
  auto bits = std::bit_cast<uint64_t>(score + 0.0);
  return bits >> 63 != 0 ? ~bits : bits | uint64_t{1} << 63;
}

struct Leaf {
  Leaf* previous;
  Leaf* next;
  uint64_t base;  // the order key that rough places count from
  uint16_t count;
  uint8_t shift;  // a rough place is (order key - base) >> shift, held within 0 .. 65535
  uint64_t words[kLeafItems];

  char* item(int i) const { return reinterpret_cast<char*>(words[i] & kPointerMask); }
  uint64_t rough(int i) const { return words[i] >> 48; }
};
static_assert(sizeof(Leaf) == 512);

// A node below an inner one, as the inner one knows it.
struct Child {
  uint64_t key;  // of its first item
  char* first;   // that item
  void* node;    // a Leaf on the lowest level, else an Inner
  uint32_t size;
};

// Keys stand together, and so do sizes, because searches and ranks run over many of one kind.
struct Inner {
  uint64_t keys[kInnerChildren];
  uint32_t sizes[kInnerChildren];
  uint32_t count;
  char* firsts[kInnerChildren];
  void* nodes[kInnerChildren];

  Child Get(uint32_t i) const { return {keys[i], firsts[i], nodes[i], sizes[i]}; }
  void Set(uint32_t i, const Child& child) {
    keys[i] = child.key;
    firsts[i] = child.first;
    nodes[i] = child.node;
    sizes[i] = child.size;
  }
};
static_assert(sizeof(Inner) <= 1792);

struct Probe;
struct Path;

}  // namespace score_tree

class ScoreTree {
 public:
  // Where an item stands; good until the next change.
  class Cursor {
   public:
    Cursor() = default;
    bool valid() const { return leaf_ != nullptr; }
    // REQUIRES for all: valid().
    char* item() const { return leaf_->item(index_); }
    void Next() {
      if (++index_ < leaf_->count) return;
      leaf_ = leaf_->next;
      index_ = 0;
      if (leaf_ != nullptr) __builtin_prefetch(leaf_->next);
    }
    void Previous() {
      if (--index_ >= 0) return;
      leaf_ = leaf_->previous;
      index_ = leaf_ == nullptr ? 0 : leaf_->count - 1;
      if (leaf_ != nullptr) __builtin_prefetch(leaf_->previous);
    }

   private:
    friend class ScoreTree;
    Cursor(const score_tree::Leaf* leaf, int index) : leaf_(leaf), index_(index) {}
    const score_tree::Leaf* leaf_ = nullptr;
    int index_ = 0;
  };

  static double ScoreOf(const char* item) {
    double score;
    std::memcpy(&score, item, sizeof score);
    return score;
  }
  static void SetScore(char* item, double score) { std::memcpy(item, &score, sizeof score); }
  static std::string_view MemberOf(const char* item) { return ReadSized(item + sizeof(double)); }

  ScoreTree() = default;
  ScoreTree(const ScoreTree&) = delete;
  ScoreTree& operator=(const ScoreTree&) = delete;
  ~ScoreTree();

  uint32_t size() const { return size_; }
  // Of the nodes, without the items.
  size_t memory_bytes() const;

  // REQUIRES: no item with this score and member is in the tree; the score is not NaN.
  void Insert(char* item);
  // REQUIRES: the item is in the tree, and its score and member are what they were when it came.
  void Erase(const char* item);
  // Gives the item another score, and its place. REQUIRES: as for both of these.
  void Rescore(char* item, double score);

  // How many items come before this one. REQUIRES: the item is in the tree.
  uint32_t RankOf(const char* item) const;
  // Not valid when rank >= size().
  Cursor At(uint32_t rank) const;
  // How many items have a score below `score`, or, with `and_equal`, not above it.
  uint32_t CountBelow(double score, bool and_equal) const;
  // How many items `before(const char* item)` says yes to. REQUIRES, for the answer to mean something: those come
  // before all others.
  template <typename Before>
  uint32_t CountWhile(Before&& before) const {
    void* node = root_;
    uint64_t passed = 0;
    for (int level = height_; level > 0; --level) {
      auto* inner = static_cast<score_tree::Inner*>(node);
      int child = CountFirst(static_cast<int>(inner->count), [&](int i) { return before(inner->firsts[i]); });
      child = child > 0 ? child - 1 : 0;
      for (int i = 0; i < child; ++i) passed += inner->sizes[i];
      node = inner->nodes[child];
    }
    if (node == nullptr) return 0;
    auto* leaf = static_cast<score_tree::Leaf*>(node);
    passed += static_cast<uint64_t>(CountFirst(leaf->count, [&](int i) { return before(leaf->item(i)); }));
    return static_cast<uint32_t>(passed);
  }

  // Stops the process unless the tree is what it should be; for tests.
  void CheckInvariants() const;

 private:
  // How many of 0 .. count - 1 `yes` is true for, by halving.
  template <typename Yes>
  static int CountFirst(int count, Yes&& yes) {
    int first = 0;
    while (count > 0) {
      int half = count / 2;
      if (yes(first + half)) {
        first += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return first;
  }
  static int CountBefore(const score_tree::Leaf& leaf, const score_tree::Probe& probe);
  static uint32_t ChildFor(const score_tree::Inner& inner, const score_tree::Probe& probe);
  uint32_t CountBefore(const score_tree::Probe& probe) const;
  score_tree::Leaf* Descend(const score_tree::Probe& probe, score_tree::Path& path) const;

  score_tree::Leaf* NewLeaf();
  score_tree::Inner* NewInner();
  void FreeLeaf(score_tree::Leaf* leaf);
  void FreeInner(score_tree::Inner* inner);
  void FreeSubtree(void* node, int level);

  void AddBeside(score_tree::Path& path, score_tree::Leaf* edge, bool after, char* item);
  void MakeRoom(score_tree::Path& path, score_tree::Leaf* leaf);
  void InsertChild(score_tree::Path& path, int step, uint32_t index, const score_tree::Child& child);
  void RemoveChild(score_tree::Path& path, int step, uint32_t index);
  void RebalanceLeaf(score_tree::Path& path, score_tree::Leaf* leaf);
  void RebalanceInner(score_tree::Path& path, int step);
  void LowerRoot();
  uint64_t CheckSubtree(void* node, int level, const score_tree::Leaf*& previous) const;

  void* root_ = nullptr;  // a Leaf when height_ is 0, else an Inner
  uint32_t size_ = 0;
  int height_ = 0;
  uint32_t leaf_count_ = 0;
  uint32_t inner_count_ = 0;
};

}  // namespace dunlin::values
