#include "values/listpack.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/hash.h"

namespace dunlin::values {
namespace listpack {

const char kEmpty[kEmptyBytes] = {kEmptyBytes, 0, 0, 0, 0, 0, static_cast<char>(kEnd)};

namespace {

constexpr size_t kMaxText6 = 63;
constexpr size_t kMaxText12 = 4095;
constexpr unsigned char kText32 = 0xf0;
constexpr unsigned char kInt16 = 0xf1;
constexpr unsigned char kInt24 = 0xf2;
constexpr unsigned char kInt32 = 0xf3;
constexpr unsigned char kInt64 = 0xf4;

unsigned char ByteAt(const char* p) { return static_cast<unsigned char>(*p); }

bool IsInt7(unsigned char c) { return c < 0x80; }
bool IsText6(unsigned char c) { return (c & 0xc0) == 0x80; }
bool IsInt13(unsigned char c) { return (c & 0xe0) == 0xc0; }
bool IsText12(unsigned char c) { return (c & 0xf0) == 0xe0; }

// How many bytes stand before an entry's text, or are all of an integer; 0 when no entry begins like this.
size_t HeadBytes(unsigned char c) {
  if (IsInt7(c) || IsText6(c)) return 1;
  if (IsInt13(c) || IsText12(c)) return 2;
  switch (c) {
    case kText32: return 5;
    case kInt16: return 3;
    case kInt24: return 4;
    case kInt32: return 5;
    case kInt64: return 9;
    default: return 0;
  }
}

// 0 for an integer.
size_t TextBytes(const char* p) {
  unsigned char c = ByteAt(p);
  if (IsText6(c)) return c & 0x3f;
  if (IsText12(c)) return static_cast<size_t>(c & 0x0f) << 8 | ByteAt(p + 1);
  if (c == kText32) return LoadLittle<uint32_t>(p + 1);
  return 0;
}

bool IsText(unsigned char c) { return IsText6(c) || IsText12(c) || c == kText32; }

std::string_view TextOf(const char* p) { return {p + HeadBytes(ByteAt(p)), TextBytes(p)}; }

int64_t IntegerOf(const char* p) {
  unsigned char c = ByteAt(p);
  if (IsInt7(c)) return c;
  if (IsInt13(c)) {
    int value = (c & 0x1f) << 8 | ByteAt(p + 1);
    return value < 0x1000 ? value : value - 0x2000;
  }
  switch (c) {
    case kInt16: return LoadLittle<int16_t>(p + 1);
    case kInt24: return static_cast<int32_t>(LoadLittle<uint32_t>(p) & ~0xffu) >> 8;
    case kInt32: return LoadLittle<int32_t>(p + 1);
    default: return LoadLittle<int64_t>(p + 1);
  }
}

// The limits are the format's, one below what seven bits a byte could say.
uint8_t BackLengthBytes(size_t body_bytes) {
  if (body_bytes <= 127) return 1;
  if (body_bytes < 16383) return 2;
  if (body_bytes < 2097151) return 3;
  if (body_bytes < 268435455) return 4;
  return 5;
}

char* WriteBackLength(char* out, size_t body_bytes, uint8_t width) {
  for (int i = width - 1; i >= 0; --i) {
    auto bits = static_cast<unsigned char>(body_bytes >> (7 * i) & 0x7f);
    *out++ = static_cast<char>(i == width - 1 ? bits : bits | 0x80);
  }
  return out;
}

}  // namespace

size_t BodyBytes(const char* p) { return HeadBytes(ByteAt(p)) + TextBytes(p); }

char* WriteBackLength(char* out, size_t body_bytes) {
  return WriteBackLength(out, body_bytes, BackLengthBytes(body_bytes));
}

NewEntry::NewEntry(std::string_view text) {
  if (std::optional<int64_t> integer = ParseInt64(text)) {
    SetInteger(*integer);
    return;
  }
  body_ = text;
  if (text.size() <= kMaxText6) {
    head_[0] = static_cast<char>(0x80 | text.size());
    head_size_ = 1;
  } else if (text.size() <= kMaxText12) {
    head_[0] = static_cast<char>(0xe0 | text.size() >> 8);
    head_[1] = static_cast<char>(text.size());
    head_size_ = 2;
  } else {
    head_[0] = static_cast<char>(kText32);
    StoreLittle(head_ + 1, static_cast<uint32_t>(text.size()));
    head_size_ = 5;
  }
  back_length_size_ = BackLengthBytes(head_size_ + body_.size());
}

NewEntry::NewEntry(int64_t integer) { SetInteger(integer); }

void NewEntry::SetInteger(int64_t integer) {
  auto bits = static_cast<uint64_t>(integer);
  back_length_size_ = 1;
  if (integer >= 0 && integer <= 127) {
    head_[0] = static_cast<char>(integer);
    head_size_ = 1;
  } else if (integer >= -4096 && integer <= 4095) {
    head_[0] = static_cast<char>(0xc0 | (bits >> 8 & 0x1f));
    head_[1] = static_cast<char>(bits);
    head_size_ = 2;
  } else if (integer >= INT16_MIN && integer <= INT16_MAX) {
    head_[0] = static_cast<char>(kInt16);
    StoreLittle(head_ + 1, static_cast<uint16_t>(bits));
    head_size_ = 3;
  } else if (integer >= -(1 << 23) && integer < 1 << 23) {
    StoreLittle(head_, static_cast<uint32_t>(bits << 8));
    head_[0] = static_cast<char>(kInt24);
    head_size_ = 4;
  } else if (integer >= INT32_MIN && integer <= INT32_MAX) {
    head_[0] = static_cast<char>(kInt32);
    StoreLittle(head_ + 1, static_cast<uint32_t>(bits));
    head_size_ = 5;
  } else {
    head_[0] = static_cast<char>(kInt64);
    StoreLittle(head_ + 1, bits);
    head_size_ = 9;
  }
}

char* NewEntry::WriteBody(char* out) const {
  std::memcpy(out, head_, head_size_);
  out += head_size_;
  if (!body_.empty()) std::memcpy(out, body_.data(), body_.size());
  return out + body_.size();
}

char* NewEntry::Write(char* out) const { return WriteBackLength(WriteBody(out), body_size(), back_length_size_); }

size_t EntryBytes(const char* p) {
  unsigned char c = ByteAt(p);
  if (IsInt7(c)) return 2;
  if (IsText6(c)) return static_cast<size_t>(c & 0x3f) + 2;
  size_t body = BodyBytes(p);
  return body + BackLengthBytes(body);
}

const char* EntryBefore(const char* p) {
  size_t body = 0;
  for (int shift = 0;; shift += 7) {
    unsigned char c = ByteAt(--p);
    body |= static_cast<size_t>(c & 0x7f) << shift;
    if (c < 0x80) return p - body;
  }
}

Element Read(const char* p) { return IsText(ByteAt(p)) ? Element(TextOf(p)) : Element(IntegerOf(p)); }

std::optional<int64_t> ReadInteger(const char* p) {
  if (IsText(ByteAt(p))) return std::nullopt;
  return IntegerOf(p);
}

bool Needle::Equals(const char* entry) const {
  if (IsText(ByteAt(entry))) return TextOf(entry) == text_;
  return integer_.has_value() && IntegerOf(entry) == *integer_;
}

}  // namespace listpack

namespace {

// Of the entry at the reader's position, which is not the end. Leaves the reader behind the entry.
Status ValidateEntry(ByteReader& reader) {
  const char* p = reader.rest().data();
  size_t head = listpack::HeadBytes(listpack::ByteAt(p));
  if (head == 0) return Status::Corruption("listpack: an entry of unknown encoding");
  if (head > reader.remaining()) return Status::Corruption("listpack: an entry is cut off");
  size_t body = listpack::BodyBytes(p);
  uint8_t width = listpack::BackLengthBytes(body);
  if (!reader.Take(body)) return Status::Corruption("listpack: a text reaches beyond the end");
  std::optional<std::string_view> back_length = reader.Take(width);
  char expected[5];
  listpack::WriteBackLength(expected, body);
  if (back_length != std::string_view(expected, width)) return Status::Corruption("listpack: a wrong back-length");
  return Status::Ok();
}

}  // namespace

uint32_t ListpackView::size() const {
  auto count = LoadLittle<uint16_t>(bytes_ + 4);
  if (count != listpack::kCountUnknown) return count;
  uint32_t counted = 0;
  for (Place place = First(); place != nullptr; place = Next(place)) ++counted;
  return counted;
}

ListpackView::Place ListpackView::Seek(int64_t index) const {
  int64_t count = size();
  if (index < 0) index += count;
  if (index < 0 || index >= count) return nullptr;
  if (index <= count / 2) {
    const char* p = bytes_ + listpack::kHeaderBytes;
    while (index-- > 0) p += listpack::EntryBytes(p);
    return p;
  }
  const char* p = end();
  for (int64_t steps = count - index; steps > 0; --steps) p = listpack::EntryBefore(p);
  return p;
}

// Small hashes and sets are searched by this loop, so the two commonest kinds of entries are told apart at once.
ListpackView::Place ListpackView::Find(Place from, std::string_view text, uint32_t stride) const {
  if (from == nullptr) return nullptr;
  listpack::Needle needle(text);
  const char* stop = end();
  const char* p = from;
  while (true) {
    unsigned char c = listpack::ByteAt(p);
    if (listpack::IsText6(c)) {
      size_t size = c & 0x3f;
      // The last byte differs more often than the first.
      bool likely = size == text.size() && (size == 0 || p[size] == text.back());
      if (likely && std::memcmp(p + 1, text.data(), size) == 0) return p;
    } else if (needle.Equals(p)) {
      return p;
    }
    for (uint32_t i = 0; i < stride; ++i) {
      p += listpack::EntryBytes(p);
      if (p == stop) return nullptr;
    }
  }
}

bool HasRepeats(ListpackView view, uint32_t stride, uint64_t seed) {
  using Hashed = std::pair<uint64_t, ListpackView::Place>;
  std::vector<Hashed> texts;
  uint32_t index = 0;
  for (auto place = view.First(); place != nullptr; place = view.Next(place), ++index) {
    if (index % stride == 0) texts.emplace_back(Hash64(ListpackView::Get(place).view(), seed), place);
  }
  std::sort(texts.begin(), texts.end());
  auto same = [](const Hashed& a, const Hashed& b) {
    return a.first == b.first && ListpackView::Get(a.second).view() == ListpackView::Get(b.second).view();
  };
  return std::adjacent_find(texts.begin(), texts.end(), same) != texts.end();
}

Status Listpack::Validate(std::string_view bytes) {
  if (bytes.size() < listpack::kEmptyBytes) return Status::Corruption("listpack: shorter than its header");
  if (LoadLittle<uint32_t>(bytes.data()) != bytes.size()) return Status::Corruption("listpack: not as long as it says");
  if (listpack::ByteAt(&bytes.back()) != listpack::kEnd) return Status::Corruption("listpack: no end mark");
  ByteReader reader(bytes.substr(listpack::kHeaderBytes, bytes.size() - listpack::kEmptyBytes));
  uint32_t entries = 0;
  for (; !reader.empty(); ++entries) DUNLIN_TRY(ValidateEntry(reader));
  auto count = LoadLittle<uint16_t>(bytes.data() + 4);
  if (count != listpack::kCountUnknown && count != entries) return Status::Corruption("listpack: a wrong count");
  return Status::Ok();
}

Result<Listpack> Listpack::FromBytes(std::string_view bytes) {
  DUNLIN_TRY_RESULT(Validate(bytes));
  return Copy(bytes);
}

Listpack Listpack::Copy(std::string_view valid_bytes) {
  if (valid_bytes.size() == listpack::kEmptyBytes) return Listpack();
  char* block = Allocate(valid_bytes.size());
  std::memcpy(block, valid_bytes.data(), valid_bytes.size());
  return Listpack(block);
}

void Listpack::Resize(size_t offset, size_t removed_bytes, size_t gap_bytes) {
  if (bytes_ == nullptr) {
    bytes_ = Allocate(listpack::kEmptyBytes);
    std::memcpy(bytes_, listpack::kEmpty, listpack::kEmptyBytes);
  }
  size_t old_total = bytes();
  size_t new_total = old_total - removed_bytes + gap_bytes;
  DUNLIN_INVARIANT(new_total <= UINT32_MAX, "a listpack is smaller than 4 GB");
  size_t tail = old_total - offset - removed_bytes;
  if (new_total > old_total) bytes_ = Reallocate(bytes_, old_total, new_total);
  if (removed_bytes != gap_bytes) std::memmove(bytes_ + offset + gap_bytes, bytes_ + offset + removed_bytes, tail);
  if (new_total < old_total) bytes_ = Reallocate(bytes_, old_total, new_total);
  StoreLittle(bytes_, static_cast<uint32_t>(new_total));
}

Listpack::Place Listpack::Insert(size_t offset, size_t removed_bytes, const listpack::NewEntry& entry,
                                 int count_change) {
  Resize(offset, removed_bytes, entry.size());
  entry.Write(bytes_ + offset);
  ChangeCount(count_change);
  return bytes_ + offset;
}

void Listpack::ChangeCount(int64_t change) {
  int64_t count = LoadLittle<uint16_t>(bytes_ + 4);
  if (count != listpack::kCountUnknown) {
    count += change;
  } else if (change < 0) {
    count = view().size();  // it may have become small enough to be written down again
  }
  auto stored = count < listpack::kCountUnknown ? static_cast<uint16_t>(count) : listpack::kCountUnknown;
  StoreLittle(bytes_ + 4, stored);
}

Listpack::Place Listpack::Erase(Place place, uint32_t count) {
  size_t offset = OffsetOf(place);
  size_t total = bytes();
  size_t end = offset;
  uint32_t erased = 0;
  for (; erased < count && end < total - 1; ++erased) end += listpack::EntryBytes(bytes_ + end);
  if (total - (end - offset) == listpack::kEmptyBytes) {
    *this = Listpack();
    return nullptr;
  }
  Resize(offset, end - offset, 0);
  ChangeCount(-int64_t{erased});
  return offset == bytes() - 1 ? nullptr : bytes_ + offset;
}

void Listpack::EraseRange(int64_t index, uint32_t count) {
  Place place = view().Seek(index);
  if (place != nullptr && count > 0) Erase(place, count);
}

Listpack Listpack::SplitAt(Place place) {
  if (place == nullptr) return Listpack();
  if (OffsetOf(place) == listpack::kHeaderBytes) return std::move(*this);
  size_t offset = OffsetOf(place);
  size_t moved = bytes() - 1 - offset;
  uint32_t count = 0;
  for (Place p = place; p != nullptr; p = view().Next(p)) ++count;
  Listpack tail;
  tail.Resize(listpack::kHeaderBytes, 0, moved);
  std::memcpy(tail.bytes_ + listpack::kHeaderBytes, place, moved);
  tail.ChangeCount(count);
  Resize(offset, moved, 0);
  ChangeCount(-int64_t{count});
  return tail;
}

void Listpack::AppendAll(ListpackView other) {
  if (other.empty()) return;
  size_t added = other.bytes() - listpack::kEmptyBytes;
  size_t offset = bytes() - 1;
  Resize(offset, 0, added);
  std::memcpy(bytes_ + offset, other.blob().data() + listpack::kHeaderBytes, added);
  ChangeCount(other.size());
}

}  // namespace dunlin::values
