// All keys of a node: 16384 slots, in cluster mode and standalone alike, each with its part of every database.
//
// Thread: slots by their locks; what concerns all of them, by someone who runs alone.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "store/slot.h"

namespace dunlin::store {

class Store {
 public:
  // REQUIRES: 1 <= database_count <= 65535.
  Store(int database_count, uint64_t hash_seed);

  int database_count() const { return database_count_; }
  const SlotContext& context() const { return context_; }
  Slot& slot(SlotId id) { return slots_[id.value]; }
  const Slot& slot(SlotId id) const { return slots_[id.value]; }
  KeyRef Ref(std::string_view key) const { return MakeKeyRef(key, context_.hash_seed); }

  // Sums over all slots. Exact when alone.
  uint64_t KeyCount(DbIndex db) const;
  uint64_t ExpiryCount(DbIndex db) const;

  // --- alone ---

  // The tables of one database, of all slots, out of the store; to be freed by FreeTables, anywhere.
  std::vector<SlotTable> ExtractDatabase(DbIndex db);
  static void FreeTables(std::vector<SlotTable> tables);
  void SwapDatabases(DbIndex a, DbIndex b);
  // All keys change places with those of another store; who watches or waits for keys stays.
  // REQUIRES: both were made with the same arguments, and no snapshot of either runs.
  void ExchangeKeys(Store& other);

  // The cut of a snapshot: from here on every slot keeps what it holds now until the walker has seen it.
  void BeginSnapshot();
  bool snapshot_running() const { return snapshot_running_; }
  // REQUIRES: no slot is pending any more.
  void EndSnapshot() { snapshot_running_ = false; }
  void AbandonSnapshot();

 private:
  int database_count_;
  SlotContext context_;
  bool snapshot_running_ = false;
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace dunlin::store
