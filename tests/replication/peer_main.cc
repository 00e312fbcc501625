#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/numbers.h"
#include "peer.h"

// replication-peer --port N [--replicaof PORT] [--diskless yes|no] [--load file|parser|swap] [--snapshot-ms N]
//                  [--repl-timeout S] [--ping-period S] [--auth PASSWORD] [--backlog BYTES]
int main(int argc, char** argv) {
  dunlin::PeerOptions options;
  options.config.diskless_sync_delay_s = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view name = argv[i];
    std::string_view value = argv[i + 1];
    int64_t number = dunlin::ParseInt64(value).value_or(0);
    if (name == "--port") {
      options.port = options.config.port = static_cast<uint16_t>(number);
    } else if (name == "--bind") {
      // Always 127.0.0.1.
    } else if (name == "--replicaof") {
      options.primary = {"127.0.0.1", static_cast<uint16_t>(number)};
    } else if (name == "--diskless") {
      options.config.diskless_sync = value == "yes";
    } else if (name == "--load") {
      using dunlin::replication::DisklessLoad;
      options.config.diskless_load = value == "file"     ? DisklessLoad::kDisabled
                                     : value == "parser" ? DisklessLoad::kWhenDbEmpty
                                                         : DisklessLoad::kSwapDb;
    } else if (name == "--snapshot-ms") {
      options.snapshot_ms = number;
    } else if (name == "--repl-timeout") {
      options.config.repl_timeout_s = number;
    } else if (name == "--ping-period") {
      options.config.ping_replica_period_s = number;
    } else if (name == "--auth") {
      options.config.primary_auth = value;
    } else if (name == "--backlog") {
      options.config.backlog_size_bytes = number;
    } else {
      std::fprintf(stderr, "unknown option %s\n", argv[i]);
      return 2;
    }
  }
  dunlin::ReplicationPeer peer(std::move(options));
  if (dunlin::Status status = peer.Listen(); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  peer.Run();
}
