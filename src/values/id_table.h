// Items in the order of their stream ids: a row of chunks of items that stand side by side. Adding at the end costs
// O(1) and leaves full chunks behind; finding costs O(log n); adding and erasing elsewhere move the items of one chunk.
//
// An Item is a small plain value with a member `id`.
//
// Thread: one at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "values/allocation.h"
#include "values/stream_id.h"

namespace dunlin::values {

template <typename Item>
class IdTable {
  static_assert(std::is_trivially_copyable_v<Item>);
  struct Chunk;

 public:
  // Stands at an item; good until the next change.
  class Cursor {
   public:
    bool valid() const { return chunk_ < table_->chunks_.size(); }
    // REQUIRES for all: valid().
    const Item& item() const { return chunk()->items()[index_]; }
    void Next() {
      if (++index_ < chunk()->count) return;
      ++chunk_;
      index_ = 0;
    }
    void Previous() {
      if (index_-- > 0) return;
      if (chunk_-- > 0) index_ = chunk()->count - 1;
    }

   private:
    friend class IdTable;
    Cursor(const IdTable* table, size_t chunk, uint32_t index) : table_(table), chunk_(chunk), index_(index) {}
    const Chunk* chunk() const { return table_->chunks_[chunk_].chunk; }

    const IdTable* table_;
    size_t chunk_;
    uint32_t index_;
  };

  IdTable() = default;
  IdTable(const IdTable&) = delete;
  IdTable& operator=(const IdTable&) = delete;
  ~IdTable() { Clear(); }

  uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t memory_bytes() const { return chunk_bytes_ + chunks_.capacity() * sizeof(Named); }

  Cursor First() const { return {this, 0, 0}; }
  Cursor Last() const { return empty() ? First() : Cursor(this, chunks_.size() - 1, LastChunk()->count - 1); }
  // The first item whose id is not below `id`; not valid when there is none.
  Cursor AtOrAfter(StreamId id) const {
    if (empty()) return First();
    size_t chunk = ChunkFor(id);
    uint32_t index = IndexIn(*chunks_[chunk].chunk, id);
    return index < chunks_[chunk].chunk->count ? Cursor(this, chunk, index) : Cursor(this, chunk + 1, 0);
  }
  // The last item whose id is not above `id`; not valid when there is none.
  Cursor AtOrBefore(StreamId id) const {
    Cursor cursor = AtOrAfter(id);
    if (!cursor.valid()) return Last();
    if (cursor.item().id != id) cursor.Previous();
    return cursor;
  }
  // Null when there is no such item; good until the next change.
  Item* Find(StreamId id) {
    Cursor cursor = AtOrAfter(id);
    return cursor.valid() && cursor.item().id == id ? &At(cursor) : nullptr;
  }
  const Item* Find(StreamId id) const { return const_cast<IdTable*>(this)->Find(id); }
  // REQUIRES: valid, and of this table. The id must stay what it is.
  Item& At(Cursor cursor) { return chunks_[cursor.chunk_].chunk->items()[cursor.index_]; }
  // REQUIRES: not empty.
  Item& back() { return LastChunk()->items()[LastChunk()->count - 1]; }

  // False, and nothing changes, when there is an item with this id.
  bool Insert(const Item& item) {
    if (empty() || back().id < item.id) {
      Append(item);
      return true;
    }
    size_t chunk = ChunkFor(item.id);
    uint32_t index = IndexIn(*chunks_[chunk].chunk, item.id);
    if (index < chunks_[chunk].chunk->count && chunks_[chunk].chunk->items()[index].id == item.id) return false;
    if (chunks_[chunk].chunk->count == kMaxItems) {
      SplitChunk(chunk);
      if (index > chunks_[chunk].chunk->count) index -= chunks_[chunk++].chunk->count;
    }
    PutInto(chunk, index, item);
    return true;
  }
  void Erase(Cursor cursor) {
    Chunk* chunk = chunks_[cursor.chunk_].chunk;
    Item* item = chunk->items() + cursor.index_;
    std::memmove(item, item + 1, (chunk->count - cursor.index_ - 1) * sizeof(Item));
    --size_;
    if (--chunk->count == 0) {
      RemoveChunk(cursor.chunk_);
      return;
    }
    chunks_[cursor.chunk_].first = chunk->items()[0].id;
    if (chunk->count <= kMaxItems / 4) Tighten(cursor.chunk_);
  }
  // False when there is no such item.
  bool Erase(StreamId id) {
    Cursor cursor = AtOrAfter(id);
    if (!cursor.valid() || cursor.item().id != id) return false;
    Erase(cursor);
    return true;
  }
  void Clear() {
    for (const Named& named : chunks_) Free(reinterpret_cast<char*>(named.chunk));
    chunks_.clear();
    chunks_.shrink_to_fit();
    size_ = 0;
    chunk_bytes_ = 0;
  }

 private:
  struct Chunk {
    uint32_t count;
    uint32_t capacity;
    Item* items() { return reinterpret_cast<Item*>(this + 1); }
    const Item* items() const { return reinterpret_cast<const Item*>(this + 1); }
  };
  static_assert(sizeof(Chunk) % alignof(Item) == 0);
  // The chunk and the id of its first item, which searches look at.
  struct Named {
    StreamId first;
    Chunk* chunk;
  };
  static constexpr uint32_t kMaxItems = (2048 - sizeof(Chunk)) / sizeof(Item);

