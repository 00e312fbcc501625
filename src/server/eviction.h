// When more memory is in use than `maxmemory` allows: keys are evicted as `maxmemory-policy` says, and when there is
// nothing to evict, commands that need memory are refused.
//
// There is no thread for it, no lock and no list of keys. Each worker looks after the limit itself, before each of its
// commands, and evicts itself what is too much:
// - To look means to add up the threads' counters at the allocator (memory_meter.h). A worker that has found room looks
//   again when its own thread has used up its share of half that room, or a millisecond later. Until then a look costs
//   two reads of counters that are its own; far from the limit this is all that a command pays.
// - What is counted is what data and clients use: without what replicas and the AOF have still to read, because
//   eviction makes this larger, and without what is kept for a running snapshot, because an evicted key moves there.
// - Keys are chosen by sampling. A slot is drawn as often as it has keys: slot_sampler.h holds the number seen last,
//   which is looked up for all slots at most ten times a second while something is evicted, and corrected by each draw.
//   Some of its entries are looked at under its lock. The best stay in the worker's own pool (eviction_pool.h). A
//   candidate that was used after it was seen, or is no more, is passed over.
// - A key is removed under the lock of its slot, the only one that is held. What goes is told to the log under the
//   same lock, before any command can put something else there.
// - Several workers may evict at the same time. Each looks again after a few keys and stops when there is room, so that
//   together they take little more than was needed.
// - Whoever has used up the time that `maxmemory-eviction-tenacity` gives goes on in the next turn of its event loop;
//   meanwhile commands are not refused.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "server/eviction_pool.h"
#include "server/memory_meter.h"
#include "server/ready_keys.h"
#include "server/settings.h"
#include "server/slot_sampler.h"
#include "store/entry.h"
#include "store/slot.h"

namespace dunlin::server {

class Server;
class Worker;

// --- the rules; pure functions ---

// Whether only keys with an expiry are evicted.
bool OnlyVolatile(MaxmemoryPolicy policy);
// The higher, the sooner the entry goes. REQUIRES: the policy evicts, and not at random.
uint64_t EvictionScore(MaxmemoryPolicy policy, const store::Entry& entry, int64_t now_ms, int decay_minutes);
// For how long a command may be held up, in microseconds.
uint64_t EvictionTimeLimitUs(int64_t tenacity);

// The limit and what is counted against it, for all workers.
//
// Thread: settings are changed alone and read inside the gate; the rest, any.
class MemoryLimit {
 public:
  explicit MemoryLimit(Server& server) : server_(server) {}

  // After settings or the role have changed. Alone.
  void Refresh();
  // False when there is no limit, or not for this node: replicas leave it to their primary.
  bool active() const { return bytes_ != 0; }

  struct Reading {
    uint64_t over_bytes = 0;  // more than allowed
    uint64_t room_bytes = 0;  // until the limit
  };
  Reading Look() const;
  // In use, but not counted.
  uint64_t NotCountedBytes() const;
  // Of the log, what is kept for those who have still to read it.
  uint64_t UnreadLogBytes() const;

  // How many keys each slot has that may be evicted.
  SlotSampler& slots() { return slots_; }
  // Whether the caller should count the keys of all slots now: it is time, and nobody else does.
  bool MustCount(bool only_volatile, uint64_t now_ticks);
  // The same when no slot has any left; false while the answer would be none again.
  bool MayCountAgain(uint64_t now_ticks) const;
  void NoteCounted(bool only_volatile, uint64_t keys, uint64_t now_ticks);

  // For INFO: how long, in milliseconds, too much was in use, in all and this time.
  void NoteExceeded(bool exceeded);
  int64_t exceeded_total_ms() const;
  int64_t exceeded_now_ms() const;
  void ResetStats();

 private:
  Server& server_;
  uint64_t bytes_ = 0;
  SlotSampler slots_;
  // Of the last count of all slots.
  std::atomic<bool> counted_volatile_{false};
  std::atomic<uint64_t> count_began_ticks_{0};
  std::atomic<uint64_t> counted_at_ticks_{0};
  std::atomic<uint64_t> counted_keys_{0};
  std::atomic<uint64_t> exceeded_since_ticks_{0};  // 0: it is not
  std::atomic<uint64_t> exceeded_ticks_{0};
};

// What one worker does about it.
//
// Thread: the worker's, inside the gate, holding no slot's lock.
class Evictor {
 public:
  Evictor(Server& server, Worker& worker, uint64_t seed);

  // The counters of the worker's thread; null when it has none of its own.
  void CountBy(const MemoryMeter::Thread* thread) { thread_ = thread; }

  // Before a command: makes room when there is none. True when that was not possible and nothing can be evicted.
  bool OutOfMemory();
  // There is more to evict, at once but not now.
  bool unfinished() const { return unfinished_; }

 private:
  enum class Found : uint8_t { kEvicted, kNothing, kTimeIsUp };

  // Whether what was seen last is certain enough.
  bool KnowsRoom() const;
  bool Allowed() const;
  // True as OutOfMemory().
  bool Relieve();
  bool Evict(uint64_t over_bytes);
  Found EvictOne(uint64_t until_ticks);
  // Entries of slots that are drawn, into samples_. False when no slot has any.
  bool Sample(size_t wanted);
  void SampleSlot(SlotId id, size_t wanted);
  void SampleTable(const store::Slot& slot, SlotId id, DbIndex db, size_t wanted);
  std::optional<EvictionCandidate> Choose();
  std::optional<SlotId> DrawSlot();
  void CountAllSlots();
  // False when it is no more what it was.
  bool Remove(const EvictionCandidate& candidate);
  bool MayGo(const store::Entry& entry) const { return !only_volatile_ || entry.has_expiry(); }
  uint32_t KeysThatMayGo(const store::Slot& slot, DbIndex db) const;
  uint32_t KeysThatMayGo(const store::Slot& slot) const;

  Server& server_;
  Worker& worker_;
  Random random_;
  const MemoryMeter::Thread* thread_ = nullptr;
  // Until either, what was seen last is good enough.
  int64_t good_until_net_bytes_ = INT64_MIN;
  uint64_t good_until_ticks_ = 0;
  bool unfinished_ = false;
  MaxmemoryPolicy policy_ = MaxmemoryPolicy::kNoEviction;  // that of the pool
  bool only_volatile_ = false;
  EvictionPool pool_;
  std::vector<EvictionCandidate> samples_;
  // Of the running Evict().
  int64_t freed_bytes_ = 0;
  std::vector<store::OwnedEntry> to_free_;
  std::vector<ReadyKeys::Key> waited_for_;
};

}  // namespace dunlin::server
