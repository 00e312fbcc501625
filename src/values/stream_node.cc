#include "values/stream_node.h"

#include <cstring>

namespace dunlin::values {
namespace {

size_t IntegerBytes(uint64_t value) { return listpack::NewEntry(static_cast<int64_t>(value)).size(); }

// How many bytes a text and the same in a listpack take.
struct TextSizes {
  size_t here = 0;
  size_t in_listpack = 0;

  void Add(std::string_view text) {
    listpack::NewEntry entry(text);
    here += entry.body_size();
    in_listpack += entry.size();
  }
};

char* WriteText(char* out, std::string_view text) { return listpack::NewEntry(text).WriteBody(out); }

// A varint that can be read from behind.
char* WriteBackwards(char* out, size_t n) {
  size_t size = VarintBytes(n);
  for (size_t i = size; i-- > 0; n >>= 7) out[i] = static_cast<char>((n & 0x7f) | (i > 0 ? 0x80 : 0));
  return out + size;
}

// Flags, milliseconds, sequence, the number of names when they follow, and how many parts there are.
size_t ListpackPartsBytes(StreamId node_id, StreamId id, bool same_names, uint64_t field_count) {
  size_t bytes = IntegerBytes(1) + IntegerBytes(id.ms - node_id.ms) + IntegerBytes(id.seq - node_id.seq);
  if (!same_names) bytes += IntegerBytes(field_count);
  return bytes + IntegerBytes(same_names ? field_count + 3 : 2 * field_count + 4);
}

}  // namespace

// --- reading ---

const char* StreamNode::NamesBegin() const {
  const char* p = block + kHeaderBytes;
  (void)ReadVarint(p);
  return p;
}

const char* StreamNode::EntriesBegin() const {
  const char* p = block + kHeaderBytes;
  for (size_t names = ReadVarint(p); names > 0; --names) p += listpack::BodyBytes(p);
  return p;
}

StreamNode::Place StreamNode::Before(const char* end) {
  size_t size = 0;
  for (int shift = 0;; shift += 7) {
    auto byte = static_cast<unsigned char>(*--end);
    size |= static_cast<size_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return end - size;
  }
}

StreamEntry StreamNode::Get(Place place) const {
  const char* p = place;
  auto tag = static_cast<unsigned char>(*p++);
  uint64_t ms = tag >> kMillisecondsShift;
  if (ms == kLongMilliseconds) ms += ReadVarint(p);
  uint64_t seq = (tag & kNoSequence) != 0 ? 0 : ReadVarint(p);
  StreamEntry entry;
  entry.id_ = {id.ms + ms, ms == 0 ? id.seq + seq : seq};
  if ((tag & kSameNames) != 0) {
    entry.names_ = block + kHeaderBytes;
    entry.field_count_ = ReadVarint(entry.names_);
  } else {
    entry.field_count_ = ReadVarint(p);
  }
  entry.values_ = p;
  return entry;
}

const char* StreamNode::EndOf(Place place) const {
  StreamEntry entry = Get(place);
  const char* p = entry.values_;
  uint64_t texts = entry.names_ == nullptr ? 2 * entry.field_count_ : entry.field_count_;
  for (; texts > 0; --texts) p += listpack::BodyBytes(p);
  return p + VarintBytes(static_cast<size_t>(p - place));
}

StreamNode::Place StreamNode::Seek(StreamId wanted) const {
  Place place = Last();
  if (place == nullptr || Get(place).id_ < wanted) return nullptr;
  if (wanted <= id) return First();
  // From the nearer end, as far as milliseconds can tell.
  if (wanted.ms - id.ms > (Get(place).id_.ms - id.ms) / 2) {
    while (true) {
      Place previous = Previous(place);
      if (previous == nullptr || Get(previous).id_ < wanted) return place;
      place = previous;
    }
  }
  for (place = First(); Get(place).id_ < wanted;) place = Next(place);
  return place;
}

bool StreamNode::HasNames(StreamFields fields) const {
  const char* p = block + kHeaderBytes;
  if (ReadVarint(p) != fields.size() / 2) return false;
  for (size_t i = 0; i < fields.size(); i += 2) {
    if (!listpack::Needle(fields[i]).Equals(p)) return false;
    p += listpack::BodyBytes(p);
  }
  return true;
}

bool StreamNode::Full(size_t text_bytes, const EncodingLimits& limits) const {
  size_t max_bytes = limits.stream_node_max_bytes;
  if (max_bytes == 0 || max_bytes > kMaxStreamEntryBytes) max_bytes = kMaxStreamEntryBytes;
  uint64_t entries = uint64_t{Header(kCount)} + Header(kErased);
  size_t listpack_bytes =
      listpack::kEmptyBytes + IntegerBytes(Header(kCount)) + IntegerBytes(Header(kErased)) + Header(kListpackBytes);
  return listpack_bytes + text_bytes >= max_bytes ||
         (limits.stream_node_max_entries > 0 && entries >= limits.stream_node_max_entries);
}

// --- changes ---

StreamNode StreamNode::NewBlock(StreamId id, uint64_t name_count, size_t name_bytes, char** names) {
  size_t bytes = kHeaderBytes + VarintBytes(name_count) + name_bytes;
  StreamNode node{id, Allocate(bytes)};
  node.SetHeader(kBytes, bytes);
  node.SetHeader(kCount, 0);
  node.SetHeader(kErased, 0);
  node.SetHeader(kListpackBytes, 0);
  *names = WriteVarint(node.block + kHeaderBytes, name_count);
  return node;
}

StreamNode StreamNode::New(StreamId id, StreamFields fields) {
  TextSizes sizes;
  for (size_t i = 0; i < fields.size(); i += 2) sizes.Add(fields[i]);
  char* out;
  StreamNode node = NewBlock(id, fields.size() / 2, sizes.here, &out);
  for (size_t i = 0; i < fields.size(); i += 2) out = WriteText(out, fields[i]);
  node.SetHeader(kListpackBytes, IntegerBytes(fields.size() / 2) + sizes.in_listpack + IntegerBytes(0));
  return node;
}

StreamNode StreamNode::Clone() const {
  StreamNode copy{id, Allocate(bytes())};
  std::memcpy(copy.block, block, bytes());
  return copy;
}

char* StreamNode::Add(const NewEntryShape& shape) {
  uint64_t ms = shape.id.ms - id.ms;
  uint64_t seq = ms == 0 ? shape.id.seq - id.seq : shape.id.seq;
  char head[1 + 3 * kMaxVarintBytes];
  uint64_t short_ms = ms < kLongMilliseconds ? ms : kLongMilliseconds;
  head[0] = static_cast<char>(short_ms << kMillisecondsShift | (seq == 0 ? kNoSequence : 0) |
                              (shape.same_names ? kSameNames : 0));
  char* p = head + 1;
  if (short_ms == kLongMilliseconds) p = WriteVarint(p, ms - kLongMilliseconds);
  if (seq != 0) p = WriteVarint(p, seq);
  if (!shape.same_names) p = WriteVarint(p, shape.field_count);
  auto head_size = static_cast<size_t>(p - head);

  size_t before = bytes();
  size_t body = head_size + shape.text_bytes;
  size_t total = before + body + VarintBytes(body);
  DUNLIN_INVARIANT(total <= UINT32_MAX, "a stream's node is smaller than 4 GB");
  block = Reallocate(block, before, total);
  std::memcpy(block + before, head, head_size);
  WriteBackwards(block + before + body, body);
  SetHeader(kBytes, total);
  SetHeader(kCount, uint64_t{size()} + 1);
  return block + before + head_size;
}

void StreamNode::Append(StreamId entry_id, StreamFields fields) {
  NewEntryShape shape{entry_id, HasNames(fields), fields.size() / 2, 0};
  size_t first = shape.same_names ? 1 : 0;
  size_t step = first + 1;
  TextSizes sizes;
  for (size_t i = first; i < fields.size(); i += step) sizes.Add(fields[i]);
  shape.text_bytes = sizes.here;
  char* out = Add(shape);
  for (size_t i = first; i < fields.size(); i += step) out = WriteText(out, fields[i]);
  SetHeader(kListpackBytes, Header(kListpackBytes) + sizes.in_listpack +
                                ListpackPartsBytes(id, entry_id, shape.same_names, shape.field_count));
}

void StreamNode::EraseBytes(const char* begin, const char* end, uint32_t count) {
  size_t old_bytes = bytes();
  auto offset = static_cast<size_t>(begin - block);
  auto erased = static_cast<size_t>(end - begin);
  std::memmove(block + offset, end, old_bytes - offset - erased);
  block = Reallocate(block, old_bytes, old_bytes - erased);
  SetHeader(kBytes, old_bytes - erased);
  SetHeader(kCount, size() - count);
  SetHeader(kErased, uint64_t{Header(kErased)} + count);
}

void StreamNode::Erase(Place place) { EraseBytes(place, EndOf(place), 1); }

void StreamNode::EraseFront(uint32_t count) {
  const char* begin = EntriesBegin();
  const char* end = begin;
  for (uint32_t i = 0; i < count; ++i) end = EndOf(end);
  EraseBytes(begin, end, count);
}

}  // namespace dunlin::values
