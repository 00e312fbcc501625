// A server that does nothing but replicate: replication::Node with real sockets, an ordered log, and string keys. It is
// what the tests let talk to other servers of the field.
//
// Commands of its clients: PING, SET, DEL, GET, INFO, DBSIZE, REPLICAOF, FAILOVER, ACKED (how many replicas have
// everything; asks them first), DROP (closes the link to the primary), DROPREPLICAS, and what replicas say.
//
// Thread: one. Run() returns when the process is told to end.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "base/status.h"
#include "oplog/log.h"
#include "replication/node.h"
#include "resp/request.h"
#include "tiny_rdb.h"

namespace dunlin {

struct PeerOptions {
  uint16_t port = 0;
  std::optional<replication::PrimaryAddress> primary;
  int64_t snapshot_ms = 0;  // how long a snapshot takes
  replication::Config config;
};

class ReplicationPeer {
 public:
  explicit ReplicationPeer(PeerOptions options);

  Status Listen();
  void Run();

 private:
  struct Client {
    int fd = -1;
    replication::PeerId id;
    std::string ip;
    Buffer in;
    resp::RequestParser parser;
    std::string out;
    bool close_after_reply = false;
    bool dead = false;
    std::optional<oplog::Log::CursorId> cursor;
    bool streams = false;
  };
  struct Snapshot {
    replication::SnapshotId id;
    replication::SnapshotTarget target = replication::SnapshotTarget::kFile;
    std::string rdb;
    oplog::Log::CursorId cursor = 0;
    int64_t ends_ms = 0;
    bool aborted = false;
    std::vector<replication::PeerId> sockets;
  };

  // Sockets.
  void Turn();
  void Accept();
  void ReadClient(Client& client);
  void FlushClient(Client& client);
  void ReapClients();
  void OpenLink(const std::string& host, uint16_t port);
  void CloseLink();
  void LinkReady(bool readable, bool writable);
  void FlushLink();

  // Effects.
  void Do(replication::Effects effects);
  void DoOne(replication::Effect& effect);
  void DoForPeer(replication::Effect& effect);
  void BeginSnapshot(const replication::StartSnapshot& asked);
  void TurnSnapshot();
  void PumpStreams();

  // Commands.
  void Serve(Client& client, resp::Args args);
  std::string Answer(Client& client, resp::Args args);
  void Write(resp::Args args);

  // The primary's bytes.
  void OfferLinkBytes();
  void LoadSpool();
  void ApplyStream();
  void ApplyCommand(resp::Args args);

  replication::Facts facts() const;
  static int64_t now_ms();
  void Log(const std::string& line);

  PeerOptions options_;
  replication::Node node_;
  oplog::Log log_;
  StringDataset data_;
  bool paused_ = false;

  int listen_fd_ = -1;
  std::map<uint64_t, Client> clients_;
  uint64_t next_client_ = 1;

  int link_fd_ = -1;
  bool link_connecting_ = false;
  std::string link_out_;
  std::string link_in_;
  Buffer stream_in_;
  resp::RequestParser stream_parser_;
  std::string transaction_;  // forwarded when it is whole
  bool in_transaction_ = false;
  std::string spool_;
  bool load_due_ = false;

  std::optional<Snapshot> snapshot_;
  std::map<uint64_t, std::string> files_;
  std::deque<std::function<void()>> later_;
  bool doing_ = false;
  int64_t next_tick_ms_ = 0;
};

}  // namespace dunlin
