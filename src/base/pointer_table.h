// A hash table of pointers, for both extremes: a dozen items in each of 16384 tables, and ten million in one. It is the
// index of a slot's entries and of large hashes and sets.
//
// Layout: an array of 64-byte buckets of eight words. A word is a 48-bit pointer with a 16-bit tag of the hash above
// it; 0 is an empty word. A full bucket turns its last word into a link to an overflow bucket (tag 0xffff). A lookup
// reads one cache line and, on a tag that fits, the item.
//
// Buckets stand in the order of the hash: item with 32-bit position p = hash >> 32 lives in bucket (p * bucket_count)
// >> 32. Any bucket count is possible, so tables grow by half; a scan's cursor is a position, which means the same in
// tables of every size: each step returns all items in [cursor, next), whatever grew or shrank in between.
//
// Small tables are resized at once. Large ones move a few buckets with each change, in order, so no change stalls: the
// moved part of the range is looked up in the new array, the rest in the old one.
//
// The table owns no items: it neither copies nor frees them. Hashing is the caller's: every call that may move items
// takes a `hash_of(item)` callable.
//
// Thread: one at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "base/invariant.h"
#include "base/random.h"

namespace dunlin {

// What does not depend on the item type: words, buckets, chains and arithmetic on positions.
namespace pointer_table {

inline constexpr int kWords = 8;
inline constexpr uint64_t kPointerMask = (uint64_t{1} << 48) - 1;
inline constexpr uint64_t kLinkTag = 0xffff;
inline constexpr uint32_t kMaxItemsPerBucket = 7;     // on average, before the table grows
inline constexpr uint32_t kTargetItemsPerBucket = 5;  // after it shrank
inline constexpr uint32_t kStepwiseBuckets = 1024;    // from here on, resizing goes in steps

struct alignas(64) Bucket {
  uint64_t words[kWords];
};

// 1 .. 0xfffe, from the low bits, which the position does not use.
inline uint64_t TagOf(uint64_t hash) {
  uint64_t tag = hash & 0xffff;
  return tag == 0 || tag == kLinkTag ? tag ^ 0x5a5a : tag;
}
inline uint64_t TagOfWord(uint64_t word) { return word >> 48; }
inline bool IsLink(uint64_t word) { return TagOfWord(word) == kLinkTag; }
inline Bucket* LinkOf(uint64_t word) { return reinterpret_cast<Bucket*>(word & kPointerMask); }

inline uint32_t PositionOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }
inline uint32_t BucketAt(uint32_t position, uint32_t bucket_count) {
  return static_cast<uint32_t>((static_cast<uint64_t>(position) * bucket_count) >> 32);
}
// The first position of a bucket, as 64 bits: that of bucket `bucket_count` is 2^32, the end.
inline uint64_t FirstPosition(uint32_t bucket, uint32_t bucket_count) {
  return ((static_cast<uint64_t>(bucket) << 32) + bucket_count - 1) / bucket_count;
}

struct FreeArray {
  void operator()(Bucket* buckets) const { std::free(buckets); }
};

// An array of empty buckets, and the overflow buckets that hang from it.
struct Array {
  std::unique_ptr<Bucket[], FreeArray> buckets;
  uint32_t count = 0;
  uint32_t overflow_count = 0;

  Array() = default;
  explicit Array(uint32_t bucket_count);
  Array(Array&& other) noexcept
      : buckets(std::move(other.buckets)),
        count(std::exchange(other.count, 0)),
        overflow_count(std::exchange(other.overflow_count, 0)) {}
  Array& operator=(Array&& other) noexcept {
    if (this != &other) {
      FreeOverflow();
      buckets = std::move(other.buckets);
      count = std::exchange(other.count, 0);
      overflow_count = std::exchange(other.overflow_count, 0);
    }
    return *this;
  }
  ~Array() { FreeOverflow(); }

  void Put(uint32_t bucket, uint64_t word);
  // Empties the word, and frees overflow buckets that hold nothing any more. REQUIRES: `word` is in this bucket's
  // chain.
  void Clear(uint32_t bucket, uint64_t* word);
  void FreeChain(uint32_t bucket);
  size_t bytes() const { return (static_cast<size_t>(count) + overflow_count) * sizeof(Bucket); }

 private:
  void FreeOverflow();
};

// Calls fn(word) for each item of a chain.
template <typename Fn>
void ForEachWord(const Bucket* bucket, Fn&& fn) {
  while (bucket != nullptr) {
    const Bucket* next = nullptr;
    for (uint64_t word : bucket->words) {
      if (word == 0) continue;
      if (IsLink(word)) {
        next = LinkOf(word);
      } else {
        fn(word);
      }
    }
    bucket = next;
  }
}

}  // namespace pointer_table

template <typename T>
class PointerTable {
 public:
  // Where an item's pointer stands; good until the next insertion or erasure.
  class Place {
   public:
    Place() = default;
    explicit operator bool() const { return word_ != nullptr; }
    T* get() const { return reinterpret_cast<T*>(*word_ & pointer_table::kPointerMask); }
    // The same item at another address.
    void set(T* item) { *word_ = (*word_ & ~pointer_table::kPointerMask) | reinterpret_cast<uint64_t>(item); }

