#include "values/intset.h"

#include <cstring>

namespace dunlin::values {
namespace intset {

const char kEmpty[kHeaderBytes] = {2, 0, 0, 0, 0, 0, 0, 0};

namespace {

uint32_t WidthFor(int64_t value) {
  if (value >= INT16_MIN && value <= INT16_MAX) return 2;
  if (value >= INT32_MIN && value <= INT32_MAX) return 4;
  return 8;
}

int64_t Load(const char* bytes, uint32_t index, uint32_t width) {
  const char* p = bytes + kHeaderBytes + static_cast<size_t>(index) * width;
  if (width == 2) return LoadLittle<int16_t>(p);
  if (width == 4) return LoadLittle<int32_t>(p);
  return LoadLittle<int64_t>(p);
}

void Store(char* bytes, uint32_t index, uint32_t width, int64_t value) {
  std::memcpy(bytes + kHeaderBytes + static_cast<size_t>(index) * width, &value, width);
}

}  // namespace
}  // namespace intset

int64_t IntsetView::At(uint32_t index) const { return intset::Load(bytes_, index, width()); }

uint32_t IntsetView::LowerBound(int64_t value) const {
  uint32_t first = 0;
  uint32_t count = size();
  uint32_t wide = width();
  while (count > 0) {
    uint32_t half = count / 2;
    if (intset::Load(bytes_, first + half, wide) < value) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

bool IntsetView::Contains(int64_t value) const {
  if (intset::WidthFor(value) > width()) return false;
  uint32_t index = LowerBound(value);
  return index < size() && At(index) == value;
}

Status Intset::Validate(std::string_view bytes) {
  if (bytes.size() < intset::kHeaderBytes) return Status::Corruption("intset: shorter than its header");
  auto width = LoadLittle<uint32_t>(bytes.data());
  if (width != 2 && width != 4 && width != 8) return Status::Corruption("intset: an unknown width");
  auto count = LoadLittle<uint32_t>(bytes.data() + 4);
  if (bytes.size() != intset::kHeaderBytes + static_cast<size_t>(count) * width) {
    return Status::Corruption("intset: not as long as its count says");
  }
  IntsetView view(bytes.data());
  for (uint32_t i = 1; i < count; ++i) {
    if (view.At(i - 1) >= view.At(i)) return Status::Corruption("intset: members out of order");
  }
  return Status::Ok();
}

Result<Intset> Intset::FromBytes(std::string_view bytes) {
  DUNLIN_TRY_RESULT(Validate(bytes));
  return Copy(bytes);
}

Intset Intset::Copy(std::string_view valid_bytes) {
  if (valid_bytes.size() == intset::kHeaderBytes) return Intset();
  char* block = Allocate(valid_bytes.size());
  std::memcpy(block, valid_bytes.data(), valid_bytes.size());
  return Intset(block);
}

bool Intset::Add(int64_t value) {
  if (bytes_ == nullptr) {
    bytes_ = Allocate(intset::kHeaderBytes);
    std::memcpy(bytes_, intset::kEmpty, intset::kHeaderBytes);
  }
  uint32_t width = view().width();
  uint32_t needed_width = intset::WidthFor(value);
  if (needed_width > width) {
    WidenAndAdd(value, needed_width);
    return true;
  }
  uint32_t index = view().LowerBound(value);
  uint32_t count = size();
  if (index < count && view().At(index) == value) return false;
  size_t bytes = view().bytes();
  bytes_ = Reallocate(bytes_, bytes, bytes + width);
  char* place = bytes_ + intset::kHeaderBytes + static_cast<size_t>(index) * width;
  std::memmove(place + width, place, static_cast<size_t>(count - index) * width);
  intset::Store(bytes_, index, width, value);
  StoreLittle(bytes_ + 4, count + 1);
  return true;
}

void Intset::WidenAndAdd(int64_t value, uint32_t width) {
  uint32_t old_width = view().width();
  uint32_t count = size();
  bytes_ = Reallocate(bytes_, view().bytes(), intset::kHeaderBytes + (static_cast<size_t>(count) + 1) * width);
  // A value too wide for the others lies below or above all of them. From the back, so that nothing is overwritten
  // before it has been read.
  uint32_t shift = value < 0 ? 1 : 0;
  for (uint32_t i = count; i-- > 0;) intset::Store(bytes_, i + shift, width, intset::Load(bytes_, i, old_width));
  intset::Store(bytes_, value < 0 ? 0 : count, width, value);
  StoreLittle(bytes_, width);
  StoreLittle(bytes_ + 4, count + 1);
}

bool Intset::Remove(int64_t value) {
  if (!Contains(value)) return false;
  uint32_t count = size();
  if (count == 1) {
    *this = Intset();
    return true;
  }
  uint32_t width = view().width();
  uint32_t index = view().LowerBound(value);
  char* place = bytes_ + intset::kHeaderBytes + static_cast<size_t>(index) * width;
  std::memmove(place, place + width, static_cast<size_t>(count - index - 1) * width);
  size_t bytes = view().bytes();
  StoreLittle(bytes_ + 4, count - 1);
  bytes_ = Reallocate(bytes_, bytes, bytes - width);
  return true;
}

}  // namespace dunlin::values
