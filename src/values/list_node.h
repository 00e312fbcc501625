// One node of a large list: a listpack with unused room in front of it, or the bytes of one huge element.
//
// The room in front is what makes a push at the front cheap: the listpack's header moves down and the new entry is
// written behind it. The bytes stay one run, which RDB files hold as it is.
//
// A node is a plain 16-byte value that owns nothing by itself: its list frees it.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "values/encoding_limits.h"
#include "values/listpack.h"

namespace dunlin::values {

// How large a list's listpacks may become.
class NodeLimit {
 public:
  explicit NodeLimit(const EncodingLimits& limits);

  // Of a listpack that is about to grow.
  bool Exceeds(size_t bytes, uint64_t count) const { return bytes > grow_max_bytes_ || count > max_count_; }
  // Whether a list whose one node is like this is kept as a small list. After a removal it has to be at most half as
  // large, so that a list at the limit does not change its form with every push and pop.
  bool AllowsSmallList(size_t bytes, uint64_t count, bool after_removal) const {
    int part = after_removal ? 2 : 1;
    return bytes <= small_max_bytes_ / part && count <= max_count_ / part;
  }
  size_t grow_max_bytes() const { return grow_max_bytes_; }

 private:
  size_t grow_max_bytes_;
  size_t small_max_bytes_;
  uint64_t max_count_;
};

struct ListNode {
  static constexpr uint32_t kPlain = UINT32_MAX;

  char* block;     // of AllocationSize(front + listpack bytes); of a plain node, a RawString's
  uint32_t front;  // unused bytes before the listpack, or kPlain
  uint32_t count;

  static ListNode OfListpack(Listpack listpack);
  static ListNode OfPlain(std::string_view element);
  static ListNode OfEntry(const listpack::NewEntry& entry);

  bool plain() const { return front == kPlain; }
  size_t memory_bytes() const;
  ListNode Clone() const;
  void Destroy();

  // REQUIRES: plain().
  std::string_view plain_element() const;

  // REQUIRES for all below: not plain().
  ListpackView view() const { return ListpackView(block + front); }
  size_t bytes() const { return view().bytes(); }
  // Keeps room for more in front, within `max_bytes` altogether.
  void PushFront(const listpack::NewEntry& entry, size_t max_bytes);
  void PushBack(const listpack::NewEntry& entry);
  // REQUIRES: dropped < count.
  void DropFront(uint32_t dropped);
  void DropBack(uint32_t dropped);
  // Gives back the room in front.
  void Compact();
  // The listpack, to be changed and put back. REQUIRES of what is put back: not empty.
  Listpack Take();
  void Put(Listpack listpack);

 private:
  void SetHeader(size_t bytes, uint32_t new_count);
};
static_assert(sizeof(ListNode) == 16);

}  // namespace dunlin::values
