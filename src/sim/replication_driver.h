// Carries out what the replication machine decides: the connection to our primary and what it sends, the replicas'
// connections and the snapshots they are given, the log and the role.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "oplog/log.h"
#include "replication/node.h"
#include "resp/request.h"
#include "sim/network.h"

namespace dunlin::sim {

class Server;

class ReplicationDriver {
 public:
  ReplicationDriver(Server& server, uint64_t seed);

  // At the start: what was loaded with the data.
  void Restore(const ReplicationId& id, Offset offset, bool as_replica);
  void Tick();
  // What is in the log goes to whom it is for; snapshots and loads that are due end.
  void Settle();
  void Follow(const std::string& ip, uint16_t port);
  void Promote();
  void RequestAcks();

  bool is_replica() const { return node_.is_replica(); }
  // While a copy is being loaded there is no data to speak of.
  bool loading() const { return loading_; }
  const replication::Node& node() const { return node_; }
  Offset data_offset() const { return node_.DataOffset(Facts()); }
  replication::LinkView link() const { return node_.link(Facts(), now_ms()); }
  // The machines whose acknowledgement of `offset` has come.
  std::vector<HostIndex> AckedBy(Offset offset) const;
  // Its place in the ordered stream; nothing while offsets say nothing about the data.
  struct Place {
    ReplicationId id;
    Offset offset;
    bool operator==(const Place&) const = default;
  };
  std::optional<Place> place() const;

  void OnAccepted(ConnectionId end);
  void OnConnected(ConnectionId end);
  void OnReceived(ConnectionId end, std::string_view bytes);
  void OnClosed(ConnectionId end, std::string_view reason);

 private:
  struct Peer {
    std::string in;
    std::optional<oplog::Log::CursorId> cursor;
    bool streams = false;
  };
  struct Snapshot {
    replication::SnapshotId id;
    replication::SnapshotTarget target = replication::SnapshotTarget::kFile;
    std::string bytes;
    std::optional<oplog::Log::CursorId> cursor;
    std::vector<replication::PeerId> sockets;
    size_t sent = 0;
    bool aborted = false;
  };

  int64_t now_ms() const;
  replication::Facts Facts() const;
  void Run(replication::Effects effects);
  void Carry(replication::Effect& effect);
  void CarryForPeer(replication::Effect& effect);
  void Connect(const replication::Connect& connect);
  void Disconnect();
  void OfferBytes(std::string_view more);
  void ApplyStream();
  void Apply(resp::Args args);
  void DropData();
  void BeginLoad();
  void EndLoad(uint64_t load);
  void TakeFromPeer(replication::PeerId peer);
  void ServePeer(replication::PeerId peer, resp::Args args);
  void SendToPeer(replication::PeerId peer, std::string bytes);
  void ForgetPeer(replication::PeerId peer);
  void StartSnapshot(const replication::StartSnapshot& asked);
  void SendSnapshotPart(size_t until);
  void EndSnapshot(replication::SnapshotId id);
  void PumpStreams();

  Server& server_;
  replication::Node node_;
  std::deque<std::function<void()>> later_;  // once the list at hand is carried out
  bool carrying_ = false;

  // To our primary.
  std::optional<ConnectionId> link_;
  std::string link_in_;    // not consumed yet
  std::string stream_in_;  // not applied yet
  uint64_t applied_commands_ = 0;

  // A copy from our primary.
  replication::LoadMode mode_ = replication::LoadMode::kFile;
  std::string spool_;
  bool loading_ = false;
  uint64_t load_ = 0;  // counts them, so that one that was given up does not end

  // Our replicas. A peer's number is that of its connection's end.
  std::map<replication::PeerId, Peer> peers_;
  std::optional<Snapshot> snapshot_;
  std::map<uint64_t, std::string> files_;
};

}  // namespace dunlin::sim
