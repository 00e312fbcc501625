#include "base/buffer.h"

#include <algorithm>

namespace dunlin {

void Buffer::MakeRoom(size_t n) {
  size_t used = size();
  if (begin_ >= used && capacity_ - used >= n) {
    // The consumed front is at least as large as the rest, so moving is cheap for what it gains.
    std::memcpy(data_.get(), data_.get() + begin_, used);
  } else {
    constexpr size_t kSmallest = 256;
    size_t capacity = std::max({kSmallest, used + n, used + used / 2});
    std::unique_ptr<char[]> grown(new char[capacity]);
    if (used > 0) std::memcpy(grown.get(), data_.get() + begin_, used);
    data_ = std::move(grown);
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
}

}  // namespace dunlin
