// One value as the bytes of an RDB record.
//
// Packed values are copied as their blobs; large ones go element by element in steps, so that a value of any size never
// keeps its lock for long.
//
// What is written for which version:
//   9   plain forms that Redis 6 reads: list 1, hash 4, sorted set 5, set 2; an intset as its blob, 11
//   10  lists as nodes 18; listpacks of hashes 16 and sorted sets 17 as blobs; sets that are listpacks as plain sets 2
//   11  the same, and sets that are listpacks as blobs 20
//
// Thread: whoever may read the value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "snapshot/rdb_format.h"
#include "snapshot/rdb_strings.h"
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
  // One element that is still to be written.
  struct Piece {
    std::string_view text;
    double score;
  };

  void Begin(std::string& out);
  void BeginList(std::string& out, const values::List& list);
  void BeginSet(std::string& out, const values::Set& set);
  void BeginHash(std::string& out, const values::Hash& hash);
  void BeginSortedSet(std::string& out, const values::SortedSet& sorted_set);
  // Puts some elements into pieces_, or writes a packed part at once; false when there are no more.
  bool Gather(std::string& out);
  bool GatherNode(std::string& out, const values::List& list);
  bool GatherElements(std::string& out, const values::List& list);
  bool GatherMembers(const values::Set& set);
  bool GatherFields(const values::Hash& hash);
  bool GatherScores(const values::SortedSet& sorted_set);
  // Writes pieces until the budget is used up or none is left.
  void WritePieces(std::string& out, size_t end);
  void WriteString(std::string& out, std::string_view text);

  ValueRef value_;
  RdbEncoding encoding_;
  RdbType type_;
  bool begun_ = false;
  bool complete_ = false;     // nothing more to gather
  bool string_open_ = false;  // long_string_ is at work
  bool score_due_ = false;    // behind the string that is being written
  double score_ = 0;
  StringEncoder long_string_;
  std::vector<Piece> pieces_;
  size_t next_piece_ = 0;
  uint64_t position_ = 0;  // a node's index, a scan's cursor, or the rank below which members are left
  uint64_t gathered_ = 0;  // elements of a table so far
};

// The whole value at once.
void AppendValue(std::string& out, ValueRef value, const RdbEncoding& encoding);

}  // namespace dunlin::snapshot
