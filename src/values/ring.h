// A double-ended row of small plain values in one block: O(1) at both ends and by index; inserting and erasing in the
// middle moves the shorter side.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <type_traits>

#include "base/invariant.h"

namespace dunlin::values {

template <typename T>
class Ring {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  Ring() = default;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() { std::free(items_); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t memory_bytes() const { return capacity_ * sizeof(T); }

  // REQUIRES: index < size().
  T& operator[](size_t index) { return items_[(first_ + index) & (capacity_ - 1)]; }
  const T& operator[](size_t index) const { return items_[(first_ + index) & (capacity_ - 1)]; }
  T& front() { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }

  void PushFront(const T& item) { Insert(0, item); }
  void PushBack(const T& item) { Insert(size_, item); }

  // Before `index`, or at the back. REQUIRES: index <= size().
  void Insert(size_t index, const T& item) {
    if (size_ == capacity_) SetCapacity(capacity_ == 0 ? kSmallest : capacity_ * 2);
    ++size_;
    if (index < size_ / 2) {
      first_ = (first_ - 1) & (capacity_ - 1);
      for (size_t i = 0; i < index; ++i) (*this)[i] = (*this)[i + 1];
    } else {
      for (size_t i = size_ - 1; i > index; --i) (*this)[i] = (*this)[i - 1];
    }
    (*this)[index] = item;
  }

  // REQUIRES: index + count <= size().
  void Erase(size_t index, size_t count = 1) {
    if (index < size_ - index - count) {
      for (size_t i = index; i > 0; --i) (*this)[i - 1 + count] = (*this)[i - 1];
      first_ = (first_ + count) & (capacity_ - 1);
    } else {
      for (size_t i = index + count; i < size_; ++i) (*this)[i - count] = (*this)[i];
    }
    size_ -= count;
    if (capacity_ > kSmallest && size_ < capacity_ / 4) SetCapacity(capacity_ / 2);
  }

 private:
  static constexpr size_t kSmallest = 4;

  // REQUIRES: a power of two, not below size().
  void SetCapacity(size_t capacity) {
    auto* items = static_cast<T*>(std::malloc(capacity * sizeof(T)));
    DUNLIN_INVARIANT(items != nullptr, "there is memory for a value");
    for (size_t i = 0; i < size_; ++i) items[i] = (*this)[i];
    std::free(items_);
    items_ = items;
    capacity_ = capacity;
    first_ = 0;
  }

  T* items_ = nullptr;
  size_t capacity_ = 0;  // a power of two, or 0
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace dunlin::values
