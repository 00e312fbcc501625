#include "server/replication_driver.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "base/ascii.h"
#include "net/socket.h"
#include "server/cluster_driver.h"
#include "server/config.h"
#include "server/control.h"
#include "server/key_removal.h"
#include "server/persistence_driver.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

namespace repl = replication;

constexpr size_t kTransferReadBytes = 256ull * 1024;
// Less would save next to nothing and cost whole copies.
constexpr int64_t kSmallestBacklogBytes = 16LL * 1024;
constexpr size_t kMaxStreamPending = 1024ull * 1024 * 1024;

LogLevel LevelOf(repl::LogLevel level) {
  switch (level) {
    case repl::LogLevel::kDebug: return LogLevel::kDebug;
    case repl::LogLevel::kVerbose: return LogLevel::kVerbose;
    case repl::LogLevel::kNotice: return LogLevel::kNotice;
    case repl::LogLevel::kWarning: break;
  }
  return LogLevel::kWarning;
}

}  // namespace

// A snapshot into the sockets of several replicas; it goes on while one of them is left.
class ReplicationDriver::SocketsSink final : public SnapshotSink {
 public:
  explicit SocketsSink(const Snapshotter& snapshotter) : snapshotter_(snapshotter) {}
  void Add(std::shared_ptr<PeerChannel> channel) { channels_.push_back(std::move(channel)); }
  Status Write(std::string_view bytes) override {
    auto give_up = [this] { return snapshotter_.aborting(); };
    std::erase_if(channels_, [&](const auto& channel) { return !channel->SendSlowly(bytes, give_up); });
    return channels_.empty() ? Status::Unavailable("no replica is left") : Status::Ok();
  }
  Status Finish() override { return Status::Ok(); }

 private:
  const Snapshotter& snapshotter_;
  std::vector<std::shared_ptr<PeerChannel>> channels_;
};

class ReplicationDriver::FileSink final : public SnapshotSink {
 public:
  explicit FileSink(std::unique_ptr<persistence::RdbFileWriter> file) : file_(std::move(file)) {}
  Status Write(std::string_view bytes) override { return file_->Append(bytes, true); }
  Status Finish() override { return file_->Finish(); }

 private:
  std::unique_ptr<persistence::RdbFileWriter> file_;
};

bool StartsAsReplica(Server& server) {
  return !server.settings().replicaof_host.empty() || (server.cluster() != nullptr && server.cluster()->is_replica());
}

ReplicationDriver::ReplicationDriver(Server& server, uint64_t seed)
    : server_(server), node_({}, seed, server.monotonic_ms()) {
  node_.SetConfig(NodeConfig());
  stream_session_ = std::make_unique<Session>(server.NextClientId(), -1);
  stream_session_->kind = SessionKind::kPrimaryLink;
  stream_session_->user = "(superuser)";
}

ReplicationDriver::~ReplicationDriver() {
  for (auto& [id, peer] : peers_) peer.channel->Close();
}

int64_t ReplicationDriver::now_ms() const { return server_.monotonic_ms(); }

repl::Config ReplicationDriver::NodeConfig() const {
  const Settings& s = server_.settings();
  repl::Config c;
  c.primary_user = s.masteruser;
  c.primary_auth = s.masterauth;
  c.port = static_cast<uint16_t>(s.port);
  c.announce_port = static_cast<uint16_t>(s.replica_announce_port);
  c.announce_ip = s.replica_announce_ip;
  switch (s.repl_diskless_load) {
    case DisklessLoad::kDisabled: break;
    case DisklessLoad::kOnEmptyDb: c.diskless_load = repl::DisklessLoad::kWhenDbEmpty; break;
    case DisklessLoad::kSwapDb: c.diskless_load = repl::DisklessLoad::kSwapDb; break;
  }
  c.replica_priority = static_cast<int>(s.replica_priority);
  c.replica_read_only = s.replica_read_only;
  c.replica_announced = s.replica_announced;
  c.ping_replica_period_s = s.repl_ping_replica_period_s;
  c.diskless_sync = s.repl_diskless_sync;
  c.diskless_sync_delay_s = s.repl_diskless_sync_delay_s;
  c.diskless_sync_max_replicas = static_cast<int>(s.repl_diskless_sync_max_replicas);
  c.backlog_size_bytes = std::max(s.repl_backlog_size_bytes, kSmallestBacklogBytes);
  c.backlog_ttl_s = s.repl_backlog_ttl_s;
  c.min_replicas_to_write = static_cast<int>(s.min_replicas_to_write);
  c.min_replicas_max_lag_s = s.min_replicas_max_lag_s;
  c.repl_timeout_s = s.repl_timeout_s;
  c.cluster_enabled = s.cluster_enabled;
  c.process_id = getpid();
  return c;
}

