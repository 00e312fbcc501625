// The house: it owns the store, the log of changes, the workers and the other threads, and hands each part what it
// needs. Nothing in the process is global; two servers fit in one.
//
// Thread: each member says. "Alone" means inside gate().Alone().
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/core.h"
#include "commands/changes.h"
#include "commands/context.h"
#include "commands/table.h"
#include "dispatch/decide.h"
#include "oplog/log.h"
#include "server/debug_switches.h"
#include "server/eviction.h"
#include "server/executor.h"
#include "server/gate.h"
#include "server/latency_monitor.h"
#include "server/lazy_free.h"
#include "server/listeners.h"
#include "server/log.h"
#include "server/memory_meter.h"
#include "server/monitor.h"
#include "server/oom_score.h"
#include "server/own_expiries.h"
#include "server/pubsub.h"
#include "server/ready_keys.h"
#include "server/scripting.h"
#include "server/session.h"
#include "server/settings.h"
#include "server/slowlog.h"
#include "server/stats.h"
#include "server/vitals.h"
#include "server/waiting_lines.h"
#include "server/worker.h"
#include "snapshot/rdb_writer.h"
#include "store/store.h"

namespace dunlin::server {

class ClusterDriver;
class Config;
class Control;
class PersistenceDriver;
class ReplicationDriver;

// CLIENT PAUSE and the pauses of failovers.
struct Pause {
  int64_t until_ms = 0;  // 0: none
  bool all_commands = false;
};

class Server {
 public:
  // `executable` and `config_path` are for INFO; config_path may be empty.
  Server(std::unique_ptr<Config> config, std::unique_ptr<Log> log, std::string executable);
  ~Server();

  // Opens sockets and nodes.conf, writes the pid file. Errors are those of the world: a port in use. A failure leaves
  // nothing behind.
  Status Open();
  // Starts the threads and loads the data; clients are answered from here on. After Open().
  Status Start();
  // Serves until somebody asks for the end; returns the exit status.
  int Run();

  // --- parts; constant after Start ---
  store::Store& store() { return *store_; }
  const commands::CommandTable& table() const { return table_; }
  oplog::Log& oplog() { return oplog_; }
  Gate& gate() { return gate_; }
  Log& log() { return *log_; }
  PubSub& pubsub() { return pubsub_; }
  Scripting& scripting() { return scripting_; }
  const Scripting& scripting() const { return scripting_; }
  Config& config() { return *config_; }
  Control& control() { return *control_; }
  // Null when cluster mode is off.
  ClusterDriver* cluster() { return cluster_.get(); }
  PersistenceDriver& persistence() { return *persistence_; }
  ReplicationDriver& replication() { return *replication_; }
  LazyFree& lazy_free() { return lazy_free_; }
  MemoryMeter& memory_meter() { return memory_meter_; }
  const MemoryMeter& memory_meter() const { return memory_meter_; }
  MemoryLimit& memory_limit() { return memory_limit_; }
  // Runs commands that come from a log or from our primary, on the thread that brings them.
  Worker& applier() { return *applier_; }
  const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }
  const std::string& run_id() const { return run_id_; }
  Vitals& vitals() { return vitals_; }
  const std::string& executable() const { return executable_; }
  int64_t start_time_ms() const { return start_time_ms_; }

  // --- settings: read inside the gate, changed alone ---
  const Settings& settings() const;
  const commands::HandlerSettings& handler_settings() const { return handler_settings_; }
  bool cluster_enabled() const { return cluster_enabled_; }
  uint64_t client_memory_limit_bytes() const { return client_memory_limit_bytes_; }  // 0: none
  // After settings changed, or anything else that facts are made of. Alone.
  void RefreshFacts();
  const dispatch::NodeFacts& node_facts() const { return node_facts_; }
  // Grows whenever anything changes that decisions are made from. Whoever has left the gate since a decision looks.
  uint64_t facts_version() const { return facts_version_; }
  commands::ExpiryRule expiry_rule() const { return expiry_rule_; }
  uint32_t event_interest() const { return event_interest_; }
  bool tracking_active() const { return false; }
  bool blocking_active() const { return waiting_lines_.anybody(); }

