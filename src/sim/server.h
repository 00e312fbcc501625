// The server process in the simulation: what src/server is in the world. The cluster core and the replication machine
// are the real ones; around them stand drivers that carry out their effects on the simulated network, and a keyspace
// of toy values behind the real dispatch.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cluster/core.h"
#include "cluster/slot_set.h"
#include "oplog/log.h"
#include "sim/cluster_driver.h"
#include "sim/executor.h"
#include "sim/host.h"
#include "sim/keyspace.h"
#include "sim/network.h"
#include "sim/replication_driver.h"

namespace dunlin::sim {

class Server {
 public:
  explicit Server(Host& host);
  Server(const Server&) = delete;

  Host& host() { return host_; }
  const Host& host() const { return host_; }
  const Surroundings& around() const { return host_.around(); }
  Keyspace& keyspace() { return keyspace_; }
  const Keyspace& keyspace() const { return keyspace_; }
  oplog::Log& log() { return log_; }
  const oplog::Log& log() const { return log_; }
  ClusterDriver& cluster() { return cluster_; }
  const ClusterDriver& cluster() const { return cluster_; }
  ReplicationDriver& replication() { return replication_; }
  const ReplicationDriver& replication() const { return replication_; }
  Executor& executor() { return executor_; }

  // ---- Events ----

  void Start();
  void Tick();
  // After each event: what can go on goes on.
  void Settle();
  void OnAccepted(ConnectionId end, uint16_t port, const std::string& peer_ip);
  void OnConnected(ConnectionId end);
  void OnReceived(ConnectionId end, const Payload& payload);
  void OnClosed(ConnectionId end, std::string_view reason);

  // ---- What the drivers need of each other ----

  cluster::Facts ClusterFacts() const;
  void DeleteKeysInSlots(const cluster::SlotSet& slots);
  void FlushAll();
  // A command that was done here goes into the log.
  void Propagate(std::span<const std::string> args);
  // Until then of the wall clock no client writes.
  void PauseWrites(int64_t until_wall_ms) { paused_until_wall_ms_ = until_wall_ms; }
  void ResumeWrites() { paused_until_wall_ms_ = 0; }
  bool writes_paused() const { return paused_until_wall_ms_ > host_.wall_ms(); }

 private:
  void SaveData();

  Host& host_;
  Keyspace keyspace_;
  oplog::Log log_;
  ClusterDriver cluster_;
  ReplicationDriver replication_;
  Executor executor_;
  int64_t paused_until_wall_ms_ = 0;
  int64_t next_save_ms_ = 0;
};

}  // namespace dunlin::sim
