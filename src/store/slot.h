// A slot: the unit of locking, redirection, snapshots, migration and deletion. It owns its entries, of all databases.
//
// Reading and writing go through few doors. Find() is for reading. Whatever changes or removes an entry goes through
// FindForWrite(), the Put family, SetExpiry() or Erase(): while a snapshot has not visited the entry, these keep the
// entry as it was, so that the snapshot shows the moment of its cut.
//
// Thread: whoever holds lock(), or runs alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/pointer_table.h"
#include "store/entry.h"
#include "store/key.h"
#include "store/slot_lock.h"

namespace dunlin::store {

// Set when a watched key is touched; shared by the slot and the session that watches.
struct WatchFlag {
  std::atomic<bool> touched{false};
};

// Somebody who waits for keys to hold something. Shared by the slots of all the keys; who it is, the one who made it
// knows.
struct Waiter {
  virtual ~Waiter() = default;

  // What a key must hold for the waiter to be interested.
  values::Type type = values::Type::kList;
  // Interested as well when a key goes, or holds something else.
  bool when_gone = false;
  // All slots whose locks whoever serves the waiter must hold, in ascending order. Constant while it stands in a line.
  std::vector<SlotId> slots;
};
// The oldest first.
using WaitingLine = std::deque<std::shared_ptr<Waiter>>;

// By how much the counts of keys that somebody waits for have changed.
struct WaitedKeys {
  int keys = 0;
  int keys_when_gone = 0;
};

// What all slots of a store have in common. Changed only by someone who runs alone, but for the count.
struct SlotContext {
  uint64_t hash_seed = 0;
  bool generation = false;  // of entries made from now on
  // What all slots keep for the running snapshot alone. Changed under any slot's lock; apart from what every command
  // reads.
  alignas(64) mutable std::atomic<int64_t> kept_bytes{0};
};

// The keys of one database in one slot.
struct SlotTable {
  PointerTable<Entry> entries;
  uint32_t expiry_count = 0;
  // No entry expires before this moment. It may be too early, never too late.
  int64_t earliest_expiry_ms = INT64_MAX;
};

// An entry as it was at the cut, kept because the live one changed first.
struct Preimage {
  DbIndex db;
  Entry* entry;  // owned
};

class Slot {
 public:
  Slot() = default;
  ~Slot();
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  SlotLock& lock() { return lock_; }

  // --- reading ---

  Entry* Find(DbIndex db, const KeyRef& key) const {
    const SlotTable* table = TableIfAny(db);
    if (table == nullptr) return nullptr;
    auto place = FindPlace(*table, key);
    return place ? place.get() : nullptr;
  }
  // The entry whose key has this hash by the context's seed; of several, any.
  Entry* FindByHash(const SlotContext& context, DbIndex db, uint64_t hash) const {
    const SlotTable* table = TableIfAny(db);
    if (table == nullptr) return nullptr;
    auto place =
        table->entries.Find(hash, [&](const Entry* entry) { return Hash64(entry->key(), context.hash_seed) == hash; });
    return place ? place.get() : nullptr;
  }
  void Prefetch(DbIndex db, uint64_t hash) const {
    if (const SlotTable* table = TableIfAny(db)) table->entries.Prefetch(hash);
  }
  void PrefetchEntry(DbIndex db, uint64_t hash) const {
    if (const SlotTable* table = TableIfAny(db)) table->entries.PrefetchItem(hash);
  }
  uint32_t key_count(DbIndex db) const {
    const SlotTable* table = TableIfAny(db);
    return table == nullptr ? 0 : table->entries.size();
  }
  // How many databases, from 0 on, may hold something here.
  size_t table_count() const { return 1 + (extra_ == nullptr ? 0 : extra_->tables.size()); }
  const SlotTable* TableIfAny(DbIndex db) const {
    if (db.value == 0) return &first_;
    return extra_ == nullptr || extra_->tables.size() < db.value ? nullptr : &extra_->tables[db.value - 1u];
  }

  // --- writing ---