repl::Facts ReplicationDriver::Facts() const {
  repl::Facts f;
  f.Read(server_.oplog());
  PersistenceDriver& persistence = server_.persistence();
  f.fsynced = persistence.aof_holds_data() ? persistence.durable() : Offset(-1);
  if (persistence.snapshotter().busy() && !snapshot_) {
    f.other_work = persistence.state().rewrite_running ? repl::OtherWork::kRewrite : repl::OtherWork::kSave;
  }
  f.has_save_points = !server_.settings().save.empty();
  f.dataset_empty = server_.dataset_empty_hint();
  f.stream_paused = server_.cluster() != nullptr && server_.cluster()->pauses_writes();
  return f;
}

void ReplicationDriver::SettingsChanged() {
  repl::Config config = NodeConfig();
  server_.oplog().SetBacklogBytes(static_cast<size_t>(config.backlog_size_bytes));
  node_.SetConfig(config);
  CountGoodReplicas();
}

void ReplicationDriver::Start() {
  SettingsChanged();
  stream_session_->worker = &server_.applier();
  const LoadedInfo& loaded = server_.persistence().loaded();
  const Settings& s = server_.settings();
  bool as_replica = !s.replicaof_host.empty();
  if (loaded.replication_id && loaded.replication_offset) {
    loaded_db_ = loaded.stream_db;
    Run(node_.Restore(*loaded.replication_id, *loaded.replication_offset, StartsAsReplica(server_)));
    TellExpiredKeys();
    stream_session_->db = DbIndex(static_cast<uint16_t>(loaded.stream_db));
  }
  if (as_replica) {
    Run(node_.StartAsReplica({s.replicaof_host, static_cast<uint16_t>(s.replicaof_port)}, Facts(), now_ms()));
  }
}

// What was too old to be loaded is gone for our replicas as well.
void ReplicationDriver::TellExpiredKeys() {
  for (const ExpiredKey& expired : server_.persistence().TakeExpiredKeys()) {
    AppendRemoval(server_, expired.db, expired.key, server_.handler_settings().lazy_expire);
  }
}

// ---- Effects

// Carrying out an effect may ask the machines again (a snapshot that is refused). What they answer waits until the list
// at hand is done.
void ReplicationDriver::Run(repl::Effects effects, bool then_walk) {
  waiting_.push_back({std::move(effects), then_walk});
  if (carrying_) return;
  carrying_ = true;
  while (!waiting_.empty()) {
    Waiting now = std::move(waiting_.front());
    waiting_.pop_front();
    for (repl::Effect& effect : now.effects) Carry(effect);
    if (now.then_walk) server_.persistence().snapshotter().Go();
  }
  carrying_ = false;
  server_.SetHistoryForSave(node_.history().id());
  ShareAcks();
}

