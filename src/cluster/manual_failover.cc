#include "cluster/manual_failover.h"

#include "cluster/election.h"
#include "cluster/epochs.h"
#include "cluster/gossip.h"
#include "cluster/rules.h"

namespace dunlin::cluster {

Status StartManualFailover(Turn& t, FailoverCommand::Mode mode) {
  State& s = t.s;
  const Node& me = t.Me();
  if (me.IsPrimary()) return Status::InvalidArgument("You should send CLUSTER FAILOVER to a replica");
  if (me.primary == kNoNode) return Status::InvalidArgument("I'm a replica but my master is unknown to me");
  const Node& primary = t.At(me.primary);
  bool is_plain = mode == FailoverCommand::Mode::kPlain;
  if (is_plain && (primary.Has(node_flag::kFail) || primary.outbound == kNoLink)) {
    return Status::Unavailable("Master is down or failed, please use CLUSTER FAILOVER FORCE");
  }
  ResetManualFailover(t);
  // Votes for an earlier attempt say nothing about this one.
  s.election = Election();
  s.manual.end_ms = t.now + t.config().manual_failover_timeout_ms;
  switch (mode) {
    case FailoverCommand::Mode::kTakeover:
      t.Log(LogLevel::kNotice, "Taking over the master (user request).");
      BumpEpochWithoutConsensus(t);
      TakePlaceOfPrimary(t);
      break;
    case FailoverCommand::Mode::kForce:
      t.Log(LogLevel::kNotice, "Forced failover user request accepted.");
      s.manual.can_start = true;
      t.run_failover = true;
      break;
    case FailoverCommand::Mode::kPlain:
      t.Log(LogLevel::kNotice, "Manual failover user request accepted.");
      t.SendTo({primary.outbound}, {.type = MessageType::kManualFailoverStart, .header = BuildHeader(t)});
      break;
  }
  return Status::Ok();
}

void TakeFinalOffset(Turn& t, const Header& header) {
  ManualFailover& manual = t.s.manual;
  if (!manual.in_progress() || manual.primary_offset || (header.message_flags & message_flag::kPaused) == 0) return;
  manual.primary_offset = header.offset;
  t.Log(LogLevel::kNotice, "Received replication offset for paused master manual failover: {}", header.offset.value);
}

void AdvanceManualFailover(Turn& t) {
  ManualFailover& manual = t.s.manual;
  if (!manual.in_progress() || manual.can_start || !t.Me().IsReplica()) return;
  if (manual.primary_offset != t.s.facts.replication_offset) return;
  // While a copy is on its way equal offsets say nothing: a primary that never had a replica counts from 0, too.
  if (!t.s.facts.primary_link_up) return;
  manual.can_start = true;
  t.run_failover = true;
  t.Log(LogLevel::kNotice, "All master replication stream processed, manual failover can start.");
}

void TakeManualFailoverRequest(Turn& t, NodeIndex replica) {
  if (!t.Me().IsPrimary() || t.At(replica).primary != t.s.myself) return;
  ResetManualFailover(t);
  ManualFailover& manual = t.s.manual;
  int64_t timeout_ms = t.config().manual_failover_timeout_ms;
  manual.end_ms = t.now + timeout_ms;
  manual.replica = replica;
  t.out.follow_ups.emplace_back(PauseWrites{t.now + timeout_ms * rules::kManualFailoverPauseTimes});
  t.Log(LogLevel::kNotice, "Manual failover requested by replica {} ({}).", t.At(replica).id.view(),
        t.At(replica).human_name);
}

void TakeWritesPaused(Turn& t, Offset offset) {
  ManualFailover& manual = t.s.manual;
  if (!manual.in_progress() || manual.replica == kNoNode || manual.paused) return;
  manual.paused = true;
  t.s.facts.replication_offset = offset;
  const Node& replica = t.At(manual.replica);
  // The replica waits for this offset; it need not wait for the next tick as well.
  SendPing(t, replica.outbound != kNoLink ? replica.outbound : replica.inbound, MessageType::kPing);
}

void CheckManualFailoverTimeout(Turn& t) {
  if (!t.s.manual.in_progress() || t.s.manual.end_ms >= t.now) return;
  t.Log(LogLevel::kWarning, "Manual failover timed out.");
  ResetManualFailover(t);
}

void ResetManualFailover(Turn& t) {
  if (t.s.manual.replica != kNoNode) t.out.follow_ups.emplace_back(ResumeWrites{});
  t.s.manual = ManualFailover();
}

}  // namespace dunlin::cluster
