#include "sim/operator.h"

#include <algorithm>
#include <utility>

#include "sim/convergence.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

constexpr int64_t kLookAgainMs = 100;
constexpr int64_t kJoinLimitMs = 30'000;

}  // namespace

Operator::Operator(const Surroundings& around, std::vector<Host*> hosts, const Recipe& recipe, uint64_t seed)
    : around_(around),
      hosts_(std::move(hosts)),
      recipe_(recipe),
      random_(seed),
      outside_(around.scheduler, around.network) {}

// ---- Words

Promise<Operator::Answered> Operator::Meet(Host& from, Host& to) {
  return outside_.Admin(
      from, cluster::MeetCommand{to.ip(), std::to_string(to.port()), to.port(), to.port() + kBusPortOffset});
}

Promise<Operator::Answered> Operator::Forget(Host& at, const NodeId& node) {
  forgotten_ms_[node] = around_.scheduler.now_ms();
  return outside_.Admin(at, cluster::ForgetCommand{node.str()});
}

Promise<Operator::Answered> Operator::Replicate(Host& replica, const NodeId& primary) {
  return outside_.Admin(replica, cluster::ReplicateCommand{primary.str()});
}

Promise<Operator::Answered> Operator::SetSlot(Host& at, const cluster::SetSlotCommand& command) {
  return outside_.Admin(at, command);
}

Promise<Operator::Answered> Operator::AddSlots(Host& at, std::vector<cluster::SlotRange> ranges) {
  return outside_.Admin(at, cluster::AssignSlotsCommand{false, std::move(ranges)});
}

// ---- Looking

const cluster::SlotMap& Operator::MapOf(const Host& host) { return host.server()->cluster().map(); }

std::vector<Host*> Operator::Running() const {
  std::vector<Host*> running;
  std::ranges::copy_if(members_, std::back_inserter(running), [](const Host* host) { return host->running(); });
  return running;
}

std::vector<Host*> Operator::RunningPrimaries() const {
  std::vector<Host*> primaries = Running();
  std::erase_if(primaries, [](const Host* host) {
    const cluster::NodeInfo& me = MapOf(*host).Myself();
    return !me.IsPrimary() || me.slot_count == 0;
  });
  return primaries;
}

std::vector<Host*> Operator::RunningReplicas() const {
  std::vector<Host*> replicas = Running();
  std::erase_if(replicas, [](const Host* host) {
    const cluster::NodeInfo& me = MapOf(*host).Myself();
    return !me.IsReplica() || me.primary == cluster::kNoNode;
  });
  return replicas;
}

Host* Operator::OwnerOf(SlotId slot) const {
  Host* newest = nullptr;
  for (Host* host : Running()) {
    if (!MapOf(*host).IsMine(slot)) continue;
    if (newest == nullptr || MapOf(*newest).Myself().config_epoch < MapOf(*host).Myself().config_epoch) newest = host;
  }
  return newest;
}

Host* Operator::HostOf(const NodeId& node) const {
  auto it = std::ranges::find(hosts_, node, [](const Host* host) { return host->node_id(); });
  return it == hosts_.end() ? nullptr : *it;
}

Host* Operator::PickOne(const std::vector<Host*>& hosts) {
  return hosts.empty() ? nullptr : hosts[random_.Below(hosts.size())];
}

bool Operator::IsMember(const Host& host) const { return std::ranges::find(members_, &host) != members_.end(); }

void Operator::LetIn(Host& host) {
  if (!IsMember(host)) members_.push_back(&host);
}

NodeId Operator::ShardOf(const Host& host) const {
  const cluster::SlotMap& map = MapOf(host);
  const cluster::NodeInfo& me = map.Myself();
  return me.IsReplica() && me.primary != cluster::kNoNode ? map.Node(me.primary).id : me.id;
}