void ReplicationDriver::Carry(repl::Effect& effect) {
  if (auto* x = std::get_if<repl::LogLine>(&effect)) return server_.log().Write(LevelOf(x->level), x->text);
  if (auto* x = std::get_if<repl::Connect>(&effect)) return Connect(*x);
  if (std::holds_alternative<repl::Disconnect>(effect)) return Disconnect();
  if (auto* x = std::get_if<repl::SendToPrimary>(&effect)) {
    if (!link_) return;
    link_->stream.out().Append(x->bytes);
    server_.control().loop().Flush(link_->stream);
    return;
  }
  if (auto* x = std::get_if<repl::RdbBegin>(&effect)) return BeginRdb(*x);
  if (auto* x = std::get_if<repl::RdbBytes>(&effect)) return TakeRdb(x->bytes);
  if (std::holds_alternative<repl::RdbEnd>(effect)) return EndRdb();
  if (std::holds_alternative<repl::LoadRdbFile>(effect)) return LoadRdbFile();
  if (std::holds_alternative<repl::SwapDataset>(effect)) return SwapDataset();
  if (std::holds_alternative<repl::AbandonRdb>(effect)) return AbandonRdb();
  if (auto* x = std::get_if<repl::StreamBytes>(&effect)) return TakeStream(x->bytes);
  if (auto* x = std::get_if<repl::LinkStatus>(&effect)) {
    return SetLinkUp(x->up);
  }
  if (auto* x = std::get_if<repl::SendToPeer>(&effect)) {
    if (auto it = peers_.find(x->peer.value); it != peers_.end()) it->second.channel->Send(std::move(x->bytes));
    return;
  }
  if (auto* x = std::get_if<repl::HoldLog>(&effect)) {
    auto it = peers_.find(x->peer.value);
    if (it == peers_.end()) return;
    auto cursor = server_.oplog().AddCursor(x->offset);
    if (cursor) {
      it->second.channel->Hold(*cursor);
    } else {
      ClosePeer({x->peer, false});
    }
    return;
  }
  if (auto* x = std::get_if<repl::StartStream>(&effect)) {
    if (auto it = peers_.find(x->peer.value); it != peers_.end()) it->second.channel->StartStream();
    return;
  }
  if (auto* x = std::get_if<repl::ClosePeer>(&effect)) return ClosePeer(*x);
  if (auto* x = std::get_if<repl::StartSnapshot>(&effect)) return StartSnapshot(*x);
  if (auto* x = std::get_if<repl::StreamSnapshot>(&effect)) {
    auto it = peers_.find(x->peer.value);
    if (it != peers_.end() && sockets_ != nullptr) sockets_->Add(it->second.channel);
    return;
  }
  if (auto* x = std::get_if<repl::SendSnapshotFile>(&effect)) {
    auto it = peers_.find(x->peer.value);
    if (it == peers_.end()) return;
    auto file = server_.persistence().files().OpenToRead(snapshot_path_);
    if (!file) return ClosePeer({x->peer, false});
    it->second.channel->SendFile(std::move(*file), [this, id = x->peer] {
      server_.control().RunSoon([this, id] {
        RemoveSyncFile("Removing the RDB file used to feed replicas in a persistence-less instance");
        Run(node_.OnSnapshotFileSent(id, Facts(), now_ms()));
      });
    });
    return;
  }
  if (std::holds_alternative<repl::AbortSnapshot>(effect)) {
    // Nobody joins it any more, so what was kept for that may go at once.
    if (snapshot_cursor_) server_.oplog().RemoveCursor(*snapshot_cursor_);
    snapshot_cursor_.reset();
    return server_.persistence().snapshotter().Abort();
  }
  if (std::holds_alternative<repl::CreateBacklog>(effect)) return server_.oplog().CreateBacklog();
  if (std::holds_alternative<repl::DropBacklog>(effect)) return server_.oplog().DropBacklog();
  if (auto* x = std::get_if<repl::RestartLog>(&effect)) return RestartLog(x->offset);
  if (std::holds_alternative<repl::ForgetDatabase>(effect)) return server_.oplog().ForgetDatabase();
  if (auto* x = std::get_if<repl::AppendForReplicas>(&effect)) {
    server_.oplog().AppendForReplicasOnly(x->bytes);
    server_.WakeReplicaSenders(nullptr);
    return;
  }
  if (auto* x = std::get_if<repl::RoleChanged>(&effect)) return ChangeRole(x->replica);
  if (std::holds_alternative<repl::PauseWrites>(effect)) {
    server_.gate().AloneAmidScript([&] { server_.SetPause(Server::PausePurpose::kFailover, INT64_MAX, false); });
    return;
  }
  if (std::holds_alternative<repl::ResumeWrites>(effect)) {
    server_.gate().AloneAmidScript([&] { server_.ClearPause(Server::PausePurpose::kFailover); });
  }
}

// ---- The link to our primary

// The configuration says whom we follow, so that CONFIG REWRITE keeps it.
void ReplicationDriver::RememberPrimary(const std::string& host, int port) {
  const Settings& s = server_.settings();
  if (s.replicaof_host == host && (host.empty() || s.replicaof_port == port)) return;
  server_.gate().Alone([&] { server_.config().SetReplicaOf(host, port); });
}

void ReplicationDriver::Connect(const repl::Connect& connect) {
  RememberPrimary(connect.host, connect.port);
  auto fd = net::StartConnectTcp(connect.host, connect.port, server_.settings().bind_source_addr);
  if (!fd) {
    server_.control().RunSoon(
        [this, reason = fd.error().message()] { Run(node_.OnClosed(reason, Facts(), now_ms())); });
    return;
  }
  net::SetNoDelay(*fd, true);
  link_ = std::make_unique<Link>(*fd);
  server_.control().loop().AddConnecting(link_->stream);
}

