#include "sim/server.h"

#include <array>

#include "sim/checks.h"

namespace dunlin::sim {

Server::Server(Host& host)
    : host_(host),
      keyspace_(host.around().keys),
      cluster_(*this),
      replication_(*this, host.random().Next()),
      executor_(*this) {
  log_.SetBacklogBytes(static_cast<size_t>(host.settings().replication.backlog_size_bytes));
}

// ---- Events

void Server::Start() {
  cluster_.Open(host_.random().Next());
  const std::optional<SavedData>& saved = host_.disk().data;
  if (saved) keyspace_ = saved->keyspace;
  cluster_.Start();
  if (host_.dying()) return;
  if (saved && saved->id) {
    bool as_replica = cluster_.map().Myself().IsReplica() || around().plant == Plant::kKeptHistory;
    replication_.Restore(*saved->id, saved->offset, as_replica);
  }
  cluster_.TellLoaded(keyspace_.SlotsWithKeys());
  if (!host_.dying()) around().checks.OnStarted(host_);
}

void Server::Tick() {
  cluster_.Tick();
  if (host_.dying()) return;
  replication_.Tick();
  if (host_.wall_ms() >= next_save_ms_) SaveData();
}

void Server::Settle() {
  executor_.Settle();
  replication_.Settle();
}

void Server::OnAccepted(ConnectionId end, uint16_t port, const std::string& peer_ip) {
  if (port == host_.port()) {
    replication_.OnAccepted(end);
  } else {
    cluster_.OnAccepted(end, peer_ip);
  }
}

void Server::OnConnected(ConnectionId end) {
  if (cluster_.Owns(end)) {
    cluster_.OnConnected(end);
  } else {
    replication_.OnConnected(end);
  }
}

void Server::OnReceived(ConnectionId end, const Payload& payload) {
  if (cluster_.Owns(end)) {
    cluster_.OnReceived(end, payload);
  } else if (const auto* bytes = std::get_if<std::string>(&payload)) {
    replication_.OnReceived(end, *bytes);
  }
}

void Server::OnClosed(ConnectionId end, std::string_view reason) {
  if (cluster_.Owns(end)) {
    cluster_.OnClosed(end, reason);
  } else {
    replication_.OnClosed(end, reason);
  }
}

// ---- Data on the disk

void Server::SaveData() {
  const HostSettings& settings = host_.settings();
  next_save_ms_ = host_.wall_ms() + settings.save_period_ms;
  if (settings.durability != Durability::kSnapshots || replication_.loading()) return;
  SavedData saved{keyspace_, std::nullopt, log_.end()};
  if (auto place = replication_.place()) saved.id = place->id;
  host_.disk().data = std::move(saved);
}

// ---- What the drivers need of each other

cluster::Facts Server::ClusterFacts() const {
  cluster::Facts facts;
  facts.replication_offset = replication_.data_offset();
  facts.dataset_empty = keyspace_.empty();
  if (!replication_.is_replica()) return facts;
  replication::LinkView link = replication_.link();
  facts.primary_link_up = link.up;
  // Both clocks run evenly, but from different beginnings.
  int64_t shift_ms = cluster_.now_ms() - host_.monotonic_ms();
  facts.primary_last_io_ms = link.last_io_ms < 0 ? 0 : link.last_io_ms + shift_ms;
  facts.primary_link_down_since_ms = link.down_since_ms < 0 ? 0 : link.down_since_ms + shift_ms;
  return facts;
}

void Server::DeleteKeysInSlots(const cluster::SlotSet& slots) {
  slots.ForEach([&](SlotId slot) {
    for (KeyIndex key : keyspace_.KeysInSlot(slot)) {
      around().checks.OnDropped(host_, key);
      keyspace_.Erase(key);
      std::array<std::string, 2> told = {"DEL", around().keys.NameOf(key)};
      Propagate(told);
    }
  });
}

void Server::FlushAll() {
  keyspace_.Clear();
  around().checks.OnReloaded(host_);
  std::array<std::string, 1> told = {"FLUSHALL"};
  Propagate(told);
}

void Server::Propagate(std::span<const std::string> args) {
  if (!log_.active()) return;
  std::string command;
  oplog::AppendCommand(command, args);
  log_.Append(DbIndex(0), command);
}

}  // namespace dunlin::sim
