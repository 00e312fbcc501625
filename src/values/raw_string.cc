#include "values/raw_string.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace dunlin::values {
namespace {

constexpr size_t kMaxSpareBytes = size_t{1} << 20;

}  // namespace

// Size classes have at most three significant bits.
size_t RawString::BlockHeader::block_bytes() const {
  return static_cast<size_t>(capacity_class >> 8) << (capacity_class & 0xff);
}

void RawString::SetSize(size_t size, bool keep_room) {
  DUNLIN_INVARIANT(size < uint64_t{1} << 47, "a string's length fits its header");
  if (size == 0 && !keep_room) {
    Free(std::exchange(block_, nullptr));
    return;
  }
  size_t needed = kHeaderBytes + size;
  size_t held = memory_bytes();
  if (needed > held || !keep_room) {
    if (keep_room && held != 0) needed += std::min(size, kMaxSpareBytes);
    block_ = Reallocate(block_, held, needed);
    size_t granted = AllocationSize(needed);
    auto exponent = static_cast<unsigned>(std::countr_zero(granted));
    Header()->capacity_class = (granted >> exponent << 8 | exponent) & 0xffff;
  }
  Header()->size = size & ((uint64_t{1} << 48) - 1);
}

void RawString::Assign(std::string_view text) {
  // Another block will not need the old bytes.
  if (AllocationSize(kHeaderBytes + text.size()) != memory_bytes()) Free(std::exchange(block_, nullptr));
  SetSize(text.size(), false);
  if (!text.empty()) std::memcpy(mutable_data(), text.data(), text.size());
}

void RawString::Append(std::string_view text) {
  if (text.empty()) return;
  size_t old_size = size();
  SetSize(old_size + text.size(), true);
  std::memcpy(mutable_data() + old_size, text.data(), text.size());
}

void RawString::SetRange(size_t offset, std::string_view text) {
  if (text.empty()) return;
  if (offset + text.size() > size()) Resize(offset + text.size());
  std::memcpy(mutable_data() + offset, text.data(), text.size());
}

void RawString::Resize(size_t new_size) {
  size_t old_size = size();
  if (new_size == old_size) return;
  SetSize(new_size, true);
  if (new_size > old_size) std::memset(mutable_data() + old_size, 0, new_size - old_size);
}

void RawString::ShrinkToFit() { SetSize(size(), false); }

}  // namespace dunlin::values
