#include "replication/history.h"

#include <fmt/format.h>

#include "base/ascii.h"

namespace dunlin::replication {

std::string History::PreviousIdText() const {
  return previous_id_.empty() ? std::string(ReplicationId::kSize, '0') : previous_id_.str();
}

void History::StartNew(const ReplicationId& id) { *this = History(id); }

void History::Promote(const ReplicationId& new_id, Offset end) {
  previous_id_ = id_;
  second_offset_ = end.value + 1;
  id_ = new_id;
  resumable_ = false;
}

void History::Apply(const HistoryChange& change) {
  switch (change.kind) {
    case HistoryChange::Kind::kNew:
    case HistoryChange::Kind::kDataLost: StartNew(change.id); break;
    case HistoryChange::Kind::kFullSync:
      StartNew(change.id);
      resumable_ = true;
      break;
    case HistoryChange::Kind::kPartialSync: {
      previous_id_ = id_;
      second_offset_ = change.offset.value + 1;
      id_ = change.id;
      break;
    }
    case HistoryChange::Kind::kUnusable: resumable_ = false; break;
  }
}

void History::RestoreAsReplica(const ReplicationId& saved_id) {
  StartNew(saved_id);
  resumable_ = true;
}

void History::RestoreAsPrimary(const ReplicationId& saved_id, Offset saved_offset) {
  previous_id_ = saved_id;
  second_offset_ = saved_offset.value + 1;
}

namespace {

SyncDecision Full(LogLevel level, std::string reason) {
  SyncDecision decision;
  decision.log.push_back({level, std::move(reason)});
  return decision;
}

}  // namespace

SyncDecision DecideSync(const History& history, const Facts& facts, const SyncRequest& request,
                        std::string_view replica_name) {
  if (request.id.starts_with('?')) {
    return Full(LogLevel::kNotice, fmt::format("Full resync requested by replica {}", replica_name));
  }
  bool current = EqualsIgnoreCase(request.id, history.id().view());
  bool previous = !history.previous_id().empty() && EqualsIgnoreCase(request.id, history.previous_id().view());
  if (!current && !previous) {
    return Full(LogLevel::kNotice,
                fmt::format("Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '{}', "
                            "my replication IDs are '{}' and '{}')",
                            request.id, history.id().view(), history.PreviousIdText()));
  }
  if (!current && request.offset > history.second_offset()) {
    return Full(LogLevel::kNotice,
                fmt::format("Partial resynchronization not accepted: Requested offset for second ID was {}, but I can "
                            "reply up to {}",
                            request.offset, history.second_offset()));
  }
  int64_t first = facts.log_begin.value + 1;
  int64_t last = facts.log_end.value + 1;
  if (!facts.has_backlog || request.offset < first || request.offset > last) {
    SyncDecision decision =
        Full(LogLevel::kNotice,
             fmt::format("Unable to partial resync with replica {} for lack of backlog (Replica request was: {}).",
                         replica_name, request.offset));
    if (request.offset > last) {
      decision.log.push_back(
          {LogLevel::kWarning, fmt::format("Warning: replica {} tried to PSYNC with an offset that is greater than the "
                                           "master replication offset.",
                                           replica_name)});
    }
    return decision;
  }
  SyncDecision decision;
  decision.from = Offset(request.offset - 1);
  decision.log.push_back(
      {LogLevel::kNotice,
       fmt::format("Partial resynchronization request from {} accepted. Sending {} bytes of backlog starting from "
                   "offset {}.",
                   replica_name, last - request.offset, request.offset)});
  return decision;
}

}  // namespace dunlin::replication
