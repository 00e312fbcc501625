#include "cluster/core.h"

#include <algorithm>
#include <utility>

#include "base/invariant.h"
#include "cluster/admin_run.h"
#include "cluster/config_file.h"
#include "cluster/cron.h"
#include "cluster/election.h"
#include "cluster/failure.h"
#include "cluster/gossip.h"
#include "cluster/manual_failover.h"
#include "cluster/membership.h"
#include "cluster/photograph.h"
#include "cluster/receive.h"
#include "cluster/slots.h"
#include "cluster/state.h"
#include "cluster/turn.h"

namespace dunlin::cluster {
namespace {

// Enough for a plan, the request that follows it, and the win of who is its own majority.
constexpr int kMaxFailoverStepsPerTurn = 4;

void CheckSlots(const State& s) {
  size_t owned = 0;
  for (int i = 0; i < kSlotCount; ++i) {
    NodeIndex owner = s.owner[static_cast<size_t>(i)];
    if (owner == kNoNode) continue;
    ++owned;
    const Node& node = s.nodes[owner.value];
    DUNLIN_INVARIANT(node.live && node.slots.Test(SlotId(static_cast<uint16_t>(i))), "an owner knows its slots");
  }
  size_t counted = 0;
  for (NodeIndex index : s.live) counted += static_cast<size_t>(s.nodes[index.value].slot_count);
  DUNLIN_INVARIANT(owned == counted, "no slot is counted twice");
}

void CheckNodes(const State& s) {
  DUNLIN_INVARIANT(s.by_id.size() == s.live.size(), "each live node has its own id");
  for (const auto& [id, index] : s.by_id) {
    const Node& node = s.nodes[index.value];
    DUNLIN_INVARIANT(node.live && node.id == id, "ids lead to their nodes");
    DUNLIN_INVARIANT(!node.IsPrimary() || !node.IsReplica(), "nobody has both roles");
    DUNLIN_INVARIANT(!node.IsReplica() || node.slot_count == 0, "a replica owns no slot");
    for (NodeIndex replica : node.replicas) {
      DUNLIN_INVARIANT(s.nodes[replica.value].live && s.nodes[replica.value].primary == index,
                       "replicas and primaries agree on each other");
    }
  }
}

// What must hold whenever nobody is at work.
void CheckState(const State& s) {
  CheckSlots(s);
  CheckNodes(s);
  const Node& me = s.nodes[s.myself.value];
  DUNLIN_INVARIANT(me.Has(node_flag::kMyself) && me.IsPrimary() != me.IsReplica(), "I have one role");
  DUNLIN_INVARIANT(me.IsReplica() || me.primary == kNoNode, "a primary follows nobody");
  DUNLIN_INVARIANT(me.config_epoch <= s.current_epoch, "my epoch is not of the future");
  DUNLIN_INVARIANT(s.last_vote_epoch <= s.current_epoch, "nor is my vote");
}

// Whom the server should replicate from, compared with whom it was told to. Comes before the other follow-ups: resumed
// writes find the new role, and a flush finds a primary.
void ReconcileReplication(Turn& t) {
  State& s = t.s;
  // Before the first tick the data set may still be loading.
  if (s.cron_runs == 0) return;
  std::vector<FollowUp>& follow_ups = t.out.follow_ups;
  if (t.Me().IsPrimary()) {
    if (s.following) follow_ups.insert(follow_ups.begin(), BecomePrimary{});
    s.following.reset();
    return;
  }
  if (t.Me().primary == kNoNode) return;
  const Node& primary = t.At(t.Me().primary);
  uint16_t port = t.config().tls_replication ? primary.tls_port : primary.tcp_port;
  if (primary.Has(node_flag::kNoAddress) || primary.ip.empty() || port == 0) return;
  ReplicationTarget target{primary.id, primary.ip, port};
  if (s.following == target) return;
  follow_ups.insert(follow_ups.begin(), BecomeReplica{target.primary, target.ip, target.port});
  s.following = std::move(target);
}

bool IsMapOutdated(const State& s, bool is_tick) {
  if (s.map == nullptr) return false;
  const Summary& shown = s.map->summary();
  return s.slots_dirty || s.nodes_dirty || s.links_dirty || (is_tick && s.pulses_dirty) || shown.ok != s.ok ||
         (!s.ok && shown.reason != s.fail_reason) || shown.size != s.size || shown.current_epoch != s.current_epoch;
}

void Publish(Turn& t) {
  State& s = t.s;
  s.map = Photograph(s);
  s.slots_dirty = s.nodes_dirty = s.pulses_dirty = s.links_dirty = false;
  t.out.publish = s.map;
}

Effects Finish(Turn& t, bool is_tick) {
  State& s = t.s;
  AdvanceManualFailover(t);
  for (int i = 0; i < kMaxFailoverStepsPerTurn && t.run_failover; ++i) RunFailover(t);
  bool changed = s.slots_dirty || s.nodes_dirty;
  if (changed) {
    UpdateClusterState(t);
    CheckState(s);
  }
  ReconcileReplication(t);
  if (t.save) t.out.persist = Persist{FormatConfigFile(BooksToSave(s)), t.fsync, t.save_is_reply};
  if (IsMapOutdated(s, is_tick)) Publish(t);
  return std::move(t.out);
}

// ---- One handler for each thing that may happen
// ----------------------------------------------------------------------

void Take(Turn& t, LinkAccepted&& input) {
  DUNLIN_INVARIANT(IsInbound(input.link), "who accepts links numbers them as inbound ones");
  t.s.links[input.link] = Link{.connected = true,
                               .opened_ms = t.now,
                               .peer_ip = std::move(input.peer_ip),
                               .local_ip = std::move(input.local_ip)};
}

void Take(Turn& t, LinkConnected&& input) {
  auto it = t.s.links.find(input.link);
  if (it == t.s.links.end() || IsInbound(input.link)) return;
  Link& link = it->second;
  link.connected = true;
  link.peer_ip = std::move(input.peer_ip);
  link.local_ip = std::move(input.local_ip);
  t.s.links_dirty = true;
  // A first word at once: it spares the peer a false alarm. One that was waiting for its answer is still waiting.
  Node& node = t.Touch(link.node);
  TimeMs waiting_since_ms = node.ping_sent_ms;
  SendPing(t, input.link, node.Has(node_flag::kMeet) ? MessageType::kMeet : MessageType::kPing);
  if (waiting_since_ms != 0) node.ping_sent_ms = waiting_since_ms;
}

void Take(Turn& t, LinkClosed&& input) {
  auto it = t.s.links.find(input.link);
  if (it == t.s.links.end()) return;
  if (!IsInbound(input.link)) {
    Node& node = t.Touch(it->second.node);
    t.Log(it->second.connected ? LogLevel::kDebug : LogLevel::kVerbose, "Connection with Node {} at {}:{} {}: {}",
          node.id.view(), node.ip, node.bus_port, it->second.connected ? "lost" : "failed", input.reason);
    // A ping that cannot even be sent counts as unanswered, or the failure would never be seen.
    if (!it->second.connected && node.ping_sent_ms == 0) node.ping_sent_ms = t.now;
  }
  t.DropLink(input.link);
}

void Take(Turn& t, LinkQueued&& input) {
  auto it = t.s.links.find(input.link);
  uint64_t limit = t.config().link_sendbuf_limit_bytes;
  if (it == t.s.links.end() || limit == 0 || input.bytes <= limit) return;
  NodeIndex node = it->second.node;
  t.Log(LogLevel::kWarning,
        "Freeing cluster link({} node {}, used memory: {}) due to exceeding send buffer memory limit.",
        IsInbound(input.link) ? "from" : "to", node == kNoNode ? std::string_view() : t.At(node).id.view(),
        input.bytes);
  t.CloseLinkNow(input.link);
  ++t.s.link_buffer_limit_exceeded;
  t.s.links_dirty = true;
}

void Take(Turn& t, MessageReceived&& input) { TakeMessage(t, input.link, std::move(input.message)); }
void Take(Turn& t, PublishRequest&& input) { SendPublish(t, std::move(input)); }
void Take(Turn& t, WritesPaused&& input) { TakeWritesPaused(t, input.offset); }
void Take(Turn& t, DataLoaded&& input) { ReconcileWithData(t, input.slots_with_keys); }

void Take(Turn& t, ConfigChanged&& input) {
  bool ip_changed = input.config.announce_ip != t.s.config.announce_ip;
  t.s.config = std::move(input.config);
  DescribeMyself(t, ip_changed);
}

void Take(Turn& t, AdminCommand&& input) { t.out.reply = RunAdmin(t, input); }

TimeMs NeverBackwards(State& s, TimeMs now) {
  s.last_now_ms = std::max(s.last_now_ms, now);
  return s.last_now_ms;
}

}  // namespace

Result<Core> Core::Open(const Config& config, std::string_view nodes_conf, uint64_t seed, TimeMs now) {
  auto state = std::make_unique<State>(seed);
  state->config = config;
  state->last_now_ms = now;
  Turn t(*state, now);
  if (nodes_conf.empty()) {
    state->is_new = true;
    state->myself = AddNode(t, RandomNodeId(t), node_flag::kMyself | node_flag::kPrimary);
  } else {
    Result<SavedCluster> saved = ParseConfigFile(nodes_conf, config.tls_cluster);
    if (!saved) return Fail(saved.error());
    LoadBooks(t, *saved);
  }
  DescribeMyself(t, !config.announce_ip.empty());
  state->opening_log = std::move(t.out.log);
  return Core(std::move(state));
}

Core::Core(std::unique_ptr<State> state) : state_(std::move(state)) {}
Core::Core(const Core& other) : state_(std::make_unique<State>(*other.state_)) {}
Core& Core::operator=(const Core& other) {
  if (this != &other) state_ = std::make_unique<State>(*other.state_);
  return *this;
}
Core::Core(Core&&) noexcept = default;
Core& Core::operator=(Core&&) noexcept = default;
Core::~Core() = default;

Effects Core::Start(TimeMs now) {
  State& s = *state_;
  DUNLIN_INVARIANT(s.map == nullptr, "a core is started once");
  Turn t(s, NeverBackwards(s, now));
  t.out.log = std::exchange(s.opening_log, {});
  if (s.is_new) {
    t.Log(LogLevel::kNotice, "No cluster configuration found, I'm {}", t.Me().id.view());
    t.SaveAndSync();
  } else {
    t.Log(LogLevel::kNotice, "Node configuration loaded, I'm {}", t.Me().id.view());
  }
  Effects effects = Finish(t, false);
  Publish(t);
  effects.publish = s.map;
  return effects;
}

Effects Core::Step(Input input, TimeMs now) {
  Turn t(*state_, NeverBackwards(*state_, now));
  std::visit([&](auto&& i) { Take(t, std::move(i)); }, std::move(input));
  return Finish(t, false);
}

Effects Core::Tick(TimeMs now) {
  Turn t(*state_, NeverBackwards(*state_, now));
  if (!RunCron(t)) return {};
  return Finish(t, true);
}

void Core::SetFacts(const Facts& facts) {
  if (facts.replication_offset != state_->facts.replication_offset) state_->pulses_dirty = true;
  state_->facts = facts;
}

const NodeId& Core::my_id() const { return state_->nodes[state_->myself.value].id; }
bool Core::is_replica() const { return state_->nodes[state_->myself.value].IsReplica(); }
std::shared_ptr<const SlotMap> Core::map() const { return state_->map; }
std::string Core::NodesConf() const { return FormatConfigFile(BooksToSave(*state_)); }
Epoch Core::last_vote_epoch() const { return state_->last_vote_epoch; }

}  // namespace dunlin::cluster
