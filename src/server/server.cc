#include "server/server.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <limits>
#include <thread>

#include "base/limits.h"
#include "net/socket.h"
#include "replication/output_limit.h"
#include "server/client_eviction.h"
#include "server/cluster_driver.h"
#include "server/config.h"
#include "server/control.h"
#include "server/expiry.h"
#include "server/key_removal.h"
#include "server/memory.h"
#include "server/ops.h"
#include "server/persistence_driver.h"
#include "server/process.h"
#include "server/redaction.h"
#include "server/replication_driver.h"

namespace dunlin::server {
namespace {

int64_t Now(clockid_t clock, int64_t per_second) {
  timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * per_second + t.tv_nsec / (1000000000 / per_second);
}

// The cycle counter against the clock, over a few milliseconds.
double MeasureTicksPerMicrosecond() {
  int64_t start_us = Now(CLOCK_MONOTONIC, 1000000);
  uint64_t start = __rdtsc();
  while (Now(CLOCK_MONOTONIC, 1000000) - start_us < 5000) {
  }
  int64_t end_us = Now(CLOCK_MONOTONIC, 1000000);
  return static_cast<double>(__rdtsc() - start) / static_cast<double>(end_us - start_us);
}

// The duration from which on somebody may want to know of a call.
uint64_t SlowCallTicks(const Settings& settings, double ticks_per_us) {
  double slowest_us = std::numeric_limits<double>::infinity();
  if (settings.slowlog_log_slower_than_us >= 0 && settings.slowlog_max_len > 0) {
    slowest_us = static_cast<double>(settings.slowlog_log_slower_than_us);
  }
  if (settings.latency_monitor_threshold_ms > 0) {
    slowest_us = std::min(slowest_us, static_cast<double>(settings.latency_monitor_threshold_ms) * 1000);
  }
  constexpr double kLongest = 1e18;
  double ticks = slowest_us * ticks_per_us;
  return ticks < kLongest ? static_cast<uint64_t>(ticks) : UINT64_MAX;
}

uint64_t RandomSeed() {
  uint64_t seed = 0;
  if (getentropy(&seed, sizeof seed) != 0) seed = static_cast<uint64_t>(Now(CLOCK_REALTIME, 1000000000));
  return seed;
}

bool ReplicaWithinLimit(const Settings& settings, Session& session, size_t output_bytes, int64_t now_ms) {
  const OutputBufferLimit& limit = settings.client_output_buffer_limit[kOutputReplica];
  size_t pending_bytes = session.channel->log_bytes() + (session.channel->streaming() ? output_bytes : 0);
  int64_t since_ms = session.soft_limit_since_ms == 0 ? -1 : session.soft_limit_since_ms;
  bool over = replication::OverOutputLimit({limit.hard_bytes, limit.soft_bytes, limit.soft_seconds},
                                           settings.repl_backlog_size_bytes, static_cast<int64_t>(pending_bytes),
                                           now_ms, &since_ms);
  session.soft_limit_since_ms = std::max<int64_t>(since_ms, 0);
  return !over;
}

}  // namespace

Server::Server(std::unique_ptr<Config> config, std::unique_ptr<Log> log, std::string executable)
    : config_(std::move(config)),
      log_(std::move(log)),
      executable_(std::move(executable)),
      store_(std::make_unique<store::Store>(static_cast<int>(settings().databases), RandomSeed())),
      waiting_lines_(*store_) {
  Random random(RandomSeed());
  run_id_ = ReplicationId::Random([&] { return random.Next(); }).str();
  cluster_enabled_ = settings().cluster_enabled;
  for (const CommandRename& rename : settings().rename_commands) table_.Rename(rename.from, rename.to);
}

Server::~Server() { RemovePidFile(pid_file_); }

const Settings& Server::settings() const { return config_->settings(); }

int64_t Server::monotonic_ms() const { return Now(CLOCK_MONOTONIC, 1000); }

int64_t Server::clock_ms() const { return Now(CLOCK_REALTIME, 1000); }

int64_t Server::clock_us() const { return Now(CLOCK_REALTIME, 1000000); }

uint64_t Server::Ticks() const { return __rdtsc(); }

void Server::NameThread(const std::string& name) { pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()); }

