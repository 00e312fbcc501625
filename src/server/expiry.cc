#include "server/expiry.h"

#include <string>
#include <vector>

#include "server/key_removal.h"
#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {
namespace {

using ScanTable = PointerTable<store::Entry>;

// Entries looked at under one lock.
constexpr int kEntriesPerStep = 64;

// What a turn has removed.
struct Removed {
  uint64_t count = 0;
  std::vector<ReadyKeys::Key> waited_for;  // keys whose end somebody may be waiting for
  std::vector<store::OwnedEntry> to_free;
};

// The entry, when it is to be freed by somebody who keeps nobody waiting.
store::OwnedEntry Take(Server& server, store::Slot& slot, DbIndex db, const std::string& key) {
  store::Slot::Removed gone = slot.Remove(server.store().context(), db, server.store().Ref(key));
  bool lazily =
      server.handler_settings().lazy_expire && gone.entry && gone.entry->free_effort() > commands::kLazyFreeEffort;
  return lazily ? std::move(gone.entry) : store::OwnedEntry();
}

void Remove(Server& server, Worker& worker, store::Slot& slot, DbIndex db, const std::string& key, Removed* removed) {
  ++removed->count;
  if (slot.has_waiters()) removed->waited_for.push_back({db, key});
  if (store::OwnedEntry entry = Take(server, slot, db, key)) removed->to_free.push_back(std::move(entry));
  TellRemoval(server, worker, slot, db, key, RemovalReason::kExpired, server.handler_settings().lazy_expire);
}

// One step in one table. Returns false when the table is done.
bool Step(Server& server, Worker& worker, store::Slot& slot, DbIndex db, ExpiryCursor& cursor, int64_t now_ms,
          Removed* removed) {
  std::vector<std::string> expired;
  for (int seen = 0; seen < kEntriesPerStep && cursor.position < ScanTable::kScanEnd;) {
    cursor.position = slot.Scan(db, cursor.position, [&](const store::Entry* entry) {
      ++seen;
      if (!entry->has_expiry()) return;
      if (entry->ExpiredAt(now_ms)) {
        expired.emplace_back(entry->key());
      } else {
        cursor.earliest_ms = std::min(cursor.earliest_ms, entry->expire_at_ms());
      }
    });
    ++seen;  // empty buckets cost too
  }
  for (const std::string& key : expired) Remove(server, worker, slot, db, key, removed);
  if (cursor.position < ScanTable::kScanEnd) return true;
  // Whatever was set meanwhile has lowered the bound itself.
  const store::SlotTable* table = slot.TableIfAny(db);
  if (table != nullptr && table->expiry_count > 0)
    slot.set_earliest_expiry(db, std::min(cursor.earliest_ms, cursor.set_meanwhile_ms));
  return false;
}

}  // namespace

void ExpireOwn(Server& server, Worker& worker, int64_t now_ms) {
  constexpr size_t kKeysPerCall = 256;
  Removed removed;
  for (const OwnExpiries::Key& own : server.own_expiries().Some(kKeysPerCall)) {
    store::KeyRef ref = server.store().Ref(own.second);
    store::Slot& slot = server.store().slot(ref.slot);
    slot.lock().Lock();
    const store::Entry* entry = slot.Find(own.first, ref);
    bool over = entry == nullptr || !entry->has_expiry();
    if (!over && entry->ExpiredAt(now_ms)) {
      Remove(server, worker, slot, own.first, own.second, &removed);
      over = true;
    }
    if (over) server.own_expiries().Forget(own);
    slot.lock().Unlock();
  }
  worker.executor().stats().expired += removed.count;
  if (!removed.to_free.empty()) server.lazy_free().Add(std::move(removed.to_free));
  if (!removed.waited_for.empty()) worker.executor().ServeLater(removed.waited_for);
}

uint64_t ExpireSome(Server& server, Worker& worker, ExpiryCursor& cursor, int64_t now_ms, int64_t budget_us) {
  uint64_t until =
      server.Ticks() + static_cast<uint64_t>(static_cast<double>(budget_us) * server.TicksPerMicrosecond());
  Removed removed;
  auto workers = static_cast<int>(server.workers().size());
  // Each worker cares for every n-th slot. Whatever `hz` is, all slots are seen ten times a second.
  constexpr int64_t kRoundsPerSecond = 10;
  int64_t visits =
      kSlotCount * kRoundsPerSecond / std::max<int64_t>(server.settings().hz, kRoundsPerSecond) / workers + 1;
  for (int64_t visited = 0; visited < visits && server.Ticks() < until; ++visited) {
    if (cursor.slot % workers != worker.index()) {
      cursor = ExpiryCursor{static_cast<uint16_t>((cursor.slot / workers * workers + worker.index()) % kSlotCount)};
    }
    store::Slot& slot = server.store().slot(SlotId(cursor.slot));
    bool more = false;
    slot.lock().Lock();
    for (int db = cursor.db; db < server.store().database_count() && !more; ++db) {
      DbIndex index(static_cast<uint16_t>(db));
      const store::SlotTable* table = slot.TableIfAny(index);
      if (table == nullptr || (cursor.position == 0 && table->earliest_expiry_ms >= now_ms)) continue;
      if (cursor.position == 0) {
        cursor.earliest_ms = INT64_MAX;
        // From here on the bound says what is set while the table is walked.
        slot.set_earliest_expiry(index, INT64_MAX);
      }
      cursor.db = static_cast<uint16_t>(db);
      cursor.set_meanwhile_ms = table->earliest_expiry_ms;
      more = Step(server, worker, slot, index, cursor, now_ms, &removed);
      if (!more) cursor.position = 0;
    }
    slot.lock().Unlock();
    if (!removed.to_free.empty()) server.lazy_free().Add(std::exchange(removed.to_free, {}));
    if (!removed.waited_for.empty()) worker.executor().ServeLater(std::exchange(removed.waited_for, {}));
    if (more) {
      --visited;
      continue;
    }
    cursor = ExpiryCursor{static_cast<uint16_t>((cursor.slot + workers) % kSlotCount)};
  }
  return removed.count;
}

bool DeletesExpired(const Call& call) {
  return call.session.kind != SessionKind::kPrimaryLink && call.server.expiry_rule() == commands::ExpiryRule::kDelete &&
         !call.server.writes_paused(call.now_ms);
}

void DeleteExpired(Call& call, store::Slot& slot, const std::vector<std::string>& keys) {
  DbIndex db = call.session.db;
  bool lazily = call.server.handler_settings().lazy_expire;
  for (const std::string& key : keys) {
    if (slot.WaitersOf(db, key) != nullptr) call.changes.Ready(db, key);
    if (store::OwnedEntry entry = Take(call.server, slot, db, key)) call.changes.FreeLater(std::move(entry));
    slot.TouchWatchers(call.server.store().context(), db, key);
    call.changes.Modified(db, key);
    call.changes.Event(commands::kEventExpired, "expired", db, key);
    if (call.in_exec) {
      call.changes.TellBefore(db, {lazily ? "UNLINK" : "DEL", key});
    } else {
      LogRemoval(call.server, call.worker, db, key, lazily);
    }
    ++call.worker.executor().stats().expired;
  }
}

}  // namespace dunlin::server
