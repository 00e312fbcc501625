// Bytes from outside as a node of a stream: what is accepted must be walkable in both directions, every entry must be
// found by its id, and nothing may change by going through a listpack again.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "values/stream.h"

namespace dunlin::values {
namespace {

constexpr StreamId kNodeId{1000, 5};

struct Seen {
  StreamId id;
  std::vector<std::string> words;
  bool operator==(const Seen&) const = default;
};

Seen Look(const StreamEntry& entry) {
  Seen seen{entry.id(), {}};
  entry.ForEachField([&seen](std::string_view name, std::string_view value) {
    seen.words.emplace_back(name);
    seen.words.emplace_back(value);
  });
  DUNLIN_INVARIANT(seen.words.size() == 2 * entry.field_count(), "an entry has the fields that it says");
  return seen;
}

std::vector<Seen> Walk(const Stream& stream) {
  std::vector<Seen> all;
  for (StreamCursor at = stream.First(); at.valid(); at.Next()) all.push_back(Look(at.entry()));
  size_t backwards = all.size();
  for (StreamCursor at = stream.Last(); at.valid(); at.Previous()) {
    DUNLIN_INVARIANT(backwards > 0 && Look(at.entry()) == all[--backwards], "both directions see the same");
  }
  DUNLIN_INVARIANT(backwards == 0 && all.size() == stream.size(), "both directions see the same");
  return all;
}

Stream OfNode(StreamNode node) {
  Stream stream;
  if (node.size() == 0) {
    node.Destroy();
  } else {
    stream.AppendNode(node);
    stream.SetLastId(stream.last_entry_id());
  }
  return stream;
}

void FuzzOne(std::string_view bytes) {
  auto node = StreamNode::FromListpack(kNodeId, bytes, {});
  if (!node) return;
  Stream stream = OfNode(*node);
  std::vector<Seen> all = Walk(stream);
  if (!stream.empty()) {
    std::string blob;
    stream.nodes().First().item().AppendListpack(blob);
    auto again = StreamNode::FromListpack(kNodeId, blob, {});
    DUNLIN_INVARIANT(again.has_value(), "what was written is read");
    DUNLIN_INVARIANT(Walk(OfNode(*again)) == all, "nothing changes on the way");
  }
  for (const Seen& seen : all) {
    StreamCursor at = stream.AtOrAfter(seen.id);
    DUNLIN_INVARIANT(at.valid() && Look(at.entry()) == seen, "an entry is found by its id");
  }
  if (stream.last_id() < StreamId::Max()) {
    const std::string_view fields[] = {"name", "value"};
    stream.Append(stream.last_id().Next(), fields, {});
    stream.Erase(stream.last_id());
  }
  for (size_t i = 0; i < all.size(); i += 2) DUNLIN_INVARIANT(stream.Erase(all[i].id), "an entry is erased once");
  DUNLIN_INVARIANT(stream.Trim({.max_size = 0}) == all.size() / 2, "half of the entries are left");
  DUNLIN_INVARIANT(stream.nodes().empty(), "nothing is left");
}

}  // namespace
}  // namespace dunlin::values

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dunlin::values::FuzzOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
