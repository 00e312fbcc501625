#include "server/cluster_driver.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/invariant.h"
#include "net/socket.h"
#include "server/control.h"
#include "server/server.h"

namespace dunlin::server {
namespace {

constexpr int kBusPortOffset = 10000;

LogLevel LevelOf(cluster::LogLevel level) {
  switch (level) {
    case cluster::LogLevel::kDebug: return LogLevel::kDebug;
    case cluster::LogLevel::kVerbose: return LogLevel::kVerbose;
    case cluster::LogLevel::kNotice: return LogLevel::kNotice;
    case cluster::LogLevel::kWarning: break;
  }
  return LogLevel::kWarning;
}

}  // namespace

ClusterDriver::ClusterDriver(Server& server) : server_(server) {}

ClusterDriver::~ClusterDriver() {
  for (int fd : listeners_) close(fd);
  if (lock_fd_ >= 0) close(lock_fd_);
}

int64_t ClusterDriver::now_ms() const { return server_.monotonic_ms() + clock_offset_ms_; }

cluster::Config ClusterDriver::CoreConfig() const {
  const Settings& s = server_.settings();
  cluster::Config c = config_;
  c.node_timeout_ms = s.cluster_node_timeout_ms;
  c.ping_interval_ms = s.cluster_ping_interval_ms;
  c.replica_validity_factor = static_cast<int>(s.cluster_replica_validity_factor);
  c.migration_barrier = static_cast<int>(s.cluster_migration_barrier);
  c.allow_replica_migration = s.cluster_allow_replica_migration;
  c.require_full_coverage = s.cluster_require_full_coverage;
  c.replica_no_failover = s.cluster_replica_no_failover;
  c.repl_ping_replica_period_s = s.repl_ping_replica_period_s;
  c.link_sendbuf_limit_bytes = static_cast<uint64_t>(s.cluster_link_sendbuf_limit_bytes);
  c.port = static_cast<uint16_t>(s.port);
  c.bus_port = static_cast<uint16_t>(s.cluster_port);
  c.announce_ip = s.cluster_announce_ip;
  c.announce_port = static_cast<uint16_t>(s.cluster_announce_port);
  c.announce_tls_port = static_cast<uint16_t>(s.cluster_announce_tls_port);
  c.announce_bus_port = static_cast<uint16_t>(s.cluster_announce_bus_port);
  c.announce_hostname = s.cluster_announce_hostname;
  c.announce_human_name = s.cluster_announce_human_nodename;
  return c;
}

Status ClusterDriver::Open(uint64_t seed) {
  const Settings& s = server_.settings();
  clock_offset_ms_ = server_.clock_ms() - server_.monotonic_ms();
  config_path_ = s.cluster_config_file;
  lock_fd_ = open(config_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_fd_ < 0) {
    return Status::FromErrno("Can't open " + config_path_ + " in order to acquire a lock", errno);
  }
  if (flock(lock_fd_, LOCK_EX | LOCK_NB) != 0) {
    return Status::AlreadyExists(
        "Sorry, the cluster configuration file " + config_path_ +
        " is already used by a different Redis Cluster node. Please make sure that different nodes "
        "use different cluster configuration files.");
  }
  std::string text;
  char piece[4096];
  ssize_t n;
  while ((n = read(lock_fd_, piece, sizeof piece)) > 0) text.append(piece, static_cast<size_t>(n));
  if (n < 0) return Status::FromErrno("Loading the cluster node config from " + config_path_, errno);
  auto core = cluster::Core::Open(CoreConfig(), text, seed, now_ms());
  if (!core) return core.error().WithContext("Unrecoverable error: corrupted cluster config file " + config_path_);
  core_ = std::move(*core);
  server_.log().Notice("{}, I'm {}", text.empty() ? "No cluster configuration found" : "Node configuration loaded",
                       core_->my_id().view());
  int64_t port = s.cluster_port != 0 ? s.cluster_port : s.port + kBusPortOffset;
  if (port > 65535) {
    return Status::InvalidArgument(
        "Redis port number too high for cluster mode. Cluster bus port number is calculated as the port number plus "
        "10000. "
        "The port number must be 55535 or less.");
  }
  for (std::string address : s.bind) {
    bool optional = address.starts_with('-');
    if (optional) address.erase(0, 1);
    auto fd = net::ListenTcp(address, static_cast<int>(port), static_cast<int>(s.tcp_backlog));
    if (fd) {
      listeners_.push_back(*fd);
      server_.control().loop().AddReadable(*fd);
    } else if (!optional) {
      return fd.error().WithContext("Failed listening on port " + std::to_string(port) + " (cluster), aborting");
    }
  }
  return Status::Ok();
}

void ClusterDriver::Start(const cluster::SlotSet& slots_with_keys) {
  RefreshFacts();
  Carry(core_->Start(now_ms()));
  Step(cluster::DataLoaded{slots_with_keys});
}

bool ClusterDriver::OwnsListener(int fd) const {
  return std::find(listeners_.begin(), listeners_.end(), fd) != listeners_.end();
}

void ClusterDriver::RefreshFacts() {
  cluster::Facts facts = server_.ClusterFacts();
  facts.dataset_empty = dataset_empty_;
  core_->SetFacts(facts);
}

void ClusterDriver::Step(cluster::Input input) {
  RefreshFacts();
  Carry(core_->Step(std::move(input), now_ms()));
}

void ClusterDriver::Tick() {
  for (auto& [id, link] : links_) {
    if (!link->gone && !link->connecting && link->stream.out().size() > 0) {
      Step(cluster::LinkQueued{link->id, link->stream.out().size()});
    }
  }
  RefreshFacts();
  Carry(core_->Tick(now_ms()));
  for (uint64_t id : gone_) {
    auto it = links_.find(id);
    if (it == links_.end()) continue;
    by_stream_.erase(&it->second->stream);
    links_.erase(it);
  }
  gone_.clear();
}

void ClusterDriver::SettingsChanged() {
  cluster::Config config = CoreConfig();
  if (config == config_) return;
  config_ = config;
  Step(cluster::ConfigChanged{config});
}

// Carrying out one step's effects may cause the next step (a link that cannot be opened). Those wait their turn, so
// that effects are carried out in the order of their steps.
void ClusterDriver::Carry(cluster::Effects effects) {
  waiting_.push_back(std::move(effects));
  if (carrying_) return;
  carrying_ = true;
  while (!waiting_.empty()) {
    cluster::Effects now = std::move(waiting_.front());
    waiting_.pop_front();
    for (const cluster::LogLine& line : now.log) server_.log().Write(LevelOf(line.level), line.text);
    if (now.persist) Persist(*now.persist, &now.reply);
    if (now.publish) PublishMap(now.publish);
    for (cluster::WireEffect& effect : now.wire) Wire(effect);
    for (cluster::FollowUp& follow_up : now.follow_ups) FollowUp(follow_up);
    if (now.reply) admin_reply_ = std::move(now.reply);
  }
  carrying_ = false;
}

void ClusterDriver::Persist(const cluster::Persist& persist, std::optional<cluster::AdminReply>* reply) {
  Status written = server_.WriteNodesConf(config_path_, persist.nodes_conf, persist.fsync, &lock_fd_);
  if (written.ok()) return;
  if (persist.failure_is_reply && reply->has_value()) {
    (*reply)->status = Status::IoError("error saving the cluster node config: " + written.message());
    return;
  }
  server_.log().Warning("Fatal: can't update cluster config file: {}", written.message());
  _exit(1);
}

void ClusterDriver::PublishMap(std::shared_ptr<const cluster::SlotMap> map) {
  server_.gate().AloneAmidScript([&] {
    std::shared_ptr<const cluster::SlotMap> before = std::exchange(map_, std::move(map));
    server_.OnMapPublished(before.get(), *map_);
  });
}

void ClusterDriver::Wire(cluster::WireEffect& effect) {
  if (auto* open = std::get_if<cluster::OpenLink>(&effect)) OpenLink(*open);
  if (auto* close = std::get_if<cluster::CloseLink>(&effect)) CloseLink(close->link);
  if (auto* send = std::get_if<cluster::Send>(&effect)) Send(*send);
}

void ClusterDriver::AddLink(std::unique_ptr<Link> link) {
  by_stream_[&link->stream] = link.get();
  links_[link->id.value] = std::move(link);
}

void ClusterDriver::OpenLink(const cluster::OpenLink& open) {
  auto fd = net::StartConnectTcp(open.ip, open.bus_port, server_.settings().bind_source_addr);
  if (!fd) {
    server_.log().Debug("Unable to connect to Cluster Node [{}]:{} -> {}", open.ip, open.bus_port,
                        fd.error().message());
    Step(cluster::LinkClosed{open.link, fd.error().message()});
    return;
  }
  net::SetNoDelay(*fd, true);
  auto link = std::make_unique<Link>(open.link, *fd);
  link->connecting = true;
  server_.control().loop().AddConnecting(link->stream);
  AddLink(std::move(link));
}

void ClusterDriver::CloseLink(cluster::LinkId id) {
  auto it = links_.find(id.value);
  if (it == links_.end() || it->second->gone) return;
  it->second->gone = true;
  server_.control().loop().Remove(it->second->stream);
  gone_.push_back(id.value);
}

void ClusterDriver::LinkBroke(Link& link, std::string reason) {
  if (link.gone) return;
  CloseLink(link.id);
  Step(cluster::LinkClosed{link.id, std::move(reason)});
}

void ClusterDriver::Send(const cluster::Send& send) {
  std::string frame = bus::EncodeFrame(*send.message);
  for (cluster::LinkId id : send.links) {
    auto it = links_.find(id.value);
    if (it == links_.end() || it->second->gone) continue;
    Link& link = *it->second;
    link.stream.out().Append(frame);
    if (!link.connecting) server_.control().loop().Flush(link.stream);
  }
}

void ClusterDriver::Accept(int listener_fd) {
  while (true) {
    auto accepted = net::Accept(listener_fd);
    if (!accepted || accepted->would_block) return;
    net::SetNoDelay(accepted->fd, true);
    net::SetKeepAlive(accepted->fd, static_cast<int>(server_.settings().cluster_node_timeout_ms / 1000 * 2));
    auto link = std::make_unique<Link>(cluster::InboundLinkId(next_inbound_++), accepted->fd);
    link->peer_ip = net::PeerAddress(accepted->fd).ip;
    link->local_ip = net::LocalAddress(accepted->fd).ip;
    cluster::LinkAccepted input{link->id, link->peer_ip, link->local_ip};
    server_.control().loop().Add(link->stream);
    AddLink(std::move(link));
    Step(std::move(input));
  }
}

void ClusterDriver::OnReady(net::Stream& stream) {
  auto it = by_stream_.find(&stream);
  if (it == by_stream_.end() || it->second->gone) return;
  Link& link = *it->second;
  if (stream.TakeConnected()) {
    link.connecting = false;
    link.peer_ip = net::PeerAddress(stream.fd()).ip;
    link.local_ip = net::LocalAddress(stream.fd()).ip;
    Step(cluster::LinkConnected{link.id, link.peer_ip, link.local_ip});
  }
  if (!stream.in().empty()) ReadFrames(link);
  if (!link.gone && stream.ended()) LinkBroke(link, stream.end_reason());
}

void ClusterDriver::ReadFrames(Link& link) {
  link.reader.Feed(link.stream.in().view());
  link.stream.in().Clear();
  while (!link.gone) {
    auto next = link.reader.Next();
    if (std::holds_alternative<bus::Incomplete>(next)) return;
    if (auto* message = std::get_if<cluster::Message>(&next)) {
      Step(cluster::MessageReceived{link.id, std::move(*message)});
    } else if (auto* dropped = std::get_if<bus::Dropped>(&next)) {
      server_.log().Write(dropped->worth_a_warning ? LogLevel::kWarning : LogLevel::kDebug, dropped->reason);
    } else if (auto* broken = std::get_if<bus::Broken>(&next)) {
      server_.log().Warning("{}", broken->reason);
      LinkBroke(link, broken->reason);
    }
  }
}

void ClusterDriver::FollowUp(cluster::FollowUp& follow_up) {
  if (auto* x = std::get_if<cluster::BecomeReplica>(&follow_up)) server_.FollowPrimary(x->ip, x->port);
  if (std::holds_alternative<cluster::BecomePrimary>(follow_up)) server_.StopFollowing();
  if (auto* x = std::get_if<cluster::DeleteKeysInSlots>(&follow_up)) server_.DeleteKeysInSlots(x->slots);
  if (std::holds_alternative<cluster::FlushAll>(follow_up)) {
    server_.gate().Alone([&] {
      server_.FlushDatabase(-1, false);
      server_.scripting().DropLibraries();
    });
  }
  if (auto* x = std::get_if<cluster::PauseWrites>(&follow_up)) {
    writes_paused_until_ms_ = x->until_ms;
    server_.gate().AloneAmidScript([&] {
      server_.SetPause(Server::PausePurpose::kManualFailover, server_.clock_ms() + (x->until_ms - now_ms()), false);
    });
    Step(cluster::WritesPaused{server_.oplog().end()});
  }
  if (std::holds_alternative<cluster::ResumeWrites>(follow_up)) {
    writes_paused_until_ms_ = 0;
    server_.gate().AloneAmidScript([&] { server_.ClearPause(Server::PausePurpose::kManualFailover); });
  }
  if (auto* x = std::get_if<cluster::DeliverPublish>(&follow_up)) {
    ChannelKind kind = x->sharded ? ChannelKind::kSharded : ChannelKind::kGlobal;
    if (server_.pubsub().quiet()) return;
    server_.workers()[0]->Post([&pubsub = server_.pubsub(), kind, p = std::move(*x)](Worker& worker) {
      pubsub.Publish(kind, p.channel, p.message, worker);
    });
  }
}

void ClusterDriver::OnControlThread(const std::function<void()>& fn) { server_.control().RunAndWait(fn); }

cluster::AdminReply ClusterDriver::RunAdmin(cluster::AdminCommand command) {
  cluster::AdminReply reply;
  OnControlThread([&] {
    if (auto* set_slot = std::get_if<cluster::SetSlotCommand>(&command)) {
      server_.gate().AloneAmidScript(
          [&] { set_slot->slot_has_keys = server_.store().slot(set_slot->slot).key_count(DbIndex(0)) > 0; });
    }
    dataset_empty_ = server_.DatasetEmpty();
    admin_reply_.reset();
    Step(std::move(command));
    DUNLIN_INVARIANT(admin_reply_.has_value(), "every admin command is answered");
    reply = *admin_reply_;
  });
  return reply;
}

void ClusterDriver::Publish(std::string channel, std::string message, bool sharded) {
  size_t bytes = sizeof(cluster::PublishRequest) + channel.size() + message.size();
  unsent_publish_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  server_.control().RunSoon(
      [this, bytes, channel = std::move(channel), message = std::move(message), sharded]() mutable {
        Step(cluster::PublishRequest{std::move(channel), std::move(message), sharded});
        unsent_publish_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
      });
}

size_t ClusterDriver::link_memory_bytes() const {
  size_t bytes = 0;
  for (const auto& [id, link] : links_) {
    bytes += sizeof(Link) + link->stream.in().capacity() + link->stream.out().capacity() + link->reader.buffered();
  }
  return bytes;
}

std::vector<ClusterDriver::LinkInfo> ClusterDriver::Links() {
  std::vector<LinkInfo> infos;
  OnControlThread([&] {
    const cluster::SlotMap& map = *map_;
    for (cluster::NodeIndex index : map.Nodes()) {
      if (index == map.my_index()) continue;
      const cluster::NodePulse& pulse = map.Pulse(index);
      for (bool outbound : {true, false}) {
        cluster::LinkId id = outbound ? pulse.outbound : pulse.inbound;
        auto it = links_.find(id.value);
        if (id == cluster::kNoLink || it == links_.end() || it->second->gone) continue;
        const Buffer& out = it->second->stream.out();
        infos.push_back({outbound, map.Node(index).id, outbound ? pulse.outbound_since_ms : pulse.inbound_since_ms,
                         true, !out.empty(), out.capacity(), out.size()});
      }
    }
  });
  return infos;
}

void ClusterDriver::KillLinks(bool to, bool from, const NodeId& node) {
  OnControlThread([&] {
    cluster::NodeIndex index = map_->Find(node);
    if (index == cluster::kNoNode) return;
    const cluster::NodePulse pulse = map_->Pulse(index);
    for (cluster::LinkId id : {to ? pulse.outbound : cluster::kNoLink, from ? pulse.inbound : cluster::kNoLink}) {
      if (auto it = links_.find(id.value); it != links_.end()) LinkBroke(*it->second, "killed");
    }
  });
}

void ClusterDriver::SetDropFilter(int message_type) {
  OnControlThread([&] {
    config_ = CoreConfig();
    config_.drop_message_type = message_type;
    Step(cluster::ConfigChanged{config_});
  });
}

void ClusterDriver::SetCloseOnDrop(bool close) {
  OnControlThread([&] {
    config_ = CoreConfig();
    config_.close_link_on_drop = close;
    Step(cluster::ConfigChanged{config_});
  });
}

}  // namespace dunlin::server
