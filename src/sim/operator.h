// An operator of the cluster: creates it, moves slots, orders failovers, adds and replaces nodes, and in the end clears
// up what no protocol can: open slots, nodes that are gone for good. It does what redis-cli's cluster manager does,
// with the same commands, in the same order.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "sim/checks.h"
#include "sim/host.h"
#include "sim/outside.h"
#include "sim/recipe.h"
#include "sim/task.h"

namespace dunlin::sim {

class Operator {
 public:
  Operator(const Surroundings& around, std::vector<Host*> hosts, const Recipe& recipe, uint64_t seed);

  // The machines that belong to the cluster, or should.
  const std::vector<Host*>& members() const { return members_; }

  // A cluster of the first machines: `primaries` of them, then `replicas` of each. True when it came to be.
  Task<> Create(int primaries, int replicas);
  bool created() const { return created_; }
  // One kind of action, again and again until StopActing().
  Task<> Act(ActionPlan plan);
  void StopActing() { acting_ = false; }
  // Once nothing goes wrong any more: clears up until StopRepairing().
  Task<> Repair();
  void StopRepairing() { repairing_ = false; }

 private:
  using Answered = std::optional<cluster::AdminReply>;

  // ---- Actions (operator_actions.cc) ----
  Task<> ActOnce(Action action);
  Task<> Reshard();
  Task<> Failover(bool by_force);
  Task<> MoveReplica();
  Task<> Rejoin();
  Task<> AddNode();
  Task<> BumpEpoch();
  // The machine meets the cluster and, mostly, follows some primary.
  Task<> Join(Host& host);
  static Task<> Nothing();
  Task<> Configure();
  void Publish();

  // ---- Moving slots (operator_reshard.cc) ----
  Task<bool> MoveSlot(SlotId slot, Host& source, Host& target);
  Task<bool> OpenSlot(SlotId slot, Host& source, Host& target);
  Task<bool> MoveKeys(SlotId slot, Host& source, Host& target);
  Task<bool> CloseSlot(SlotId slot, Host& source, Host& target);
  Task<bool> Insist(Host& host, cluster::SetSlotCommand command);

  // ---- Clearing up (operator_repair.cc) ----
  Task<> RepairOnce();
  Task<bool> ForgetTheGone();
  Task<bool> ReplaceTheGone(Host& host, const cluster::NodeInfo& gone);
  Task<bool> JoinTheLost();
  Task<bool> GiveReplicasAPrimary();
  Task<bool> CloseOpenSlots();
  Task<> CloseOpenSlot(SlotId slot);
  Task<bool> AssignTheUnassigned();
  Task<bool> TakeTheUnclaimed();
  bool HasHealedFor(int64_t ms) const;

  // ---- Words ----
  Promise<Answered> Meet(Host& from, Host& to);
  Promise<Answered> Forget(Host& at, const NodeId& node);
  Promise<Answered> Replicate(Host& replica, const NodeId& primary);
  Promise<Answered> SetSlot(Host& at, const cluster::SetSlotCommand& command);
  Promise<Answered> AddSlots(Host& at, std::vector<cluster::SlotRange> ranges);
  static bool IsOk(const Answered& answer) { return answer && answer->status.ok(); }

  // ---- Looking ----
  static const cluster::SlotMap& MapOf(const Host& host);
  std::vector<Host*> Running() const;
  std::vector<Host*> RunningPrimaries() const;
  std::vector<Host*> RunningReplicas() const;
  // The one that claims the slot; the newest when several do.
  Host* OwnerOf(SlotId slot) const;
  Host* HostOf(const NodeId& node) const;
  Host* PickOne(const std::vector<Host*>& hosts);
  bool IsMember(const Host& host) const;
  void LetIn(Host& host);
  Task<bool> WaitUntil(std::function<bool()> condition, int64_t limit_ms);
  std::vector<std::vector<cluster::SlotRange>> DealSlots(int primaries);
  int64_t LongestTimeoutMs() const;

  // Everybody knows it, and nobody was told to forget it not long ago.
  bool IsSettled(const Host& host) const;
  // In a calm run two actions must not get into each other's way.
  bool IsFree(const Host& host) const { return !recipe_.calm() || !busy_.contains(ShardOf(host)); }
  NodeId ShardOf(const Host& host) const;

  const Surroundings& around_;
  const std::vector<Host*> hosts_;
  const Recipe& recipe_;
  Random random_;
  Outside outside_;
  std::vector<Host*> members_;
  std::map<NodeId, int64_t> forgotten_ms_;
  std::multiset<NodeId> busy_;  // primaries whose shards an action works on
  bool created_ = false;
  bool acting_ = true;
  bool repairing_ = true;
  int64_t repair_since_ms_ = 0;
  uint64_t published_ = 0;
};

}  // namespace dunlin::sim
