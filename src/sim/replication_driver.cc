#include "sim/replication_driver.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/ascii.h"
#include "base/invariant.h"
#include "sim/checks.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

namespace repl = replication;

constexpr size_t kChunkBytes = 16 * 1024;
// The bug of kSkippedCommand: so often.
constexpr uint64_t kSkipEvery = 50;

}  // namespace

ReplicationDriver::ReplicationDriver(Server& server, uint64_t seed)
    : server_(server), node_(server.host().settings().replication, seed, server.host().monotonic_ms()) {}

int64_t ReplicationDriver::now_ms() const { return server_.host().monotonic_ms(); }

repl::Facts ReplicationDriver::Facts() const {
  repl::Facts facts;
  facts.Read(server_.log());
  facts.dataset_empty = server_.keyspace().empty();
  facts.stream_paused = server_.writes_paused();
  return facts;
}

std::optional<ReplicationDriver::Place> ReplicationDriver::place() const {
  // Changes are counted only while a backlog is kept.
  if (loading_ || !server_.log().has_backlog()) return std::nullopt;
  return Place{node_.history().id(), server_.log().end()};
}

// ---- Calls of the machine

void ReplicationDriver::Restore(const ReplicationId& id, Offset offset, bool as_replica) {
  Run(node_.Restore(id, offset, as_replica));
}

void ReplicationDriver::Tick() { Run(node_.Tick(Facts(), now_ms())); }

void ReplicationDriver::Follow(const std::string& ip, uint16_t port) {
  Run(node_.Follow({ip, port}, Facts(), now_ms()));
}

void ReplicationDriver::Promote() { Run(node_.Promote(Facts(), now_ms())); }
void ReplicationDriver::RequestAcks() { Run(node_.RequestAcks(Facts(), now_ms())); }

std::vector<HostIndex> ReplicationDriver::AckedBy(Offset offset) const {
  std::vector<HostIndex> hosts;
  for (const repl::ReplicaPeer* peer : node_.replicas().Replicas()) {
    if (peer->state != repl::PeerState::kOnline || peer->acked < offset) continue;
    hosts.push_back(server_.around().network.PeerOf(ConnectionId(peer->id.value)));
  }
  return hosts;
}

// ---- Effects

// What an effect has us ask the machine next waits until the list at hand is done.
void ReplicationDriver::Run(repl::Effects effects) {
  for (repl::Effect& effect : effects) Carry(effect);
  if (std::exchange(carrying_, true)) return;
  while (!later_.empty()) {
    auto next = std::move(later_.front());
    later_.pop_front();
    next();
  }
  carrying_ = false;
}

void ReplicationDriver::Carry(repl::Effect& effect) {
  const Surroundings& around = server_.around();
  oplog::Log& log = server_.log();
  around.trace.Mix(effect.index());
  if (auto* line = std::get_if<repl::LogLine>(&effect)) {
    around.trace.Line("host {} : {}", server_.host().index().value, line->text);
  } else if (auto* connect = std::get_if<repl::Connect>(&effect)) {
    Connect(*connect);
  } else if (std::holds_alternative<repl::Disconnect>(effect)) {
    Disconnect();
  } else if (auto* send = std::get_if<repl::SendToPrimary>(&effect)) {
    if (link_) around.network.Send(*link_, std::move(send->bytes));
  } else if (auto* begin = std::get_if<repl::RdbBegin>(&effect)) {
    mode_ = begin->mode;
    spool_.clear();
    if (mode_ == repl::LoadMode::kParser) DropData();
    loading_ = mode_ == repl::LoadMode::kParser;
  } else if (auto* rdb = std::get_if<repl::RdbBytes>(&effect)) {
    spool_ += rdb->bytes;
  } else if (std::holds_alternative<repl::RdbEnd>(effect)) {
    if (mode_ != repl::LoadMode::kFile) BeginLoad();
  } else if (std::holds_alternative<repl::LoadRdbFile>(effect)) {
    DropData();
    BeginLoad();
  } else if (std::holds_alternative<repl::SwapDataset>(effect)) {
    server_.keyspace() = *Keyspace::Parse(around.keys, spool_);
  } else if (std::holds_alternative<repl::AbandonRdb>(effect)) {
    if (loading_) DropData();
    loading_ = false;
    ++load_;
    spool_.clear();
  } else if (auto* stream = std::get_if<repl::StreamBytes>(&effect)) {
    stream_in_ += stream->bytes;
  } else if (std::holds_alternative<repl::CreateBacklog>(effect)) {
    log.CreateBacklog();
  } else if (std::holds_alternative<repl::DropBacklog>(effect)) {
    log.DropBacklog();
  } else if (auto* restart = std::get_if<repl::RestartLog>(&effect)) {
    log.Restart(restart->offset);
  } else if (std::holds_alternative<repl::ForgetDatabase>(effect)) {
    log.ForgetDatabase();
  } else if (auto* append = std::get_if<repl::AppendForReplicas>(&effect)) {
    if (log.active()) log.AppendForReplicasOnly(append->bytes);
  } else {
    CarryForPeer(effect);
  }
}

