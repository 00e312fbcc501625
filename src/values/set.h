// A set of members.
//
// Small: a sorted array while all members are integers ("intset"), else a listpack ("listpack"). Large: a table of
// members, each one block: the text with its length in front ("hashtable"). It changes form when `limits` say so, and
// never back, but for BecomeIntsetIfPossible.
//
// One pointer; may be moved with memmove. An empty set needs no memory. `seed` is for the large form's hash; it is kept
// when the set becomes large.
//
// Elements that are handed out are good until the next change. Texts passed in must not stand in this set.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "base/status.h"
#include "values/element.h"
#include "values/encoding_limits.h"
#include "values/intset.h"
#include "values/listpack.h"
#include "values/member_table.h"
#include "values/type.h"

namespace dunlin::values {

class Set {
 public:
  Set() = default;
  Set(Set&& other) noexcept : word_(std::exchange(other.word_, 0)) {}
  Set& operator=(Set&& other) noexcept {
    if (this != &other) {
      Clear();
      word_ = std::exchange(other.word_, 0);
    }
    return *this;
  }
  ~Set() { Clear(); }

  // A set from a blob that is a valid listpack or intset. Errors: kCorruption for a member that stands twice (always
  // looked for when the set has to become large). An empty blob makes an empty set.
  static Result<Set> FromListpack(Listpack blob, Duplicates duplicates, const EncodingLimits& limits, uint64_t seed);
  static Set FromIntset(Intset blob, const EncodingLimits& limits, uint64_t seed);

  uint32_t size() const;
  bool empty() const { return size() == 0; }
  Encoding encoding() const;
  size_t memory_bytes() const;
  Set Clone() const;
  // The blob that RDB files hold. REQUIRES: encoding() is kIntset or kListpack.
  std::string_view packed() const;

  bool Contains(std::string_view member) const;
  void Prefetch(std::string_view member) const {
    if (is_table()) table()->Prefetch(member);
  }

  // To be called before the `count` members of one command, of which `first` is one, are added one by one: chooses the
  // form of an empty set, and makes a small one large at once when many come.
  void PrepareToAdd(std::string_view first, size_t count, const EncodingLimits& limits, uint64_t seed);
  // Room for this many, when that makes the set large anyway. A hint that may come from outside.
  void Reserve(uint64_t members, const EncodingLimits& limits, uint64_t seed);
  // False when it is there already.
  bool Add(std::string_view member, const EncodingLimits& limits, uint64_t seed);
  // False when it is not there.
  bool Remove(std::string_view member);
  void Clear();
  // Whatever form it has, an intset when all members are integers and few enough: what a command does that built a set
  // out of others. False when it is none and stays what it was.
  bool BecomeIntsetIfPossible(const EncodingLimits& limits);

  // REQUIRES: not empty.
  Element RandomMember(Random& random) const;

  // Calls fn(std::string_view member) for every member. fn must not change the set.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    if (is_table()) {
      table()->ForEach([&](const char* item) { fn(ReadSized(item)); });
    } else {
      ForEachPacked(fn);
    }
  }
  // The same for some members; returns the cursor to go on with, or 0 at the end. Begins with 0. A small set is seen at
  // once, whatever the cursor. The set may change between calls: what is there throughout is seen at least once.
  template <typename Fn>
  uint64_t Scan(uint64_t cursor, Fn&& fn) const {
    if (is_table()) return table()->Scan(cursor, [&](const char* item) { fn(ReadSized(item)); });
    ForEachPacked(fn);
    return 0;
  }

 private:
  using Table = MemberTable<0>;

  // In the word's lowest bits. A word of 0 is an empty set that is still free to become any of them.
  static constexpr uintptr_t kTagMask = 3;
  enum Tag : uintptr_t { kIntsetTag = 0, kListpackTag = 1, kTableTag = 2 };

  template <typename Fn>
  void ForEachPacked(Fn& fn) const {
    if (tag() == kListpackTag) {
      listpack_view().ForEach(fn);
      return;
    }
    intset_view().ForEach([&](int64_t member) { fn(Element(member).view()); });
  }

  Tag tag() const { return static_cast<Tag>(word_ & kTagMask); }
  bool is_table() const { return tag() == kTableTag; }
  char* block() const { return reinterpret_cast<char*>(word_ & ~kTagMask); }
  Table* table() const { return reinterpret_cast<Table*>(block()); }
  ListpackView listpack_view() const { return ListpackView(block() == nullptr ? listpack::kEmpty : block()); }
  IntsetView intset_view() const { return IntsetView(block() == nullptr ? intset::kEmpty : block()); }
  void Put(const void* block, Tag tag) { word_ = reinterpret_cast<uintptr_t>(block) | tag; }

  bool AddToIntset(std::string_view member, const EncodingLimits& limits, uint64_t seed);
  bool AddToListpack(std::string_view member, const EncodingLimits& limits, uint64_t seed);
  static bool AddToTable(Table& table, std::string_view member);
  void BecomeListpack();
  // Keeps the first of members that stand twice, which only bytes from outside can bring; false when there were any.
  bool BecomeTable(uint64_t reserve, uint64_t seed);

  uintptr_t word_ = 0;
};

static_assert(sizeof(Set) == 8);

}  // namespace dunlin::values
