// A stream as the bytes of an RDB record: its nodes as listpacks, what is known of it, then its groups with what is
// pending and their consumers. Type 15 for version 9, 19 for 10, 21 for 11; docs/formats-rdb.md shows the bytes.
//
// Thread: whoever may read the stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "snapshot/rdb_format.h"
#include "snapshot/rdb_strings.h"
#include "values/stream.h"

namespace dunlin::snapshot {

class StreamEncoder {
 public:
  // The stream must not change, nor move, until Step() has returned true or the encoder is gone.
  StreamEncoder(const values::Stream& stream, RdbType type, bool compress)
      : stream_(stream), type_(type), compress_(compress) {}

  // Appends the next part, about `budget_bytes` of it; true when the stream is complete. One step may exceed the budget
  // by a node.
  bool Step(std::string& out, size_t budget_bytes);

 private:
  enum class Part : uint8_t { kCount, kNodes, kHead, kGroup, kPending, kConsumer, kConsumerPending, kDone };
  using Nodes = values::Stream::Nodes;

  // Each writes some of its part, and says what comes next.
  void WriteSome(std::string& out, size_t budget_bytes);
  void WriteNode(std::string& out, size_t budget_bytes);
  void WriteHead(std::string& out);
  void WriteGroup(std::string& out);
  void WritePending(std::string& out);
  void WriteConsumer(std::string& out);
  void WriteConsumerPending(std::string& out);
  void NextGroup();
  void NextConsumer();

  const values::Stream& stream_;
  const RdbType type_;
  const bool compress_;
  Part part_ = Part::kCount;
  size_t spent_bytes_ = 0;  // in this step
  std::optional<Nodes::Cursor> node_;
  std::string blob_;  // of the node
  bool blob_open_ = false;
  StringEncoder long_blob_;
  size_t group_ = 0;
  size_t consumer_ = 0;
  values::StreamId next_pending_;
};

}  // namespace dunlin::snapshot
