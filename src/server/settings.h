// What the server was told to be: one plainly named field a directive. A plain value: it is copied whole, and an
// immutable copy is handed to whoever needs it. The initial values are the defaults (Redis 7.2's where Redis has the
// directive); there is no second list of them.
//
// Directives, their names, limits and words: server/config_table.h. How they are read, shown and written: config.h.
//
// Units stand last in names: _s, _ms, _us, _bytes, _percent. 0 often means "none" or "no limit"; each field says so.
//
// Thread: values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "server/log_level.h"

namespace dunlin::server {

enum class MaxmemoryPolicy : uint8_t {
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,
  kAllKeysLru,
  kAllKeysLfu,
  kAllKeysRandom,
  kNoEviction,
};

enum class AppendFsync : uint8_t { kEverySecond, kAlways, kNo };

enum class Supervision : uint8_t { kNone, kUpstart, kSystemd, kAuto };

// Flags that may stand together; 0 is Redis's "default": save when save points are configured.
enum ShutdownFlag : uint8_t {
  kShutdownDefault = 0,
  kShutdownSave = 1 << 0,
  kShutdownNoSave = 1 << 1,
  kShutdownNow = 1 << 2,    // do not wait for lagging replicas
  kShutdownForce = 1 << 3,  // exit although the save failed
};

enum class DisklessLoad : uint8_t { kDisabled, kOnEmptyDb, kSwapDb };

// Who may run a guarded command or set a protected directive.
enum class ProtectedAction : uint8_t { kNobody, kEverybody, kLocalOnly };

// What MOVED, ASK and CLUSTER SLOTS name a node by.
enum class EndpointType : uint8_t { kIp, kHostname, kUnknownEndpoint };

// Whether values of oom-score-adj-values are added to the score that the process had, or take its place.
enum class OomScoreAdj : uint8_t { kNo, kRelative, kAbsolute };

// In the order of the words of syslog-facility: local0 to local7 have their numbers.
enum class SyslogFacility : uint8_t { kLocal0 = 0, kLocal7 = 7, kUser = 8 };

enum class PropagationErrorBehavior : uint8_t { kIgnore, kPanic, kPanicOnReplicas };

// The channels a new ACL user may use.
enum class AclPubsubDefault : uint8_t { kResetChannels, kAllChannels };

// Save when at least `changes` keys changed in `seconds`.
struct SavePoint {
  int64_t seconds = 0;
  int64_t changes = 0;
  bool operator==(const SavePoint&) const = default;
};

// A client is dropped when its output passes `hard_bytes`, or stays above `soft_bytes` for `soft_seconds`. 0 = no
// limit.
struct OutputBufferLimit {
  int64_t hard_bytes = 0;
  int64_t soft_bytes = 0;
  int64_t soft_seconds = 0;
  bool operator==(const OutputBufferLimit&) const = default;
};

// Index into Settings::client_output_buffer_limit.
enum OutputBufferClass : uint8_t { kOutputNormal = 0, kOutputReplica = 1, kOutputPubsub = 2 };

// A command under another name; an empty `to` takes it away.
struct CommandRename {
  std::string from;
  std::string to;
  bool operator==(const CommandRename&) const = default;
};

// Directives of Redis that are accepted, kept and shown, and have no effect here (docs/configuration.md says why).
struct InertSettings {
  bool io_threads_do_reads = false;
  bool always_show_logo = false;
  bool activerehashing = true;
  bool set_proc_title = true;
  bool dynamic_hz = true;
  bool jemalloc_bg_thread = true;
  bool activedefrag = false;
  bool crash_memcheck_enabled = true;
  bool use_exit_on_panic = false;
  bool disable_thp = true;
  bool tls_prefer_server_ciphers = false;
  bool tls_session_caching = true;
  bool tls_cluster = false;      // only "no" is accepted
  bool tls_replication = false;  // only "no" is accepted

  std::string server_cpulist;
  std::string bio_cpulist;
  std::string aof_rewrite_cpulist;
  std::string bgsave_cpulist;
  std::string ignore_warnings;
  std::string proc_title_template = "{title} {listen-addr} {server-mode}";
  std::string tls_cert_file;
  std::string tls_key_file;
  std::string tls_key_file_pass;
  std::string tls_client_cert_file;
  std::string tls_client_key_file;
  std::string tls_client_key_file_pass;
  std::string tls_dh_params_file;
  std::string tls_ca_cert_file;
  std::string tls_ca_cert_dir;
  std::string tls_protocols;
  std::string tls_ciphers;
  std::string tls_ciphersuites;

  // The numbers of the words in config_table.cc.
  int sanitize_dump_payload = 0;
  int tls_auth_clients = 0;

