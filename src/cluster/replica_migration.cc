#include "cluster/replica_migration.h"

#include <algorithm>

#include "cluster/membership.h"
#include "cluster/rules.h"

namespace dunlin::cluster {
namespace {

int CountWorkingReplicas(const Turn& t, const Node& primary) {
  return static_cast<int>(
      std::ranges::count_if(primary.replicas, [&](NodeIndex index) { return !t.At(index).Has(node_flag::kFail); }));
}

// Serves slots, works, should have replicas and has none that works.
bool IsOrphan(const Node& node, int working_replicas) {
  return node.IsPrimary() && !node.Has(node_flag::kFail) && node.Has(node_flag::kMigrateTo) && working_replicas == 0;
}

// My primary has more than it must keep.
bool CanBeSpared(const Turn& t) {
  const Node& primary = t.At(t.Me().primary);
  auto good = std::ranges::count_if(
      primary.replicas, [&](NodeIndex index) { return !t.At(index).Has(node_flag::kFail | node_flag::kPfail); });
  return good > t.config().migration_barrier;
}

struct Survey {
  int max_replicas = 0;           // working ones, over all primaries
  NodeIndex orphan = kNoNode;     // the first by id
  NodeIndex candidate = kNoNode;  // of the working replicas of those with the most, the first by id
};

Survey LookAround(Turn& t) {
  Survey survey;
  for (const auto& [id, index] : t.s.by_id) {
    const Node& node = t.At(index);
    if (!node.IsPrimary() || node.Has(node_flag::kFail)) continue;
    survey.max_replicas = std::max(survey.max_replicas, CountWorkingReplicas(t, node));
  }
  for (const auto& [id, index] : t.s.by_id) {
    const Node& node = t.At(index);
    int working = node.IsPrimary() ? CountWorkingReplicas(t, node) : 0;
    if (IsOrphan(node, working)) {
      if (node.orphaned_since_ms == 0) t.Touch(index).orphaned_since_ms = t.now;
      if (survey.orphan == kNoNode && node.slot_count > 0) survey.orphan = index;
    } else if (node.orphaned_since_ms != 0) {
      t.Touch(index).orphaned_since_ms = 0;
    }
    if (!node.IsPrimary() || working != survey.max_replicas) continue;
    for (NodeIndex replica : node.replicas) {
      if (t.At(replica).Has(node_flag::kFail)) continue;
      if (survey.candidate == kNoNode || t.At(replica).id < t.At(survey.candidate).id) survey.candidate = replica;
    }
  }
  return survey;
}

}  // namespace

void ConsiderReplicaMigration(Turn& t) {
  if (!t.Me().IsReplica() || t.Me().primary == kNoNode || !t.config().allow_replica_migration) return;
  Survey survey = LookAround(t);
  // Somebody must have two before anybody gives one away.
  if (survey.orphan == kNoNode || survey.max_replicas < 2) return;
  if (survey.candidate != t.s.myself || !t.s.ok || !CanBeSpared(t)) return;
  // During a failover the orphan's own replicas get some time to show up.
  const Node& orphan = t.At(survey.orphan);
  if (t.now - orphan.orphaned_since_ms <= rules::kReplicaMigrationDelayMs) return;
  t.Log(LogLevel::kNotice, "Migrating to orphaned master {}", orphan.id.view());
  FollowPrimary(t, survey.orphan);
}

}  // namespace dunlin::cluster
