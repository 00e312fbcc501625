// The section "# Replication" of INFO.
#include <fmt/format.h>

#include "replication/node.h"

namespace dunlin::replication {
namespace {

void AppendTransfer(std::string& out, const LinkView& link, int64_t now_ms) {
  int64_t total = link.transfer_total_bytes;
  int64_t read = link.transfer_read_bytes;
  double percent = total != 0 ? 100.0 * static_cast<double>(read) / static_cast<double>(total) : 0;
  fmt::format_to(std::back_inserter(out),
                 "master_sync_total_bytes:{}\r\n"
                 "master_sync_read_bytes:{}\r\n"
                 "master_sync_left_bytes:{}\r\n"
                 "master_sync_perc:{:.2f}\r\n"
                 "master_sync_last_io_seconds_ago:{}\r\n",
                 total, read, total - read, percent, (now_ms - link.transfer_last_io_ms) / 1000);
}

void AppendLink(std::string& out, const LinkView& link, const Config& config, Offset applied, int64_t now_ms) {
  fmt::format_to(std::back_inserter(out),
                 "master_host:{}\r\n"
                 "master_port:{}\r\n"
                 "master_link_status:{}\r\n"
                 "master_last_io_seconds_ago:{}\r\n"
                 "master_sync_in_progress:{}\r\n"
                 "slave_read_repl_offset:{}\r\n"
                 "slave_repl_offset:{}\r\n",
                 link.primary.host, link.primary.port, link.up ? "up" : "down",
                 link.up ? (now_ms - link.last_io_ms) / 1000 : -1, link.sync_in_progress ? 1 : 0,
                 link.read_offset.value, applied.value);
  if (link.sync_in_progress) AppendTransfer(out, link, now_ms);
  if (!link.up) {
    fmt::format_to(std::back_inserter(out), "master_link_down_since_seconds:{}\r\n",
                   link.down_since_ms < 0 ? -1 : (now_ms - link.down_since_ms) / 1000);
  }
  fmt::format_to(std::back_inserter(out),
                 "slave_priority:{}\r\n"
                 "slave_read_only:{:d}\r\n"
                 "replica_announced:{:d}\r\n",
                 config.replica_priority, config.replica_read_only, config.replica_announced);
}

void AppendReplicas(std::string& out, const ReplicaSet& replicas, int64_t now_ms) {
  int number = 0;
  for (const ReplicaPeer* peer : replicas.Replicas()) {
    std::string_view state = PeerStateName(peer->state);
    if (state.empty() || peer->ip().empty()) continue;
    int64_t lag = peer->state == PeerState::kOnline ? peer->LagSeconds(now_ms) : 0;
    fmt::format_to(std::back_inserter(out), "slave{}:ip={},port={},state={},offset={},lag={}\r\n", number++, peer->ip(),
                   peer->listening_port, state, peer->acked.value, lag);
  }
}

}  // namespace

std::string Node::Info(const Facts& facts, int64_t now_ms) const {
  std::string out = fmt::format("role:{}\r\n", is_replica() ? "slave" : "master");
  Situation now = At(facts, now_ms);
  if (is_replica()) AppendLink(out, link_.View(now), config_, facts.log_end, now_ms);
  fmt::format_to(std::back_inserter(out), "connected_slaves:{}\r\n", replicas_.replica_count());
  if (config_.min_replicas_to_write > 0 && config_.min_replicas_max_lag_s > 0) {
    fmt::format_to(std::back_inserter(out), "min_slaves_good_slaves:{}\r\n", replicas_.CountGood(now));
  }
  AppendReplicas(out, replicas_, now_ms);
  bool backlog = facts.has_backlog;
  fmt::format_to(std::back_inserter(out),
                 "master_failover_state:{}\r\n"
                 "master_replid:{}\r\n"
                 "master_replid2:{}\r\n"
                 "master_repl_offset:{}\r\n"
                 "second_repl_offset:{}\r\n"
                 "repl_backlog_active:{:d}\r\n"
                 "repl_backlog_size:{}\r\n"
                 "repl_backlog_first_byte_offset:{}\r\n"
                 "repl_backlog_histlen:{}\r\n",
                 FailoverStateName(failover_.state()), history_.id().view(), history_.PreviousIdText(),
                 facts.log_end.value, history_.second_offset(), backlog, config_.backlog_size_bytes,
                 backlog ? facts.log_begin.value + 1 : 0, backlog ? facts.log_end.value - facts.log_begin.value : 0);
  return out;
}

}  // namespace dunlin::replication