  // --- time ---
  // Milliseconds since 1970.
  int64_t clock_ms() const;
  // The same in microseconds.
  int64_t clock_us() const;
  // Milliseconds of a clock that nobody turns.
  int64_t monotonic_ms() const;
  // A fast monotonic clock for durations, and what a tick is worth.
  uint64_t Ticks() const;
  double TicksPerMicrosecond() const { return ticks_per_us_; }
  uint64_t ticks_per_ms() const { return ticks_per_ms_; }

  // --- clients; a worker's thread ---
  uint64_t NextClientId() { return next_client_id_.fetch_add(1) + 1; }
  uint64_t last_client_id() const { return next_client_id_.load(); }
  void PrepareClient(Session& session);
  void ForgetClient(Worker& worker, Session& session);
  void LogProtocolError(Session& session);
  bool OutputWithinLimit(Session& session, size_t pending_bytes, int64_t now_ms);
  void OnWorkerCron(Worker& worker);
  void OnDrained(Worker& worker, Session& session);
  size_t client_count() const;
  // All sessions of all workers. Alone.
  template <typename Fn>
  void ForEachSession(Fn&& fn) {
    for (auto& worker : workers_) {
      for (auto& [id, session] : worker->sessions()) fn(*session);
    }
  }
  Session* FindSession(uint64_t id);
  // Closes a session of any worker. Alone.
  void KillSession(Session& session, std::string reason, bool after_reply = false);

  // --- pausing ---
  // `flags` are those of this call.
  bool MustWaitForPause(const Session& session, const commands::CommandSpec& spec, uint32_t flags, int64_t now_ms);
  int64_t pause_until_ms() const { return pause_until_ms_.load(std::memory_order_relaxed); }
  // Purposes pause independently; the longest and strictest holds. Alone.
  enum class PausePurpose : uint8_t { kClient, kFailover, kShutdown, kManualFailover, kCount };
  void SetPause(PausePurpose purpose, int64_t until_ms, bool all_commands);
  void ClearPause(PausePurpose purpose);
  bool writes_paused(int64_t now_ms) const { return pause_until_ms() > now_ms; }

  // --- blocked clients; blocking.cc ---
  WaitingLines& waiting_lines() { return waiting_lines_; }
  // A session of any worker was blocked (1), or is no more (-1). Its worker's thread, or alone.
  void NoteBlocked(BlockKind kind, int delta);
  int blocked_clients() const { return blocked_clients_.load(std::memory_order_relaxed); }
  // CLIENT UNBLOCK: as if its time were up, or with an error. False when it waits for nothing. Alone.
  bool UnblockClient(uint64_t id, bool with_error);
  // WAIT and WAITAOF: what they wait for has happened, and what they reply.
  bool Acknowledged(const Blocking& blocking) const;
  void WriteAcknowledged(resp::ReplyWriter& reply, const Blocking& blocking) const;
  // Replies when enough have acknowledged, or blocks the session until then.
  void WaitForReplicas(Call& call, const Blocking& blocking);

