// Any value a key can have, owned: what the RDB decoder produces, RESTORE stores and COPY makes.
//
// Whoever stores it takes the part out of it by moving; what is left is empty.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include "values/element.h"
#include "values/hash.h"
#include "values/list.h"
#include "values/raw_string.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/stream.h"
#include "values/type.h"

namespace dunlin::values {

class Value {
 public:
  // An empty string.
  Value() = default;
  // A string that is kept as an integer.
  explicit Value(int64_t integer) : parts_(integer) {}
  explicit Value(RawString bytes) : parts_(std::move(bytes)) {}
  explicit Value(List list) : parts_(std::move(list)) {}
  explicit Value(Set set) : parts_(std::move(set)) {}
  explicit Value(Hash hash) : parts_(std::move(hash)) {}
  explicit Value(SortedSet sorted_set) : parts_(std::move(sorted_set)) {}
  explicit Value(Stream stream) : parts_(std::move(stream)) {}

  // A string, kept as an integer when it is the canonical text of one.
  static Value OfString(std::string_view text);

  Type type() const;
  // Of a string: kInt or kRaw; whether a short one is shown as "embstr" is the store's to say, which embeds it.
  Encoding encoding() const;
  bool is_integer() const { return std::holds_alternative<int64_t>(parts_); }

  // Of a string, whichever way it is kept; good until the value changes.
  Element text() const;
  // REQUIRES for each: the value is of that kind.
  int64_t integer() const { return std::get<int64_t>(parts_); }
  RawString& bytes() { return std::get<RawString>(parts_); }
  List& list() { return std::get<List>(parts_); }
  Set& set() { return std::get<Set>(parts_); }
  Hash& hash() { return std::get<Hash>(parts_); }
  SortedSet& sorted_set() { return std::get<SortedSet>(parts_); }
  Stream& stream() { return std::get<Stream>(parts_); }
  const List& list() const { return std::get<List>(parts_); }
  const Set& set() const { return std::get<Set>(parts_); }
  const Hash& hash() const { return std::get<Hash>(parts_); }
  const SortedSet& sorted_set() const { return std::get<SortedSet>(parts_); }
  const Stream& stream() const { return std::get<Stream>(parts_); }

  // Elements of a collection; bytes of a string.
  uint64_t size() const;
  Value Clone() const;
  // What the value has allocated: an estimate that counts blocks at their size class.
  size_t memory_bytes() const;

 private:
  std::variant<RawString, int64_t, List, Set, Hash, SortedSet, Stream> parts_;
};

static_assert(sizeof(Value) == 16);

}  // namespace dunlin::values
