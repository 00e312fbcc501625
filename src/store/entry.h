// One key with its value: a single allocation that holds a header, the key, and the value itself when it is small.
//
//   8 bytes   header: type and form, flags, 24 access bits, key length
//   8 bytes   expiry, when there is one
//   8 bytes   the word: an integer, or the handle of a value that has its own allocation; absent for embedded strings
//   8 bytes   key length, only for keys of 16 MiB and more
//   n bytes   key
//   1-2 + m   length and bytes of an embedded string
//
// An entry changes its address when its value or expiry no longer fits; only its Slot, which knows who points to it,
// may do that. Entries are made and changed under the lock of their slot.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "values/raw_string.h"
#include "values/type.h"
#include "values/value.h"

namespace dunlin::store {

inline constexpr int64_t kNoExpiry = -1;

// Strings up to this length live inside their entry.
inline constexpr size_t kMaxEmbeddedBytes = 1024;
// OBJECT ENCODING calls strings up to this length "embstr".
inline constexpr size_t kMaxEmbstrBytes = 44;

// The type whose class T is.
template <typename T>
inline constexpr values::Type kTypeOf = values::Type::kString;
template <>
inline constexpr values::Type kTypeOf<values::List> = values::Type::kList;
template <>
inline constexpr values::Type kTypeOf<values::Set> = values::Type::kSet;
template <>
inline constexpr values::Type kTypeOf<values::SortedSet> = values::Type::kSortedSet;
template <>
inline constexpr values::Type kTypeOf<values::Hash> = values::Type::kHash;
template <>
inline constexpr values::Type kTypeOf<values::Stream> = values::Type::kStream;

class Entry {
 public:
  enum class Form : uint8_t { kEmbedded = 0, kInteger = 1, kHandle = 2 };

  // Each New makes an entry that the caller must hand to a Slot or to Free.
  static Entry* NewString(std::string_view key, std::string_view value, int64_t expire_at_ms);
  static Entry* NewInteger(std::string_view key, int64_t value, int64_t expire_at_ms);
  // Takes the value over. Strings are embedded when they fit.
  static Entry* NewValue(std::string_view key, values::Value value, int64_t expire_at_ms);
  // A string that stands in its own allocation whatever its length, because it is about to be changed in place.
  static Entry* NewRaw(std::string_view key, values::RawString value, int64_t expire_at_ms);
  static void Free(Entry* entry);
  // An independent entry with the same key, value, access bits and generation, and this expiry.
  Entry* CloneWithExpiry(int64_t expire_at_ms) const;
  Entry* Clone() const { return CloneWithExpiry(expire_at_ms()); }
  // The same, but the value moves over; this entry may then only be freed.
  Entry* MoveWithExpiry(int64_t expire_at_ms);

  std::string_view key() const { return {KeyBytes(), KeyLength()}; }
  values::Type type() const { return static_cast<values::Type>(kind_ & 0x0f); }
  Form form() const { return static_cast<Form>(kind_ >> 4); }
  bool is_string() const { return type() == values::Type::kString; }

  bool has_expiry() const { return (flags_ & kHasExpiry) != 0; }
  // Milliseconds since 1970, or kNoExpiry.
  int64_t expire_at_ms() const { return has_expiry() ? Load<int64_t>(kHeader) : kNoExpiry; }
  bool ExpiredAt(int64_t now_ms) const { return has_expiry() && Load<int64_t>(kHeader) < now_ms; }
  // REQUIRES: has_expiry(), expire_at_ms >= 0.
  void ReplaceExpiry(int64_t expire_at_ms) { Store(kHeader, expire_at_ms); }

  // Strings. The bytes of the value; those of an integer are written to `scratch`.
  struct Scratch {
    char digits[20];
  };
  std::string_view StringBytes(Scratch& scratch) const;
  size_t StringLength() const;
  bool is_integer() const { return form() == Form::kInteger; }
  // REQUIRES: is_integer().
  int64_t integer() const { return Load<int64_t>(WordOffset()); }
  void ReplaceInteger(int64_t value) { Store(WordOffset(), value); }
  // True when `value` can take the place of the present embedded string without a new allocation.
  bool FitsInPlace(std::string_view value) const;
  // REQUIRES: FitsInPlace(value).
  void ReplaceEmbedded(std::string_view value);
  // REQUIRES: a string of form kHandle.
  values::RawString& raw() { return As<values::RawString>(); }
  const values::RawString& raw() const { return As<values::RawString>(); }

