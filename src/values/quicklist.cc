#include "values/quicklist.h"

#include <algorithm>

namespace dunlin::values {
namespace {

// What an element of that length takes in a listpack at most; one that is an integer takes less.
size_t EntryBytesAtMost(size_t element_bytes) {
  size_t head = element_bytes < 64 ? 1 : element_bytes < 4096 ? 2 : 5;
  size_t entry = head + element_bytes;
  size_t back_length = 1;
  for (size_t left = entry >> 7; left > 0; left >>= 7) ++back_length;
  return entry + back_length;
}

bool IsHuge(size_t element_bytes, const EncodingLimits& limits) {
  return element_bytes > 0 && element_bytes >= limits.list_plain_node_bytes;
}

}  // namespace

bool ListCursor::in_plain_node() const { return list_ != nullptr && list_->nodes_[node_].plain(); }

Element ListCursor::Get() const {
  if (in_plain_node()) return Element(list_->nodes_[node_].plain_element());
  return ListpackView::Get(place_);
}

bool ListCursor::Equals(const listpack::Needle& needle) const {
  if (in_plain_node()) return list_->nodes_[node_].plain_element() == needle.text();
  return needle.Equals(place_);
}

void ListCursor::EnterNode(bool at_front) {
  place_ = nullptr;
  if (node_ >= list_->nodes_.size()) return;
  const ListNode& node = list_->nodes_[node_];
  if (node.plain()) {
    place_ = node.block;
    return;
  }
  listpack_ = node.view();
  place_ = at_front ? listpack_.First() : listpack_.Last();
}

void ListCursor::Next() {
  place_ = in_plain_node() ? nullptr : listpack_.Next(place_);
  if (place_ != nullptr || list_ == nullptr) return;
  ++node_;
  EnterNode(true);
}

void ListCursor::Previous() {
  place_ = in_plain_node() ? nullptr : listpack_.Previous(place_);
  if (place_ != nullptr || list_ == nullptr) return;
  --node_;  // before the first one, this is beyond the last
  EnterNode(false);
}

Quicklist::~Quicklist() { EraseNodes(0, nodes_.size()); }

Quicklist* Quicklist::Clone() const {
  auto* copy = new Quicklist();
  for (size_t i = 0; i < nodes_.size(); ++i) copy->InsertNode(i, nodes_[i].Clone());
  return copy;
}

ListNodeView Quicklist::NodeAt(size_t index) const {
  const ListNode& node = nodes_[index];
  return {node.plain(), node.plain() ? node.plain_element() : node.view().blob(), node.count};
}

void Quicklist::AppendListpackNode(Listpack node) {
  if (!node.empty()) InsertNode(nodes_.size(), ListNode::OfListpack(std::move(node)));
}

void Quicklist::AppendPlainNode(std::string_view element) {
  if (element.empty()) {
    InsertNode(nodes_.size(), ListNode::OfEntry(listpack::NewEntry(element)));
  } else {
    InsertNode(nodes_.size(), ListNode::OfPlain(element));
  }
}

Listpack Quicklist::TakeOnlyNode() {
  DUNLIN_INVARIANT(nodes_.size() == 1 && !nodes_[0].plain(), "a list of one listpack can become a small list");
  Listpack taken;
  node_bytes_ -= nodes_[0].memory_bytes();
  taken = nodes_[0].Take();
  nodes_.Erase(0);
  size_ = 0;
  return taken;
}

void Quicklist::InsertNode(size_t index, const ListNode& node) {
  nodes_.Insert(index, node);
  node_bytes_ += node.memory_bytes();
  size_ += node.count;
}

void Quicklist::EraseNodes(size_t index, size_t count) {
  if (count == 0) return;
  for (size_t i = index; i < index + count; ++i) {
    node_bytes_ -= nodes_[i].memory_bytes();
    size_ -= nodes_[i].count;
    nodes_[i].Destroy();
  }
  nodes_.Erase(index, count);
}

template <typename Change>
void Quicklist::ChangeNode(size_t index, Change&& change) {
  ListNode& node = nodes_[index];
  node_bytes_ -= node.memory_bytes();
  size_ -= node.count;
  change(node);
  node_bytes_ += node.memory_bytes();
  size_ += node.count;
}

bool Quicklist::HasRoom(const ListNode& node, size_t element_bytes, const EncodingLimits& limits) {
  if (node.plain() || IsHuge(element_bytes, limits)) return false;
  return !NodeLimit(limits).Exceeds(node.bytes() + EntryBytesAtMost(element_bytes), uint64_t{node.count} + 1);
}

void Quicklist::InsertOwnNode(size_t index, std::string_view element, const EncodingLimits& limits) {
  bool huge = IsHuge(element.size(), limits);
  InsertNode(index, huge ? ListNode::OfPlain(element) : ListNode::OfEntry(listpack::NewEntry(element)));
}

void Quicklist::PushFront(std::string_view element, const EncodingLimits& limits) {
  if (!nodes_.empty() && HasRoom(nodes_.front(), element.size(), limits)) {
    size_t max_bytes = NodeLimit(limits).grow_max_bytes();
    ChangeNode(0, [&](ListNode& node) { node.PushFront(listpack::NewEntry(element), max_bytes); });
    return;
  }
  if (!nodes_.empty()) ChangeNode(0, [](ListNode& node) { node.Compact(); });
  InsertOwnNode(0, element, limits);
}

void Quicklist::PushBack(std::string_view element, const EncodingLimits& limits) {
  if (!nodes_.empty() && HasRoom(nodes_.back(), element.size(), limits)) {
    ChangeNode(nodes_.size() - 1, [&](ListNode& node) { node.PushBack(listpack::NewEntry(element)); });
    return;
  }
  if (!nodes_.empty()) ChangeNode(nodes_.size() - 1, [](ListNode& node) { node.Compact(); });
  InsertOwnNode(nodes_.size(), element, limits);
}

Quicklist::Location Quicklist::Locate(uint64_t index) const {
  if (index < size_ / 2) {
    size_t node = 0;
    while (index >= nodes_[node].count) index -= nodes_[node++].count;
    return {node, static_cast<uint32_t>(index)};
  }
  size_t node = nodes_.size() - 1;
  uint64_t first = size_ - nodes_[node].count;
  while (index < first) first -= nodes_[--node].count;
  return {node, static_cast<uint32_t>(index - first)};
}

ListCursor Quicklist::CursorAt(uint64_t index) const {
  if (index >= size_) return ListCursor();
  Location at = Locate(index);
  ListCursor cursor(this, at.node);
  cursor.EnterNode(true);
  if (!nodes_[at.node].plain()) cursor.place_ = cursor.listpack_.Seek(at.offset);
  return cursor;
}

void Quicklist::SplitNode(size_t index, ListpackView::Place place) {
  ListNode right;
  ChangeNode(index, [&](ListNode& node) {
    // Taking the listpack may move it, but not its entries within it.
    auto offset = place - node.view().blob().data();
    Listpack left = node.Take();
    right = ListNode::OfListpack(left.SplitAt(left.blob().data() + offset));
    node.Put(std::move(left));
  });
  InsertNode(index + 1, right);
}

void Quicklist::Replace(uint64_t index, std::string_view element, const EncodingLimits& limits) {
  Location at = Locate(index);
  const ListNode& node = nodes_[at.node];
  bool huge = IsHuge(element.size(), limits);
  size_t new_bytes = node.plain() ? 0 : node.bytes() + EntryBytesAtMost(element.size());
  bool in_place = !node.plain() && !huge && (node.count == 1 || !NodeLimit(limits).Exceeds(new_bytes, node.count));
  if (!in_place) {
    MergeAround(ReplaceByOwnNode(at, element, limits), limits);
    return;
  }
  ChangeNode(at.node, [&](ListNode& changed) {
    Listpack listpack = changed.Take();
    listpack.Replace(listpack.view().Seek(at.offset), element);
    changed.Put(std::move(listpack));
  });
  if (nodes_[at.node].count == 1) MergeAround(at.node, limits);
}

size_t Quicklist::ReplaceByOwnNode(Location at, std::string_view element, const EncodingLimits& limits) {
  const ListNode& node = nodes_[at.node];
  if (node.count == 1) {
    EraseNodes(at.node, 1);
    InsertOwnNode(at.node, element, limits);
    return at.node;
  }
  bool first = at.offset == 0;
  bool last = at.offset + 1 == node.count;
  if (!first && !last) SplitNode(at.node, node.view().Seek(at.offset + 1));
  ChangeNode(at.node, [&](ListNode& changed) { first ? changed.DropFront(1) : changed.DropBack(1); });
  size_t own = first ? at.node : at.node + 1;
  InsertOwnNode(own, element, limits);
  return own;
}

bool Quicklist::InsertBeside(std::string_view pivot, bool after, std::string_view element,
                             const EncodingLimits& limits) {
  listpack::Needle needle(pivot);
  ListCursor cursor = CursorAt(0);
  while (cursor.valid() && !cursor.Equals(needle)) cursor.Next();
  if (!cursor.valid()) return false;
  size_t index = cursor.node_;
  const ListNode& node = nodes_[index];
  if (!HasRoom(node, element.size(), limits)) {
    InsertIntoFull(index, cursor.place_, after, element, limits);
    return true;
  }
  auto offset = cursor.place_ - node.view().blob().data();
  ChangeNode(index, [&](ListNode& changed) {
    Listpack listpack = changed.Take();
    auto place = listpack.blob().data() + offset;
    after ? listpack.InsertAfter(place, element) : listpack.InsertBefore(place, element);
    changed.Put(std::move(listpack));
  });
  return true;
}

void Quicklist::InsertIntoFull(size_t index, ListpackView::Place place, bool after, std::string_view element,
                               const EncodingLimits& limits) {
  const ListNode& node = nodes_[index];
  bool at_edge = node.plain() || (after ? node.view().Next(place) : node.view().Previous(place)) == nullptr;
  if (!at_edge) {
    SplitNode(index, after ? node.view().Next(place) : place);
    InsertOwnNode(index + 1, element, limits);
    MergeAround(index + 1, limits);
    return;
  }
  size_t max_bytes = NodeLimit(limits).grow_max_bytes();
  if (after && index + 1 < nodes_.size() && HasRoom(nodes_[index + 1], element.size(), limits)) {
    ChangeNode(index + 1, [&](ListNode& next) { next.PushFront(listpack::NewEntry(element), max_bytes); });
  } else if (!after && index > 0 && HasRoom(nodes_[index - 1], element.size(), limits)) {
    ChangeNode(index - 1, [&](ListNode& previous) { previous.PushBack(listpack::NewEntry(element)); });
  } else {
    InsertOwnNode(after ? index + 1 : index, element, limits);
  }
}

bool Quicklist::MergeWithNext(size_t left, const EncodingLimits& limits) {
  if (left + 1 >= nodes_.size()) return false;
  const ListNode& a = nodes_[left];
  const ListNode& b = nodes_[left + 1];
  if (a.plain() || b.plain()) return false;
  size_t bytes = a.bytes() + b.bytes() - listpack::kEmptyBytes;
  if (NodeLimit(limits).Exceeds(bytes, uint64_t{a.count} + b.count)) return false;
  ChangeNode(left, [&](ListNode& changed) {
    Listpack listpack = changed.Take();
    listpack.AppendAll(nodes_[left + 1].view());
    changed.Put(std::move(listpack));
  });
  EraseNodes(left + 1, 1);
  return true;
}

void Quicklist::MergeAround(size_t index, const EncodingLimits& limits) {
  if (index >= 2 && MergeWithNext(index - 2, limits)) --index;
  if (index + 2 < nodes_.size()) MergeWithNext(index + 1, limits);
  if (index >= 1 && MergeWithNext(index - 1, limits)) --index;
  MergeWithNext(index, limits);
}

uint64_t Quicklist::RemoveFromNode(size_t index, bool from_front, uint64_t max_count, const listpack::Needle& needle) {
  uint64_t removed = 0;
  ListNode& node = nodes_[index];
  if (node.plain()) {
    if (node.plain_element() != needle.text()) return 0;
    node_bytes_ -= node.memory_bytes();
    size_ -= 1;
    node.count = 0;
    return 1;
  }
  if (node.view().Find(node.view().First(), needle.text()) == nullptr) return 0;
  node_bytes_ -= node.memory_bytes();
  Listpack listpack = node.Take();
  auto place = from_front ? listpack.view().First() : listpack.view().Last();
  while (place != nullptr && removed < max_count) {
    if (needle.Equals(place)) {
      ++removed;
      place = listpack.Erase(place);
      if (from_front) continue;
      if (listpack.empty()) break;
      place = place == nullptr ? listpack.view().Last() : listpack.view().Previous(place);
    } else {
      place = from_front ? listpack.view().Next(place) : listpack.view().Previous(place);
    }
  }
  size_ -= removed;
  if (listpack.empty()) {
    node = ListNode{nullptr, ListNode::kPlain, 0};
  } else {
    node.Put(std::move(listpack));
    node_bytes_ += node.memory_bytes();
  }
  return removed;
}

void Quicklist::EraseEmptyNodes() {
  size_t kept = 0;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].count == 0) {
      Free(nodes_[i].block);
    } else {
      nodes_[kept++] = nodes_[i];
    }
  }
  nodes_.Erase(kept, nodes_.size() - kept);
}

