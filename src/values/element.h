// One element read out of a value: a text that stands in the value or, where the value keeps an integer, its digits,
// which stand in this object.
//
// view() is good as long as both this object and the value's bytes are: until the value is changed next.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/numbers.h"

namespace dunlin::values {

class Element {
 public:
  explicit Element(std::string_view text) : text_(text.data()), size_(text.size()) {}
  explicit Element(int64_t integer) : integer_(integer), is_integer_(true) {
    size_ = static_cast<size_t>(FormatInt64(integer, digits_));
  }

  std::string_view view() const { return {is_integer_ ? digits_ : text_, size_}; }
  std::string ToString() const { return std::string(view()); }
  size_t size() const { return size_; }

  // Whether the value keeps it as an integer. A text that looks like one says no.
  bool is_integer() const { return is_integer_; }
  // REQUIRES: is_integer().
  int64_t integer() const { return integer_; }

 private:
  union {
    const char* text_;
    int64_t integer_;
  };
  size_t size_ = 0;
  bool is_integer_ = false;
  char digits_[kInt64Digits + 3];
};

// Two elements that stand side by side: a field and its value.
struct ElementPair {
  Element field;
  Element value;
};

struct ScoredElement {
  Element member;
  double score;
};

}  // namespace dunlin::values
