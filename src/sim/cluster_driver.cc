#include "sim/cluster_driver.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"
#include "sim/checks.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

bool SendsVote(const cluster::Effects& effects) {
  return std::ranges::any_of(effects.wire, [](const cluster::WireEffect& effect) {
    const auto* send = std::get_if<cluster::Send>(&effect);
    return send != nullptr && send->message->type == cluster::MessageType::kAuthAck;
  });
}

}  // namespace

void ClusterDriver::Open(uint64_t seed) {
  Host& host = server_.host();
  clock_offset_ms_ = host.wall_ms() - host.monotonic_ms();
  auto core = cluster::Core::Open(host.settings().cluster, host.disk().nodes_conf, seed, now_ms());
  DUNLIN_INVARIANT(core.has_value(), "a core reads what a core wrote");
  core_ = std::move(*core);
}

void ClusterDriver::Start() {
  core_->SetFacts(server_.ClusterFacts());
  Carry(core_->Start(now_ms()), {.start = true});
}

void ClusterDriver::TellLoaded(const cluster::SlotSet& slots_with_keys) {
  Step(cluster::DataLoaded{slots_with_keys}, {.start = true});
}

int64_t ClusterDriver::now_ms() const { return server_.host().monotonic_ms() + clock_offset_ms_; }

void ClusterDriver::Tick() {
  core_->SetFacts(server_.ClusterFacts());
  Carry(core_->Tick(now_ms()), {});
}

cluster::AdminReply ClusterDriver::Admin(cluster::AdminCommand command) {
  if (auto* set_slot = std::get_if<cluster::SetSlotCommand>(&command)) {
    set_slot->slot_has_keys = !server_.keyspace().KeysInSlot(set_slot->slot).empty();
  }
  admin_reply_.reset();
  cluster::AdminCommand copy = command;
  Step(std::move(command), {.admin = &copy});
  // A process that died on the way answers nobody.
  if (!admin_reply_) return {.status = Status::Unavailable("the process died")};
  const auto* failover = std::get_if<cluster::FailoverCommand>(&copy);
  if (failover != nullptr && admin_reply_->status.ok()) {
    failover_mode_ = failover->mode;
    failover_ms_ = server_.around().scheduler.now_ms();
  }
  return *admin_reply_;
}

void ClusterDriver::Configure(const cluster::Config& config) {
  server_.host().SetConfig(config);
  Step(cluster::ConfigChanged{config}, {});
}

void ClusterDriver::Publish(std::string channel, std::string message) {
  Step(cluster::PublishRequest{std::move(channel), std::move(message), false}, {});
}

void ClusterDriver::Step(cluster::Input input, const StepCause& cause) {
  if (server_.host().dying()) return;
  core_->SetFacts(server_.ClusterFacts());
  Carry(core_->Step(std::move(input), now_ms()), cause);
}

// ---- Effects

// Carrying out one step's effects may cause the next step. It waits its turn, so that effects are carried out in the
// order of their steps.
void ClusterDriver::Carry(cluster::Effects effects, const StepCause& cause) {
  waiting_.push_back({std::move(effects), HowPromoted(cause), carrying_ ? StepCause{} : cause});
  if (carrying_) return;
  carrying_ = true;
  while (!waiting_.empty() && !server_.host().dying()) {
    Waiting now = std::move(waiting_.front());
    waiting_.pop_front();
    CarryOne(now);
  }
  carrying_ = false;
}

bool ClusterDriver::sends_before_persist() const { return server_.around().plant == Plant::kSendBeforePersist; }

void ClusterDriver::CarryOne(Waiting& waiting) {
  cluster::Effects& effects = waiting.effects;
  Host& host = server_.host();
  Trace& trace = server_.around().trace;
  for (const cluster::LogLine& line : effects.log) trace.Line("host {} | {}", host.index().value, line.text);
  auto dies_at = [&](CrashPoint point) {
    return host.dying() || (effects.persist && host.DiesAt(point, SendsVote(effects)));
  };
  if (sends_before_persist()) WireAll(effects);
  if (dies_at(CrashPoint::kBeforePersist)) return;
  if (effects.persist) Persist(effects);
  if (dies_at(CrashPoint::kAfterPersist)) return;
  if (effects.publish) PublishMap(effects.publish, waiting);
  if (dies_at(CrashPoint::kAfterPublish)) return;
  if (!sends_before_persist()) WireAll(effects);
  if (dies_at(CrashPoint::kAfterMessages)) return;
  for (cluster::FollowUp& follow_up : effects.follow_ups) FollowUp(follow_up);
  if (effects.reply) admin_reply_ = std::move(effects.reply);
}