  int64_t active_defrag_cycle_min_percent = 1;
  int64_t active_defrag_cycle_max_percent = 25;
  int64_t active_defrag_threshold_lower_percent = 10;
  int64_t active_defrag_threshold_upper_percent = 100;
  int64_t active_defrag_max_scan_fields = 1000;
  int64_t active_defrag_ignore_bytes = 100 << 20;
  int64_t list_compress_depth = 0;
  int64_t watchdog_period_ms = 0;
  int64_t socket_mark_id = 0;
  int64_t tls_port = 0;  // only 0 is accepted
  int64_t tls_session_cache_size = 20 * 1024;
  int64_t tls_session_cache_timeout_s = 300;

  bool operator==(const InertSettings&) const = default;
};

struct Settings {
  // --- network ---
  int64_t port = 6379;  // 0 = do not listen on TCP
  // As given: "*" every IPv4 address, "-x" x may be missing on this machine. Empty = no TCP listener.
  std::vector<std::string> bind = {"*", "-::*"};
  std::string bind_source_addr;  // of outgoing connections; empty = the system chooses
  int64_t tcp_backlog = 511;
  std::string unixsocket;      // empty = none
  int64_t unixsocketperm = 0;  // mode bits; 0 = as created
  int64_t timeout_s = 0;       // idle clients are closed after this; 0 = never
  int64_t tcp_keepalive_s = 300;
  bool protected_mode = true;
  int64_t maxclients = 10000;
  int64_t proto_max_bulk_len_bytes = 512ll << 20;
  int64_t client_query_buffer_limit_bytes = 1ll << 30;
  std::array<OutputBufferLimit, 3> client_output_buffer_limit = {
      OutputBufferLimit{0, 0, 0}, {256ll << 20, 64ll << 20, 60}, {32ll << 20, 8ll << 20, 60}};
  int64_t maxmemory_clients = 0;  // > 0: bytes; < 0: minus a percentage of maxmemory; 0 = no limit

  // --- process ---
  bool daemonize = false;
  Supervision supervised = Supervision::kNone;
  std::string pidfile;
  LogLevel loglevel = LogLevel::kNotice;
  std::string logfile;          // empty = standard output
  bool syslog_enabled = false;  // the log goes there too
  std::string syslog_ident = "redis";
  SyslogFacility syslog_facility = SyslogFacility::kLocal0;
  std::string dir;  // absolute; the working directory
  int64_t databases = 16;
  int64_t hz = 10;           // 1 .. 500
  int64_t io_threads = 0;    // as asked; 0 = as many as there are CPUs, at most limits::kDefaultMaxWorkers
  int64_t worker_count = 1;  // what io_threads came to on this machine
  bool crash_log_enabled = true;
  int64_t shutdown_timeout_s = 10;
  uint8_t shutdown_on_sigint = kShutdownDefault;   // ShutdownFlags
  uint8_t shutdown_on_sigterm = kShutdownDefault;  // ShutdownFlags
  std::string locale_collate;
  OomScoreAdj oom_score_adj = OomScoreAdj::kNo;
  std::array<int64_t, 3> oom_score_adj_values = {0, 200, 800};  // of a primary, a replica, a child process
  int64_t busy_reply_threshold_ms = 5000;
  ProtectedAction enable_protected_configs = ProtectedAction::kNobody;
  ProtectedAction enable_debug_command = ProtectedAction::kNobody;
  ProtectedAction enable_module_command = ProtectedAction::kNobody;
  PropagationErrorBehavior propagation_error_behavior = PropagationErrorBehavior::kIgnore;
  std::vector<CommandRename> rename_commands;

  // --- users ---
  std::string requirepass;
  std::string aclfile;
  // The words behind `user` of each such line: a name and its rules.
  std::vector<std::vector<std::string>> users;
  AclPubsubDefault acl_pubsub_default = AclPubsubDefault::kResetChannels;
  int64_t acllog_max_len = 128;

  // --- memory ---
  int64_t maxmemory_bytes = 0;  // 0 = no limit
  MaxmemoryPolicy maxmemory_policy = MaxmemoryPolicy::kNoEviction;
  int64_t maxmemory_samples = 5;
  int64_t maxmemory_eviction_tenacity = 10;  // 0 .. 100
  int64_t lfu_log_factor = 10;
  int64_t lfu_decay_time_minutes = 1;
  int64_t active_expire_effort = 1;  // 1 .. 10
  bool lazyfree_lazy_eviction = false;
  bool lazyfree_lazy_expire = false;
  bool lazyfree_lazy_server_del = false;
  bool lazyfree_lazy_user_del = false;
  bool lazyfree_lazy_user_flush = false;
  int64_t tracking_table_max_keys = 1000000;

