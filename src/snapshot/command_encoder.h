// A value as the commands that make it: the content of append-only bases without an RDB part.
//
// SET, RPUSH, SADD, ZADD and HMSET, the collections' in commands of at most 64 elements, then PEXPIREAT when the key
// expires. In RESP. Resumable like ValueEncoder. Streams: see stream_commands.h.
//
// Thread: whoever may read the value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "snapshot/stream_commands.h"
#include "snapshot/value_ref.h"

namespace dunlin::snapshot {

// What stands between the keys of two databases.
void AppendSelectCommand(std::string& out, DbIndex db);
// "#TS:<seconds>\r\n".
void AppendTimestampAnnotation(std::string& out, int64_t seconds);

class CommandEncoder {
 public:
  // Key and value must neither change nor move until Step() has returned true or the encoder is gone. `expire_at_ms`
  // may be -1 for none.
  CommandEncoder(std::string_view key, int64_t expire_at_ms, ValueRef value);

  // Appends the next commands, about `budget_bytes`; true when the key is complete. Only a command of a collection is
  // always written whole.
  bool Step(std::string& out, size_t budget_bytes);

 private:
  // Each appends some commands and returns true when there are no more.
  bool WriteText(std::string& out, size_t budget_bytes, std::string_view text);
  bool WriteNode(std::string& out, const values::List& list);
  bool WriteSome(std::string& out, const values::Set& set);
  bool WriteSome(std::string& out, const values::Hash& hash);
  bool WriteSome(std::string& out, const values::SortedSet& sorted_set);
  bool WriteValue(std::string& out, size_t budget_bytes);
  void WriteExpiry(std::string& out);

  // An element for the command that is being made.
  template <typename... Texts>
  void AddElement(std::string& out, std::string_view verb, Texts... texts);
  void Flush(std::string& out, std::string_view verb);

  std::string_view key_;
  int64_t expire_at_ms_;
  ValueRef value_;
  bool value_complete_ = false;
  uint64_t position_ =
      0;  // a byte of a text, a node's index, a scan's cursor, or how many of the lowest ranks are left
  bool begun_ = false;
  std::string body_;  // the elements' part of a command
  int elements_ = 0;
  uint64_t arguments_ = 0;
  std::unique_ptr<StreamCommands> stream_;  // does all the work for a stream
};

}  // namespace dunlin::snapshot
