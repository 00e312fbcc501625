#include "commands/context.h"

#include <algorithm>
#include <cmath>

#include "base/numbers.h"
#include "commands/access.h"

namespace dunlin::commands {

void Context::FindKey(size_t i) {
  key_index_ = i;
  if (next_known_ < known_.refs.size() && static_cast<size_t>(known_.positions[next_known_].index) == i) {
    if (known_.refs.size() > 1) PrefetchAhead();
    key_ = known_.refs[next_known_++];
  } else {
    key_ = frame_.store.Ref(args_[i]);
  }
}

// Of a row of keys that are asked for one after the other, some are on their way from memory while one is at work.
void Context::PrefetchAhead() {
  constexpr size_t kSlotsAhead = 9;
  constexpr size_t kTablesAhead = 6;
  constexpr size_t kEntriesAhead = 3;
  auto ahead = [&](size_t distance) -> const store::KeyRef* {
    size_t at = next_known_ + distance;
    return at < known_.refs.size() ? &known_.refs[at] : nullptr;
  };
  if (const store::KeyRef* key = ahead(kSlotsAhead)) __builtin_prefetch(&frame_.store.slot(key->slot));
  if (const store::KeyRef* key = ahead(kTablesAhead)) frame_.store.slot(key->slot).Prefetch(db(), key->hash);
  if (const store::KeyRef* key = ahead(kEntriesAhead)) frame_.store.slot(key->slot).PrefetchEntry(db(), key->hash);
}

void Context::Expire(DbIndex db, const store::KeyRef& key) {
  Remove(db, key, settings().lazy_expire);
  ++frame_.stats.expired;
  TouchIn(db, key);
  frame_.changes.Event(kEventExpired, "expired", db, key.bytes);
  frame_.changes.TellBefore(db, {settings().lazy_expire ? "UNLINK" : "DEL", std::string(key.bytes)});
}

bool Context::Expired(const store::KeyRef& key, const store::Entry* entry) {
  if (!entry->ExpiredAt(now_ms())) [[likely]]
    return false;
  switch (frame_.expiry) {
    case ExpiryRule::kIgnore: return false;
    case ExpiryRule::kHide: return true;
    case ExpiryRule::kDelete: Expire(db(), key); return true;
  }
  return false;
}

store::Entry* Context::Live(const store::KeyRef& key) {
  store::Entry* entry = SlotOf(key).Find(db(), key);
  return entry == nullptr || Expired(key, entry) ? nullptr : entry;
}

void Context::NoteAccess(store::Entry* entry) {
  if (!frame_.touch) return;
  switch (settings().access) {
    case AccessRule::kNone: return;
    case AccessRule::kClock: entry->set_access(AccessClock(now_ms())); return;
    case AccessRule::kFrequency:
      entry->set_access(FrequencyAfterAccess(entry->access(), now_ms(), settings().lfu_log_factor,
                                             settings().lfu_decay_minutes, random()));
      return;
  }
}

const store::Entry* Context::Read(const store::KeyRef& key) {
  store::Entry* entry = Live(key);
  if (entry == nullptr) {
    ++frame_.stats.misses;
    Event(kEventKeyMiss, "keymiss", key);
    return nullptr;
  }
  ++frame_.stats.hits;
  NoteAccess(entry);
  return entry;
}

const store::Entry* Context::Peek(const store::KeyRef& key) { return Live(key); }

store::Entry* Context::Write(const store::KeyRef& key) {
  store::Entry* entry = Live(key);
  if (entry == nullptr) return nullptr;
  entry = Own(key, entry);
  NoteAccess(entry);
  return entry;
}

const store::Entry* Context::PeekIn(DbIndex other, const store::KeyRef& key) {
  store::Entry* entry = SlotOf(key).Find(other, key);
  if (entry == nullptr || !entry->ExpiredAt(now_ms()) || frame_.expiry == ExpiryRule::kIgnore) return entry;
  if (frame_.expiry == ExpiryRule::kDelete) Expire(other, key);
  return nullptr;
}

void Context::PutString(const store::KeyRef& key, std::string_view value, int64_t expire_at_ms) {
  store::Slot& slot = SlotOf(key);
  bool may_be_integer = value.size() <= kInt64Digits;
  std::optional<int64_t> integer = may_be_integer ? ParseInt64(value) : std::nullopt;
  store::Entry* entry = integer ? slot.PutInteger(slot_context(), db(), key, *integer, expire_at_ms)
                                : slot.PutString(slot_context(), db(), key, value, expire_at_ms);
  NoteAccess(entry);
  NoteExpiry(db(), key, expire_at_ms);
}

void Context::PutValue(const store::KeyRef& key, values::Value value, int64_t expire_at_ms) {
  NoteAccess(SlotOf(key).PutValue(slot_context(), db(), key, std::move(value), expire_at_ms));
  NoteExpiry(db(), key, expire_at_ms);
}

bool Context::Remove(DbIndex db, const store::KeyRef& key, bool lazily) {
  store::Slot::Removed removed = SlotOf(key).Remove(slot_context(), db, key);
  if (lazily && removed.entry != nullptr && removed.entry->free_effort() > kLazyFreeEffort) {
    frame_.changes.FreeLater(std::move(removed.entry));
  }
  return removed.found;
}

bool Context::Delete(const store::KeyRef& key, bool lazily) {
  return Live(key) != nullptr && Remove(db(), key, lazily);
}

void Context::SetExpiry(const store::KeyRef& key, int64_t expire_at_ms) {
  SlotOf(key).SetExpiry(slot_context(), db(), key, expire_at_ms);
  NoteExpiry(db(), key, expire_at_ms);
}

void Context::TouchIn(DbIndex db, const store::KeyRef& key) {
  store::Slot& slot = SlotOf(key);
  slot.TouchWatchers(slot_context(), db, key.bytes);
  if (slot.has_waiters()) [[unlikely]]
    NoteReady(db, key);
  frame_.changes.Modified(db, key.bytes);
}

void Context::NoteReady(DbIndex db, const store::KeyRef& key) {
  const store::WaitingLine* line = SlotOf(key).WaitersOf(db, key.bytes);
  if (line == nullptr) return;
  // Clients are served in the order in which keys got something, so a key that goes does not count for most.
  bool there = SlotOf(key).Find(db, key) != nullptr;
  if (there || std::any_of(line->begin(), line->end(), [](const auto& waiter) { return waiter->when_gone; })) {
    frame_.changes.Ready(db, key.bytes);
  }
}

void Context::Changed(const store::KeyRef& key, EventClass event_class, std::string_view event, int64_t dirty) {
  Touch(key);
  Event(event_class, event, key);
  frame_.changes.Dirty(dirty);
}

std::optional<int64_t> Context::IntegerArg(size_t i) {
  auto value = ParseInt64(args_[i]);
  if (!value) reply_.Error("ERR value is not an integer or out of range");
  return value;
}

std::optional<int64_t> Context::IntegerArg(size_t i, int64_t low, int64_t high) {
  if (low == 0 && high == INT64_MAX) return IntegerArg(i, low, high, "ERR value is out of range, must be positive");
  auto value = IntegerArg(i);
  if (!value || (*value >= low && *value <= high)) return value;
  reply_.Error("ERR value is out of range, value must between " + std::to_string(low) + " and " + std::to_string(high));
  return std::nullopt;
}

std::optional<int64_t> Context::IntegerArg(size_t i, int64_t low, int64_t high, std::string_view error) {
  auto value = ParseInt64(args_[i]);
  if (value && *value >= low && *value <= high) return value;
  reply_.Error(error);
  return std::nullopt;
}

std::optional<double> Context::DoubleArg(size_t i) {
  auto value = ParseDouble(args_[i]);
  if (!value) reply_.Error("ERR value is not a valid float");
  return value;
}

void Context::WrongType() { reply_.Error("WRONGTYPE Operation against a key holding the wrong kind of value"); }
void Context::SyntaxError() { reply_.Error("ERR syntax error"); }
void Context::NoSuchKey() { reply_.Error("ERR no such key"); }

void Context::WrongArity() {
  std::string text = "ERR wrong number of arguments for '";
  text.append(spec_.name).append("' command");
  reply_.Error(text);
}

}  // namespace dunlin::commands