   private:
    friend class PointerTable;
    explicit Place(uint64_t* word) : word_(word) {}
    uint64_t* word_ = nullptr;
  };

  // The end of every scan.
  static constexpr uint64_t kScanEnd = uint64_t{1} << 32;

  PointerTable() = default;
  PointerTable(PointerTable&&) noexcept = default;
  PointerTable& operator=(PointerTable&&) noexcept = default;

  uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Of the index alone, without the items.
  size_t bytes() const { return now_.bytes() + (next_ ? next_->array.bytes() + sizeof(Resize) : 0); }
  bool resizing() const { return next_ != nullptr; }

  // Brings the line that Find(hash) will read first into the cache.
  void Prefetch(uint64_t hash) const {
    if (now_.count != 0) __builtin_prefetch(BucketOf(hash));
  }
  // The same for the item itself: the first one whose tag fits. Useful once the bucket is in the cache.
  void PrefetchItem(uint64_t hash) const {
    if (now_.count == 0) return;
    uint64_t tag = pointer_table::TagOf(hash);
    for (uint64_t word : BucketOf(hash)->words) {
      if (pointer_table::TagOfWord(word) == tag) {
        __builtin_prefetch(reinterpret_cast<const void*>(word & pointer_table::kPointerMask));
        return;
      }
    }
  }

  // The item with this hash that `equals(item)` says yes to.
  template <typename Equals>
  Place Find(uint64_t hash, Equals&& equals) const {
    if (now_.count == 0) return Place();
    uint64_t tag = pointer_table::TagOf(hash);
    pointer_table::Bucket* bucket = BucketOf(hash);
    while (true) {
      for (uint64_t& word : bucket->words) {
        if (pointer_table::TagOfWord(word) == tag && equals(Pointer(word))) return Place(&word);
      }
      uint64_t last = bucket->words[pointer_table::kWords - 1];
      if (!pointer_table::IsLink(last)) return Place();
      bucket = pointer_table::LinkOf(last);
    }
  }

  // REQUIRES: no equal item is in the table.
  template <typename HashOf>
  void Insert(uint64_t hash, T* item, HashOf&& hash_of) {
    uint64_t raw = reinterpret_cast<uint64_t>(item);
    DUNLIN_INVARIANT((raw & ~pointer_table::kPointerMask) == 0, "items live in the lower 48-bit address space");
    if (size_ >= Capacity()) Grow(hash_of);
    if (next_) MoveSome(kBucketsPerInsert, hash_of);
    PutWord(hash, raw);
    ++size_;
  }

  // The item is not freed.
  template <typename HashOf>
  void Erase(uint64_t hash, Place place, HashOf&& hash_of) {
    auto [array, bucket] = Locate(hash);
    array->Clear(bucket, place.word_);
    --size_;
    if (size_ == 0) {
      *this = PointerTable();
      return;
    }
    if (next_) {
      MoveSome(kBucketsPerErase, hash_of);
    } else if (now_.count > 1 && size_ < now_.count) {
      StartResize(size_ / pointer_table::kTargetItemsPerBucket + 1, hash_of);
    }
  }

  // Room for `items` without growing on the way. REQUIRES: the table is empty.
  void Reserve(uint32_t items) {
    DUNLIN_INVARIANT(size_ == 0, "room is reserved before items come");
    if (items > 0) now_ = pointer_table::Array(items / pointer_table::kMaxItemsPerBucket + 1);
  }

  // Calls fn(T*) for every item whose position is in [cursor, next), and perhaps for some below; returns next, or
  // kScanEnd when all positions are done. Starts with 0. fn must not change the table.
  template <typename Fn>
  uint64_t Scan(uint64_t cursor, Fn&& fn) const {
    if (now_.count == 0 || cursor >= kScanEnd) return kScanEnd;
    auto position = static_cast<uint32_t>(cursor);
    uint32_t old_bucket = pointer_table::BucketAt(position, now_.count);
    if (next_ && old_bucket < next_->moved) {
      const pointer_table::Array& array = next_->array;
      uint32_t bucket = pointer_table::BucketAt(position, array.count);
      pointer_table::ForEachWord(&array.buckets[bucket], [&](uint64_t word) { fn(Pointer(word)); });
      // The bucket may reach past what has been moved; what is there still stands in the old array.
      return std::min(pointer_table::FirstPosition(bucket + 1, array.count),
                      pointer_table::FirstPosition(next_->moved, now_.count));
    }
    pointer_table::ForEachWord(&now_.buckets[old_bucket], [&](uint64_t word) { fn(Pointer(word)); });
    return pointer_table::FirstPosition(old_bucket + 1, now_.count);
  }

  // Calls fn(T*) for every item. fn must not change the table.
  template <typename Fn>
  void ForEach(Fn&& fn) const {
    for (uint64_t cursor = 0; cursor < kScanEnd;) cursor = Scan(cursor, fn);
  }