  // --- durability and replication ---
  bool MustSyncBeforeReplies() const;
  void WaitDurable(Offset offset);
  AppendFsync append_fsync() const { return append_fsync_.load(std::memory_order_relaxed); }
  bool aof_keeps_history() const { return aof_keeps_history_.load(std::memory_order_relaxed); }
  bool aof_timestamps() const { return aof_timestamps_.load(std::memory_order_relaxed); }
  bool no_sync_during_snapshots() const { return no_sync_during_snapshots_.load(std::memory_order_relaxed); }
  int64_t rdb_key_save_delay_us() const { return rdb_key_save_delay_us_.load(std::memory_order_relaxed); }
  int64_t key_load_delay_us() const { return key_load_delay_us_.load(std::memory_order_relaxed); }
  // Whether changes made here are to be appended to the log. A replica's log is its primary's stream, and its own
  // changes, if it may make any, have no place there. Inside the gate.
  bool tells_log() const { return oplog_.active() && expiry_rule_ == commands::ExpiryRule::kDelete; }
  // A worker appended to the log in this batch.
  void OnAppended(Worker& worker);
  // A replica acknowledged. Any thread.
  void OnAcknowledged();
  // Lets the workers that feed replicas look at the log; `except` does so anyway.
  void WakeReplicaSenders(const Worker* except);
  // The disk has caught up: WAITAOF may be satisfied. The disk thread.
  void OnDurableAdvanced();
  // Facts are made anew on the control thread, soon. Any thread.
  void control_soon_refresh();
  uint64_t TotalDirty() const;
  bool is_replica() const;
  // The same, also before replication has started.
  bool follows_primary() const;
  // The database that our primary's stream is in; -1 on a primary.
  int stream_database() const;
  std::optional<snapshot::RdbInfo::Replication> ReplicationForSave();
  // The name of the data, kept for whoever saves it.
  void SetHistoryForSave(const ReplicationId& id);
  ReplicationId history_for_save() const;
  // Alone.
  void OnRoleChanged(bool replica);
  enum class Loading : uint8_t {
    kNo,
    kYes,    // most commands are refused
    kAside,  // beside the data that is served meanwhile
  };
  void SetLoading(Loading loading);
  bool loads_anything() const { return node_facts_.loading || node_facts_.async_loading; }
  void SetEnoughReplicas(bool enough);
  bool dataset_empty_hint() const { return dataset_empty_.load(std::memory_order_relaxed); }
  // The data is so much larger than the processor's cache that fetching it ahead pays.
  bool data_beyond_cache() const {
    constexpr uint64_t kCacheBytes = 16ull * 1024 * 1024;
    return vitals_.used_memory_bytes() > vitals_.startup_memory_bytes() + kCacheBytes;
  }
  bool skip_checksums() const { return skip_checksums_.load(std::memory_order_relaxed); }
  void set_skip_checksums(bool skip) { skip_checksums_.store(skip); }

  // --- watching ---
  MonitorFeed& monitors() { return monitors_; }
  bool has_monitors() const { return monitors_.any(); }
  // A command has run: those who watch are shown it, unless its flags forbid that. What is secret stays so.
  void FeedMonitors(Worker& worker, const Session& session, const commands::CommandSpec& spec, commands::Args args);
  // The same whatever its flags are.
  void ShowCallToMonitors(Worker& worker, const Session& session, const commands::CommandSpec& spec,
                          commands::Args args);
  // The same for whoever is no session (a script: "lua"); `args` as they may be shown.
  void ShowToMonitors(Worker& worker, DbIndex db, std::string_view origin, commands::Args args);
  void PublishKeyEvent(Worker& worker, const commands::KeyEvent& event);
  // `error_counted`: when it replied with an error, that was counted before.
  void CountCall(Worker& worker, Session& session, const commands::CommandSpec& spec, commands::Args args,
                 uint64_t ticks, size_t output_before, bool error_counted = false);
  void CountRejected(Worker& worker, const commands::CommandSpec* spec, std::string_view code_word);
  void CountError(Worker& worker, std::string_view code_word);
  // A command of a replication stream, or on its connection, was replied to with an error: the two ends may differ.
  // `end`: which of them we are.
  enum class StreamEnd : uint8_t { kPrimary, kReplica };
  void LogErrorOfStream(Worker& worker, std::string_view reply, const commands::CommandSpec* spec, StreamEnd end);
  void NameThread(const std::string& name);
  // CONFIG RESETSTAT. Alone.
  void ResetStats();
  // How long the calls of a command took, on all threads. Alone.
  LatencyHistogram HistogramOf(const commands::CommandSpec& spec) const;
  Slowlog& slowlog() { return slowlog_; }
  // Alone.
  OomScore& oom_score() { return oom_score_; }
  LatencyMonitor& latency() { return latency_; }