  // --- encodings ---
  int64_t hash_max_listpack_entries = 512;
  int64_t hash_max_listpack_value_bytes = 64;
  int64_t list_max_listpack_size = -2;  // > 0: elements; -1 .. -5: 4, 8, 16, 32, 64 kB
  int64_t set_max_intset_entries = 512;
  int64_t set_max_listpack_entries = 128;
  int64_t set_max_listpack_value_bytes = 64;
  int64_t zset_max_listpack_entries = 128;
  int64_t zset_max_listpack_value_bytes = 64;
  int64_t hll_sparse_max_bytes = 3000;
  int64_t stream_node_max_bytes = 4096;
  int64_t stream_node_max_entries = 100;

  // --- snapshots ---
  std::vector<SavePoint> save = {{3600, 1}, {300, 100}, {60, 10000}};
  std::string dbfilename = "dump.rdb";
  int64_t rdb_version = 10;  // 9, 10 or 11: what RDB files, DUMP, MIGRATE and full syncs are written in
  bool rdbcompression = true;
  bool rdbchecksum = true;
  bool stop_writes_on_bgsave_error = true;
  bool rdb_save_incremental_fsync = true;
  bool rdb_del_sync_files = false;
  int64_t rdb_key_save_delay_us = 0;  // test aid; < 0: that many keys a microsecond
  int64_t key_load_delay_us = 0;      // test aid; < 0: that many keys a microsecond
  int64_t loading_process_events_interval_bytes = 2 << 20;

  // --- append only file ---
  bool appendonly = false;
  AppendFsync appendfsync = AppendFsync::kEverySecond;
  std::string appendfilename = "appendonly.aof";
  std::string appenddirname = "appendonlydir";
  bool no_appendfsync_on_rewrite = false;
  int64_t auto_aof_rewrite_percentage = 100;  // 0 = never by itself
  int64_t auto_aof_rewrite_min_size_bytes = 64ll << 20;
  bool aof_load_truncated = true;
  bool aof_use_rdb_preamble = true;
  bool aof_timestamp_enabled = false;
  bool aof_rewrite_incremental_fsync = true;
  bool aof_disable_auto_gc = false;

  // --- replication ---
  std::string replicaof_host;  // empty = primary
  int64_t replicaof_port = 0;
  std::string masterauth;
  std::string masteruser;
  bool replica_serve_stale_data = true;
  bool replica_read_only = true;
  bool replica_lazy_flush = false;
  bool replica_ignore_maxmemory = true;
  bool replica_ignore_disk_write_errors = false;
  bool replica_announced = true;
  std::string replica_announce_ip;  // empty = as seen
  int64_t replica_announce_port = 0;
  int64_t replica_priority = 100;  // 0 = never promoted
  bool repl_diskless_sync = true;
  int64_t repl_diskless_sync_delay_s = 5;
  int64_t repl_diskless_sync_max_replicas = 0;  // start at once when so many wait; 0 = wait for the delay
  DisklessLoad repl_diskless_load = DisklessLoad::kDisabled;
  bool repl_disable_tcp_nodelay = false;
  int64_t repl_backlog_size_bytes = 1 << 20;
  int64_t repl_backlog_ttl_s = 3600;  // 0 = kept for ever
  int64_t repl_timeout_s = 60;
  int64_t repl_ping_replica_period_s = 10;
  int64_t min_replicas_to_write = 0;
  int64_t min_replicas_max_lag_s = 10;

  // --- cluster ---
  bool cluster_enabled = false;
  std::string cluster_config_file = "nodes.conf";
  int64_t cluster_node_timeout_ms = 15000;
  int64_t cluster_ping_interval_ms = 0;  // test aid; 0 = half the node timeout
  int64_t cluster_port = 0;              // 0 = port + 10000
  int64_t cluster_replica_validity_factor = 10;
  int64_t cluster_migration_barrier = 1;
  bool cluster_allow_replica_migration = true;
  bool cluster_require_full_coverage = true;
  bool cluster_replica_no_failover = false;
  bool cluster_allow_reads_when_down = false;
  bool cluster_allow_pubsubshard_when_down = true;
  int64_t cluster_link_sendbuf_limit_bytes = 0;  // 0 = no limit
  std::string cluster_announce_ip;               // empty = as seen by the peers
  std::string cluster_announce_hostname;
  std::string cluster_announce_human_nodename;
  int64_t cluster_announce_port = 0;
  int64_t cluster_announce_tls_port = 0;
  int64_t cluster_announce_bus_port = 0;
  EndpointType cluster_preferred_endpoint_type = EndpointType::kIp;

  // --- watching ---
  uint32_t notify_keyspace_events = 0;         // commands::EventClass bits
  int64_t slowlog_log_slower_than_us = 10000;  // -1 = never
  int64_t slowlog_max_len = 128;
  int64_t latency_monitor_threshold_ms = 0;  // 0 = off
  bool latency_tracking = true;
  std::vector<double> latency_tracking_info_percentiles = {50, 99, 99.9};

  InertSettings inert;

  bool operator==(const Settings&) const = default;
};

}  // namespace dunlin::server
