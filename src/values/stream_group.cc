#include "values/stream_group.h"

#include <algorithm>

#include "base/invariant.h"

namespace dunlin::values {

StreamGroup::Consumers::const_iterator StreamGroup::PlaceOf(std::string_view name) const {
  return std::lower_bound(consumers_.begin(), consumers_.end(), name,
                          [](const auto& consumer, std::string_view wanted) { return consumer->name() < wanted; });
}

StreamConsumer* StreamGroup::FindConsumer(std::string_view name) const {
  auto place = PlaceOf(name);
  return place == consumers_.end() || (*place)->name() != name ? nullptr : place->get();
}

StreamConsumer* StreamGroup::AddConsumer(std::string_view name, int64_t now_ms) {
  auto place = PlaceOf(name);
  if (place != consumers_.end() && (*place)->name() == name) return nullptr;
  return consumers_.insert(place, std::make_unique<StreamConsumer>(name, now_ms))->get();
}

void StreamGroup::RemoveConsumer(const StreamConsumer* consumer) {
  for (auto cursor = consumer->pending_.First(); cursor.valid(); cursor.Next()) pending_.Erase(cursor.item().id);
  auto place = PlaceOf(consumer->name());
  DUNLIN_INVARIANT(place != consumers_.end() && place->get() == consumer, "a group knows its consumers");
  consumers_.erase(place);
}

void StreamGroup::Assign(const Pending& pending) {
  if (Pending* present = pending_.Find(pending.id)) {
    StreamConsumer* before = present->consumer;
    *present = pending;
    if (before == pending.consumer) return;
    before->pending_.Erase(pending.id);
  } else {
    pending_.Insert(pending);
  }
  pending.consumer->pending_.Insert({pending.id});
}

bool StreamGroup::Redeliver(StreamId id, int64_t at_ms, uint64_t deliveries) {
  Pending* present = pending_.Find(id);
  if (present == nullptr) return false;
  present->delivered_at_ms = at_ms;
  present->deliveries = deliveries;
  return true;
}

bool StreamGroup::Forget(StreamId id) {
  auto cursor = pending_.AtOrAfter(id);
  if (!cursor.valid() || cursor.item().id != id) return false;
  cursor.item().consumer->pending_.Erase(id);
  pending_.Erase(cursor);
  return true;
}

std::unique_ptr<StreamGroup> StreamGroup::Clone() const {
  auto copy = std::make_unique<StreamGroup>(name_, last_id, entries_read);
  for (const auto& consumer : consumers_) {
    StreamConsumer* twin = copy->AddConsumer(consumer->name(), consumer->seen_at_ms);
    twin->active_at_ms = consumer->active_at_ms;
  }
  for (auto cursor = pending_.First(); cursor.valid(); cursor.Next()) {
    Pending pending = cursor.item();
    pending.consumer = copy->FindConsumer(pending.consumer->name());
    copy->Assign(pending);
  }
  return copy;
}

size_t StreamGroup::memory_bytes() const {
  size_t bytes =
      sizeof *this + name_.capacity() + pending_.memory_bytes() + consumers_.capacity() * sizeof consumers_[0];
  for (const auto& consumer : consumers_) bytes += consumer->memory_bytes();
  return bytes;
}

}  // namespace dunlin::values
