#include "server/eviction.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/hash.h"
#include "commands/access.h"
#include "oplog/log.h"
#include "server/key_removal.h"
#include "server/server.h"
#include "server/worker.h"

namespace dunlin::server {
namespace {

constexpr uint64_t kCountEveryMs = 100;
// After a count that found nothing.
constexpr uint64_t kCountAgainAfterMs = 10;
// Between two looks whether there is room already.
constexpr int kKeysPerLook = 4;
// Between two looks at the time, and after which replicas are sent what they have been told.
constexpr int kKeysPerPause = 16;
// Entries that are looked at under one lock when few of them may go.
constexpr size_t kMaxLookedAt = 256;
// One of so many is evicted when chance decides: a bucket's worth.
constexpr size_t kRandomSamples = 8;

bool ByChance(MaxmemoryPolicy policy) {
  return policy == MaxmemoryPolicy::kAllKeysRandom || policy == MaxmemoryPolicy::kVolatileRandom;
}

}  // namespace

bool OnlyVolatile(MaxmemoryPolicy policy) {
  switch (policy) {
    case MaxmemoryPolicy::kVolatileLru:
    case MaxmemoryPolicy::kVolatileLfu:
    case MaxmemoryPolicy::kVolatileRandom:
    case MaxmemoryPolicy::kVolatileTtl: return true;
    default: return false;
  }
}

uint64_t EvictionScore(MaxmemoryPolicy policy, const store::Entry& entry, int64_t now_ms, int decay_minutes) {
  switch (policy) {
    case MaxmemoryPolicy::kVolatileLfu:
    case MaxmemoryPolicy::kAllKeysLfu: {
      constexpr uint64_t kMostOften = 255;
      return kMostOften - commands::FrequencyNow(entry.access(), now_ms, decay_minutes);
    }
    case MaxmemoryPolicy::kVolatileTtl: return UINT64_MAX - static_cast<uint64_t>(entry.expire_at_ms());
    default: return static_cast<uint64_t>(commands::IdleSeconds(entry.access(), now_ms));
  }
}

uint64_t EvictionTimeLimitUs(int64_t tenacity) {
  constexpr uint64_t kStepUs = 50;
  constexpr int64_t kEvenSteps = 10;
  if (tenacity <= kEvenSteps) return kStepUs * static_cast<uint64_t>(tenacity);
  if (tenacity >= 100) return UINT64_MAX;
  // Each step is longer than the one before: two minutes at the last but one.
  return static_cast<uint64_t>(static_cast<double>(kStepUs * kEvenSteps) *
                               std::pow(1.15, static_cast<double>(tenacity - kEvenSteps)));
}

// --- MemoryLimit ---

void MemoryLimit::Refresh() {
  const Settings& settings = server_.settings();
  bool left_to_primary = settings.replica_ignore_maxmemory && server_.follows_primary();
  bytes_ = left_to_primary ? 0 : static_cast<uint64_t>(settings.maxmemory_bytes);
  if (bytes_ == 0) NoteExceeded(false);
}

uint64_t MemoryLimit::UnreadLogBytes() const {
  const oplog::Log& log = server_.oplog();
  uint64_t counted = log.has_backlog() ? static_cast<uint64_t>(server_.settings().repl_backlog_size_bytes) : 0;
  uint64_t kept = log.memory_bytes();
  return kept > counted ? kept - counted : 0;
}

uint64_t MemoryLimit::NotCountedBytes() const {
  uint64_t total = UnreadLogBytes();
  for (const auto& worker : server_.workers()) total += worker->stats().replica_buffer_bytes.get();
  int64_t kept = server_.store().context().kept_bytes.load(std::memory_order_relaxed);
  return total + static_cast<uint64_t>(std::max<int64_t>(kept, 0));
}

MemoryLimit::Reading MemoryLimit::Look() const {
  uint64_t used = server_.memory_meter().used_bytes();
  if (used < bytes_) return {.room_bytes = bytes_ - used};
  uint64_t not_counted = NotCountedBytes();
  used = used > not_counted ? used - not_counted : 0;
  if (used <= bytes_) return {};
  return {.over_bytes = used - bytes_};
}

bool MemoryLimit::MustCount(bool only_volatile, uint64_t now_ticks) {
  if (counted_volatile_.load(std::memory_order_relaxed) != only_volatile) return true;
  uint64_t at = count_began_ticks_.load(std::memory_order_relaxed);
  if (now_ticks - at < kCountEveryMs * server_.ticks_per_ms()) return false;
  return count_began_ticks_.compare_exchange_strong(at, now_ticks);
}

bool MemoryLimit::MayCountAgain(uint64_t now_ticks) const {
  if (counted_keys_.load(std::memory_order_relaxed) > 0) return true;
  return now_ticks - counted_at_ticks_.load(std::memory_order_relaxed) >= kCountAgainAfterMs * server_.ticks_per_ms();
}

void MemoryLimit::NoteCounted(bool only_volatile, uint64_t keys, uint64_t now_ticks) {
  counted_volatile_.store(only_volatile, std::memory_order_relaxed);
  counted_keys_.store(keys, std::memory_order_relaxed);
  counted_at_ticks_.store(now_ticks, std::memory_order_relaxed);
}

void MemoryLimit::NoteExceeded(bool exceeded) {
  uint64_t since = exceeded_since_ticks_.load(std::memory_order_relaxed);
  if (exceeded == (since != 0)) return;
  uint64_t now = server_.Ticks();
  if (!exceeded_since_ticks_.compare_exchange_strong(since, exceeded ? now : 0)) return;
  if (!exceeded) exceeded_ticks_.fetch_add(now - since, std::memory_order_relaxed);
}

int64_t MemoryLimit::exceeded_total_ms() const {
  return exceeded_now_ms() + static_cast<int64_t>(exceeded_ticks_.load() / server_.ticks_per_ms());
}

int64_t MemoryLimit::exceeded_now_ms() const {
  uint64_t since = exceeded_since_ticks_.load();
  return since == 0 ? 0 : static_cast<int64_t>((server_.Ticks() - since) / server_.ticks_per_ms());
}

void MemoryLimit::ResetStats() {
  exceeded_since_ticks_.store(0);
  exceeded_ticks_.store(0);
}

// --- Evictor ---

Evictor::Evictor(Server& server, Worker& worker, uint64_t seed) : server_(server), worker_(worker), random_(seed) {}

bool Evictor::OutOfMemory() { return server_.memory_limit().active() && !KnowsRoom() && Relieve(); }

bool Evictor::KnowsRoom() const {
  return thread_ != nullptr && thread_->net_bytes() < good_until_net_bytes_ && server_.Ticks() < good_until_ticks_;
}

bool Evictor::Allowed() const {
  return !server_.node_facts().loading && !server_.writes_paused(worker_.now_ms()) && !worker_.amid_script();
}

bool Evictor::Relieve() {
  unfinished_ = false;
  if (!Allowed()) return false;
  MemoryLimit& limit = server_.memory_limit();
  MemoryLimit::Reading reading = limit.Look();
  if (thread_ != nullptr) {
    uint64_t share = reading.room_bytes / 2 / server_.workers().size();
    good_until_net_bytes_ = thread_->net_bytes() + static_cast<int64_t>(share);
    good_until_ticks_ = server_.Ticks() + server_.ticks_per_ms();
  }
  if (reading.over_bytes == 0) {
    limit.NoteExceeded(false);
    return false;
  }
  bool out_of_memory = server_.settings().maxmemory_policy == MaxmemoryPolicy::kNoEviction || Evict(reading.over_bytes);
  limit.NoteExceeded(out_of_memory || unfinished_);
  return out_of_memory;
}

bool Evictor::Evict(uint64_t over_bytes) {
  const Settings& settings = server_.settings();
  if (std::exchange(policy_, settings.maxmemory_policy) != settings.maxmemory_policy) pool_.Clear();
  only_volatile_ = OnlyVolatile(policy_);
  uint64_t start = server_.Ticks();
  uint64_t limit_us = EvictionTimeLimitUs(settings.maxmemory_eviction_tenacity);
  uint64_t limit_ticks = limit_us == UINT64_MAX
                             ? UINT64_MAX - start
                             : static_cast<uint64_t>(static_cast<double>(limit_us) * server_.TicksPerMicrosecond());
  bool nothing_left = false;
  freed_bytes_ = 0;
  for (int evicted = 1; freed_bytes_ < static_cast<int64_t>(over_bytes); ++evicted) {
    Found found = EvictOne(start + limit_ticks);
    // What is being freed elsewhere will be room.
    nothing_left = found == Found::kNothing && server_.lazy_free().pending() == 0;
    unfinished_ = !nothing_left && found != Found::kEvicted;
    if (found != Found::kEvicted) break;
    if (evicted % kKeysPerLook == 0 && server_.memory_limit().Look().over_bytes == 0) break;
    if (evicted % kKeysPerPause != 0) continue;
    server_.OnAppended(worker_);
    unfinished_ = server_.Ticks() - start > limit_ticks;
    if (unfinished_) break;
  }
  server_.lazy_free().Add(std::exchange(to_free_, {}));
  if (!waited_for_.empty()) worker_.executor().ServeLater(std::exchange(waited_for_, {}));
  auto took_ms = static_cast<int64_t>((server_.Ticks() - start) / server_.ticks_per_ms());
  server_.latency().Note("eviction-cycle", took_ms, worker_.now_ms() / 1000);
  return nothing_left;
}

Evictor::Found Evictor::EvictOne(uint64_t until_ticks) {
  constexpr int kTriesBetweenLooks = 8;
  for (int tries = 1;; ++tries) {
    samples_.clear();
    bool any = Sample(ByChance(policy_) ? kRandomSamples : static_cast<size_t>(server_.settings().maxmemory_samples));
    std::optional<EvictionCandidate> candidate = Choose();
    if (candidate && Remove(*candidate)) return Found::kEvicted;
    if (!candidate && !any) return Found::kNothing;
    if (tries % kTriesBetweenLooks == 0 && server_.Ticks() > until_ticks) return Found::kTimeIsUp;
  }
}

std::optional<EvictionCandidate> Evictor::Choose() {
  if (ByChance(policy_)) {
    if (samples_.empty()) return std::nullopt;
    return samples_[random_.Below(samples_.size())];
  }
  for (const EvictionCandidate& sample : samples_) pool_.Offer(sample);
  return pool_.TakeBest();
}

bool Evictor::Sample(size_t wanted) {
  bool any = false;
  // Slots with few keys give less than is wanted each.
  for (size_t draws = 0; samples_.size() < wanted && draws < wanted; ++draws) {
    std::optional<SlotId> slot = DrawSlot();
    if (!slot) break;
    any = true;
    SampleSlot(*slot, wanted);
    // By chance, one slot is as good as several.
    if (ByChance(policy_) && !samples_.empty()) break;
  }
  return any;
}

std::optional<SlotId> Evictor::DrawSlot() {
  MemoryLimit& limit = server_.memory_limit();
  if (limit.MustCount(only_volatile_, server_.Ticks())) CountAllSlots();
  std::optional<SlotId> slot = limit.slots().Draw(random_);
  if (slot || !limit.MayCountAgain(server_.Ticks())) return slot;
  CountAllSlots();
  return limit.slots().Draw(random_);
}

void Evictor::CountAllSlots() {
  uint64_t total = 0;
  for (int i = 0; i < kSlotCount; ++i) {
    SlotId id(static_cast<uint16_t>(i));
    store::Slot& slot = server_.store().slot(id);
    slot.lock().Lock();
    uint32_t keys = KeysThatMayGo(slot);
    slot.lock().Unlock();
    server_.memory_limit().slots().Set(id, keys);
    total += keys;
  }
  server_.memory_limit().NoteCounted(only_volatile_, total, server_.Ticks());
}

uint32_t Evictor::KeysThatMayGo(const store::Slot& slot, DbIndex db) const {
  const store::SlotTable* table = slot.TableIfAny(db);
  if (table == nullptr) return 0;
  return only_volatile_ ? table->expiry_count : table->entries.size();
}

uint32_t Evictor::KeysThatMayGo(const store::Slot& slot) const {
  uint32_t keys = 0;
  for (size_t db = 0; db < slot.table_count(); ++db) keys += KeysThatMayGo(slot, DbIndex(static_cast<uint16_t>(db)));
  return keys;
}

void Evictor::SampleSlot(SlotId id, size_t wanted) {
  store::Slot& slot = server_.store().slot(id);
  slot.lock().Lock();
  uint32_t keys = KeysThatMayGo(slot);
  server_.memory_limit().slots().Set(id, keys);
  if (keys > 0) {
    auto left = static_cast<uint32_t>(random_.Below(keys));
    DbIndex db(0);
    for (uint32_t here; (here = KeysThatMayGo(slot, db)) <= left; ++db.value) left -= here;
    SampleTable(slot, id, db, wanted);
  }
  slot.lock().Unlock();
}

void Evictor::SampleTable(const store::Slot& slot, SlotId id, DbIndex db, size_t wanted) {
  using Table = PointerTable<store::Entry>;
  const int64_t now_ms = worker_.now_ms();
  const auto decay_minutes = static_cast<int>(server_.settings().lfu_decay_time_minutes);
  const uint64_t seed = server_.store().context().hash_seed;
  const size_t all = slot.key_count(db);
  uint64_t cursor = random_.Below(Table::kScanEnd);
  size_t seen = 0;
  // Empty buckets cost too.
  for (size_t looked_at = 0; looked_at < kMaxLookedAt && seen < all && samples_.size() < wanted; ++looked_at) {
    cursor = slot.Scan(db, cursor, [&](const store::Entry* entry) {
      ++looked_at;
      ++seen;
      if (!MayGo(*entry) || samples_.size() >= wanted) return;
      uint64_t score = ByChance(policy_) ? 0 : EvictionScore(policy_, *entry, now_ms, decay_minutes);
      samples_.push_back({score, Hash64(entry->key(), seed), id, db});
    });
    if (cursor >= Table::kScanEnd) cursor = 0;
  }
}

bool Evictor::Remove(const EvictionCandidate& candidate) {
  const store::SlotContext& context = server_.store().context();
  const Settings& settings = server_.settings();
  store::Slot& slot = server_.store().slot(candidate.slot);
  slot.lock().Lock();
  store::Entry* entry = slot.FindByHash(context, candidate.db, candidate.hash);
  auto as_it_was = [&] {
    if (entry == nullptr || !MayGo(*entry)) return false;
    if (ByChance(policy_)) return true;
    auto decay_minutes = static_cast<int>(settings.lfu_decay_time_minutes);
    return EvictionScore(policy_, *entry, worker_.now_ms(), decay_minutes) >= candidate.score;
  };
  if (!as_it_was()) {
    slot.lock().Unlock();
    return false;
  }
  std::string key(entry->key());
  bool lazily = settings.lazyfree_lazy_eviction;
  bool kept = slot.Unsaved(context, entry);
  bool later = !kept && lazily && entry->free_effort() > commands::kLazyFreeEffort;
  // What is freed elsewhere, or kept for a snapshot, is on its way out.
  if (kept || later || thread_ == nullptr) freed_bytes_ += static_cast<int64_t>(entry->memory_bytes());
  int64_t before_bytes = thread_ == nullptr ? 0 : thread_->net_bytes();
  store::Slot::Removed removed = slot.Remove(context, candidate.db, server_.store().Ref(key));
  if (later) to_free_.push_back(std::move(removed.entry));
  removed.entry.reset();
  if (thread_ != nullptr) freed_bytes_ += std::max<int64_t>(before_bytes - thread_->net_bytes(), 0);
  TellRemoval(server_, worker_, slot, candidate.db, key, RemovalReason::kEvicted, lazily);
  if (slot.has_waiters()) waited_for_.push_back({candidate.db, key});
  server_.memory_limit().slots().Set(candidate.slot, KeysThatMayGo(slot));
  slot.lock().Unlock();
  worker_.stats().evicted_keys.Add(1);
  return true;
}

}  // namespace dunlin::server