void ClusterDriver::Persist(const cluster::Effects& effects) {
  const Surroundings& around = server_.around();
  around.trace.Mix(effects.persist->nodes_conf);
  if (around.plant == Plant::kVoteNotPersisted && SendsVote(effects)) return;
  server_.host().disk().WriteNodesConf(effects.persist->nodes_conf, effects.persist->fsync);
}

void ClusterDriver::PublishMap(std::shared_ptr<const cluster::SlotMap> map, const Waiting& waiting) {
  std::shared_ptr<const cluster::SlotMap> before = std::exchange(map_, std::move(map));
  server_.host().NoteNodeId(my_id());
  server_.around().trace.Mix(map_->version());
  Checks& checks = server_.around().checks;
  checks.OnMap(server_.host(), before.get(), *map_, waiting.cause);
  if (before != nullptr && before->Myself().IsReplica() && map_->Myself().IsPrimary()) {
    checks.OnPromoted(server_.host(), waiting.promotion, *before, *map_);
  }
}

// A failover by hand counts as such only while the old primary was there to be waited for.
Promotion ClusterDriver::HowPromoted(const StepCause& cause) const {
  if (cause.admin != nullptr) {
    return std::holds_alternative<cluster::ResetCommand>(*cause.admin) ? Promotion::kReset : Promotion::kTakeover;
  }
  int64_t timeout_ms = server_.host().settings().cluster.manual_failover_timeout_ms;
  if (!failover_mode_ || server_.around().scheduler.now_ms() - failover_ms_ > 2 * timeout_ms)
    return Promotion::kElected;
  if (*failover_mode_ == cluster::FailoverCommand::Mode::kForce) return Promotion::kForced;
  if (map_ == nullptr || map_->Myself().primary == cluster::kNoNode) return Promotion::kElected;
  bool primary_failed = map_->Node(map_->Myself().primary).Has(cluster::node_flag::kFail);
  return primary_failed ? Promotion::kElected : Promotion::kElectedByHand;
}

void ClusterDriver::WireAll(cluster::Effects& effects) {
  size_t count = effects.wire.size();
  for (size_t i = 0; i < count; ++i) {
    bool may_die = i == count / 2 && effects.persist;
    if (may_die && server_.host().DiesAt(CrashPoint::kAmongMessages, SendsVote(effects))) return;
    Wire(effects.wire[i]);
  }
}

void ClusterDriver::Wire(cluster::WireEffect& effect) {
  Network& network = server_.around().network;
  if (auto* open = std::get_if<cluster::OpenLink>(&effect)) {
    ConnectionId end = network.Connect(server_.host().index(), open->ip, open->bus_port);
    links_.emplace(open->link, Link{.end = end, .connecting = true, .unsent = {}, .reader = {}});
    by_end_.emplace(end.value, open->link);
  } else if (auto* close = std::get_if<cluster::CloseLink>(&effect)) {
    auto it = links_.find(close->link);
    if (it == links_.end()) return;
    network.Close(it->second.end);
    Forget(close->link);
  } else {
    auto& send = std::get<cluster::Send>(effect);
    std::string frame;
    if (server_.host().settings().frames_as_bytes) frame = bus::EncodeFrame(*send.message);
    for (cluster::LinkId link : send.links) SendOne(link, send, frame);
  }
}

void ClusterDriver::SendOne(cluster::LinkId link, const cluster::Send& send, const std::string& frame) {
  auto it = links_.find(link);
  if (it == links_.end()) return;
  const Surroundings& around = server_.around();
  around.checks.OnSent(server_.host(), around.network.PeerOf(it->second.end), *send.message);
  around.trace.Mix(static_cast<uint64_t>(send.message->type) + (link.value << 8));
  Payload payload = frame.empty() ? Payload(send.message) : Payload(frame);
  if (it->second.connecting) {
    it->second.unsent.push_back(std::move(payload));
  } else {
    around.network.Send(it->second.end, std::move(payload));
  }
}

void ClusterDriver::Forget(cluster::LinkId link) {
  auto it = links_.find(link);
  by_end_.erase(it->second.end.value);
  links_.erase(it);
}

void ClusterDriver::FollowUp(cluster::FollowUp& follow_up) {
  if (auto* x = std::get_if<cluster::BecomeReplica>(&follow_up)) server_.replication().Follow(x->ip, x->port);
  if (std::holds_alternative<cluster::BecomePrimary>(follow_up)) server_.replication().Promote();
  if (auto* x = std::get_if<cluster::DeleteKeysInSlots>(&follow_up)) server_.DeleteKeysInSlots(x->slots);
  if (std::holds_alternative<cluster::FlushAll>(follow_up)) server_.FlushAll();
  if (auto* x = std::get_if<cluster::PauseWrites>(&follow_up)) {
    if (server_.around().plant != Plant::kUnpausedFailover) {
      server_.PauseWrites(server_.host().wall_ms() + (x->until_ms - now_ms()));
    }
    Step(cluster::WritesPaused{server_.log().end()}, {});
  }
  if (std::holds_alternative<cluster::ResumeWrites>(follow_up)) server_.ResumeWrites();
}