void ReplicationDriver::CarryForPeer(repl::Effect& effect) {
  oplog::Log& log = server_.log();
  if (auto* send = std::get_if<repl::SendToPeer>(&effect)) {
    SendToPeer(send->peer, std::move(send->bytes));
  } else if (auto* hold = std::get_if<repl::HoldLog>(&effect)) {
    auto cursor = log.AddCursor(hold->offset);
    if (cursor) {
      peers_[hold->peer].cursor = *cursor;
    } else {
      ForgetPeer(hold->peer);
      server_.around().network.Close(ConnectionId(hold->peer.value));
      later_.push_back([this, peer = hold->peer] { Run(node_.OnPeerClosed(peer, Facts(), now_ms())); });
    }
  } else if (auto* start = std::get_if<repl::StartStream>(&effect)) {
    if (auto it = peers_.find(start->peer); it != peers_.end()) it->second.streams = true;
  } else if (auto* close = std::get_if<repl::ClosePeer>(&effect)) {
    ForgetPeer(close->peer);
    server_.around().network.Close(ConnectionId(close->peer.value));
  } else if (auto* snapshot = std::get_if<repl::StartSnapshot>(&effect)) {
    later_.push_back([this, asked = *snapshot] { StartSnapshot(asked); });
  } else if (auto* stream = std::get_if<repl::StreamSnapshot>(&effect)) {
    if (snapshot_) snapshot_->sockets.push_back(stream->peer);
  } else if (auto* file = std::get_if<repl::SendSnapshotFile>(&effect)) {
    SendToPeer(file->peer, files_[file->id.value]);
    server_.host().DoAfter(
        1, [this, peer = file->peer](Server&) { Run(node_.OnSnapshotFileSent(peer, Facts(), now_ms())); });
  } else if (std::holds_alternative<repl::AbortSnapshot>(effect)) {
    if (snapshot_) {
      snapshot_->aborted = true;
      // At once, because the log may be about to restart.
      if (snapshot_->cursor) log.RemoveCursor(*std::exchange(snapshot_->cursor, std::nullopt));
    }
  }
}

// ---- Our primary

void ReplicationDriver::Connect(const repl::Connect& connect) {
  link_ = server_.around().network.Connect(server_.host().index(), connect.host, connect.port);
}

void ReplicationDriver::Disconnect() {
  if (link_) server_.around().network.Close(*std::exchange(link_, std::nullopt));
  link_in_.clear();
  stream_in_.clear();
}

void ReplicationDriver::OnConnected(ConnectionId end) {
  if (link_ == end) Run(node_.OnConnected(Facts(), now_ms()));
}

void ReplicationDriver::OfferBytes(std::string_view more) {
  link_in_ += more;
  if (!node_.wants_bytes() || link_in_.empty()) return;
  // The views in the effects point into what was offered.
  std::string offered = std::exchange(link_in_, "");
  auto received = node_.OnBytes(offered, Facts(), now_ms());
  link_in_ = offered.substr(received.consumed);
  Run(std::move(received.effects));
  ApplyStream();
}