void ReplicationDriver::Disconnect() {
  if (!link_) return;
  past_input_bytes_ += link_->stream.bytes_read();
  server_.control().loop().Remove(link_->stream);
  link_.reset();
  stream_in_.Clear();
  stream_parser_.Reset();
  transaction_.clear();
  stream_session_->in_transaction = false;
  stream_session_->queue.clear();
}

void ReplicationDriver::OnReady(net::Stream& stream) {
  if (stream.TakeConnected()) Run(node_.OnConnected(Facts(), now_ms()));
  LookAtLink();
}

void ReplicationDriver::LookAtLink() {
  OfferBytes();
  // What has come before the end is still worth something.
  if (link_ && link_->stream.ended() && !parsing_) {
    std::string reason = link_->stream.end_reason();
    Disconnect();
    Run(node_.OnClosed(reason, Facts(), now_ms()));
  }
  if (!link_) return;
  // A primary that sends faster than we load waits.
  bool pause = parsing_ || !node_.wants_bytes();
  if (link_->stream.reading_paused() != pause) server_.control().loop().PauseReading(link_->stream, pause);
  if (loader_ || rdb_file_) link_->stream.ExpectBytes(kTransferReadBytes);
}

void ReplicationDriver::DropLink() {
  if (!server_.control().is_this_thread()) return server_.control().RunSoon([this] { DropLink(); });
  if (!link_) return;
  Disconnect();
  Run(node_.OnClosed("killed by CLIENT KILL", Facts(), now_ms()));
}

void ReplicationDriver::SetLinkUp(bool up) {
  server_.gate().AloneAmidScript([&] {
    link_up_ = up;
    if (up && link_) {
      int fd = link_->stream.fd();
      stream_session_->peer = net::PeerAddress(fd).ToString();
      stream_session_->local = net::LocalAddress(fd).ToString();
      stream_session_->created_ms = stream_session_->last_interaction_ms = server_.clock_ms();
    }
    server_.RefreshFacts();
  });
}

void ReplicationDriver::OfferBytes() {
  while (link_ && !link_->stream.in().empty() && node_.wants_bytes() && !parsing_) {
    auto received = node_.OnBytes(link_->stream.in().view(), Facts(), now_ms());
    size_t consumed = received.consumed;
    // The effects' views point into the buffer, so it is consumed afterwards; an effect may have closed the link.
    const Link* before = link_.get();
    Run(std::move(received.effects));
    if (link_.get() != before) return;
    link_->stream.in().Consume(consumed);
    if (consumed == 0) return;
  }
}

void ReplicationDriver::TakeStream(std::string_view bytes) {
  stream_in_.Append(bytes);
  ApplyStream();
}

void ReplicationDriver::ApplyStream() {
  stream_held_ = server_.writes_paused(now_ms());
  if (stream_held_) return;
  resp::RequestLimits limits;
  limits.max_bulk_bytes = INT64_MAX;
  bool broken = false;
  bool acknowledge = false;
  size_t done = 0;
  std::string_view all = stream_in_.view();
  Worker& applier = server_.applier();
  applier.RunInline([&] {
    stream_held_ = applier.amid_script();
    while (!stream_held_) {
      std::string_view rest = all.substr(done);
      auto outcome = stream_parser_.Next(rest, limits);
      if (outcome == resp::RequestParser::Outcome::kIncomplete) break;
      if (outcome == resp::RequestParser::Outcome::kError || stream_parser_.is_inline()) {
        broken = true;
        break;
      }
      commands::Args args = stream_parser_.args();
      if (args.size() >= 2 && EqualsIgnoreCase(args[0], "replconf") && EqualsIgnoreCase(args[1], "getack")) {
        acknowledge = true;
      } else {
        applier.executor().Apply(*stream_session_, args);
        std::string_view reply = stream_session_->stream.out().view();
        if (reply.starts_with('-')) {
          server_.LogErrorOfStream(applier, reply, dispatch::Find(server_.table(), args).spec,
                                   Server::StreamEnd::kReplica);
        }
        stream_session_->stream.out().Clear();
      }
      std::string_view raw = rest.substr(0, stream_parser_.command_bytes());
      if (stream_session_->in_transaction) {
        transaction_.append(raw);
      } else if (!transaction_.empty()) {
        transaction_.append(raw);
        server_.oplog().AppendForwarded(transaction_);
        transaction_.clear();
      } else {
        server_.oplog().AppendForwarded(raw);
      }
      done += stream_parser_.command_bytes();
    }
  });
  stream_in_.Consume(done);
  if (stream_in_.size() > kMaxStreamPending) broken = true;
  server_.persistence().Wake();
  server_.WakeReplicaSenders(nullptr);
  if (broken) {
    Run(node_.OnStreamBroken(Facts(), now_ms()));
  } else if (acknowledge) {
    Run(node_.OnGetAck(Facts(), now_ms()));
  }
}