Status Server::OpenListeners() {
  DUNLIN_TRY(AddListeners(OpenTcpListeners(settings(), *log_)));
  DUNLIN_TRY(AddListeners(OpenUnixListener(settings(), *log_)));
  if (control_->listeners().empty()) return Status::InvalidArgument("Configured to not listen anywhere, exiting.");
  return Status::Ok();
}

Status Server::AddListeners(Result<std::vector<Listener>> opened) {
  if (!opened) return opened.error();
  for (Listener& listener : *opened) control_->AddListener(std::move(listener));
  return Status::Ok();
}

Status Server::Open() {
  // Signals go to the control thread's descriptor, and to no thread.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  start_time_ms_ = clock_ms();
  ticks_per_us_ = MeasureTicksPerMicrosecond();
  ticks_per_ms_ = static_cast<uint64_t>(ticks_per_us_ * 1000);
  Random random(RandomSeed());
  auto loop = net::Loop::Create();
  if (!loop) return loop.error();
  control_ = std::make_unique<Control>(*this, std::move(*loop));
  for (int i = 0; i < settings().worker_count; ++i) {
    auto worker_loop = net::Loop::Create();
    if (!worker_loop) return worker_loop.error();
    workers_.push_back(std::make_unique<Worker>(*this, i, std::move(*worker_loop), random.Next()));
  }
  auto applier_loop = net::Loop::Create();
  if (!applier_loop) return applier_loop.error();
  applier_ = std::make_unique<Worker>(*this, -1, std::move(*applier_loop), random.Next());
  persistence_ = std::make_unique<PersistenceDriver>(*this);
  replication_ = std::make_unique<ReplicationDriver>(*this, random.Next());
  vitals_.SetStartup(memory_meter_.used_bytes());
  gate_.Alone([&] { RefreshFacts(); });
  DUNLIN_TRY(OpenListeners());
  if (cluster_enabled_) {
    cluster_ = std::make_unique<ClusterDriver>(*this);
    DUNLIN_TRY(cluster_->Open(random.Next()));
  }
  if (Status scored = oom_score_.Apply(settings(), false); !scored.ok()) log_->Warning("{}", scored.message());
  std::string pid_file = PidFilePath(settings());
  if (pid_file.empty()) return Status::Ok();
  if (Status created = CreatePidFile(pid_file); created.ok()) {
    pid_file_ = std::move(pid_file);
  } else {
    log_->Warning("Failed to write PID file: {}", created.message());
  }
  return Status::Ok();
}

// Clients are answered while the data is loaded, mostly with -LOADING.
Status Server::Start() {
  gate_.Alone([&] { SetLoading(Loading::kYes); });
  StartThreads();
  DUNLIN_TRY(persistence_->Load());
  DUNLIN_TRY(persistence_->StartAof());
  persistence_->StartThreads();
  Status started;
  control_->RunAndWait([&] {
    replication_->Start();
    if (cluster_) cluster_->Start(SlotsWithKeys());
    gate_.Alone([&] {
      SetLoading(Loading::kNo);
      RefreshFacts();
    });
    ready_.store(true);
  });
  return started;
}

void Server::StartThreads() {
  lazy_free_.Start(memory_meter_, [this] { NameThread("lazyfree"); });
  for (auto& worker : workers_) worker->Start();
  control_->Start();
}

bool Server::AdmitConnection(int fd, bool is_unix) {
  auto refuse = [fd](std::string_view why) {
    [[maybe_unused]] ssize_t n = send(fd, why.data(), why.size(), MSG_NOSIGNAL);
    close(fd);
    return false;
  };
  if (client_count() >= static_cast<size_t>(settings().maxclients)) {
    workers_[0]->stats().rejected_connections.Add(1);
    return refuse("-ERR max number of clients reached\r\n");
  }
  if (is_unix) return true;
  if (settings().protected_mode && settings().requirepass.empty() && !net::PeerAddress(fd).is_loopback()) {
    workers_[0]->stats().rejected_connections.Add(1);
    return refuse(
        "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the "
        "default user: only clients of this machine are let in, over loopback or a Unix socket. To let others in, give "
        "the default user a password, or turn protected mode off when no stranger can reach this port (CONFIG SET "
        "protected-mode no from this machine, or --protected-mode no at the start).\r\n");
  }
  net::SetNoDelay(fd, true);
  if (settings().tcp_keepalive_s > 0) net::SetKeepAlive(fd, static_cast<int>(settings().tcp_keepalive_s));
  return true;
}

