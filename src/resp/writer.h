// Replies into bytes, in RESP2 or RESP3. A handler says what it means (a map, a set, a null, a double); the writer
// knows how the client's protocol version spells it.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/buffer.h"

namespace dunlin::resp {

class ReplyWriter {
 public:
  // Writes to the end of `out`, which must outlive the writer. `version` is 2 or 3.
  ReplyWriter(Buffer& out, int version) : out_(&out), version_(version) {}

  int version() const { return version_; }
  bool resp3() const { return version_ == 3; }
  Buffer& out() { return *out_; }

  void Ok() { out_->Append("+OK\r\n"); }
  void Simple(std::string_view text);
  // `text` begins with its code word: "ERR no such key". Line breaks in it become blanks.
  void Error(std::string_view text);
  void Integer(int64_t value);
  void Bulk(std::string_view bytes);
  // An integer as a bulk string.
  void BulkInteger(int64_t value);
  // RESP2: a bulk string.
  void Double(double value);
  // The absent value: "$-1" or "_".
  void Null();
  // The absent array: "*-1" or "_".
  void NullArray();
  // RESP2: 1 or 0.
  void Boolean(bool value);
  // RESP2: a bulk string. REQUIRES: kind has three characters ("txt", "mkd").
  void Verbatim(std::string_view kind, std::string_view text);
  // RESP2: a bulk string.
  void BigNumber(std::string_view digits);

  // The elements follow.
  void Array(size_t count) { Header('*', count); }
  // RESP2: an array.
  void Set(size_t count) { Header(resp3() ? '~' : '*', count); }
  // RESP2: an array of twice as many. `pairs` keys and values follow.
  void Map(size_t pairs) { resp3() ? Header('%', pairs) : Header('*', pairs * 2); }
  // RESP2: an array.
  void Push(size_t count) { Header(resp3() ? '>' : '*', count); }
  // RESP3 only: must not be called for RESP2 clients. `pairs` keys and values follow, then the value they describe.
  void Attribute(size_t pairs) { Header('|', pairs); }

  // For aggregates whose size is known only afterwards: take a mark, write the elements, close it.
  using Mark = size_t;
  Mark BeginDeferred() const { return out_->size(); }
  void EndArray(Mark mark, size_t count) { Deferred('*', mark, count); }
  void EndSet(Mark mark, size_t count) { Deferred(resp3() ? '~' : '*', mark, count); }
  void EndMap(Mark mark, size_t pairs) { Deferred(resp3() ? '%' : '*', mark, resp3() ? pairs : pairs * 2); }

  // Bytes that are a reply already.
  void Raw(std::string_view bytes) { out_->Append(bytes); }

 private:
  void Header(char kind, size_t count);
  void Deferred(char kind, Mark mark, size_t count);

  Buffer* out_;
  int version_;
};

}  // namespace dunlin::resp
