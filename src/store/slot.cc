#include "store/slot.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/invariant.h"

namespace dunlin::store {
namespace {

// Gives back what databases without keys take behind the last that has some, and the whole when it holds nothing else.
template <typename ExtraPointer>
void ReleaseEmptyTables(ExtraPointer& extra) {
  if (extra == nullptr || extra->tables.empty() || !extra->tables.back().entries.empty()) return;
  while (!extra->tables.empty() && extra->tables.back().entries.empty()) extra->tables.pop_back();
  extra->tables.shrink_to_fit();
  if (extra->tables.empty() && extra->preimages.empty() && extra->watchers.empty() && extra->waiting.empty()) {
    extra.reset();
  }
}

}  // namespace

std::string Slot::NameOf(DbIndex db, std::string_view key) {
  std::string name;
  AppendLittle(name, db.value);
  return name.append(key);
}

DbIndex Slot::DbOfName(std::string_view name) { return DbIndex(LoadLittle<uint16_t>(name.data())); }

Slot::~Slot() {
  FreeAll(first_);
  if (extra_ == nullptr) return;
  for (SlotTable& table : extra_->tables) FreeAll(table);
  for (Preimage& preimage : extra_->preimages) Entry::Free(preimage.entry);
}

void Slot::FreeAll(SlotTable& table) {
  table.entries.ForEach([](Entry* entry) { Entry::Free(entry); });
  table = SlotTable();
}

bool Slot::HasKeys() const {
  for (size_t db = 0; db < table_count(); ++db) {
    if (key_count(DbIndex(static_cast<uint16_t>(db))) > 0) return true;
  }
  return false;
}

Slot::Extra& Slot::extra() {
  if (extra_ == nullptr) extra_ = std::make_unique<Extra>();
  return *extra_;
}

SlotTable& Slot::Table(DbIndex db) {
  if (db.value == 0) return first_;
  Extra& x = extra();
  if (x.tables.size() < db.value) x.tables.resize(db.value);
  return x.tables[db.value - 1u];
}

void Slot::NoteExpiry(SlotTable& table, int64_t before_ms, int64_t after_ms) {
  if (before_ms != kNoExpiry) --table.expiry_count;
  if (after_ms != kNoExpiry) {
    ++table.expiry_count;
    table.earliest_expiry_ms = std::min(table.earliest_expiry_ms, after_ms);
  }
  if (table.expiry_count == 0) table.earliest_expiry_ms = INT64_MAX;
}

void Slot::Keep(const SlotContext& context, DbIndex db, Entry* entry) {
  extra().preimages.push_back({db, entry});
  context.kept_bytes.fetch_add(static_cast<int64_t>(entry->memory_bytes()), std::memory_order_relaxed);
}

void Slot::Dispose(const SlotContext& context, DbIndex db, Entry* entry) {
  if (Unsaved(context, entry)) {
    Keep(context, db, entry);
  } else {
    Entry::Free(entry);
  }
}

Entry* Slot::FindForWrite(const SlotContext& context, DbIndex db, const KeyRef& key) {
  Entry* entry = Find(db, key);
  if (entry != nullptr && Unsaved(context, entry)) {
    Keep(context, db, entry->Clone());
    entry->set_generation(context.generation);
  }
  return entry;
}

Entry* Slot::Install(const SlotContext& context, DbIndex db, SlotTable& table, const KeyRef& key, Place place,
                     Entry* entry) {
  entry->set_generation(context.generation);
  if (!place) {
    table.entries.Insert(key.hash, entry, HashOf(context));
    NoteExpiry(table, kNoExpiry, entry->expire_at_ms());
    return entry;
  }
  Entry* before = place.get();
  NoteExpiry(table, before->expire_at_ms(), entry->expire_at_ms());
  entry->set_access(before->access());
  place.set(entry);
  Dispose(context, db, before);
  return entry;
}

Entry* Slot::PutString(const SlotContext& context, DbIndex db, const KeyRef& key, std::string_view value,
                       int64_t expire_at_ms) {
  SlotTable& table = Table(db);
  Place place = FindPlace(table, key);
  if (place) {
    Entry* entry = place.get();
    if (entry->has_expiry() == (expire_at_ms != kNoExpiry) && entry->FitsInPlace(value) && !Unsaved(context, entry)) {
      entry->ReplaceEmbedded(value);
      if (expire_at_ms != kNoExpiry) {
        NoteExpiry(table, entry->expire_at_ms(), expire_at_ms);
        entry->ReplaceExpiry(expire_at_ms);
      }
      return entry;
    }
  }
  return Install(context, db, table, key, place, Entry::NewString(key.bytes, value, expire_at_ms));
}

Entry* Slot::PutInteger(const SlotContext& context, DbIndex db, const KeyRef& key, int64_t value,
                        int64_t expire_at_ms) {
  SlotTable& table = Table(db);
  Place place = FindPlace(table, key);
  if (place) {
    Entry* entry = place.get();
    if (entry->is_integer() && expire_at_ms == kNoExpiry && !entry->has_expiry() && !Unsaved(context, entry)) {
      entry->ReplaceInteger(value);
      return entry;
    }
  }
  return Install(context, db, table, key, place, Entry::NewInteger(key.bytes, value, expire_at_ms));
}

Entry* Slot::PutValue(const SlotContext& context, DbIndex db, const KeyRef& key, values::Value value,
                      int64_t expire_at_ms) {
  SlotTable& table = Table(db);
  return Install(context, db, table, key, FindPlace(table, key),
                 Entry::NewValue(key.bytes, std::move(value), expire_at_ms));
}

values::RawString* Slot::RawStringForWrite(const SlotContext& context, DbIndex db, const KeyRef& key) {
  Entry* entry = FindForWrite(context, db, key);
  DUNLIN_INVARIANT(entry != nullptr && entry->is_string(), "only a string becomes a raw string");
  if (entry->form() != Entry::Form::kHandle) {
    Entry::Scratch scratch;
    Entry* raw = Entry::NewRaw(key.bytes, values::RawString(entry->StringBytes(scratch)), entry->expire_at_ms());
    SlotTable& table = Table(db);
    entry = Install(context, db, table, key, FindPlace(table, key), raw);
  }
  return &entry->raw();
}

Entry* Slot::SetExpiry(const SlotContext& context, DbIndex db, const KeyRef& key, int64_t expire_at_ms) {
  SlotTable& table = Table(db);
  Place place = FindPlace(table, key);
  if (!place) return nullptr;
  Entry* entry = place.get();
  if (!entry->has_expiry() && expire_at_ms == kNoExpiry) return entry;
  if (entry->has_expiry() && expire_at_ms != kNoExpiry && !Unsaved(context, entry)) {
    NoteExpiry(table, entry->expire_at_ms(), expire_at_ms);
    entry->ReplaceExpiry(expire_at_ms);
    return entry;
  }
  // The header grows or shrinks: a new entry takes the value over.
  Entry* changed = Unsaved(context, entry) ? entry->CloneWithExpiry(expire_at_ms) : entry->MoveWithExpiry(expire_at_ms);
  return Install(context, db, table, key, place, changed);
}

bool Slot::Erase(const SlotContext& context, DbIndex db, const KeyRef& key) { return Remove(context, db, key).found; }

Slot::Removed Slot::Remove(const SlotContext& context, DbIndex db, const KeyRef& key) {
  SlotTable& table = Table(db);
  Place place = FindPlace(table, key);
  if (!place) return {};
  Entry* entry = place.get();
  NoteExpiry(table, entry->expire_at_ms(), kNoExpiry);
  table.entries.Erase(key.hash, place, HashOf(context));
  if (Unsaved(context, entry)) {
    Keep(context, db, entry);
    return {true, nullptr};
  }
  if (!pending_snapshot_) ReleaseEmptyTables(extra_);
  return {true, OwnedEntry(entry)};
}

Entry* Slot::Extract(const SlotContext& context, DbIndex db, const KeyRef& key) {
  SlotTable& table = Table(db);
  Place place = FindPlace(table, key);
  if (!place) return nullptr;
  Entry* entry = place.get();
  NoteExpiry(table, entry->expire_at_ms(), kNoExpiry);
  table.entries.Erase(key.hash, place, HashOf(context));
  if (Unsaved(context, entry)) {
    Keep(context, db, entry);
    entry = entry->Clone();
  }
  if (!pending_snapshot_) ReleaseEmptyTables(extra_);
  return entry;
}

SlotTable Slot::ExtractAll(DbIndex db) { return std::exchange(Table(db), SlotTable()); }

void Slot::SwapTables(DbIndex a, DbIndex b) {
  if (key_count(a) == 0 && key_count(b) == 0) return;
  // The higher one first, since it may move the others.
  SlotTable& high = Table(std::max(a, b));
  std::swap(high, Table(std::min(a, b)));
}

void Slot::ExchangeTables(Slot& other) {
  std::swap(first_, other.first_);
  if (table_count() == 1 && other.table_count() == 1) return;
  std::swap(extra().tables, other.extra().tables);
}

void Slot::AbandonSnapshot(const SlotContext& context) {
  if (!pending_snapshot_) return;
  while (SnapshotSome(context, SIZE_MAX, [](DbIndex, const Entry&) {})) {
  }
}

void Slot::EndSnapshot() {
  pending_snapshot_ = false;
  extra_->snapshot_cursor = 0;
  extra_->snapshot_db = 0;
  extra_->preimages.shrink_to_fit();
  if (extra_->tables.empty() && extra_->watchers.empty() && extra_->waiting.empty()) extra_.reset();
}

void Slot::Watch(DbIndex db, std::string_view key, std::shared_ptr<WatchFlag> flag, bool stale) {
  extra().watchers.emplace(NameOf(db, key), Watcher{std::move(flag), stale});
}

bool Slot::WatchedStale(DbIndex db, std::string_view key, const WatchFlag* flag) const {
  if (extra_ == nullptr) return false;
  auto [begin, end] = extra_->watchers.equal_range(NameOf(db, key));
  return std::any_of(begin, end, [&](const auto& w) { return w.second.flag.get() == flag && w.second.stale; });
}

void Slot::Unwatch(DbIndex db, std::string_view key, const WatchFlag* flag) {
  if (extra_ == nullptr) return;
  auto [begin, end] = extra_->watchers.equal_range(NameOf(db, key));
  for (auto it = begin; it != end; ++it) {
    if (it->second.flag.get() == flag) {
      extra_->watchers.erase(it);
      return;
    }
  }
}

void Slot::TouchWatchersSlow(const SlotContext& context, DbIndex db, std::string_view key) {
  auto [begin, end] = extra_->watchers.equal_range(NameOf(db, key));
  if (begin == end) return;
  bool exists = Find(db, MakeKeyRef(key, context.hash_seed)) != nullptr;
  for (auto it = begin; it != end; ++it) {
    Watcher& watcher = it->second;
    bool only_gone = std::exchange(watcher.stale, false) && !exists;
    if (!only_gone) watcher.flag->touched.store(true, std::memory_order_relaxed);
  }
}

void Slot::TouchReplaced(const SlotContext& context, DbIndex db, const SlotTable* with, int64_t now_ms) {
  if (extra_ == nullptr) return;
  for (auto& [name, watcher] : extra_->watchers) {
    if (DbOfName(name) != db) continue;
    KeyRef key = MakeKeyRef(KeyOfName(name), context.hash_seed);
    bool before = Find(db, key) != nullptr;
    Place place_after = with == nullptr ? Place() : FindPlace(*with, key);
    const Entry* after = place_after ? place_after.get() : nullptr;
    if (!before && after == nullptr) continue;
    bool stale_after = after != nullptr && after->ExpiredAt(now_ms);
    // For who watches, a stale key is none.
    bool nothing_before = !before || watcher.stale;
    if (nothing_before && (after == nullptr || stale_after)) {
      watcher.stale = stale_after;
      continue;
    }
    watcher.flag->touched.store(true, std::memory_order_relaxed);
  }
}

WaitedKeys Slot::AddWaiter(DbIndex db, std::string_view key, std::shared_ptr<Waiter> waiter) {
  Waiting& waiting = extra().waiting[NameOf(db, key)];
  WaitedKeys change;
  change.keys = waiting.line.empty() ? 1 : 0;
  if (waiter->when_gone && waiting.when_gone++ == 0) change.keys_when_gone = 1;
  if (waiter->slots.size() > 1) ++extra_->wide_waiters;
  waiting.line.push_back(std::move(waiter));
  return change;
}

WaitedKeys Slot::RemoveWaiter(DbIndex db, std::string_view key, const Waiter* waiter) {
  if (extra_ == nullptr) return {};
  auto it = extra_->waiting.find(NameOf(db, key));
  if (it == extra_->waiting.end()) return {};
  Waiting& waiting = it->second;
  auto at = std::find_if(waiting.line.begin(), waiting.line.end(), [&](const auto& w) { return w.get() == waiter; });
  if (at == waiting.line.end()) return {};
  WaitedKeys change;
  if (waiter->when_gone && --waiting.when_gone == 0) change.keys_when_gone = -1;
  if (waiter->slots.size() > 1) --extra_->wide_waiters;
  waiting.line.erase(at);
  if (waiting.line.empty()) {
    change.keys = -1;
    extra_->waiting.erase(it);
  }
  return change;
}

const WaitingLine* Slot::WaitersOf(DbIndex db, std::string_view key) const {
  if (extra_ == nullptr) return nullptr;
  auto it = extra_->waiting.find(NameOf(db, key));
  return it == extra_->waiting.end() ? nullptr : &it->second.line;
}

size_t Slot::overhead_bytes() const {
  size_t total = sizeof(Slot) + first_.entries.bytes();
  if (extra_ == nullptr) return total;
  total += sizeof(Extra);
  for (const SlotTable& table : extra_->tables) total += sizeof table + table.entries.bytes();
  return total;
}

}  // namespace dunlin::store