  // An item, each as likely as any other but for chains longer than a few buckets. REQUIRES: not empty.
  T* RandomItem(Random& random) const {
    DUNLIN_INVARIANT(size_ > 0, "a random item is drawn from items");
    constexpr uint64_t kDraw = 4 * pointer_table::kWords;  // chains beyond this are a rarity
    for (int tries = 0;; ++tries) {
      auto position = static_cast<uint32_t>(random.Next());
      uint64_t want = random.Below(kDraw);
      T* found = nullptr;
      uint64_t seen = 0;
      Scan(position, [&](T* item) {
        if (seen++ == want) found = item;
      });
      if (found != nullptr) return found;
      // A sparse table: take the first item from here on rather than draw for ever.
      if (tries > 1000) return FirstFrom(position);
    }
  }

  // Moves up to `buckets` buckets of a resize in progress; true while one goes on. For idle time.
  template <typename HashOf>
  bool Advance(uint32_t buckets, HashOf&& hash_of) {
    if (next_) MoveSome(buckets, hash_of);
    return next_ != nullptr;
  }

 private:
  static constexpr uint32_t kBucketsPerInsert = 2;
  static constexpr uint32_t kBucketsPerErase = 8;

  struct Resize {
    pointer_table::Array array;
    uint32_t moved = 0;  // buckets of the old array that are empty for good
  };

  static T* Pointer(uint64_t word) { return reinterpret_cast<T*>(word & pointer_table::kPointerMask); }

  uint64_t Capacity() const {
    uint64_t buckets = next_ ? next_->array.count : now_.count;
    return buckets * pointer_table::kMaxItemsPerBucket;
  }

  std::pair<pointer_table::Array*, uint32_t> Locate(uint64_t hash) const {
    uint32_t position = pointer_table::PositionOf(hash);
    uint32_t bucket = pointer_table::BucketAt(position, now_.count);
    if (next_ && bucket < next_->moved) {
      return {&next_->array, pointer_table::BucketAt(position, next_->array.count)};
    }
    return {const_cast<pointer_table::Array*>(&now_), bucket};
  }

  pointer_table::Bucket* BucketOf(uint64_t hash) const {
    auto [array, bucket] = Locate(hash);
    return &array->buckets[bucket];
  }

  void PutWord(uint64_t hash, uint64_t raw) {
    auto [array, bucket] = Locate(hash);
    array->Put(bucket, raw | pointer_table::TagOf(hash) << 48);
  }

  template <typename HashOf>
  void Grow(HashOf& hash_of) {
    if (next_) MoveSome(UINT32_MAX, hash_of);  // a resize to a smaller array, overtaken by new items
    if (size_ < Capacity()) return;
    StartResize(now_.count + now_.count / 2 + 1, hash_of);
  }

  template <typename HashOf>
  void StartResize(uint32_t bucket_count, HashOf& hash_of) {
    if (now_.count == 0) {
      now_ = pointer_table::Array(bucket_count);
      return;
    }
    next_ = std::make_unique<Resize>();
    next_->array = pointer_table::Array(bucket_count);
    if (now_.count < pointer_table::kStepwiseBuckets) MoveSome(UINT32_MAX, hash_of);
  }

  template <typename HashOf>
  void MoveSome(uint32_t buckets, HashOf& hash_of) {
    Resize& resize = *next_;
    uint32_t end = buckets < now_.count - resize.moved ? resize.moved + buckets : now_.count;
    for (uint32_t ahead = resize.moved; ahead < end; ++ahead) {
      PrefetchItemsOf(std::min(ahead + 2, end - 1));
      MoveBucket(ahead, hash_of);
    }
    if (end < now_.count) return;
    now_ = std::move(resize.array);
    next_.reset();
  }

  void PrefetchItemsOf(uint32_t bucket) const {
    for (uint64_t word : now_.buckets[bucket].words) {
      if (word != 0) __builtin_prefetch(reinterpret_cast<const void*>(word & pointer_table::kPointerMask));
    }
  }

  template <typename HashOf>
  void MoveBucket(uint32_t bucket, HashOf& hash_of) {
    pointer_table::Array& target = next_->array;
    pointer_table::ForEachWord(&now_.buckets[bucket], [&](uint64_t word) {
      uint32_t position = pointer_table::PositionOf(hash_of(Pointer(word)));
      target.Put(pointer_table::BucketAt(position, target.count), word);
    });
    now_.FreeChain(bucket);
    next_->moved = bucket + 1;
  }

  T* FirstFrom(uint32_t position) const {
    uint64_t cursor = position;
    while (true) {
      T* found = nullptr;
      cursor = Scan(cursor, [&](T* item) { found = item; });
      if (found != nullptr) return found;
      if (cursor >= kScanEnd) cursor = 0;
    }
  }

  pointer_table::Array now_;
  uint32_t size_ = 0;
  std::unique_ptr<Resize> next_;
};

}  // namespace dunlin
