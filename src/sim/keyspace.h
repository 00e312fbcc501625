// The data: lists of writes. Each key's value says which writes made it, in their order, so that a value that is too
// old, from another history, or lost shows as what it is.
//
// Thread: one at a time; values may be shared.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "cluster/slot_set.h"

namespace dunlin::sim {

// A key of this run, counted from 0.
using KeyIndex = StrongInt<struct KeyIndexTag, uint16_t>;
// A write that some client asked for, counted from 1.
using WriteId = StrongInt<struct WriteIdTag, uint32_t>;

// The keys that clients use in one run: a few slots with a few keys each. Keys of one slot share a hash tag, so that
// one command may name several.
class Keys {
 public:
  Keys(int slots, int keys_per_slot, uint64_t seed);

  int count() const { return static_cast<int>(names_.size()); }
  const std::string& NameOf(KeyIndex key) const { return names_[key.value]; }
  SlotId SlotOf(KeyIndex key) const { return slots_[static_cast<size_t>(PlaceOf(key))]; }
  std::optional<KeyIndex> Find(std::string_view name) const;
  // The slots that have keys; a slot's place in this list.
  const std::vector<SlotId>& slots() const { return slots_; }
  int PlaceOf(KeyIndex key) const { return key.value / keys_per_slot_; }
  int keys_per_slot() const { return keys_per_slot_; }
  KeyIndex KeyAt(int place, int i) const { return KeyIndex(static_cast<uint16_t>(place * keys_per_slot_ + i)); }

 private:
  int keys_per_slot_;
  std::vector<SlotId> slots_;
  std::vector<std::string> names_;
  std::map<std::string, KeyIndex, std::less<>> by_name_;
};

struct Value {
  std::vector<WriteId> writes;
  uint64_t hash = 0;
  void Append(WriteId write);
  bool Has(WriteId write) const;
};
// Null: the key does not exist.
using ValueRef = std::shared_ptr<const Value>;

bool SameValue(const ValueRef& a, const ValueRef& b);
ValueRef Appended(const ValueRef& value, WriteId write);
// "3,17,20"; "-" when the key does not exist.
std::string ToText(const ValueRef& value);
std::optional<ValueRef> FromText(std::string_view text);

// What one server holds.
class Keyspace {
 public:
  explicit Keyspace(const Keys& keys) : keys_(&keys), values_(static_cast<size_t>(keys.count())) {}

  const ValueRef& Get(KeyIndex key) const { return values_[key.value]; }
  void Set(KeyIndex key, ValueRef value);
  void Append(KeyIndex key, WriteId write) { Set(key, Appended(Get(key), write)); }
  void Erase(KeyIndex key) { Set(key, nullptr); }
  void Clear() { *this = Keyspace(*keys_); }
  bool empty() const { return size_ == 0; }
  // Equal for equal contents.
  uint64_t hash() const { return hash_; }
  std::vector<KeyIndex> KeysInSlot(SlotId slot) const;
  cluster::SlotSet SlotsWithKeys() const;

  // All of it as text, with something that shows when the end is missing.
  std::string Serialise() const;
  static std::optional<Keyspace> Parse(const Keys& keys, std::string_view text);

 private:
  const Keys* keys_;
  std::vector<ValueRef> values_;
  int size_ = 0;
  uint64_t hash_ = 0;
};

}  // namespace dunlin::sim