void ReplicationDriver::ApplyStream() {
  resp::RequestParser parser;
  resp::RequestLimits limits;
  while (!stream_in_.empty()) {
    auto outcome = parser.Next(stream_in_, limits);
    if (outcome == resp::RequestParser::Outcome::kIncomplete) return;
    if (outcome == resp::RequestParser::Outcome::kError || parser.is_inline()) {
      server_.around().checks.Fail("replication", "a primary's stream holds what no primary sends");
      stream_in_.clear();
      return Run(node_.OnStreamBroken(Facts(), now_ms()));
    }
    resp::Args args = parser.args();
    bool asks = args.size() == 3 && args[0] == "REPLCONF" && args[1] == "GETACK";
    bool skip = server_.around().plant == Plant::kSkippedCommand && ++applied_commands_ % kSkipEvery == 0;
    if (!skip) Apply(args);
    server_.log().AppendForwarded(std::string_view(stream_in_).substr(0, parser.command_bytes()));
    stream_in_.erase(0, parser.command_bytes());
    if (asks) Run(node_.OnGetAck(Facts(), now_ms()));
  }
}

void ReplicationDriver::Apply(resp::Args args) {
  Keyspace& keyspace = server_.keyspace();
  if (args.size() == 1 && args[0] == "FLUSHALL") return DropData();
  if (args.size() < 2 || args[0] == "SELECT" || args[0] == "REPLCONF") return;
  auto key = server_.around().keys.Find(args[1]);
  auto value = args.size() == 3 ? FromText(args[2]) : std::nullopt;
  if (key && args[0] == "DEL") {
    keyspace.Erase(*key);
    server_.around().checks.OnReplaced(server_.host(), *key);
  } else if (key && value && args[0] == "APPEND") {
    for (WriteId write : (*value)->writes) keyspace.Append(*key, write);
  } else if (key && value && args[0] == "SET") {
    keyspace.Set(*key, *value);
    server_.around().checks.OnReplaced(server_.host(), *key);
  } else {
    server_.around().checks.Fail("replication", "a stream holds an unknown command");
  }
}

void ReplicationDriver::DropData() {
  server_.keyspace().Clear();
  server_.around().checks.OnReloaded(server_.host());
}

void ReplicationDriver::BeginLoad() {
  loading_ = loading_ || mode_ == repl::LoadMode::kFile;
  server_.host().DoAfter(server_.host().settings().load_ms, [this, load = ++load_](Server&) { EndLoad(load); });
}

void ReplicationDriver::EndLoad(uint64_t load) {
  if (load != load_) return;
  auto loaded = Keyspace::Parse(server_.around().keys, spool_);
  if (!loaded) server_.around().checks.Fail("replication", "a snapshot that came whole cannot be read");
  if (loaded && mode_ != repl::LoadMode::kSwap) server_.keyspace() = *loaded;
  loading_ = false;
  Run(node_.OnRdbLoaded(loaded.has_value(), Facts(), now_ms()));
  server_.around().checks.OnReloaded(server_.host());
  OfferBytes("");
}

// ---- Our replicas

void ReplicationDriver::OnAccepted(ConnectionId end) { peers_[repl::PeerId(end.value)]; }

void ReplicationDriver::OnReceived(ConnectionId end, std::string_view bytes) {
  if (link_ == end) return OfferBytes(bytes);
  repl::PeerId peer(end.value);
  if (!peers_.contains(peer)) return;
  peers_[peer].in += bytes;
  TakeFromPeer(peer);
}

void ReplicationDriver::OnClosed(ConnectionId end, std::string_view reason) {
  if (link_ == end) {
    link_.reset();
    link_in_.clear();
    stream_in_.clear();
    return Run(node_.OnClosed(reason, Facts(), now_ms()));
  }
  repl::PeerId peer(end.value);
  if (!peers_.contains(peer)) return;
  ForgetPeer(peer);
  Run(node_.OnPeerClosed(peer, Facts(), now_ms()));
}

void ReplicationDriver::ForgetPeer(repl::PeerId peer) {
  auto it = peers_.find(peer);
  if (it == peers_.end()) return;
  if (it->second.cursor) server_.log().RemoveCursor(*it->second.cursor);
  peers_.erase(it);
  if (snapshot_) std::erase(snapshot_->sockets, peer);
}

