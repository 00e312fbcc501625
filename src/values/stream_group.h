// A consumer group of a stream: how far it has read, its consumers, and what was delivered to them and not yet
// acknowledged. An entry is pending with at most one consumer.
//
// Thread: as for the stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "values/id_table.h"
#include "values/stream_id.h"

namespace dunlin::values {

class StreamGroup;

class StreamConsumer {
 public:
  static constexpr int64_t kNeverActive = -1;

  StreamConsumer(std::string_view name, int64_t now_ms) : name_(name), seen_at_ms(now_ms) {}

  const std::string& name() const { return name_; }
  uint64_t pending_count() const { return pending_.size(); }

  struct PendingId {
    StreamId id;
  };
  // The ids that are pending with this consumer, in order. What is known of them, the group knows.
  const IdTable<PendingId>& pending() const { return pending_; }
  size_t memory_bytes() const { return sizeof *this + name_.capacity() + pending_.memory_bytes(); }

 private:
  friend class StreamGroup;
  std::string name_;
  IdTable<PendingId> pending_;

 public:
  int64_t seen_at_ms;                   // when it last tried to get something
  int64_t active_at_ms = kNeverActive;  // when it last got something
};

class StreamGroup {
 public:
  // How many of the stream's entries were read, when that cannot be known.
  static constexpr int64_t kUnknown = -1;

  struct Pending {
    StreamId id;
    int64_t delivered_at_ms;
    uint64_t deliveries;
    StreamConsumer* consumer;
  };

  StreamGroup(std::string_view name, StreamId last, int64_t read) : last_id(last), entries_read(read), name_(name) {}
  StreamGroup(const StreamGroup&) = delete;
  StreamGroup& operator=(const StreamGroup&) = delete;
  std::unique_ptr<StreamGroup> Clone() const;

  StreamId last_id;  // the highest that was delivered, or was set
  int64_t entries_read;

  const std::string& name() const { return name_; }
  size_t memory_bytes() const;

  // In the order of their names.
  size_t consumer_count() const { return consumers_.size(); }
  const StreamConsumer& consumer(size_t index) const { return *consumers_[index]; }
  // Null when there is none of that name. Good until the consumer is removed.
  StreamConsumer* FindConsumer(std::string_view name) const;
  // Null when there is one already.
  StreamConsumer* AddConsumer(std::string_view name, int64_t now_ms);
  // With all that is pending with it. REQUIRES: it is of this group.
  void RemoveConsumer(const StreamConsumer* consumer);

  const IdTable<Pending>& pending() const { return pending_; }
  const Pending* FindPending(StreamId id) const { return pending_.Find(id); }
  // The entry becomes pending with this consumer, or passes over to it.
  void Assign(const Pending& pending);
  // Another moment or count for what is pending. False when it is not.
  bool Redeliver(StreamId id, int64_t at_ms, uint64_t deliveries);
  // False when it was not pending.
  bool Forget(StreamId id);

 private:
  using Consumers = std::vector<std::unique_ptr<StreamConsumer>>;
  Consumers::const_iterator PlaceOf(std::string_view name) const;

  std::string name_;
  IdTable<Pending> pending_;
  Consumers consumers_;
};

}  // namespace dunlin::values
