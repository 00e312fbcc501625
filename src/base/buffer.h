// A byte queue: appended at the end, consumed at the front, contiguous in between. What sockets are read into and
// replies are written to.
//
// Thread: one at a time.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace dunlin {

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    data_ = std::move(other.data_);
    begin_ = std::exchange(other.begin_, 0);
    end_ = std::exchange(other.end_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  const char* data() const { return data_.get() + begin_; }
  char* data() { return data_.get() + begin_; }
  std::string_view view() const { return {data(), size()}; }
  size_t capacity() const { return capacity_; }

  // At least `n` bytes that may be written to from the returned address on, then announced with Produced().
  char* Reserve(size_t n) {
    if (capacity_ - end_ < n) MakeRoom(n);
    return data_.get() + end_;
  }
  void Produced(size_t n) { end_ += n; }
  size_t spare() const { return capacity_ - end_; }

  void Append(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(Reserve(bytes.size()), bytes.data(), bytes.size());
    end_ += bytes.size();
  }
  void Append(char c) {
    *Reserve(1) = c;
    ++end_;
  }
  // Puts bytes in front of the last `tail` bytes. REQUIRES: tail <= size().
  void InsertBeforeTail(size_t tail, std::string_view bytes) {
    Reserve(bytes.size());
    char* at = data_.get() + end_ - tail;
    std::memmove(at + bytes.size(), at, tail);
    std::memcpy(at, bytes.data(), bytes.size());
    end_ += bytes.size();
  }

  // Drops the first n bytes. REQUIRES: n <= size().
  void Consume(size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  // Drops bytes at the end so that `size` are left. REQUIRES: size <= this->size().
  void Truncate(size_t size) { end_ = begin_ + size; }
  void Clear() { begin_ = end_ = 0; }
  // Gives the memory back too.
  void Free() { *this = Buffer(); }

 private:
  void MakeRoom(size_t n);

  std::unique_ptr<char[]> data_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t capacity_ = 0;
};

}  // namespace dunlin