size_t Server::client_count() const {
  size_t total = 0;
  for (const auto& worker : workers_) total += worker->session_count();
  return total;
}

void Server::PrepareClient(Session& session) {
  net::Address peer = net::PeerAddress(session.stream.fd());
  session.peer = session.is_unix ? settings().unixsocket + ":0" : peer.ToString();
  session.local = session.is_unix ? session.peer : net::LocalAddress(session.stream.fd()).ToString();
  session.is_loopback = session.is_unix || peer.is_loopback();
  session.authenticated = settings().requirepass.empty();
}

void Server::ForgetClient(Worker& worker, Session& session) {
  (void)worker;
  if (session.channel) {
    session.channel->Close();
    replication_->ForgetPeer(session.id);
  }
  UnwatchAll(*this, session);
  if (session.monitor) monitors_.Remove(session.worker, session.id);
  PubSub::Listener me{session.worker, session.id};
  for (const std::string& channel : session.channels) pubsub_.Unsubscribe(ChannelKind::kGlobal, channel, me);
  for (const std::string& channel : session.shard_channels) pubsub_.Unsubscribe(ChannelKind::kSharded, channel, me);
  for (const std::string& pattern : session.patterns) pubsub_.UnsubscribePattern(pattern, me);
}

void Server::LogProtocolError(Session& session) {
  log_->Verbose("Protocol error ({}) from client: id={} addr={}", session.parser.error(), session.id, session.peer);
}

Session* Server::FindSession(uint64_t id) {
  for (auto& worker : workers_) {
    if (Session* session = worker->Find(id)) return session;
  }
  return nullptr;
}

void Server::KillSession(Session& session, std::string reason, bool after_reply) {
  session.worker->Close(session, after_reply, std::move(reason));
  session.worker->loop().Wake();
}

bool Server::OutputWithinLimit(Session& session, size_t pending_bytes, int64_t now_ms) {
  if (session.channel) return ReplicaWithinLimit(settings(), session, pending_bytes, now_ms);
  OutputBufferClass which = session.subscribed() ? kOutputPubsub : kOutputNormal;
  const OutputBufferLimit& limit = settings().client_output_buffer_limit[which];
  if (limit.hard_bytes > 0 && pending_bytes > static_cast<size_t>(limit.hard_bytes)) return false;
  if (limit.soft_bytes == 0 || pending_bytes <= static_cast<size_t>(limit.soft_bytes)) {
    session.soft_limit_since_ms = 0;
    return true;
  }
  if (session.soft_limit_since_ms == 0) session.soft_limit_since_ms = now_ms;
  return now_ms - session.soft_limit_since_ms <= limit.soft_seconds * 1000;
}

void Server::SetPause(PausePurpose purpose, int64_t until_ms, bool all_commands) {
  Pause& pause = pauses_[static_cast<int>(purpose)];
  if (pause.until_ms <= clock_ms()) pause = Pause();
  pause.until_ms = std::max(pause.until_ms, until_ms);
  pause.all_commands = pause.all_commands || all_commands;
  SumUpPauses();
}

void Server::ClearPause(PausePurpose purpose) {
  pauses_[static_cast<int>(purpose)] = Pause();
  SumUpPauses();
  control_->WakeBlocked();
}

void Server::SumUpPauses() {
  int64_t until_ms = 0;
  pause_all_commands_ = false;
  ++facts_version_;
  int64_t now_ms = clock_ms();
  for (Pause& pause : pauses_) {
    if (pause.until_ms <= now_ms) pause = Pause();
    until_ms = std::max(until_ms, pause.until_ms);
    pause_all_commands_ |= pause.all_commands;
  }
  pause_until_ms_.store(until_ms);
}

bool Server::MustWaitForPause(const Session& session, const commands::CommandSpec& spec, uint32_t flags,
                              int64_t now_ms) {
  int64_t until_ms = pause_until_ms_.load(std::memory_order_relaxed);
  if (until_ms == 0 || until_ms <= now_ms || session.kind != SessionKind::kNormal) return false;
  if (pause_all_commands_) return true;
  if (flags & (commands::kWrite | commands::kMayReplicate)) return true;
  if (spec.op != commands::ServerOp::kExec) return false;
  for (const QueuedCommand& queued : session.queue) {
    if (queued.flags & (commands::kWrite | commands::kMayReplicate)) return true;
  }
  return false;
}

