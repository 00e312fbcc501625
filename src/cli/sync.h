// The client as a replica: fetches an RDB snapshot, or follows the stream of changes.
//
// Thread: main.
// Errors: a Status whose message is the line for the user. Progress is told on standard error.
// Format: SYNC is answered with "$<length>" or "$EOF:<40 characters>", the snapshot (with the 40 characters behind it
// in the second form), and then with commands; PSYNC has a line "+FULLRESYNC <id> <offset>" or "+CONTINUE" in front.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/connection.h"

namespace dunlin::cli {

// What was announced, and the snapshot itself in pieces.
class SnapshotReader {
 public:
  // Reads the lines in front of the snapshot. REQUIRES: SYNC or PSYNC has been queued or sent.
  static Result<SnapshotReader> Start(Connection& connection);

  // Length of the snapshot when it was announced; nothing when an end mark stands behind it.
  std::optional<uint64_t> length() const { return length_; }
  // A partial resynchronisation: no snapshot comes.
  bool is_partial() const { return is_partial_; }

  // The next bytes of the snapshot; an empty text at its end. Bytes that follow it stay with the connection.
  Result<std::string> Read();
  // Bytes of the snapshot so far.
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  explicit SnapshotReader(Connection& connection) : connection_(&connection) {}

  Result<std::string> ReadUpToMark();

  Connection* connection_;
  std::optional<uint64_t> length_;
  std::string mark_;
  bool is_partial_ = false;
  bool at_end_ = false;
  std::string held_;  // may be the beginning of the mark
  uint64_t bytes_read_ = 0;
};

// REPLCONF name value. False when the server refused it.
Result<bool> SendReplConf(Connection& connection, std::string_view name, std::string_view value);

// Says that we are a replica that wants keys and functions, or functions alone, and understands end marks; then fetches
// a snapshot into `file` ("-" is standard output).
enum class SnapshotContent : bool { kEverything, kFunctions };
Status FetchSnapshot(Connection& connection, const std::string& file, SnapshotContent content);

// Throws the snapshot away and prints each command that follows as CSV. Comes back only when the connection is lost.
// REQUIRES: SYNC or PSYNC has been queued.
Status FollowReplication(Connection& connection);

}  // namespace dunlin::cli