  // --- the control thread ---
  void OnSignal(int signal_number);
  // False when the connection was refused and closed.
  bool AdmitConnection(int fd, bool is_unix);
  void OnCron(uint64_t runs);

  OwnExpiries& own_expiries() { return own_expiries_; }

  // What DEBUG has switched. Any thread.
  DebugSwitches& debug() { return debug_; }
  // DEBUG SET-ACTIVE-EXPIRE.
  void set_active_expire(bool on) { active_expire_.store(on); }

  // --- the data set; alone ---
  void SwapDatabases(DbIndex a, DbIndex b);
  // An empty store that can exchange keys with this server's.
  std::unique_ptr<store::Store> NewStore() const;
  // All keys change places with those of `other`, which no client has seen.
  void ExchangeKeys(store::Store& other);
  // All keys that clients are blocked on.
  std::vector<ReadyKeys::Key> KeysWaitedFor() const;
  // All keys of a database, or of all of them (-1), go. Returns how many.
  uint64_t FlushDatabase(int db, bool lazily);

  // --- what the cluster core asks for; the control thread ---
  // All but dataset_empty, which takes longer to know.
  cluster::Facts ClusterFacts();
  bool DatasetEmpty();
  // Replaces the file and moves the lock that `lock_fd` holds from the old file to the new one.
  Status WriteNodesConf(const std::string& path, const std::string& text, bool fsync, int* lock_fd);
  // Alone. `before` may be null.
  void OnMapPublished(const cluster::SlotMap* before, const cluster::SlotMap& map);
  void FollowPrimary(const std::string& host, int port);
  void StopFollowing();
  void DeleteKeysInSlots(const cluster::SlotSet& slots);

  // --- the end (shutdown.cc) ---
  // Asks Run() to end the server; `flags` are ShutdownFlags. While data is loaded at the start, the process ends here.
  // Any thread.
  void RequestShutdown(uint8_t flags);
  // Ends the process as it is, leaving no pid file and no socket behind. Any thread.
  [[noreturn]] void EndNow(int status);
  // False when there was none. Any thread.
  bool AbortShutdown();
  // Asked for and not given up. Any thread.
  bool shutting_down() const { return shutdown_asked_.load(); }
  // Nobody is waited for any more: only the files are brought to their end. Any thread.
  bool ending() const { return ending_.load(); }
  // When the replicas will have had time enough, by the monotonic clock; 0 when nobody waits for them.
  int64_t shutdown_deadline_ms() const { return shutdown_deadline_ms_.load(std::memory_order_relaxed); }

 private:
  void EndShardChannels(const cluster::SlotMap& before, const cluster::SlotMap& map);
  Status OpenListeners();
  Status AddListeners(Result<std::vector<Listener>> opened);
  Status LoadData();
  Status LoadAndServe();
  void StartThreads();
  void SumUpPauses();
  // True when the threads may stop now.
  bool Shutdown();
  bool WaitForReplicasToFollow();
  bool AofMayEnd(bool force);
  bool SaveForShutdown(uint8_t flags);
  bool ShutdownAsked(uint8_t* flags);
  void AskForShutdown(uint8_t flags) DUNLIN_REQUIRES(shutdown_mutex_);
  // Alone: clients that wait for something that can no longer be trusted to come.
  void DisconnectBlocked();
  void RedirectBlocked(const cluster::SlotMap& map);
  void GiveUpShutdown();
  [[noreturn]] void EndWhileLoading();
  cluster::SlotSet SlotsWithKeys();
  // For SLOWLOG and LATENCY.
  void NoteSlowCall(const Session& session, const commands::CommandSpec& spec, commands::Args args, uint64_t ticks);

  MemoryMeter memory_meter_;
  MemoryLimit memory_limit_{*this};

