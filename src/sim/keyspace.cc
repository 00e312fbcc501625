#include "sim/keyspace.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/crc.h"
#include "base/numbers.h"
#include "base/random.h"

namespace dunlin::sim {
namespace {

constexpr std::string_view kBegin = "BEGIN\n";
constexpr std::string_view kEnd = "END\n";

uint64_t Mixed(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64_t HashOf(KeyIndex key, const ValueRef& value) {
  return value == nullptr ? 0 : Mixed(value->hash + Mixed(key.value + 1ull));
}

}  // namespace

Keys::Keys(int slots, int keys_per_slot, uint64_t seed) : keys_per_slot_(keys_per_slot) {
  Random random(seed);
  while (static_cast<int>(slots_.size()) < slots) {
    std::string tag = fmt::format("{{{:x}}}", random.Below(1 << 20));
    SlotId slot = SlotOfKey(tag);
    if (std::ranges::find(slots_, slot) != slots_.end()) continue;
    slots_.push_back(slot);
    for (int i = 0; i < keys_per_slot; ++i) {
      KeyIndex key(static_cast<uint16_t>(names_.size()));
      names_.push_back(fmt::format("{}{}", tag, i));
      by_name_[names_.back()] = key;
    }
  }
}

std::optional<KeyIndex> Keys::Find(std::string_view name) const {
  auto it = by_name_.find(name);
  if (it == by_name_.end()) return std::nullopt;
  return it->second;
}

bool Value::Has(WriteId write) const { return std::ranges::find(writes, write) != writes.end(); }

bool SameValue(const ValueRef& a, const ValueRef& b) {
  if (a == b) return true;
  return a != nullptr && b != nullptr && a->hash == b->hash && a->writes == b->writes;
}

void Value::Append(WriteId write) {
  writes.push_back(write);
  hash = Mixed(hash + write.value);
}

ValueRef Appended(const ValueRef& value, WriteId write) {
  auto next = value == nullptr ? std::make_shared<Value>() : std::make_shared<Value>(*value);
  next->Append(write);
  return next;
}

std::string ToText(const ValueRef& value) {
  if (value == nullptr) return "-";
  std::string text;
  for (WriteId write : value->writes) {
    if (!text.empty()) text += ',';
    AppendInt64(text, write.value);
  }
  return text;
}

std::optional<ValueRef> FromText(std::string_view text) {
  if (text == "-") return ValueRef();
  auto value = std::make_shared<Value>();
  for (std::string_view word : Split(text, ',')) {
    auto write = ParseUint64(word);
    if (!write) return std::nullopt;
    value->Append(WriteId(static_cast<uint32_t>(*write)));
  }
  return value;
}

void Keyspace::Set(KeyIndex key, ValueRef value) {
  ValueRef& held = values_[key.value];
  size_ += (value != nullptr ? 1 : 0) - (held != nullptr ? 1 : 0);
  hash_ ^= HashOf(key, held) ^ HashOf(key, value);
  held = std::move(value);
}

std::vector<KeyIndex> Keyspace::KeysInSlot(SlotId slot) const {
  std::vector<KeyIndex> found;
  const std::vector<SlotId>& slots = keys_->slots();
  auto at = std::ranges::find(slots, slot);
  if (at == slots.end()) return found;
  for (int i = 0; i < keys_->keys_per_slot(); ++i) {
    KeyIndex key = keys_->KeyAt(static_cast<int>(at - slots.begin()), i);
    if (Get(key) != nullptr) found.push_back(key);
  }
  return found;
}

cluster::SlotSet Keyspace::SlotsWithKeys() const {
  cluster::SlotSet slots;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i] != nullptr) slots.Set(keys_->SlotOf(KeyIndex(static_cast<uint16_t>(i))));
  }
  return slots;
}

std::string Keyspace::Serialise() const {
  std::string text(kBegin);
  for (size_t i = 0; i < values_.size(); ++i) {
    if (values_[i] == nullptr) continue;
    text.append(keys_->NameOf(KeyIndex(static_cast<uint16_t>(i)))).append(" ").append(ToText(values_[i])).append("\n");
  }
  return text.append(kEnd);
}

std::optional<Keyspace> Keyspace::Parse(const Keys& keys, std::string_view text) {
  if (!text.starts_with(kBegin) || !text.ends_with(kEnd) || text.size() < kBegin.size() + kEnd.size()) {
    return std::nullopt;
  }
  Keyspace keyspace(keys);
  for (std::string_view line : Split(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()), '\n')) {
    if (line.empty()) continue;
    std::vector<std::string_view> words = SplitBlanks(line);
    if (words.size() != 2) return std::nullopt;
    auto key = keys.Find(words[0]);
    auto value = FromText(words[1]);
    if (!key || !value) return std::nullopt;
    keyspace.Set(*key, *value);
  }
  return keyspace;
}

}  // namespace dunlin::sim
