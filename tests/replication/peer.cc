#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>

#include "base/ascii.h"
#include "base/numbers.h"

namespace dunlin {

using namespace replication;  // a test program of one class

namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

uint64_t Seed() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32) | device();
}

}  // namespace

ReplicationPeer::ReplicationPeer(PeerOptions options)
    : options_(std::move(options)), node_(options_.config, Seed(), now_ms()) {
  log_.SetBacklogBytes(static_cast<size_t>(options_.config.backlog_size_bytes));
}

int64_t ReplicationPeer::now_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

void ReplicationPeer::Log(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

Facts ReplicationPeer::facts() const {
  Facts facts;
  facts.Read(log_);
  facts.dataset_empty = data_.empty();
  return facts;
}

// ---- Sockets ----

Status ReplicationPeer::Listen() {
  listen_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int yes = 1;
  setsockopt(listen_fd_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address = Loopback(options_.port);
  if (bind(listen_fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listen_fd_, 64) != 0) {
    return Status::FromErrno(fmt::format("listening on port {}", options_.port), errno);
  }
  if (options_.primary) Do(node_.StartAsReplica(*options_.primary, facts(), now_ms()));
  return Status::Ok();
}

void ReplicationPeer::Run() {
  while (true) Turn();
}

void ReplicationPeer::Turn() {
  std::vector<pollfd> polled = {{listen_fd_, POLLIN, 0}};
  if (link_fd_ >= 0) {
    int events = node_.wants_bytes() && !load_due_ ? POLLIN : 0;
    if (link_connecting_ || !link_out_.empty()) events |= POLLOUT;
    polled.push_back({link_fd_, static_cast<short>(events), 0});
  }
  int link_fd = link_fd_;
  std::vector<uint64_t> ids;
  size_t first_client = polled.size();
  for (auto& [id, client] : clients_) {
    polled.push_back({client.fd, static_cast<short>(POLLIN | (client.out.empty() ? 0 : POLLOUT)), 0});
    ids.push_back(id);
  }
  poll(polled.data(), polled.size(), load_due_ ? 0 : 10);
  if ((polled[0].revents & POLLIN) != 0) Accept();
  if (link_fd >= 0 && link_fd == link_fd_ && polled[1].revents != 0) {
    LinkReady((polled[1].revents & ~POLLOUT) != 0, (polled[1].revents & POLLOUT) != 0);
  }
  for (size_t i = 0; i < ids.size(); ++i) {
    auto at = clients_.find(ids[i]);
    if (at != clients_.end() && (polled[first_client + i].revents & ~POLLOUT) != 0) ReadClient(at->second);
  }
  if (load_due_) LoadSpool();
  TurnSnapshot();
  if (now_ms() >= next_tick_ms_) {
    next_tick_ms_ = now_ms() + 100;
    Do(node_.Tick(facts(), now_ms()));
  }
  PumpStreams();
  for (auto& [id, client] : clients_) FlushClient(client);
  FlushLink();
  ReapClients();
}

void ReplicationPeer::Accept() {
  int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  uint64_t id = next_client_++;
  Client& client = clients_[id];
  client.fd = fd;
  client.id = PeerId(id);
  client.ip = "127.0.0.1";
}

void ReplicationPeer::ReadClient(Client& client) {
  ssize_t n = read(client.fd, client.in.Reserve(65536), 65536);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    client.dead = true;
    return;
  }
  client.in.Produced(static_cast<size_t>(n));
  // An empty line says that a loading replica lives; the parser would skip it.
  if (client.in.view().starts_with('\n')) node_.OnPeerNewline(client.id, now_ms());
  while (!client.dead && client.parser.Next(client.in, {}) == resp::RequestParser::Outcome::kCommand) {
    Serve(client, client.parser.args());
    client.parser.Release(client.in);
  }
}

void ReplicationPeer::FlushClient(Client& client) {
  while (!client.out.empty() && !client.dead) {
    ssize_t n = send(client.fd, client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (n < 0) {
      client.dead = errno != EAGAIN && errno != EINTR;
      return;
    }
    client.out.erase(0, static_cast<size_t>(n));
  }
  if (client.out.empty() && client.close_after_reply) client.dead = true;
}

void ReplicationPeer::ReapClients() {
  for (auto at = clients_.begin(); at != clients_.end();) {
    if (!at->second.dead) {
      ++at;
      continue;
    }
    close(at->second.fd);
    if (at->second.cursor) log_.RemoveCursor(*at->second.cursor);
    PeerId id = at->second.id;
    if (snapshot_) std::erase(snapshot_->sockets, id);
    at = clients_.erase(at);
    Do(node_.OnPeerClosed(id, facts(), now_ms()));
  }
}

void ReplicationPeer::OpenLink(const std::string&, uint16_t port) {
  link_fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(port);
  link_connecting_ = true;
  if (connect(link_fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS) {
    std::string why = std::strerror(errno);
    later_.push_back([this, why] {
      CloseLink();
      Do(node_.OnClosed(why, facts(), now_ms()));
    });
  }
}

void ReplicationPeer::CloseLink() {
  if (link_fd_ >= 0) close(link_fd_);
  link_fd_ = -1;
  link_connecting_ = false;
  link_out_.clear();
  link_in_.clear();
  stream_in_.Clear();
  stream_parser_ = {};
  transaction_.clear();
  in_transaction_ = false;
}

void ReplicationPeer::LinkReady(bool readable, bool writable) {
  if (link_connecting_ && (readable || writable)) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(link_fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    link_connecting_ = false;
    if (error != 0) {
      CloseLink();
      return Do(node_.OnClosed(std::strerror(error), facts(), now_ms()));
    }
    return Do(node_.OnConnected(facts(), now_ms()));
  }
  if (!readable || !node_.wants_bytes()) return;
  char bytes[65536];
  ssize_t n = read(link_fd_, bytes, sizeof bytes);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    std::string why = n == 0 ? "connection lost" : std::strerror(errno);
    CloseLink();
    return Do(node_.OnClosed(why, facts(), now_ms()));
  }
  link_in_.append(bytes, static_cast<size_t>(n));
  OfferLinkBytes();
}

void ReplicationPeer::FlushLink() {
  if (link_fd_ < 0 || link_connecting_ || link_out_.empty()) return;
  ssize_t n = send(link_fd_, link_out_.data(), link_out_.size(), MSG_NOSIGNAL);
  if (n > 0) link_out_.erase(0, static_cast<size_t>(n));
}

// ---- Effects ----

void ReplicationPeer::Do(Effects effects) {
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

void ReplicationPeer::DoOne(Effect& effect) {
  if (auto* line = std::get_if<LogLine>(&effect)) {
    Log(line->text);
  } else if (auto* connect_to = std::get_if<Connect>(&effect)) {
    OpenLink(connect_to->host, connect_to->port);
  } else if (std::holds_alternative<Disconnect>(effect)) {
    CloseLink();
  } else if (auto* to_primary = std::get_if<SendToPrimary>(&effect)) {
    link_out_ += to_primary->bytes;
  } else if (auto* begin = std::get_if<RdbBegin>(&effect)) {
    spool_.clear();
    if (begin->mode == LoadMode::kParser) data_.clear();
  } else if (auto* rdb = std::get_if<RdbBytes>(&effect)) {
    spool_ += rdb->bytes;
  } else if (std::holds_alternative<RdbEnd>(effect)) {
    load_due_ = true;
  } else if (std::holds_alternative<LoadRdbFile>(effect)) {
    data_.clear();
  } else if (std::holds_alternative<SwapDataset>(effect)) {
    data_ = *ReadTinyRdb(spool_);
  } else if (std::holds_alternative<AbandonRdb>(effect)) {
    load_due_ = false;
  } else if (auto* stream = std::get_if<StreamBytes>(&effect)) {
    stream_in_.Append(stream->bytes);
  } else if (auto* status = std::get_if<LinkStatus>(&effect)) {
    Log(status->up ? "link is up" : "link is down");
  } else if (std::holds_alternative<CreateBacklog>(effect)) {
    log_.CreateBacklog();
  } else if (std::holds_alternative<DropBacklog>(effect)) {
    log_.DropBacklog();
  } else if (auto* restart = std::get_if<RestartLog>(&effect)) {
    log_.Restart(restart->offset);
  } else if (std::holds_alternative<replication::ForgetDatabase>(effect)) {
    log_.ForgetDatabase();
  } else if (auto* append = std::get_if<AppendForReplicas>(&effect)) {
    if (log_.active()) log_.AppendForReplicasOnly(append->bytes);
  } else if (auto* role = std::get_if<RoleChanged>(&effect)) {
    Log(role->replica ? "role is replica" : "role is primary");
  } else if (std::holds_alternative<PauseWrites>(effect) || std::holds_alternative<ResumeWrites>(effect)) {
    paused_ = std::holds_alternative<PauseWrites>(effect);
  } else {
    DoForPeer(effect);
  }
}

void ReplicationPeer::DoForPeer(Effect& effect) {
  if (auto* bytes = std::get_if<SendToPeer>(&effect)) {
    clients_.at(bytes->peer.value).out += bytes->bytes;
  } else if (auto* hold = std::get_if<HoldLog>(&effect)) {
    auto cursor = log_.AddCursor(hold->offset);
    Client& client = clients_.at(hold->peer.value);
    client.dead = client.dead || !cursor.has_value();
    if (cursor) client.cursor = *cursor;
  } else if (auto* start = std::get_if<StartStream>(&effect)) {
    clients_.at(start->peer.value).streams = true;
  } else if (auto* over = std::get_if<ClosePeer>(&effect)) {
    Client& client = clients_.at(over->peer.value);
    (over->after_reply ? client.close_after_reply : client.dead) = true;
    // The log may be about to restart.
    if (client.cursor) log_.RemoveCursor(*client.cursor);
    client.cursor.reset();
  } else if (auto* snapshot = std::get_if<StartSnapshot>(&effect)) {
    later_.push_back([this, asked = *snapshot] { BeginSnapshot(asked); });
  } else if (auto* stream = std::get_if<StreamSnapshot>(&effect)) {
    snapshot_->sockets.push_back(stream->peer);
  } else if (auto* file = std::get_if<SendSnapshotFile>(&effect)) {
    clients_.at(file->peer.value).out += files_.at(file->id.value);
    later_.push_back([this, peer = file->peer] { Do(node_.OnSnapshotFileSent(peer, facts(), now_ms())); });
  } else if (std::holds_alternative<AbortSnapshot>(effect) && snapshot_) {
    snapshot_->aborted = true;
    log_.RemoveCursor(snapshot_->cursor);
  }
}

void ReplicationPeer::BeginSnapshot(const StartSnapshot& asked) {
  log_.ForgetDatabase();
  Offset cut = log_.end();
  snapshot_ = Snapshot{.id = asked.id,
                       .target = asked.target,
                       .rdb = WriteTinyRdb(data_),
                       .cursor = *log_.AddCursor(cut),
                       .ends_ms = now_ms() + options_.snapshot_ms,
                       .sockets = {}};
  Do(node_.OnSnapshotStarted(asked.id, cut, facts(), now_ms()));
}

void ReplicationPeer::TurnSnapshot() {
  if (!snapshot_ || (now_ms() < snapshot_->ends_ms && !snapshot_->aborted)) return;
  Snapshot done = std::move(*snapshot_);
  snapshot_.reset();
  for (PeerId peer : done.sockets) {
    if (!done.aborted) clients_.at(peer.value).out += done.rdb;
  }
  auto size = static_cast<int64_t>(done.rdb.size());
  files_[done.id.value] = std::move(done.rdb);
  Do(node_.OnSnapshotEnded(done.id, !done.aborted, size, facts(), now_ms()));
  if (!done.aborted) log_.RemoveCursor(done.cursor);
}

void ReplicationPeer::PumpStreams() {
  for (auto& [id, client] : clients_) {
    while (client.streams && client.cursor && client.out.size() < 1024 * 1024) {
      oplog::Log::Chunk chunk = log_.Read(*client.cursor, 65536);
      if (chunk.bytes.empty()) break;
      client.out += chunk.bytes;
      log_.Advance(*client.cursor, chunk.bytes.size());
    }
  }
}

// ---- Commands ----

void ReplicationPeer::Serve(Client& client, resp::Args args) {
  PeerId id = client.id;
  CommandResult result;
  if (EqualsIgnoreCase(args[0], "replconf")) {
    result = node_.OnReplconf(id, client.ip, args.subspan(1), facts(), now_ms());
  } else if (EqualsIgnoreCase(args[0], "psync") || EqualsIgnoreCase(args[0], "sync")) {
    std::string about = fmt::format("id={} addr={}", id.value, client.ip);
    result = node_.OnSync(id, client.ip, about, !client.out.empty(), args, facts(), now_ms());
  } else if (EqualsIgnoreCase(args[0], "replicaof")) {
    result = node_.OnReplicaof(id, "a test", args.subspan(1), facts(), now_ms());
  } else if (EqualsIgnoreCase(args[0], "failover")) {
    result = node_.OnFailover(args.subspan(1), facts(), now_ms());
  } else {
    client.out += Answer(client, args);
    return;
  }
  Do(std::move(result.effects));
  if (result.reply) client.out += *result.reply + "\r\n";
}

std::string ReplicationPeer::Answer(Client&, resp::Args args) {
  auto bulk = [](std::string_view text) { return fmt::format("${}\r\n{}\r\n", text.size(), text); };
  std::string command = AsciiUppered(args[0]);
  if (command == "PING") return "+PONG\r\n";
  if (command == "INFO") return bulk(node_.Info(facts(), now_ms()));
  if (command == "DBSIZE") return fmt::format(":{}\r\n", data_.size());
  if (command == "GET" && args.size() == 2) {
    auto at = data_.find(std::string(args[1]));
    return at == data_.end() ? "$-1\r\n" : bulk(at->second);
  }
  if (command == "ACKED") {
    int count = node_.replicas().CountAcked(log_.end());
    Do(node_.RequestAcks(facts(), now_ms()));
    return fmt::format(":{}\r\n", count);
  }
  if (command == "DROP") {
    CloseLink();
    Do(node_.OnClosed("dropped by hand", facts(), now_ms()));
    return "+OK\r\n";
  }
  if (command == "DROPREPLICAS") {
    for (auto& [id, client] : clients_) client.dead = client.dead || client.cursor.has_value();
    return "+OK\r\n";
  }
  if ((command == "SET" && args.size() == 3) || (command == "DEL" && args.size() == 2)) {
    if (node_.is_replica()) return "-READONLY You can't write against a read only replica.\r\n";
    if (paused_) return "-TRYAGAIN writes are paused\r\n";
    Write(args);
    return "+OK\r\n";
  }
  return "-ERR unknown command\r\n";
}

void ReplicationPeer::Write(resp::Args args) {
  ApplyCommand(args);
  std::string command;
  oplog::AppendCommand(command, args);
  if (log_.active()) log_.Append(DbIndex(0), command);
}

// ---- The primary's bytes ----

void ReplicationPeer::OfferLinkBytes() {
  std::string offered = std::exchange(link_in_, "");
  auto received = node_.OnBytes(offered, facts(), now_ms());
  link_in_ = offered.substr(received.consumed);
  Do(std::move(received.effects));
  ApplyStream();
}

void ReplicationPeer::LoadSpool() {
  load_due_ = false;
  auto loaded = ReadTinyRdb(spool_);
  if (!loaded) Log(loaded.error().ToString());
  if (loaded && node_.config().diskless_load != DisklessLoad::kSwapDb) data_ = *loaded;
  Do(node_.OnRdbLoaded(loaded.has_value(), facts(), now_ms()));
  if (!link_in_.empty() && node_.wants_bytes()) OfferLinkBytes();
}

void ReplicationPeer::ApplyStream() {
  while (true) {
    auto outcome = stream_parser_.Next(stream_in_, {});
    if (outcome == resp::RequestParser::Outcome::kError) return Do(node_.OnStreamBroken(facts(), now_ms()));
    if (outcome != resp::RequestParser::Outcome::kCommand) return;
    resp::Args args = stream_parser_.args();
    if (EqualsIgnoreCase(args[0], "multi")) in_transaction_ = true;
    if (EqualsIgnoreCase(args[0], "exec")) in_transaction_ = false;
    if (args.size() == 3 && EqualsIgnoreCase(args[0], "replconf")) Do(node_.OnGetAck(facts(), now_ms()));
    ApplyCommand(args);
    transaction_ += stream_parser_.raw(stream_in_);
    stream_parser_.Release(stream_in_);
    if (!in_transaction_) log_.AppendForwarded(std::exchange(transaction_, ""));
  }
}

void ReplicationPeer::ApplyCommand(resp::Args args) {
  if (args.size() == 3 && EqualsIgnoreCase(args[0], "set")) data_[std::string(args[1])] = args[2];
  if (args.size() == 2 && EqualsIgnoreCase(args[0], "del")) data_.erase(std::string(args[1]));
  if (EqualsIgnoreCase(args[0], "flushall")) data_.clear();
}

}  // namespace dunlin