bool Operator::IsSettled(const Host& host) const {
  auto forgotten = forgotten_ms_.find(host.node_id());
  int64_t blacklist_ms = host.settings().cluster.blacklist_ttl_s * 1000;
  if (forgotten != forgotten_ms_.end() && around_.scheduler.now_ms() - forgotten->second < 2 * blacklist_ms)
    return false;
  return std::ranges::all_of(Running(), [&](const Host* other) {
    return MapOf(*other).Find(host.node_id()) != cluster::kNoNode &&
           MapOf(host).Find(other->node_id()) != cluster::kNoNode;
  });
}

int64_t Operator::LongestTimeoutMs() const {
  int64_t longest_ms = 0;
  for (const Host* host : hosts_) longest_ms = std::max(longest_ms, host->settings().cluster.node_timeout_ms);
  return longest_ms;
}

Task<bool> Operator::WaitUntil(std::function<bool()> condition, int64_t limit_ms) {
  int64_t end_ms = around_.scheduler.now_ms() + limit_ms;
  while (!condition()) {
    if (around_.scheduler.now_ms() >= end_ms) co_return false;
    co_await around_.scheduler.Sleep(kLookAgainMs);
  }
  co_return true;
}

// ---- Creation

// All slots in ranges that follow each other; now and then one primary gets hardly any.
std::vector<std::vector<cluster::SlotRange>> Operator::DealSlots(int primaries) {
  std::vector<uint16_t> bounds = {0};
  for (int i = 1; i < primaries; ++i) {
    auto even = static_cast<int64_t>(kSlotCount) * i / primaries;
    auto bound = static_cast<uint16_t>(even + random_.Between(-100, 100));
    if (random_.OneIn(6)) bound = static_cast<uint16_t>(bounds.back() + random_.Between(1, 3));
    bounds.push_back(std::max<uint16_t>(bound, static_cast<uint16_t>(bounds.back() + 1)));
  }
  bounds.push_back(kSlotCount);
  std::vector<std::vector<cluster::SlotRange>> dealt;
  for (size_t i = 0; i + 1 < bounds.size(); ++i) {
    dealt.push_back({{bounds[i], static_cast<uint16_t>(bounds[i + 1] - 1)}});
  }
  return dealt;
}

Task<> Operator::Create(int primaries, int replicas) {
  int count = primaries * (1 + replicas);
  for (int i = 0; i < count; ++i) LetIn(*hosts_[static_cast<size_t>(i)]);
  auto dealt = DealSlots(primaries);
  for (int i = 0; i < count; ++i) {
    Host& host = *members_[static_cast<size_t>(i)];
    auto epoch_set = outside_.Admin(host, cluster::SetConfigEpochCommand{i + 1});
    co_await epoch_set;
    if (i >= primaries) continue;
    auto added = AddSlots(host, dealt[static_cast<size_t>(i)]);
    co_await added;
  }
  for (int i = 1; i < count; ++i) {
    auto met = Meet(*members_[static_cast<size_t>(i)], *members_[0]);
    co_await met;
  }
  auto all_known = [this, count] {
    return std::ranges::all_of(members_, [count](Host* h) { return MapOf(*h).summary().known_nodes == count; });
  };
  auto known = WaitUntil(all_known, kJoinLimitMs);
  if (!co_await known) co_return;
  for (int i = primaries; i < count; ++i) {
    auto following = Replicate(*members_[static_cast<size_t>(i)],
                               members_[static_cast<size_t>((i - primaries) % primaries)]->node_id());
    co_await following;
  }
  auto at_rest = WaitUntil([this] { return WhyNotConverged(members_).empty(); }, kJoinLimitMs);
  created_ = co_await at_rest;
}

// ---- Acting

Task<> Operator::Act(ActionPlan plan) {
  while (acting_) {
    co_await around_.scheduler.Sleep(plan.when.every_ms.Pick(random_));
    if (!acting_) co_return;
    auto once = ActOnce(plan.action);
    co_await once;
  }
}

}  // namespace dunlin::sim
