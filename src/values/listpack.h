// A listpack: a short list of strings and integers in one run of bytes, the same bytes that RDB files hold, so that
// saving one is a copy.
//
//   u32 LE total bytes | u16 LE entry count (65535: count them) | entries ... | 0xFF
//   entry = encoding and data | back-length: how many bytes encoding and data take, 7 bits a byte, read from behind
//   encoding: 0xxxxxxx          an integer 0 .. 127
//             10llllll          a string of up to 63 bytes
//             110xxxxx x        a 13-bit signed integer, high bits first
//             1110llll l        a string of up to 4095 bytes
//             11110000 llll     a string with a u32 LE length
//             11110001 .. 0100  int16, int24, int32, int64, LE
//
// A string that is a canonical integer is stored as that integer. Reading gives the same text back.
//
// ListpackView reads; Listpack owns. Both trust their bytes: whatever came from outside goes through
// Listpack::FromBytes, which looks at every entry first.
//
// An owning Listpack is one pointer, may be moved with memmove, and needs no memory while it is empty.
//
// Thread: one at a time for one listpack.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/status.h"
#include "values/allocation.h"
#include "values/element.h"

namespace dunlin::values {

namespace listpack {

inline constexpr size_t kHeaderBytes = 6;
inline constexpr size_t kEmptyBytes = kHeaderBytes + 1;
inline constexpr unsigned char kEnd = 0xff;
inline constexpr uint16_t kCountUnknown = 0xffff;
// The most that encoding and back-length add to a string.
inline constexpr size_t kMaxEntryOverhead = 10;

// What an entry will look like, before there is a place for it.
class NewEntry {
 public:
  explicit NewEntry(std::string_view text);
  explicit NewEntry(int64_t integer);

  size_t size() const { return body_size() + back_length_size_; }
  // Writes size() bytes; returns the byte after them.
  char* Write(char* out) const;
  // The same without the back-length.
  size_t body_size() const { return head_size_ + body_.size(); }
  char* WriteBody(char* out) const;

 private:
  void SetInteger(int64_t integer);
  char head_[9];
  uint8_t head_size_ = 0;
  uint8_t back_length_size_ = 0;
  std::string_view body_;
};

// How many bytes the entry at `p` takes, all included.
size_t EntryBytes(const char* p);
// The same without the back-length, which need not be there.
size_t BodyBytes(const char* p);
// The back-length of a body of that size; returns the byte after it.
char* WriteBackLength(char* out, size_t body_bytes);
inline constexpr size_t kMaxBackLengthBytes = 5;
// The most that an integer takes.
inline constexpr size_t kMaxIntegerBytes = 10;
// The entry that ends just before `p`.
const char* EntryBefore(const char* p);
// What the entry at `p` says.
Element Read(const char* p);
// The same, where only an integer is wanted: nothing when the entry is a text.
std::optional<int64_t> ReadInteger(const char* p);
// A listpack without entries, for everybody to read.
extern const char kEmpty[kEmptyBytes];

// A text to compare entries with. Whether it is an integer is found out once.
class Needle {
 public:
  explicit Needle(std::string_view text) : text_(text), integer_(ParseInt64(text)) {}
  bool Equals(const char* entry) const;
  std::string_view text() const { return text_; }

 private:
  std::string_view text_;
  std::optional<int64_t> integer_;
};

}  // namespace listpack

class ListpackView {
 public:
  // An entry's first byte; nullptr is no entry. Good until the listpack is changed.
  using Place = const char*;

  // REQUIRES: a whole, valid listpack that outlives the view.
  explicit ListpackView(const char* bytes) : bytes_(bytes) {}

  std::string_view blob() const { return {bytes_, bytes()}; }
  size_t bytes() const { return LoadLittle<uint32_t>(bytes_); }
  // Entries. Walks them when there are 65535 or more.
  uint32_t size() const;
  bool empty() const { return bytes() == listpack::kEmptyBytes; }

  Place First() const { return AtOrNone(bytes_ + listpack::kHeaderBytes); }
  Place Last() const { return empty() ? nullptr : listpack::EntryBefore(end()); }
  Place Next(Place place) const { return AtOrNone(place + listpack::EntryBytes(place)); }
  Place Previous(Place place) const {
    return place == bytes_ + listpack::kHeaderBytes ? nullptr : listpack::EntryBefore(place);
  }
  // The entry with this index, from 0; negative ones count from the end, -1 is the last. Walks from the nearer end.
  Place Seek(int64_t index) const;
  static Element Get(Place place) { return listpack::Read(place); }

  // The first entry from `from` on that equals `text`, looking at every `stride`th one only. `from` may be none.
  Place Find(Place from, std::string_view text, uint32_t stride = 1) const;

