#include "server/config_table.h"

#include <climits>
#include <cstdint>

#include "server/config_checks.h"
#include "server/config_special.h"

namespace dunlin::server {
namespace {

// --- from a member of Settings or InertSettings to a field ---

template <typename T>
struct MemberOf;
template <typename OwnerType, typename ValueType>
struct MemberOf<ValueType OwnerType::*> {
  using Owner = OwnerType;
  using Value = ValueType;
};

template <auto kMember>
using ValueOf = MemberOf<decltype(kMember)>::Value;

template <auto kMember>
const ValueOf<kMember>& Read(const Settings& settings) {
  if constexpr (std::is_same_v<typename MemberOf<decltype(kMember)>::Owner, Settings>) {
    return settings.*kMember;
  } else {
    return settings.inert.*kMember;
  }
}

template <auto kMember>
ValueOf<kMember>& Edit(Settings& settings) {
  return const_cast<ValueOf<kMember>&>(Read<kMember>(settings));
}

template <auto kMember>
int ReadNumbered(const Settings& settings) {
  return static_cast<int>(Read<kMember>(settings));
}

template <auto kMember>
void SetNumbered(Settings& settings, int value) {
  Edit<kMember>(settings) = static_cast<ValueOf<kMember>>(value);
}

// --- words in which rows are written ---

struct Names {
  std::string_view name;
  std::string_view alias;
  constexpr Names(const char* first, const char* older = "") : name(first), alias(older) {}
};

template <auto kMember>
constexpr Directive Bool(Names names, uint32_t flags = 0, Effect effect = Effect::kNone,
                         decltype(BoolKind::check) check = nullptr) {
  return {names.name, names.alias, flags, BoolKind{{&Read<kMember>, &Edit<kMember>}, check}, effect};
}

struct Range {
  int64_t lowest;
  int64_t highest;
};

template <auto kMember>
constexpr Directive Number(Names names, Range range, uint32_t flags = 0, Effect effect = Effect::kNone,
                           NumberForm form = NumberForm::kInteger, decltype(NumberKind::check) check = nullptr) {
  return {names.name, names.alias, flags,
          NumberKind{{&Read<kMember>, &Edit<kMember>}, range.lowest, range.highest, form, check}, effect};
}

template <auto kMember>
constexpr Directive Memory(Names names, Range range, uint32_t flags = 0, Effect effect = Effect::kNone) {
  return Number<kMember>(names, range, flags, effect, NumberForm::kMemory);
}

template <auto kMember>
constexpr Directive Text(Names names, EmptyText empty, uint32_t flags = 0, Effect effect = Effect::kNone,
                         decltype(TextKind::check) check = nullptr) {
  return {names.name, names.alias, flags, TextKind{{&Read<kMember>, &Edit<kMember>}, empty, check}, effect};
}

// Any byte may stand in it.
template <auto kMember>
constexpr Directive Secret(Names names, Effect effect = Effect::kNone) {
  return {names.name, names.alias, kSensitive,
          TextKind{{&Read<kMember>, &Edit<kMember>}, EmptyText::kUnset, nullptr, true}, effect};
}

template <auto kMember>
constexpr Directive Enum(Names names, std::span<const EnumWord> words, uint32_t flags = 0,
                         Effect effect = Effect::kNone) {
  return {names.name, names.alias, flags, EnumKind{{&ReadNumbered<kMember>, &SetNumbered<kMember>}, words}, effect};
}

template <auto kMember>
constexpr Directive Flags(Names names, std::span<const EnumWord> words, decltype(EnumKind::check) check) {
  return {names.name, names.alias, kMultiArg,
          EnumKind{{&ReadNumbered<kMember>, &SetNumbered<kMember>}, words, true, check}};
}

constexpr Directive Special(Names names, const SpecialKind& kind, uint32_t flags = 0, Effect effect = Effect::kNone) {
  return {names.name, names.alias, flags, kind, effect};
}

constexpr Directive Inert(Directive directive, std::string_view why) {
  directive.flags |= kInert;
  directive.why_inert = why;
  return directive;
}

// --- the words of enumerations ---

template <typename T>
constexpr EnumWord Word(std::string_view word, T value) {
  return {word, static_cast<int>(value)};
}

constexpr EnumWord kMaxmemoryPolicyWords[] = {
    Word("volatile-lru", MaxmemoryPolicy::kVolatileLru),       Word("volatile-lfu", MaxmemoryPolicy::kVolatileLfu),
    Word("volatile-random", MaxmemoryPolicy::kVolatileRandom), Word("volatile-ttl", MaxmemoryPolicy::kVolatileTtl),
    Word("allkeys-lru", MaxmemoryPolicy::kAllKeysLru),         Word("allkeys-lfu", MaxmemoryPolicy::kAllKeysLfu),
    Word("allkeys-random", MaxmemoryPolicy::kAllKeysRandom),   Word("noeviction", MaxmemoryPolicy::kNoEviction),
};
constexpr EnumWord kLogLevelWords[] = {
    Word("debug", LogLevel::kDebug),     Word("verbose", LogLevel::kVerbose), Word("notice", LogLevel::kNotice),
    Word("warning", LogLevel::kWarning), Word("nothing", LogLevel::kNothing),
};
constexpr EnumWord kSupervisionWords[] = {
    Word("upstart", Supervision::kUpstart),
    Word("systemd", Supervision::kSystemd),
    Word("auto", Supervision::kAuto),
    Word("no", Supervision::kNone),
};
constexpr EnumWord kAppendFsyncWords[] = {
    Word("everysec", AppendFsync::kEverySecond),
    Word("always", AppendFsync::kAlways),
    Word("no", AppendFsync::kNo),
};
constexpr EnumWord kShutdownWords[] = {
    Word("default", kShutdownDefault), Word("save", kShutdownSave),   Word("nosave", kShutdownNoSave),
    Word("now", kShutdownNow),         Word("force", kShutdownForce),
};
constexpr EnumWord kDisklessLoadWords[] = {
    Word("disabled", DisklessLoad::kDisabled),
    Word("on-empty-db", DisklessLoad::kOnEmptyDb),
    Word("swapdb", DisklessLoad::kSwapDb),
};
constexpr EnumWord kAclPubsubWords[] = {
    Word("allchannels", AclPubsubDefault::kAllChannels),
    Word("resetchannels", AclPubsubDefault::kResetChannels),
};
constexpr EnumWord kProtectedActionWords[] = {
    Word("no", ProtectedAction::kNobody),
    Word("yes", ProtectedAction::kEverybody),
    Word("local", ProtectedAction::kLocalOnly),
};
constexpr EnumWord kEndpointTypeWords[] = {
    Word("ip", EndpointType::kIp),
    Word("hostname", EndpointType::kHostname),
    Word("unknown-endpoint", EndpointType::kUnknownEndpoint),
};
constexpr EnumWord kPropagationErrorWords[] = {
    Word("ignore", PropagationErrorBehavior::kIgnore),
    Word("panic", PropagationErrorBehavior::kPanic),
    Word("panic-on-replicas", PropagationErrorBehavior::kPanicOnReplicas),
};
constexpr EnumWord kOomScoreAdjWords[] = {
    Word("no", OomScoreAdj::kNo),
    Word("yes", OomScoreAdj::kRelative),
    Word("relative", OomScoreAdj::kRelative),
    Word("absolute", OomScoreAdj::kAbsolute),
};
constexpr EnumWord kSanitizeDumpWords[] = {{"no", 0}, {"yes", 1}, {"clients", 2}};
constexpr EnumWord kSyslogFacilityWords[] = {
    {"user", 8},   {"local0", 0}, {"local1", 1}, {"local2", 2}, {"local3", 3},
    {"local4", 4}, {"local5", 5}, {"local6", 6}, {"local7", 7},
};
constexpr EnumWord kTlsAuthClientsWords[] = {{"no", 1}, {"yes", 0}, {"optional", 2}};

// --- limits that several rows share ---

constexpr Range kInt{0, INT_MAX};
constexpr Range kAtLeastOne{1, INT_MAX};
constexpr Range kLong{0, INT64_MAX};
constexpr Range kPort{0, 65535};
constexpr Range kAnyInt{INT_MIN, INT_MAX};

// --- why directives have no effect ---

constexpr std::string_view kNoDefrag = "the allocator is not asked to move allocations";
constexpr std::string_view kNoTls =
    "TLS is not built in; tls-port, tls-cluster and tls-replication cannot be turned on";
constexpr std::string_view kNoCpuList = "threads are placed by the system; use taskset or a cgroup";
constexpr std::string_view kNoTitle = "the process title is not changed";
constexpr std::string_view kOneCrashReport = "a crash leaves its reason and the stack in the log, and a core dump";

// clang-format off
constexpr Directive kDirectives[] = {
    // network
    Number<&Settings::port>("port", kPort, 0, Effect::kPort),
    Special("bind", kBindKind, kMultiArg, Effect::kBind),
    Text<&Settings::bind_source_addr>("bind-source-addr", EmptyText::kUnset),
    Number<&Settings::tcp_backlog>("tcp-backlog", kInt, kImmutable),
    Text<&Settings::unixsocket>("unixsocket", EmptyText::kUnset, kImmutable),
    Number<&Settings::unixsocketperm>("unixsocketperm", {0, 0777}, kImmutable, Effect::kNone, NumberForm::kOctal),
    Number<&Settings::timeout_s>("timeout", kInt),
    Number<&Settings::tcp_keepalive_s>("tcp-keepalive", kInt),
    Bool<&Settings::protected_mode>("protected-mode"),
    Number<&Settings::maxclients>("maxclients", {1, UINT_MAX}, 0, Effect::kMaxclients),
    Memory<&Settings::proto_max_bulk_len_bytes>("proto-max-bulk-len", {1 << 20, INT64_MAX}, kDebug),
    Memory<&Settings::client_query_buffer_limit_bytes>("client-query-buffer-limit", {1 << 20, INT64_MAX}, kDebug),
    Special("client-output-buffer-limit", kOutputBufferLimitKind, kMultiArg),
    Number<&Settings::maxmemory_clients>("maxmemory-clients", {-100, INT64_MAX}, 0, Effect::kMaxmemoryClients,
                                         NumberForm::kMemoryOrPercent),

    // process
    Bool<&Settings::daemonize>("daemonize", kImmutable),
    Enum<&Settings::supervised>("supervised", kSupervisionWords, kImmutable),
    Text<&Settings::pidfile>("pidfile", EmptyText::kUnset, kImmutable),
    Enum<&Settings::loglevel>("loglevel", kLogLevelWords, 0, Effect::kLogLevel),
    Bool<&Settings::crash_log_enabled>("crash-log-enabled", 0, Effect::kCrashLog),
    Text<&Settings::logfile>("logfile", EmptyText::kValue, kImmutable),
    Bool<&Settings::syslog_enabled>("syslog-enabled", kImmutable),
    Text<&Settings::syslog_ident>("syslog-ident", EmptyText::kValue, kImmutable),
    Enum<&Settings::syslog_facility>("syslog-facility", kSyslogFacilityWords, kImmutable),
    Special("dir", kDirKind, kProtected | kDenyLoading),
    Number<&Settings::databases>("databases", kAtLeastOne, kImmutable),
    Number<&Settings::hz>("hz", kInt, 0, Effect::kHz),
    Special("io-threads", kIoThreadsKind, kDebug | kImmutable),
    Number<&Settings::shutdown_timeout_s>("shutdown-timeout", kInt),
    Flags<&Settings::shutdown_on_sigint>("shutdown-on-sigint", kShutdownWords, CheckShutdownFlags),
    Flags<&Settings::shutdown_on_sigterm>("shutdown-on-sigterm", kShutdownWords, CheckShutdownFlags),
    Text<&Settings::locale_collate>("locale-collate", EmptyText::kValue, 0, Effect::kLocaleCollate, CheckLocale),
    Enum<&Settings::oom_score_adj>("oom-score-adj", kOomScoreAdjWords, 0, Effect::kOomScoreAdj),
    Special("oom-score-adj-values", kOomScoreAdjValuesKind, kMultiArg, Effect::kOomScoreAdj),
    Number<&Settings::busy_reply_threshold_ms>({"busy-reply-threshold", "lua-time-limit"}, kLong),
    Enum<&Settings::enable_protected_configs>("enable-protected-configs", kProtectedActionWords, kImmutable),
    Enum<&Settings::enable_debug_command>("enable-debug-command", kProtectedActionWords, kImmutable),
    Enum<&Settings::enable_module_command>("enable-module-command", kProtectedActionWords, kImmutable),
    Enum<&Settings::propagation_error_behavior>("propagation-error-behavior", kPropagationErrorWords),

    // users
    Secret<&Settings::requirepass>("requirepass", Effect::kRequirePass),
    Text<&Settings::aclfile>("aclfile", EmptyText::kValue, kImmutable),
    Enum<&Settings::acl_pubsub_default>("acl-pubsub-default", kAclPubsubWords),
    Number<&Settings::acllog_max_len>("acllog-max-len", kLong),

    // memory
    Memory<&Settings::maxmemory_bytes>("maxmemory", kLong, 0, Effect::kMaxmemory),
    Enum<&Settings::maxmemory_policy>("maxmemory-policy", kMaxmemoryPolicyWords),
    Number<&Settings::maxmemory_samples>("maxmemory-samples", kAtLeastOne),
    Number<&Settings::maxmemory_eviction_tenacity>("maxmemory-eviction-tenacity", {0, 100}),
    Number<&Settings::lfu_log_factor>("lfu-log-factor", kInt),
    Number<&Settings::lfu_decay_time_minutes>("lfu-decay-time", kInt),
    Number<&Settings::active_expire_effort>("active-expire-effort", {1, 10}),
    Bool<&Settings::lazyfree_lazy_eviction>("lazyfree-lazy-eviction", kDebug),
    Bool<&Settings::lazyfree_lazy_expire>("lazyfree-lazy-expire", kDebug),
    Bool<&Settings::lazyfree_lazy_server_del>("lazyfree-lazy-server-del", kDebug),
    Bool<&Settings::lazyfree_lazy_user_del>("lazyfree-lazy-user-del", kDebug),
    Bool<&Settings::lazyfree_lazy_user_flush>("lazyfree-lazy-user-flush", kDebug),
    Number<&Settings::tracking_table_max_keys>("tracking-table-max-keys", kLong),

    // encodings
    Number<&Settings::hash_max_listpack_entries>({"hash-max-listpack-entries", "hash-max-ziplist-entries"}, kLong),
    Memory<&Settings::hash_max_listpack_value_bytes>({"hash-max-listpack-value", "hash-max-ziplist-value"}, kLong),
    Number<&Settings::list_max_listpack_size>({"list-max-listpack-size", "list-max-ziplist-size"}, kAnyInt),
    Number<&Settings::set_max_intset_entries>("set-max-intset-entries", kLong),
    Number<&Settings::set_max_listpack_entries>("set-max-listpack-entries", kLong),
    Number<&Settings::set_max_listpack_value_bytes>("set-max-listpack-value", kLong),
    Number<&Settings::zset_max_listpack_entries>({"zset-max-listpack-entries", "zset-max-ziplist-entries"}, kLong),
    Memory<&Settings::zset_max_listpack_value_bytes>({"zset-max-listpack-value", "zset-max-ziplist-value"}, kLong),
    Memory<&Settings::hll_sparse_max_bytes>("hll-sparse-max-bytes", kLong),
    Memory<&Settings::stream_node_max_bytes>("stream-node-max-bytes", kLong),
    Number<&Settings::stream_node_max_entries>("stream-node-max-entries", kLong),

    // snapshots
    Special("save", kSaveKind, kMultiArg),
    Text<&Settings::dbfilename>("dbfilename", EmptyText::kValue, kProtected, Effect::kNone, CheckDbFilename),
    Number<&Settings::rdb_version>("rdb-version", {9, 11}),
    Bool<&Settings::rdbcompression>("rdbcompression"),
    Bool<&Settings::rdbchecksum>("rdbchecksum", kImmutable),
    Bool<&Settings::stop_writes_on_bgsave_error>("stop-writes-on-bgsave-error"),
    Bool<&Settings::rdb_save_incremental_fsync>("rdb-save-incremental-fsync"),
    Bool<&Settings::rdb_del_sync_files>("rdb-del-sync-files"),
    Number<&Settings::rdb_key_save_delay_us>("rdb-key-save-delay", kAnyInt, kHidden),
    Number<&Settings::key_load_delay_us>("key-load-delay", kAnyInt, kHidden),
    Number<&Settings::loading_process_events_interval_bytes>("loading-process-events-interval-bytes", {1024, INT_MAX},
                                                             kHidden),

    // append only file
    Bool<&Settings::appendonly>("appendonly", kDenyLoading, Effect::kAppendOnly),
    Enum<&Settings::appendfsync>("appendfsync", kAppendFsyncWords, 0, Effect::kAppendFsync),
    Text<&Settings::appendfilename>("appendfilename", EmptyText::kValue, kImmutable, Effect::kNone,
                                    CheckAppendFilename),
    Text<&Settings::appenddirname>("appenddirname", EmptyText::kValue, kImmutable, Effect::kNone, CheckAppendDirname),
    Bool<&Settings::no_appendfsync_on_rewrite>("no-appendfsync-on-rewrite"),
    Number<&Settings::auto_aof_rewrite_percentage>("auto-aof-rewrite-percentage", kInt),
    Memory<&Settings::auto_aof_rewrite_min_size_bytes>("auto-aof-rewrite-min-size", kLong),
    Bool<&Settings::aof_load_truncated>("aof-load-truncated"),
    Bool<&Settings::aof_use_rdb_preamble>("aof-use-rdb-preamble"),
    Bool<&Settings::aof_timestamp_enabled>("aof-timestamp-enabled"),
    Bool<&Settings::aof_rewrite_incremental_fsync>("aof-rewrite-incremental-fsync"),
    Bool<&Settings::aof_disable_auto_gc>("aof-disable-auto-gc", kHidden, Effect::kAofAutoGc),

    // replication
    Special({"replicaof", "slaveof"}, kReplicaOfKind, kImmutable | kMultiArg),
    Secret<&Settings::masterauth>("masterauth"),
    Text<&Settings::masteruser>("masteruser", EmptyText::kUnset, kSensitive),
    Bool<&Settings::replica_serve_stale_data>({"replica-serve-stale-data", "slave-serve-stale-data"}),
    Bool<&Settings::replica_read_only>({"replica-read-only", "slave-read-only"}, kDebug),
    Bool<&Settings::replica_lazy_flush>({"replica-lazy-flush", "slave-lazy-flush"}),
    Bool<&Settings::replica_ignore_maxmemory>({"replica-ignore-maxmemory", "slave-ignore-maxmemory"}),
    Bool<&Settings::replica_ignore_disk_write_errors>("replica-ignore-disk-write-errors"),
    Bool<&Settings::replica_announced>("replica-announced"),
    Text<&Settings::replica_announce_ip>({"replica-announce-ip", "slave-announce-ip"}, EmptyText::kUnset),
    Number<&Settings::replica_announce_port>({"replica-announce-port", "slave-announce-port"}, kPort),
    Number<&Settings::replica_priority>({"replica-priority", "slave-priority"}, kInt),
    Bool<&Settings::repl_diskless_sync>("repl-diskless-sync", kDebug),
    Number<&Settings::repl_diskless_sync_delay_s>("repl-diskless-sync-delay", kInt),
    Number<&Settings::repl_diskless_sync_max_replicas>("repl-diskless-sync-max-replicas", kInt),
    Enum<&Settings::repl_diskless_load>("repl-diskless-load", kDisklessLoadWords, kDebug | kDenyLoading),
    Bool<&Settings::repl_disable_tcp_nodelay>("repl-disable-tcp-nodelay"),
    Memory<&Settings::repl_backlog_size_bytes>("repl-backlog-size", {1, INT64_MAX}, 0, Effect::kReplBacklogSize),
    Number<&Settings::repl_backlog_ttl_s>("repl-backlog-ttl", kLong),
    Number<&Settings::repl_timeout_s>("repl-timeout", kAtLeastOne),
    Number<&Settings::repl_ping_replica_period_s>({"repl-ping-replica-period", "repl-ping-slave-period"}, kAtLeastOne),
    Number<&Settings::min_replicas_to_write>({"min-replicas-to-write", "min-slaves-to-write"}, kInt, 0,
                                             Effect::kGoodReplicas),
    Number<&Settings::min_replicas_max_lag_s>({"min-replicas-max-lag", "min-slaves-max-lag"}, kInt, 0,
                                              Effect::kGoodReplicas),

    // cluster
    Bool<&Settings::cluster_enabled>("cluster-enabled", kImmutable),
    Text<&Settings::cluster_config_file>("cluster-config-file", EmptyText::kValue, kImmutable),
    Number<&Settings::cluster_node_timeout_ms>("cluster-node-timeout", kLong),
    Number<&Settings::cluster_ping_interval_ms>("cluster-ping-interval", kLong, kHidden),
    Number<&Settings::cluster_port>("cluster-port", kPort, kImmutable),
    Number<&Settings::cluster_replica_validity_factor>(
        {"cluster-replica-validity-factor", "cluster-slave-validity-factor"}, kInt),
    Number<&Settings::cluster_migration_barrier>("cluster-migration-barrier", kInt),
    Bool<&Settings::cluster_allow_replica_migration>("cluster-allow-replica-migration"),
    Bool<&Settings::cluster_require_full_coverage>("cluster-require-full-coverage"),
    Bool<&Settings::cluster_replica_no_failover>({"cluster-replica-no-failover", "cluster-slave-no-failover"}, 0,
                                                 Effect::kClusterFlags),
    Bool<&Settings::cluster_allow_reads_when_down>("cluster-allow-reads-when-down"),
    Bool<&Settings::cluster_allow_pubsubshard_when_down>("cluster-allow-pubsubshard-when-down"),
    Memory<&Settings::cluster_link_sendbuf_limit_bytes>("cluster-link-sendbuf-limit", kLong),
    Text<&Settings::cluster_announce_ip>("cluster-announce-ip", EmptyText::kUnset, 0, Effect::kClusterIp,
                                         CheckAnnouncedIp),
    Text<&Settings::cluster_announce_hostname>("cluster-announce-hostname", EmptyText::kUnset, 0,
                                               Effect::kClusterHostname, CheckAnnouncedHostname),
    Text<&Settings::cluster_announce_human_nodename>("cluster-announce-human-nodename", EmptyText::kUnset, 0,
                                                     Effect::kClusterHumanNodename, CheckAnnouncedNodename),
    Number<&Settings::cluster_announce_port>("cluster-announce-port", kPort, 0, Effect::kClusterAnnouncedPort),
    Number<&Settings::cluster_announce_tls_port>("cluster-announce-tls-port", kPort, 0, Effect::kClusterAnnouncedPort),
    Number<&Settings::cluster_announce_bus_port>("cluster-announce-bus-port", kPort, 0, Effect::kClusterAnnouncedPort),
    Enum<&Settings::cluster_preferred_endpoint_type>("cluster-preferred-endpoint-type", kEndpointTypeWords),

    // watching
    Special("notify-keyspace-events", kNotifyKind),
    Number<&Settings::slowlog_log_slower_than_us>("slowlog-log-slower-than", {-1, INT64_MAX}),
    Number<&Settings::slowlog_max_len>("slowlog-max-len", kLong),
    Number<&Settings::latency_monitor_threshold_ms>("latency-monitor-threshold", kLong),
    Bool<&Settings::latency_tracking>("latency-tracking"),
    Special("latency-tracking-info-percentiles", kPercentilesKind, kMultiArg),

    // accepted, without effect
    Inert(Bool<&InertSettings::io_threads_do_reads>("io-threads-do-reads", kDebug | kImmutable),
          "every worker reads, runs and writes for its own connections"),
    Inert(Bool<&InertSettings::always_show_logo>("always-show-logo", kImmutable), "there is no logo"),
    Inert(Bool<&InertSettings::activerehashing>("activerehashing"), "tables grow in steps with the work on them"),
    Inert(Bool<&InertSettings::dynamic_hz>("dynamic-hz"), "periodic work does not grow with the number of clients"),
    Inert(Bool<&InertSettings::jemalloc_bg_thread>("jemalloc-bg-thread"), "the allocator keeps its own settings"),
    Inert(Bool<&InertSettings::activedefrag>("activedefrag", kDebug, Effect::kNone, CheckActiveDefrag), kNoDefrag),
    Inert(Number<&InertSettings::active_defrag_cycle_min_percent>("active-defrag-cycle-min", {1, 99}), kNoDefrag),
    Inert(Number<&InertSettings::active_defrag_cycle_max_percent>("active-defrag-cycle-max", {1, 99}), kNoDefrag),
    Inert(Number<&InertSettings::active_defrag_threshold_lower_percent>("active-defrag-threshold-lower", {0, 1000}),
          kNoDefrag),
    Inert(Number<&InertSettings::active_defrag_threshold_upper_percent>("active-defrag-threshold-upper", {0, 1000}),
          kNoDefrag),
    Inert(Number<&InertSettings::active_defrag_max_scan_fields>("active-defrag-max-scan-fields", {1, INT64_MAX}),
          kNoDefrag),
    Inert(Memory<&InertSettings::active_defrag_ignore_bytes>("active-defrag-ignore-bytes", {1, INT64_MAX}), kNoDefrag),
    Inert(Number<&InertSettings::list_compress_depth>("list-compress-depth", kInt, kDebug),
          "nodes of lists are not compressed in memory"),
    Inert(Enum<&InertSettings::sanitize_dump_payload>("sanitize-dump-payload", kSanitizeDumpWords, kDebug),
          "payloads are always checked in full"),
    Inert(Bool<&InertSettings::crash_memcheck_enabled>("crash-memcheck-enabled"), kOneCrashReport),
    Inert(Bool<&InertSettings::use_exit_on_panic>("use-exit-on-panic", kHidden), kOneCrashReport),
    Inert(Number<&InertSettings::watchdog_period_ms>("watchdog-period", kInt, kHidden),
          "there is no software watchdog; use SLOWLOG and LATENCY"),
    Inert(Bool<&InertSettings::disable_thp>("disable-thp", kImmutable),
          "snapshots do not fork, so huge pages are not copied"),
    Inert(Text<&InertSettings::ignore_warnings>("ignore-warnings", EmptyText::kValue),
          "the warnings that it silences do not exist"),
    Inert(Number<&InertSettings::socket_mark_id>("socket-mark-id", {0, UINT_MAX}, kImmutable),
          "listening sockets are not marked"),
    Inert(Bool<&InertSettings::set_proc_title>("set-proc-title", kImmutable), kNoTitle),
    Inert(Text<&InertSettings::proc_title_template>("proc-title-template", EmptyText::kValue, 0, Effect::kNone,
                                                    CheckProcTitleTemplate),
          kNoTitle),
    Inert(Text<&InertSettings::server_cpulist>("server_cpulist", EmptyText::kUnset, kImmutable), kNoCpuList),
    Inert(Text<&InertSettings::bio_cpulist>("bio_cpulist", EmptyText::kUnset, kImmutable), kNoCpuList),
    Inert(Text<&InertSettings::aof_rewrite_cpulist>("aof_rewrite_cpulist", EmptyText::kUnset, kImmutable), kNoCpuList),
    Inert(Text<&InertSettings::bgsave_cpulist>("bgsave_cpulist", EmptyText::kUnset, kImmutable), kNoCpuList),
    Inert(Number<&InertSettings::tls_port>("tls-port", kPort, 0, Effect::kNone, NumberForm::kInteger, CheckTlsPort),
          kNoTls),
    Inert(Bool<&InertSettings::tls_cluster>("tls-cluster", 0, Effect::kNone, CheckTlsCluster), kNoTls),
    Inert(Bool<&InertSettings::tls_replication>("tls-replication", 0, Effect::kNone, CheckTlsReplication), kNoTls),
    Inert(Enum<&InertSettings::tls_auth_clients>("tls-auth-clients", kTlsAuthClientsWords), kNoTls),
    Inert(Bool<&InertSettings::tls_prefer_server_ciphers>("tls-prefer-server-ciphers"), kNoTls),
    Inert(Bool<&InertSettings::tls_session_caching>("tls-session-caching"), kNoTls),
    Inert(Number<&InertSettings::tls_session_cache_size>("tls-session-cache-size", kInt), kNoTls),
    Inert(Number<&InertSettings::tls_session_cache_timeout_s>("tls-session-cache-timeout", kInt), kNoTls),
    Inert(Text<&InertSettings::tls_cert_file>("tls-cert-file", EmptyText::kUnset, kVolatile), kNoTls),
    Inert(Text<&InertSettings::tls_key_file>("tls-key-file", EmptyText::kUnset, kVolatile), kNoTls),
    Inert(Text<&InertSettings::tls_key_file_pass>("tls-key-file-pass", EmptyText::kUnset), kNoTls),
    Inert(Text<&InertSettings::tls_client_cert_file>("tls-client-cert-file", EmptyText::kUnset, kVolatile), kNoTls),
    Inert(Text<&InertSettings::tls_client_key_file>("tls-client-key-file", EmptyText::kUnset, kVolatile), kNoTls),
    Inert(Text<&InertSettings::tls_client_key_file_pass>("tls-client-key-file-pass", EmptyText::kUnset), kNoTls),
    Inert(Text<&InertSettings::tls_dh_params_file>("tls-dh-params-file", EmptyText::kUnset, kVolatile), kNoTls),
    Inert(Text<&InertSettings::tls_ca_cert_file>("tls-ca-cert-file", EmptyText::kUnset, kVolatile), kNoTls),
    Inert(Text<&InertSettings::tls_ca_cert_dir>("tls-ca-cert-dir", EmptyText::kUnset, kVolatile), kNoTls),
    Inert(Text<&InertSettings::tls_protocols>("tls-protocols", EmptyText::kUnset), kNoTls),
    Inert(Text<&InertSettings::tls_ciphers>("tls-ciphers", EmptyText::kUnset), kNoTls),
    Inert(Text<&InertSettings::tls_ciphersuites>("tls-ciphersuites", EmptyText::kUnset), kNoTls),
};
// clang-format on

}  // namespace

std::span<const Directive> Directives() { return kDirectives; }

}  // namespace dunlin::server