void Server::OnWorkerCron(Worker& worker) {
  if (expiry_rule_ == commands::ExpiryRule::kDelete && active_expire_.load() && !node_facts_.loading &&
      !writes_paused(worker.now_ms())) {
    // A quarter of the time at most, and up to 43 percent when more effort is asked for.
    int64_t budget_percent = 25 + 2 * (settings().active_expire_effort - 1);
    int64_t budget_us = budget_percent * 10000 / settings().hz;
    uint64_t start = Ticks();
    worker.executor().stats().expired += ExpireSome(*this, worker, worker.expiry_cursor(), worker.now_ms(), budget_us);
    uint64_t took = Ticks() - start;
    worker.stats().expire_ticks.Add(took);
    auto took_ms = static_cast<int64_t>(static_cast<double>(took) / ticks_per_us_ / 1000);
    latency_.Note("expire-cycle", took_ms, worker.now_ms() / 1000);
  }
  if (worker.index() == 0 && active_expire_.load()) ExpireOwn(*this, worker, worker.now_ms());
  const commands::HandlerStats& stats = worker.executor().stats();
  worker.stats().hits.Set(stats.hits);
  worker.stats().misses.Set(stats.misses);
  worker.stats().expired_keys.Set(stats.expired);
}

void Server::OnDrained(Worker&, Session&) {}

void Server::OnCron(uint64_t runs) {
  (void)runs;
  if (!ready_.load() || debug_.pause_cron.load(std::memory_order_relaxed)) return;
  vitals_.Sample(*this);
  // Asked for only by a replica that may have to choose how to load a copy.
  if (is_replica() && !replication_->link_up() && settings().repl_diskless_load != DisklessLoad::kDisabled) {
    dataset_empty_.store(DatasetEmpty());
  }
  if (cluster_) cluster_->Tick();
  replication_->Tick();
  persistence_->Cron(clock_ms());
}

cluster::SlotSet Server::SlotsWithKeys() {
  cluster::SlotSet slots;
  for (int i = 0; i < kSlotCount; ++i) {
    SlotId id(static_cast<uint16_t>(i));
    if (store_->slot(id).key_count(DbIndex(0)) > 0) slots.Set(id);
  }
  return slots;
}

cluster::Facts Server::ClusterFacts() {
  cluster::Facts facts;
  facts.replication_offset = oplog_.end();
  if (replication_ == nullptr || !replication_->is_replica()) return facts;
  facts.replication_offset = replication_->DataOffset();
  replication::LinkView link = replication_->LinkState();
  facts.primary_link_up = link.up;
  // Both clocks run evenly, but from different beginnings.
  int64_t shift_ms = cluster_->now_ms() - monotonic_ms();
  facts.primary_last_io_ms = link.last_io_ms < 0 ? 0 : link.last_io_ms + shift_ms;
  facts.primary_link_down_since_ms = link.down_since_ms < 0 ? 0 : link.down_since_ms + shift_ms;
  return facts;
}

bool Server::DatasetEmpty() {
  bool empty = true;
  gate_.AloneAmidScript([&] {
    for (int i = 0; i < store_->database_count(); ++i)
      empty &= store_->KeyCount(DbIndex(static_cast<uint16_t>(i))) == 0;
  });
  return empty;
}

Status Server::WriteNodesConf(const std::string& path, const std::string& text, bool fsync_now, int* lock_fd) {
  std::string temporary = path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(clock_ms());
  int fd = open(temporary.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0644);
  if (fd < 0) return Status::FromErrno(temporary, errno);
  auto fail = [&](const std::string& what) {
    Status status = Status::FromErrno(what, errno);
    close(fd);
    unlink(temporary.c_str());
    return status;
  };
  for (size_t done = 0; done < text.size();) {
    ssize_t n = write(fd, text.data() + done, text.size() - done);
    if (n < 0) return fail("writing " + temporary);
    done += static_cast<size_t>(n);
  }
  if (fsync_now && fdatasync(fd) != 0) return fail("syncing " + temporary);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return fail("locking " + temporary);
  if (rename(temporary.c_str(), path.c_str()) != 0) return fail("renaming " + temporary);
  close(std::exchange(*lock_fd, fd));
  if (!fsync_now) return Status::Ok();
  int directory = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory >= 0) {
    fsync(directory);
    close(directory);
  }
  return Status::Ok();
}