  // The entry, to be changed in place: its collection, integer or access bits.
  Entry* FindForWrite(const SlotContext& context, DbIndex db, const KeyRef& key);
  // Sets the key to the string, whatever it was before. `expire_at_ms` may be kNoExpiry.
  Entry* PutString(const SlotContext& context, DbIndex db, const KeyRef& key, std::string_view value,
                   int64_t expire_at_ms);
  Entry* PutInteger(const SlotContext& context, DbIndex db, const KeyRef& key, int64_t value, int64_t expire_at_ms);
  // The same for any value.
  Entry* PutValue(const SlotContext& context, DbIndex db, const KeyRef& key, values::Value value, int64_t expire_at_ms);
  // The string of the entry becomes one that can be changed in place, and is returned. REQUIRES: the key holds a
  // string.
  values::RawString* RawStringForWrite(const SlotContext& context, DbIndex db, const KeyRef& key);
  // Sets or (kNoExpiry) removes the expiry. Returns the entry, which may have moved; nothing when there is no such key.
  Entry* SetExpiry(const SlotContext& context, DbIndex db, const KeyRef& key, int64_t expire_at_ms);
  // True when there was such a key.
  bool Erase(const SlotContext& context, DbIndex db, const KeyRef& key);
  // The same, but the entry is given out, so that it may be freed elsewhere; not when a snapshot keeps it.
  struct Removed {
    bool found = false;
    OwnedEntry entry;
  };
  Removed Remove(const SlotContext& context, DbIndex db, const KeyRef& key);
  // Removes the key and gives out its entry, to be freed by the caller; nothing when there is no such key.
  Entry* Extract(const SlotContext& context, DbIndex db, const KeyRef& key);
  // Removes all keys of a database and gives them out, so that freeing them need not happen here.
  SlotTable ExtractAll(DbIndex db);

  // The keys of two databases change places.
  void SwapTables(DbIndex a, DbIndex b);
  // The keys of all databases change places with those of another store's slot.
  void ExchangeTables(Slot& other);

  // Frees what ExtractAll gave out.
  static void FreeAll(SlotTable& table);

  // --- snapshot ---

  // Everything here from now on is to be saved. Called at the cut, alone, after context.generation was flipped.
  void BeginSnapshot() { pending_snapshot_ = HasKeys(); }
  bool pending_snapshot() const { return pending_snapshot_; }
  // True when a running snapshot still needs the entry as it is.
  bool Unsaved(const SlotContext& context, const Entry* entry) const {
    return pending_snapshot_ && entry->generation() != context.generation;
  }
  // Calls save(db, entry) for entries that the snapshot has not seen, until `budget` bytes of them have been passed on
  // or none is left; returns true while some are left. save() must not change the slot.
  template <typename Save>
  bool SnapshotSome(const SlotContext& context, size_t budget, Save&& save);
  // Forgets a snapshot that nobody wants any more.
  void AbandonSnapshot(const SlotContext& context);

  // --- watched keys ---

  // `stale`: the key stands here but is past its time. That such a key goes changes nothing for who watches it.
  void Watch(DbIndex db, std::string_view key, std::shared_ptr<WatchFlag> flag, bool stale);
  void Unwatch(DbIndex db, std::string_view key, const WatchFlag* flag);
  // Whether the key was past its time when it was watched, and has not been touched since.
  bool WatchedStale(DbIndex db, std::string_view key, const WatchFlag* flag) const;
  // After a change of the key.
  void TouchWatchers(const SlotContext& context, DbIndex db, std::string_view key) {
    if (extra_ != nullptr && !extra_->watchers.empty()) TouchWatchersSlow(context, db, key);
  }
  // Before all keys of a database go, and those of `with` take their place when there are any (null: there are none).
  void TouchReplaced(const SlotContext& context, DbIndex db, const SlotTable* with, int64_t now_ms);

  // --- waiting clients ---

  bool has_waiters() const { return extra_ != nullptr && !extra_->waiting.empty(); }
  // True when somebody stands here whom the lock of this slot alone is not enough to serve.
  bool has_wide_waiters() const { return extra_ != nullptr && extra_->wide_waiters > 0; }
  // Puts the waiter at the end of the key's line. REQUIRES: it does not stand there.
  WaitedKeys AddWaiter(DbIndex db, std::string_view key, std::shared_ptr<Waiter> waiter);
  // Nothing happens when the waiter does not stand in the key's line.
  WaitedKeys RemoveWaiter(DbIndex db, std::string_view key, const Waiter* waiter);
  // Null when nobody waits for the key. Good until a line of this slot changes.
  const WaitingLine* WaitersOf(DbIndex db, std::string_view key) const;
  // Calls fn(DbIndex, std::string_view key, const WaitingLine&) for every key that somebody waits for; fn must not
  // change any line of this slot.
  template <typename Fn>
  void ForEachWaitingLine(Fn&& fn) const {
    if (extra_ == nullptr) return;
    for (const auto& [name, waiting] : extra_->waiting) fn(DbOfName(name), KeyOfName(name), waiting.line);
  }