// ---- Our replicas

ReplicationDriver::Peer& ReplicationDriver::PeerOf(Session& session) {
  Peer& peer = peers_[session.id];
  if (peer.channel == nullptr) {
    peer.worker = session.worker;
    peer.session = session.id;
    Worker* worker = session.worker;
    peer.channel = std::make_shared<PeerChannel>(server_.oplog(), [worker] { worker->loop().Wake(); });
    worker->Post([id = session.id, channel = peer.channel](Worker& w) {
      if (Session* s = w.Find(id)) w.AttachChannel(*s, channel);
    });
  }
  return peer;
}

void ReplicationDriver::ClosePeer(const repl::ClosePeer& close) {
  auto it = peers_.find(close.peer.value);
  if (it == peers_.end()) return;
  Peer peer = std::move(it->second);
  peers_.erase(it);
  if (!close.after_reply) peer.channel->Close();
  peer.worker->Post([id = peer.session, after = close.after_reply](Worker& w) {
    if (Session* s = w.Find(id)) w.Close(*s, after, "replica is let go");
  });
}

void ReplicationDriver::ForgetPeer(uint64_t session_id) {
  server_.control().RunSoon([this, session_id] {
    auto it = peers_.find(session_id);
    if (it == peers_.end()) return;
    it->second.channel->Close();
    peers_.erase(it);
    Run(node_.OnPeerClosed(repl::PeerId(session_id), Facts(), now_ms()));
  });
}

void ReplicationDriver::StartSnapshot(const repl::StartSnapshot& start) {
  // Not amid a script, and who waits for its end must not be this thread.
  if (!server_.gate().AloneUnlessLingering([] {})) {
    postponed_snapshot_ = start;
    return;
  }
  Snapshotter& snapshotter = server_.persistence().snapshotter();
  std::unique_ptr<SnapshotSink> sink;
  sockets_ = nullptr;
  snapshot_path_ = server_.settings().dbfilename;
  std::string refused = snapshotter.busy() ? "another snapshot is running" : "";
  // The end waits for a snapshot to give up; a replica that comes back at once must not have it wait for ever.
  if (server_.ending()) refused = "the server is about to stop";
  if (start.target == repl::SnapshotTarget::kSockets) {
    auto sockets = std::make_unique<SocketsSink>(server_.persistence().snapshotter());
    sockets_ = sockets.get();
    sink = std::move(sockets);
  } else {
    auto file = persistence::RdbFileWriter::Create(server_.persistence().files(), snapshot_path_,
                                                   "temp-" + std::to_string(getpid()) + ".rdb");
    if (file) {
      sink = std::make_unique<FileSink>(std::move(*file));
    } else {
      refused = file.error().message();
    }
  }
  if (!refused.empty()) {
    Run(node_.OnSnapshotRefused(start.id, refused, Facts(), now_ms()));
    return;
  }
  Offset cut{0};
  server_.gate().Alone([&] {
    const Settings& s = server_.settings();
    SnapshotJob job;
    job.sink = std::move(sink);
    job.encoding = {.version = static_cast<int>(s.rdb_version), .compress = s.rdbcompression};
    job.checksum = s.rdbchecksum;
    job.without_data = start.filter.without_data;
    job.without_functions = start.filter.without_functions;
    server_.oplog().ForgetDatabase();
    cut = server_.oplog().end();
    job.replication = snapshot::RdbInfo::Replication{std::max(0, stream_database()), node_.history().id(), cut};
    job.ended = [this, id = start.id](const Status& status, uint64_t bytes) {
      server_.control().RunSoon([this, id, ok = status.ok(), bytes] {
        sockets_ = nullptr;
        snapshot_.reset();
        Run(node_.OnSnapshotEnded(id, ok, static_cast<int64_t>(bytes), Facts(), now_ms()));
        if (snapshot_cursor_) server_.oplog().RemoveCursor(*snapshot_cursor_);
        snapshot_cursor_.reset();
      });
    };
    if (snapshot_cursor_) server_.oplog().RemoveCursor(*snapshot_cursor_);
    snapshot_cursor_ = *server_.oplog().AddCursor(cut);
    snapshotter.Begin(std::move(job));
  });
  snapshot_ = start.id;
  Run(node_.OnSnapshotStarted(start.id, cut, Facts(), now_ms()), true);
}

