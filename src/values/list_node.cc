#include "values/list_node.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "values/raw_string.h"

namespace dunlin::values {
namespace {

constexpr size_t kSizeLevels[] = {4096, 8192, 16384, 32768, 65536};
// Of a node whose limit is a count.
constexpr size_t kCountedNodeBytes = 8192;

}  // namespace

NodeLimit::NodeLimit(const EncodingLimits& limits) {
  int size = limits.list_max_listpack_size;
  if (size >= 0) {
    grow_max_bytes_ = kCountedNodeBytes;
    small_max_bytes_ = SIZE_MAX;
    max_count_ = static_cast<uint64_t>(std::max(size, 1));
  } else {
    size_t level = std::min(static_cast<size_t>(-(int64_t{size} + 1)), std::size(kSizeLevels) - 1);
    grow_max_bytes_ = small_max_bytes_ = kSizeLevels[level];
    max_count_ = UINT32_MAX;
  }
}

ListNode ListNode::OfListpack(Listpack listpack) {
  uint32_t count = listpack.size();
  return {listpack.Release(), 0, count};
}

ListNode ListNode::OfPlain(std::string_view element) {
  RawString text(element);
  return {text.Release(), kPlain, 1};
}

ListNode ListNode::OfEntry(const listpack::NewEntry& entry) {
  size_t bytes = listpack::kEmptyBytes + entry.size();
  ListNode node{Allocate(bytes), 0, 1};
  node.SetHeader(bytes, 1);
  char* end = entry.Write(node.block + listpack::kHeaderBytes);
  *end = static_cast<char>(listpack::kEnd);
  return node;
}

std::string_view ListNode::plain_element() const { return RawString::ViewOfBlock(block); }

size_t ListNode::memory_bytes() const {
  return plain() ? RawString::MemoryBytesOfBlock(block) : AllocationSize(front + bytes());
}

ListNode ListNode::Clone() const {
  if (plain()) return OfPlain(plain_element());
  return {Listpack::Copy(view().blob()).Release(), 0, count};
}

void ListNode::Destroy() { Free(block); }

void ListNode::SetHeader(size_t bytes, uint32_t new_count) {
  char* header = block + front;
  count = new_count;
  StoreLittle(header, static_cast<uint32_t>(bytes));
  StoreLittle(header + 4, static_cast<uint16_t>(std::min<uint32_t>(new_count, listpack::kCountUnknown)));
}

void ListNode::PushFront(const listpack::NewEntry& entry, size_t max_bytes) {
  size_t old_bytes = bytes();
  size_t new_bytes = old_bytes + entry.size();
  if (front < entry.size()) {
    size_t room = std::max(new_bytes, std::min(2 * new_bytes, max_bytes));
    char* larger = Allocate(room);
    size_t new_front = AllocationSize(room) - old_bytes;
    std::memcpy(larger + new_front, block + front, old_bytes);
    Free(block);
    block = larger;
    front = static_cast<uint32_t>(new_front);
  }
  front -= static_cast<uint32_t>(entry.size());
  entry.Write(block + front + listpack::kHeaderBytes);
  SetHeader(new_bytes, count + 1);
}

void ListNode::PushBack(const listpack::NewEntry& entry) {
  size_t old_bytes = bytes();
  size_t new_bytes = old_bytes + entry.size();
  if (front > 0 && AllocationSize(front + old_bytes) < front + new_bytes) {
    // Room in front is room too.
    std::memmove(block, block + front, old_bytes);
    block = Reallocate(block, front + old_bytes, new_bytes);
    front = 0;
  } else {
    block = Reallocate(block, front + old_bytes, front + new_bytes);
  }
  char* end = entry.Write(block + front + old_bytes - 1);
  *end = static_cast<char>(listpack::kEnd);
  SetHeader(new_bytes, count + 1);
}

void ListNode::DropFront(uint32_t dropped) {
  size_t old_bytes = bytes();
  const char* first = block + front + listpack::kHeaderBytes;
  const char* p = first;
  for (uint32_t i = 0; i < dropped; ++i) p += listpack::EntryBytes(p);
  auto freed = static_cast<size_t>(p - first);
  front += static_cast<uint32_t>(freed);
  SetHeader(old_bytes - freed, count - dropped);
}

void ListNode::DropBack(uint32_t dropped) {
  size_t old_bytes = bytes();
  const char* end = block + front + old_bytes - 1;
  const char* p = end;
  for (uint32_t i = 0; i < dropped; ++i) p = listpack::EntryBefore(p);
  size_t new_bytes = old_bytes - static_cast<size_t>(end - p);
  block[front + new_bytes - 1] = static_cast<char>(listpack::kEnd);
  block = Reallocate(block, front + old_bytes, front + new_bytes);
  SetHeader(new_bytes, count - dropped);
}

void ListNode::Compact() {
  if (plain() || AllocationSize(front + bytes()) == AllocationSize(bytes())) return;
  Put(Take());
}

Listpack ListNode::Take() {
  size_t held = bytes();
  if (front > 0) {
    std::memmove(block, block + front, held);
    block = Reallocate(block, front + held, held);
    front = 0;
  }
  char* taken = block;
  block = nullptr;
  return Listpack::Adopt(taken);
}

void ListNode::Put(Listpack listpack) { *this = OfListpack(std::move(listpack)); }

}  // namespace dunlin::values