void Server::OnMapPublished(const cluster::SlotMap* before, const cluster::SlotMap& map) {
  node_facts_.map = &map;
  ++facts_version_;
  RedirectBlocked(map);
  if (before != nullptr) EndShardChannels(*before, map);
}

// Whoever owns a slot from now on is the one to listen at, also when it is served here as before.
void Server::EndShardChannels(const cluster::SlotMap& before, const cluster::SlotMap& map) {
  if (&before.slots() == &map.slots() || pubsub_.ChannelCount(ChannelKind::kSharded) == 0) return;
  auto owner_changed = [&](SlotId slot) {
    cluster::NodeIndex old_owner = before.Owner(slot);
    cluster::NodeIndex owner = map.Owner(slot);
    if (old_owner == cluster::kNoNode) return false;
    return owner == cluster::kNoNode || before.Node(old_owner).id != map.Node(owner).id;
  };
  for (PubSub::Ended& ended : pubsub_.EndShardChannels(owner_changed)) {
    Worker* worker = ended.listener.worker;
    worker->Post([ended = std::move(ended)](Worker& listening) { PubSub::TellEnded(listening, ended); });
  }
}

void Server::FollowPrimary(const std::string& host, int port) { replication_->Follow(host, port); }
void Server::StopFollowing() { replication_->Promote(); }

void Server::DeleteKeysInSlots(const cluster::SlotSet& slots) {
  slots.ForEach([&](SlotId id) {
    gate_.Alone([&] {
      store::Slot& slot = store_->slot(id);
      std::vector<std::string> keys;
      slot.ForEach(DbIndex(0), [&](const store::Entry* entry) { keys.emplace_back(entry->key()); });
      for (const std::string& key : keys) {
        slot.Erase(store_->context(), DbIndex(0), store_->Ref(key));
        AppendRemoval(*this, DbIndex(0), key, false);
      }
    });
  });
}

bool Server::MustSyncBeforeReplies() const {
  return append_fsync() == AppendFsync::kAlways && persistence_->aof_enabled() && !persistence_->spares_disk();
}

void Server::WaitDurable(Offset offset) { persistence_->WaitDurable(offset); }

void Server::OnAcknowledged() {
  if (waiting_clients_.load() > 0) control_->WakeBlocked();
}

void Server::OnAppended(Worker& worker) {
  if (persistence_->aof_enabled()) persistence_->Wake();
  WakeReplicaSenders(&worker);
}

void Server::WakeReplicaSenders(const Worker* except) {
  for (auto& worker : workers_) {
    if (worker.get() != except && worker->has_channels()) worker->loop().Wake();
  }
}

void Server::OnDurableAdvanced() {
  if (waiting_clients_.load(std::memory_order_relaxed) > 0) control_->WakeBlocked();
}

void Server::control_soon_refresh() {
  control_->RunSoon([this] { gate_.AloneAmidScript([&] { RefreshFacts(); }); });
}

uint64_t Server::TotalDirty() const {
  uint64_t total = applier_->stats().dirty.get();
  for (const auto& worker : workers_) total += worker->stats().dirty.get();
  return total;
}

bool Server::follows_primary() const { return replication_ != nullptr && replication_->is_replica(); }
bool Server::is_replica() const { return replication_->is_replica(); }
int Server::stream_database() const { return replication_->stream_database(); }

std::optional<snapshot::RdbInfo::Replication> Server::ReplicationForSave() { return replication_->ForSave(); }

void Server::SetHistoryForSave(const ReplicationId& id) {
  MutexLock lock(history_mutex_);
  history_for_save_ = id;
}

ReplicationId Server::history_for_save() const {
  MutexLock lock(history_mutex_);
  return history_for_save_;
}

void Server::OnRoleChanged(bool replica) {
  log_->set_role(replica ? LogRole::kReplica : LogRole::kPrimary);
  if (Status scored = oom_score_.Apply(settings(), replica); !scored.ok()) log_->Warning("{}", scored.message());
  RefreshFacts();
  own_expiries_.Clear();
  if (replica) DisconnectBlocked();
  control_->WakeBlocked();
}

void Server::SetLoading(Loading loading) {
  node_facts_.loading = loading == Loading::kYes;
  node_facts_.async_loading = loading == Loading::kAside;
  if (loading != Loading::kNo) persistence_->NoteLoadingBegins();
  ++facts_version_;
}

