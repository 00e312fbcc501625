// What the operator does while the cluster runs.
#include <algorithm>
#include <utility>

#include "sim/operator.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

constexpr int64_t kJoinLimitMs = 10'000;

}  // namespace

Task<> Operator::ActOnce(Action action) {
  switch (action) {
    case Action::kReshard: return Reshard();
    case Action::kFailover: return Failover(false);
    case Action::kForceFailover: return Failover(true);
    case Action::kMoveReplica: return MoveReplica();
    case Action::kRejoin: return Rejoin();
    case Action::kAddNode: return AddNode();
    case Action::kBumpEpoch: return BumpEpoch();
    case Action::kConfigure: return Configure();
    case Action::kPublish: break;
  }
  Publish();
  return Nothing();
}

Task<> Operator::Nothing() { co_return; }

// One slot, mostly one with keys.
Task<> Operator::Reshard() {
  const std::vector<SlotId>& keyed = around_.keys.slots();
  SlotId slot = keyed[random_.Below(keyed.size())];
  if (random_.OneIn(8)) slot = SlotId(static_cast<uint16_t>(random_.Below(kSlotCount)));
  Host* source = OwnerOf(slot);
  std::vector<Host*> targets = Running();
  std::erase_if(targets, [&](const Host* host) { return host == source || MapOf(*host).Myself().IsReplica(); });
  Host* target = PickOne(targets);
  if (source == nullptr || target == nullptr || !IsFree(*source) || !IsFree(*target)) co_return;
  if (!IsSettled(*source) || !IsSettled(*target)) co_return;
  std::pair<NodeId, NodeId> shards(ShardOf(*source), ShardOf(*target));
  busy_.insert(shards.first);
  busy_.insert(shards.second);
  auto moving = MoveSlot(slot, *source, *target);
  bool moved = co_await moving;
  if (moved) {
    ++around_.checks.counters().slots_moved;
  } else {
    around_.checks.data().Doubt(slot, "the move of a slot was given up");
  }
  busy_.erase(busy_.find(shards.first));
  busy_.erase(busy_.find(shards.second));
}

Task<> Operator::Failover(bool by_force) {
  Host* replica = PickOne(RunningReplicas());
  if (replica == nullptr || !IsFree(*replica)) co_return;
  NodeId shard = ShardOf(*replica);
  auto mode = cluster::FailoverCommand::Mode::kPlain;
  if (by_force) {
    mode = random_.OneIn(3) ? cluster::FailoverCommand::Mode::kTakeover : cluster::FailoverCommand::Mode::kForce;
  }
  busy_.insert(shard);
  auto ordered = outside_.Admin(*replica, cluster::FailoverCommand{mode});
  Answered answer = co_await ordered;
  // Until it is over, one way or the other.
  if (IsOk(answer)) {
    int64_t limit_ms = 2 * replica->settings().cluster.manual_failover_timeout_ms;
    auto over = WaitUntil([replica] { return !replica->running() || MapOf(*replica).Myself().IsPrimary(); }, limit_ms);
    co_await over;
    // Everybody hears of it before the next action begins.
    co_await around_.scheduler.Sleep(500);
  }
  busy_.erase(busy_.find(shard));
}

Task<> Operator::MoveReplica() {
  Host* replica = PickOne(RunningReplicas());
  Host* primary = PickOne(RunningPrimaries());
  if (replica == nullptr || primary == nullptr || !IsFree(*replica) || !IsFree(*primary)) co_return;
  NodeId id = primary->node_id();
  auto following = Replicate(*replica, id);
  co_await following;
}

// Everybody forgets a replica, it forgets everybody, then it is met again.
Task<> Operator::Rejoin() {
  Host* replica = PickOne(RunningReplicas());
  if (replica == nullptr || !IsFree(*replica)) co_return;
  NodeId id = replica->node_id();
  for (Host* host : Running()) {
    if (host == replica) continue;
    auto forgotten = Forget(*host, id);
    co_await forgotten;
  }
  auto reset = outside_.Admin(*replica, cluster::ResetCommand{random_.OneIn(2)});
  Answered answer = co_await reset;
  if (!IsOk(answer)) co_return;
  co_await around_.scheduler.Sleep(random_.Between(0, 3000));
  auto joining = Join(*replica);
  co_await joining;
}

Task<> Operator::Join(Host& host) {
  Host* primary = PickOne(RunningPrimaries());
  if (primary == nullptr || primary == &host || !host.running()) co_return;
  auto met = Meet(host, *primary);
  co_await met;
  NodeId id = primary->node_id();
  auto knows = [&host, id] { return host.running() && MapOf(host).Find(id) != cluster::kNoNode; };
  auto known = WaitUntil(knows, kJoinLimitMs);
  bool joined = co_await known;
  if (!joined || random_.OneIn(3)) co_return;
  auto following = Replicate(host, id);
  co_await following;
}

Task<> Operator::AddNode() {
  std::vector<Host*> spares;
  std::ranges::copy_if(hosts_, std::back_inserter(spares), [&](Host* h) { return !IsMember(*h) && h->running(); });
  Host* spare = PickOne(spares);
  if (spare == nullptr) co_return;
  LetIn(*spare);
  auto joining = Join(*spare);
  co_await joining;
}

Task<> Operator::BumpEpoch() {
  Host* host = PickOne(Running());
  if (host == nullptr) co_return;
  auto bumped = outside_.Admin(*host, cluster::BumpEpochCommand{});
  co_await bumped;
}

Task<> Operator::Configure() {
  Host* host = PickOne(Running());
  if (host == nullptr) co_return;
  cluster::Config config = host->settings().cluster;
  config.node_timeout_ms = recipe_.node_timeout_ms.Pick(random_);
  config.require_full_coverage = random_.OneIn(2);
  config.migration_barrier = static_cast<int>(random_.Between(0, 2));
  outside_.Tell(*host, [config](Server& server) { server.cluster().Configure(config); });
}

void Operator::Publish() {
  Host* host = PickOne(Running());
  if (host == nullptr) return;
  std::string message = "message " + std::to_string(++published_);
  outside_.Tell(*host, [message](Server& server) { server.cluster().Publish("channel", message); });
}

}  // namespace dunlin::sim
