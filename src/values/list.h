// A list of elements that grows and shrinks at both ends.
//
// Small: one listpack ("listpack"). Large: a row of nodes, each a listpack within the node limit or, for a huge
// element, its bytes alone ("quicklist", quicklist.h). It becomes large when a push would go beyond the limit, and
// small again when removals have left one node of at most half the limit.
//
// One pointer; may be moved with memmove. An empty list needs no memory.
//
// Elements that are handed out are good until the next change. Texts passed in must not stand in this list.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "values/element.h"
#include "values/encoding_limits.h"
#include "values/listpack.h"
#include "values/quicklist.h"
#include "values/type.h"

namespace dunlin::values {

enum class ListEnd : uint8_t { kFront, kBack };

class List {
 public:
  List() = default;
  List(List&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  List& operator=(List&& other) noexcept {
    if (this != &other) {
      Clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~List() { Clear(); }

  uint64_t size() const { return is_large() ? large()->size() : packed_view().size(); }
  bool empty() const { return size() == 0; }
  Encoding encoding() const { return is_large() ? Encoding::kQuicklist : Encoding::kListpack; }
  size_t memory_bytes() const;
  List Clone() const;

  // For RDB: the nodes, in order, as they are. A small list is one packed node, an empty one none.
  size_t node_count() const;
  ListNodeView NodeAt(size_t index) const;
  // For reading RDB: adds a node at the back. An empty listpack adds nothing. Settle() must follow the last one: it
  // chooses the form that a list of this shape has.
  void AppendListpackNode(Listpack node);
  void AppendPlainNode(std::string_view element);
  void Settle(const EncodingLimits& limits);

  // The element with this index, from 0; negative ones count from the end, -1 is the last.
  std::optional<Element> At(int64_t index) const;
  std::optional<Element> Peek(ListEnd end) const { return At(end == ListEnd::kFront ? 0 : -1); }

  // Pushes one after the other, so that the last one ends up outermost.
  void Push(ListEnd end, std::span<const std::string_view> elements, const EncodingLimits& limits);
  void Push(ListEnd end, std::string_view element, const EncodingLimits& limits) {
    Push(end, std::span(&element, 1), limits);
  }
  // Drops up to `count` elements from that end.
  void Pop(ListEnd end, uint64_t count, const EncodingLimits& limits);
  // False when there is no such index.
  bool Set(int64_t index, std::string_view element, const EncodingLimits& limits);
  // Puts `element` beside the first one that equals `pivot`; false when there is none.
  bool InsertBeside(std::string_view pivot, bool after, std::string_view element, const EncodingLimits& limits);
  // Removes elements that equal `element`: the first `count`, the last -count, or all for 0. Returns how many.
  uint64_t Remove(int64_t count, std::string_view element, const EncodingLimits& limits);
  // Removes `count` elements from `first` on, or as many as there are.
  void EraseRange(uint64_t first, uint64_t count, const EncodingLimits& limits);
  void Clear();

  // The indexes of elements that equal `element`, as LPOS finds them: from the front, or from the back when `rank` is
  // negative; the first |rank| - 1 matches are passed over; at most `max_matches` (0: all) are returned and at most
  // `max_compared` (0: all) elements are looked at. REQUIRES: rank is not 0.
  std::vector<uint64_t> Find(std::string_view element, int64_t rank, uint64_t max_matches, uint64_t max_compared) const;

  // Calls fn(std::string_view) for `count` elements from index `first` on, or as many as there are.
  template <typename Fn>
  void ForEach(uint64_t first, uint64_t count, Fn&& fn) const {
    ListCursor cursor = CursorAt(first);
    for (uint64_t i = 0; i < count && cursor.valid(); ++i, cursor.Next()) fn(cursor.Get().view());
  }
  // The same from index `first` towards the front.
  template <typename Fn>
  void ForEachBackward(uint64_t first, uint64_t count, Fn&& fn) const {
    ListCursor cursor = CursorAt(first);
    for (uint64_t i = 0; i < count && cursor.valid(); ++i, cursor.Previous()) fn(cursor.Get().view());
  }
  // To walk by hand. Not valid when there is no such index; good until the next change.
  ListCursor CursorAt(uint64_t index) const;

 private:
  static constexpr uintptr_t kLargeTag = 1;  // in the word's lowest bits; 0: a listpack, or nothing

  bool is_large() const { return (word_ & kLargeTag) != 0; }
  Quicklist* large() const { return reinterpret_cast<Quicklist*>(word_ & ~kLargeTag); }
  ListpackView packed_view() const {
    return ListpackView(word_ == 0 ? listpack::kEmpty : reinterpret_cast<const char*>(word_));
  }
  Listpack TakePacked() { return Listpack::Adopt(reinterpret_cast<char*>(std::exchange(word_, 0))); }
  void PutPacked(Listpack blob) { word_ = reinterpret_cast<uintptr_t>(blob.Release()); }
  void PutLarge(Quicklist* list) { word_ = reinterpret_cast<uintptr_t>(list) | kLargeTag; }

  uint64_t RemoveFromLarge(bool from_front, uint64_t max_count, std::string_view element);
  void BecomeLarge();
  void BecomeLargeBefore(uint64_t count, uint64_t bytes, const EncodingLimits& limits);
  void BecomeSmallIfPossible(bool after_removal, const EncodingLimits& limits);

  uintptr_t word_ = 0;
};

static_assert(sizeof(List) == 8);

}  // namespace dunlin::values