void Server::SetEnoughReplicas(bool enough) {
  if (node_facts_.too_few_replicas == !enough) return;
  gate_.AloneAmidScript([&] {
    node_facts_.too_few_replicas = !enough;
    ++facts_version_;
  });
}

void Server::RefreshFacts() {
  ++facts_version_;
  const Settings& s = settings();
  handler_settings_.encoding.hash_max_listpack_entries = static_cast<size_t>(s.hash_max_listpack_entries);
  handler_settings_.encoding.hash_max_listpack_value_bytes = static_cast<size_t>(s.hash_max_listpack_value_bytes);
  handler_settings_.encoding.set_max_intset_entries = static_cast<size_t>(s.set_max_intset_entries);
  handler_settings_.encoding.set_max_listpack_entries = static_cast<size_t>(s.set_max_listpack_entries);
  handler_settings_.encoding.set_max_listpack_value_bytes = static_cast<size_t>(s.set_max_listpack_value_bytes);
  handler_settings_.encoding.zset_max_listpack_entries = static_cast<size_t>(s.zset_max_listpack_entries);
  handler_settings_.encoding.zset_max_listpack_value_bytes = static_cast<size_t>(s.zset_max_listpack_value_bytes);
  handler_settings_.encoding.list_max_listpack_size = static_cast<int>(s.list_max_listpack_size);
  handler_settings_.encoding.stream_node_max_bytes = static_cast<size_t>(s.stream_node_max_bytes);
  handler_settings_.encoding.stream_node_max_entries = static_cast<uint64_t>(s.stream_node_max_entries);
  handler_settings_.encoding.hll_sparse_max_bytes = static_cast<size_t>(s.hll_sparse_max_bytes);
  handler_settings_.max_bulk_bytes = s.proto_max_bulk_len_bytes;
  MaxmemoryPolicy policy = s.maxmemory_policy;
  handler_settings_.lfu_policy = policy == MaxmemoryPolicy::kAllKeysLfu || policy == MaxmemoryPolicy::kVolatileLfu;
  handler_settings_.lru_policy = policy == MaxmemoryPolicy::kAllKeysLru || policy == MaxmemoryPolicy::kVolatileLru;
  handler_settings_.shares_integers =
      s.maxmemory_bytes == 0 || !(handler_settings_.lru_policy || handler_settings_.lfu_policy);
  handler_settings_.access =
      handler_settings_.lfu_policy ? commands::AccessRule::kFrequency : commands::AccessRule::kClock;
  handler_settings_.lfu_log_factor = static_cast<int>(s.lfu_log_factor);
  handler_settings_.lfu_decay_minutes = static_cast<int>(s.lfu_decay_time_minutes);
  handler_settings_.lazy_expire = s.lazyfree_lazy_expire;
  handler_settings_.lazy_user_delete = s.lazyfree_lazy_user_del;
  handler_settings_.lazy_server_delete = s.lazyfree_lazy_server_del;
  handler_settings_.rdb_version = static_cast<int>(s.rdb_version);
  handler_settings_.skip_checksums = skip_checksums();
  handler_settings_.encoding.list_plain_node_bytes = debug_.list_plain_node_bytes.load();
  event_interest_ = s.notify_keyspace_events;
  append_fsync_.store(s.appendfsync);
  aof_keeps_history_.store(s.aof_disable_auto_gc);
  aof_timestamps_.store(s.aof_timestamp_enabled);
  no_sync_during_snapshots_.store(s.no_appendfsync_on_rewrite);
  rdb_key_save_delay_us_.store(s.rdb_key_save_delay_us);
  key_load_delay_us_.store(s.key_load_delay_us);
  latency_.set_threshold_ms(s.latency_monitor_threshold_ms);
  slow_call_ticks_ = SlowCallTicks(s, ticks_per_us_);
  bool replica = follows_primary();
  memory_limit_.Refresh();
  client_memory_limit_bytes_ = ClientMemoryLimitBytes(s);
  expiry_rule_ = replica ? commands::ExpiryRule::kHide : commands::ExpiryRule::kDelete;
  node_facts_.read_only_replica = replica && s.replica_read_only;
  node_facts_.stale = replica && !replication_->link_up() && !s.replica_serve_stale_data;
  node_facts_.disk_error = persistence_ == nullptr || replica ? std::string() : persistence_->DiskError();
  node_facts_.reads_when_down = s.cluster_allow_reads_when_down;
  node_facts_.shard_pubsub_when_down = s.cluster_allow_pubsubshard_when_down;
  node_facts_.endpoint_type = static_cast<dispatch::NodeFacts::Endpoint>(s.cluster_preferred_endpoint_type);
}