  // Fn(Entry*) for all entries of a database; it must not change the table.
  template <typename Fn>
  void ForEach(DbIndex db, Fn&& fn) const {
    if (const SlotTable* table = TableIfAny(db)) table->entries.ForEach(fn);
  }
  // See PointerTable::Scan.
  template <typename Fn>
  uint64_t Scan(DbIndex db, uint64_t cursor, Fn&& fn) const {
    const SlotTable* table = TableIfAny(db);
    return table == nullptr ? PointerTable<Entry>::kScanEnd : table->entries.Scan(cursor, fn);
  }
  // A new lower bound, found by somebody who has looked at all entries.
  void set_earliest_expiry(DbIndex db, int64_t ms) { Table(db).earliest_expiry_ms = ms; }

  // Bytes of the index and side tables.
  size_t overhead_bytes() const;

 private:
  struct Waiting {
    WaitingLine line;
    int when_gone = 0;  // how many of the line are interested in that
  };
  struct Watcher {
    std::shared_ptr<WatchFlag> flag;
    bool stale = false;
  };
  struct Extra {
    std::vector<SlotTable> tables;  // of databases 1, 2, ...
    std::vector<Preimage> preimages;
    std::unordered_multimap<std::string, Watcher> watchers;  // by database and key
    std::unordered_map<std::string, Waiting> waiting;        // the same
    size_t wide_waiters = 0;                                 // places in lines
    uint64_t snapshot_cursor = 0;
    uint16_t snapshot_db = 0;
  };

  using Place = PointerTable<Entry>::Place;

  static Place FindPlace(const SlotTable& table, const KeyRef& key) {
    return table.entries.Find(key.hash, [&key](const Entry* entry) { return entry->key() == key.bytes; });
  }
  static auto HashOf(const SlotContext& context) {
    return [seed = context.hash_seed](const Entry* entry) { return Hash64(entry->key(), seed); };
  }

  // The names of watched and waited-for keys are two bytes of database, then the key.
  static std::string NameOf(DbIndex db, std::string_view key);
  static DbIndex DbOfName(std::string_view name);
  static std::string_view KeyOfName(std::string_view name) { return name.substr(sizeof(uint16_t)); }

  bool HasKeys() const;
  Extra& extra();
  SlotTable& Table(DbIndex db);
  // Puts `entry` where the key's entry is or belongs, and disposes of the one before.
  Entry* Install(const SlotContext& context, DbIndex db, SlotTable& table, const KeyRef& key, Place place,
                 Entry* entry);
  // Takes an entry over that only the snapshot needs.
  void Keep(const SlotContext& context, DbIndex db, Entry* entry);
  // Frees an entry that has been taken out of its table, or keeps it for the snapshot.
  void Dispose(const SlotContext& context, DbIndex db, Entry* entry);
  void NoteExpiry(SlotTable& table, int64_t before_ms, int64_t after_ms);
  void TouchWatchersSlow(const SlotContext& context, DbIndex db, std::string_view key);
  void EndSnapshot();

  SlotLock lock_;
  bool pending_snapshot_ = false;
  SlotTable first_;  // of database 0
  std::unique_ptr<Extra> extra_;
};
static_assert(sizeof(Slot) <= 64);

template <typename Save>
bool Slot::SnapshotSome(const SlotContext& context, size_t budget, Save&& save) {
  if (!pending_snapshot_) return false;
  Extra& x = extra();
  size_t passed = 0;
  while (!x.preimages.empty()) {
    if (passed >= budget) return true;
    Preimage preimage = x.preimages.back();
    x.preimages.pop_back();
    size_t bytes = preimage.entry->memory_bytes();
    passed += bytes;
    context.kept_bytes.fetch_sub(static_cast<int64_t>(bytes), std::memory_order_relaxed);
    save(preimage.db, static_cast<const Entry&>(*preimage.entry));
    Entry::Free(preimage.entry);
  }
  for (; x.snapshot_db < table_count(); ++x.snapshot_db, x.snapshot_cursor = 0) {
    DbIndex db(x.snapshot_db);
    while (x.snapshot_cursor < PointerTable<Entry>::kScanEnd) {
      if (passed >= budget) return true;
      x.snapshot_cursor = Table(db).entries.Scan(x.snapshot_cursor, [&](Entry* entry) {
        if (entry->generation() == context.generation) return;
        passed += entry->memory_bytes();
        save(db, static_cast<const Entry&>(*entry));
        entry->set_generation(context.generation);
      });
    }
  }
  EndSnapshot();
  return false;
}

}  // namespace dunlin::store
