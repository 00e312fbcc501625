#include "cluster/election.h"

#include <algorithm>

#include "cluster/failure.h"
#include "cluster/gossip.h"
#include "cluster/manual_failover.h"
#include "cluster/membership.h"
#include "cluster/rules.h"
#include "cluster/slots.h"

namespace dunlin::cluster {
namespace {

std::string_view ReasonText(CannotFailOver reason) {
  switch (reason) {
    case CannotFailOver::kNone: break;
    case CannotFailOver::kDataAge:
      return "Disconnected from master for longer than allowed. Please check the 'cluster-replica-validity-factor' "
             "configuration option.";
    case CannotFailOver::kWaitingDelay: return "Waiting the delay before I can start a new failover.";
    case CannotFailOver::kExpired: return "Failover attempt expired.";
    case CannotFailOver::kWaitingVotes: return "Waiting for votes, but majority still not reached.";
  }
  return "Unknown reason code.";
}

// Says it once it lasts: not while the failover is in its usual course, and not at every tick.
void LogCannotFailOver(Turn& t, CannotFailOver reason) {
  Election& e = t.s.election;
  if (reason == e.reason && t.now - e.reason_logged_ms < rules::kCannotFailOverRelogMs) return;
  e.reason = reason;
  const Node& primary = t.At(t.Me().primary);
  int64_t quiet_ms = t.config().node_timeout_ms + rules::kCannotFailOverQuietMs;
  if (primary.Has(node_flag::kFail) && t.now - primary.fail_since_ms < quiet_ms) return;
  e.reason_logged_ms = t.now;
  t.Log(LogLevel::kNotice, "Currently unable to failover: {}", ReasonText(reason));
  if (reason == CannotFailOver::kWaitingVotes || reason == CannotFailOver::kExpired) {
    t.Log(LogLevel::kNotice, "Needed quorum: {}. Number of votes received so far: {}", Quorum(t.s), e.votes.size());
  }
}

bool IsManual(const Turn& t) { return t.s.manual.in_progress() && t.s.manual.can_start; }

bool HasReasonToFailOver(const Turn& t) {
  if (!t.Me().IsReplica() || t.Me().primary == kNoNode) return false;
  const Node& primary = t.At(t.Me().primary);
  if (primary.slot_count == 0) return false;
  if (IsManual(t)) return true;
  return primary.Has(node_flag::kFail) && !t.config().replica_no_failover;
}

// How long ago my data was the primary's. The time that it takes to find out that a primary failed does not count.
int64_t DataAgeMs(const Turn& t) {
  const Facts& facts = t.s.facts;
  int64_t age_ms = t.now - (facts.primary_link_up ? facts.primary_last_io_ms : facts.primary_link_down_since_ms);
  return age_ms > t.config().node_timeout_ms ? age_ms - t.config().node_timeout_ms : age_ms;
}

bool IsDataRecentEnough(const Turn& t) {
  const Config& config = t.config();
  if (config.replica_validity_factor == 0 || IsManual(t)) return true;
  return DataAgeMs(t) <=
         config.repl_ping_replica_period_s * 1000 + config.node_timeout_ms * config.replica_validity_factor;
}

// How many siblings should go first.
int MyRank(const Turn& t) {
  const std::vector<NodeIndex>& siblings = t.At(t.Me().primary).replicas;
  return static_cast<int>(std::ranges::count_if(siblings, [&](NodeIndex index) {
    const Node& sibling = t.At(index);
    return index != t.s.myself && !sibling.Has(node_flag::kNoFailover) &&
           rules::OutranksMe(sibling.offset, t.s.facts.replication_offset);
  }));
}

void PlanElection(Turn& t) {
  State& s = t.s;
  Election& e = s.election;
  e = Election{.reason = e.reason, .reason_logged_ms = e.reason_logged_ms};
  if (s.manual.in_progress()) {
    e.start_ms = t.now;
    t.run_failover = true;
  } else {
    e.rank = MyRank(t);
    e.start_ms = t.now + rules::ElectionDelayMs(s.random, e.rank);
  }
  t.Log(LogLevel::kNotice, "Start of election delayed for {} milliseconds (rank #{}, offset {}).", e.start_ms - t.now,
        e.rank, s.facts.replication_offset.value);
  // So that siblings with less data learn that they have.
  BroadcastPong(t, PongAudience::kSiblings);
}

// Siblings may have told of better offsets since the election was planned.
void PostponeIfOutranked(Turn& t) {
  Election& e = t.s.election;
  if (e.requested || t.s.manual.in_progress()) return;
  int rank = MyRank(t);
  if (rank <= e.rank) return;
  int64_t added_ms = (rank - e.rank) * rules::kElectionRankDelayMs;
  e.start_ms += added_ms;
  e.rank = rank;
  t.Log(LogLevel::kNotice, "Replica rank updated to #{}, added {} milliseconds of delay.", rank, added_ms);
}

void AskForVotes(Turn& t) {
  State& s = t.s;
  s.current_epoch = Epoch(s.current_epoch.value + 1);
  s.election.epoch = s.current_epoch;
  s.election.requested = true;
  t.Log(LogLevel::kNotice, "Starting a failover election for epoch {}.", s.current_epoch.value);
  Message request{.type = MessageType::kAuthRequest, .header = BuildHeader(t)};
  if (s.manual.in_progress()) request.header.message_flags |= message_flag::kForceAck;
  Broadcast(t, std::move(request));
  t.SaveAndSync();
}

void WinElection(Turn& t) {
  t.Log(LogLevel::kNotice, "Failover election won: I'm the new master.");
  if (t.Me().config_epoch < t.s.election.epoch) {
    t.EditMe().config_epoch = t.s.election.epoch;
    t.Log(LogLevel::kNotice, "configEpoch set to {} after successful failover", t.Me().config_epoch.value);
  }
  TakePlaceOfPrimary(t);
}

// Why this request gets no vote of mine; empty when it gets one.
std::string WhyNoVote(const Turn& t, NodeIndex candidate_index, const Header& request) {
  const State& s = t.s;
  const Node& candidate = t.At(candidate_index);
  if (request.current_epoch < s.current_epoch) {
    return fmt::format("reqEpoch ({}) < curEpoch({})", request.current_epoch.value, s.current_epoch.value);
  }
  if (s.last_vote_epoch >= s.current_epoch) {
    return fmt::format("already voted for epoch {}", s.current_epoch.value);
  }
  if (candidate.IsPrimary()) return "it is a master node";
  if (candidate.primary == kNoNode) return "I don't know its master";
  const Node& primary = t.At(candidate.primary);
  bool force = (request.message_flags & message_flag::kForceAck) != 0;
  if (!primary.Has(node_flag::kFail) && !force) return "its master is up";
  int64_t since_ms = t.now - primary.voted_ms;
  int64_t again_after_ms = rules::VoteAgainAfterMs(t.config().node_timeout_ms);
  if (since_ms < again_after_ms) {
    return fmt::format("can't vote about this master before {} milliseconds", again_after_ms - since_ms);
  }
  std::string why;
  request.slots.ForEach([&](SlotId slot) {
    if (!why.empty() || IsUnclaimed(s, slot)) return;
    Epoch epoch = t.At(s.owner[slot.value]).config_epoch;
    if (epoch > request.config_epoch) {
      why = fmt::format("slot {} epoch ({}) > reqEpoch ({})", slot.value, epoch.value, request.config_epoch.value);
    }
  });
  return why;
}

}  // namespace

void RunFailover(Turn& t) {
  t.run_failover = false;
  Election& e = t.s.election;
  if (!HasReasonToFailOver(t)) {
    e.reason = CannotFailOver::kNone;
    return;
  }
  if (!IsDataRecentEnough(t)) return LogCannotFailOver(t, CannotFailOver::kDataAge);
  int64_t age_ms = t.now - e.start_ms;
  if (age_ms > rules::ElectionRetryMs(t.config().node_timeout_ms)) return PlanElection(t);
  PostponeIfOutranked(t);
  if (t.now < e.start_ms) return LogCannotFailOver(t, CannotFailOver::kWaitingDelay);
  if (age_ms > rules::ElectionTimeoutMs(t.config().node_timeout_ms)) {
    return LogCannotFailOver(t, CannotFailOver::kExpired);
  }
  if (!e.requested) return AskForVotes(t);
  if (static_cast<int>(e.votes.size()) < Quorum(t.s)) return LogCannotFailOver(t, CannotFailOver::kWaitingVotes);
  WinElection(t);
}

void ConsiderVote(Turn& t, NodeIndex candidate_index, LinkId link, const Header& request) {
  if (!t.Me().IsVotingPrimary()) return;
  const Node& candidate = t.At(candidate_index);
  std::string why = WhyNoVote(t, candidate_index, request);
  if (!why.empty()) {
    t.Log(LogLevel::kWarning, "Failover auth denied to {} ({}): {}", candidate.id.view(), candidate.human_name, why);
    return;
  }
  t.s.last_vote_epoch = t.s.current_epoch;
  t.Touch(candidate.primary).voted_ms = t.now;
  t.SaveAndSync();
  LinkId way = candidate.outbound != kNoLink ? candidate.outbound : link;
  t.SendTo({way}, {.type = MessageType::kAuthAck, .header = BuildHeader(t)});
  t.Log(LogLevel::kNotice, "Failover auth granted to {} ({}) for epoch {}", candidate.id.view(), candidate.human_name,
        t.s.current_epoch.value);
}

void CountVote(Turn& t, NodeIndex voter, const Header& vote) {
  Election& e = t.s.election;
  if (!e.requested || !t.At(voter).IsVotingPrimary() || vote.current_epoch < e.epoch) return;
  e.votes.insert(t.At(voter).id);
  t.run_failover = true;
}

void TakePlaceOfPrimary(Turn& t) {
  State& s = t.s;
  NodeIndex old_primary = t.Me().primary;
  if (t.Me().IsPrimary() || old_primary == kNoNode) return;
  TurnIntoPrimary(t, s.myself);
  SlotSet slots = t.At(old_primary).slots;
  slots.ForEach([&](SlotId slot) {
    RemoveSlot(t, slot);
    AddSlot(t, s.myself, slot);
  });
  UpdateClusterState(t);
  t.SaveAndSync();
  BroadcastPong(t, PongAudience::kEverybody);
  ResetManualFailover(t);
  s.election = Election();
}

}  // namespace dunlin::cluster
