// An intset: a sorted array of integers, all as wide as the widest needs, in the bytes that RDB files hold.
//
//   u32 LE width (2, 4 or 8) | u32 LE count | integers, LE, ascending, each once
//
// IntsetView reads; Intset owns. Both trust their bytes: whatever came from outside goes through Intset::FromBytes.
//
// An owning Intset is one pointer, may be moved with memmove, and needs no memory while it is empty.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/status.h"
#include "values/allocation.h"

namespace dunlin::values {

namespace intset {

inline constexpr size_t kHeaderBytes = 8;
// An intset without members, for everybody to read.
extern const char kEmpty[kHeaderBytes];

}  // namespace intset

class IntsetView {
 public:
  // REQUIRES: a whole, valid intset that outlives the view.
  explicit IntsetView(const char* bytes) : bytes_(bytes) {}

  std::string_view blob() const { return {bytes_, bytes()}; }
  size_t bytes() const { return intset::kHeaderBytes + static_cast<size_t>(size()) * width(); }
  uint32_t width() const { return LoadLittle<uint32_t>(bytes_); }
  uint32_t size() const { return LoadLittle<uint32_t>(bytes_ + 4); }
  bool empty() const { return size() == 0; }

  // The index-th smallest. REQUIRES: index < size().
  int64_t At(uint32_t index) const;
  // The first index whose value is not below `value`, or size().
  uint32_t LowerBound(int64_t value) const;
  bool Contains(int64_t value) const;

  // Calls fn(int64_t) for every member, ascending.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (uint32_t i = 0; i < size(); ++i) fn(At(i));
  }

 private:
  const char* bytes_;
};

class Intset {
 public:
  Intset() = default;
  Intset(Intset&& other) noexcept : bytes_(std::exchange(other.bytes_, nullptr)) {}
  Intset& operator=(Intset&& other) noexcept {
    if (this != &other) {
      Free(bytes_);
      bytes_ = std::exchange(other.bytes_, nullptr);
    }
    return *this;
  }
  ~Intset() { Free(bytes_); }

  // OK when `bytes` is an intset, whole, in order, and nothing behind it. One without members is fine.
  static Status Validate(std::string_view bytes);
  // A copy of bytes that come from outside. Errors: kCorruption, when Validate says so.
  static Result<Intset> FromBytes(std::string_view bytes);
  // A copy of bytes that are known to be valid.
  static Intset Copy(std::string_view valid_bytes);
  // Takes over a block of AllocationSize(its bytes), or nullptr for an empty set; Release() gives it away.
  static Intset Adopt(char* block) { return Intset(block); }
  [[nodiscard]] char* Release() { return std::exchange(bytes_, nullptr); }

  IntsetView view() const { return IntsetView(bytes_ == nullptr ? intset::kEmpty : bytes_); }
  std::string_view blob() const { return view().blob(); }
  uint32_t size() const { return view().size(); }
  bool empty() const { return view().empty(); }
  bool Contains(int64_t value) const { return view().Contains(value); }
  size_t memory_bytes() const { return bytes_ == nullptr ? 0 : AllocationSize(view().bytes()); }
  Intset Clone() const { return bytes_ == nullptr ? Intset() : Copy(blob()); }

  // False when it is there already.
  bool Add(int64_t value);
  // False when it is not there.
  bool Remove(int64_t value);

 private:
  explicit Intset(char* bytes) : bytes_(bytes) {}
  // All integers at a greater width, and `value`, which goes to the front or the back.
  void WidenAndAdd(int64_t value, uint32_t width);

  char* bytes_ = nullptr;
};

static_assert(sizeof(Intset) == 8);

}  // namespace dunlin::values
