// The index of large sets, hashes and sorted sets: items found by the text that stands in them, KEY_OFFSET bytes from
// their beginning, with its length in front (sized_bytes.h). An item is one block; whoever owns the table frees items.
//
// Keeps the hash's seed, and counts the bytes of the blocks for memory accounting.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "base/pointer_table.h"
#include "base/random.h"
#include "values/allocation.h"
#include "values/sized_bytes.h"

namespace dunlin::values {

template <size_t KEY_OFFSET>
class MemberTable {
 public:
  using Place = PointerTable<char>::Place;

  // 0 begins a scan and ends it.
  using ScanCursor = uint64_t;

  explicit MemberTable(uint64_t seed) : seed_(seed) {}
  MemberTable(const MemberTable&) = delete;
  MemberTable& operator=(const MemberTable&) = delete;

  static std::string_view KeyOf(const char* item) { return ReadSized(item + KEY_OFFSET); }

  uint32_t size() const { return table_.size(); }
  uint64_t seed() const { return seed_; }
  uint64_t Hash(std::string_view key) const { return Hash64(key, seed_); }
  // Of the index and of all items.
  size_t memory_bytes() const { return table_.bytes() + item_bytes_; }

  Place Find(std::string_view key) const { return Find(key, Hash(key)); }
  Place Find(std::string_view key, uint64_t hash) const {
    return table_.Find(hash, [key](const char* item) { return KeyOf(item) == key; });
  }
  void Prefetch(std::string_view key) const { table_.Prefetch(Hash(key)); }

  // REQUIRES: no item with this key is there; `hash` is Hash(KeyOf(item)); `item` is a block of `bytes`.
  void Insert(uint64_t hash, char* item, size_t bytes) {
    table_.Insert(hash, item, HashOf());
    item_bytes_ += AllocationSize(bytes);
  }
  // Takes the item out and hands it back.
  char* Erase(uint64_t hash, Place place, size_t bytes) {
    char* item = place.get();
    table_.Erase(hash, place, HashOf());
    item_bytes_ -= AllocationSize(bytes);
    return item;
  }
  // The item has another block now.
  void Moved(Place place, char* item, size_t old_bytes, size_t new_bytes) {
    place.set(item);
    item_bytes_ += AllocationSize(new_bytes) - AllocationSize(old_bytes);
  }

  // Room for `items`. A hint: it may come from a file, so it is not believed beyond measure. REQUIRES: empty.
  void Reserve(uint64_t items) {
    constexpr uint64_t kBelieved = 1 << 20;
    table_.Reserve(static_cast<uint32_t>(items < kBelieved ? items : kBelieved));
  }

  // Calls fn(char* item) for some items and returns where to go on, or 0 at the end. Every item that is there from the
  // first call to the last is seen at least once, whatever came and went. fn must not change the table.
  template <typename Fn>
  ScanCursor Scan(ScanCursor cursor, Fn&& fn) const {
    uint64_t next = table_.Scan(cursor, fn);
    return next >= PointerTable<char>::kScanEnd ? 0 : next;
  }
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    table_.ForEach(fn);
  }
  // REQUIRES: not empty.
  char* RandomItem(Random& random) const { return table_.RandomItem(random); }

 private:
  auto HashOf() const {
    return [seed = seed_](const char* item) { return Hash64(KeyOf(item), seed); };
  }

  PointerTable<char> table_;
  uint64_t seed_;
  uint64_t item_bytes_ = 0;
};

// What a collection's adoption of a blob from outside makes sure of, beyond the blob's own structure.
enum class Duplicates : uint8_t {
  kCheck,  // members or fields that stand twice are an error
  kTrust,  // the bytes are our own
};

}  // namespace dunlin::values
