#include "cluster/cron.h"

#include <algorithm>
#include <vector>

#include "cluster/election.h"
#include "cluster/failure.h"
#include "cluster/gossip.h"
#include "cluster/manual_failover.h"
#include "cluster/membership.h"
#include "cluster/replica_migration.h"
#include "cluster/rules.h"

namespace dunlin::cluster {
namespace {

// The nodes as they are now, in the order of their ids; the cron removes some while it walks.
std::vector<NodeIndex> NodesNow(const State& s) {
  std::vector<NodeIndex> nodes;
  nodes.reserve(s.by_id.size());
  for (const auto& [id, index] : s.by_id) nodes.push_back(index);
  return nodes;
}

void ReconnectOrGiveUp(Turn& t, NodeIndex index) {
  const Node& node = t.At(index);
  if (node.Has(node_flag::kMyself | node_flag::kNoAddress)) return;
  int64_t handshake_timeout_ms = std::max(t.config().node_timeout_ms, rules::kMinHandshakeTimeoutMs);
  if (node.InHandshake() && t.now - node.created_ms > handshake_timeout_ms) {
    RemoveNode(t, index);
  } else if (node.outbound == kNoLink) {
    t.OpenLinkTo(index);
  }
}

// Of a few nodes by chance, the one that has been quiet for longest.
void PingSomebody(Turn& t) {
  NodeIndex quietest = kNoNode;
  for (int i = 0; i < rules::kRandomPingCandidates; ++i) {
    NodeIndex index = t.s.live[t.s.random.Below(t.s.live.size())];
    const Node& node = t.At(index);
    if (node.outbound == kNoLink || node.ping_sent_ms != 0) continue;
    if (node.Has(node_flag::kMyself | node_flag::kHandshake)) continue;
    if (quietest == kNoNode || node.pong_received_ms < t.At(quietest).pong_received_ms) quietest = index;
  }
  if (quietest != kNoNode) SendPing(t, t.At(quietest).outbound, MessageType::kPing);
}

bool IsDue(Turn& t) {
  State& s = t.s;
  if (t.now + rules::kCronSlackMs < s.next_cron_ms) return false;
  s.next_cron_ms = t.now + rules::kCronPeriodMs;
  return true;
}

}  // namespace

bool RunCron(Turn& t) {
  State& s = t.s;
  if (!IsDue(t)) return false;
  ++s.cron_runs;
  for (NodeIndex index : NodesNow(s)) ReconnectOrGiveUp(t, index);
  if (t.config().ping_random_nodes && s.cron_runs % rules::kRandomPingEveryRuns == 0) PingSomebody(t);
  for (NodeIndex index : NodesNow(s)) {
    if (!t.At(index).Has(node_flag::kMyself | node_flag::kNoAddress | node_flag::kHandshake)) WatchNode(t, index);
  }
  CheckManualFailoverTimeout(t);
  AdvanceManualFailover(t);
  if (t.Me().IsReplica()) {
    RunFailover(t);
    ConsiderReplicaMigration(t);
  }
  if (!s.ok) UpdateClusterState(t);
  return true;
}

}  // namespace dunlin::cluster