  static size_t BytesFor(uint32_t items) { return sizeof(Chunk) + items * sizeof(Item); }

  const Chunk* LastChunk() const { return chunks_.back().chunk; }
  Chunk* LastChunk() { return chunks_.back().chunk; }
  // The last chunk whose first id is not above `id`, or the first one. REQUIRES: not empty.
  size_t ChunkFor(StreamId id) const {
    auto after = std::upper_bound(chunks_.begin(), chunks_.end(), id,
                                  [](StreamId wanted, const Named& named) { return wanted < named.first; });
    return after == chunks_.begin() ? 0 : static_cast<size_t>(after - chunks_.begin()) - 1;
  }
  static uint32_t IndexIn(const Chunk& chunk, StreamId id) {
    const Item* end = chunk.items() + chunk.count;
    auto found =
        std::lower_bound(chunk.items(), end, id, [](const Item& item, StreamId wanted) { return item.id < wanted; });
    return static_cast<uint32_t>(found - chunk.items());
  }

  void Append(const Item& item) {
    if (chunks_.empty() || LastChunk()->count == kMaxItems) chunks_.push_back({item.id, nullptr});
    size_t last = chunks_.size() - 1;
    PutInto(last, chunks_[last].chunk == nullptr ? 0 : LastChunk()->count, item);
  }
  // REQUIRES: the chunk is not full. It may be null, and is made.
  void PutInto(size_t at, uint32_t index, const Item& item) {
    Chunk* chunk = chunks_[at].chunk;
    if (chunk == nullptr || chunk->count == chunk->capacity) {
      uint32_t capacity = chunk == nullptr ? 1 : std::min(kMaxItems, chunk->capacity * 2);
      chunk = SetCapacity(at, capacity);
    }
    Item* place = chunk->items() + index;
    std::memmove(place + 1, place, (chunk->count - index) * sizeof(Item));
    *place = item;
    ++chunk->count;
    ++size_;
    chunks_[at].first = chunk->items()[0].id;
  }
  // As many as the block of that capacity really holds.
  Chunk* SetCapacity(size_t at, uint32_t capacity) {
    Chunk* old = chunks_[at].chunk;
    size_t held = old == nullptr ? 0 : BytesFor(old->capacity);
    size_t granted = AllocationSize(BytesFor(capacity));
    auto room = static_cast<uint32_t>(std::min<size_t>(kMaxItems, (granted - sizeof(Chunk)) / sizeof(Item)));
    auto* chunk = reinterpret_cast<Chunk*>(Reallocate(reinterpret_cast<char*>(old), held, BytesFor(room)));
    if (old == nullptr) chunk->count = 0;
    chunk->capacity = room;
    chunk_bytes_ += AllocationSize(BytesFor(room)) - (held == 0 ? 0 : AllocationSize(held));
    chunks_[at].chunk = chunk;
    return chunk;
  }
  void SplitChunk(size_t at) {
    chunks_.insert(chunks_.begin() + static_cast<ptrdiff_t>(at) + 1, Named{});
    Chunk* left = chunks_[at].chunk;
    uint32_t kept = left->count / 2;
    uint32_t moved = left->count - kept;
    Chunk* right = SetCapacity(at + 1, moved + 1);
    std::memcpy(right->items(), left->items() + kept, moved * sizeof(Item));
    right->count = moved;
    left->count = kept;
    chunks_[at + 1].first = right->items()[0].id;
  }
  void RemoveChunk(size_t at) {
    Chunk* chunk = chunks_[at].chunk;
    chunk_bytes_ -= AllocationSize(BytesFor(chunk->capacity));
    Free(reinterpret_cast<char*>(chunk));
    chunks_.erase(chunks_.begin() + static_cast<ptrdiff_t>(at));
  }
  // Of a chunk that has become sparse: merges it with a neighbour, or gives back memory.
  void Tighten(size_t at) {
    if (at + 1 < chunks_.size() && MergeWithNext(at)) return;
    if (at > 0 && MergeWithNext(at - 1)) return;
    Chunk* chunk = chunks_[at].chunk;
    if (chunk->count * 4 <= chunk->capacity && chunk->capacity > 2) SetCapacity(at, chunk->count * 2);
  }
  bool MergeWithNext(size_t at) {
    uint32_t count = chunks_[at].chunk->count;
    uint32_t more = chunks_[at + 1].chunk->count;
    if (count + more > kMaxItems / 2) return false;
    Chunk* left = count + more > chunks_[at].chunk->capacity ? SetCapacity(at, count + more) : chunks_[at].chunk;
    std::memcpy(left->items() + count, chunks_[at + 1].chunk->items(), more * sizeof(Item));
    left->count = count + more;
    RemoveChunk(at + 1);
    return true;
  }

  std::vector<Named> chunks_;
  uint64_t size_ = 0;
  size_t chunk_bytes_ = 0;
};

}  // namespace dunlin::values
