// The order of a large sorted set: its items by score, then by member, in a B+tree that counts, so that an item's rank
// and the item of a rank are found in O(log n).
//
// An item is a block: f64 score, then the member with its length in front (sized_bytes.h). The tree holds pointers and
// owns no items. A pointer's upper 16 bits say roughly where the item's score lies between its leaf's lowest and
// highest, so that a search seldom has to touch items that it does not want.
//
// Leaves are linked for walking. Nodes give to and take from their neighbours before they split or merge, so they are
// well filled; adding at either end leaves full leaves behind.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "values/allocation.h"
#include "values/sized_bytes.h"

namespace dunlin::values {

namespace score_tree {

struct Leaf;
struct Inner;

inline constexpr uint64_t kPointerMask = (uint64_t{1} << 48) - 1;
inline constexpr int kLeafBytes = 512;
inline constexpr int kLeafHeaderBytes = 32;
inline constexpr int kLeafItems = (kLeafBytes - kLeafHeaderBytes) / 8;
inline constexpr int kInnerChildren = 64;

struct Leaf {
  Leaf* previous;
  Leaf* next;
  uint64_t base;  // the order key that the rough positions count from
  uint16_t count;
  uint8_t shift;  // a rough position is (order key - base) >> shift, held within 0 .. 65535
  uint64_t words[kLeafItems];

  char* item(int i) const { return reinterpret_cast<char*>(words[i] & kPointerMask); }
  uint64_t rough(int i) const { return words[i] >> 48; }
};
static_assert(sizeof(Leaf) == kLeafBytes);

}  // namespace score_tree

class ScoreTree {
 public:
  // Where an item stands; good until the next change.
  class Cursor {
   public:
    Cursor() = default;
    bool valid() const { return leaf_ != nullptr; }
    // REQUIRES for all: valid().
    const char* item() const { return leaf_->item(index_); }
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

  // How many items come before this one. REQUIRES: the item is in the tree.
  uint32_t RankOf(const char* item) const;
  // Not valid when rank >= size().
  Cursor At(uint32_t rank) const;
  // How many items have a score below `score`, or, with `and_equal`, not above it.
  uint32_t CountBelow(double score, bool and_equal) const;
  // How many items `before(item)` says yes to. REQUIRES: those are the first ones; where they are not, the count is
  // that of one of the boundaries.
  template <typename Before>
  uint32_t CountWhile(Before&& before) const;

  // Stops the process unless the tree is what it should be; for tests.
  void CheckInvariants() const;

 private:
  struct Probe;
  struct Path;

  // Descends by CountWhile's question, which looks at one item at a time.
  template <typename Before>
  const score_tree::Leaf* DescendWhile(Before& before, uint32_t& rank) const;

  void* root_ = nullptr;  // a Leaf when height_ is 0, else an Inner
  uint32_t size_ = 0;
  int height_ = 0;
  uint32_t leaf_count_ = 0;
  uint32_t inner_count_ = 0;
};

}  // namespace dunlin::values