void Server::LogErrorOfStream(Worker& worker, std::string_view reply, const commands::CommandSpec* spec,
                              StreamEnd end) {
  constexpr size_t kShown = 4096;
  std::string_view error = reply.substr(0, reply.find('\r')).substr(0, kShown);
  if (error.starts_with("-ERR ")) error.remove_prefix(5);
  bool primary = end == StreamEnd::kPrimary;
  log_->Warning("== CRITICAL == This {} is sending an error to its {}: '{}' after processing the command '{}'",
                primary ? "master" : "replica", primary ? "replica" : "master", error,
                spec == nullptr ? "<unknown>" : table_.FullName(*spec));
  worker.stats().unexpected_errors.Add(1);
}

void Server::CountCall(Worker& worker, Session& session, const commands::CommandSpec& spec, commands::Args args,
                       uint64_t ticks, size_t output_before, bool error_counted) {
  // A log that is replayed was counted when it was written.
  if (worker.index() < 0 && node_facts_.loading) return;
  CommandStats& stats = worker.stats().by_command[table_.IdOf(spec)];
  ++stats.calls;
  stats.microseconds_scaled += ticks;
  if (settings().latency_tracking) stats.histogram.Record(ticks);
  worker.stats().commands.Add(1);
  if (ticks >= slow_call_ticks_) [[unlikely]]
    NoteSlowCall(session, spec, args, ticks);
  const Buffer& out = session.stream.out();
  if (out.size() > output_before && out.data()[output_before] == '-') {
    ++stats.failed;
    std::string_view error = out.view().substr(output_before + 1);
    if (!error_counted) CountError(worker, error.substr(0, error.find_first_of(" \r")));
  }
}

void Server::NoteSlowCall(const Session& session, const commands::CommandSpec& spec, commands::Args args,
                          uint64_t ticks) {
  // Its time is over when what it waits for has happened.
  if (session.blocked()) return;
  auto duration_us = static_cast<int64_t>(static_cast<double>(ticks) / ticks_per_us_);
  int64_t now_s = clock_ms() / 1000;
  latency_.Note((spec.flags & commands::kFast) != 0 ? "fast-command" : "command", duration_us / 1000, now_s);
  const Settings& s = settings();
  if ((spec.flags & commands::kSkipSlowlog) != 0 || s.slowlog_log_slower_than_us < 0 || s.slowlog_max_len == 0 ||
      duration_us < s.slowlog_log_slower_than_us) {
    return;
  }
  Slowlog::Entry entry;
  entry.time_s = now_s;
  entry.duration_us = duration_us;
  entry.client_address = session.peer;
  entry.client_name = session.name;
  slowlog_.Add(std::move(entry), ShownArguments(spec, args, *config_), static_cast<size_t>(s.slowlog_max_len));
}

LatencyHistogram Server::HistogramOf(const commands::CommandSpec& spec) const {
  size_t id = table_.IdOf(spec);
  LatencyHistogram sum = applier_->stats().by_command[id].histogram;
  for (const auto& worker : workers_) sum.Add(worker->stats().by_command[id].histogram);
  return sum;
}

void Server::CountError(Worker& worker, std::string_view code_word) {
  worker.stats().errors.Add(1);
  constexpr size_t kMaxErrorKinds = 128;
  auto& by_error = worker.stats().by_error;
  if (by_error.size() >= kMaxErrorKinds && !by_error.contains(std::string(code_word)))
    code_word = "ERRORSTATS_OVERFLOW";
  ++by_error[std::string(code_word)];
}

void Server::CountRejected(Worker& worker, const commands::CommandSpec* spec, std::string_view code_word) {
  if (spec != nullptr) ++worker.stats().by_command[table_.IdOf(*spec)].rejected;
  CountError(worker, code_word);
}