// ---- The log and the role

void ReplicationDriver::RestartLog(Offset offset) {
  for (auto& [id, peer] : peers_) peer.channel->Close();
  if (snapshot_cursor_) server_.oplog().RemoveCursor(*snapshot_cursor_);
  snapshot_cursor_.reset();
  server_.gate().Alone([&] { server_.persistence().StopFollowingLog(); });
  server_.oplog().Restart(offset);
  server_.gate().Alone([&] { server_.persistence().FollowLogAgain(); });
}

void ReplicationDriver::ChangeRole(bool replica) {
  server_.gate().Alone([&] {
    is_replica_ = replica;
    if (!replica) link_up_ = false;
    server_.OnRoleChanged(replica);
  });
  repl::PrimaryAddress primary = replica ? LinkState().primary : repl::PrimaryAddress();
  RememberPrimary(primary.host, primary.port);
}

void ReplicationDriver::ResetCounts() {
  node_.ResetCounts();
  // So that the sum with what the link has read is 0.
  past_input_bytes_ = link_ ? 0 - link_->stream.bytes_read() : 0;
}

void ReplicationDriver::Tick() {
  if (stream_held_) ApplyStream();
  LookAtPeers();
  if (auto start = std::exchange(postponed_snapshot_, std::nullopt)) StartSnapshot(*start);
  Run(node_.Tick(Facts(), now_ms()));
  CountGoodReplicas();
}

void ReplicationDriver::LookAtPeers() {
  for (auto& [id, peer] : peers_) {
    repl::PeerId peer_id(id);
    if (peer.channel->TakeHeard()) node_.OnPeerNewline(peer_id, now_ms());
    PeerChannel::Progress progress = peer.channel->progress();
    bool moved = std::exchange(peer.taken_bytes, progress.taken_bytes) != progress.taken_bytes;
    bool was_blocked = std::exchange(peer.blocked, progress.more);
    if (was_blocked != progress.more || moved) node_.OnPeerWriteBlocked(peer_id, progress.more, now_ms());
  }
}

void ReplicationDriver::CountGoodReplicas() {
  server_.SetEnoughReplicas(node_.replicas().EnoughGood({node_.config(), node_.history(), Facts(), now_ms()}));
}

void ReplicationDriver::Follow(const std::string& host, int port) {
  Run(node_.Follow({host, static_cast<uint16_t>(port)}, Facts(), now_ms()));
}

void ReplicationDriver::Promote() { Run(node_.Promote(Facts(), now_ms())); }

bool ReplicationDriver::AllReplicasFollow() const { return node_.replicas().AllAcked(server_.oplog().end()); }

void ReplicationDriver::LogLaggingReplicas() const {
  for (const repl::LogLine& line :
       node_.replicas().DescribeLagging({node_.config(), node_.history(), Facts(), now_ms()})) {
    server_.log().Write(LevelOf(line.level), line.text);
  }
}

repl::LinkView ReplicationDriver::LinkState() const { return node_.link(Facts(), now_ms()); }

std::optional<snapshot::RdbInfo::Replication> ReplicationDriver::ForSave() const {
  if (!is_replica_ && !server_.oplog().has_backlog()) return std::nullopt;
  return snapshot::RdbInfo::Replication{std::max(0, stream_database()), server_.history_for_save(),
                                        server_.oplog().end()};
}

// ---- For workers

void ReplicationDriver::OnControlThread(const std::function<void()>& fn) { server_.control().RunAndWait(fn); }