  // Calls fn(std::string_view) for every entry, in order.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (Place place = First(); place != nullptr; place = Next(place)) fn(Get(place).view());
  }

 private:
  // Of the byte 0xFF.
  const char* end() const { return bytes_ + bytes() - 1; }
  Place AtOrNone(const char* p) const { return static_cast<unsigned char>(*p) == listpack::kEnd ? nullptr : p; }

  const char* bytes_;
};

// Whether two of the entries 0, stride, 2 * stride ... have the same text. `seed` keys the hash that it compares by.
bool HasRepeats(ListpackView view, uint32_t stride, uint64_t seed);

class Listpack {
 public:
  using Place = ListpackView::Place;

  Listpack() = default;
  Listpack(Listpack&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  Listpack& operator=(Listpack&& other) noexcept {
    if (this != &other) {
      Free(bytes_);
      bytes_ = std::exchange(other.bytes_, nullptr);
    }
    return *this;
  }
  ~Listpack() { Free(bytes_); }

  // OK when `bytes` is a listpack, whole and nothing behind it: lengths, encodings, back-lengths, count and end.
  static Status Validate(std::string_view bytes);
  // A copy of bytes that come from outside. Errors: kCorruption, when Validate says so.
  static Result<Listpack> FromBytes(std::string_view bytes);
  // A copy of bytes that are known to be valid.
  static Listpack Copy(std::string_view valid_bytes);
  // Takes over a block of AllocationSize(its total bytes), or nullptr for an empty listpack; Release() gives it away.
  static Listpack Adopt(char* block) { return Listpack(block); }
  [[nodiscard]] char* Release() { return std::exchange(bytes_, nullptr); }

  ListpackView view() const { return ListpackView(bytes_ == nullptr ? listpack::kEmpty : bytes_); }
  std::string_view blob() const { return view().blob(); }
  size_t bytes() const { return view().bytes(); }
  uint32_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  size_t memory_bytes() const { return bytes_ == nullptr ? 0 : AllocationSize(bytes()); }
  Listpack Clone() const { return bytes_ == nullptr ? Listpack() : Copy(blob()); }

  // Changes. Places and elements taken before are good no more; a text passed in must not stand in this listpack.
  // REQUIRES for all that grow: the total stays below 4 GB.
  // Where a place is returned, the new entry stands there.
  Place Append(std::string_view text) { return Insert(bytes() - 1, 0, listpack::NewEntry(text), 1); }
  Place AppendInteger(int64_t integer) { return Insert(bytes() - 1, 0, listpack::NewEntry(integer), 1); }
  Place Prepend(std::string_view text) { return Insert(listpack::kHeaderBytes, 0, listpack::NewEntry(text), 1); }
  Place InsertBefore(Place place, std::string_view text) {
    return Insert(OffsetOf(place), 0, listpack::NewEntry(text), 1);
  }
  Place InsertAfter(Place place, std::string_view text) {
    return Insert(OffsetOf(place) + listpack::EntryBytes(place), 0, listpack::NewEntry(text), 1);
  }
  Place InsertIntegerAfter(Place place, int64_t integer) {
    return Insert(OffsetOf(place) + listpack::EntryBytes(place), 0, listpack::NewEntry(integer), 1);
  }
  Place Replace(Place place, std::string_view text) {
    return Insert(OffsetOf(place), listpack::EntryBytes(place), listpack::NewEntry(text), 0);
  }
  // Removes `count` entries from `place` on, or as many as there are; returns the entry after them, or none.
  Place Erase(Place place, uint32_t count = 1);
  // The same from an index; as Seek counts.
  void EraseRange(int64_t index, uint32_t count);
  // Removes all entries from this one on and returns them as a listpack of their own. `place` may be none.
  Listpack SplitAt(Place place);
  // Adds all entries of the other one behind its own.
  void AppendAll(ListpackView other);

 private:
  explicit Listpack(char* bytes) : bytes_(bytes) {}

  size_t OffsetOf(Place place) const { return static_cast<size_t>(place - bytes_); }
  // Puts `entry` where `removed_bytes` stand from `offset` on.
  Place Insert(size_t offset, size_t removed_bytes, const listpack::NewEntry& entry, int count_change);
  // Makes the gap between `offset` and the rest `gap_bytes` wide instead of `removed_bytes`; the header follows.
  void Resize(size_t offset, size_t removed_bytes, size_t gap_bytes);
  void ChangeCount(int64_t change);

  char* bytes_ = nullptr;
};

static_assert(sizeof(Listpack) == 8);

}  // namespace dunlin::values
