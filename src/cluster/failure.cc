#include "cluster/failure.h"

#include <algorithm>

#include "cluster/gossip.h"
#include "cluster/membership.h"
#include "cluster/rules.h"

namespace dunlin::cluster {
namespace {

constexpr uint16_t kFailing = node_flag::kPfail | node_flag::kFail;

void MarkFail(Turn& t, NodeIndex index) {
  Node& node = t.Edit(index);
  node.flags &= static_cast<uint16_t>(~node_flag::kPfail);
  node.flags |= node_flag::kFail;
  node.fail_since_ms = t.now;
  t.Save();
}

void ClearFail(Turn& t, NodeIndex index) {
  t.Edit(index).flags &= static_cast<uint16_t>(~node_flag::kFail);
  t.Save();
}

// It was FAIL and answers. A replica, or a primary without slots, is welcome at once; a primary with slots only when
// nobody has taken them over for some time.
void ClearFailIfPossible(Turn& t, NodeIndex index) {
  const Node& node = t.At(index);
  if (node.IsReplica() || node.slot_count == 0) {
    t.Log(LogLevel::kNotice, "Clear FAIL state for node {} ({}):{} is reachable again.", node.id.view(),
          node.human_name, node.IsReplica() ? "replica" : "master without slots");
    ClearFail(t, index);
  } else if (t.now - node.fail_since_ms > rules::kFailUndoTimeouts * t.config().node_timeout_ms) {
    t.Log(LogLevel::kNotice,
          "Clear FAIL state for node {} ({}): is reachable again and nobody is serving its slots after some time.",
          node.id.view(), node.human_name);
    ClearFail(t, index);
  }
}

void MarkUnreachable(Turn& t, NodeIndex index) {
  t.Edit(index).flags |= node_flag::kPfail;
  t.Log(LogLevel::kDebug, "*** NODE {} possibly failing", t.At(index).id.view());
  // Where I am the only one who votes, no report will ever come.
  if (t.Me().IsVotingPrimary() && t.s.size == 1) MarkFailingIfAgreed(t, index);
}

// A ping is out and there is no data: the connection may be dead while the node is not. Data that comes the other way
// counts for the connection only so long, or one that is dead in one direction would never be made anew.
bool IsLinkSilent(const Turn& t, const Node& node) {
  if (node.outbound == kNoLink || node.ping_sent_ms == 0) return false;
  int64_t timeout_ms = t.config().node_timeout_ms;
  int64_t waited_ms = t.now - node.ping_sent_ms;
  if (t.now - t.s.links.at(node.outbound).opened_ms <= timeout_ms) return false;
  if (waited_ms > rules::kDeadLinkTimeouts * timeout_ms) return true;
  return waited_ms > timeout_ms / 2 && t.now - node.data_received_ms > timeout_ms / 2;
}

bool MustPing(const Turn& t, NodeIndex index) {
  const Node& node = t.At(index);
  const Config& config = t.config();
  if (node.outbound == kNoLink) return false;
  int64_t interval_ms = config.ping_interval_ms != 0 ? config.ping_interval_ms : config.node_timeout_ms / 2;
  if (node.ping_sent_ms == 0 && t.now - node.pong_received_ms > interval_ms) return true;
  // A replica that fails me over by hand needs my final offset at once.
  return t.s.manual.in_progress() && t.Me().IsPrimary() && t.s.manual.replica == index;
}

FailReason FindFailReason(Turn& t) {
  State& s = t.s;
  FailReason reason = FailReason::kNone;
  if (t.config().require_full_coverage) {
    if (std::ranges::find(s.owner, kNoNode) != s.owner.end()) {
      reason = FailReason::kSlotUnassigned;
    } else if (std::ranges::any_of(s.live, [&](NodeIndex index) {
                 return t.At(index).slot_count > 0 && t.At(index).Has(node_flag::kFail);
               })) {
      reason = FailReason::kSlotOwnerFailed;
    }
  }
  auto reachable = std::ranges::count_if(
      s.live, [&](NodeIndex index) { return t.At(index).IsVotingPrimary() && !t.At(index).Has(kFailing); });
  if (reachable < Quorum(s)) {
    reason = FailReason::kMinority;
    s.last_minority_ms = t.now;
  }
  return reason;
}

// A primary that was away must hear what happened before it takes writes again.
bool MustWaitToRejoin(const Turn& t) {
  int64_t delay_ms = std::clamp(t.config().node_timeout_ms, rules::kMinRejoinDelayMs, rules::kMaxRejoinDelayMs);
  return t.Me().IsPrimary() && t.now - t.s.last_minority_ms < delay_ms;
}

}  // namespace

bool AddFailureReport(Turn& t, NodeIndex failing, NodeIndex reporter) {
  std::vector<FailureReport>& reports = t.Touch(failing).reports;
  auto it = std::ranges::find(reports, reporter, &FailureReport::reporter);
  if (it != reports.end()) {
    it->at_ms = t.now;
    return false;
  }
  reports.push_back({reporter, t.now});
  return true;
}

bool RemoveFailureReport(Turn& t, NodeIndex node, NodeIndex reporter) {
  if (t.At(node).reports.empty()) return false;
  return std::erase_if(t.Touch(node).reports, [&](const FailureReport& r) { return r.reporter == reporter; }) > 0;
}

int CountFailureReports(Turn& t, NodeIndex node) {
  if (t.At(node).reports.empty()) return 0;
  std::vector<FailureReport>& reports = t.Touch(node).reports;
  int64_t validity_ms = rules::kReportValidityTimeouts * t.config().node_timeout_ms;
  std::erase_if(reports, [&](const FailureReport& r) { return t.now - r.at_ms > validity_ms; });
  return static_cast<int>(reports.size());
}

void MarkFailingIfAgreed(Turn& t, NodeIndex index) {
  const Node& node = t.At(index);
  if (!node.Has(node_flag::kPfail) || node.Has(node_flag::kFail)) return;
  int failures = CountFailureReports(t, index) + (t.Me().IsVotingPrimary() ? 1 : 0);
  if (failures < Quorum(t.s)) return;
  t.Log(LogLevel::kNotice, "Marking node {} ({}) as failing (quorum reached).", node.id.view(), node.human_name);
  MarkFail(t, index);
  SendFail(t, index);
}

void TakeFailMessage(Turn& t, NodeIndex sender, const NodeId& failing) {
  NodeIndex index = FindNode(t.s, failing);
  if (index == kNoNode || index == t.s.myself || t.At(index).Has(node_flag::kFail)) return;
  t.Log(LogLevel::kNotice, "FAIL message received from {} ({}) about {} ({})", t.At(sender).id.view(),
        t.At(sender).human_name, failing.view(), t.At(index).human_name);
  MarkFail(t, index);
}

void NoteAnswer(Turn& t, NodeIndex index) {
  Node& node = t.Touch(index);
  node.pong_received_ms = t.now;
  node.ping_sent_ms = 0;
  if (node.Has(node_flag::kPfail)) {
    t.Edit(index).flags &= static_cast<uint16_t>(~node_flag::kPfail);
    t.Save();
  } else if (node.Has(node_flag::kFail)) {
    ClearFailIfPossible(t, index);
  }
}

void WatchNode(Turn& t, NodeIndex index) {
  const Node& node = t.At(index);
  if (IsLinkSilent(t, node)) t.CloseLinkNow(node.outbound);
  if (MustPing(t, index)) {
    SendPing(t, node.outbound, MessageType::kPing);
    return;
  }
  if (node.ping_sent_ms == 0) return;
  // Any data proves life: a link full of PUBLISH may delay a pong.
  int64_t silent_ms = std::min(t.now - node.ping_sent_ms, t.now - node.data_received_ms);
  if (silent_ms > t.config().node_timeout_ms && !node.Has(kFailing)) MarkUnreachable(t, index);
}

void UpdateClusterState(Turn& t) {
  State& s = t.s;
  s.size = static_cast<int>(std::ranges::count_if(s.live, [&](NodeIndex i) { return t.At(i).IsVotingPrimary(); }));
  // Before the first tick the data set may still be loading; that time does not count.
  if (s.cron_runs == 0) return;
  if (s.first_update_ms == 0) s.first_update_ms = t.now;
  bool just_started = t.now - s.first_update_ms < rules::kWritableDelayMs;
  if (t.Me().IsPrimary() && !s.ok && just_started) {
    s.fail_reason = FailReason::kStarting;
    return;
  }
  FailReason reason = FindFailReason(t);
  bool ok = reason == FailReason::kNone;
  if (ok && !s.ok && MustWaitToRejoin(t)) {
    s.fail_reason = FailReason::kStarting;
    return;
  }
  s.fail_reason = reason;
  if (ok == s.ok) return;
  t.Log(ok ? LogLevel::kNotice : LogLevel::kWarning, "Cluster state changed: {}", ok ? "ok" : "fail");
  s.ok = ok;
}

}  // namespace dunlin::cluster
