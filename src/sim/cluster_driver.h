// Carries out what the cluster core decides: links of the bus, nodes.conf, the published map, and what follows for the
// server. The order of effects is the core's: log, persist, publish, wire, follow-ups.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/frame.h"
#include "cluster/core.h"
#include "sim/network.h"

namespace dunlin::sim {

class Server;

// Why a step was taken, for the checkers. What it points to lives as long as the step.
struct StepCause {
  const cluster::Message* message = nullptr;
  const cluster::AdminCommand* admin = nullptr;
  bool start = false;
};

// How a replica came to lead.
enum class Promotion : uint8_t { kElected, kElectedByHand, kForced, kTakeover, kReset };

class ClusterDriver {
 public:
  explicit ClusterDriver(Server& server) : server_(server) {}

  // From nodes.conf on the disk, if there is one.
  void Open(uint64_t seed);
  void Start();
  // Which slots the data has keys in that was loaded.
  void TellLoaded(const cluster::SlotSet& slots_with_keys);
  void Tick();
  cluster::AdminReply Admin(cluster::AdminCommand command);
  void Configure(const cluster::Config& config);
  void Publish(std::string channel, std::string message);

  // The wall clock at the start, then even.
  int64_t now_ms() const;
  const cluster::SlotMap& map() const { return *map_; }
  const NodeId& my_id() const { return core_->my_id(); }
  Epoch last_vote_epoch() const { return core_->last_vote_epoch(); }
  size_t link_count() const { return links_.size(); }

  bool Owns(ConnectionId end) const { return by_end_.contains(end.value); }
  void OnAccepted(ConnectionId end, const std::string& peer_ip);
  void OnConnected(ConnectionId end);
  void OnReceived(ConnectionId end, const Payload& payload);
  void OnClosed(ConnectionId end, std::string_view reason);

 private:
  struct Link {
    ConnectionId end;
    bool connecting = false;
    std::vector<Payload> unsent;  // until it is connected
    bus::FrameReader reader;
  };
  struct Waiting {
    cluster::Effects effects;
    Promotion promotion = Promotion::kElected;
    StepCause cause;
  };

  void Step(cluster::Input input, const StepCause& cause);
  void TakeMessage(cluster::LinkId link, const cluster::Message& message);
  void ReadFrames(cluster::LinkId link);
  void LinkBroke(cluster::LinkId link, std::string reason);
  void Carry(cluster::Effects effects, const StepCause& cause);
  void CarryOne(Waiting& waiting);
  void Persist(const cluster::Effects& effects);
  void PublishMap(std::shared_ptr<const cluster::SlotMap> map, const Waiting& waiting);
  void WireAll(cluster::Effects& effects);
  void Wire(cluster::WireEffect& effect);
  void SendOne(cluster::LinkId link, const cluster::Send& send, const std::string& frame);
  void Forget(cluster::LinkId link);
  void FollowUp(cluster::FollowUp& follow_up);
  Promotion HowPromoted(const StepCause& cause) const;
  void SilenceOwners(const cluster::Message& claim);
  bool sends_before_persist() const;

  Server& server_;
  std::optional<cluster::Core> core_;
  int64_t clock_offset_ms_ = 0;
  std::shared_ptr<const cluster::SlotMap> map_;
  uint64_t next_inbound_ = 1;
  std::map<cluster::LinkId, Link> links_;
  std::unordered_map<uint64_t, cluster::LinkId> by_end_;
  std::deque<Waiting> waiting_;  // effects of steps that were taken while others were carried out
  bool carrying_ = false;
  std::optional<cluster::AdminReply> admin_reply_;
  std::optional<cluster::FailoverCommand::Mode> failover_mode_;  // of the last CLUSTER FAILOVER
  int64_t failover_ms_ = 0;
};

}  // namespace dunlin::sim
