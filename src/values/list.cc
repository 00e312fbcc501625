#include "values/list.h"

#include <algorithm>

namespace dunlin::values {

size_t List::memory_bytes() const {
  if (is_large()) return large()->memory_bytes();
  return word_ == 0 ? 0 : AllocationSize(packed_view().bytes());
}

List List::Clone() const {
  List copy;
  if (is_large()) {
    copy.PutLarge(large()->Clone());
  } else {
    copy.PutPacked(Listpack::Copy(packed_view().blob()));
  }
  return copy;
}

void List::Clear() {
  if (is_large()) {
    delete large();
    word_ = 0;
  } else {
    TakePacked();
  }
}

size_t List::node_count() const {
  if (is_large()) return large()->node_count();
  return empty() ? 0 : 1;
}

ListNodeView List::NodeAt(size_t index) const {
  if (is_large()) return large()->NodeAt(index);
  return {false, packed_view().blob(), packed_view().size()};
}

void List::AppendListpackNode(Listpack node) {
  if (!is_large()) BecomeLarge();
  large()->AppendListpackNode(std::move(node));
}

void List::AppendPlainNode(std::string_view element) {
  if (!is_large()) BecomeLarge();
  large()->AppendPlainNode(element);
}

void List::Settle(const EncodingLimits& limits) {
  if (is_large()) {
    BecomeSmallIfPossible(false, limits);
  } else {
    BecomeLargeBefore(0, 0, limits);
  }
}

void List::BecomeLarge() {
  auto* list = new Quicklist();
  list->AppendListpackNode(TakePacked());
  PutLarge(list);
}

void List::BecomeLargeBefore(uint64_t count, uint64_t bytes, const EncodingLimits& limits) {
  if (is_large()) return;
  ListpackView blob = packed_view();
  if (NodeLimit(limits).Exceeds(blob.bytes() + bytes, blob.size() + count)) BecomeLarge();
}

void List::BecomeSmallIfPossible(bool after_removal, const EncodingLimits& limits) {
  if (!is_large()) return;
  if (large()->size() == 0) return Clear();
  if (large()->node_count() != 1 || large()->node(0).plain()) return;
  if (!NodeLimit(limits).AllowsSmallList(large()->node(0).bytes(), size(), after_removal)) return;
  Listpack blob = large()->TakeOnlyNode();
  Clear();
  PutPacked(std::move(blob));
}

ListCursor List::CursorAt(uint64_t index) const {
  if (is_large()) return large()->CursorAt(index);
  if (index >= size()) return ListCursor();
  return ListCursor(packed_view(), packed_view().Seek(static_cast<int64_t>(index)));
}

std::optional<Element> List::At(int64_t index) const {
  auto count = static_cast<int64_t>(size());
  if (index < 0) index += count;
  if (index < 0 || index >= count) return std::nullopt;
  return CursorAt(static_cast<uint64_t>(index)).Get();
}

void List::Push(ListEnd end, std::span<const std::string_view> elements, const EncodingLimits& limits) {
  uint64_t bytes = 0;
  for (std::string_view element : elements) bytes += element.size();
  BecomeLargeBefore(elements.size(), bytes, limits);
  if (is_large()) {
    for (std::string_view element : elements) {
      end == ListEnd::kFront ? large()->PushFront(element, limits) : large()->PushBack(element, limits);
    }
    return;
  }
  Listpack blob = TakePacked();
  for (std::string_view element : elements) end == ListEnd::kFront ? blob.Prepend(element) : blob.Append(element);
  PutPacked(std::move(blob));
}

void List::Pop(ListEnd end, uint64_t count, const EncodingLimits& limits) {
  uint64_t total = size();
  count = std::min(count, total);
  EraseRange(end == ListEnd::kFront ? 0 : total - count, count, limits);
}

void List::EraseRange(uint64_t first, uint64_t count, const EncodingLimits& limits) {
  uint64_t total = size();
  if (first >= total) return;
  count = std::min(count, total - first);
  if (is_large()) {
    large()->EraseRange(first, count);
    BecomeSmallIfPossible(true, limits);
    return;
  }
  Listpack blob = TakePacked();
  blob.EraseRange(static_cast<int64_t>(first), static_cast<uint32_t>(count));
  PutPacked(std::move(blob));
}

bool List::Set(int64_t index, std::string_view element, const EncodingLimits& limits) {
  BecomeLargeBefore(1, element.size(), limits);
  auto count = static_cast<int64_t>(size());
  if (index < 0) index += count;
  if (index < 0 || index >= count) return false;
  if (is_large()) {
    large()->Replace(static_cast<uint64_t>(index), element, limits);
    BecomeSmallIfPossible(true, limits);
    return true;
  }
  Listpack blob = TakePacked();
  blob.Replace(blob.view().Seek(index), element);
  PutPacked(std::move(blob));
  return true;
}

bool List::InsertBeside(std::string_view pivot, bool after, std::string_view element, const EncodingLimits& limits) {
  BecomeLargeBefore(1, element.size(), limits);
  if (is_large()) return large()->InsertBeside(pivot, after, element, limits);
  Listpack blob = TakePacked();
  auto place = blob.view().Find(blob.view().First(), pivot);
  if (place != nullptr) after ? blob.InsertAfter(place, element) : blob.InsertBefore(place, element);
  PutPacked(std::move(blob));
  return place != nullptr;
}

uint64_t List::Remove(int64_t count, std::string_view element, const EncodingLimits& limits) {
  bool from_front = count >= 0;
  uint64_t max_count = count == 0   ? UINT64_MAX
                       : from_front ? static_cast<uint64_t>(count)
                                    : 0 - static_cast<uint64_t>(count);
  if (!is_large()) {
    // The same work as in a large list's one node.
    if (empty()) return 0;
    BecomeLarge();
    uint64_t removed = RemoveFromLarge(from_front, max_count, element);
    Listpack blob = large()->size() == 0 ? Listpack() : large()->TakeOnlyNode();
    Clear();
    PutPacked(std::move(blob));
    return removed;
  }
  uint64_t removed = RemoveFromLarge(from_front, max_count, element);
  if (removed > 0) BecomeSmallIfPossible(true, limits);
  return removed;
}

uint64_t List::RemoveFromLarge(bool from_front, uint64_t max_count, std::string_view element) {
  return from_front ? large()->RemoveFromFront(max_count, element) : large()->RemoveFromBack(max_count, element);
}

std::vector<uint64_t> List::Find(std::string_view element, int64_t rank, uint64_t max_matches,
                                 uint64_t max_compared) const {
  std::vector<uint64_t> found;
  uint64_t total = size();
  bool backward = rank < 0;
  uint64_t to_pass = (backward ? 0 - static_cast<uint64_t>(rank) : static_cast<uint64_t>(rank)) - 1;
  uint64_t steps = max_compared == 0 ? total : std::min(total, max_compared);
  listpack::Needle needle(element);
  ListCursor cursor = CursorAt(backward ? total - 1 : 0);
  for (uint64_t i = 0; i < steps; ++i) {
    if (cursor.Equals(needle)) {
      if (to_pass > 0) {
        --to_pass;
      } else {
        found.push_back(backward ? total - 1 - i : i);
        if (found.size() == max_matches) break;
      }
    }
    backward ? cursor.Previous() : cursor.Next();
  }
  return found;
}

}  // namespace dunlin::values