  // --- constant after Start ---
  std::unique_ptr<Config> config_;
  std::unique_ptr<Log> log_;
  commands::CommandTable table_;
  std::string executable_;
  std::string run_id_;
  std::string pid_file_;  // empty: none was written
  int64_t start_time_ms_ = 0;
  double ticks_per_us_ = 1;
  uint64_t ticks_per_ms_ = UINT64_MAX;
  bool cluster_enabled_ = false;

  Gate gate_;
  oplog::Log oplog_;
  PubSub pubsub_;
  Scripting scripting_{*this};
  Vitals vitals_;
  Slowlog slowlog_;
  OomScore oom_score_;
  LatencyMonitor latency_;
  std::unique_ptr<store::Store> store_;
  WaitingLines waiting_lines_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Control> control_;
  std::unique_ptr<ClusterDriver> cluster_;
  std::unique_ptr<PersistenceDriver> persistence_;
  std::unique_ptr<ReplicationDriver> replication_;
  std::unique_ptr<Worker> applier_;

  // --- changed alone, read inside the gate ---
  commands::HandlerSettings handler_settings_;
  dispatch::NodeFacts node_facts_;
  uint64_t facts_version_ = 0;
  commands::ExpiryRule expiry_rule_ = commands::ExpiryRule::kDelete;
  uint32_t event_interest_ = 0;
  uint64_t client_memory_limit_bytes_ = 0;
  uint64_t slow_call_ticks_ = UINT64_MAX;  // from here on SLOWLOG or LATENCY may want to know
  Pause pauses_[static_cast<int>(PausePurpose::kCount)];
  bool pause_all_commands_ = false;

  std::atomic<AppendFsync> append_fsync_{AppendFsync::kEverySecond};
  std::atomic<bool> aof_keeps_history_{false};
  std::atomic<bool> aof_timestamps_{false};
  std::atomic<bool> no_sync_during_snapshots_{false};
  std::atomic<int64_t> rdb_key_save_delay_us_{0};
  std::atomic<int64_t> key_load_delay_us_{0};
  std::atomic<bool> dataset_empty_{true};
  std::atomic<bool> skip_checksums_{false};
  std::atomic<bool> active_expire_{true};
  DebugSwitches debug_;
  LazyFree lazy_free_;
  OwnExpiries own_expiries_;
  std::atomic<bool> ready_{false};  // data is loaded; the calendar may run
  mutable Mutex history_mutex_;
  ReplicationId history_for_save_ DUNLIN_GUARDED_BY(history_mutex_);
  std::atomic<int64_t> pause_until_ms_{0};
  std::atomic<uint64_t> next_client_id_{0};
  MonitorFeed monitors_;
  std::atomic<int> waiting_clients_{0};  // in WAIT and WAITAOF
  std::atomic<int> blocked_clients_{0};
  std::atomic<bool> shutdown_asked_{false};  // written under shutdown_mutex_
  std::atomic<int64_t> shutdown_deadline_ms_{0};
  std::atomic<bool> ending_{false};
  Mutex shutdown_mutex_;
  CondVar shutdown_changed_;
  uint8_t shutdown_flags_ DUNLIN_GUARDED_BY(shutdown_mutex_) = 0;
  bool shutdown_by_signal_ DUNLIN_GUARDED_BY(shutdown_mutex_) = false;
};

template <typename Fn>
void Worker::Alone(Fn&& fn) {
  if (server_.gate().is_alone()) return fn();
  server_.gate().Leave(gate_member_);
  server_.gate().Alone(fn);
  EnterGate();
}

template <typename Fn>
bool Worker::AloneUnlessScriptLingers(Fn&& fn) {
  if (server_.gate().is_alone()) {
    fn();
    return true;
  }
  server_.gate().Leave(gate_member_);
  bool done = server_.gate().AloneUnlessLingering(fn);
  EnterGate();
  return done;
}

template <typename Fn>
void Worker::OutsideGate(Fn&& fn) {
  if (server_.gate().is_alone()) return fn();
  server_.gate().Leave(gate_member_);
  fn();
  EnterGate();
}

}  // namespace dunlin::server
