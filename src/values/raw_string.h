// A byte string that grows in place: what a key of type string holds when it is neither an integer nor small enough to
// stand in its entry.
//
// One pointer to one block: u64 length, then the bytes, which start at an address divisible by 8. May be moved with
// memmove. An empty string needs no memory. Any bytes, any length.
//
// Room to grow: a string that was appended to keeps up to as much room behind it as it has bytes, at most 1 MB, so that
// appending is O(1) in the long run; one that was assigned keeps none.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "values/allocation.h"

namespace dunlin::values {

class RawString {
 public:
  RawString() = default;
  explicit RawString(std::string_view text) { Assign(text); }
  RawString(RawString&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  RawString& operator=(RawString&& other) noexcept {
    if (this != &other) {
      Free(block_);
      block_ = std::exchange(other.block_, nullptr);
    }
    return *this;
  }
  ~RawString() { Free(block_); }

  // Gives the block away, to be freed by Free(); nullptr for an empty string.
  [[nodiscard]] char* Release() { return std::exchange(block_, nullptr); }
  static std::string_view ViewOfBlock(const char* block) {
    return {block + kHeaderBytes, reinterpret_cast<const BlockHeader*>(block)->size};
  }
  static size_t MemoryBytesOfBlock(const char* block) {
    return reinterpret_cast<const BlockHeader*>(block)->block_bytes();
  }

  // Good until the next change.
  std::string_view view() const { return {data(), size()}; }
  size_t size() const { return block_ == nullptr ? 0 : Header()->size; }
  bool empty() const { return size() == 0; }
  size_t memory_bytes() const { return block_ == nullptr ? 0 : Header()->block_bytes(); }
  RawString Clone() const { return RawString(view()); }

  // The bytes, to be changed in place. REQUIRES: not empty.
  char* mutable_data() { return block_ + kHeaderBytes; }

  // `text` must not stand in this string, here and below.
  void Assign(std::string_view text);
  void Append(std::string_view text);
  // Writes `text` from `offset` on; what lies between the old end and `offset` becomes zero bytes.
  void SetRange(size_t offset, std::string_view text);
  // Cuts, or adds zero bytes.
  void Resize(size_t size);
  // Gives back the room behind the string.
  void ShrinkToFit();

 private:
  // The capacity is a size class, of which there are few: its number fits where lengths never reach.
  struct BlockHeader {
    uint64_t size : 48;
    uint64_t capacity_class : 16;
    size_t block_bytes() const;
  };
  static constexpr size_t kHeaderBytes = sizeof(BlockHeader);

  const BlockHeader* Header() const { return reinterpret_cast<const BlockHeader*>(block_); }
  BlockHeader* Header() { return reinterpret_cast<BlockHeader*>(block_); }
  const char* data() const { return block_ == nullptr ? nullptr : block_ + kHeaderBytes; }
  // Makes the string `size` bytes long; bytes beyond the old end are not set yet.
  void SetSize(size_t size, bool keep_room);

  char* block_ = nullptr;
};

static_assert(sizeof(RawString) == 8);

}  // namespace dunlin::values
