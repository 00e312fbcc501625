#include "values/stream.h"

#include <algorithm>

namespace dunlin::values {

constinit const Stream::Body Stream::kNothing;

// --- walking ---

void StreamCursor::StandAt(StreamNode::Place place) {
  place_ = place;
  if (place != nullptr) entry_ = node_.item().Get(place);
}

void StreamCursor::Next() {
  StreamNode::Place next = node_.item().Next(place_);
  if (next == nullptr) {
    node_.Next();
    if (node_.valid()) next = node_.item().First();
  }
  StandAt(next);
}

void StreamCursor::Previous() {
  StreamNode::Place previous = node_.item().Previous(place_);
  if (previous == nullptr) {
    node_.Previous();
    if (node_.valid()) previous = node_.item().Last();
  }
  StandAt(previous);
}

StreamCursor Stream::First() const {
  Nodes::Cursor node = nodes().First();
  return {node, node.valid() ? node.item().First() : nullptr};
}

StreamCursor Stream::Last() const {
  Nodes::Cursor node = nodes().Last();
  return {node, node.valid() ? node.item().Last() : nullptr};
}

StreamCursor Stream::AtOrAfter(StreamId id) const {
  Nodes::Cursor node = nodes().AtOrBefore(id);
  if (!node.valid()) return First();
  StreamNode::Place place = node.item().Seek(id);
  if (place == nullptr) {
    node.Next();
    if (node.valid()) place = node.item().First();
  }
  return {node, place};
}

StreamCursor Stream::AtOrBefore(StreamId id) const {
  StreamCursor cursor = AtOrAfter(id);
  if (!cursor.valid()) return Last();
  if (cursor.id() != id) cursor.Previous();
  return cursor;
}

bool Stream::Contains(StreamId id) const {
  StreamCursor cursor = AtOrAfter(id);
  return cursor.valid() && cursor.id() == id;
}

// --- changes ---

Stream::Body::~Body() {
  for (auto cursor = nodes.First(); cursor.valid(); cursor.Next()) nodes.At(cursor).Destroy();
}

Stream::Body& Stream::MutableBody() {
  if (body_ == nullptr) body_ = new Body();
  return *body_;
}

void Stream::Clear() { delete std::exchange(body_, nullptr); }

void Stream::AppendNode(StreamNode node) {
  Body& b = MutableBody();
  b.size += node.size();
  b.node_bytes += node.memory_bytes();
  bool added = b.nodes.Insert(node);
  DUNLIN_INVARIANT(added, "a node's entries are above those of other nodes");
}

void Stream::Append(StreamId id, StreamFields fields, const EncodingLimits& limits) {
  Body& b = MutableBody();
  DUNLIN_INVARIANT(id > b.last_id, "ids of a stream only grow");
  size_t text_bytes = 0;
  for (std::string_view text : fields) text_bytes += text.size();
  if (b.nodes.empty() || b.nodes.back().Full(text_bytes, limits)) AppendNode(StreamNode::New(id, fields));
  StreamNode& node = b.nodes.back();
  b.node_bytes -= node.memory_bytes();
  node.Append(id, fields);
  b.node_bytes += node.memory_bytes();
  ++b.size;
  ++b.entries_added;
  b.last_id = id;
}

void Stream::RemoveNode(Nodes::Cursor at) {
  Body& b = MutableBody();
  StreamNode& node = b.nodes.At(at);
  b.size -= node.size();
  b.node_bytes -= node.memory_bytes();
  node.Destroy();
  b.nodes.Erase(at);
}

template <typename Change>
void Stream::ChangeNode(Nodes::Cursor at, Change&& change) {
  Body& b = MutableBody();
  StreamNode& node = b.nodes.At(at);
  b.size -= node.size();
  b.node_bytes -= node.memory_bytes();
  change(node);
  b.size += node.size();
  b.node_bytes += node.memory_bytes();
  if (node.size() == 0) RemoveNode(at);
}

bool Stream::Erase(StreamId id) {
  Nodes::Cursor at = nodes().AtOrBefore(id);
  if (!at.valid()) return false;
  StreamNode::Place place = at.item().Seek(id);
  if (place == nullptr || at.item().Get(place).id() != id) return false;
  ChangeNode(at, [place](StreamNode& node) { node.Erase(place); });
  return true;
}

uint64_t Stream::Trim(const StreamTrim& trim) {
  uint64_t before = size();
  while (!empty()) {
    Nodes::Cursor at = nodes().First();
    const StreamNode& node = at.item();
    uint64_t removed = before - size();
    if (trim.max_size && size() <= *trim.max_size) break;
    if (trim.max_removed > 0 && removed + node.size() > trim.max_removed) break;
    bool whole = trim.max_size ? size() - node.size() >= *trim.max_size : node.Get(node.Last()).id() < trim.min_id;
    if (whole) {
      RemoveNode(at);
      continue;
    }
    if (trim.whole_nodes_only) break;
    uint64_t count = 0;
    if (trim.max_size) {
      count = size() - *trim.max_size;
    } else {
      StreamNode::Place stop = node.Seek(trim.min_id);
      for (auto place = node.First(); place != stop; place = node.Next(place)) ++count;
    }
    if (count > 0) ChangeNode(at, [count](StreamNode& n) { n.EraseFront(static_cast<uint32_t>(count)); });
    break;
  }
  return before - size();
}

Stream Stream::Clone() const {
  Stream copy;
  if (body_ == nullptr) return copy;
  Body& b = copy.MutableBody();
  for (auto cursor = nodes().First(); cursor.valid(); cursor.Next()) copy.AppendNode(cursor.item().Clone());
  b.last_id = body_->last_id;
  b.max_erased_id = body_->max_erased_id;
  b.entries_added = body_->entries_added;
  for (const auto& group : body_->groups) b.groups.push_back(group->Clone());
  return copy;
}

size_t Stream::memory_bytes() const {
  if (body_ == nullptr) return 0;
  const Body& b = body();
  size_t bytes =
      AllocationSize(sizeof(Body)) + b.nodes.memory_bytes() + b.node_bytes + b.groups.capacity() * sizeof(b.groups[0]);
  for (const auto& group : b.groups) bytes += group->memory_bytes();
  return bytes;
}

// --- how far a reader is ---

bool Stream::HasGapAfter(StreamId id) const {
  const Body& b = body();
  if (empty() || b.max_erased_id.is_zero()) return false;
  return first_entry_id() <= b.max_erased_id && id <= b.max_erased_id;
}

int64_t Stream::EntriesReadAt(StreamId id) const {
  const Body& b = body();
  auto added = static_cast<int64_t>(b.entries_added);
  if (added == 0) return 0;
  if (id == b.last_id || (empty() && id < b.last_id)) return added;
  if (id > b.last_id || empty()) return StreamGroup::kUnknown;
  StreamId first = first_entry_id();
  if (b.max_erased_id < first) {
    if (id < first) return added - static_cast<int64_t>(size());
    if (id == first) return added - static_cast<int64_t>(size()) + 1;
  }
  return StreamGroup::kUnknown;
}

std::optional<int64_t> Stream::LagOf(const StreamGroup& group) const {
  auto added = static_cast<int64_t>(entries_added());
  if (added == 0) return 0;
  int64_t read = group.entries_read != StreamGroup::kUnknown && !HasGapAfter(group.last_id)
                     ? group.entries_read
                     : EntriesReadAt(group.last_id);
  if (read == StreamGroup::kUnknown) return std::nullopt;
  return added - read;
}

void Stream::Advance(StreamGroup& group, StreamId id) const {
  if (group.entries_read != StreamGroup::kUnknown && !HasGapAfter(id)) {
    ++group.entries_read;
  } else if (entries_added() > 0) {
    group.entries_read = EntriesReadAt(id);
  }
  group.last_id = id;
}

// --- groups ---

Stream::Groups::iterator Stream::PlaceOfGroup(std::string_view name) {
  return std::lower_bound(body_->groups.begin(), body_->groups.end(), name,
                          [](const auto& group, std::string_view wanted) { return group->name() < wanted; });
}

StreamGroup* Stream::FindGroup(std::string_view name) {
  if (body_ == nullptr) return nullptr;
  auto place = PlaceOfGroup(name);
  return place == body_->groups.end() || (*place)->name() != name ? nullptr : place->get();
}

StreamGroup* Stream::AddGroup(std::string_view name, StreamId last_id, int64_t entries_read) {
  Groups& groups = MutableBody().groups;
  auto place = PlaceOfGroup(name);
  if (place != groups.end() && (*place)->name() == name) return nullptr;
  return groups.insert(place, std::make_unique<StreamGroup>(name, last_id, entries_read))->get();
}

bool Stream::RemoveGroup(std::string_view name) {
  if (FindGroup(name) == nullptr) return false;
  body_->groups.erase(PlaceOfGroup(name));
  return true;
}

}  // namespace dunlin::values
