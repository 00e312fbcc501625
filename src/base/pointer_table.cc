#include "base/pointer_table.h"

#include <new>

namespace dunlin::pointer_table {
namespace {

constexpr int kLast = kWords - 1;

Bucket* NewBuckets(size_t count) {
  void* memory = std::aligned_alloc(alignof(Bucket), count * sizeof(Bucket));
  if (memory == nullptr) throw std::bad_alloc();
  std::memset(memory, 0, count * sizeof(Bucket));
  return static_cast<Bucket*>(memory);
}

bool IsEmpty(const Bucket& bucket) {
  uint64_t any = 0;
  for (uint64_t word : bucket.words) any |= word;
  return any == 0;
}

}  // namespace

Array::Array(uint32_t bucket_count) : buckets(NewBuckets(bucket_count)), count(bucket_count) {}

void Array::Put(uint32_t bucket, uint64_t word) {
  Bucket* b = &buckets[bucket];
  while (true) {
    for (uint64_t& place : b->words) {
      if (place == 0) {
        place = word;
        return;
      }
    }
    uint64_t last = b->words[kLast];
    if (!IsLink(last)) {
      Bucket* more = NewBuckets(1);
      more->words[0] = last;
      b->words[kLast] = reinterpret_cast<uint64_t>(more) | kLinkTag << 48;
      ++overflow_count;
    }
    b = LinkOf(b->words[kLast]);
  }
}

void Array::Clear(uint32_t bucket, uint64_t* word) {
  *word = 0;
  // Unhook overflow buckets that have become empty; a link in them moves up.
  Bucket* b = &buckets[bucket];
  while (IsLink(b->words[kLast])) {
    Bucket* more = LinkOf(b->words[kLast]);
    uint64_t onward = IsLink(more->words[kLast]) ? std::exchange(more->words[kLast], 0) : 0;
    if (IsEmpty(*more)) {
      b->words[kLast] = onward;
      std::free(more);
      --overflow_count;
    } else {
      if (onward != 0) more->words[kLast] = onward;
      b = more;
    }
  }
}

void Array::FreeChain(uint32_t bucket) {
  Bucket* b = &buckets[bucket];
  Bucket* more = IsLink(b->words[kLast]) ? LinkOf(b->words[kLast]) : nullptr;
  std::memset(b, 0, sizeof *b);
  while (more != nullptr) {
    Bucket* next = IsLink(more->words[kLast]) ? LinkOf(more->words[kLast]) : nullptr;
    std::free(more);
    --overflow_count;
    more = next;
  }
}

void Array::FreeOverflow() {
  for (uint32_t i = 0; overflow_count > 0 && i < count; ++i) {
    if (IsLink(buckets[i].words[kLast])) FreeChain(i);
  }
}

}  // namespace dunlin::pointer_table
