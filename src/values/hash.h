// A hash: fields with values.
//
// Small: a listpack of field, value, field, value, in the order they came ("listpack"). Large: a table of pairs, each
// pair one block: field, then value, each with its length in front ("hashtable"). It grows from small to large when
// `limits` say so, and never back.
//
// One pointer; may be moved with memmove. An empty hash needs no memory. `seed` is for the large form's hash; it is
// kept when the hash becomes large.
//
// Elements that are handed out are good until the next change. Texts passed in must not stand in this hash.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "base/status.h"
#include "values/element.h"
#include "values/encoding_limits.h"
#include "values/listpack.h"
#include "values/member_table.h"
#include "values/type.h"

namespace dunlin::values {

class Hash {
 public:
  Hash() = default;
  Hash(Hash&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Hash& operator=(Hash&& other) noexcept {
    if (this != &other) {
      Clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~Hash() { Clear(); }

  // A hash from a blob that is a valid listpack. Errors: kCorruption for a field without a value, and for a field that
  // stands twice (always looked for when the hash has to become large). An empty blob makes an empty hash.
  static Result<Hash> FromListpack(Listpack blob, Duplicates duplicates, const EncodingLimits& limits, uint64_t seed);

  uint32_t size() const;
  bool empty() const { return size() == 0; }
  Encoding encoding() const { return is_table() ? Encoding::kHashtable : Encoding::kListpack; }
  size_t memory_bytes() const;
  Hash Clone() const;
  // The blob that RDB files hold. REQUIRES: encoding() is kListpack.
  std::string_view packed() const { return packed_view().blob(); }

  std::optional<Element> Get(std::string_view field) const;
  bool Contains(std::string_view field) const { return Get(field).has_value(); }
  void Prefetch(std::string_view field) const {
    if (is_table()) table()->Prefetch(field);
  }

  // To be called with all fields and values of one command before they are set one by one: becomes large at once when
  // there are many, or one is long.
  void PrepareToSet(std::span<const std::string_view> fields_and_values, const EncodingLimits& limits, uint64_t seed);
  // Room for this many more, when that makes the hash large anyway. A hint that may come from outside.
  void Reserve(uint64_t fields, const EncodingLimits& limits, uint64_t seed);
  // True when the field is new.
  bool Set(std::string_view field, std::string_view value, const EncodingLimits& limits, uint64_t seed);
  // False when there is no such field.
  bool Erase(std::string_view field);
  void Clear();

  // REQUIRES: not empty.
  ElementPair RandomPair(Random& random) const;

  // Calls fn(std::string_view field, std::string_view value) for every pair. fn must not change the hash.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    if (is_table()) {
      table()->ForEach([&](const char* item) { CallWithItem(item, fn); });
    } else {
      ForEachPacked(fn);
    }
  }
  // The same for some pairs; returns the cursor to go on with, or 0 at the end. Begins with 0. A small hash is seen at
  // once, whatever the cursor. The hash may change between calls: what is there throughout is seen at least once.
  template <typename Fn>
  uint64_t Scan(uint64_t cursor, Fn&& fn) const {
    if (is_table()) return table()->Scan(cursor, [&](const char* item) { CallWithItem(item, fn); });
    ForEachPacked(fn);
    return 0;
  }

 private:
  using Table = MemberTable<0>;

  static constexpr uintptr_t kTableTag = 1;  // in the word's lowest bits; 0: a listpack, or nothing

  static std::string_view ValueOf(const char* item);
  template <typename Fn>
  static void CallWithItem(const char* item, Fn& fn) {
    std::string_view field = ReadSized(item);
    fn(field, ReadSized(field.data() + field.size()));
  }
  template <typename Fn>
  void ForEachPacked(Fn& fn) const {
    ListpackView blob = packed_view();
    for (auto place = blob.First(); place != nullptr;) {
      auto value_place = blob.Next(place);
      fn(ListpackView::Get(place).view(), ListpackView::Get(value_place).view());
      place = blob.Next(value_place);
    }
  }

  bool is_table() const { return (word_ & kTableTag) != 0; }
  Table* table() const { return reinterpret_cast<Table*>(word_ & ~kTableTag); }
  ListpackView packed_view() const {
    return ListpackView(word_ == 0 ? listpack::kEmpty : reinterpret_cast<const char*>(word_));
  }
  Listpack TakePacked() { return Listpack::Adopt(reinterpret_cast<char*>(std::exchange(word_, 0))); }
  void PutPacked(Listpack blob) { word_ = reinterpret_cast<uintptr_t>(blob.Release()); }
  void PutTable(Table* table) { word_ = reinterpret_cast<uintptr_t>(table) | kTableTag; }

  bool SetPacked(std::string_view field, std::string_view value);
  static bool SetInTable(Table& table, std::string_view field, std::string_view value);
  // Keeps the first of fields that stand twice, which only bytes from outside can bring; false when there were any.
  bool BecomeTable(uint64_t reserve, uint64_t seed);

  uintptr_t word_ = 0;
};

static_assert(sizeof(Hash) == 8);

}  // namespace dunlin::values
