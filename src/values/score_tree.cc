#include "values/score_tree.h"

#include <algorithm>

#include "base/invariant.h"
#include "values/allocation.h"

namespace dunlin::values {
namespace score_tree {

// A place in the order that need not be an item's.
struct Probe {
  enum Kind { kBeforeScore, kAfterScore, kBeforeMember, kAfterMember };

  uint64_t key;
  Kind kind;
  std::string_view member;

  static Probe Of(const char* item, Kind kind) {
    return {OrderKey(ScoreTree::ScoreOf(item)), kind, ScoreTree::MemberOf(item)};
  }
  // Whether an item with the probe's score stands before the probe.
  bool PassesEqualScore(const char* item) const {
    if (kind <= kAfterScore) return kind == kAfterScore;
    int order = ScoreTree::MemberOf(item).compare(member);
    return order < 0 || (order == 0 && kind == kAfterMember);
  }
};

// The way from the root to a leaf: at each step the inner node, and which child was taken.
struct Path {
  static constexpr int kMaxHeight = 16;
  struct Step {
    Inner* node;
    uint32_t index;
  };
  Step steps[kMaxHeight];
};

namespace {

// A leaf or inner node that has fewer looks for a neighbour to merge with.
constexpr int kMinItems = kLeafItems / 3;
constexpr uint32_t kMinChildren = kInnerChildren / 3;
// Two neighbours merge when this leaves room for more to come.
constexpr int kMergedItems = kLeafItems - 6;
constexpr uint32_t kMergedChildren = kInnerChildren - 6;
// A neighbour is given to when it has at least this much room.
constexpr int kWorthGiving = kLeafItems / 8;
constexpr uint64_t kMaxRough = 0xffff;

uint64_t KeyOf(const char* item) { return OrderKey(ScoreTree::ScoreOf(item)); }

uint64_t RoughPlace(const Leaf& leaf, uint64_t key) {
  if (key <= leaf.base) return 0;
  return std::min((key - leaf.base) >> leaf.shift, kMaxRough);
}

bool InRange(const Leaf& leaf, uint64_t key) {
  return key >= leaf.base && (key - leaf.base) >> leaf.shift <= kMaxRough;
}

uint64_t WordFor(const Leaf& leaf, char* item, uint64_t key) {
  return RoughPlace(leaf, key) << 48 | reinterpret_cast<uint64_t>(item);
}

// Brings a leaf's lines into the cache together, rather than one by one as a search touches them.
void PrefetchLeaf(const void* leaf) {
  for (size_t offset = 0; offset < sizeof(Leaf); offset += 64)
    __builtin_prefetch(static_cast<const char*>(leaf) + offset);
}

// Lets rough places tell keys from `low` to `high` apart, and writes them anew.
void SetRange(Leaf& leaf, uint64_t low, uint64_t high) {
  leaf.base = low;
  int width = std::bit_width(high - low);
  leaf.shift = static_cast<uint8_t>(std::max(0, width - 16));
  for (int i = 0; i < leaf.count; ++i) __builtin_prefetch(leaf.item(i));
  for (int i = 0; i < leaf.count; ++i) leaf.words[i] = WordFor(leaf, leaf.item(i), KeyOf(leaf.item(i)));
}

void FitRange(Leaf& leaf) { SetRange(leaf, KeyOf(leaf.item(0)), KeyOf(leaf.item(leaf.count - 1))); }

// Widens the range for a key outside, and as much again to that side, so that this happens seldom.
void WidenRange(Leaf& leaf, uint64_t key) {
  uint64_t low = std::min(key, KeyOf(leaf.item(0)));
  uint64_t high = std::max(key, KeyOf(leaf.item(leaf.count - 1)));
  uint64_t range = high - low;
  if (key == low) low -= std::min(low, range);
  if (key == high) high += std::min(UINT64_MAX - high, range);
  SetRange(leaf, low, high);
}

void InsertItem(Leaf& leaf, int index, char* item) {
  uint64_t key = KeyOf(item);
  if (leaf.count == 0) {
    SetRange(leaf, key, key);
  } else if (!InRange(leaf, key)) {
    WidenRange(leaf, key);
  }
  std::copy_backward(leaf.words + index, leaf.words + leaf.count, leaf.words + leaf.count + 1);
  leaf.words[index] = WordFor(leaf, item, key);
  ++leaf.count;
}

void EraseItem(Leaf& leaf, int index) {
  std::copy(leaf.words + index + 1, leaf.words + leaf.count, leaf.words + index);
  --leaf.count;
}

// A leaf that only gave items away keeps its range, which spares reading all items, until too little of it is used.
void FitRangeAfter(Leaf& leaf, bool received) {
  constexpr uint64_t kWorthKeeping = kMaxRough / 16;
  if (leaf.count == 0) return;
  if (received || leaf.rough(leaf.count - 1) - leaf.rough(0) < kWorthKeeping) FitRange(leaf);
}

// Moves items over the border between two neighbours until the left one has `left_count`.
void Share(Leaf& left, Leaf& right, int left_count) {
  int move = left_count - left.count;
  if (move > 0) {
    std::copy(right.words, right.words + move, left.words + left.count);
    std::copy(right.words + move, right.words + right.count, right.words);
  } else {
    std::copy_backward(right.words, right.words + right.count, right.words + right.count - move);
    std::copy(left.words + left_count, left.words + left.count, right.words);
  }
  left.count = static_cast<uint16_t>(left.count + move);
  right.count = static_cast<uint16_t>(right.count - move);
  FitRangeAfter(left, move > 0);
  FitRangeAfter(right, move < 0);
}

Child ChildOf(Leaf* leaf) { return {KeyOf(leaf->item(0)), leaf->item(0), leaf, leaf->count}; }

Child ChildOf(Inner* inner) {
  uint32_t size = 0;
  for (uint32_t i = 0; i < inner->count; ++i) size += inner->sizes[i];
  return {inner->keys[0], inner->firsts[0], inner, size};
}

// Moves children [begin, end) of one node to `at` and after of another, or of the same.
void CopyChildren(const Inner& from, uint32_t begin, uint32_t end, Inner& to, uint32_t at) {
  auto copy = [=](auto* source, auto* target) {
    std::memmove(target + at, source + begin, (end - begin) * sizeof *source);
  };
  copy(from.keys, to.keys);
  copy(from.sizes, to.sizes);
  copy(from.firsts, to.firsts);
  copy(from.nodes, to.nodes);
}

void PutChild(Inner& inner, uint32_t index, const Child& child) {
  CopyChildren(inner, index, inner.count, inner, index + 1);
  inner.Set(index, child);
  ++inner.count;
}

// The first item below `step`'s child is another one now; so it may be for the nodes above.
void SetFirst(Path& path, int step, uint64_t key, char* first) {
  for (; step >= 0; --step) {
    auto [node, index] = path.steps[step];
    node->keys[index] = key;
    node->firsts[index] = first;
    if (index > 0) return;
  }
}

// Of the children that the first `steps` steps took.
void AddToSizes(Path& path, int steps, int change) {
  for (int i = 0; i < steps; ++i) path.steps[i].node->sizes[path.steps[i].index] += static_cast<uint32_t>(change);
}

}  // namespace
}  // namespace score_tree

using score_tree::Child;
using score_tree::Inner;
using score_tree::kInnerChildren;
using score_tree::kLeafItems;
using score_tree::Leaf;
using score_tree::Path;
using score_tree::Probe;

ScoreTree::~ScoreTree() {
  if (root_ != nullptr) FreeSubtree(root_, height_);
}

void ScoreTree::FreeSubtree(void* node, int level) {
  if (level == 0) return FreeLeaf(static_cast<Leaf*>(node));
  auto* inner = static_cast<Inner*>(node);
  for (uint32_t i = 0; i < inner->count; ++i) FreeSubtree(inner->nodes[i], level - 1);
  FreeInner(inner);
}

size_t ScoreTree::memory_bytes() const {
  return leaf_count_ * AllocationSize(sizeof(Leaf)) + inner_count_ * AllocationSize(sizeof(Inner));
}

Leaf* ScoreTree::NewLeaf() {
  ++leaf_count_;
  auto* leaf = reinterpret_cast<Leaf*>(Allocate(sizeof(Leaf)));
  leaf->previous = leaf->next = nullptr;
  leaf->base = 0;
  leaf->count = 0;
  leaf->shift = 0;
  return leaf;
}

Inner* ScoreTree::NewInner() {
  ++inner_count_;
  auto* inner = reinterpret_cast<Inner*>(Allocate(sizeof(Inner)));
  inner->count = 0;
  return inner;
}

void ScoreTree::FreeLeaf(Leaf* leaf) {
  --leaf_count_;
  if (leaf->previous != nullptr) leaf->previous->next = leaf->next;
  if (leaf->next != nullptr) leaf->next->previous = leaf->previous;
  Free(reinterpret_cast<char*>(leaf));
}

void ScoreTree::FreeInner(Inner* inner) {
  --inner_count_;
  Free(reinterpret_cast<char*>(inner));
}

int ScoreTree::CountBefore(const Leaf& leaf, const Probe& probe) {
  uint64_t rough = score_tree::RoughPlace(leaf, probe.key);
  return CountFirst(leaf.count, [&](int i) {
    if (leaf.rough(i) != rough) return leaf.rough(i) < rough;
    const char* item = leaf.item(i);
    uint64_t key = score_tree::KeyOf(item);
    return key != probe.key ? key < probe.key : probe.PassesEqualScore(item);
  });
}

uint32_t ScoreTree::ChildFor(const Inner& inner, const Probe& probe) {
  int passed = CountFirst(static_cast<int>(inner.count), [&](int i) {
    return inner.keys[i] != probe.key ? inner.keys[i] < probe.key : probe.PassesEqualScore(inner.firsts[i]);
  });
  return passed > 0 ? static_cast<uint32_t>(passed - 1) : 0;
}

uint32_t ScoreTree::CountBefore(const Probe& probe) const {
  if (root_ == nullptr) return 0;
  void* node = root_;
  uint64_t passed = 0;
  for (int level = height_; level > 0; --level) {
    auto* inner = static_cast<Inner*>(node);
    uint32_t child = ChildFor(*inner, probe);
    for (uint32_t i = 0; i < child; ++i) passed += inner->sizes[i];
    node = inner->nodes[child];
    if (level == 1) score_tree::PrefetchLeaf(node);
  }
  return static_cast<uint32_t>(passed) + static_cast<uint32_t>(CountBefore(*static_cast<Leaf*>(node), probe));
}

uint32_t ScoreTree::RankOf(const char* item) const { return CountBefore(Probe::Of(item, Probe::kBeforeMember)); }

uint32_t ScoreTree::CountBelow(double score, bool and_equal) const {
  return CountBefore({score_tree::OrderKey(score), and_equal ? Probe::kAfterScore : Probe::kBeforeScore, {}});
}

ScoreTree::Cursor ScoreTree::At(uint32_t rank) const {
  if (rank >= size_) return Cursor();
  void* node = root_;
  uint64_t left = rank;
  for (int level = height_; level > 0; --level) {
    auto* inner = static_cast<Inner*>(node);
    uint32_t child = 0;
    while (left >= inner->sizes[child]) left -= inner->sizes[child++];
    node = inner->nodes[child];
  }
  return Cursor(static_cast<Leaf*>(node), static_cast<int>(left));
}

Leaf* ScoreTree::Descend(const Probe& probe, Path& path) const {
  void* node = root_;
  for (int step = 0; step < height_; ++step) {
    auto* inner = static_cast<Inner*>(node);
    uint32_t child = ChildFor(*inner, probe);
    path.steps[step] = {inner, child};
    node = inner->nodes[child];
  }
  score_tree::PrefetchLeaf(node);
  return static_cast<Leaf*>(node);
}

void ScoreTree::Insert(char* item) {
  ++size_;
  if (root_ == nullptr) root_ = NewLeaf();
  Probe probe = Probe::Of(item, Probe::kBeforeMember);
  Path path;
  Leaf* leaf = Descend(probe, path);
  int index = CountBefore(*leaf, probe);
  if (leaf->count == kLeafItems) {
    bool at_end = index == kLeafItems && leaf->next == nullptr;
    bool at_front = index == 0 && leaf->previous == nullptr;
    if (at_end || at_front) return AddBeside(path, leaf, at_end, item);
    MakeRoom(path, leaf);
    leaf = Descend(probe, path);
    index = CountBefore(*leaf, probe);
  }
  score_tree::InsertItem(*leaf, index, item);
  score_tree::AddToSizes(path, height_, 1);
  if (index == 0) score_tree::SetFirst(path, height_ - 1, probe.key, item);
}

// A new leaf beside the outermost one, which stays full.
void ScoreTree::AddBeside(Path& path, Leaf* edge, bool after, char* item) {
  Leaf* leaf = NewLeaf();
  score_tree::InsertItem(*leaf, 0, item);
  leaf->previous = after ? edge : nullptr;
  leaf->next = after ? nullptr : edge;
  (after ? edge->next : edge->previous) = leaf;
  if (height_ == 0) {
    Inner* root = NewInner();
    score_tree::PutChild(*root, 0, score_tree::ChildOf(edge));
    path.steps[0] = {root, 0};
    root_ = root;
    height_ = 1;
  }
  score_tree::AddToSizes(path, height_ - 1, 1);
  Child child = score_tree::ChildOf(leaf);
  if (!after && height_ > 1) score_tree::SetFirst(path, height_ - 2, child.key, child.first);
  InsertChild(path, height_ - 1, path.steps[height_ - 1].index + (after ? 1 : 0), child);
}

// Room in a full leaf that is not about to grow at an outer end.
void ScoreTree::MakeRoom(Path& path, Leaf* leaf) {
  if (height_ > 0) {
    Path::Step& step = path.steps[height_ - 1];
    bool has_left = step.index > 0;
    bool has_right = step.index + 1 < step.node->count;
    bool give_left = has_left && kLeafItems - leaf->previous->count >= score_tree::kWorthGiving;
    bool give_right = !give_left && has_right && kLeafItems - leaf->next->count >= score_tree::kWorthGiving;
    if (give_left || give_right) {
      uint32_t left_index = give_left ? step.index - 1 : step.index;
      Leaf* left = give_left ? leaf->previous : leaf;
      score_tree::Share(*left, *left->next, (left->count + left->next->count) / 2);
      step.node->sizes[left_index] = left->count;
      step.node->Set(left_index + 1, score_tree::ChildOf(left->next));
      return;
    }
  }
  Leaf* right = NewLeaf();
  right->previous = leaf;
  right->next = leaf->next;
  if (leaf->next != nullptr) leaf->next->previous = right;
  leaf->next = right;
  score_tree::Share(*leaf, *right, kLeafItems / 2);
  if (height_ == 0) {
    Inner* root = NewInner();
    score_tree::PutChild(*root, 0, score_tree::ChildOf(leaf));
    score_tree::PutChild(*root, 1, score_tree::ChildOf(right));
    root_ = root;
    height_ = 1;
    return;
  }
  Path::Step& step = path.steps[height_ - 1];
  step.node->sizes[step.index] = leaf->count;
  InsertChild(path, height_ - 1, step.index + 1, score_tree::ChildOf(right));
}

// The sizes above `step` count the new child's items already.
void ScoreTree::InsertChild(Path& path, int step, uint32_t index, const Child& child) {
  Inner* left = path.steps[step].node;
  if (left->count < kInnerChildren) return score_tree::PutChild(*left, index, child);
  // As in leaves: growing at the outer ends leaves full nodes behind.
  bool at_end = index == left->count;
  bool at_front = index == 0;
  for (int i = 0; i < step; ++i) {
    at_end = at_end && path.steps[i].index + 1 == path.steps[i].node->count;
    at_front = at_front && path.steps[i].index == 0;
  }
  uint32_t kept = at_end ? left->count : at_front ? 0 : left->count / 2;
  Inner* right = NewInner();
  score_tree::CopyChildren(*left, kept, left->count, *right, 0);
  right->count = left->count - kept;
  left->count = kept;
  bool into_right = index > kept || at_end;
  score_tree::PutChild(into_right ? *right : *left, into_right ? index - kept : index, child);
  if (step == 0) {
    Inner* root = NewInner();
    score_tree::PutChild(*root, 0, score_tree::ChildOf(left));
    score_tree::PutChild(*root, 1, score_tree::ChildOf(right));
    root_ = root;
    ++height_;
    DUNLIN_INVARIANT(height_ < Path::kMaxHeight, "a tree of well filled nodes stays low");
    return;
  }
  Path::Step& parent = path.steps[step - 1];
  parent.node->Set(parent.index, score_tree::ChildOf(left));
  InsertChild(path, step - 1, parent.index + 1, score_tree::ChildOf(right));
}

void ScoreTree::Erase(const char* item) {
  DUNLIN_INVARIANT(root_ != nullptr, "an item to erase is in the tree");
  Probe probe = Probe::Of(item, Probe::kAfterMember);
  Path path;
  Leaf* leaf = Descend(probe, path);
  int index = CountBefore(*leaf, probe) - 1;
  DUNLIN_INVARIANT(index >= 0 && leaf->item(index) == item, "an item to erase stands where its score says");
  --size_;
  score_tree::EraseItem(*leaf, index);
  score_tree::AddToSizes(path, height_, -1);
  if (leaf->count == 0) {
    FreeLeaf(leaf);
    if (height_ == 0) {
      root_ = nullptr;
    } else {
      RemoveChild(path, height_ - 1, path.steps[height_ - 1].index);
      LowerRoot();
    }
    return;
  }
  if (height_ == 0) return;
  if (index == 0) score_tree::SetFirst(path, height_ - 1, score_tree::KeyOf(leaf->item(0)), leaf->item(0));
  bool at_edge = leaf->previous == nullptr || leaf->next == nullptr;
  if (leaf->count < score_tree::kMinItems && !at_edge) {
    RebalanceLeaf(path, leaf);
    LowerRoot();
  }
}

void ScoreTree::Rescore(char* item, double score) {
  Path path;
  Leaf* leaf = Descend(Probe::Of(item, Probe::kAfterMember), path);
  int old_index = CountBefore(*leaf, Probe::Of(item, Probe::kAfterMember)) - 1;
  Probe probe{score_tree::OrderKey(score), Probe::kBeforeMember, MemberOf(item)};
  int new_index = CountBefore(*leaf, probe);
  // Small steps seldom leave the leaf; neither its first item nor its size changes then.
  bool within_leaf = old_index > 0 && new_index > 0 && new_index < leaf->count;
  if (!within_leaf) {
    Erase(item);
    SetScore(item, score);
    Insert(item);
    return;
  }
  DUNLIN_INVARIANT(leaf->item(old_index) == item, "an item to move stands where its score says");
  score_tree::EraseItem(*leaf, old_index);
  SetScore(item, score);
  score_tree::InsertItem(*leaf, new_index > old_index ? new_index - 1 : new_index, item);
}

void ScoreTree::RebalanceLeaf(Path& path, Leaf* leaf) {
  Path::Step& step = path.steps[height_ - 1];
  if (step.node->count == 1) return;
  uint32_t left_index = step.index > 0 ? step.index - 1 : 0;
  Leaf* left = step.index > 0 ? leaf->previous : leaf;
  Leaf* right = left->next;
  int both = left->count + right->count;
  bool merge = both <= score_tree::kMergedItems;
  score_tree::Share(*left, *right, merge ? both : both / 2);
  step.node->sizes[left_index] = left->count;
  if (merge) {
    FreeLeaf(right);
    RemoveChild(path, height_ - 1, left_index + 1);
  } else {
    step.node->Set(left_index + 1, score_tree::ChildOf(right));
  }
}

// The child's node is gone already, and the sizes above `step` do not count it any more.
void ScoreTree::RemoveChild(Path& path, int step, uint32_t index) {
  Inner* node = path.steps[step].node;
  score_tree::CopyChildren(*node, index + 1, node->count, *node, index);
  --node->count;
  if (node->count == 0) {
    FreeInner(node);
    if (step == 0) {
      root_ = nullptr;
      height_ = 0;
    } else {
      RemoveChild(path, step - 1, path.steps[step - 1].index);
    }
    return;
  }
  if (step == 0) return;
  if (index == 0) score_tree::SetFirst(path, step - 1, node->keys[0], node->firsts[0]);
  if (node->count < score_tree::kMinChildren) RebalanceInner(path, step);
}

void ScoreTree::RebalanceInner(Path& path, int step) {
  Path::Step& parent = path.steps[step - 1];
  if (parent.node->count == 1) return;
  uint32_t left_index = parent.index > 0 ? parent.index - 1 : 0;
  auto* left = static_cast<Inner*>(parent.node->nodes[left_index]);
  auto* right = static_cast<Inner*>(parent.node->nodes[left_index + 1]);
  if (left->count + right->count > score_tree::kMergedChildren) return;
  score_tree::CopyChildren(*right, 0, right->count, *left, left->count);
  left->count += right->count;
  parent.node->Set(left_index, score_tree::ChildOf(left));
  FreeInner(right);
  RemoveChild(path, step - 1, left_index + 1);
}

void ScoreTree::LowerRoot() {
  while (height_ > 0 && static_cast<Inner*>(root_)->count == 1) {
    auto* old_root = static_cast<Inner*>(root_);
    root_ = old_root->nodes[0];
    --height_;
    FreeInner(old_root);
  }
}

void ScoreTree::CheckInvariants() const {
  const Leaf* previous = nullptr;
  uint64_t items = root_ == nullptr ? 0 : CheckSubtree(root_, height_, previous);
  DUNLIN_INVARIANT(items == size_, "the tree has as many items as it counts");
  DUNLIN_INVARIANT(previous == nullptr || previous->next == nullptr, "the chain of leaves ends with the last one");
}

uint64_t ScoreTree::CheckSubtree(void* node, int level, const Leaf*& previous) const {
  if (level > 0) {
    auto* inner = static_cast<Inner*>(node);
    DUNLIN_INVARIANT(inner->count > 0 && inner->count <= kInnerChildren, "an inner node has children");
    uint64_t items = 0;
    for (uint32_t i = 0; i < inner->count; ++i) {
      Child child = inner->Get(i);
      DUNLIN_INVARIANT(CheckSubtree(child.node, level - 1, previous) == child.size, "a child has the size it says");
      Child is = level == 1 ? score_tree::ChildOf(static_cast<Leaf*>(child.node))
                            : score_tree::ChildOf(static_cast<Inner*>(child.node));
      DUNLIN_INVARIANT(is.key == child.key && is.first == child.first, "a child's first item is the one it says");
      items += child.size;
    }
    return items;
  }
  auto* leaf = static_cast<Leaf*>(node);
  DUNLIN_INVARIANT(leaf->count > 0 && leaf->count <= kLeafItems, "a leaf has items");
  DUNLIN_INVARIANT(leaf->previous == previous && (previous == nullptr || previous->next == leaf), "leaves are chained");
  const char* last = previous == nullptr ? nullptr : previous->item(previous->count - 1);
  for (int i = 0; i < leaf->count; ++i) {
    const char* item = leaf->item(i);
    bool in_order = last == nullptr || ScoreOf(last) < ScoreOf(item) ||
                    (ScoreOf(last) == ScoreOf(item) && MemberOf(last) < MemberOf(item));
    DUNLIN_INVARIANT(in_order, "items are in order");
    DUNLIN_INVARIANT(leaf->rough(i) == score_tree::RoughPlace(*leaf, score_tree::KeyOf(item)), "rough places fit");
    last = item;
  }
  previous = leaf;
  return leaf->count;
}

}  // namespace dunlin::values
