// A value where it stands: what the encoders read. It owns nothing.
//
// Thread: as for the value it refers to.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "values/hash.h"
#include "values/list.h"
#include "values/set.h"
#include "values/sorted_set.h"
#include "values/stream.h"
#include "values/value.h"

namespace dunlin::snapshot {

class ValueRef {
 public:
  using Parts = std::variant<std::string_view, int64_t, const values::List*, const values::Set*, const values::Hash*,
                             const values::SortedSet*, const values::Stream*>;

  // A string: its bytes, or the integer that it is kept as.
  explicit ValueRef(std::string_view text) : parts_(text) {}
  explicit ValueRef(int64_t integer) : parts_(integer) {}
  explicit ValueRef(const values::List& list) : parts_(&list) {}
  explicit ValueRef(const values::Set& set) : parts_(&set) {}
  explicit ValueRef(const values::Hash& hash) : parts_(&hash) {}
  explicit ValueRef(const values::SortedSet& sorted_set) : parts_(&sorted_set) {}
  explicit ValueRef(const values::Stream& stream) : parts_(&stream) {}
  // Good until the value is changed or moved.
  static ValueRef Of(const values::Value& value);

  const Parts& parts() const { return parts_; }

 private:
  Parts parts_;
};

}  // namespace dunlin::snapshot
