// What the operator clears up once nothing goes wrong any more. Only what the protocol cannot do by itself: it may take
// the place of no rule whose work is to be seen.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "sim/operator.h"
#include "sim/server.h"

namespace dunlin::sim {
namespace {

using SetSlotAction = cluster::SetSlotCommand::Action;

constexpr int64_t kLookAgainMs = 1000;
constexpr int64_t kPatienceMs = 10'000;  // and some node timeouts, for what the nodes can do themselves
constexpr int64_t kPatienceTimeouts = 8;

}  // namespace

bool Operator::HasHealedFor(int64_t ms) const { return around_.scheduler.now_ms() - repair_since_ms_ >= ms; }

Task<> Operator::Repair() {
  repair_since_ms_ = around_.scheduler.now_ms();
  while (repairing_) {
    co_await around_.scheduler.Sleep(kLookAgainMs);
    if (!repairing_) co_return;
    auto once = RepairOnce();
    co_await once;
  }
}

// One thing at a time, because each changes what is to be seen.
Task<> Operator::RepairOnce() {
  auto joining = JoinTheLost();
  if (co_await joining) co_return;
  auto forgetting = ForgetTheGone();
  if (co_await forgetting) co_return;
  auto giving = GiveReplicasAPrimary();
  if (co_await giving) co_return;
  auto closing = CloseOpenSlots();
  if (co_await closing) co_return;
  auto assigning = AssignTheUnassigned();
  if (co_await assigning) co_return;
  auto taking = TakeTheUnclaimed();
  co_await taking;
}

// Nodes whose machine has come back as somebody else.
Task<bool> Operator::ForgetTheGone() {
  for (Host* host : Running()) {
    const cluster::SlotMap map = MapOf(*host);
    for (cluster::NodeIndex index : map.Nodes()) {
      const cluster::NodeInfo& node = map.Node(index);
      if (node.Has(cluster::node_flag::kHandshake) || HostOf(node.id) != nullptr) continue;
      auto replacing = ReplaceTheGone(*host, node);
      if (co_await replacing) co_return true;
    }
  }
  co_return false;
}

// Its replicas may take over by themselves; when they do not, one is told to. Nodes without slots are forgotten.
Task<bool> Operator::ReplaceTheGone(Host& host, const cluster::NodeInfo& gone) {
  NodeId id = gone.id;
  bool is_my_primary = ShardOf(host) == id;
  if (gone.slot_count > 0 || is_my_primary) {
    if (!HasHealedFor(kPatienceMs + kPatienceTimeouts * LongestTimeoutMs())) co_return false;
  }
  if (is_my_primary && gone.slot_count > 0) {
    around_.trace.Line("operator: host {} takes over from a node that is gone", host.index().value);
    auto taking = outside_.Admin(host, cluster::FailoverCommand{cluster::FailoverCommand::Mode::kTakeover});
    co_await taking;
    co_return true;
  }
  if (is_my_primary) {
    Host* primary = PickOne(RunningPrimaries());
    if (primary == nullptr) co_return false;
    NodeId other = primary->node_id();
    auto following = Replicate(host, other);
    co_await following;
    co_return true;
  }
  // Somebody who has its data may still take over.
  bool has_replica = std::ranges::any_of(Running(), [&](const Host* h) { return ShardOf(*h) == id; });
  if (gone.slot_count > 0 && has_replica) co_return false;
  around_.trace.Line("operator: host {} is to forget a node that is gone", host.index().value);
  auto forgetting = Forget(host, id);
  co_await forgetting;
  co_return false;
}

// Members that the one who knows most does not know, or who do not know it. The rest is gossip's to tell.
Task<bool> Operator::JoinTheLost() {
  std::vector<Host*> running = Running();
  auto known = [](const Host* host) { return MapOf(*host).summary().known_nodes; };
  auto reference = std::ranges::max_element(running, {}, known);
  if (reference == running.end()) co_return false;
  Host& center = **reference;
  for (Host* host : running) {
    bool strangers = MapOf(center).Find(host->node_id()) == cluster::kNoNode ||
                     MapOf(*host).Find(center.node_id()) == cluster::kNoNode;
    if (host == &center || !strangers) continue;
    around_.trace.Line("operator: host {} is to meet host {}", host->index().value, center.index().value);
    auto met = Meet(*host, center);
    co_await met;
    co_await around_.scheduler.Sleep(kLookAgainMs);
    co_return true;
  }
  co_return false;
}

// Whoever leads nothing follows somebody, and so does a replica whose primary nobody knows.
Task<bool> Operator::GiveReplicasAPrimary() {
  for (Host* host : Running()) {
    const cluster::NodeInfo me = MapOf(*host).Myself();
    bool is_lost = me.IsReplica() && me.primary == cluster::kNoNode;
    bool is_new = me.IsPrimary() && me.slot_count == 0 && host->server()->keyspace().empty() && me.replicas.empty();
    if (!is_lost && !(is_new && recipe_.Has(Fault::kLoseDisk))) continue;
    std::vector<Host*> primaries = RunningPrimaries();
    Host* primary = PickOne(primaries);
    if (primary == nullptr || MapOf(*host).Find(primary->node_id()) == cluster::kNoNode) continue;
    NodeId id = primary->node_id();
    around_.trace.Line("operator: host {} is to follow host {}", host->index().value, primary->index().value);
    auto following = Replicate(*host, id);
    Answered answer = co_await following;
    if (IsOk(answer)) co_return true;
  }
  co_return false;
}

Task<bool> Operator::CloseOpenSlots() {
  std::set<SlotId> open;
  for (const Host* host : Running()) {
    for (const cluster::OpenSlot& slot : MapOf(*host).slots().migrating) open.insert(slot.slot);
    for (const cluster::OpenSlot& slot : MapOf(*host).slots().importing) open.insert(slot.slot);
  }
  for (SlotId slot : open) {
    around_.trace.Line("operator: closes slot {}", slot.value);
    auto closing = CloseOpenSlot(slot);
    co_await closing;
  }
  co_return !open.empty();
}

// Stray keys go to the owner; then everybody forgets that the slot was on its way. When nobody claims it, its importer
// takes it.
Task<> Operator::CloseOpenSlot(SlotId slot) {
  around_.checks.data().Doubt(slot, "the operator closes an open slot");
  Host* owner = OwnerOf(slot);
  for (Host* host : Running()) {
    if (!host->running() || MapOf(*host).Myself().IsReplica()) continue;
    bool imports = MapOf(*host).Importing(slot) != cluster::kNoNode;
    bool migrates = MapOf(*host).Migrating(slot) != cluster::kNoNode;
    cluster::SetSlotCommand command{.slot = slot, .action = SetSlotAction::kStable, .node = {}};
    if (owner == nullptr && imports) {
      command.action = SetSlotAction::kNode;
      command.node = host->node_id().str();
      owner = host;
    } else if (owner != nullptr && owner != host) {
      std::vector<KeyIndex> stray = host->server()->keyspace().KeysInSlot(slot);
      if (!stray.empty()) {
        auto moving = outside_.Migrate(*host, *owner, stray, /*replace=*/false);
        co_await moving;
      }
    }
    if (!imports && !migrates) continue;
    auto closing = SetSlot(*host, command);
    co_await closing;
  }
}

// A slot that was handed over by hand while epochs grew elsewhere may end up with nobody who claims it: the old owner
// gave it away, the new one was told that the old one's epoch is greater. redis-cli's fix assigns it anew.
Task<bool> Operator::TakeTheUnclaimed() {
  if (recipe_.calm() || !HasHealedFor(kPatienceMs)) co_return false;
  std::vector<Host*> primaries = RunningPrimaries();
  cluster::SlotSet unclaimed = cluster::SlotSet::All();
  for (const Host* host : primaries) {
    for (const auto& owned : MapOf(*host).OwnedRanges()) {
      if (owned.owner == MapOf(*host).my_index()) unclaimed -= cluster::SlotSet::OfRange(owned.range);
    }
  }
  Host* taker = PickOne(primaries);
  if (unclaimed.empty() || taker == nullptr) co_return false;
  for (SlotId slot : around_.keys.slots()) {
    if (unclaimed.Test(slot)) around_.checks.data().Doubt(slot, "nobody claims it");
  }
  around_.trace.Line("operator: host {} takes {} slots that nobody claims", taker->index().value, unclaimed.Count());
  around_.checks.counters().unclaimed_slots += static_cast<uint64_t>(unclaimed.Count());
  auto removing = outside_.Admin(*taker, cluster::AssignSlotsCommand{true, unclaimed.Ranges()});
  co_await removing;
  auto adding = AddSlots(*taker, unclaimed.Ranges());
  co_await adding;
  auto bumping = outside_.Admin(*taker, cluster::BumpEpochCommand{});
  co_await bumping;
  co_return true;
}

// Slots of a shard that is lost as a whole.
Task<bool> Operator::AssignTheUnassigned() {
  if (!HasHealedFor(kPatienceMs + kPatienceTimeouts * LongestTimeoutMs())) co_return false;
  Host* primary = PickOne(RunningPrimaries());
  if (primary == nullptr) co_return false;
  cluster::SlotSet missing;
  for (int i = 0; i < kSlotCount; ++i) {
    SlotId slot(static_cast<uint16_t>(i));
    if (MapOf(*primary).Owner(slot) == cluster::kNoNode && OwnerOf(slot) == nullptr) missing.Set(slot);
  }
  if (missing.empty()) co_return false;
  for (SlotId slot : around_.keys.slots()) {
    if (missing.Test(slot)) around_.checks.data().Doubt(slot, "its shard is lost");
  }
  auto adding = AddSlots(*primary, missing.Ranges());
  co_await adding;
  co_return true;
}

}  // namespace dunlin::sim