  // Collections. REQUIRES: T is the class of type().
  template <typename T>
  T& As() {
    static_assert(sizeof(T) == 8 && alignof(T) == 8);
    return *reinterpret_cast<T*>(Bytes() + WordOffset());
  }
  template <typename T>
  const T& As() const {
    static_assert(sizeof(T) == 8 && alignof(T) == 8);
    return *reinterpret_cast<const T*>(Bytes() + WordOffset());
  }
  // The value, moved out; the entry may then only be freed.
  values::Value TakeValue();
  // A copy of it.
  values::Value CopyValue() const;
  // Calls fn(handle) with the value's own class: a const values::RawString&, values::List& ... REQUIRES: form() is
  // kHandle.
  template <typename Fn>
  auto VisitHandle(Fn&& fn) const;

  // What OBJECT ENCODING says.
  std::string_view EncodingName() const;
  // Entry and value, as allocated.
  size_t memory_bytes() const;
  // About how many allocations it takes to free it.
  size_t free_effort() const;

  // 24 bits for the eviction policy: a clock, or a frequency counter with its own clock.
  uint32_t access() const { return static_cast<uint32_t>(access_[0]) | access_[1] << 8 | access_[2] << 16; }
  void set_access(uint32_t bits) {
    access_[0] = static_cast<uint8_t>(bits);
    access_[1] = static_cast<uint8_t>(bits >> 8);
    access_[2] = static_cast<uint8_t>(bits >> 16);
  }

  // Which of two snapshot generations the entry belongs to.
  bool generation() const { return (flags_ & kGeneration) != 0; }
  void set_generation(bool generation) {
    flags_ = static_cast<uint8_t>(generation ? flags_ | kGeneration : flags_ & ~kGeneration);
  }

 private:
  static constexpr size_t kHeader = 8;
  static constexpr uint8_t kHasExpiry = 1;
  static constexpr uint8_t kGeneration = 2;
  static constexpr uint8_t kLongKey = 4;
  static constexpr size_t kShortKeyLimit = size_t{1} << 24;

  template <typename T>
  static Entry* NewHandle(std::string_view key, T handle, int64_t expire_at_ms);
  // A new entry with header, expiry and key in place.
  static Entry* Allocate(std::string_view key, values::Type type, Form form, int64_t expire_at_ms, size_t value_bytes);

  char* Bytes() { return reinterpret_cast<char*>(this); }
  const char* Bytes() const { return reinterpret_cast<const char*>(this); }
  template <typename T>
  T Load(size_t offset) const {
    T v;
    std::memcpy(&v, Bytes() + offset, sizeof v);
    return v;
  }
  template <typename T>
  void Store(size_t offset, T v) {
    std::memcpy(Bytes() + offset, &v, sizeof v);
  }

  size_t WordOffset() const { return has_expiry() ? kHeader + 8 : kHeader; }
  size_t KeyOffset() const {
    size_t offset = WordOffset();
    if (form() != Form::kEmbedded) offset += 8;
    return (flags_ & kLongKey) ? offset + 8 : offset;
  }
  const char* KeyBytes() const { return Bytes() + KeyOffset(); }
  size_t KeyLength() const {
    if (flags_ & kLongKey) return Load<uint64_t>(KeyOffset() - 8);
    return static_cast<size_t>(key_length_[0]) | static_cast<size_t>(key_length_[1]) << 8 |
           static_cast<size_t>(key_length_[2]) << 16;
  }
  std::string_view Embedded() const;
  size_t TotalBytes() const;
  // Forgets a handle that has been moved out.
  void BecomeZero();

  uint8_t kind_;  // type in the low half, form in the high half
  uint8_t flags_;
  uint8_t access_[3];
  uint8_t key_length_[3];
};
static_assert(sizeof(Entry) == 8);

struct FreeEntry {
  void operator()(Entry* entry) const { Entry::Free(entry); }
};
// An entry outside its slot.
using OwnedEntry = std::unique_ptr<Entry, FreeEntry>;

template <typename Fn>
auto Entry::VisitHandle(Fn&& fn) const {
  switch (type()) {
    case values::Type::kList: return fn(As<values::List>());
    case values::Type::kSet: return fn(As<values::Set>());
    case values::Type::kSortedSet: return fn(As<values::SortedSet>());
    case values::Type::kHash: return fn(As<values::Hash>());
    case values::Type::kStream: return fn(As<values::Stream>());
    default: return fn(raw());
  }
}

}  // namespace dunlin::store