void Server::ResetStats() {
  auto reset = [](Worker& worker) {
    worker.stats().Reset();
    worker.executor().stats() = commands::HandlerStats();
  };
  for (auto& worker : workers_) reset(*worker);
  reset(*applier_);
  lazy_free_.ResetCount();
  memory_limit_.ResetStats();
  persistence_->snapshotter().ResetCount();
}

void Server::FeedMonitors(Worker& worker, const Session& session, const commands::CommandSpec& spec,
                          commands::Args args) {
  if (spec.flags & (commands::kSkipMonitor | commands::kAdmin)) return;
  ShowCallToMonitors(worker, session, spec, args);
}

void Server::ShowCallToMonitors(Worker& worker, const Session& session, const commands::CommandSpec& spec,
                                commands::Args args) {
  std::string origin = session.is_unix ? "unix:" + settings().unixsocket : session.peer;
  ShowToMonitors(worker, session.db, origin, ShownArguments(spec, args, *config_));
}

void Server::ShowToMonitors(Worker& worker, DbIndex db, std::string_view origin, commands::Args args) {
  if (node_facts_.loading) return;
  monitors_.Show(MonitorLine(clock_us(), db, origin, args), worker);
}

void Server::PublishKeyEvent(Worker& worker, const commands::KeyEvent& event) {
  std::string db = std::to_string(event.db.value);
  if (event_interest_ & commands::kEventKeyspace) {
    pubsub_.Publish(ChannelKind::kGlobal, "__keyspace@" + db + "__:" + event.key, event.event, worker);
  }
  if (event_interest_ & commands::kEventKeyevent) {
    pubsub_.Publish(ChannelKind::kGlobal, "__keyevent@" + db + "__:" + std::string(event.event), event.key, worker);
  }
}

void Server::SwapDatabases(DbIndex a, DbIndex b) {
  persistence_->AbandonForFlush();
  int64_t now_ms = clock_ms();
  for (int i = 0; i < kSlotCount; ++i) {
    store::Slot& slot = store_->slot(SlotId(static_cast<uint16_t>(i)));
    slot.TouchReplaced(store_->context(), a, slot.TableIfAny(b), now_ms);
    slot.TouchReplaced(store_->context(), b, slot.TableIfAny(a), now_ms);
  }
  store_->SwapDatabases(a, b);
}

std::unique_ptr<store::Store> Server::NewStore() const {
  return std::make_unique<store::Store>(store_->database_count(), store_->context().hash_seed);
}

void Server::ExchangeKeys(store::Store& other) {
  persistence_->AbandonForFlush();
  own_expiries_.Clear();
  int64_t now_ms = clock_ms();
  for (int i = 0; i < kSlotCount; ++i) {
    SlotId id(static_cast<uint16_t>(i));
    for (int db = 0; db < store_->database_count(); ++db) {
      DbIndex index(static_cast<uint16_t>(db));
      store_->slot(id).TouchReplaced(store_->context(), index, other.slot(id).TableIfAny(index), now_ms);
    }
  }
  store_->ExchangeKeys(other);
}

std::vector<ReadyKeys::Key> Server::KeysWaitedFor() const {
  std::vector<ReadyKeys::Key> keys;
  for (int i = 0; i < store_->database_count(); ++i) {
    DbIndex db(static_cast<uint16_t>(i));
    for (WaitingLines::Line& line : waiting_lines_.LinesOf(db)) keys.push_back({db, std::move(line.key)});
  }
  return keys;
}

uint64_t Server::FlushDatabase(int db, bool lazily) {
  uint64_t total = 0;
  persistence_->AbandonForFlush();
  if (db < 0) own_expiries_.Clear();
  int64_t now_ms = clock_ms();
  for (int i = db < 0 ? 0 : db; i < (db < 0 ? store_->database_count() : db + 1); ++i) {
    DbIndex index(static_cast<uint16_t>(i));
    uint64_t keys = store_->KeyCount(index);
    total += keys;
    if (keys == 0) continue;
    for (int s = 0; s < kSlotCount; ++s) {
      store_->slot(SlotId(static_cast<uint16_t>(s))).TouchReplaced(store_->context(), index, nullptr, now_ms);
    }
    std::vector<store::SlotTable> tables = store_->ExtractDatabase(index);
    lazily ? lazy_free_.Add(std::move(tables), keys) : store::Store::FreeTables(std::move(tables));
  }
  return total;
}

}  // namespace dunlin::server
