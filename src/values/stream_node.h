// A run of a stream's entries in one block.
//
//   u32 bytes | u32 entries | u32 erased | u32 listpack bytes | names | entry ... | entry
//   names = varint count, texts                         of the entry that the node was made for
//   entry = tag | milliseconds | sequence | names | values | back-length: bytes before it, read from behind
//     tag           bit 0: the node's names are this entry's; bit 1: the sequence is absent, because it is 0
//                   bits 2 - 7: milliseconds after the node's id; 63: and as many more as the varint that follows
//     sequence      a varint: counted from the node's id when the milliseconds are the same, else from 0
//     names         only without bit 0: a varint, how many; each text then stands before its value
//   text = an entry of a listpack without its back-length, so that integers are short
//
// RDB files hold the same as a listpack (stream_listpack.cc), which takes a fifth more. How large that listpack would
// be is kept, because it decides when a node is full: where nodes end is visible to clients who trim.
//
// A node is a plain value that owns nothing by itself: its stream frees it. It trusts its bytes.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "values/encoding_limits.h"
#include "values/listpack.h"
#include "values/sized_bytes.h"
#include "values/stream_id.h"

namespace dunlin::values {

// name, value, name, value ...
using StreamFields = std::span<const std::string_view>;

// No entry's texts may take more than this together.
inline constexpr size_t kMaxStreamEntryBytes = size_t{1} << 30;

// An entry where it stands: good until its node changes.
class StreamEntry {
 public:
  StreamId id() const { return id_; }
  uint64_t field_count() const { return field_count_; }
  // Calls fn(std::string_view name, std::string_view value) for all fields, in order.
  template <typename Fn>
  void ForEachField(Fn&& fn) const {
    const char* name = names_;
    const char* value = values_;
    for (uint64_t i = 0; i < field_count_; ++i) {
      if (names_ == nullptr) {
        name = value;
        value += listpack::BodyBytes(value);
      }
      fn(listpack::Read(name).view(), listpack::Read(value).view());
      if (names_ != nullptr) name += listpack::BodyBytes(name);
      value += listpack::BodyBytes(value);
    }
  }

 private:
  friend struct StreamNode;
  StreamId id_;
  uint64_t field_count_ = 0;
  const char* names_ = nullptr;  // in the node's names; null when they stand with the values
  const char* values_ = nullptr;
};

struct StreamNode {
  // An entry's first byte; nullptr is no entry.
  using Place = const char*;

  StreamId id;  // entries' ids count from here; not above any of them
  char* block;

  // Without an entry, but with the names of the one that is to come.
  static StreamNode New(StreamId id, StreamFields fields);
  // From a listpack of an RDB file. Entries that it marks as erased are left out, so that the node may be empty.
  // Errors: kCorruption when it is no listpack, not one of a stream's, its counts are wrong, or its entries are out of
  // order, below `id`, or not above `after`.
  static Result<StreamNode> FromListpack(StreamId id, std::string_view blob, StreamId after);
  // The listpack. REQUIRES: it stays below 4 GB.
  void AppendListpack(std::string& out) const;

  StreamNode Clone() const;
  void Destroy() { Free(block); }

  uint32_t size() const { return Header(kCount); }
  size_t memory_bytes() const { return AllocationSize(bytes()); }
  // Whether an entry with texts of that many bytes must go to another node.
  bool Full(size_t text_bytes, const EncodingLimits& limits) const;

  // REQUIRES for all that take a place: it is of this node.
  Place First() const { return size() == 0 ? nullptr : EntriesBegin(); }
  Place Last() const { return size() == 0 ? nullptr : Before(block + bytes()); }
  Place Next(Place place) const {
    const char* end = EndOf(place);
    return end == block + bytes() ? nullptr : end;
  }
  Place Previous(Place place) const { return place == EntriesBegin() ? nullptr : Before(place); }
  StreamEntry Get(Place place) const;
  // The first entry that is not below `wanted`.
  Place Seek(StreamId wanted) const;

  // REQUIRES: the id is above all others here, and not below the node's.
  void Append(StreamId entry_id, StreamFields fields);
  void Erase(Place place);
  // REQUIRES: count <= size().
  void EraseFront(uint32_t count);

 private:
  enum HeaderField : uint8_t { kBytes, kCount, kErased, kListpackBytes };
  static constexpr size_t kHeaderBytes = 16;
  static constexpr unsigned char kSameNames = 1;
  static constexpr unsigned char kNoSequence = 2;
  static constexpr int kMillisecondsShift = 2;
  static constexpr uint64_t kLongMilliseconds = 63;

  // An entry whose texts are still to be written.
  struct NewEntryShape {
    StreamId id;
    bool same_names;
    uint64_t field_count;
    size_t text_bytes;
  };

  uint32_t Header(HeaderField field) const { return LoadLittle<uint32_t>(block + 4 * field); }
  void SetHeader(HeaderField field, uint64_t value) { StoreLittle(block + 4 * field, static_cast<uint32_t>(value)); }
  size_t bytes() const { return Header(kBytes); }
  // Behind the names' count.
  const char* NamesBegin() const;
  const char* EntriesBegin() const;
  static Place Before(const char* end);
  const char* EndOf(Place place) const;
  bool HasNames(StreamFields fields) const;

  // A block for that many bytes of names, which are still to be written.
  static StreamNode NewBlock(StreamId id, uint64_t name_count, size_t name_bytes, char** names);
  // Adds an entry; returns where its texts go.
  char* Add(const NewEntryShape& shape);
  void EraseBytes(const char* begin, const char* end, uint32_t count);
};

}  // namespace dunlin::values
