#include "values/hash.h"

#include <cstring>

namespace dunlin::values {
namespace {

size_t PairBytes(std::string_view field, std::string_view value) {
  return SizedBytes(field.size()) + SizedBytes(value.size());
}

// Of a pair's block.
size_t ItemBytes(const char* item) {
  std::string_view field = ReadSized(item);
  std::string_view value = ReadSized(field.data() + field.size());
  return static_cast<size_t>(value.data() + value.size() - item);
}

}  // namespace

std::string_view Hash::ValueOf(const char* item) {
  std::string_view field = ReadSized(item);
  return ReadSized(field.data() + field.size());
}

Result<Hash> Hash::FromListpack(Listpack blob, Duplicates duplicates, const EncodingLimits& limits, uint64_t seed) {
  uint32_t entries = blob.size();
  if (entries % 2 != 0) return Fail(Status::Corruption("hash: a field without a value"));
  Status repeats = Status::Corruption("hash listpack with dup elements: a field stands twice");
  bool small = entries / 2 <= limits.hash_max_listpack_entries;
  if (small && duplicates == Duplicates::kCheck && HasRepeats(blob.view(), 2, seed)) return Fail(repeats);
  Hash hash;
  hash.PutPacked(std::move(blob));
  if (!small && !hash.BecomeTable(entries / 2, seed)) return Fail(repeats);
  return hash;
}

uint32_t Hash::size() const { return is_table() ? table()->size() : packed_view().size() / 2; }

size_t Hash::memory_bytes() const {
  if (is_table()) return AllocationSize(sizeof(Table)) + table()->memory_bytes();
  return word_ == 0 ? 0 : AllocationSize(packed_view().bytes());
}

Hash Hash::Clone() const {
  Hash copy;
  if (!is_table()) {
    copy.PutPacked(Listpack::Copy(packed()));
    return copy;
  }
  auto* copied = new Table(table()->seed());
  copied->Reserve(size());
  table()->ForEach([&](const char* item) {
    size_t bytes = ItemBytes(item);
    char* block = Allocate(bytes);
    std::memcpy(block, item, bytes);
    copied->Insert(copied->Hash(ReadSized(block)), block, bytes);
  });
  copy.PutTable(copied);
  return copy;
}

std::optional<Element> Hash::Get(std::string_view field) const {
  if (is_table()) {
    Table::Place place = table()->Find(field);
    if (!place) return std::nullopt;
    return Element(ValueOf(place.get()));
  }
  ListpackView blob = packed_view();
  auto place = blob.Find(blob.First(), field, 2);
  if (place == nullptr) return std::nullopt;
  return ListpackView::Get(blob.Next(place));
}

void Hash::PrepareToSet(std::span<const std::string_view> fields_and_values, const EncodingLimits& limits,
                        uint64_t seed) {
  if (is_table()) return;
  size_t pairs = fields_and_values.size() / 2;
  size_t bytes = packed_view().bytes();
  bool large = pairs > limits.hash_max_listpack_entries;
  for (std::string_view text : fields_and_values) {
    large = large || text.size() > limits.hash_max_listpack_value_bytes;
    bytes += text.size();
  }
  if (large || bytes > kMaxListpackBytes) BecomeTable(size() + pairs, seed);
}

void Hash::Reserve(uint64_t fields, const EncodingLimits& limits, uint64_t seed) {
  if (!is_table() && fields > limits.hash_max_listpack_entries) BecomeTable(size() + fields, seed);
}

bool Hash::Set(std::string_view field, std::string_view value, const EncodingLimits& limits, uint64_t seed) {
  if (!is_table()) {
    bool fits = field.size() <= limits.hash_max_listpack_value_bytes &&
                value.size() <= limits.hash_max_listpack_value_bytes &&
                packed_view().bytes() + field.size() + value.size() <= kMaxListpackBytes;
    if (!fits) BecomeTable(size() + 1, seed);
  }
  if (is_table()) return SetInTable(*table(), field, value);
  bool added = SetPacked(field, value);
  if (size() > limits.hash_max_listpack_entries) BecomeTable(size(), seed);
  return added;
}

bool Hash::SetPacked(std::string_view field, std::string_view value) {
  Listpack blob = TakePacked();
  auto place = blob.view().Find(blob.view().First(), field, 2);
  if (place != nullptr) {
    blob.Replace(blob.view().Next(place), value);
  } else {
    blob.Append(field);
    blob.Append(value);
  }
  PutPacked(std::move(blob));
  return place == nullptr;
}

bool Hash::SetInTable(Table& table, std::string_view field, std::string_view value) {
  uint64_t hash = table.Hash(field);
  size_t bytes = PairBytes(field, value);
  Table::Place place = table.Find(field, hash);
  if (!place) {
    char* item = Allocate(bytes);
    WriteSized(WriteSized(item, field), value);
    table.Insert(hash, item, bytes);
    return true;
  }
  size_t old_bytes = ItemBytes(place.get());
  char* item = Reallocate(place.get(), old_bytes, bytes);
  WriteSized(item + SizedBytes(field.size()), value);
  table.Moved(place, item, old_bytes, bytes);
  return false;
}

bool Hash::BecomeTable(uint64_t reserve, uint64_t seed) {
  auto* table = new Table(seed);
  table->Reserve(reserve);
  bool distinct = true;
  ForEach([&](std::string_view field, std::string_view value) {
    if (table->Find(field)) {
      distinct = false;
    } else {
      SetInTable(*table, field, value);
    }
  });
  Clear();
  PutTable(table);
  return distinct;
}

bool Hash::Erase(std::string_view field) {
  if (is_table()) {
    uint64_t hash = table()->Hash(field);
    Table::Place place = table()->Find(field, hash);
    if (!place) return false;
    Free(table()->Erase(hash, place, ItemBytes(place.get())));
    return true;
  }
  auto place = packed_view().Find(packed_view().First(), field, 2);
  if (place == nullptr) return false;
  Listpack blob = TakePacked();
  blob.Erase(place, 2);
  PutPacked(std::move(blob));
  return true;
}

void Hash::Clear() {
  if (is_table()) {
    table()->ForEach([](char* item) { Free(item); });
    delete table();
    word_ = 0;
  } else {
    TakePacked();
  }
}

ElementPair Hash::RandomPair(Random& random) const {
  if (is_table()) {
    const char* item = table()->RandomItem(random);
    return {Element(ReadSized(item)), Element(ValueOf(item))};
  }
  ListpackView blob = packed_view();
  auto place = blob.Seek(static_cast<int64_t>(2 * random.Below(size())));
  return {ListpackView::Get(place), ListpackView::Get(blob.Next(place))};
}

}  // namespace dunlin::values
