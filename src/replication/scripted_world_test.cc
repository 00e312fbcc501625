#include "replication/scripted_world.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "replication/effect_words.h"

namespace dunlin::replication {
namespace {

constexpr uint16_t kFirstPort = 7000;

std::string Serialise(const Dataset& data) {
  std::string rdb = "RDB\n";
  for (const auto& [key, value] : data) rdb += key + "=" + value + "\n";
  return rdb + "END\n";
}

std::optional<Dataset> Deserialise(std::string_view rdb) {
  Dataset data;
  if (!rdb.starts_with("RDB\n") || !rdb.ends_with("\nEND\n")) return std::nullopt;
  for (std::string_view line : Split(rdb.substr(4, rdb.size() - 8), '\n')) {
    if (line.empty()) continue;
    size_t at = line.find('=');
    if (at == std::string_view::npos) return std::nullopt;
    data[std::string(line.substr(0, at))] = line.substr(at + 1);
  }
  return data;
}

}  // namespace

// ---- A node ----

WorldNode::WorldNode(ScriptedWorld& world, int index, const Config& config, uint64_t seed)
    : node(config, seed, world.now_ms), world_(world), index_(index) {
  log.SetBacklogBytes(static_cast<size_t>(config.backlog_size_bytes));
}

int64_t WorldNode::now_ms() const { return world_.now_ms; }

Facts WorldNode::facts() const {
  Facts facts;
  facts.Read(log);
  facts.dataset_empty = data.empty();
  return facts;
}

void WorldNode::Set(const std::string& key, const std::string& value) {
  ASSERT_TRUE(CanWrite());
  data[key] = value;
  std::string command;
  oplog::AppendCommand(command, std::array<std::string_view, 3>{"SET", key, value});
  if (log.active()) log.Append(DbIndex(0), command);
}

void WorldNode::Follow(int primary) {
  Do(node.Follow({"node", static_cast<uint16_t>(kFirstPort + primary)}, facts(), now_ms()));
}

void WorldNode::Promote() { Do(node.Promote(facts(), now_ms())); }

std::string WorldNode::Failover(const std::vector<std::string_view>& args) {
  CommandResult result = node.OnFailover(args, facts(), now_ms());
  Do(std::move(result.effects));
  return result.reply.value_or("(nothing)");
}

bool WorldNode::Logged(std::string_view part) const {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

std::string WorldNode::InfoLine(std::string_view field) const {
  std::string info = node.Info(facts(), now_ms());
  for (std::string_view line : Split(info, '\n')) {
    if (line.starts_with(field) && line.substr(field.size()).starts_with(':')) {
      return std::string(TrimBlanks(line.substr(field.size() + 1)));
    }
  }
  return "(no such line)";
}

// The effects of one call are carried out before the next call is made.
void WorldNode::Do(Effects effects) {
  for (Effect& effect : effects) DoOne(effect);
  if (doing_) return;
  doing_ = true;
  while (!later_.empty()) {
    auto next = std::move(later_.front());
    later_.pop_front();
    next();
  }
  doing_ = false;
}

void WorldNode::DoOne(Effect& effect) {
  if (auto* line = std::get_if<LogLine>(&effect)) {
    lines.push_back(line->text);
  } else if (auto* connect = std::get_if<Connect>(&effect)) {
    world_.Open(index_, connect->host, connect->port);
  } else if (std::holds_alternative<Disconnect>(effect)) {
    world_.CloseFrom(index_);
    link_in_.clear();
    stream_in_.clear();
  } else if (auto* send = std::get_if<SendToPrimary>(&effect)) {
    world_.SendUp(index_, send->bytes);
  } else if (std::holds_alternative<RdbBegin>(effect)) {
    spool_.clear();
    if (std::get<RdbBegin>(effect).mode == LoadMode::kParser) data.clear();
  } else if (auto* rdb = std::get_if<RdbBytes>(&effect)) {
    spool_ += rdb->bytes;
  } else if (std::holds_alternative<RdbEnd>(effect)) {
    load_at_ms_ = now_ms() + load_ms;
  } else if (std::holds_alternative<LoadRdbFile>(effect)) {
    data.clear();
  } else if (std::holds_alternative<SwapDataset>(effect)) {
    data = *Deserialise(spool_);
  } else if (std::holds_alternative<AbandonRdb>(effect)) {
    load_at_ms_ = -1;
    spool_.clear();
  } else if (auto* stream = std::get_if<StreamBytes>(&effect)) {
    stream_in_ += stream->bytes;
  } else if (std::holds_alternative<LinkStatus>(effect)) {
  } else if (std::holds_alternative<CreateBacklog>(effect)) {
    log.CreateBacklog();
  } else if (std::holds_alternative<DropBacklog>(effect)) {
    log.DropBacklog();
  } else if (auto* restart = std::get_if<RestartLog>(&effect)) {
    log.Restart(restart->offset);
  } else if (std::holds_alternative<ForgetDatabase>(effect)) {
    log.ForgetDatabase();
  } else if (auto* append = std::get_if<AppendForReplicas>(&effect)) {
    if (log.active()) log.AppendForReplicasOnly(append->bytes);
  } else if (std::holds_alternative<RoleChanged>(effect)) {
  } else if (std::holds_alternative<PauseWrites>(effect)) {
    paused = true;
  } else if (std::holds_alternative<ResumeWrites>(effect)) {
    paused = false;
  } else {
    DoPeer(effect);
  }
}

void WorldNode::DoPeer(Effect& effect) {
  if (auto* send = std::get_if<SendToPeer>(&effect)) {
    world_.SendDown(index_, send->peer, send->bytes);
  } else if (auto* hold = std::get_if<HoldLog>(&effect)) {
    auto cursor = log.AddCursor(hold->offset);
    ASSERT_TRUE(cursor.has_value()) << "the log was kept for this peer";
    peers_[hold->peer].cursor = *cursor;
  } else if (auto* start = std::get_if<StartStream>(&effect)) {
    peers_[start->peer].streams = true;
  } else if (auto* close = std::get_if<replication::ClosePeer>(&effect)) {
    auto at = peers_.find(close->peer);
    if (at == peers_.end()) return;
    if (at->second.cursor) log.RemoveCursor(*at->second.cursor);
    peers_.erase(at);
    world_.ClosePeer(index_, close->peer);
  } else if (auto* snapshot = std::get_if<StartSnapshot>(&effect)) {
    later_.push_back([this, asked = *snapshot] {
      log.ForgetDatabase();
      Offset cut = log.end();
      snapshot_ = Snapshot{.id = asked.id,
                           .target = asked.target,
                           .rdb = Serialise(data),
                           .cursor = *log.AddCursor(cut),
                           .ends_ms = now_ms() + snapshot_ms,
                           .sockets = {}};
      Do(node.OnSnapshotStarted(asked.id, cut, facts(), now_ms()));
    });
  } else if (auto* stream = std::get_if<StreamSnapshot>(&effect)) {
    snapshot_->sockets.push_back(stream->peer);
  } else if (auto* file = std::get_if<SendSnapshotFile>(&effect)) {
    world_.SendDown(index_, file->peer, files_[file->id.value]);
    later_.push_back([this, peer = file->peer] { Do(node.OnSnapshotFileSent(peer, facts(), now_ms())); });
  } else if (std::holds_alternative<AbortSnapshot>(effect)) {
    if (snapshot_) {
      // The cut's cursor goes at once, because the log may be about to restart.
      snapshot_->aborted = true;
      log.RemoveCursor(snapshot_->cursor);
    }
  } else {
    FAIL() << "not for a server: " << Words(effect);
  }
}

void WorldNode::TurnSnapshot() {
  if (!snapshot_) return;
  bool over = now_ms() >= snapshot_->ends_ms || snapshot_->aborted;
  if (snapshot_->target == SnapshotTarget::kSockets && !snapshot_->aborted) {
    size_t until = over ? snapshot_->rdb.size() : snapshot_->rdb.size() / 2;
    for (PeerId peer : snapshot_->sockets) {
      world_.SendDown(index_, peer, std::string_view(snapshot_->rdb).substr(snapshot_->sent, until - snapshot_->sent));
    }
    snapshot_->sent = until;
  }
  if (!over) return;
  Snapshot done = std::move(*snapshot_);
  snapshot_.reset();
  auto size = static_cast<int64_t>(done.rdb.size());
  if (done.target == SnapshotTarget::kFile) files_[done.id.value] = std::move(done.rdb);
  Do(node.OnSnapshotEnded(done.id, !done.aborted, size, facts(), now_ms()));
  if (!done.aborted) log.RemoveCursor(done.cursor);
}

void WorldNode::Load(bool ok) {
  auto loaded = Deserialise(spool_);
  load_at_ms_ = -1;
  ok = ok && loaded.has_value();
  ++loads;
  LoadMode mode = node.config().diskless_load == DisklessLoad::kSwapDb ? LoadMode::kSwap : LoadMode::kFile;
  if (ok && mode != LoadMode::kSwap) data = *loaded;
  Do(node.OnRdbLoaded(ok, facts(), now_ms()));
  OnWireBytes("");
}

void WorldNode::OnWireOpen() { Do(node.OnConnected(facts(), now_ms())); }

void WorldNode::OnWireClosed(std::string_view reason) {
  ApplyStream();
  Do(node.OnClosed(reason, facts(), now_ms()));
}

void WorldNode::OnWireBytes(std::string_view bytes) {
  link_in_ += bytes;
  if (!node.wants_bytes() || link_in_.empty()) return;
  // The views in the effects point into what was offered.
  std::string offered = std::exchange(link_in_, "");
  auto received = node.OnBytes(offered, facts(), now_ms());
  link_in_ = offered.substr(received.consumed);
  Do(std::move(received.effects));
  ApplyStream();
}

void WorldNode::ApplyStream() {
  while (auto command = TakeCommand(stream_in_)) {
    const auto& args = command->args;
    if (args.size() == 3 && args[0] == "SET") data[args[1]] = args[2];
    if (args.size() == 3 && args[0] == "REPLCONF" && args[1] == "GETACK") Do(node.OnGetAck(facts(), now_ms()));
    log.AppendForwarded(std::string_view(stream_in_).substr(0, command->size));
    stream_in_.erase(0, command->size);
  }
}

void WorldNode::OnPeerBytes(PeerId peer, std::string_view bytes) {
  peers_[peer].in += bytes;
  while (peers_.contains(peer)) {
    std::string& in = peers_[peer].in;
    auto command = TakeCommand(in);
    if (!command) return;
    in.erase(0, command->size);
    ServePeer(peer, command->args);
  }
}

void WorldNode::Reply(PeerId peer, const std::string& line) { world_.SendDown(index_, peer, line + "\r\n"); }

void WorldNode::ServePeer(PeerId peer, const std::vector<std::string>& args) {
  if (args.empty()) return node.OnPeerNewline(peer, now_ms());
  std::vector<std::string_view> words(args.begin(), args.end());
  if (args[0] == "PING") return Reply(peer, ping_reply);
  CommandResult result;
  if (args[0] == "REPLCONF") {
    result = node.OnReplconf(peer, "node", std::span(words).subspan(1), facts(), now_ms());
  } else if (args[0] == "PSYNC" && refuses_psync) {
    result.reply = "-NOPERM this user has no permissions to run the 'psync' command";
  } else if (args[0] == "PSYNC" || args[0] == "SYNC") {
    result = node.OnSync(peer, "node", "id=1", false, words, facts(), now_ms());
  } else {
    result.reply = "-ERR unknown command";
  }
  Do(std::move(result.effects));
  if (result.reply) Reply(peer, *result.reply);
}

void WorldNode::OnPeerClosed(PeerId peer) {
  auto at = peers_.find(peer);
  if (at == peers_.end()) return;
  if (at->second.cursor) log.RemoveCursor(*at->second.cursor);
  peers_.erase(at);
  if (snapshot_) std::erase(snapshot_->sockets, peer);
  Do(node.OnPeerClosed(peer, facts(), now_ms()));
}

void WorldNode::PumpStreams() {
  for (auto& [id, peer] : peers_) {
    if (!peer.streams || !peer.cursor) continue;
    while (true) {
      oplog::Log::Chunk chunk = log.Read(*peer.cursor, 4096);
      if (chunk.bytes.empty()) break;
      world_.SendDown(index_, id, chunk.bytes);
      log.Advance(*peer.cursor, chunk.bytes.size());
    }
  }
}

void WorldNode::Turn() {
  if (load_at_ms_ >= 0 && now_ms() >= load_at_ms_) Load(!std::exchange(next_load_fails, false));
  TurnSnapshot();
  PumpStreams();
}

void WorldNode::Tick() { Do(node.Tick(facts(), now_ms())); }

// ---- The world ----

WorldNode& ScriptedWorld::Add(const Config& config) {
  int index = size();
  Config own = config;
  own.port = static_cast<uint16_t>(kFirstPort + index);
  nodes_.push_back(std::make_unique<WorldNode>(*this, index, own, random.Next()));
  return *nodes_.back();
}

void ScriptedWorld::Open(int from, const std::string&, uint16_t port) {
  openings_.push_back({from, port - kFirstPort, now_ms + delay_ms});
}

void ScriptedWorld::CloseFrom(int from) {
  std::erase_if(openings_, [&](const Opening& opening) { return opening.from == from; });
  for (auto& wire : wires_) {
    if (wire->from != from || !wire->open) continue;
    wire->open = false;
    ends_.push_back({wire->from, wire->to, wire->peer});
  }
}

void ScriptedWorld::DeliverEnds() {
  std::vector<End> due;
  std::erase_if(ends_, [&](const End& end) {
    if (Parted(end.from, end.to) || !(*this)[end.to].up) return false;
    due.push_back(end);
    return true;
  });
  for (const End& end : due) (*this)[end.to].OnPeerClosed(end.peer);
}

void ScriptedWorld::ClosePeer(int to, PeerId peer) {
  for (auto& wire : wires_) {
    if (wire->to != to || wire->peer != peer || !wire->open) continue;
    // What was written before still arrives, then the end.
    wire->primary_closed = true;
    wire->down.push_back({now_ms + delay_ms, ""});
  }
}

void ScriptedWorld::Break(int replica) {
  for (auto& wire : wires_) {
    if (wire->from != replica || !wire->open) continue;
    wire->open = false;
    ends_.push_back({wire->from, wire->to, wire->peer});
    (*this)[replica].OnWireClosed("connection lost");
    return;
  }
}

void ScriptedWorld::Send(std::deque<Wire::Piece>& queue, std::string_view bytes) {
  while (!bytes.empty()) {
    size_t n = std::min<size_t>(bytes.size(), 1 + random.Below(random.OneIn(3) ? 4 : 2000));
    queue.push_back({now_ms + delay_ms, std::string(bytes.substr(0, n))});
    bytes.remove_prefix(n);
  }
}

void ScriptedWorld::SendUp(int from, std::string_view bytes) {
  for (auto& wire : wires_) {
    if (wire->from == from && wire->open) Send(wire->up, bytes);
  }
}

void ScriptedWorld::SendDown(int to, PeerId peer, std::string_view bytes) {
  for (auto& wire : wires_) {
    if (wire->to == to && wire->peer == peer && wire->open) Send(wire->down, bytes);
  }
}

void ScriptedWorld::DeliverWire(Wire& wire) {
  WorldNode& primary = (*this)[wire.to];
  WorldNode& replica = (*this)[wire.from];
  if (Parted(wire.from, wire.to)) return;
  while (wire.open && !wire.primary_closed && primary.up && !wire.up.empty() && wire.up.front().arrives_ms <= now_ms) {
    std::string bytes = std::move(wire.up.front().bytes);
    wire.up.pop_front();
    primary.OnPeerBytes(wire.peer, bytes);
  }
  // A replica that loads reads nothing.
  while (wire.open && replica.up && replica.node.wants_bytes() && !wire.down.empty() &&
         wire.down.front().arrives_ms <= now_ms) {
    std::string bytes = std::move(wire.down.front().bytes);
    wire.down.pop_front();
    if (bytes.empty()) {
      wire.open = false;
      replica.OnWireClosed("connection lost");
    } else {
      replica.OnWireBytes(bytes);
    }
  }
}

void ScriptedWorld::Deliver() {
  DeliverEnds();
  std::vector<Opening> due;
  std::erase_if(openings_, [&](const Opening& opening) {
    if (opening.at_ms > now_ms || Parted(opening.from, opening.to)) return false;
    due.push_back(opening);
    return true;
  });
  for (const Opening& opening : due) {
    auto wire = std::make_unique<Wire>();
    wire->from = opening.from;
    wire->to = opening.to;
    wire->peer = PeerId(next_peer_++);
    wire->open = true;
    wires_.push_back(std::move(wire));
    if ((*this)[opening.from].up) (*this)[opening.from].OnWireOpen();
  }
  for (size_t i = 0; i < wires_.size(); ++i) DeliverWire(*wires_[i]);
  std::erase_if(wires_, [](const auto& wire) { return !wire->open; });
}

void ScriptedWorld::CheckSameOffsetSameData() {
  std::map<std::pair<std::string, int64_t>, const WorldNode*> seen;
  for (const auto& node : nodes_) {
    // Changes are counted only while a backlog is kept; while a copy loads there is no data to speak of.
    if (!node->log.has_backlog() || node->loading()) continue;
    auto [at, fresh] = seen.try_emplace({node->node.history().id().str(), node->log.end().value}, node.get());
    if (!fresh) {
      ASSERT_EQ(at->second->data, node->data)
          << "same history and offset " << node->log.end().value << " at " << now_ms << " ms";
    }
  }
}

void ScriptedWorld::Run(int64_t ms) {
  for (int64_t end = now_ms + ms; now_ms < end;) {
    ++now_ms;
    Deliver();
    for (const auto& node : nodes_) {
      if (!node->up) continue;
      node->Turn();
      if (now_ms % 100 == 0) node->Tick();
    }
    CheckSameOffsetSameData();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

bool ScriptedWorld::RunUntil(const std::function<bool()>& condition, int64_t deadline_ms) {
  for (int64_t end = now_ms + deadline_ms; now_ms < end;) {
    if (condition()) return true;
    Run(1);
    if (::testing::Test::HasFatalFailure()) return false;
  }
  return condition();
}

bool ScriptedWorld::InSync(int replica, int primary) {
  WorldNode& follower = (*this)[replica];
  WorldNode& leader = (*this)[primary];
  return follower.node.link(follower.facts(), now_ms).up && !follower.loading() &&
         follower.node.history().id() == leader.node.history().id() && follower.log.end() == leader.log.end() &&
         follower.data == leader.data;
}

bool ScriptedWorld::RunUntilInSync(int replica, int primary, int64_t deadline_ms) {
  return RunUntil([&] { return InSync(replica, primary); }, deadline_ms);
}

TEST(ScriptedWorld, ADatasetSurvivesItsSnapshot) {
  Dataset data = {{"a", "1"}, {"b", ""}};
  EXPECT_EQ(Deserialise(Serialise(data)), data);
  EXPECT_EQ(Deserialise(Serialise({})), Dataset());
  EXPECT_FALSE(Deserialise(Serialise(data).substr(0, 10)).has_value());
}

}  // namespace dunlin::replication
