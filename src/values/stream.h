// A stream: entries of fields in the order of their ids, appended at the end, and the consumer groups that read them.
//
// Entries stand in nodes of about a hundred (stream_node.h), found through an ordered table of the nodes. An entry is
// erased by closing the gap in its node.
//
// One pointer; may be moved with memmove. A stream that nothing was done to needs no memory. Unlike other collections a
// stream may be empty.
//
// Entries and cursors are good until the next change.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "values/encoding_limits.h"
#include "values/id_table.h"
#include "values/stream_group.h"
#include "values/stream_id.h"
#include "values/stream_node.h"
#include "values/type.h"

namespace dunlin::values {

// Walks over entries in either direction.
class StreamCursor {
 public:
  bool valid() const { return place_ != nullptr; }
  // REQUIRES for all: valid().
  const StreamEntry& entry() const { return entry_; }
  StreamId id() const { return entry_.id(); }
  void Next();
  void Previous();

 private:
  friend class Stream;
  using Nodes = IdTable<StreamNode>;
  StreamCursor(Nodes::Cursor node, StreamNode::Place place) : node_(node) { StandAt(place); }
  void StandAt(StreamNode::Place place);

  Nodes::Cursor node_;
  StreamNode::Place place_ = nullptr;
  StreamEntry entry_;
};

// What is to be removed from the front of a stream.
struct StreamTrim {
  std::optional<uint64_t> max_size;  // all but so many entries; else those below `min_id`
  StreamId min_id;
  bool whole_nodes_only = false;
  uint64_t max_removed = 0;  // stop before the node that would exceed it; 0: no limit
};

class Stream {
 public:
  using Nodes = IdTable<StreamNode>;

  Stream() = default;
  Stream(Stream&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  Stream& operator=(Stream&& other) noexcept {
    if (this != &other) {
      Clear();
      body_ = std::exchange(other.body_, nullptr);
    }
    return *this;
  }
  ~Stream() { Clear(); }

  uint64_t size() const { return body().size; }
  bool empty() const { return size() == 0; }
  Encoding encoding() const { return Encoding::kStream; }
  // Grows with the number of consumers, but not of entries.
  size_t memory_bytes() const;
  Stream Clone() const;

  // The id that was given last, even when its entry is gone.
  StreamId last_id() const { return body().last_id; }
  // The highest id that was erased from the middle (not trimmed); zero when there was none.
  StreamId max_erased_id() const { return body().max_erased_id; }
  // How many entries were ever added.
  uint64_t entries_added() const { return body().entries_added; }
  // Zero when there is none.
  StreamId first_entry_id() const { return empty() ? StreamId() : First().id(); }
  StreamId last_entry_id() const { return empty() ? StreamId() : Last().id(); }
  const Nodes& nodes() const { return body().nodes; }

  StreamCursor First() const;
  StreamCursor Last() const;
  StreamCursor AtOrAfter(StreamId id) const;
  StreamCursor AtOrBefore(StreamId id) const;
  bool Contains(StreamId id) const;

  // REQUIRES: the id is above last_id(); an even number of fields, 2 at least; their texts are at most
  // kMaxStreamEntryBytes together.
  void Append(StreamId id, StreamFields fields, const EncodingLimits& limits);
  // False when there is no such entry. Does not change max_erased_id().
  bool Erase(StreamId id);
  // Returns how many were removed.
  uint64_t Trim(const StreamTrim& trim);
  void SetLastId(StreamId id) { MutableBody().last_id = id; }
  void SetMaxErasedId(StreamId id) { MutableBody().max_erased_id = id; }
  void SetEntriesAdded(uint64_t count) { MutableBody().entries_added = count; }
  void Clear();
  // A node from a file. Takes it over. REQUIRES: all of its ids are above those here, and last_id() is set later.
  void AppendNode(StreamNode node);

  // --- how far a reader is ---

  // Whether an entry above `id` may be missing, because it was erased from the middle.
  bool HasGapAfter(StreamId id) const;
  // How many entries were ever added up to `id`; StreamGroup::kUnknown when that cannot be said.
  int64_t EntriesReadAt(StreamId id) const;
  // How many entries a group has still to read, when that can be said.
  std::optional<int64_t> LagOf(const StreamGroup& group) const;
  // The group goes on to this entry, which is above its last id.
  void Advance(StreamGroup& group, StreamId id) const;

  // --- groups, in the order of their names ---

  size_t group_count() const { return body().groups.size(); }
  const StreamGroup& group(size_t index) const { return *body().groups[index]; }
  // Null when there is none of that name.
  StreamGroup* FindGroup(std::string_view name);
  const StreamGroup* FindGroup(std::string_view name) const { return const_cast<Stream*>(this)->FindGroup(name); }
  // Null when there is one already.
  StreamGroup* AddGroup(std::string_view name, StreamId last_id, int64_t entries_read);
  // False when there is none of that name.
  bool RemoveGroup(std::string_view name);

 private:
  struct Body {
    ~Body();
    Nodes nodes;
    size_t node_bytes = 0;
    uint64_t size = 0;
    StreamId last_id;
    StreamId max_erased_id;
    uint64_t entries_added = 0;
    std::vector<std::unique_ptr<StreamGroup>> groups;
  };
  using Groups = std::vector<std::unique_ptr<StreamGroup>>;

  static const Body kNothing;  // what a stream without a body looks like
  const Body& body() const { return body_ == nullptr ? kNothing : *body_; }
  Body& MutableBody();
  Groups::iterator PlaceOfGroup(std::string_view name);
  // Calls change(StreamNode&) and keeps count; a node that becomes empty goes.
  template <typename Change>
  void ChangeNode(Nodes::Cursor at, Change&& change);
  void RemoveNode(Nodes::Cursor at);

  Body* body_ = nullptr;
};

static_assert(sizeof(Stream) == 8);

}  // namespace dunlin::values