uint64_t Quicklist::RemoveFromFront(uint64_t max_count, std::string_view element) {
  listpack::Needle needle(element);
  uint64_t removed = 0;
  for (size_t i = 0; i < nodes_.size() && removed < max_count; ++i) {
    removed += RemoveFromNode(i, true, max_count - removed, needle);
  }
  if (removed > 0) EraseEmptyNodes();
  return removed;
}

uint64_t Quicklist::RemoveFromBack(uint64_t max_count, std::string_view element) {
  listpack::Needle needle(element);
  uint64_t removed = 0;
  for (size_t i = nodes_.size(); i-- > 0 && removed < max_count;) {
    removed += RemoveFromNode(i, false, max_count - removed, needle);
  }
  if (removed > 0) EraseEmptyNodes();
  return removed;
}

void Quicklist::EraseRange(uint64_t first, uint64_t count) {
  if (count == 0) return;
  Location at = Locate(first);
  size_t index = at.node;
  if (at.offset > 0) {
    auto erased = static_cast<uint32_t>(std::min<uint64_t>(count, nodes_[index].count - at.offset));
    ChangeNode(index, [&](ListNode& node) {
      if (at.offset + erased == node.count) {
        node.DropBack(erased);
      } else {
        Listpack listpack = node.Take();
        listpack.EraseRange(at.offset, erased);
        node.Put(std::move(listpack));
      }
    });
    count -= erased;
    ++index;
  }
  size_t whole = index;
  while (whole < nodes_.size() && count >= nodes_[whole].count) count -= nodes_[whole++].count;
  EraseNodes(index, whole - index);
  if (count > 0) ChangeNode(index, [&](ListNode& node) { node.DropFront(static_cast<uint32_t>(count)); });
}

}  // namespace dunlin::values
