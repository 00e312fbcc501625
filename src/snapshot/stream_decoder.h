// A stream out of the bytes of an RDB record of type 15, 19 or 21, fed in pieces of any size.
//
// The bytes may be hostile: no count is believed, nodes are looked at entry by entry, ids must rise, and what is
// pending must be pending with exactly one consumer.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "snapshot/rdb_format.h"
#include "snapshot/rdb_strings.h"
#include "values/id_table.h"
#include "values/stream.h"

namespace dunlin::snapshot {

class StreamDecoder {
 public:
  // REQUIRES: one of the types of streams.
  explicit StreamDecoder(RdbType type) : type_(type) {}

  // Takes what it can from the front of `in`; true when the stream is complete, false when more bytes are needed. What
  // it leaves must be given again, with more behind it. Errors: kCorruption.
  Result<bool> Step(std::string_view& in);
  values::Stream TakeStream() { return std::move(stream_); }

 private:
  class Words;
  enum class Part : uint8_t { kCount, kNode, kHead, kGroup, kPending, kConsumers, kConsumer, kConsumerPending, kDone };

  // Reads one thing of the present part, and says what comes next.
  Status ReadSome(Words& words);
  Status ReadNode(Words& words);
  Status ReadHead(Words& words);
  Status ReadGroup(Words& words);
  Status ReadPending(Words& words);
  Status ReadConsumer(Words& words);
  Status ReadConsumerPending(Words& words);
  Status EndConsumer();
  Status EndGroup();
  // Goes on to `item` when `left` is not zero, else to `after`.
  static Part Either(uint64_t left, Part item, Part after) { return left > 0 ? item : after; }

  // Of the group that is being read; who has it, its consumers say later.
  struct Delivery {
    values::StreamId id;
    int64_t at_ms;
    uint64_t count;
  };

  const RdbType type_;
  values::Stream stream_;
  Part part_ = Part::kCount;
  uint64_t nodes_left_ = 0;
  uint64_t groups_left_ = 0;
  uint64_t pending_left_ = 0;
  uint64_t consumers_left_ = 0;
  values::StreamGroup* group_ = nullptr;
  values::StreamConsumer* consumer_ = nullptr;
  values::IdTable<Delivery> deliveries_;
};

}  // namespace dunlin::snapshot
