#include "store/entry.h"

#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#include "base/invariant.h"
#include "base/numbers.h"

namespace dunlin::store {
namespace {

using values::Type;

// The allocator hands out multiples of 16 from here on; within one multiple a value can be replaced in place.
size_t RoundUp(size_t n) { return (n + 15) & ~size_t{15}; }

size_t LengthBytes(size_t n) { return n < 128 ? 1 : 2; }

size_t EmbeddedBytes(size_t n) { return LengthBytes(n) + n; }

void PutEmbedded(char* p, std::string_view value) {
  if (value.size() < 128) {
    *p++ = static_cast<char>(value.size());
  } else {
    *p++ = static_cast<char>(0x80 | (value.size() & 0x7f));
    *p++ = static_cast<char>(value.size() >> 7);
  }
  if (!value.empty()) std::memcpy(p, value.data(), value.size());
}

}  // namespace

Entry* Entry::Allocate(std::string_view key, Type type, Form form, int64_t expire_at_ms, size_t value_bytes) {
  bool long_key = key.size() >= kShortKeyLimit;
  size_t total = kHeader + (expire_at_ms == kNoExpiry ? 0 : 8) + (form == Form::kEmbedded ? 0 : 8) +
                 (long_key ? 8 : 0) + key.size() + value_bytes;
  void* memory = std::malloc(RoundUp(total));
  if (memory == nullptr) throw std::bad_alloc();
  auto* entry = static_cast<Entry*>(memory);
  entry->kind_ = static_cast<uint8_t>(static_cast<uint8_t>(type) | static_cast<uint8_t>(form) << 4);
  entry->flags_ = static_cast<uint8_t>((expire_at_ms == kNoExpiry ? 0 : kHasExpiry) | (long_key ? kLongKey : 0));
  entry->set_access(0);
  for (int i = 0; i < 3; ++i) entry->key_length_[i] = static_cast<uint8_t>(long_key ? 0 : key.size() >> (8 * i));
  if (expire_at_ms != kNoExpiry) entry->Store(kHeader, expire_at_ms);
  if (long_key) entry->Store(entry->KeyOffset() - 8, static_cast<uint64_t>(key.size()));
  if (!key.empty()) std::memcpy(entry->Bytes() + entry->KeyOffset(), key.data(), key.size());
  return entry;
}

template <typename T>
Entry* Entry::NewHandle(std::string_view key, T handle, int64_t expire_at_ms) {
  Entry* entry = Allocate(key, kTypeOf<T>, Form::kHandle, expire_at_ms, 0);
  new (&entry->As<T>()) T(std::move(handle));
  return entry;
}

Entry* Entry::NewString(std::string_view key, std::string_view value, int64_t expire_at_ms) {
  if (value.size() > kMaxEmbeddedBytes) return NewRaw(key, values::RawString(value), expire_at_ms);
  Entry* entry = Allocate(key, Type::kString, Form::kEmbedded, expire_at_ms, EmbeddedBytes(value.size()));
  PutEmbedded(entry->Bytes() + entry->KeyOffset() + key.size(), value);
  return entry;
}

Entry* Entry::NewInteger(std::string_view key, int64_t value, int64_t expire_at_ms) {
  Entry* entry = Allocate(key, Type::kString, Form::kInteger, expire_at_ms, 0);
  entry->ReplaceInteger(value);
  return entry;
}

Entry* Entry::NewRaw(std::string_view key, values::RawString value, int64_t expire_at_ms) {
  return NewHandle(key, std::move(value), expire_at_ms);
}

Entry* Entry::NewValue(std::string_view key, values::Value value, int64_t expire_at_ms) {
  switch (value.type()) {
    case Type::kList: return NewHandle(key, std::move(value.list()), expire_at_ms);
    case Type::kSet: return NewHandle(key, std::move(value.set()), expire_at_ms);
    case Type::kSortedSet: return NewHandle(key, std::move(value.sorted_set()), expire_at_ms);
    case Type::kHash: return NewHandle(key, std::move(value.hash()), expire_at_ms);
    case Type::kStream: return NewHandle(key, std::move(value.stream()), expire_at_ms);
    default: break;
  }
  if (value.is_integer()) return NewInteger(key, value.integer(), expire_at_ms);
  if (value.bytes().size() <= kMaxEmbeddedBytes) return NewString(key, value.bytes().view(), expire_at_ms);
  return NewRaw(key, std::move(value.bytes()), expire_at_ms);
}

void Entry::Free(Entry* entry) {
  if (entry->form() == Form::kHandle) {
    entry->VisitHandle([]<typename T>(const T& handle) { const_cast<T&>(handle).~T(); });
  }
  std::free(entry);
}

Entry* Entry::CloneWithExpiry(int64_t expire_at_ms) const {
  Entry* copy = nullptr;
  switch (form()) {
    case Form::kEmbedded: copy = NewString(key(), Embedded(), expire_at_ms); break;
    case Form::kInteger: copy = NewInteger(key(), integer(), expire_at_ms); break;
    case Form::kHandle:
      copy = VisitHandle([&](const auto& handle) { return NewHandle(key(), handle.Clone(), expire_at_ms); });
      break;
  }
  copy->set_access(access());
  copy->set_generation(generation());
  return copy;
}

Entry* Entry::MoveWithExpiry(int64_t expire_at_ms) {
  if (form() != Form::kHandle) return CloneWithExpiry(expire_at_ms);
  Entry* moved = VisitHandle(
      [&]<typename T>(const T& handle) { return NewHandle(key(), std::move(const_cast<T&>(handle)), expire_at_ms); });
  moved->set_access(access());
  moved->set_generation(generation());
  BecomeZero();
  return moved;
}

void Entry::BecomeZero() {
  Store(WordOffset(), uint64_t{0});
  kind_ = static_cast<uint8_t>(static_cast<uint8_t>(Type::kString) | static_cast<uint8_t>(Form::kInteger) << 4);
}

std::string_view Entry::Embedded() const {
  const auto* p = reinterpret_cast<const unsigned char*>(KeyBytes() + KeyLength());
  size_t n = *p++;
  if (n >= 128) n = (n & 0x7f) | static_cast<size_t>(*p++) << 7;
  return {reinterpret_cast<const char*>(p), n};
}

std::string_view Entry::StringBytes(Scratch& scratch) const {
  switch (form()) {
    case Form::kEmbedded: return Embedded();
    case Form::kInteger: return {scratch.digits, static_cast<size_t>(FormatInt64(integer(), scratch.digits))};
    case Form::kHandle: return raw().view();
  }
  return {};
}

size_t Entry::StringLength() const {
  Scratch scratch;
  return StringBytes(scratch).size();
}

size_t Entry::TotalBytes() const {
  size_t total = KeyOffset() + KeyLength();
  return form() == Form::kEmbedded ? total + EmbeddedBytes(Embedded().size()) : total;
}

bool Entry::FitsInPlace(std::string_view value) const {
  if (form() != Form::kEmbedded || value.size() > kMaxEmbeddedBytes) return false;
  size_t without = KeyOffset() + KeyLength();
  return RoundUp(without + EmbeddedBytes(value.size())) == RoundUp(without + EmbeddedBytes(Embedded().size()));
}

void Entry::ReplaceEmbedded(std::string_view value) { PutEmbedded(Bytes() + KeyOffset() + KeyLength(), value); }

values::Value Entry::TakeValue() {
  if (form() != Form::kHandle) return CopyValue();
  values::Value value =
      VisitHandle([]<typename T>(const T& handle) { return values::Value(std::move(const_cast<T&>(handle))); });
  BecomeZero();
  return value;
}

values::Value Entry::CopyValue() const {
  switch (form()) {
    case Form::kEmbedded: return values::Value(values::RawString(Embedded()));
    case Form::kInteger: return values::Value(integer());
    case Form::kHandle: break;
  }
  return VisitHandle([](const auto& handle) { return values::Value(handle.Clone()); });
}

std::string_view Entry::EncodingName() const {
  using values::Encoding;
  if (is_integer()) return values::EncodingName(Encoding::kInt);
  if (form() == Form::kEmbedded) {
    return values::EncodingName(Embedded().size() <= kMaxEmbstrBytes ? Encoding::kEmbstr : Encoding::kRaw);
  }
  return VisitHandle([]<typename T>(const T& handle) {
    if constexpr (std::is_same_v<T, values::RawString>) {
      return values::EncodingName(Encoding::kRaw);
    } else {
      return values::EncodingName(handle.encoding());
    }
  });
}

size_t Entry::free_effort() const {
  if (form() != Form::kHandle) return 1;
  return VisitHandle([](const auto& value) -> size_t {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<T, values::RawString>) {
      return 1;
    } else if constexpr (std::is_same_v<T, values::List>) {
      return value.node_count();
    } else if constexpr (std::is_same_v<T, values::Stream>) {
      return value.nodes().size() + value.group_count();
    } else {
      bool packed = value.encoding() == values::Encoding::kListpack || value.encoding() == values::Encoding::kIntset;
      return packed ? 1 : value.size();
    }
  });
}

size_t Entry::memory_bytes() const {
  size_t total = RoundUp(TotalBytes());
  if (form() == Form::kHandle) total += VisitHandle([](const auto& handle) { return handle.memory_bytes(); });
  return total;
}

}  // namespace dunlin::store