void ReplicationDriver::TakeFromPeer(repl::PeerId peer) {
  resp::RequestParser parser;
  resp::RequestLimits limits;
  while (peers_.contains(peer)) {
    std::string& in = peers_[peer].in;
    // An empty line says that a replica which loads is alive.
    if (in.starts_with('\n')) {
      in.erase(0, 1);
      node_.OnPeerNewline(peer, now_ms());
      continue;
    }
    if (in.empty() || parser.Next(in, limits) != resp::RequestParser::Outcome::kCommand) return;
    std::string command = in.substr(0, parser.command_bytes());
    in.erase(0, command.size());
    parser.Reset();
    if (parser.Next(command, limits) == resp::RequestParser::Outcome::kCommand) ServePeer(peer, parser.args());
  }
}

void ReplicationDriver::ServePeer(repl::PeerId peer, resp::Args args) {
  const std::string& ip = server_.around().network.IpOf(server_.around().network.PeerOf(ConnectionId(peer.value)));
  repl::CommandResult result;
  if (EqualsIgnoreCase(args[0], "ping")) {
    result.reply = "+PONG";
  } else if (EqualsIgnoreCase(args[0], "replconf")) {
    result = node_.OnReplconf(peer, ip, args.subspan(1), Facts(), now_ms());
  } else if (EqualsIgnoreCase(args[0], "psync") || EqualsIgnoreCase(args[0], "sync")) {
    result = node_.OnSync(peer, ip, "id=1", false, args, Facts(), now_ms());
  } else {
    result.reply = "-ERR unknown command";
  }
  Run(std::move(result.effects));
  if (result.reply) SendToPeer(peer, *result.reply + "\r\n");
}

void ReplicationDriver::SendToPeer(repl::PeerId peer, std::string bytes) {
  server_.around().network.Send(ConnectionId(peer.value), std::move(bytes));
}

void ReplicationDriver::StartSnapshot(const repl::StartSnapshot& asked) {
  oplog::Log& log = server_.log();
  if (snapshot_) return Run(node_.OnSnapshotRefused(asked.id, "another snapshot is running", Facts(), now_ms()));
  log.ForgetDatabase();
  Offset cut = log.end();
  snapshot_ = Snapshot{.id = asked.id,
                       .target = asked.target,
                       .bytes = server_.keyspace().Serialise(),
                       .cursor = *log.AddCursor(cut),
                       .sockets = {}};
  int64_t lasts_ms = server_.host().settings().snapshot_ms;
  server_.host().DoAfter(lasts_ms / 2, [this, id = asked.id](Server&) {
    if (snapshot_ && snapshot_->id == id) SendSnapshotPart(snapshot_->bytes.size() / 2);
  });
  server_.host().DoAfter(lasts_ms, [this, id = asked.id](Server&) { EndSnapshot(id); });
  Run(node_.OnSnapshotStarted(asked.id, cut, Facts(), now_ms()));
}

void ReplicationDriver::SendSnapshotPart(size_t until) {
  if (snapshot_->aborted || snapshot_->target != repl::SnapshotTarget::kSockets) return;
  std::string part = snapshot_->bytes.substr(snapshot_->sent, until - snapshot_->sent);
  for (repl::PeerId peer : snapshot_->sockets) SendToPeer(peer, part);
  snapshot_->sent = until;
}

void ReplicationDriver::EndSnapshot(repl::SnapshotId id) {
  if (!snapshot_ || snapshot_->id != id) return;
  SendSnapshotPart(snapshot_->bytes.size());
  Snapshot done = *std::exchange(snapshot_, std::nullopt);
  auto size = static_cast<int64_t>(done.bytes.size());
  if (done.target == repl::SnapshotTarget::kFile) files_[id.value] = std::move(done.bytes);
  Run(node_.OnSnapshotEnded(id, !done.aborted, size, Facts(), now_ms()));
  if (done.cursor) server_.log().RemoveCursor(*done.cursor);
}

void ReplicationDriver::Settle() { PumpStreams(); }

void ReplicationDriver::PumpStreams() {
  oplog::Log& log = server_.log();
  for (auto& [id, peer] : peers_) {
    if (!peer.streams || !peer.cursor) continue;
    while (true) {
      oplog::Log::Chunk chunk = log.Read(*peer.cursor, kChunkBytes);
      if (chunk.bytes.empty()) break;
      SendToPeer(id, std::string(chunk.bytes));
      log.Advance(*peer.cursor, chunk.bytes.size());
    }
  }
}

}  // namespace dunlin::sim