ReplicationDriver::Answer ReplicationDriver::OnReplicaof(Session& session, commands::Args args) {
  Answer answer;
  OnControlThread([&] {
    auto result =
        node_.OnReplicaof(repl::PeerId(session.id), "id=" + std::to_string(session.id) + " addr=" + session.peer,
                          args.subspan(1), Facts(), now_ms());
    Run(std::move(result.effects));
    answer.reply = std::move(result.reply);
  });
  return answer;
}

ReplicationDriver::Answer ReplicationDriver::OnReplconf(Session& session, commands::Args args) {
  Answer answer;
  OnControlThread([&] {
    PeerOf(session);
    auto result = node_.OnReplconf(repl::PeerId(session.id), session.peer.substr(0, session.peer.rfind(':')),
                                   args.subspan(1), Facts(), now_ms());
    Run(std::move(result.effects));
    answer.reply = std::move(result.reply);
  });
  return answer;
}

void ReplicationDriver::OnAckSoon(const Session& session, commands::Args args) {
  std::vector<std::string> words(args.begin() + 1, args.end());
  server_.control().RunSoon(
      [this, id = session.id, ip = session.peer.substr(0, session.peer.rfind(':')), words = std::move(words)] {
        if (!peers_.contains(id)) return;
        std::vector<std::string_view> views(words.begin(), words.end());
        Run(node_.OnReplconf(repl::PeerId(id), ip, views, Facts(), now_ms()).effects);
      });
}

ReplicationDriver::Answer ReplicationDriver::OnSync(Session& session, commands::Args args) {
  Answer answer;
  bool pending = !session.stream.out().empty();
  OnControlThread([&] {
    PeerOf(session);
    auto result =
        node_.OnSync(repl::PeerId(session.id), session.peer.substr(0, session.peer.rfind(':')),
                     "id=" + std::to_string(session.id) + " addr=" + session.peer, pending, args, Facts(), now_ms());
    Run(std::move(result.effects));
    answer.reply = std::move(result.reply);
    if (!session.is_unix) net::SetNoDelay(session.stream.fd(), !server_.settings().repl_disable_tcp_nodelay);
  });
  return answer;
}

ReplicationDriver::Answer ReplicationDriver::OnFailover(commands::Args args) {
  Answer answer;
  OnControlThread([&] {
    auto result = node_.OnFailover(args.subspan(1), Facts(), now_ms());
    Run(std::move(result.effects));
    answer.reply = std::move(result.reply);
  });
  return answer;
}

void ReplicationDriver::RequestAcks() {
  server_.control().RunSoon([this] { Run(node_.RequestAcks(Facts(), now_ms())); });
}

ReplicationDriver::RoleView ReplicationDriver::Role() {
  RoleView view;
  OnControlThread([&] {
    view.replica = node_.is_replica();
    view.link = LinkState();
    view.host = view.link.primary.host;
    view.port = view.link.primary.port;
    for (const repl::ReplicaPeer* peer : node_.replicas().Replicas()) {
      if (peer->state != repl::PeerState::kOnline) continue;
      view.peers.push_back({peer->ip(), static_cast<int>(peer->listening_port), peer->acked.value});
    }
  });
  return view;
}

int ReplicationDriver::acked_by(Offset offset) const {
  MutexLock lock(acks_mutex_);
  return static_cast<int>(
      std::count_if(acked_.begin(), acked_.end(), [&](int64_t acked) { return acked >= offset.value; }));
}

int ReplicationDriver::fsynced_by(Offset offset) const {
  MutexLock lock(acks_mutex_);
  return static_cast<int>(
      std::count_if(fsynced_.begin(), fsynced_.end(), [&](int64_t synced) { return synced >= offset.value; }));
}

void ReplicationDriver::ShareAcks() {
  bool changed = false;
  {
    std::vector<int64_t> acked;
    std::vector<int64_t> fsynced;
    for (const repl::ReplicaPeer* peer : node_.replicas().Replicas()) {
      if (peer->state != repl::PeerState::kOnline) continue;
      acked.push_back(peer->acked.value);
      fsynced.push_back(peer->fsynced.value);
    }
    MutexLock lock(acks_mutex_);
    changed = acked != acked_ || fsynced != fsynced_;
    acked_.swap(acked);
    fsynced_.swap(fsynced);
  }
  if (changed) server_.OnAcknowledged();
}

void ReplicationDriver::ChangeReplicationId() {
  OnControlThread([&] { Run(node_.ChangeId()); });
}

}  // namespace dunlin::server
