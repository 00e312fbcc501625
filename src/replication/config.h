// What the directives say and what the server knows: the two things the replication machines are told from outside.
//
// Thread: values; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "oplog/log.h"

namespace dunlin::replication {

// A client connection on the primary's side, as the server numbers its clients.
using PeerId = StrongInt<struct PeerIdTag, uint64_t>;
// A snapshot that was asked for. Numbers rise and are not used twice.
using SnapshotId = StrongInt<struct SnapshotIdTag, uint64_t>;

// How the RDB bytes that come from a primary reach the memory.
enum class LoadMode : uint8_t {
  kFile,    // spooled to a file first; the old data goes when the file is whole
  kParser,  // loaded while it arrives; the old data goes first
  kSwap,    // loaded beside the old data, which goes when the new is whole
};
// The directive repl-diskless-load.
enum class DisklessLoad : uint8_t { kDisabled, kWhenDbEmpty, kSwapDb };

// The directives that matter here, in their own units. May be replaced at run time.
struct Config {
  // As a replica.
  std::string primary_user;  // empty: AUTH with the password alone
  std::string primary_auth;  // empty: no AUTH
  uint16_t port = 6379;      // told to the primary with REPLCONF listening-port
  uint16_t announce_port = 0;
  std::string announce_ip;
  std::string announce_version;  // REPLCONF version; empty: not sent, as Redis does
  DisklessLoad diskless_load = DisklessLoad::kDisabled;
  int replica_priority = 100;
  bool replica_read_only = true;
  bool replica_announced = true;

  // As a primary.
  int64_t ping_replica_period_s = 10;
  bool diskless_sync = true;
  int64_t diskless_sync_delay_s = 5;
  int diskless_sync_max_replicas = 0;  // 0: wait for the delay in any case
  int64_t backlog_size_bytes = 1024 * 1024;
  int64_t backlog_ttl_s = 3600;  // 0: for ever
  int min_replicas_to_write = 0;
  int64_t min_replicas_max_lag_s = 10;

  // Both.
  int64_t repl_timeout_s = 60;
  bool cluster_enabled = false;
  int64_t process_id = 0;  // only for a log line that tests read
};

// What else holds the one snapshot that can be taken at a time.
enum class OtherWork : uint8_t {
  kNone,
  kSave,     // BGSAVE for the disk, which nobody here asked for
  kRewrite,  // a rewrite of the AOF, a slot migration
};

// What the server knows and the machines must know. Given afresh with every call.
struct Facts {
  // The ordered log. On a replica its end is the offset that was applied; a transaction counts when EXEC was applied.
  Offset log_begin{0};
  Offset log_end{0};
  bool has_backlog = false;
  // How much of the log this node's AOF has on disk; -1: there is no AOF.
  Offset fsynced{-1};
  OtherWork other_work = OtherWork::kNone;
  bool dataset_empty = true;
  // The stream must stand still: a manual failover has paused what replicas are sent.
  bool stream_paused = false;
  // `save` is configured: a snapshot file is wanted for its own sake.
  bool has_save_points = false;

  void Read(const oplog::Log& log) {
    log_begin = log.begin();
    log_end = log.end();
    has_backlog = log.has_backlog();
  }
};

}  // namespace dunlin::replication
