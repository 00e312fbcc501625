// A large list: a row of nodes, each a listpack within the node limit or the bytes of one huge element (list_node.h).
//
// The row is a ring of 16-byte descriptors, so both ends are O(1), and an index is found by adding up counts that stand
// side by side. Only the nodes at the ends keep room for more; a node that is left behind gives it back.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "values/element.h"
#include "values/encoding_limits.h"
#include "values/list_node.h"
#include "values/listpack.h"
#include "values/ring.h"

namespace dunlin::values {

// A node as RDB files hold it.
struct ListNodeView {
  bool plain;              // `bytes` is one element
  std::string_view bytes;  // else they are a listpack
  uint32_t count;
};

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
  ListCursor(const Quicklist* list, size_t node) : list_(list), node_(node) {}
  // At the first or last element of node_, or nowhere when there is no such node.
  void EnterNode(bool at_front);
  bool in_plain_node() const;

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
  size_t memory_bytes() const { return AllocationSize(sizeof *this) + nodes_.memory_bytes() + node_bytes_; }
  // To be deleted by the caller.
  Quicklist* Clone() const;

  size_t node_count() const { return nodes_.size(); }
  const ListNode& node(size_t index) const { return nodes_[index]; }
  ListNodeView NodeAt(size_t index) const;
  // An empty listpack adds nothing.
  void AppendListpackNode(Listpack node);
  void AppendPlainNode(std::string_view element);
  // The one node's listpack; the list is empty then. REQUIRES: one node, not plain.
  Listpack TakeOnlyNode();

  // Not valid when index >= size().
  ListCursor CursorAt(uint64_t index) const;

  void PushFront(std::string_view element, const EncodingLimits& limits);
  void PushBack(std::string_view element, const EncodingLimits& limits);
  // REQUIRES: index < size().
  void Replace(uint64_t index, std::string_view element, const EncodingLimits& limits);
  // Puts `element` beside the first one that equals `pivot`; false when there is none.
  bool InsertBeside(std::string_view pivot, bool after, std::string_view element, const EncodingLimits& limits);
  // Removes up to max_count elements that equal `element`, the first ones or the last ones; returns how many.
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
  static bool HasRoom(const ListNode& node, size_t element_bytes, const EncodingLimits& limits);

  // Every node comes, changes and goes through these, which keep node_bytes_.
  void InsertNode(size_t index, const ListNode& node);
  void EraseNodes(size_t index, size_t count);
  template <typename Change>
  void ChangeNode(size_t index, Change&& change);

  // Puts the element into a node of its own.
  void InsertOwnNode(size_t index, std::string_view element, const EncodingLimits& limits);
  // Where node `index` has the entries before `place`, and the next node those from it on. REQUIRES: both have some.
  void SplitNode(size_t index, ListpackView::Place place);
  // Replaces an entry by a node of its own; returns that node's index.
  size_t ReplaceByOwnNode(Location at, std::string_view element, const EncodingLimits& limits);
  // Puts the element beside the entry at `place` of a node that has no room for it.
  void InsertIntoFull(size_t node, ListpackView::Place place, bool after, std::string_view element,
                      const EncodingLimits& limits);
  // Merges the nodes around this one where two fit into one.
  void MergeAround(size_t index, const EncodingLimits& limits);
  bool MergeWithNext(size_t left, const EncodingLimits& limits);

  // Removes matches from one node, and says how many; the node is left empty, but in its place, when all match.
  uint64_t RemoveFromNode(size_t index, bool from_front, uint64_t max_count, const listpack::Needle& needle);
  void EraseEmptyNodes();

  Ring<ListNode> nodes_;
  uint64_t size_ = 0;
  size_t node_bytes_ = 0;
};

}  // namespace dunlin::values
