// A large list: a row of nodes, each a listpack within the node limit or the bytes of one huge element.
//
// The row is a ring of 16-byte descriptors, so both ends are O(1), and an index is found by adding up counts that stand
// side by side. A node at an end keeps room beside its listpack, in front of it too, so a push writes one entry and
// moves nothing; a node that is left behind gives the room back.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "values/element.h"
#include "values/encoding_limits.h"
#include "values/listpack.h"
#include "values/raw_string.h"
#include "values/ring.h"

namespace dunlin::values {

// How large a node of a list may become.
struct NodeLimit {
  explicit NodeLimit(const EncodingLimits& limits);
  bool Exceeds(size_t bytes, uint64_t count) const { return bytes > max_bytes || count > max_count; }

  size_t max_bytes;
  uint64_t max_count;
  // For a list that shrinks back into one listpack.
  size_t shrunk_max_bytes;
  uint64_t shrunk_max_count;
};

// A node as RDB files hold it.
struct ListNodeView {
  bool plain;              // `bytes` is one element
  std::string_view bytes;  // else they are a listpack
  uint32_t count;
};

// One node; a value that owns nothing: Quicklist does.
struct ListNode {
  static constexpr uint32_t kPlain = UINT32_MAX;

  char* block;     // AllocationSize(front + listpack bytes); of a plain node, a RawString's
  uint32_t front;  // unused bytes before the listpack, or kPlain
  uint32_t count;

  bool plain() const { return front == kPlain; }
  const char* listpack() const { return block + front; }
  size_t bytes() const { return LoadLittle<uint32_t>(listpack()); }
};
static_assert(sizeof(ListNode) == 16);

class Quicklist;

// Walks a list, small or large, in either direction.
class ListCursor {
 public:
  ListCursor() = default;

  bool valid() const { return place_ != nullptr; }
  // REQUIRES for all: valid().
  Element Get() const;
  bool Equals(const listpack::Needle& needle) const;
  void Next();
  void Previous();

 private:
  friend class List;
  friend class Quicklist;
  ListCursor(ListpackView small, ListpackView::Place place) : listpack_(small), place_(place) {}
  // At the first or last element of a node.
  void EnterNode(size_t node, bool at_front);

  ListpackView listpack_{listpack::kEmpty};
  const Quicklist* list_ = nullptr;  // null for a small list
  size_t node_ = 0;
  const char* place_ = nullptr;  // an entry, or a plain node's block
};

class Quicklist {
 public:
  Quicklist() = default;
  Quicklist(const Quicklist&) = delete;
  Quicklist& operator=(const Quicklist&) = delete;
  ~Quicklist();

  uint64_t size() const { return size_; }
  size_t memory_bytes() const;
  Quicklist* Clone() const;

  size_t node_count() const { return nodes_.size(); }
  const ListNode& node(size_t index) const { return nodes_[index]; }
  ListNodeView NodeAt(size_t index) const;
  void AppendListpackNode(Listpack node);
  void AppendPlainNode(std::string_view element);
  // The one node's listpack; the list is empty then. REQUIRES: one node, not plain.
  Listpack TakeOnlyNode();

  ListCursor CursorAt(uint64_t index) const;

  void PushFront(std::string_view element, const EncodingLimits& limits);
  void PushBack(std::string_view element, const EncodingLimits& limits);
  // REQUIRES: index < size().
  void Replace(uint64_t index, std::string_view element, const EncodingLimits& limits);
  // Puts `element` beside the first one that equals `pivot`; false when there is none.
  bool InsertBeside(std::string_view pivot, bool after, std::string_view element, const EncodingLimits& limits);
  // As List::Remove.
  uint64_t RemoveFromFront(uint64_t max_count, std::string_view element);
  uint64_t RemoveFromBack(uint64_t max_count, std::string_view element);
  // REQUIRES: first + count <= size().
  void EraseRange(uint64_t first, uint64_t count);

 private:
  friend class ListCursor;
  struct Location {
    size_t node;
    uint32_t offset;  // within the node
  };

  Location Locate(uint64_t index) const;
  bool HasRoom(size_t node, size_t element_bytes, const EncodingLimits& limits) const;
  bool CanMerge(size_t left, const EncodingLimits& limits) const;

  Ring<ListNode> nodes_;
  uint64_t size_ = 0;
};

}  // namespace dunlin::values