// ---- Links

void ClusterDriver::OnAccepted(ConnectionId end, const std::string& peer_ip) {
  cluster::LinkId link = cluster::InboundLinkId(next_inbound_++);
  links_.emplace(link, Link{.end = end, .unsent = {}, .reader = {}});
  by_end_.emplace(end.value, link);
  Step(cluster::LinkAccepted{link, peer_ip, server_.host().ip()}, {});
}

void ClusterDriver::OnConnected(ConnectionId end) {
  cluster::LinkId id = by_end_.at(end.value);
  Link& link = links_.at(id);
  link.connecting = false;
  Network& network = server_.around().network;
  for (Payload& payload : std::exchange(link.unsent, {})) network.Send(end, std::move(payload));
  Step(cluster::LinkConnected{id, network.IpOf(network.PeerOf(end)), server_.host().ip()}, {});
}

void ClusterDriver::OnReceived(ConnectionId end, const Payload& payload) {
  cluster::LinkId link = by_end_.at(end.value);
  if (const auto* message = std::get_if<std::shared_ptr<const cluster::Message>>(&payload)) {
    return TakeMessage(link, **message);
  }
  links_.at(link).reader.Feed(std::get<std::string>(payload));
  ReadFrames(link);
}

void ClusterDriver::ReadFrames(cluster::LinkId link) {
  while (!server_.host().dying()) {
    // A message may have closed the link.
    auto it = links_.find(link);
    if (it == links_.end()) return;
    auto next = it->second.reader.Next();
    if (std::holds_alternative<bus::Incomplete>(next)) return;
    if (auto* broken = std::get_if<bus::Broken>(&next)) return LinkBroke(link, broken->reason);
    if (auto* message = std::get_if<cluster::Message>(&next)) {
      TakeMessage(link, *message);
    } else {
      server_.around().checks.Fail("frames", "a frame of a core was dropped: " + std::get<bus::Dropped>(next).reason);
    }
  }
}

void ClusterDriver::TakeMessage(cluster::LinkId link, const cluster::Message& message) {
  const Surroundings& around = server_.around();
  around.checks.OnHeard(server_.host(), message);
  if (around.plant == Plant::kOldEpochClaim) SilenceOwners(message);
  Step(cluster::MessageReceived{link, message}, {.message = &message});
}

// The bug of kOldEpochClaim: whoever owns what is claimed is made to look as if it no longer claimed it.
void ClusterDriver::SilenceOwners(const cluster::Message& claim) {
  if (claim.light || !cluster::IsPingType(claim.type) || !claim.header.replica_of.empty()) return;
  std::map<cluster::NodeIndex, cluster::SlotSet> silenced;
  claim.header.slots.ForEach([&](SlotId slot) {
    cluster::NodeIndex owner = map_->Owner(slot);
    if (owner == cluster::kNoNode || owner == map_->my_index() || map_->Node(owner).id == claim.header.sender) return;
    if (map_->Node(owner).config_epoch > claim.header.config_epoch) silenced[owner].Set(slot);
  });
  std::shared_ptr<const cluster::SlotMap> map = map_;
  for (const auto& [owner, slots] : silenced) {
    if (map->Pulse(owner).inbound == cluster::kNoLink) continue;
    cluster::Message doctored{.type = cluster::MessageType::kPong, .header = claim.header, .body = cluster::PingBody{}};
    doctored.header.sender = map->Node(owner).id;
    doctored.header.config_epoch = map->Node(owner).config_epoch;
    doctored.header.slots = cluster::SlotSet();
    for (int i = 0; i < kSlotCount; ++i) {
      SlotId slot(static_cast<uint16_t>(i));
      if (map->Owner(slot) == owner && !slots.Test(slot)) doctored.header.slots.Set(slot);
    }
    Step(cluster::MessageReceived{map->Pulse(owner).inbound, doctored}, {.message = &doctored});
  }
}

void ClusterDriver::LinkBroke(cluster::LinkId link, std::string reason) {
  auto it = links_.find(link);
  if (it == links_.end()) return;
  server_.around().network.Close(it->second.end);
  Forget(link);
  Step(cluster::LinkClosed{link, std::move(reason)}, {});
}

void ClusterDriver::OnClosed(ConnectionId end, std::string_view reason) {
  auto it = by_end_.find(end.value);
  if (it != by_end_.end()) LinkBroke(it->second, std::string(reason));
}

}  // namespace dunlin::sim
