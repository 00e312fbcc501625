#include "values/set.h"

#include <algorithm>
#include <cstring>

#include "base/numbers.h"

namespace dunlin::values {
namespace {

size_t ItemBytes(const char* item) { return SizedBytes(ReadSized(item).size()); }

size_t Digits(int64_t integer) { return Element(integer).size(); }

Status Repeats() { return Status::Corruption("set: a member stands twice"); }

}  // namespace

Result<Set> Set::FromListpack(Listpack blob, Duplicates duplicates, const EncodingLimits& limits, uint64_t seed) {
  uint32_t members = blob.size();
  bool small = members <= limits.set_max_listpack_entries;
  if (small && duplicates == Duplicates::kCheck && HasRepeats(blob.view(), 1, seed)) return Fail(Repeats());
  Set set;
  set.Put(blob.Release(), kListpackTag);
  if (!small && !set.BecomeTable(members, seed)) return Fail(Repeats());
  return set;
}

Set Set::FromIntset(Intset blob, const EncodingLimits& limits, uint64_t seed) {
  bool small = blob.size() <= std::min(limits.set_max_intset_entries, kMaxIntsetEntries);
  Set set;
  set.Put(blob.Release(), kIntsetTag);
  if (!small) set.BecomeTable(set.size(), seed);
  return set;
}

uint32_t Set::size() const {
  switch (tag()) {
    case kIntsetTag: return intset_view().size();
    case kListpackTag: return listpack_view().size();
    case kTableTag: return table()->size();
  }
  return 0;
}

Encoding Set::encoding() const {
  switch (tag()) {
    case kIntsetTag: return Encoding::kIntset;
    case kListpackTag: return Encoding::kListpack;
    case kTableTag: return Encoding::kHashtable;
  }
  return Encoding::kHashtable;
}

size_t Set::memory_bytes() const {
  if (is_table()) return AllocationSize(sizeof(Table)) + table()->memory_bytes();
  return block() == nullptr ? 0 : AllocationSize(packed().size());
}

std::string_view Set::packed() const { return tag() == kListpackTag ? listpack_view().blob() : intset_view().blob(); }

Set Set::Clone() const {
  Set copy;
  if (tag() == kIntsetTag) copy.Put(Intset::Copy(packed()).Release(), kIntsetTag);
  if (tag() == kListpackTag) copy.Put(Listpack::Copy(packed()).Release(), kListpackTag);
  if (tag() == kTableTag) {
    auto* copied = new Table(table()->seed());
    copied->Reserve(size());
    table()->ForEach([&](const char* item) { AddToTable(*copied, ReadSized(item)); });
    copy.Put(copied, kTableTag);
  }
  return copy;
}

bool Set::Contains(std::string_view member) const {
  switch (tag()) {
    case kIntsetTag: {
      auto integer = ParseInt64(member);
      return integer && intset_view().Contains(*integer);
    }
    case kListpackTag: return listpack_view().Find(listpack_view().First(), member) != nullptr;
    case kTableTag: return static_cast<bool>(table()->Find(member));
  }
  return false;
}

void Set::PrepareToAdd(std::string_view first, size_t count, const EncodingLimits& limits, uint64_t seed) {
  if (is_table()) return;
  if (empty()) {
    Clear();
    bool as_intset = ParseInt64(first).has_value() && count <= limits.set_max_intset_entries;
    if (as_intset) return;
    Put(nullptr, kListpackTag);
  }
  size_t most = tag() == kIntsetTag ? limits.set_max_intset_entries : limits.set_max_listpack_entries;
  if (count > most) BecomeTable(size() + count, seed);
}

void Set::Reserve(uint64_t members, const EncodingLimits& limits, uint64_t seed) {
  if (is_table()) return;
  if (members > std::max(limits.set_max_intset_entries, limits.set_max_listpack_entries)) {
    BecomeTable(size() + members, seed);
  }
}

bool Set::Add(std::string_view member, const EncodingLimits& limits, uint64_t seed) {
  switch (tag()) {
    case kIntsetTag: return AddToIntset(member, limits, seed);
    case kListpackTag: return AddToListpack(member, limits, seed);
    case kTableTag: return AddToTable(*table(), member);
  }
  return false;
}

bool Set::AddToIntset(std::string_view member, const EncodingLimits& limits, uint64_t seed) {
  if (auto integer = ParseInt64(member)) {
    Intset blob = Intset::Adopt(block());
    bool added = blob.Add(*integer);
    Put(blob.Release(), kIntsetTag);
    if (added && size() > std::min(limits.set_max_intset_entries, kMaxIntsetEntries)) BecomeTable(size(), seed);
    return added;
  }
  IntsetView view = intset_view();
  size_t longest = member.size();
  if (!view.empty()) longest = std::max({longest, Digits(view.At(0)), Digits(view.At(view.size() - 1))});
  bool fits = view.size() < limits.set_max_listpack_entries && longest <= limits.set_max_listpack_value_bytes;
  if (!fits) {
    BecomeTable(size() + 1, seed);
    return AddToTable(*table(), member);
  }
  BecomeListpack();
  return AddToListpack(member, limits, seed);
}

bool Set::AddToListpack(std::string_view member, const EncodingLimits& limits, uint64_t seed) {
  ListpackView view = listpack_view();
  if (view.Find(view.First(), member) != nullptr) return false;
  bool fits = view.size() < limits.set_max_listpack_entries && member.size() <= limits.set_max_listpack_value_bytes &&
              view.bytes() + member.size() <= kMaxListpackBytes;
  if (!fits) {
    BecomeTable(size() + 1, seed);
    return AddToTable(*table(), member);
  }
  Listpack blob = Listpack::Adopt(block());
  blob.Append(member);
  Put(blob.Release(), kListpackTag);
  return true;
}

bool Set::AddToTable(Table& table, std::string_view member) {
  uint64_t hash = table.Hash(member);
  if (table.Find(member, hash)) return false;
  size_t bytes = SizedBytes(member.size());
  char* item = Allocate(bytes);
  WriteSized(item, member);
  table.Insert(hash, item, bytes);
  return true;
}

void Set::BecomeListpack() {
  Listpack blob;
  intset_view().ForEach([&](int64_t member) { blob.AppendInteger(member); });
  Clear();
  Put(blob.Release(), kListpackTag);
}

bool Set::BecomeTable(uint64_t reserve, uint64_t seed) {
  auto* table = new Table(seed);
  table->Reserve(reserve);
  bool distinct = true;
  ForEach([&](std::string_view member) { distinct = AddToTable(*table, member) && distinct; });
  Clear();
  Put(table, kTableTag);
  return distinct;
}

bool Set::BecomeIntsetIfPossible(const EncodingLimits& limits) {
  if (tag() == kIntsetTag) return true;
  if (size() > std::min(limits.set_max_intset_entries, kMaxIntsetEntries)) return false;
  Intset blob;
  bool all = true;
  ForEach([&](std::string_view member) {
    auto integer = all ? ParseInt64(member) : std::nullopt;
    all = integer.has_value();
    if (all) blob.Add(*integer);
  });
  if (!all) return false;
  Clear();
  Put(blob.Release(), kIntsetTag);
  return true;
}

bool Set::Remove(std::string_view member) {
  if (is_table()) {
    uint64_t hash = table()->Hash(member);
    Table::Place place = table()->Find(member, hash);
    if (!place) return false;
    Free(table()->Erase(hash, place, ItemBytes(place.get())));
    return true;
  }
  if (tag() == kIntsetTag) {
    auto integer = ParseInt64(member);
    if (!integer) return false;
    Intset blob = Intset::Adopt(block());
    bool removed = blob.Remove(*integer);
    Put(blob.Release(), kIntsetTag);
    return removed;
  }
  auto place = listpack_view().Find(listpack_view().First(), member);
  if (place == nullptr) return false;
  Listpack blob = Listpack::Adopt(block());
  blob.Erase(place);
  Put(blob.Release(), kListpackTag);
  return true;
}

void Set::Clear() {
  if (is_table()) {
    table()->ForEach([](char* item) { Free(item); });
    delete table();
  } else {
    Free(block());
  }
  word_ = 0;
}

Element Set::RandomMember(Random& random) const {
  if (is_table()) return Element(ReadSized(table()->RandomItem(random)));
  uint64_t index = random.Below(size());
  if (tag() == kIntsetTag) return Element(intset_view().At(static_cast<uint32_t>(index)));
  return ListpackView::Get(listpack_view().Seek(static_cast<int64_t>(index)));
}

}  // namespace dunlin::values
