#include "store/store.h"

#include "base/invariant.h"

namespace dunlin::store {

Store::Store(int database_count, uint64_t hash_seed)
    : database_count_(database_count), slots_(std::make_unique<Slot[]>(kSlotCount)) {
  DUNLIN_INVARIANT(database_count >= 1 && database_count <= 65535, "a store has between 1 and 65535 databases");
  context_.hash_seed = hash_seed;
}

uint64_t Store::KeyCount(DbIndex db) const {
  uint64_t total = 0;
  for (int s = 0; s < kSlotCount; ++s) total += slots_[s].key_count(db);
  return total;
}

uint64_t Store::ExpiryCount(DbIndex db) const {
  uint64_t total = 0;
  for (int s = 0; s < kSlotCount; ++s) {
    if (const SlotTable* table = slots_[s].TableIfAny(db)) total += table->expiry_count;
  }
  return total;
}

std::vector<SlotTable> Store::ExtractDatabase(DbIndex db) {
  DUNLIN_INVARIANT(!snapshot_running_, "a snapshot is abandoned before its keys go");
  std::vector<SlotTable> tables;
  for (int s = 0; s < kSlotCount; ++s) {
    if (slots_[s].key_count(db) > 0) tables.push_back(slots_[s].ExtractAll(db));
  }
  return tables;
}

void Store::FreeTables(std::vector<SlotTable> tables) {
  for (SlotTable& table : tables) Slot::FreeAll(table);
}

void Store::SwapDatabases(DbIndex a, DbIndex b) {
  DUNLIN_INVARIANT(!snapshot_running_, "databases keep their numbers while a snapshot runs");
  for (int s = 0; s < kSlotCount; ++s) slots_[s].SwapTables(a, b);
}

void Store::ExchangeKeys(Store& other) {
  DUNLIN_INVARIANT(!snapshot_running_ && !other.snapshot_running_, "a snapshot is abandoned before its keys go");
  DUNLIN_INVARIANT(database_count_ == other.database_count_ && context_.hash_seed == other.context_.hash_seed,
                   "stores that exchange keys are alike");
  // The entries know the generation they were made in.
  std::swap(context_.generation, other.context_.generation);
  for (int s = 0; s < kSlotCount; ++s) slots_[s].ExchangeTables(other.slots_[s]);
}

void Store::BeginSnapshot() {
  DUNLIN_INVARIANT(!snapshot_running_, "one snapshot at a time");
  context_.generation = !context_.generation;
  snapshot_running_ = true;
  for (int s = 0; s < kSlotCount; ++s) slots_[s].BeginSnapshot();
}

void Store::AbandonSnapshot() {
  for (int s = 0; s < kSlotCount; ++s) slots_[s].AbandonSnapshot(context_);
  snapshot_running_ = false;
}

}  // namespace dunlin::store
