// One value as the bytes of an RDB record.
//
// Packed values are copied as their blobs; large ones go element by element in steps, so that a value of any size never
// keeps its lock for long.
//
// What is written for which version:
//   9   plain forms that Redis 6 reads: list 1, hash 4, sorted set 5, set 2; an intset as its blob, 11
//   10  lists as nodes 18; listpacks of hashes 16 and sorted sets 17 as blobs; sets that are listpacks as plain sets 2
//   11  the same, and sets that are listpacks as blobs 20
// Streams: see stream_encoder.h.
//
// Thread: whoever may read the value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/rdb_format.h"
#include "snapshot/rdb_strings.h"
#include "snapshot/stream_encoder.h"
#include "snapshot/value_ref.h"

namespace dunlin::snapshot {

struct RdbEncoding {
  int version = kDefaultRdbVersion;  // kOldestWrittenRdbVersion .. kNewestRdbVersion
  bool compress = true;              // rdbcompression
};

// The byte that stands before the key.
RdbType RdbTypeOf(const ValueRef& value, const RdbEncoding& encoding);

class ValueEncoder {
 public:
  // The value must not change, nor move, until Step() has returned true or the encoder is gone.
  ValueEncoder(ValueRef value, const RdbEncoding& encoding);

  RdbType type() const { return type_; }
  // Appends the next part of the value, about `budget_bytes` of it and at least one element's piece; true when the
  // value is complete. What one step may exceed the budget by: one packed blob, or one bucket of short elements.
  bool Step(std::string& out, size_t budget_bytes);

 private:
  // An element that is still to be written.
  struct Piece {
    std::string_view text;
    double score = 0;
  };

  // Writes what comes first, and all of a value that is packed but must be written in its plain form.
  void Begin(std::string& out);
  void BeginList(std::string& out, const values::List& list);
  void BeginSet(std::string& out, const values::Set& set);
  void BeginHash(std::string& out, const values::Hash& hash);
  void BeginSortedSet(std::string& out, const values::SortedSet& sorted_set);
  // Puts the next elements into pieces_, or writes them when they are short and cannot wait; false when there are none.
  bool Gather(std::string& out);
  bool GatherNode(std::string& out, const values::List& list);
  void GatherElements(std::string& out, const values::ListNodeView& node);
  template <typename Table>
  bool GatherScanned(const Table& table);
  bool GatherScores(const values::SortedSet& sorted_set);
  // False when the budget is used up first.
  bool WritePieces(std::string& out, size_t budget_bytes);
  void Write(std::string& out, std::string_view text);
  void WriteScore(std::string& out, double score);

  ValueRef value_;
  RdbEncoding encoding_;
  RdbType type_;
  bool begun_ = false;
  bool complete_ = false;   // nothing more to gather
  size_t spent_bytes_ = 0;  // in this step
  std::vector<Piece> pieces_;
  size_t next_piece_ = 0;
  bool string_open_ = false;  // long_string_ is at pieces_[next_piece_]
  StringEncoder long_string_;
  uint64_t position_ = 0;  // a node's index, a scan's cursor, or how many of the lowest ranks are left
  uint64_t gathered_ = 0;  // pieces of a table so far
  uint64_t expected_ = 0;
  std::unique_ptr<StreamEncoder> stream_;  // does all the work for a stream
};

// The whole value at once.
void AppendValue(std::string& out, ValueRef value, const RdbEncoding& encoding);

}  // namespace dunlin::snapshot
