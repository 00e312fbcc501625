// A stream as the commands that make it: XADD for each entry, XSETID, then for each group XGROUP CREATE, XCLAIM for
// what is pending and XGROUP CREATECONSUMER for consumers without. Entries that are pending but gone are not told.
//
// Thread: whoever may read the stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "values/stream.h"

namespace dunlin::snapshot {

class StreamCommands {
 public:
  // Key and stream must neither change nor move until Step() has returned true or this is gone.
  StreamCommands(std::string_view key, const values::Stream& stream) : key_(key), stream_(stream) {}

  // Appends the next commands, in RESP, about `budget_bytes` and at least one; true when the stream is complete.
  bool Step(std::string& out, size_t budget_bytes);

 private:
  enum class Part : uint8_t { kEntries, kLastId, kGroup, kConsumer, kPending, kDone };

  // Each appends one command and says what comes next.
  void WriteOne(std::string& out);
  void WriteEntry(std::string& out);
  void WriteLastId(std::string& out);
  void WriteGroup(std::string& out);
  void WriteConsumer(std::string& out);
  void WritePending(std::string& out);
  void NextConsumer();
  void NextGroup();

  std::string_view key_;
  const values::Stream& stream_;
  Part part_ = Part::kEntries;
  std::optional<values::StreamCursor> entry_;  // the next one
  values::StreamId next_pending_;
  size_t group_ = 0;
  size_t consumer_ = 0;
};

}  // namespace dunlin::snapshot
