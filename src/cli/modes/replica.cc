// --replica, --rdb and --functions-rdb.
#include <fmt/format.h>

#include "cli/modes/modes.h"
#include "cli/sync.h"

namespace dunlin::cli {
namespace {

int Told(const Status& status) {
  if (status.ok()) return 0;
  fmt::print(stderr, "{}\n", status.message());
  return 1;
}

}  // namespace

int RunReplica(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  if (Result<bool> sent = SendReplConf(*connection, "capa", "eof"); !sent) return Told(sent.error());
  if (Result<bool> sent = SendReplConf(*connection, "rdb-filter-only", ""); !sent) return Told(sent.error());
  if (Status sent = connection->WriteRaw("SYNC\r\n"); !sent.ok()) {
    return Told(Status::IoError("Error writing to master"));
  }
  return Told(FollowReplication(*connection));
}

int RunFetchRdb(const Options& options) {
  std::optional<Connection> connection = ConnectForMode(options);
  if (!connection) return 1;
  SnapshotContent content = options.modes.functions_rdb ? SnapshotContent::kFunctions : SnapshotContent::kEverything;
  return Told(FetchSnapshot(*connection, options.modes.rdb_file, content));
}

}  // namespace dunlin::cli
